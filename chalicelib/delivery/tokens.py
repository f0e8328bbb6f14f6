"""Access tokens that vendors give out (OAuth 2.0, RFC 6749 section 5.1): asked for when first needed, kept until
shortly before they end."""

import hashlib
import threading
from collections import OrderedDict

from .. import clock
from ..integrations.vendor import Answer, HttpRequest
from . import client

EARLIER_SECONDS = 60  # than it ends, a token is not used any more
USUAL_SECONDS = 3600
MOST_KEPT = 1000

_tokens: OrderedDict[str, tuple[str, int]] = OrderedDict()  # by the request: token, and until when it is used
_lock = threading.Lock()


class NoToken(Exception):
    """The vendor gave no token; `answer` is what it said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer

    @property
    def said(self) -> str:
        """The answer, for people."""
        return f"HTTP {self.answer.status}: {self.answer.body[:300].decode('utf-8', 'replace').strip()}"


def token_for(request: HttpRequest) -> str:
    """The token that a request is answered with.

    Raises NoToken, client.NoAnswer, addresses.NotAllowed.
    """
    name = _name(request)
    with _lock:
        token, until = _tokens.get(name, ("", 0))
    if until > clock.timestamp():
        return token
    answer = client.send(request)
    said = answer.json()
    given = said.get("access_token") if isinstance(said, dict) else None
    if not (200 <= answer.status < 300 and isinstance(given, str) and given):
        raise NoToken(answer)
    lives = said.get("expires_in")
    until = clock.timestamp() + (lives if isinstance(lives, int) else USUAL_SECONDS) - EARLIER_SECONDS
    with _lock:
        _tokens[name] = (given, until)
        while len(_tokens) > MOST_KEPT:
            _tokens.popitem(last=False)
    return given


def forget(request: HttpRequest | None = None) -> None:
    """Use the token of a request no more; without one, none that is known."""
    with _lock:
        if request is None:
            _tokens.clear()
        else:
            _tokens.pop(_name(request), None)


def _name(request: HttpRequest) -> str:
    return hashlib.sha256(request.url.encode() + b"\n" + request.body).hexdigest()
