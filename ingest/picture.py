"""What becomes of a decoded frame before anything looks at it: turned, dewarped, cut, scaled, then privacy."""

from av.video.frame import VideoFrame

from ingest.privacy import PrivacyMask
from ingest.scaling import PlaneScaler, StillScaler
from ingest.settings import ReadSettings
from posestream.schemas import Image


class PictureMaker:
    """Makes the pictures of one source; ``still`` ones keep full colour (rgb24). One object per thread."""

    def __init__(self, settings: ReadSettings, *, still: bool = False) -> None:
        self._scaler = StillScaler(settings) if still else PlaneScaler(settings)
        self._mask = PrivacyMask(settings.privacy)

    def image(self, frame: VideoFrame) -> Image:
        """Give the corrected picture with its privacy areas blackened; raises InputError as the scaler does."""
        return self._mask.hide(self._scaler.image(frame))

    def frame_size(self, frame: VideoFrame) -> tuple[int, int]:
        """Give (width, height) px of the camera's frame: corrected, at the source's resolution."""
        return self._scaler.frame_size(frame)
