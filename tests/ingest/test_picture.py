from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.picture import PictureMaker
from ingest.settings import ReadSettings

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(("still", "layout", "black"), [(False, "i420", 16), (True, "rgb24", 0)])
def test_the_wanted_size_and_the_privacy_areas(
    make_clip: Callable[..., Path], still: bool, layout: str, black: int
) -> None:
    with av.open(str(make_clip(frames=1))) as container:
        picture = next(container.decode(video=0))
        plain = PictureMaker(ReadSettings("cam", width=80), still=still).image(picture)
        hidden = PictureMaker(ReadSettings("cam", width=80, privacy=(LEFT,)), still=still).image(picture)
    assert (plain.layout, plain.width, plain.height) == (hidden.layout, hidden.width, hidden.height) == (layout, 80, 60)
    assert np.unique(hidden.pixels[:60, :40]).tolist() == [black]
    assert (hidden.pixels[:60, 42:] == plain.pixels[:60, 42:]).all()
    assert (plain.pixels[20:60, :40] != black).any()


@pytest.mark.parametrize("still", [False, True])
def test_the_camera_s_frame_is_the_corrected_one(make_clip: Callable[..., Path], still: bool) -> None:
    with av.open(str(make_clip(frames=1))) as container:
        picture = next(container.decode(video=0))
    maker = PictureMaker(ReadSettings("cam", width=60, rotate=90, crop=(0.0, 0.5, 1.0, 1.0)), still=still)
    assert maker.frame_size(picture) == (120, 80)
    assert (maker.image(picture).width, maker.image(picture).height) == (60, 40)
