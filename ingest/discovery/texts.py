"""Texts that a stranger sent, made fit for a terminal, a comment and a log."""

import unicodedata

from posestream.redact import redact, without

MOST_CHARACTERS = 80


def plain_text(value: object, most: int = MOST_CHARACTERS) -> str:
    """Give a text of one line without what steers a terminal: no control, format or unassigned characters.

    White space of any kind, line separators too, becomes one space. At most ``most`` characters; None gives "".
    """
    if not isinstance(value, str):
        return ""
    shown = (character for character in value[: most * 4] if character.isspace() or _is_shown(character))
    return " ".join("".join(shown).split())[:most].strip()


def said(value: object, secret: str = "", most: int = MOST_CHARACTERS) -> str:
    """Give what a device said as plain text, without logins in addresses and without ``secret``."""
    return without(redact(plain_text(value, most)), secret)


def _is_shown(character: str) -> bool:
    # C: control, format (among them those that turn the direction of writing), surrogate, private, unassigned.
    return not unicodedata.category(character).startswith("C")
