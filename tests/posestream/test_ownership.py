import pytest

from posestream.errors import UsageError
from posestream.ownership import OUR_NAMES, refuse_second_owner

OURS = {name: ["posestream"] for name in OUR_NAMES}


@pytest.mark.parametrize(
    "owners",
    [
        {},  # run from a checkout: nobody owns them
        OURS,
        OURS | {"numpy": ["numpy"], "yaml": ["PyYAML", "other"]},
        OURS | {"ingest": ["posestream", "posestream"]},
    ],
)
def test_names_of_our_own(owners: dict[str, list[str]]) -> None:
    refuse_second_owner(owners)


def test_this_environment_is_ours() -> None:
    refuse_second_owner()


@pytest.mark.parametrize(
    ("owners", "message"),
    [
        ({"inference": ["inference"]}, "the package 'inference' belongs to inference as well"),
        (
            OURS | {"postprocess": ["zzz", "posestream", "aaa"]},
            "the package 'postprocess' belongs to aaa, zzz as well: posestream needs a virtual environment of its own",
        ),
    ],
)
def test_a_second_owner_is_refused(owners: dict[str, list[str]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        refuse_second_owner(owners)
