"""Forms: what was typed, what was refused of it, and that it came from a page of ours."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from .. import signing_keys
from ..errors import ApiError, BadRequest, DuplicateEmail, DuplicateName, LastOwner, ValidationFailed

MOST_FIELDS = 4000
LINES = re.compile(r"\r\n|\r|\n")
# Errors that are about one field, and stand beside it on a form that has it.
OF_A_FIELD: dict[type[ApiError], str] = {
    DuplicateEmail: "email",
    DuplicateName: "name",
    LastOwner: "role",
}


@dataclass(slots=True)
class Form:
    """The fields of a form as texts. On a page that is opened it is empty."""

    values: dict[str, list[str]] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)  # field and message
    problem: str = ""  # what is wrong with the whole

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def value(self, name: str, otherwise: str = "") -> str:
        """What was typed into a field; `otherwise` on a page that is opened."""
        return self.values[name][-1] if name in self.values else otherwise

    def all(self, name: str) -> list[str]:
        """Every value of a field that repeats."""
        return self.values.get(name, [])

    def lines(self, name: str) -> list[str]:
        """The lines of a text that have something in them."""
        return [line.strip() for line in LINES.split(self.value(name)) if line.strip()]

    def checked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.value(name) == "on"

    def number(self, name: str) -> int | str:
        """A whole number; what is none stays as it was typed, for the API to refuse."""
        given = self.value(name).strip()
        return int(given) if re.fullmatch(r"-?[0-9]{1,15}", given, re.ASCII) else given

    @property
    def opened_with(self) -> str | None:
        """The version that the form was opened with, as an If-Match header; None for a form without one."""
        version = self.value("version")
        return f'"{version}"' if version else None

    def of(self, name: str) -> "Form":
        """This form, if it has that name; of several on one page the others stay as they are opened."""
        return self if self.value("form") == name else Form()

    def confirm(self, name: str) -> None:
        """Raises ValidationFailed unless the name of what is to be changed was typed."""
        if self.value("confirm").strip() != name:
            raise ValidationFailed([{"field": "confirm", "message": f"must be {name}; nothing was changed"}])

    def refuse(self, error: ApiError) -> None:
        """Keep what an error says of the fields."""
        field = OF_A_FIELD.get(type(error), "")
        if isinstance(error, ValidationFailed):
            self.errors += error.details
        elif field in self:
            self.errors.append({"field": field, "message": error.message})
        else:
            self.problem = error.message

    def errors_of(self, *names: str) -> list[str]:
        """What is wrong with a field or anything in it; list items are counted from 1, as people do."""
        found = []
        for error in self.errors:
            for name in names:
                rest = _inside(error["field"], name)
                if rest is not None:
                    found.append(f"{_place(rest)}{error['message']}")
                    break
        return found

    def other_errors(self, names: Iterable[str]) -> list[str]:
        """What is wrong with fields that are none of these, with the fields' names."""
        known = list(names)
        return [
            f"{error['field']} {error['message']}".strip()
            for error in self.errors
            if all(_inside(error["field"], name) is None for name in known)
        ]


def _inside(path: str, name: str) -> str | None:
    """The rest of a path below a field, or None when it is elsewhere."""
    if path == name:
        return ""
    return path[len(name) :] if path.startswith((f"{name}.", f"{name}[")) else None


def _place(rest: str) -> str:
    if not rest:
        return ""
    return re.sub(r"^\[(\d+)\]", lambda found: f"Line {int(found[1]) + 1}", rest).lstrip(".") + " "


def parse(body: bytes) -> Form:
    """A form as a browser sends it, application/x-www-form-urlencoded. Raises BadRequest."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise BadRequest("The form cannot be read") from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Form(values)


def token(session_id: str) -> str:
    """What a form carries to show that it is on a page of this session: another site cannot read it."""
    return _token(session_id, signing_keys.signing())


def is_token(given: str, session_id: str) -> bool:
    """Whether it is the one of this session."""

    def check(key: str) -> bool:
        return hmac.compare_digest(given.encode(), _token(session_id, key).encode())

    return bool(signing_keys.verified(check))


def _token(session_id: str, key: str) -> str:
    return hmac.new(key.encode(), f"form of {session_id}".encode(), hashlib.sha256).hexdigest()
