"""Types that the configurations of several vendors share. A text may have placeholders of pipeline parameters in it:
what it must look like is checked once they are resolved."""

import re
from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from .parameters import has_placeholder

LONGEST = 4096  # characters, as long as a parameter's value


def unless_placeholder(check: Callable[[str], str]) -> Callable[[str], str]:
    """The check of a text, which passes what has a placeholder in it."""
    return lambda text: text if has_placeholder(text) else check(text)


def text_like(pattern: str, description: str, *, secret: bool = False) -> Meta:
    """What an annotated string must look like, without blanks around it. A secret one is kept encrypted and never
    shown."""
    expression = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not expression.fullmatch(text.strip()):
            raise ValueError(f"must be {description}")
        return text.strip()

    return text_checked(check, description, secret=secret)


def text_checked(check: Callable[[str], str], description: str, *, secret: bool = False) -> Meta:
    """What an annotated string must be, by a check that returns it or raises ValueError."""
    return Meta(
        max_length=LONGEST,
        description=description,
        extra={"check": unless_placeholder(check)} | ({"secret": True} if secret else {}),
        extra_json_schema={"writeOnly": True} if secret else None,
    )


TOKEN = r"[\x21-\x7e]{1,4096}"
Token = Annotated[str, text_like(TOKEN, "a token of visible ASCII characters", secret=True)]
OptionalToken = Annotated[str, text_like(f"({TOKEN})?", "a token of visible ASCII characters or empty", secret=True)]
TestCode = Annotated[str, text_like(r"[A-Za-z0-9_-]{0,64}", "a code of letters, digits, _ and -, or empty")]
