"""Entity tags: the version of what is answered, by which a caller says what it knows and what it means to change."""


def etag(version: float) -> str:
    """The entity tag of a version."""
    return f'"{int(version)}"'


def matches(header: str, version: float) -> bool:
    """Whether an If-Match header lets this version pass (RFC 9110, 13.1.1: weak tags never match)."""
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or etag(version) in tags


def is_known(header: str, version: float) -> bool:
    """Whether an If-None-Match header names this version (RFC 9110, 13.1.2: weakly compared)."""
    return etag(version) in [tag.strip().removeprefix("W/") for tag in header.split(",")]
