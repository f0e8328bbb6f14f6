"""What went wrong on this machine, for the person at the terminal."""


class Problem(Exception):
    """Something about this machine or the arguments stops us; the message is one sentence that says what to do."""
