"""Passwords: argon2id with OWASP's parameters."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 256  # characters


@lru_cache(maxsize=1)
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # 20 ms that only signing in needs

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # 19 MiB


def hash_password(password: str) -> str:
    """What is stored of a password."""
    return _hasher().hash(password)


def is_correct(password: str, password_hash: str | None) -> bool:
    """Whether the password fits the hash. Without one (no such user) it takes as long, and is wrong."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    nobodys_hash = _nobodys_hash()  # made for every caller alike, since making it the first time takes time too
    try:
        _hasher().verify(password_hash or nobodys_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("a password that nobody has")
