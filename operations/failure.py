"""Why an operation was not done."""

from deployment.failure import Failure


class OperationFailed(Failure):
    """The operation cannot be done as it was asked for; the message says what would be right."""
