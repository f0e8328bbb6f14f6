"""Signing in to the running server, so that a person or a script at this machine has a token at hand."""

import json
import threading
import urllib.error
import urllib.request
from typing import Any

from .problem import Problem
from .state import State

FILE = "credentials.json"
EMAIL = "owner@example.com"
ORGANISATION = "local"
RENEW_SECONDS = 600.0  # access tokens live 15 minutes
REPEAT_SECONDS = 15.0


def sign_in(url: str, email: str, password: str) -> dict[str, Any]:
    """The tokens that the server gives. Raises Problem."""
    request = urllib.request.Request(
        f"{url}/v1/admin/auth/login",
        json.dumps({"email": email, "password": password}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            tokens: dict[str, Any] = json.load(answer)
            return tokens
    except urllib.error.HTTPError as refusal:
        raise Problem(f"Signing in at {url} as {email} failed: {_reason(refusal)}") from None
    except (OSError, ValueError) as error:
        raise Problem(f"Signing in at {url} as {email} failed ({error})") from None


def _reason(refusal: urllib.error.HTTPError) -> str:
    """What the server says, or at least its status."""
    try:
        return str(json.load(refusal)["error"]["message"])
    except (OSError, ValueError, LookupError, TypeError):
        return str(refusal)


def fresh_token(state: State) -> str:
    """A new access token of the run that is using the state folder. Raises Problem."""
    kept = state.read(FILE)
    if state.user() is None or not kept:
        raise Problem(f"Nothing is running on STATE {state.folder}; start it with `make run`")
    return str(sign_in(kept["url"], kept["email"], kept["password"])["access_token"])


class Credentials:
    """The file of credentials, kept fresh while the server runs."""

    def __init__(self, state: State, url: str, aws_url: str) -> None:
        self.state = state
        self.content = {
            "url": url,
            "cdn_url": url,
            "email": EMAIL,
            "password": state.secret("owner_password"),
            "access_token": "",
            "refresh_token": "",
            "aws_endpoint_url": aws_url,
        }
        self.stopping = threading.Event()

    def renew(self) -> None:
        """Sign in and write the file."""
        tokens = sign_in(self.content["url"], self.content["email"], self.content["password"])
        self.content |= {name: tokens[name] for name in ("access_token", "refresh_token")}
        self.state.write(FILE, self.content)

    def keep_fresh(self) -> None:
        """Renew again and again, until told to stop; soon again when the store was busy."""
        seconds = RENEW_SECONDS
        while not self.stopping.wait(seconds):
            try:
                self.renew()
                seconds = RENEW_SECONDS
            except Problem:
                seconds = REPEAT_SECONDS
