"""Where requests may go: nowhere but to public addresses, however another one is written."""

import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.integrations import addresses
from chalicelib.integrations.addresses import NotAllowed

NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2001:0:7f00:1::",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_known(address):
    assert not addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_one(address):
    assert addresses.is_public(ipaddress.ip_address(address))


@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address))
def test_a_form_that_hides_an_address_is_judged_as_that(inner):
    number = int(inner)
    forms = [0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    for form in forms:
        assert addresses.is_public(ipaddress.IPv6Address(form)) == addresses.is_public(inner)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("//example.com/", "scheme"),
        ("", "scheme"),
        ("https://", "host"),
        ("https://user:secret@example.com/", "user"),
        ("https://user@example.com/", "user"),
        ("https://example.com:22/", "port 22"),
        ("https://example.com:99999/", "no URL"),
        ("https://[::1", "no URL"),
        ("https://127.0.0.1/", "not a public address"),
        ("https://[::1]/", "not a public address"),
        ("https://[::ffff:7f00:1]/", "not a public address"),
        ("https://[fe80::1%25eth0]/", "not a public address"),
        ("https://2130706433/", "not a public address"),
        ("https://0x7f.1/", "not a public address"),
        ("https://0177.0.0.1/", "not a public address"),
        ("https://127.1/", "not a public address"),
        ("https://169.254.169.254/latest/meta-data/", "not a public address"),
        ("https://example..com/", "no name"),
        ("https://.example.com/", "no name"),
        (f"https://{'a' * 64}.example.com/", "no name"),
        (f"https://{'a.' * 127}com/", "no name"),
        ("https://exam\x00ple.com/", "no name"),
        ("https://example.com%2e/", "no name"),
        ("https://a.example\\[2606:4700::1111]/", "no URL"),
        ("https://example.com\\\\evil/", "no URL"),
    ],
)
def test_a_url_that_leads_elsewhere_is_refused_with_the_reason(url, why):
    with pytest.raises(NotAllowed, match=why):
        addresses.checked_target(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com/path?x=1", ("example.com", 443)),
        ("https://example.com:8443/", ("example.com", 8443)),
        ("https://8.8.8.8/", ("8.8.8.8", 443)),
        ("https://[2606:4700::1111]:8443/", ("2606:4700::1111", 8443)),
        ("https://my_shop.bücher.example./", ("my_shop.bücher.example.", 443)),
    ],
)
def test_a_url_of_the_public_internet_is_taken(url, target):
    assert addresses.checked_target(url) == target


def test_the_operator_may_allow_what_is_private():
    assert addresses.checked_target("http://127.0.0.1:9000/", private=True) == ("127.0.0.1", 9000)
    assert addresses.judged("localhost", 80, lambda *_: ["127.0.0.1"], private=True) == ["127.0.0.1"]


@pytest.mark.parametrize("found", [["10.0.0.1"], ["8.8.8.8", "::1"], ["::ffff:192.168.0.1"]])
def test_one_address_that_is_not_public_is_enough_to_refuse_a_name(found):
    with pytest.raises(NotAllowed, match="not public"):
        addresses.judged("rebound.example", 443, lambda *_: found)


def test_a_name_without_addresses_is_refused():
    with pytest.raises(NotAllowed, match="no address"):
        addresses.judged("nowhere.example", 443, lambda *_: [])


@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text):
    with contextlib.suppress(NotAllowed):
        addresses.checked_target(f"https://{text}")
