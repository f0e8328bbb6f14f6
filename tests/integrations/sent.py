"""What a vendor is sent, for the vendors' tests."""

import json

from chalicelib.api.validation import decode
from chalicelib.integrations.mapping import EventMapping, mapped
from chalicelib.integrations.vendor import Answer, HttpRequest, Outgoing, Sending


def config_of(vendor, **fields):
    """A configuration, validated."""
    return decode(vendor.config, fields)


def by_preset(vendor, event, preset="e_commerce"):
    """The event as the vendor's preset maps it."""
    outgoing = mapped(decode(EventMapping, vendor.presets[preset]), event)
    assert isinstance(outgoing, Outgoing), outgoing
    return outgoing


def bodies(sendings):
    """The JSON bodies of requests."""
    return [json.loads(sending.request.body) for sending in sendings]


def outcome_of(vendor, status, said=b"", count=1):
    """Verdicts and reasons of an answer to a request with so many events."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    sending = Sending(HttpRequest("POST", "https://vendor.example.com/"), tuple(range(count)))
    found = vendor.outcomes(sending, Answer(status, body))
    assert len(found) == count
    return [(one.verdict, one.reason) for one in found]
