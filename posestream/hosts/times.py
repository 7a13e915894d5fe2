"""Points in time as people write them."""

from datetime import UTC, datetime

from posestream.errors import UsageError

# Times are 64-bit nanoseconds since 1970 everywhere.
FIRST_YEAR, LAST_YEAR = 1970, 2200


def parse_start_time(text: str, option: str = "--start-time") -> int:
    """Give UTC nanoseconds of an ISO-8601 time; one without a zone is UTC. ``option`` is who asks.

    Raises:
        UsageError: if the text is no such time, or one before 1970 or after 2200.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: wanted a time like 2026-01-31T08:00:00Z, got '{text}'") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise UsageError(f"{option}: wanted a year between {FIRST_YEAR} and {LAST_YEAR}, got {moment.year}")
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = int(aware.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + aware.microsecond * 1000
