"""Building the collector."""

import re

import pytest

from chalicelib.collector import builder


def a_script(**config):
    fields = {"key": "dk_pip_abc", "global_variable": "_df", "endpoint": "https://data.example.com"}
    return builder.build(builder.PublicConfig(**fields | config))


def test_the_same_pipeline_gives_the_same_bytes():
    assert a_script().content == a_script().content


@pytest.mark.parametrize("change", [{"key": "dk_pip_xyz"}, {"global_variable": "shop"}, {"endpoint": "https://b.test"}])
def test_another_configuration_gives_another_version(change):
    assert a_script(**change).version_hash != a_script().version_hash


def test_the_version_and_the_integrity_have_their_standard_forms():
    script = a_script()
    assert re.fullmatch("[0-9a-f]{8}", script.version_hash)
    assert re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", script.integrity)


def test_a_value_cannot_leave_its_string():
    text = a_script(endpoint="https://x/</script><!--'\"\u2028").content.decode()
    assert "</script" not in text
    assert "<!--" not in text
    assert "\u2028" not in text


def test_no_slot_is_left():
    assert "[[" not in a_script().content.decode()
