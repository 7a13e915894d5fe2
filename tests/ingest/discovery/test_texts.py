import pytest

from ingest.discovery.texts import plain_text, said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (None, ""),
        (7, ""),
        ("  Lobby\tcam ", "Lobby cam"),
        ("Küche 厨房", "Küche 厨房"),
        ("\x1b[31mred\x1b[0m\x07", "[31mred[0m"),
        ("\x9b31mred", "31mred"),
        ("a\u202egpj.exe", "agpj.exe"),  # turns the direction of writing
        ("a\r\nb\u2028c\u2029d\x85e", "a b c d e"),  # all of them end a line for somebody
        ("a\0b\ufeffc\ud800d\ue000e\uffff", "abcde"),
        ("x" * 1000, "x" * 80),
        ("\x1b" * 1_000_000 + "x", ""),
    ],
)
def test_a_text_of_one_line_without_what_steers_a_terminal(text: object, shown: str) -> None:
    assert plain_text(text) == shown


def test_logins_and_the_secret_are_taken_out() -> None:
    assert said("see rtsp://a:b@h/x", "CANARY") == "see rtsp://***@h/x"
    assert said("my CANARY sings", "CANARY") == "my *** sings"
    assert said("plain", "") == "plain"
