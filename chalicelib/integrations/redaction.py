"""Texts without the secrets in them, in whatever form a request has them: as they are, percent-encoded, escaped as
JSON, in Base64. Plain functions."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from .secrets import MASK

SHORTEST_IN_BASE64 = 6  # bytes: of shorter ones so few characters are certain that other texts have them too

SHORTEST_BEGINNING = 4  # characters of a secret that was cut off: very short ones are at the end of many texts


class Redaction:
    """Knows the secrets of a request or of a configuration, and takes them out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {form for secret in secrets if secret for form in forms(secret)}
        # What is made of asterisks alone is in the mask itself.
        self._forms = sorted((form for form in found if form.strip("*")), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms))) if self._forms else None

    def text(self, text: str) -> str:
        """The text with *** in place of every secret; done again while one is left, since what stands around a secret
        that was taken out may become another."""
        while self._pattern and self._pattern.search(text):
            text = self._pattern.sub(MASK, text)
        return text

    def cut_text(self, text: str) -> str:
        """The same of a text that was cut somewhere: what it ends with may be the beginning of a secret."""
        text = self.text(text)
        begun = max((_overlap(text, form) for form in self._forms), default=0)
        return text[: len(text) - begun] + MASK if begun >= SHORTEST_BEGINNING else text

    def value(self, value: Any) -> Any:
        """A JSON value with *** in place of every secret in its strings, also in names."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.value(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def headers(self, headers: Mapping[str, str], secret: frozenset[str] = frozenset()) -> dict[str, str]:
        """Headers with *** in place of every secret, and of all that is in the secret ones (names in lower case)."""
        return {
            self.text(name): MASK if name.lower() in secret else self.text(value) for name, value in headers.items()
        }


def _overlap(text: str, form: str) -> int:
    """How many characters of the form the text ends with."""
    longest = min(len(text), len(form) - 1)
    return next((length for length in range(longest, 0, -1) if text.endswith(form[:length])), 0)


def forms(secret: str) -> Iterator[str]:
    """The secret as it may be found in a request."""
    yield secret
    for encoded in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
    for escaped in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
    yield from _in_base64(secret.encode("utf-8", "replace"))


def _in_base64(secret: bytes) -> Iterator[str]:
    """What is certain of the secret in Base64, wherever in a text it begins: alone, or after a user name."""
    if len(secret) < SHORTEST_IN_BASE64:
        return
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret).decode()
        certain = encoded[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        yield certain
        yield certain.replace("+", "-").replace("/", "_")
