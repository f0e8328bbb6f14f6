"""Signed requests: a table of what is good and what is not."""

import hashlib
import hmac

import pytest

from chalicelib.ingestion.signature import Signature, signature_of

SECRET, OLD_SECRET = "sk_new", "sk_old"
NOW = 1_772_013_600_000
BODY = b'{"event": "Signed up"}'
MINUTE = 60_000


def signed(body=BODY, at=NOW, secret=SECRET):
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-timestamp": str(at), "x-signature": f"sha256={made}"}


def is_valid(headers, body=BODY):
    return signature_of(headers, body).is_valid([SECRET, OLD_SECRET], NOW)


def test_a_known_answer():
    # printf '1772013600000.{}' | openssl dgst -sha256 -hmac sk_new
    known = "sha256=d59ba59771aaecfd07c6df21d8aa255eb5fdb2f7ca9e766dbbc8be955c0f9c22"
    assert Signature(known, "1772013600000", b"{}").is_valid(["sk_new"], NOW)


@pytest.mark.parametrize(
    "headers",
    [
        signed(),
        signed(secret=OLD_SECRET),
        signed(at=NOW - 5 * MINUTE),
        signed(at=NOW + 5 * MINUTE),
        signed() | {"x-signature": signed()["x-signature"].upper().replace("SHA256", "sha256")},
        signed() | {"x-timestamp": f" {NOW} "},
    ],
    ids=["now", "previous secret", "5 min old", "5 min ahead", "upper case", "blanks around"],
)
def test_a_good_signature(headers):
    assert is_valid(headers)


@pytest.mark.parametrize(
    "change",
    [
        signed(secret="sk_other"),
        signed(body=BODY + b" "),
        signed(at=NOW - 5 * MINUTE - 1),
        signed(at=NOW + 5 * MINUTE + 1),
        {"x-timestamp": str(NOW - 1)},
        {"x-timestamp": str(NOW // 1000)},
        {"x-timestamp": ""},
        {"x-timestamp": "-1"},
        {"x-timestamp": "1e12"},
        {"x-timestamp": "٣" * 13},
        {"x-timestamp": "9" * 400},
        {"x-timestamp": None},
        {"x-signature": None},
        {"x-signature": ""},
        {"x-signature": "sha256="},
        {"x-signature": "sha256=" + "0" * 64},
        {"x-signature": "sha1=" + "0" * 40},
        {"x-signature": signed()["x-signature"] + "0"},
        {"x-signature": signed()["x-signature"][:-1]},
        {"x-signature": signed()["x-signature"].removeprefix("sha256=")},
        {"x-signature": "sha256=" + "é" * 64},
    ],
    ids=lambda change: " ".join(f"{name} {value!r}"[:40] for name, value in change.items()),
)
def test_a_bad_signature(change):
    headers = {name: value for name, value in (signed() | change).items() if value is not None}
    assert not is_valid(headers)


def test_a_request_without_either_header_is_not_signed():
    assert signature_of({"x-pipeline-key": "dk_1"}, BODY) is None


def test_a_repeated_request_gives_its_event_the_same_id():
    assert signature_of(signed(), BODY).message_id == signature_of(signed(), BODY).message_id
    assert signature_of(signed(), BODY).message_id != signature_of(signed(at=NOW + 1), BODY).message_id
