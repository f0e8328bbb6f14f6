"""The rules of a pipeline's fields."""

import pytest

from chalicelib.pipelines import rules


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("example.com", "example.com", id="a host"),
        pytest.param("  WWW.Example.COM. ", "www.example.com", id="case, blanks and the trailing dot do not count"),
        pytest.param("bücher.example", "xn--bcher-kva.example", id="Unicode is kept in its ASCII form"),
        pytest.param("例え.jp", "xn--r8jz45g.jp", id="any script"),
        pytest.param("*.example.com", "*.example.com", id="any subdomain"),
        pytest.param("*.Bücher.example", "*.xn--bcher-kva.example", id="any subdomain of a Unicode host"),
        pytest.param("localhost", "localhost", id="a single label"),
        pytest.param("127.0.0.1", "127.0.0.1", id="an IPv4 address"),
        pytest.param("[::1]", "::1", id="an IPv6 address"),
    ],
)
def test_an_allowlist_entry_is_kept_in_one_form(given, kept):
    assert rules.allowed_domain(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        ".",
        "*",
        "*.",
        "*.com",
        "https://example.com",
        "example.com:8080",
        "example.com/path",
        "user@example.com",
        "exa mple.com",
        "a..b",
        "-a.example",
        "a.*.example",
        "**.example.com",
        "a" * 64 + ".example",
        "a." * 127 + "example",
        "exam\nple.com",
        "*.127.0.0.1",
    ],
)
def test_what_is_not_a_host_is_refused(given):
    with pytest.raises(ValueError, match="must be a host name"):
        rules.allowed_domain(given)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        pytest.param("Marketing Website", "marketing-website", id="the specification's example"),
        pytest.param("Crème Brûlée!", "creme-brulee", id="accents"),
        pytest.param("Магазин", "magazin", id="Cyrillic"),
        pytest.param("日本 ショップ", "ri-ben-siyotuhu", id="Japanese"),
        pytest.param("🎉🎉", "pipeline", id="nothing that can be spelled"),
        pytest.param("x" * 200, "x" * 59, id="shortened with room for a number"),
    ],
)
def test_a_slug_is_made_from_any_name(name, slug):
    assert rules.slug_from(name) == slug


@pytest.mark.parametrize(
    ("slug", "number", "numbered"),
    [
        ("shop", 1, "shop"),
        ("shop", 2, "shop-2"),
        ("a" * 61, 2, "a" * 61 + "-2"),
        ("a" * 63, 2, "a" * 61 + "-2"),
        ("a" * 60 + "-bc", 10, "a" * 60 + "-10"),
        ("a" * 63, 1000, "a" * 58 + "-1000"),
    ],
)
def test_a_numbered_slug_is_no_longer_than_a_slug_may_be(slug, number, numbered):
    assert rules.numbered(slug, number) == numbered


@pytest.mark.parametrize(
    ("label", "group"),
    [
        ("env:production", ("env", "production")),
        ("a:b:c", ("a", "b:c")),
        ("plain", None),
        (":value", None),
        ("prefix:", None),
        (":", None),
    ],
)
def test_a_label_splits_at_its_first_colon_if_both_sides_have_something(label, group):
    assert rules.group_of(label) == group


def test_available_labels_are_counted_over_pipelines():
    found = list(rules.available_labels([["env:dev", "old"], ["env:dev", "env:prod"], []]))
    assert found == [("env:dev", "env", "dev", 2), ("env:prod", "env", "prod", 1), ("old", None, None, 1)]


@pytest.mark.parametrize("name", ["_df", "$", "datafly", "_df2", "A"])
def test_a_global_variable_is_an_identifier(name):
    assert rules.global_variable(name) == name


@pytest.mark.parametrize(
    "name", ["", "2x", "a-b", "a b", "window", "class", "await", "__proto__", "é", "x" * 65, "a;b"]
)
def test_a_global_variable_that_would_break_a_page_is_refused(name):
    with pytest.raises(ValueError, match="JavaScript identifier"):
        rules.global_variable(name)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param({"a": [{"__proto__": {}}]}, "__proto__", id="a key that reaches the prototype, at any depth"),
        pytest.param({"constructor": 1}, "constructor", id="constructor"),
        pytest.param(eval("{'a':" * 21 + "1" + "}" * 21), "deeper", id="nested too deeply"),
    ],
)
def test_an_object_that_a_script_cannot_hold_is_refused(value, reason):
    with pytest.raises(ValueError, match=reason):
        rules.plain_object(value)


@pytest.mark.parametrize("text", ["", "   ", "a\nb", "a\x00b", "a\u2028b", "x" * 201])
def test_a_name_is_one_line_of_at_most_200_characters(text):
    with pytest.raises(ValueError, match="1 to 200 characters"):
        rules.display_name(text)


def test_a_name_is_trimmed_and_normalised():
    assert rules.display_name("  Cafe\u0301 ") == "Café"
