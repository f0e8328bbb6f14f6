"""Which fields are taken to hold a secret, and what is shown of them."""

import pytest

from chalicelib.masking import masked, sounds_secret


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("api_key", True, id="a key"),
        pytest.param("GA4_API_KEY", True, id="in capitals"),
        pytest.param("apiKey", True, id="in camel case"),
        pytest.param("APIKey", True, id="an abbreviation and a word"),
        pytest.param("apikey", True, id="written together"),
        pytest.param("meta.access-token", True, id="with dots and hyphens"),
        pytest.param("clientSecret2", True, id="with a number"),
        pytest.param("PASSWORD", True, id="a password"),
        pytest.param("DB_PASS", True, id="a short password"),
        pytest.param("Authorization", True, id="a header"),
        pytest.param("tokens", True, id="many of them"),
        pytest.param("monkey", False, id="a word that ends like key"),
        pytest.param("keyboard", False, id="a word that begins like key"),
        pytest.param("passenger", False, id="a word that begins like pass"),
        pytest.param("measurement_id", False, id="an id"),
        pytest.param("ключ", False, id="another script, which has no rule"),
        pytest.param("", False, id="no name"),
    ],
)
def test_a_name_tells_whether_a_secret_is_behind_it(name, expected):
    assert sounds_secret(name) is expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param({"token": "a", "name": "b"}, {"token": "***", "name": "b"}, id="by its name"),
        pytest.param(
            {"token": {"value": "a", "parts": ["b", 1]}},
            {"token": {"value": "***", "parts": ["***"] * 2}},
            id="deep in it",
        ),
        pytest.param([{"password": "a"}], [{"password": "***"}], id="in a list"),
        pytest.param(
            {"token_required": True, "token": None, "key": ""}, {"token_required": True, "token": None, "key": ""}
        ),
    ],
)
def test_what_is_secret_is_masked_at_any_depth(value, shown):
    assert masked(value) == shown
