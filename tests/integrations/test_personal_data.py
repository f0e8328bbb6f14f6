import pytest

from chalicelib.integrations import personal_data
from chalicelib.integrations.personal_data import hashed

DIGEST = "A" * 64


@pytest.mark.parametrize(
    ("kind", "text", "normal"),
    [
        ("email", " John_Smith@Gmail.com ", "john_smith@gmail.com"),
        ("email", "jane@example", ""),
        ("email", "not an address", ""),
        ("google_email", "Jane.Doe+Shop@googlemail.com", "janedoe@googlemail.com"),
        ("google_email", "Jane.Doe+Shop@example.com", "jane.doe+shop@example.com"),
        ("google_email", "nobody", ""),
        ("phone", "1 (650) 555-1212", "16505551212"),
        ("phone", "+44 844 412 4653", "448444124653"),
        ("phone", "0044 (0)20 7946 0958", "442079460958"),
        ("phone", "12345", ""),
        ("phone", "1234567890123456", ""),
        ("phone", "call me", ""),
        ("e164", "+44 20 7946 0958", "+442079460958"),
        ("e164", "?", ""),
        ("name", " O'Neil-Smith ", "oneilsmith"),
        ("name", "Valéry", "valéry"),
        ("name", "정", "정"),
        ("name", "Mary Ann", "mary ann"),
        ("google_name", " O'Neil ", "o'neil"),
        ("city", "New York", "newyork"),
        ("city", "St. Gallen", "stgallen"),
        ("state", " NY ", "ny"),
        ("postcode", "10001-1234", "10001"),
        ("postcode", "SW1A 1AA", "sw1a1aa"),
        ("postcode", "1010 AB", "1010ab"),
        ("country", " US ", "us"),
        ("country", "Germany", ""),
        ("gender", "Female", "f"),
        ("gender", "x", ""),
        ("birthday", "1997-02-16", "19970216"),
        ("birthday", "19970216", "19970216"),
        ("birthday", "16.02.1997", ""),
        ("external_id", " u-4711 ", "u-4711"),
        *((kind, DIGEST, DIGEST.lower()) for kind in ("email", "google_email", "phone", "e164", "country", "birthday")),
    ],
)
def test_personal_data_is_normalised(kind, text, normal):
    assert getattr(personal_data, kind)(text) == normal


@pytest.mark.parametrize(
    ("normal", "digest"),
    [
        # Meta, "Customer information parameters"
        ("john_smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
        ("16505551212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
        ("mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        ("정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
        ("valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        ("", ""),
        (DIGEST, DIGEST.lower()),
    ],
)
def test_it_is_hashed_as_vendors_publish_it(normal, digest):
    assert hashed(normal) == digest
