"""Building the collector: what is chosen, what enters the file, and that the same gives the same."""

import itertools
import json
import re
import shutil
import subprocess

import pytest

from chalicelib.collector import builder, modules
from chalicelib.collector.public_config import public_config

from .configurations import FULL, a_config, a_script

OPTIONAL = [module for module in modules.ORDER if module not in modules.closed(modules.ALWAYS)]


def test_the_same_pipeline_gives_the_same_bytes():
    assert a_script().content == a_script().content


def test_the_order_in_which_a_configuration_was_written_does_not_matter():
    one = a_script(vendor_syncs={"meta": {}, "ga4": {}})
    other = a_script(vendor_syncs={"ga4": {}, "meta": {}})
    assert one.content == other.content


@pytest.mark.parametrize(
    "change",
    [
        {"key": "dk_pip_xyz"},
        {"global_variable": "shop"},
        {"url": "https://b.test"},
        {"page_views": "load"},
        {"retry": False},
        {"vendor_syncs": {"meta": {}}},
        {"consent_config": {"mode": "opt_in"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_configuration_gives_another_version(change):
    assert a_script(**change).version_hash != a_script().version_hash


def test_the_version_and_the_integrity_have_their_standard_forms():
    script = a_script()
    assert re.fullmatch("[0-9a-f]{8}", script.version_hash)
    assert re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", script.integrity)


@pytest.mark.parametrize("build", [builder.build, builder.build_readable])
def test_a_value_cannot_leave_its_string(build):
    text = build(a_config(url="https://x/</script><!--'\"\u2028")).content.decode()
    for dangerous in ("</script", "<!--", "\u2028", "\u2029"):
        assert dangerous not in text


@pytest.mark.parametrize(
    ("given", "module"),
    [
        pytest.param({}, "navigation", id="views of navigations by default"),
        pytest.param({}, "retry", id="retry by default"),
        pytest.param({"challenge_token_required": True}, "challenge", id="challenge tokens"),
        pytest.param({"vendor_syncs": {"meta": {}}}, "vendors", id="a vendor"),
        pytest.param({"vendor_syncs": {"meta": {}}}, "gpc", id="a vendor has Global Privacy Control with it"),
        pytest.param({"identity": {"vendor_sync": {"ga4": {}}}}, "ga_session", id="a vendor of the identity"),
        pytest.param({"consent_config": {"mode": "opt_out"}}, "consent", id="consent"),
        pytest.param({"consent_config": {"sources": [{"type": "tcf"}]}}, "consent_tcf", id="TCF"),
        pytest.param(
            {"consent_config": {"sources": [{"type": "google_consent_mode"}]}}, "consent_google", id="Consent Mode"
        ),
        pytest.param({"consent_config": {"sources": [{"type": "onetrust"}]}}, "consent_text", id="OneTrust"),
        pytest.param(
            {"cross_domain": True, "identity": {"cross_domain_domains": ["b.test"]}}, "cross_domain", id="domains"
        ),
        pytest.param(
            {"identity": {"cross_domain_enabled": True, "cross_domain_domains": ["b.test"]}},
            "cross_domain",
            id="domains of the identity",
        ),
    ],
)
def test_a_feature_that_is_configured_is_in_the_file(given, module):
    assert module in a_script(**given).modules


@pytest.mark.parametrize(
    ("given", "module"),
    [
        pytest.param({"page_views": "load"}, "navigation", id="only the load"),
        pytest.param({"page_views": "manual"}, "page_views", id="no view by itself"),
        pytest.param({"retry": False}, "retry", id="no retry"),
        pytest.param({}, "gpc", id="nothing that Global Privacy Control is about"),
        pytest.param({"vendor_syncs": {"meta": {}}}, "ga_session", id="another vendor"),
        pytest.param({"cross_domain": True}, "cross_domain", id="no domains"),
        pytest.param({"identity": {"cross_domain_domains": ["b.test"]}}, "cross_domain", id="switched off"),
        pytest.param(
            {"consent_config": {"mode": "opt_in", "global_privacy_control": []}}, "gpc", id="told to ignore the signal"
        ),
    ],
)
def test_a_feature_that_is_not_configured_is_not_in_the_file(given, module):
    assert module not in a_script(**given).modules


def test_only_the_configured_vendors_are_in_the_file():
    text = a_script(vendor_syncs={"meta": {}}).content.decode()
    assert "_fbp" in text
    assert not [cookie for cookie in ("_ttp", "_gcl_aw", "li_fat_id", "msclkid", "_scid", "epik") if cookie in text]


def test_the_least_script_has_nothing_of_any_feature():
    text = a_script(page_views="manual", retry=False).content.decode()
    assert not [word for word in ("__tcfapi", "OptanonConsent", "pushState", "_dfl", "dataLayer") if word in text]


def test_the_hosts_own_settings_are_not_copied():
    config = public_config(
        key="dk_x",
        url="https://a.test",
        js=a_config().told | {"global_variable": "_df", "parameters": {"secret": "sk_1"}, "unknown": "sk_2"},
        identity={"anything": "sk_3"},
        challenge_token_required=False,
    )
    assert b"sk_" not in builder.build(config).content


def test_what_a_module_needs_is_known_and_comes_with_it():
    assert set(modules.table()["needs"]) == set(modules.ORDER)
    for module in modules.ORDER:
        assert set(modules.table()["needs"][module]) <= set(modules.closed([module]))


FEATURES = [*OPTIONAL, *itertools.combinations(OPTIONAL, 2)]


@pytest.mark.parametrize("build", ["served", "readable"])
def test_each_feature_alone_and_every_pair_on_the_base_run_without_a_missing_name(build, tmp_path):
    """In Node, with a page of stand-ins: a name that is not there is a ReferenceError at once. What the features do is
    shown in browsers."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is missing")
    scripts = []
    for features in FEATURES:
        wanted = [features] if isinstance(features, str) else list(features)
        chosen = modules.closed([*modules.ALWAYS, *wanted])
        texts = [modules.fragment(name) if build == "served" else modules.source(name) for name in chosen]
        parameter = modules.table()["config"] if build == "served" else "config"
        content = builder._script(FULL, chosen, parameter, texts).content.decode()
        scripts.append([" + ".join(wanted), content])
    (tmp_path / "scripts.json").write_text(json.dumps(scripts), encoding="utf-8")
    harness = "tests/collector/run_in_page.cjs"
    done = subprocess.run([node, harness, tmp_path / "scripts.json"], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == [f"{len(FEATURES)} ran"], done.stdout + done.stderr
