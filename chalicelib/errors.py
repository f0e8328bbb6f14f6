"""Every error a caller can see, with its HTTP status and code, and the one JSON shape they are told in."""

import re
from typing import Any, ClassVar


def code_of(name: str) -> str:
    """`PipelineNotFound` → `PIPELINE_NOT_FOUND`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def error_body(code: str, message: str, request_id: str, details: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The one shape of an error answer."""
    error: dict[str, Any] = {"code": code, "message": message, "request_id": request_id}
    if details:
        error["details"] = details
    return {"error": error}


class ApiError(Exception):
    """An error meant for the caller. The class is the code; the first line of its docstring is the usual message."""

    status: ClassVar[int] = 500

    def __init__(self, message: str = "", headers: dict[str, str] | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").partition("\n")[0]
        self.headers = headers or {}
        self.beside: dict[str, Any] = {}  # fields of the answer beside "error"
        super().__init__(self.message)

    @classmethod
    def code(cls) -> str:
        """The code in the answer: the class name in upper case."""
        return code_of(cls.__name__)


class InvalidJson(ApiError):
    """The body is not valid JSON."""

    status = 400


class BadRequest(ApiError):
    """The request cannot be understood."""

    status = 400


class InvalidEvent(ApiError):
    """The event cannot be accepted as it is."""

    status = 400


class InvalidToken(ApiError):
    """The access token is missing, malformed or not one of ours; send Authorization: Bearer {access_token}."""

    status = 401


class ExpiredToken(ApiError):
    """The access token has expired; get a new one from /v1/admin/auth/refresh."""

    status = 401


class InvalidCredentials(ApiError):
    """The e-mail address or the password is wrong."""

    status = 401


class NotSignedIn(ApiError):
    """The session is over, or there was none; sign in."""

    status = 401


class OutdatedForm(ApiError):
    """The page that this form is on is from another session, or from another site; open it again and repeat."""

    status = 403


class InvalidRefreshToken(ApiError):
    """The refresh token is expired, used before, revoked or not one of ours; sign in again."""

    status = 401


class AccountLocked(ApiError):
    """Too many failed sign-ins for this e-mail address; wait before the next try."""

    status = 401


class InvalidPipelineKey(ApiError):
    """The pipeline key is missing, unknown or no longer valid."""

    status = 401


class Forbidden(ApiError):
    """Your role does not allow this."""

    status = 403


class PipelineDeleted(ApiError):
    """The pipeline was deleted; its key is no longer valid."""

    status = 401


class InvalidSecret(ApiError):
    """The secret is not, or no longer, one of this pipeline."""

    status = 401


class InvalidSignature(ApiError):
    """The signature is not one of this pipeline, or its time is more than five minutes off.

    `X-Timestamp` must have milliseconds since the epoch, `X-Signature` be sha256= and the HMAC of timestamp, dot, body.
    """

    status = 401


class SignatureRequired(ApiError):
    """These events must be signed: X-Timestamp and X-Signature, or the secret as password of Basic authentication."""

    status = 401


class RateLimited(ApiError):
    """The pipeline's rate limit is used up; send again after the time in Retry-After."""

    status = 429


class PipelineDisabled(ApiError):
    """The pipeline is not accepting events; enable it first."""

    status = 403


class OriginNotAllowed(ApiError):
    """The page's origin is not in the pipeline's domain allowlist."""

    status = 403


class ChallengeTokenRequired(ApiError):
    """Events of this pipeline must have a challenge token; get one from /v1/challenge."""

    status = 403


class InvalidChallengeToken(ApiError):
    """The challenge token has expired or is not one of this pipeline; get a new one from /v1/challenge."""

    status = 403


class NotFound(ApiError):
    """There is nothing at this path."""

    status = 404


class PipelineNotFound(ApiError):
    """There is no such pipeline in your organisation."""

    status = 404


class EventNotFound(ApiError):
    """No event with this message id was seen in the last 24 hours; one that just came may still be in the queue."""

    status = 404


class CollectorNotBuilt(ApiError):
    """No collector has been built for this pipeline yet; POST to its collector/build first."""

    status = 404


class BuildNotFound(ApiError):
    """There is no such build of this pipeline."""

    status = 404


class BuildNotReady(ApiError):
    """Only a build that is ready can be published."""

    status = 409


class IntegrationNotFound(ApiError):
    """There is no such integration in your organisation."""

    status = 404


class VendorNotFound(ApiError):
    """There is no vendor of this key."""

    status = 404


class RevisionNotFound(ApiError):
    """There is no revision of this number."""

    status = 404


class DeadLetterNotFound(ApiError):
    """There is no such dead letter of this integration; it may have been delivered since."""

    status = 404


class NotAttached(ApiError):
    """The integration is not attached to this pipeline."""

    status = 404


class UserNotFound(ApiError):
    """There is no such user in your organisation."""

    status = 404


class MethodNotAllowed(ApiError):
    """This path does not take that method; the Allow header lists those it takes."""

    status = 405


class DuplicateSlug(ApiError):
    """Another pipeline of your organisation has this slug."""

    status = 409


class DuplicateName(ApiError):
    """Another integration of your organisation has this name."""

    status = 409


class DuplicateEmail(ApiError):
    """A user with this e-mail address exists already."""

    status = 409


class LastOwner(ApiError):
    """An organisation keeps at least one owner; make somebody else an owner first."""

    status = 409


class PipelineNotDeleted(ApiError):
    """The pipeline is not deleted, so there is nothing to restore."""

    status = 409


class IntegrationNotDeleted(ApiError):
    """The integration is not deleted, so there is nothing to restore."""

    status = 409


class PreconditionFailed(ApiError):
    """It has changed since the version in If-Match; get it again and repeat your change."""

    status = 412


class PayloadTooLarge(ApiError):
    """The request body is too large."""

    status = 413


class UnsupportedMediaType(ApiError):
    """Send the body as application/json."""

    status = 415


class ValidationFailed(ApiError):
    """Some fields have values that cannot be used; details names each."""

    status = 422

    def __init__(self, details: list[dict[str, str]]) -> None:
        super().__init__()
        self.details = details


class IdempotencyKeyReused(ApiError):
    """This Idempotency-Key was used for another request within the last 24 hours; choose a new one."""

    status = 422


class InternalError(ApiError):
    """Something went wrong on our side; the request id helps to find out what."""

    status = 500


class ServiceUnavailable(ApiError):
    """A store is not answering right now; nothing was half done, so repeat the request."""

    status = 503

    def __init__(self, message: str = "", retry_after_seconds: int = 2) -> None:
        super().__init__(message, {"Retry-After": str(retry_after_seconds)})
