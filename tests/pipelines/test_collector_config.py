"""How a pipeline's collector may be configured: every field of `js_builder_config` and `identity_config`."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.api import validation
from chalicelib.collector import builder
from chalicelib.errors import ValidationFailed
from chalicelib.pipelines import rules
from chalicelib.pipelines.collector_config import IdentityConfig, JsBuilderConfig
from chalicelib.pipelines.schemas import PipelineCreate, PipelineUpdate

from ..client import path_of
from ..collector.configurations import a_config

PIPELINES = "/v1/admin/pipelines"
JS_DEFAULTS = {
    "script_filename": "d.js",
    "global_variable": "_df",
    "delivery_method": "cdn",
    "vendor_syncs": {},
    "consent_config": {},
    "cross_domain": False,
    "page_views": "history",
    "retry": True,
    "batch_size": 10,
    "flush_interval_ms": 1000,
}
IDENTITY_DEFAULTS = {"cross_domain_enabled": False, "cross_domain_domains": [], "vendor_sync": {}}
VENDORS = ("ga4", "google_ads", "linkedin", "meta", "microsoft_ads", "pinterest", "snapchat", "tiktok")
CATEGORIES = ("functional", "analytics", "marketing", "personalization")


def kept(kind: type[msgspec.Struct], config: dict[str, Any]) -> Any:
    """What is stored of a configuration."""
    return msgspec.to_builtins(validation.decode(kind, config))


def a_source(type_: str, **fields: Any) -> dict[str, Any]:
    """A `consent_config` with one source."""
    return {"consent_config": {"sources": [{"type": type_} | fields]}}


# What is accepted


def test_an_empty_configuration_has_every_default():
    assert kept(JsBuilderConfig, {}) == JS_DEFAULTS
    assert kept(IdentityConfig, {}) == IDENTITY_DEFAULTS


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"script_filename": "a.js"}, id="a short file name"),
        pytest.param({"script_filename": "Shop_2.min-v1..js"}, id="every character of a file name"),
        pytest.param({"script_filename": "x" * 96 + ".js"}, id="the longest file name"),
        pytest.param({"global_variable": "$"}, id="a short global"),
        pytest.param({"global_variable": "_Shop2$"}, id="every character of a global"),
        pytest.param({"global_variable": "x" * 64}, id="the longest global"),
        pytest.param({"delivery_method": "download"}, id="only for download"),
        pytest.param({"delivery_method": "cluster"}, id="served by the API"),
        pytest.param({"cross_domain": True}, id="across domains"),
        pytest.param({"page_views": "hash"}, id="views of the hash"),
        pytest.param({"page_views": "load"}, id="views of loads"),
        pytest.param({"page_views": "manual"}, id="no views"),
        pytest.param({"retry": False}, id="no retry"),
        pytest.param({"batch_size": 1, "flush_interval_ms": 100}, id="the least batch"),
        pytest.param({"batch_size": 100, "flush_interval_ms": 60_000}, id="the greatest batch"),
        pytest.param({"vendor_syncs": {vendor: {} for vendor in VENDORS}}, id="every vendor"),
        pytest.param({"vendor_syncs": {"meta": {"category": "functional", "create_ids": False}}}, id="a vendor's way"),
        pytest.param({"vendor_syncs": {"ga4": {"measurement_id": "G-ABCD"}}}, id="a short measurement id"),
        pytest.param({"vendor_syncs": {"ga4": {"measurement_id": "G-" + "A1" * 10}}}, id="a long measurement id"),
        pytest.param({"consent_config": {"mode": "opt_in"}}, id="consent first"),
        pytest.param({"consent_config": {"mode": "opt_out", "on_refusal": "cookieless"}}, id="consent until refused"),
        pytest.param({"consent_config": {"on_refusal": "drop"}}, id="dropped when refused"),
        pytest.param({"consent_config": {"required_category": "personalization"}}, id="a category that is needed"),
        pytest.param({"consent_config": {"global_privacy_control": []}}, id="the signal ignored"),
        pytest.param({"consent_config": {"global_privacy_control": list(CATEGORIES)}}, id="the signal for everything"),
        pytest.param({"consent_config": {"sources": []}}, id="no source"),
        pytest.param(
            {
                "consent_config": {
                    "sources": [{"type": t} for t in ("tcf", "google_consent_mode", "onetrust", "cookiebot")]
                }
            },
            id="every framework",
        ),
        pytest.param(a_source("tcf", categories={"marketing": ["1+2+3+4+7", "11"]}), id="purposes"),
        pytest.param(a_source("google_consent_mode", data_layer="layer"), id="another data layer"),
        pytest.param(a_source("onetrust", categories={"analytics": ["C0002:1"] * 20}), id="most codes"),
        pytest.param(a_source("cookie", name="my-cookie.1", categories={"analytics": ["yes"]}), id="a cookie"),
        pytest.param(a_source("storage", name="x" * 100, categories={"analytics": ["y" * 100]}), id="a storage entry"),
        pytest.param(
            {"consent_config": {"sources": [{"type": "cookie", "name": "a", "categories": {"analytics": ["1"]}}] * 10}},
            id="most sources",
        ),
    ],
)
def test_a_configuration_is_kept_as_it_was_given_with_the_defaults_of_the_rest(config):
    assert kept(JsBuilderConfig, config) == JS_DEFAULTS | config


@pytest.mark.parametrize(
    ("config", "change"),
    [
        pytest.param({"cross_domain_enabled": True}, {"cross_domain_enabled": True}, id="across domains"),
        pytest.param(
            {"cross_domain_domains": [" Shop.Example. ", "*.bücher.example", "127.0.0.1"]},
            {"cross_domain_domains": ["shop.example", "*.xn--bcher-kva.example", "127.0.0.1"]},
            id="hosts in one form",
        ),
        pytest.param(
            {"cross_domain_domains": ["a.test", "b.test", "A.test"]},
            {"cross_domain_domains": ["a.test", "b.test"]},
            id="each host once",
        ),
        pytest.param(
            {"vendor_sync": {"ga4": {"measurement_id": "G-ABC123"}, "tiktok": {}}},
            {"vendor_sync": {"ga4": {"measurement_id": "G-ABC123"}, "tiktok": {}}},
            id="vendors",
        ),
    ],
)
def test_an_identity_is_kept_with_the_defaults_of_the_rest(config, change):
    assert kept(IdentityConfig, config) == IDENTITY_DEFAULTS | change


def test_a_repeated_category_is_kept_once():
    given_ = {"consent_config": {"global_privacy_control": ["marketing", "analytics", "marketing"]}}
    assert kept(JsBuilderConfig, given_)["consent_config"] == {"global_privacy_control": ["marketing", "analytics"]}


@pytest.mark.parametrize(("number", "stored"), [(10.0, 10), (1e2, 100)])
def test_json_has_one_kind_of_number(number, stored):
    assert kept(JsBuilderConfig, {"batch_size": number})["batch_size"] == stored


# What is refused

A_FILE_NAME = "must be a file name of letters, digits, dots, hyphens and underscores that ends in .js"
AN_IDENTIFIER = "must be a JavaScript identifier such as _df"
NOT_RESERVED = "must be a JavaScript identifier of at most 64 characters that is not reserved, such as _df"
A_DATA_LAYER = "must be a JavaScript identifier such as dataLayer"
A_VENDOR = "must be ga4, google_ads, linkedin, meta, microsoft_ads, pinterest, snapchat or tiktok"
A_MEASUREMENT_ID = "must be a measurement id of Google Analytics 4 such as G-ABC1234567"
A_CATEGORY = "must be functional, analytics, marketing or personalization"
A_SOURCE = "must be tcf, google_consent_mode, onetrust, cookiebot, cookie or storage"
A_NAME = "must be the name of a cookie or storage entry, of at most 100 characters"
A_CODE = "must be 1 to 100 visible ASCII characters"
A_PURPOSE = "of type tcf must have purposes from 1 to 11 as codes, such as 1+8"
EVENTS = "must be a whole number of events from 1 to 100"
MILLISECONDS = "must be a whole number of milliseconds from 100 to 60,000"
A_HOST = "must be a host name such as example.com or *.example.com, without scheme, port or path"
UNKNOWN = f"is not a field here; the fields are {', '.join(JS_DEFAULTS)}"
UNKNOWN_OF_IDENTITY = f"is not a field here; the fields are {', '.join(IDENTITY_DEFAULTS)}"
UNKNOWN_OF_VENDOR = "is not a field here; the fields are category, create_ids, measurement_id"
UNKNOWN_OF_CONSENT = (
    "is not a field here; the fields are mode, required_category, on_refusal, global_privacy_control, sources"
)
UNKNOWN_OF_SOURCE = "is not a field here; the fields are type, name, data_layer, categories"
REACHING = ("__proto__", "constructor", "prototype")  # keys that reach an object's prototype
SOURCE = "consent_config.sources[0]"
NO_FILE_NAMES = (
    *("", "d", ".js", "-d.js", "../d.js", "a/d.js", "a\\d.js", "d.js ", " d.js", "d.js\n", "d.JS", "d.mjs", "d.js?x"),
    *("d.js#x", "%2e.js", "dé.js", "d\x00.js", 'd".js', "x" * 97 + ".js", None, 5, ["d.js"], True),
)
NO_IDENTIFIERS = ("", "2x", "a-b", "a b", "a.b", "a\n", "é", "a;b", "a()", "</script", "x" * 65, None, 5, {})
TAKEN = (  # by the language, by every object, by every page
    *("class", "await", "let", "undefined", "eval", "NaN", "__proto__", "__anything"),
    *("constructor", "toString", "valueOf", "hasOwnProperty", "JSON", "Promise", "Object", "isNaN"),
    *("window", "self", "globalThis", "document", "location", "name", "top", "fetch", "console", "localStorage"),
    *("crypto", "setTimeout", "stop", "print", "find", "scroll", "navigation", "addEventListener"),
)

REFUSED_JS: list[tuple[dict[str, Any], str, str]] = [
    *[({"script_filename": name}, "script_filename", A_FILE_NAME) for name in NO_FILE_NAMES],
    *[({"global_variable": name}, "global_variable", AN_IDENTIFIER) for name in NO_IDENTIFIERS],
    *[({"global_variable": name}, "global_variable", NOT_RESERVED) for name in TAKEN],
    ({"delivery_method": "ftp"}, "delivery_method", "must be download, cdn or cluster"),
    ({"delivery_method": None}, "delivery_method", "must be download, cdn or cluster"),
    ({"page_views": "always"}, "page_views", "must be history, hash, load or manual"),
    ({"page_views": True}, "page_views", "must be history, hash, load or manual"),
    ({"cross_domain": "true"}, "cross_domain", "must be true or false"),
    ({"cross_domain": None}, "cross_domain", "must be true or false"),
    ({"retry": 1}, "retry", "must be true or false"),
    *[({"batch_size": size}, "batch_size", EVENTS) for size in (0, -1, 101, 10**30, 1.5, "10", True, None, [10])],
    *[
        ({"flush_interval_ms": time}, "flush_interval_ms", MILLISECONDS)
        for time in (0, 99, 60_001, -100, 100.5, "1000", True, None)
    ],
    ({"vendor_syncs": []}, "vendor_syncs", "must be an object of vendors"),
    ({"vendor_syncs": None}, "vendor_syncs", "must be an object of vendors"),
    ({"vendor_syncs": {"meta": None}}, "vendor_syncs.meta", "must be an object"),
    ({"vendor_syncs": {"meta": True}}, "vendor_syncs.meta", "must be an object"),
    *[
        ({"vendor_syncs": {vendor: {}}}, f"vendor_syncs.{vendor}", A_VENDOR)
        for vendor in ("", "facebook", "GA4", "ga4\n", *REACHING)
    ],
    *[
        ({"vendor_syncs": {"ga4": {key: {}}}}, f"vendor_syncs.ga4.{key}", UNKNOWN_OF_VENDOR)
        for key in ("pixel_id", *REACHING)
    ],
    ({"vendor_syncs": {"ga4": {"category": "essential"}}}, "vendor_syncs.ga4.category", A_CATEGORY),
    ({"vendor_syncs": {"ga4": {"create_ids": "no"}}}, "vendor_syncs.ga4.create_ids", "must be true or false"),
    *[
        ({"vendor_syncs": {"ga4": {"measurement_id": found}}}, "vendor_syncs.ga4.measurement_id", A_MEASUREMENT_ID)
        for found in ("", "G-", "G-ABC", "g-ABCD", "UA-12345-1", "G-" + "A" * 21, "G-AB.*", "G-ABCD\n", 5, None)
    ],
    (
        {"vendor_syncs": {"ga4": {}, "meta": {"measurement_id": "G-ABCD"}}},
        "vendor_syncs",
        "measurement_id is of ga4 alone, not of meta",
    ),
    ({"consent_config": None}, "consent_config", "must be an object"),
    ({"consent_config": []}, "consent_config", "must be an object"),
    *[({"consent_config": {key: {}}}, f"consent_config.{key}", UNKNOWN_OF_CONSENT) for key in ("default", *REACHING)],
    ({"consent_config": {"mode": "optin"}}, "consent_config.mode", "must be opt_in or opt_out"),
    ({"consent_config": {"mode": None}}, "consent_config.mode", "must be opt_in or opt_out"),
    ({"consent_config": {"required_category": "essential"}}, "consent_config.required_category", A_CATEGORY),
    ({"consent_config": {"on_refusal": "keep"}}, "consent_config.on_refusal", "must be drop or cookieless"),
    (
        {"consent_config": {"global_privacy_control": "marketing"}},
        "consent_config.global_privacy_control",
        "must be a list of consent categories",
    ),
    (
        {"consent_config": {"global_privacy_control": ["marketing", "all"]}},
        "consent_config.global_privacy_control[1]",
        A_CATEGORY,
    ),
    ({"consent_config": {"sources": {}}}, "consent_config.sources", "must be a list of at most 10 sources"),
    (
        {"consent_config": {"sources": [{"type": "cookie", "name": "a", "categories": {"analytics": ["1"]}}] * 11}},
        "consent_config.sources",
        "must be a list of at most 10 sources",
    ),
    *[
        (
            {"consent_config": {"sources": [{"type": type_}] * 2}},
            "consent_config.sources",
            f"must have {type_} only once",
        )
        for type_ in ("tcf", "google_consent_mode", "onetrust", "cookiebot")
    ],
    ({"consent_config": {"sources": ["tcf"]}}, SOURCE, "must be an object"),
    ({"consent_config": {"sources": [{}]}}, f"{SOURCE}.type", "is required"),
    (a_source("usercentrics"), f"{SOURCE}.type", A_SOURCE),
    *[(a_source("tcf", **{key: {}}), f"{SOURCE}.{key}", UNKNOWN_OF_SOURCE) for key in ("url", *REACHING)],
    (a_source("cookie"), SOURCE, "of type cookie must have name and categories"),
    (a_source("cookie", name="a"), SOURCE, "of type cookie must have categories"),
    (a_source("storage", categories={"analytics": ["1"]}), SOURCE, "of type storage must have name"),
    (a_source("onetrust", name="a"), SOURCE, "must have a name only when its type is cookie or storage"),
    (
        a_source("onetrust", data_layer="a"),
        SOURCE,
        "must have a data_layer only when its type is google_consent_mode",
    ),
    *[
        (a_source("cookie", name=name, categories={"analytics": ["1"]}), f"{SOURCE}.name", A_NAME)
        for name in ("", "a b", "a;b", "a=b", "a,b", 'a"', "a\n", "é", "x" * 101, None)
    ],
    *[
        (a_source("google_consent_mode", data_layer=name), f"{SOURCE}.data_layer", A_DATA_LAYER)
        for name in ("", "a.b", "2x", "a-b", "x" * 65, None)
    ],
    (a_source("onetrust", categories={}), f"{SOURCE}.categories", "must be an object with at least one category"),
    (a_source("onetrust", categories=["C1"]), f"{SOURCE}.categories", "must be an object with at least one category"),
    *[
        (a_source("onetrust", categories={category: ["C1"]}), f"{SOURCE}.categories.{category}", A_CATEGORY)
        for category in ("essential", *REACHING)
    ],
    *[
        (
            a_source("onetrust", categories={"analytics": codes}),
            f"{SOURCE}.categories.analytics",
            "must be a list of 1 to 20 codes",
        )
        for codes in ([], "C1", ["C1"] * 21, None)
    ],
    *[
        (a_source("onetrust", categories={"analytics": [code]}), f"{SOURCE}.categories.analytics[0]", A_CODE)
        for code in ("", "a b", "a\n", "é", "\u2028", "x" * 101, 1, None)
    ],
    *[
        (a_source("tcf", categories={"analytics": ["1", code]}), SOURCE, A_PURPOSE)
        for code in ("0", "12", "1+", "+1", "1++2", "1,2", "one", "01")
    ],
    *[({key: {}}, key, UNKNOWN) for key in ("nope", "vendor_sync", "", *REACHING)],
]
REFUSED_IDENTITY: list[tuple[dict[str, Any], str, str]] = [
    ({"cross_domain_enabled": "yes"}, "cross_domain_enabled", "must be true or false"),
    ({"cross_domain_enabled": None}, "cross_domain_enabled", "must be true or false"),
    ({"cross_domain_domains": "a.test"}, "cross_domain_domains", "must be a list of at most 100 host names"),
    (
        {"cross_domain_domains": [f"h{n}.test" for n in range(101)]},
        "cross_domain_domains",
        "must be a list of at most 100 host names",
    ),
    *[
        ({"cross_domain_domains": ["a.test", host]}, "cross_domain_domains[1]", A_HOST)
        for host in (
            "",
            "*",
            "*.com",
            "https://a.test",
            "a.test:8080",
            "a.test/x",
            "a b",
            "</script>",
            "a..b",
            "\u2028",
        )
    ],
    *[
        ({"cross_domain_domains": [host]}, "cross_domain_domains[0]", A_HOST.partition(",")[0])
        for host in (5, None, ["a.test"], "x" * 256)
    ],
    ({"vendor_sync": []}, "vendor_sync", "must be an object of vendors"),
    *[({"vendor_sync": {vendor: {}}}, f"vendor_sync.{vendor}", A_VENDOR) for vendor in ("facebook", *REACHING)],
    *[
        ({"vendor_sync": {"meta": {key: {}}}}, f"vendor_sync.meta.{key}", UNKNOWN_OF_VENDOR)
        for key in ("pixel_id", *REACHING)
    ],
    (
        {"vendor_sync": {"tiktok": {"measurement_id": "G-ABCD"}}},
        "vendor_sync",
        "measurement_id is of ga4 alone, not of tiktok",
    ),
    *[({key: {}}, key, UNKNOWN_OF_IDENTITY) for key in ("nope", "vendor_syncs", *REACHING)],
]
REFUSED = [("js_builder_config", *refused) for refused in REFUSED_JS] + [
    ("identity_config", *refused) for refused in REFUSED_IDENTITY
]


def problems_of(kind: type[msgspec.Struct], sent: dict[str, Any]) -> list[dict[str, str]]:
    """What is wrong with a configuration, field by field."""
    with pytest.raises(ValidationFailed) as failed:
        validation.decode(kind, sent)
    return failed.value.details


@pytest.mark.parametrize(("name", "config", "field", "message"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_value_that_is_not_right_is_named_and_told_what_would_be(name, config, field, message):
    wrong = [{"field": f"{name}.{field}", "message": message}]
    assert problems_of(PipelineCreate, {"name": "Shop", "type": "web", name: config}) == wrong
    assert problems_of(PipelineUpdate, {name: config}) == wrong


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"js_builder_config": None}, id="null"),
        pytest.param({"js_builder_config": []}, id="a list"),
        pytest.param({"identity_config": "x"}, id="a string"),
    ],
)
def test_a_configuration_is_an_object(sent):
    assert problems_of(PipelineUpdate, sent) == [{"field": next(iter(sent)), "message": "must be an object"}]


def test_all_that_is_wrong_is_named_at_once():
    js = {
        "script_filename": "x",
        "batch_size": 0,
        "vendor_syncs": {"meta": {"category": "x"}, "x": {}},
        "consent_config": {"mode": "x", "sources": [{"type": "tcf"}, {"type": "x"}, {"type": "cookie"}]},
    }
    problems = problems_of(PipelineUpdate, {"js_builder_config": js, "identity_config": {"cross_domain_domains": [1]}})
    assert [problem["field"] for problem in problems] == [
        "js_builder_config.script_filename",
        "js_builder_config.vendor_syncs.meta.category",
        "js_builder_config.vendor_syncs.x",
        "js_builder_config.consent_config.mode",
        "js_builder_config.consent_config.sources[1].type",
        "js_builder_config.consent_config.sources[2]",
        "js_builder_config.batch_size",
        "identity_config.cross_domain_domains[0]",
    ]


# Through the API


def test_a_create_refuses_them_all_and_stores_nothing(owner):
    for name, config, field, message in REFUSED:
        reply = owner.post(PIPELINES, {"name": "Shop", "type": "web", name: config})
        assert (reply.status, reply.code) == (422, "VALIDATION_FAILED"), (name, config, reply.body)
        assert reply.json["error"]["details"] == [{"field": f"{name}.{field}", "message": message}]
    assert owner.get(PIPELINES).json["total"] == 0


def test_an_update_refuses_them_all_and_changes_nothing(owner):
    pipeline = owner.a_pipeline()
    for name, config, field, message in REFUSED:
        reply = owner.put(path_of(pipeline), {name: config})
        assert (reply.status, reply.code) == (422, "VALIDATION_FAILED"), (name, config, reply.body)
        assert reply.json["error"]["details"] == [{"field": f"{name}.{field}", "message": message}]
    assert owner.get(path_of(pipeline)).headers["ETag"] == '"1"'


EVERYTHING = {
    "js_builder_config": {
        "script_filename": "shop.js",
        "global_variable": "shop",
        "delivery_method": "cluster",
        "vendor_syncs": {
            "ga4": {"measurement_id": "G-ABC123", "category": "marketing", "create_ids": False},
            "meta": {},
        },
        "consent_config": {
            "mode": "opt_out",
            "required_category": "marketing",
            "on_refusal": "cookieless",
            "global_privacy_control": ["analytics"],
            "sources": [
                {"type": "google_consent_mode", "data_layer": "layer"},
                {"type": "cookie", "name": "consent", "categories": {"marketing": ["m", "a"]}},
            ],
        },
        "cross_domain": True,
        "page_views": "hash",
        "retry": False,
        "batch_size": 100,
        "flush_interval_ms": 60_000,
    },
    "identity_config": {
        "cross_domain_enabled": True,
        "cross_domain_domains": ["shop.example", "*.example.net"],
        "vendor_sync": {"tiktok": {"category": "functional"}},
    },
}


def test_everything_that_can_be_configured_is_stored_by_a_create_and_by_an_update(owner):
    assert set(EVERYTHING["js_builder_config"]) == set(JS_DEFAULTS)
    assert set(EVERYTHING["identity_config"]) == set(IDENTITY_DEFAULTS)
    created = owner.a_pipeline(**EVERYTHING)
    changed = owner.a_pipeline()
    owner.put(path_of(changed), EVERYTHING)
    for pipeline in (created, changed):
        found = owner.get(path_of(pipeline)).json
        assert {name: found[name] for name in EVERYTHING} == EVERYTHING


def test_a_vendor_given_an_empty_object_stays_one(owner):
    pipeline = owner.a_pipeline(js_builder_config={"vendor_syncs": {"meta": {}}})
    assert owner.get(path_of(pipeline)).json["js_builder_config"]["vendor_syncs"] == {"meta": {}}


# Whatever is accepted builds

HOSTILE = ("</script>", "<!--", "]]>", "'\"\\", "${x}", "{{x}}", "[[x]]", "//%if", '})({"batch":1})')
codes = st.sampled_from(HOSTILE) | st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=100
)
names = st.text("abcXYZ019!#$%&'*+.^_`|~:-", min_size=1, max_size=100)
identifiers = st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}", fullmatch=True)
categories = st.sampled_from(CATEGORIES)
purposes = st.lists(st.integers(1, 11).map(str), min_size=1, max_size=4).map("+".join)
hosts = st.sampled_from(["a.test", "*.a.test", "bücher.example", "127.0.0.1", "[::1]", "localhost", "A.Test."])


def codes_of(code: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, list[str]]]:
    return st.dictionaries(categories, st.lists(code, min_size=1, max_size=5), min_size=1)


sources = st.one_of(
    st.fixed_dictionaries({"type": st.just("tcf")}, optional={"categories": codes_of(purposes)}),
    st.fixed_dictionaries(
        {"type": st.just("google_consent_mode")}, optional={"categories": codes_of(codes), "data_layer": identifiers}
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["onetrust", "cookiebot"])}, optional={"categories": codes_of(codes)}
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["cookie", "storage"]), "name": names, "categories": codes_of(codes)}
    ),
)
syncs = st.fixed_dictionaries({}, optional={"category": categories, "create_ids": st.booleans()})
vendors = st.builds(
    lambda chosen, measured: {
        vendor: sync | ({"measurement_id": measured} if measured and vendor == "ga4" else {})
        for vendor, sync in chosen.items()
    },
    st.dictionaries(st.sampled_from(VENDORS), syncs),
    st.none() | st.from_regex("G-[A-Z0-9]{4,20}", fullmatch=True),
)
consent = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["opt_in", "opt_out"]),
        "required_category": categories,
        "on_refusal": st.sampled_from(["drop", "cookieless"]),
        "global_privacy_control": st.lists(categories),
        "sources": st.lists(sources, max_size=6, unique_by=lambda source: (source["type"], source.get("name"))),
    },
)
js_fields = {
    "script_filename": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.js", fullmatch=True),
    "global_variable": identifiers.filter(lambda name: name not in rules.RESERVED_NAMES and name[:2] != "__"),
    "delivery_method": st.sampled_from(["download", "cdn", "cluster"]),
    "vendor_syncs": vendors,
    "consent_config": consent,
    "cross_domain": st.booleans(),
    "page_views": st.sampled_from(["history", "hash", "load", "manual"]),
    "retry": st.booleans(),
    "batch_size": st.integers(1, 100),
    "flush_interval_ms": st.integers(100, 60_000),
}
identity_fields = {
    "cross_domain_enabled": st.booleans(),
    "cross_domain_domains": st.lists(hosts, max_size=5),
    "vendor_sync": vendors,
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(REACHING), inner, max_size=3)
    ),
    max_leaves=8,
)
FAST = settings(max_examples=200)


@FAST
@given(
    js=st.fixed_dictionaries({}, optional=js_fields),
    identity=st.fixed_dictionaries({}, optional=identity_fields),
    challenge_token_required=st.booleans(),
)
def test_whatever_is_accepted_builds_and_may_stand_in_a_page(js, identity, challenge_token_required):
    config = a_config(
        **kept(JsBuilderConfig, js),
        identity=kept(IdentityConfig, identity),
        challenge_token_required=challenge_token_required,
    )
    for build in (builder.build, builder.build_readable):
        text = build(config).content.decode()
        assert not [each for each in ("</script", "<!--", "\u2028", "\u2029") if each in text]
        told = text[text.rindex('})({"batch":') + 3 : text.rindex("})") + 1]
        assert json.loads(told) == config.told


def test_every_field_is_among_those_that_are_built():
    assert set(js_fields) == set(JS_DEFAULTS)
    assert set(identity_fields) == set(IDENTITY_DEFAULTS)


@FAST
@given(st.data())
def test_whatever_is_sent_is_accepted_or_refused_with_its_fields_named(data):
    """Good configurations with anything at all in one place of them."""
    kind, fields = data.draw(st.sampled_from([(JsBuilderConfig, js_fields), (IdentityConfig, identity_fields)]))
    sent = data.draw(st.fixed_dictionaries({}, optional=fields))
    place = sent
    for _ in range(data.draw(st.integers(0, 3))):
        inner = [value for value in place.values() if isinstance(value, dict)] if isinstance(place, dict) else []
        place = data.draw(st.sampled_from(inner)) if inner else place
    place[data.draw(st.sampled_from(sorted(place)) | st.text() if place else st.text())] = data.draw(anything)
    problems = []
    try:
        validation.decode(kind, sent)
    except ValidationFailed as refused:
        problems = refused.details
    assert all(set(problem) == {"field", "message"} for problem in problems)
