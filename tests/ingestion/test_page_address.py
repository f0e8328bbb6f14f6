"""What an event gets from the address of its page."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ingestion import event, page_address

RECEIVED = datetime(2026, 2, 25, 10, tzinfo=UTC)
URL = "https://www.example.com/a/b?utm_source=news&utm_medium=mail&utm_campaign=spring%20sale&gclid=G1&ScCid=S1#part"


def context_of(**context):
    return event.normalise("page", {"context": context}, RECEIVED).get("context")


def test_the_parts_the_campaign_and_the_click_ids_are_taken_from_the_address():
    assert context_of(page={"url": URL, "title": "A"}) == {
        "page": {
            "url": URL,
            "title": "A",
            "path": "/a/b",
            "search": URL.partition("#")[0][len("https://www.example.com/a/b") :],
        },
        "campaign": {"source": "news", "medium": "mail", "name": "spring sale"},
        "vendor_ids": {"gclid": "G1", "sccid": "S1"},
    }


def test_what_the_sender_says_goes_before():
    said = context_of(page={"url": URL, "path": "/own"}, campaign={"source": "own"})
    assert (said["page"]["path"], said["campaign"]) == ("/own", {"source": "own"})


def test_a_click_id_of_the_address_is_newer_than_one_that_was_kept():
    said = context_of(page={"url": URL}, cookies={"_gcl_aw": "GCL.1772013600.OLD", "_fbp": "fb.1.1.2"})
    assert said["vendor_ids"] == {"gclid": "G1", "sccid": "S1", "fbp": "fb.1.1.2"}


@pytest.mark.parametrize(
    ("consent", "taken"),
    [
        (None, True),
        ({"marketing": True}, True),
        ({"marketing": False}, False),
        ({"analytics": True}, False),
        ({}, False),
    ],
)
def test_click_ids_need_the_marketing_consent_where_there_is_one(consent, taken):
    context = {"page": {"url": URL}} | ({"consent": consent} if consent is not None else {})
    assert ("vendor_ids" in context_of(**context)) is taken


@pytest.mark.parametrize(
    "url",
    [
        None,
        5,
        "",
        "/path?utm_source=x",
        "javascript:alert(1)",
        "https://",
        "https://[",
        "https://a.test/?" + "a=1&" * 200,
    ],
    ids=lambda url: str(url)[:30],
)
def test_what_is_no_address_tells_nothing(url):
    assert page_address.campaign_of(url) == page_address.clicks_of(url) == {}


def test_a_value_that_is_too_long_is_left_out():
    assert page_address.campaign_of(f"https://a.test/?utm_source={'x' * 501}&utm_term=y") == {"term": "y"}


@given(st.text() | st.from_regex(r"https?://[^\s]{0,40}\?[^\s]{0,60}"))
def test_no_address_breaks_anything(url):
    page_address.parts_of(url), page_address.campaign_of(url), page_address.clicks_of(url)
