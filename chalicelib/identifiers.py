"""Identifiers: a prefix that says what it names, then 20 base-32 characters that sort by time of making."""

import re
import secrets

from . import clock

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's, in ASCII order, so text order is time order
TIME_CHARACTERS = 9  # 45 bits of milliseconds: enough until the year 3084
RANDOM_CHARACTERS = 11  # 55 bits
LAST_MOMENT = (1 << 5 * TIME_CHARACTERS) - 1  # that an identifier can be of, in milliseconds since the epoch
PATTERN = f"[{ALPHABET}]{{{TIME_CHARACTERS + RANDOM_CHARACTERS}}}"


def new_id(prefix: str) -> str:
    """A new identifier such as `pip_01jz3k8q4c2h9v7m5n0x`."""
    moment = _base32(clock.milliseconds(), TIME_CHARACTERS)
    return f"{prefix}_{moment}{_base32(secrets.randbits(5 * RANDOM_CHARACTERS), RANDOM_CHARACTERS)}"


def first_of(prefix: str, milliseconds: int) -> str:
    """What stands before all identifiers of this moment and later ones, and after all earlier ones."""
    return f"{prefix}_{_base32(min(max(milliseconds, 0), LAST_MOMENT), TIME_CHARACTERS)}"


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` can be an identifier with this prefix; what cannot need not be looked up."""
    return re.fullmatch(f"{prefix}_{PATTERN}", text) is not None


def _base32(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
