"""The time, read in one place so that tests can set it."""

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


def timestamp() -> int:
    """Whole seconds since the epoch, as DynamoDB's TTL and JWT count them."""
    return int(now().timestamp())


def milliseconds() -> int:
    """Milliseconds since the epoch."""
    return int(now().timestamp() * 1000)


def seconds_since(iso_time: str) -> float:
    """How long ago a time in ISO 8601 was, true to a millisecond; UTC where it does not say.

    Raises ValueError.
    """
    moment = datetime.fromisoformat(iso_time)
    return round((now() - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))).total_seconds(), 3)


def iso(moment: datetime) -> str:
    """`2026-02-20T10:00:00Z`, the specification's form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_seconds(epoch_seconds: float) -> str:
    """The specification's form of a time in seconds since the epoch."""
    return iso(datetime.fromtimestamp(epoch_seconds, UTC))


def iso_milliseconds(epoch_milliseconds: int) -> str:
    """`2026-02-20T10:00:00.000Z`, of milliseconds since the epoch."""
    moment = datetime.fromtimestamp(epoch_milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def after(seconds: float) -> datetime:
    """The moment `seconds` from now."""
    return now() + timedelta(seconds=seconds)
