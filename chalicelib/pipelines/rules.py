"""The rules of a pipeline's fields, as plain functions: each takes a value and returns the value to keep, or raises
ValueError saying what would be right."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import UNSET

from .. import text

MOST_LABELS = 64
LONGEST_LABEL = 100
LONGEST_SLUG = 63
LARGEST_PIPELINE = 200_000  # bytes of JSON as it is stored: well inside DynamoDB's 400 KB
DEEPEST_OBJECT = 20  # levels
RESERVED_NAMES = frozenset(  # of the language, of every object, and what every page has already
    """await break case catch class const continue debugger default delete do else enum export extends false finally
    for function if implements import in instanceof interface let new null package private protected public return
    static super switch this throw true try typeof var void while with yield undefined NaN Infinity arguments eval
    Array BigInt Boolean Date Error Function Intl Iterator JSON Map Math Number Object Promise Proxy Reflect RegExp
    Set String Symbol URL decodeURI decodeURIComponent encodeURI encodeURIComponent escape isFinite isNaN parseFloat
    parseInt unescape
    constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf
    window document self globalThis top parent frames location history navigator name status closed length origin
    event external opener screen performance addEventListener alert atob blur btoa caches cancelAnimationFrame
    cancelIdleCallback clearInterval clearTimeout close confirm console cookieStore createImageBitmap
    crossOriginIsolated crypto customElements devicePixelRatio dispatchEvent fetch find focus frameElement
    getComputedStyle getSelection indexedDB innerHeight innerWidth isSecureContext localStorage locationbar
    matchMedia menubar moveBy moveTo navigation open outerHeight outerWidth pageXOffset pageYOffset personalbar
    postMessage print prompt queueMicrotask removeEventListener reportError requestAnimationFrame
    requestIdleCallback resizeBy resizeTo scheduler screenLeft screenTop screenX screenY scroll scrollBy scrollTo
    scrollX scrollY scrollbars sessionStorage setInterval setTimeout speechSynthesis statusbar stop structuredClone
    toolbar trustedTypes visualViewport""".split()  # noqa: SIM905 - names read better so
)


def display_name(name: str) -> str:
    """A name for people."""
    return text.one_line(name, 1, 200)


def slug_from(name: str) -> str:
    """A slug made of any Unicode name: `Crème Brûlée` → `creme-brulee`, `Магазин` → `magazin`."""
    from slugify import slugify

    return slugify(name, max_length=LONGEST_SLUG - 4, word_boundary=True) or "pipeline"


def numbered(slug: str, number: int) -> str:
    """`shop`, `shop-2`, `shop-3`: the candidates for a slug, a long one shortened for its number."""
    if number == 1:
        return slug
    ending = f"-{number}"
    return slug[: LONGEST_SLUG - len(ending)].rstrip("-") + ending


def is_numbered(slug: str, base: str) -> bool:
    """Whether a slug is `base` with a number: `shop-2` is, of `shop`."""
    number = slug.rpartition("-")[2]
    return bool(re.fullmatch("[1-9][0-9]{0,8}", number)) and number != "1" and numbered(base, int(number)) == slug


def label(given: str) -> str:
    """A label: `prefix:value` or a plain tag."""
    return text.one_line(given, 1, LONGEST_LABEL)


def search(given: str) -> str:
    """What names and slugs are searched for, in the form in which names are kept."""
    return text.one_line(given, 0, 200)


def without_repeats(values: list[str]) -> list[str]:
    """Each value once, in the order given."""
    return list(dict.fromkeys(values))


def group_of(label: str) -> tuple[str, str] | None:
    """The prefix and value of a groupable label, None for a plain tag: `env:production` → (`env`, `production`)."""
    prefix, _, value = label.partition(":")
    return (prefix, value) if prefix and value else None


def available_labels(labels: Iterable[Iterable[str]]) -> Iterator[tuple[str, str | None, str | None, int]]:
    """Every label in use with its prefix, value and number of pipelines; plain tags have neither."""
    counts = Counter(label for of_one_pipeline in labels for label in of_one_pipeline)
    for label, count in sorted(counts.items()):
        prefix, value = group_of(label) or (None, None)
        yield label, prefix, value, count


def host(given: str) -> str:
    """A host name in its ASCII form, lower case: `Bücher.example` → `xn--bcher-kva.example`. Addresses are allowed."""
    bare = given.strip().rstrip(".")
    try:
        return str(ipaddress.ip_address(bare.strip("[]")))
    except ValueError:
        pass
    import idna

    try:
        name = idna.encode(bare, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        name = ""
    if not re.fullmatch(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", name):
        raise ValueError("must be a host name such as www.example.com, without scheme, port or path")
    return name


def allowed_domain(given: str) -> str:
    """An entry of a domain allowlist: a host, or `*.` and a host for any of its subdomains."""
    wildcard, name = ("*.", given.strip()[2:]) if given.strip().startswith("*.") else ("", given)
    try:
        found = host(name)
        if wildcard and (_is_address(found) or ("." not in found and found != "localhost")):
            raise ValueError
    except ValueError:
        raise ValueError(
            "must be a host name such as example.com or *.example.com, without scheme, port or path"
        ) from None
    return wildcard + found


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def global_variable(name: str) -> str:
    """A name for the collector's global: a JavaScript identifier that means nothing else in a page."""
    if not re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}", name) or name in RESERVED_NAMES or name.startswith("__"):
        raise ValueError("must be a JavaScript identifier of at most 64 characters that is not reserved, such as _df")
    return name


def vendor_syncs(given: dict[str, Any]) -> dict[str, Any]:
    """Settings of vendors: only Google Analytics has a measurement id."""
    for vendor, sync in given.items():
        if sync.measurement_id is not UNSET and vendor != "ga4":
            raise ValueError(f"measurement_id is of ga4 alone, not of {vendor}")
    return given


NAMED_SOURCES = ("cookie", "storage")
PURPOSES = re.compile(r"([1-9]|1[01])(\+([1-9]|1[01]))*")  # of IAB Europe's TCF 2.2


def consent_source(given: Any) -> Any:
    """A source of consent with just the fields that its type has."""
    if given.type in NAMED_SOURCES:
        missing = [field for field in ("name", "categories") if getattr(given, field) is UNSET]
        if missing:
            raise ValueError(f"of type {given.type} must have {' and '.join(missing)}")
    elif given.name is not UNSET:
        raise ValueError("must have a name only when its type is cookie or storage")
    if given.data_layer is not UNSET and given.type != "google_consent_mode":
        raise ValueError("must have a data_layer only when its type is google_consent_mode")
    if given.type == "tcf" and given.categories is not UNSET:
        for code in (code for codes in given.categories.values() for code in codes):
            if not PURPOSES.fullmatch(code):
                raise ValueError("of type tcf must have purposes from 1 to 11 as codes, such as 1+8")
    return given


def consent_sources(given: list[Any]) -> list[Any]:
    """Sources of consent: each framework once, since it has one place in a page."""
    for kind in ("tcf", "google_consent_mode", "onetrust", "cookiebot"):
        if sum(source.type == kind for source in given) > 1:
            raise ValueError(f"must have {kind} only once")
    return given


def plain_object(value: dict[str, Any]) -> dict[str, Any]:
    """A free-form object that survives JavaScript: no key that would reach an object's prototype, not too deep."""
    if _deepest(value) > DEEPEST_OBJECT:
        raise ValueError(f"must not be nested deeper than {DEEPEST_OBJECT} levels")
    if any(key in ("__proto__", "constructor", "prototype") for key in _keys(value)):
        raise ValueError("must not have a key __proto__, constructor or prototype at any depth")
    return value


def pipeline_config(value: dict[str, Any]) -> dict[str, Any]:
    """A free-form object, but for the fields that ingestion knows."""
    for field in ("anonymize_ip", "filter_bots"):
        if not isinstance(value.get(field, False), bool):
            raise ValueError(f"must have true or false for {field}")
    return plain_object(value)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def _deepest(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_deepest, inner), default=0)
