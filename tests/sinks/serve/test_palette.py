import re

from sinks.palette import NOBODY, PERSON_COLOURS
from sinks.serve.app import STATIC


def test_the_page_and_the_videos_have_the_same_colours() -> None:
    text = (STATIC / "palette.js").read_text(encoding="utf-8")
    found = [tuple(map(int, triple)) for triple in re.findall(r"\[(\d+), (\d+), (\d+)\]", text)]
    assert found == [*PERSON_COLOURS, NOBODY]
