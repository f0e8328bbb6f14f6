"""What the collector's consent modules are told: where an answer is read, and which of a source's codes make up which
category."""

from typing import Any

FUNCTIONAL, ANALYTICS, MARKETING, PERSONALIZATION = "functional", "analytics", "marketing", "personalization"

# The codes of each source for each category, unless a pipeline says otherwise. `a+b`: both are needed.
CODES: dict[str, dict[str, list[str]]] = {
    # Purposes of IAB Europe's TCF 2.2, appendix A; 1 is to store anything at all.
    "tcf": {
        FUNCTIONAL: ["1"],
        ANALYTICS: ["1+8"],
        MARKETING: ["1+2+3+4+7"],
        PERSONALIZATION: ["1+5+6"],
    },
    # Google, "Consent mode": the storage types; ad_user_data is needed since version 2.
    "google_consent_mode": {
        FUNCTIONAL: ["functionality_storage"],
        ANALYTICS: ["analytics_storage"],
        MARKETING: ["ad_storage+ad_user_data"],
        PERSONALIZATION: ["ad_personalization", "personalization_storage"],
    },
    # OneTrust's standard groups in the cookie OptanonConsent.
    "onetrust": {
        FUNCTIONAL: ["C0003:1"],
        ANALYTICS: ["C0002:1"],
        MARKETING: ["C0004:1"],
        PERSONALIZATION: ["C0003:1"],
    },
    # Cookiebot's categories in the cookie CookieConsent; -1 is a visitor from where no consent is needed.
    "cookiebot": {
        FUNCTIONAL: ["preferences:true", "-1"],
        ANALYTICS: ["statistics:true", "-1"],
        MARKETING: ["marketing:true", "-1"],
        PERSONALIZATION: ["preferences:true", "-1"],
    },
}
GLOBAL_PRIVACY_CONTROL = [MARKETING, PERSONALIZATION]  # what its signal refuses, unless a pipeline says otherwise


def required(given: dict[str, Any]) -> str:
    """The category without which nothing is sent or kept."""
    return str(given.get("required_category", ANALYTICS))


def rules(given: dict[str, Any]) -> dict[str, Any]:
    """The configuration of the consent modules for a pipeline's `consent_config`."""
    found: dict[str, Any] = {}
    if given.get("mode") == "opt_out":
        found["implied"] = True
    if given.get("on_refusal") == "cookieless":
        found["cookieless"] = True
    for source in given.get("sources", []):
        _add(found, source)
    return found


def _add(found: dict[str, Any], source: dict[str, Any]) -> None:
    kind = source["type"]
    codes = _codes(kind, source.get("categories") or CODES[kind])
    if kind == "tcf":
        found["tcf"] = codes
    elif kind == "google_consent_mode":
        found["google"], found["layer"] = codes, source.get("data_layer", "dataLayer")
    else:
        found.setdefault("texts", []).append(_place(source) | {"codes": codes})


def _codes(kind: str, categories: dict[str, list[str]]) -> dict[str, list[list[str | int]]]:
    """Each category's alternatives, each a list of codes that are all needed."""
    return {category: [_needed(kind, entry) for entry in entries] for category, entries in categories.items()}


def _needed(kind: str, entry: str) -> list[str | int]:
    match kind:
        case "tcf":
            return [int(purpose) for purpose in entry.split("+")]
        case "google_consent_mode":
            return [*entry.split("+")]
        case _:
            return [entry]


def _place(source: dict[str, Any]) -> dict[str, str]:
    match source["type"]:
        case "onetrust":
            return {"cookie": "OptanonConsent", "closed": "OptanonAlertBoxClosed"}
        case "cookiebot":
            return {"cookie": "CookieConsent"}
        case "cookie":
            return {"cookie": source["name"]}
        case _:
            return {"item": source["name"]}
