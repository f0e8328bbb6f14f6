"""What is shown in place of a secret, and which fields are taken to hold one. Plain functions."""

import re
from typing import Any

MASK = "***"
# Words that alone make a name one of a secret, and what does so anywhere in a name without its separators.
WORDS = frozenset({"key", "keys", "pass", "pwd", "pin", "authorization", "bearer", "signature"})
PARTS = ("secret", "token", "password", "passwd", "passphrase", "credential", "apikey", "privatekey", "accesskey")


def sounds_secret(name: str) -> bool:
    """Whether a field of this name is taken to hold a secret: `GA4_API_KEY`, `accessToken` and `client-secret` are,
    `monkey` and `keyboard` are not. It hides too much rather than too little."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+", name)]
    return any(word in WORDS for word in words) or any(part in "".join(words) for part in PARTS)


def masked(value: Any, *, secret: bool = False) -> Any:
    """The JSON value with `***` for texts and numbers that are `secret`, and for those in it whose name sounds like
    one. What is true, false, null or empty tells nothing and stays."""
    if isinstance(value, dict):
        return {name: masked(inner, secret=secret or sounds_secret(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, secret=secret) for inner in value]
    if not secret or value is None or isinstance(value, bool) or value == "":
        return value
    return MASK
