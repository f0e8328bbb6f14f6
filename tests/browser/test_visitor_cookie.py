"""The visitor's cookie on addresses as customers have them: as wide as it may be, prolonged at each visit."""

from datetime import UTC, datetime

import pytest

from .world import eventually

ID = "5f8c1f0a-2f3b-4a83-8a38-0f2f9d7a4b11"


def kept(page, name="_dfa"):
    return [cookie for cookie in page.context.cookies() if cookie["name"] == name]


def days_left(cookie):
    return (cookie["expires"] - datetime.now(UTC).timestamp()) / 86400


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        pytest.param("www.shop.test", ".shop.test", id="a domain"),
        pytest.param("www.shop.co.uk", ".shop.co.uk", id="a domain below a public suffix of two parts"),
        pytest.param("a.b.shop.co.uk", ".shop.co.uk", id="a deep one"),
        pytest.param("shop.co.uk", ".shop.co.uk", id="the domain itself"),
        pytest.param("localhost", "localhost", id="a name alone"),
        pytest.param("127.0.0.1", "127.0.0.1", id="an address"),
    ],
)
def test_the_cookie_is_for_the_widest_domain_and_prolonged_at_each_visit(page, world, host, domain):
    tag = world.script(vendor_syncs={"ga4": {"create_ids": False}})
    old = {"domain": domain, "path": "/", "expires": datetime.now(UTC).timestamp() + 600}
    page.context.add_cookies([old | {"name": "_dfa", "value": ID}, old | {"name": "_dfs", "value": "1771581600"}])
    page.goto(world.page(tag, host=host))
    (view,) = world.wait_for("page")
    assert (view["anonymousId"], view["context"]["cookies"]["_dfs"]) == (ID, "1771581600")
    ((visitor,), (session,)) = kept(page), kept(page, "_dfs")
    assert (visitor["domain"], session["domain"]) == (domain, domain)
    assert days_left(visitor) == pytest.approx(400, abs=0.1)
    assert days_left(session) * 24 * 60 == pytest.approx(30, abs=1)
    assert {cookie["name"] for cookie in page.context.cookies()} == {"_dfa", "_dfs"}


def test_a_new_visitors_cookie_is_for_the_widest_domain_too(page, world):
    page.goto(world.page(world.script(), host="www.shop.co.uk"))
    world.wait_for("page")
    assert [cookie["domain"] for cookie in kept(page)] == [".shop.co.uk"]


def test_a_cookie_for_the_widest_domain_is_removed_when_consent_is_taken_back(page, world):
    page.goto(world.page(world.script(consent_config={"mode": "opt_out"}), host="www.shop.co.uk"))
    world.wait_for("page")
    page.evaluate("_df.consent({analytics: false})")
    eventually(lambda: page.context.cookies() == [])
