"""What AWS services answer to requests that were refused. Plain functions."""

import re

from .vendor import Answer, Outcome, Sending, by_status

# With status 400 and yet to be tried again: too much at once, slow senders, and credentials that are being renewed.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, "Common errors" of the services' references.
TEMPORARY = re.compile(
    r"\b(RequestTimeout|SlowDown|OperationAborted|Throttling(Exception)?|ThrottledException|LimitExceededException"
    r"|RequestLimitExceeded|ServiceUnavailable(Exception)?|InternalError|InternalFailure|ExpiredToken(Exception)?"
    r"|RequestExpired|KMSThrottlingException)\b"
)


def outcomes(sending: Sending, answer: Answer) -> list[Outcome]:
    """By the status, and by the name of the error: some with status 400 may be tried again."""
    found = by_status(sending, answer)
    if found and found[0].verdict == "refused" and TEMPORARY.search(answer.body[:1000].decode("utf-8", "replace")):
        return [Outcome("again", one.reason) for one in found]
    return found
