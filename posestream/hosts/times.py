"""Points in time as people write them."""

from datetime import UTC, datetime

from posestream.errors import UsageError


def parse_start_time(text: str) -> int:
    """Give UTC nanoseconds of an ISO-8601 time; one without a zone is UTC.

    Raises:
        UsageError: if the text is no such time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--start-time: wanted a time like 2026-01-31T08:00:00Z, got '{text}'") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = int(aware.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + aware.microsecond * 1000
