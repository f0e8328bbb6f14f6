"""The token that is always at hand on this machine."""

from local.problem import Problem
from local.signing_in import RENEW_SECONDS, REPEAT_SECONDS, Credentials
from local.state import State


class Clock:
    """Stands in for the event that ends the renewals: remembers how long each wait was, and ends after some."""

    def __init__(self, waits):
        self.left = waits
        self.waited = []

    def wait(self, seconds):
        self.waited.append(seconds)
        return len(self.waited) == self.left


def test_a_renewal_that_fails_is_repeated_before_the_token_expires(tmp_path, monkeypatch):
    credentials = Credentials(State(tmp_path), "http://localhost", "")
    credentials.stopping = Clock(4)
    outcomes = iter([None, Problem("busy"), None])

    def renew():
        if outcome := next(outcomes):
            raise outcome

    monkeypatch.setattr(credentials, "renew", renew)
    credentials.keep_fresh()
    assert credentials.stopping.waited == [RENEW_SECONDS, RENEW_SECONDS, REPEAT_SECONDS, RENEW_SECONDS]
    assert RENEW_SECONDS + REPEAT_SECONDS < 900
