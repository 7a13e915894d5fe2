"""One pleasant, steady colour for each person, the same on the page and in videos."""

from posestream.schemas import Severity

Rgb = tuple[int, int, int]

# Neighbours in the list are far apart in hue, since ids near each other are often in view together.
# The page has the same list in serve/static/palette.js (a test compares them).
PERSON_COLOURS: tuple[Rgb, ...] = (
    (56, 189, 248),
    (251, 146, 60),
    (74, 222, 128),
    (244, 114, 182),
    (250, 204, 21),
    (167, 139, 250),
    (45, 212, 191),
    (248, 113, 113),
    (163, 230, 53),
    (129, 140, 248),
    (253, 186, 116),
    (232, 121, 249),
)

NOBODY: Rgb = (203, 213, 225)  # a pose that has no track

SEVERITY_COLOURS: dict[Severity, Rgb] = {
    Severity.INFO: (37, 99, 235),
    Severity.WARNING: (217, 119, 6),
    Severity.CRITICAL: (220, 38, 38),
}


def person_colour(track_id: int | None) -> Rgb:
    """Give the colour of a track; the same id has the same colour everywhere and always."""
    return NOBODY if track_id is None else PERSON_COLOURS[track_id % len(PERSON_COLOURS)]


def lighter(colour: Rgb, share: float) -> Rgb:
    """Mix a colour with white."""
    red, green, blue = (round(value + (255 - value) * share) for value in colour)
    return red, green, blue


def darker(colour: Rgb, share: float) -> Rgb:
    """Mix a colour with black."""
    red, green, blue = (round(value * (1 - share)) for value in colour)
    return red, green, blue
