import sys

import pytest

from posestream.cli.extras import loaded
from posestream.errors import UsageError


def test_what_is_there_is_loaded() -> None:
    assert loaded("posestream.errors", "tail").UsageError is UsageError


@pytest.mark.parametrize(
    ("library", "module", "extra"),
    [
        ("confluent_kafka", "posestream.messaging.tailing", "kafka"),
        ("quixstreams", "sinks.stream", "kafka"),
    ],
)
def test_a_missing_library_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, library: str, module: str, extra: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(("posestream.messaging", "sinks.stream"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    with pytest.raises(UsageError, match=rf"^tail needs {library}: pip install 'posestream\[{extra}\]'$"):
        loaded(module, "tail")


def test_a_fault_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        loaded("posestream.no_such_module", "tail")
