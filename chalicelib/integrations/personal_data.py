"""Personal data in the form in which vendors compare it: normalised, then SHA-256. Plain functions.

Meta, Google Ads and TikTok ask for the same digest (hexadecimal, lower case) of nearly the same forms; where they
differ, it is said at the function. What is a digest already stays as it is: an organisation may hash before it sends.

References: Meta "Customer Information Parameters"
(https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters);
Google Ads API "Manage online click conversions", "Normalize and hash"
(https://developers.google.com/google-ads/api/docs/conversions/upload-online);
TikTok Events API 2.0 "Parameters", `user`
(https://business-api.tiktok.com/portal/docs?id=1771101151059969).
"""

import hashlib
import re
import unicodedata
from datetime import date

DIGEST = re.compile(r"[0-9a-fA-F]{64}")
GMAIL = ("gmail.com", "googlemail.com")


def hashed(text: str) -> str:
    """The SHA-256 of a text, empty for an empty one; what is a digest already stays, in lower case."""
    if not text or DIGEST.fullmatch(text):
        return text.lower()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def email(text: str) -> str:
    """Without blanks, in lower case; empty when it is no address."""
    plain = "".join(text.split()).lower()
    return plain if DIGEST.fullmatch(plain) or re.fullmatch(r"[^@]+@[^@]+\.[^@.]+", plain) else ""


def google_email(text: str) -> str:
    """As Google knows it: dots in the local part of a Gmail address, and what follows a plus there, do not count."""
    local, at, domain = email(text).partition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}" if domain in GMAIL else local + at + domain


def phone(text: str) -> str:
    """The digits with the country code in front, as Meta wants them: no plus, no leading zeros, no letters. Empty when
    these are too few or too many for E.164."""
    if DIGEST.fullmatch(text.strip()):
        return text.strip().lower()
    digits = re.sub(r"[^0-9]", "", re.sub(r"\(0\)", "", text)).lstrip("0")
    return digits if 7 <= len(digits) <= 15 else ""


def e164(text: str) -> str:
    """The phone number as Google and TikTok want it: a plus and the digits."""
    digits = phone(text)
    return digits if not digits or DIGEST.fullmatch(digits) else f"+{digits}"


def name(text: str) -> str:
    """A person's name, in lower case without punctuation and symbols, in any script."""
    return _letters(text, " ").strip()


def google_name(text: str) -> str:
    """A person's name as Google knows it: in lower case without blanks around it."""
    return text.strip().lower()


def city(text: str) -> str:
    """In lower case without blanks and punctuation: `newyork`."""
    return _letters(text, "")


def state(text: str) -> str:
    """Of the USA its two letters, otherwise like a city."""
    return _letters(text, "")


def postcode(text: str) -> str:
    """In lower case without blanks and hyphens; of a ZIP+4 the first five digits."""
    plain = re.sub(r"[\s-]", "", text).lower()
    return plain[:5] if re.fullmatch(r"\d{5}-?\d{4}", text.strip()) else plain


def country(text: str) -> str:
    """The two letters of ISO 3166-1 in lower case; empty for anything else, such as a name."""
    plain = text.strip().lower()
    return plain if DIGEST.fullmatch(plain) or re.fullmatch("[a-z]{2}", plain) else ""


def gender(text: str) -> str:
    """`f` or `m`; empty for anything else."""
    initial = text.strip().lower()[:1]
    return text.strip().lower() if DIGEST.fullmatch(text.strip()) else initial if initial in ("f", "m") else ""


def birthday(text: str) -> str:
    """YYYYMMDD of an ISO date or of that form; empty for anything else."""
    if DIGEST.fullmatch(text.strip()):
        return text.strip().lower()
    try:
        return date.fromisoformat(text.strip()[:10]).strftime("%Y%m%d")
    except ValueError:
        return ""


def external_id(text: str) -> str:
    """An organisation's own id of a person, without blanks around it."""
    return text.strip()


def _letters(text: str, blank: str) -> str:
    kept = (
        letter for letter in " ".join(text.lower().split()) if letter == " " or unicodedata.category(letter)[0] in "LMN"
    )
    return "".join(blank if letter == " " else letter for letter in kept)
