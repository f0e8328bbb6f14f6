import json

import pytest

from chalicelib.errors import ValidationFailed
from chalicelib.integrations.vendor import Outgoing
from chalicelib.integrations.vendors.webhook import VENDOR, signature

from .events import an_event
from .sent import bodies, config_of, outcome_of

URL = "https://hooks.example.com/in?a=1"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def a_config(**fields):
    return config_of(VENDOR, **{"url": URL} | fields)


def an_outgoing(number=1, **values):
    return Outgoing(an_event(messageId=f"m-{number}"), "Bought", values)


def request_of(outgoing=None, **fields):
    (sending,) = VENDOR.requests(a_config(**fields), [outgoing or an_outgoing()], "")
    return sending.request


def test_an_event_is_sent_as_it_was_accepted():
    request = request_of()
    assert (request.method, request.url, request.headers) == ("POST", URL, {"Content-Type": "application/json"})
    assert json.loads(request.body) == an_event()
    assert (request.secrets, request.headers_at) == ((), None)


@pytest.mark.parametrize(
    ("fields", "headers", "secrets"),
    [
        ({"authentication": "bearer", "auth_token": "t-1"}, {"Authorization": "Bearer t-1"}, ("t-1",)),
        (
            {"authentication": "basic", "auth_user": "Aladdin", "auth_token": "open-sesame"},
            {"Authorization": "Basic QWxhZGRpbjpvcGVuLXNlc2FtZQ=="},
            ("QWxhZGRpbjpvcGVuLXNlc2FtZQ==", "open-sesame"),
        ),
        (
            {"authentication": "header", "auth_header": "X-Api-Key", "auth_token": "k-1"},
            {"X-Api-Key": "k-1"},
            ("k-1",),
        ),
        ({"headers": {"X-Source": "signal"}}, {"X-Source": "signal"}, ()),
        ({"headers": {"content-type": "application/cloudevents+json"}}, {}, ()),
    ],
)
def test_headers_prove_who_sends(fields, headers, secrets):
    request = request_of(**fields)
    kind = fields.get("headers", {}).get("content-type", "application/json")
    assert request.headers == {"Content-Type": kind} | headers
    assert request.secrets == secrets


def test_a_signature_is_that_of_standard_webhooks():
    """The example of the specification's reference implementation in Python."""
    body = b'{"test": 2432232314}'
    assert signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_signature_is_made_for_the_time_of_sending():
    request = request_of(authentication="hmac", signing_secret=SECRET)
    assert "webhook-signature" not in request.headers
    sent = request.at(1614265330)
    assert sent.headers == request.headers | signature(SECRET, "m-1", 1614265330, request.body)
    assert request.at(1614265999).headers["webhook-id"] == "m-1"


def test_an_id_that_cannot_be_in_a_header_is_made_one_that_can():
    odd = Outgoing(an_event(messageId="märz.1\r\nx: y"), "Bought")
    at = request_of(odd, authentication="hmac", signing_secret=SECRET).at(1)
    assert at.headers["webhook-id"].removeprefix("msg_").isalnum()


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"payload_format": "mapped"}, {"total": 5}),
        (
            {
                "payload_format": "custom",
                "payload_template": '{"id": "{{ event.messageId }}", "what": "{{ name }}", "n": {{ values.total }}}',
            },
            {"id": "m-1", "what": "Bought", "n": 5},
        ),
    ],
)
def test_a_payload_can_be_mapped_or_made_by_a_template(fields, body):
    assert json.loads(request_of(an_outgoing(total=5), **fields).body) == body


def test_a_template_may_make_what_is_no_json_when_the_headers_say_so():
    fields = {"payload_format": "custom", "payload_template": "what={{ name }}"}
    form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert request_of(**fields, **form).body == b"what=Bought"
    assert VENDOR.missing(a_config(**fields), an_outgoing()) == "the template makes no JSON of this event"


def test_an_event_of_which_a_template_makes_nothing_is_in_no_request():
    config = a_config(payload_format="custom", payload_template="{{ 1 / values.n }}")
    events = [an_outgoing(1, n=1), an_outgoing(2, n=0), an_outgoing(3, n=1)]
    assert [sending.places for sending in VENDOR.requests(config, events, "")] == [(0,), (2,)]
    assert VENDOR.missing(config, events[1]) == "the template does not work for this event: division by zero"


def test_batches_are_lists_and_no_larger_than_wanted():
    events = [an_outgoing(number) for number in range(5)]
    sendings = VENDOR.requests(a_config(batch_enabled=True, batch_size=2), events, "")
    assert [sending.places for sending in sendings] == [(0, 1), (2, 3), (4,)]
    assert [[event["messageId"] for event in body] for body in bodies(sendings)] == [
        ["m-0", "m-1"],
        ["m-2", "m-3"],
        ["m-4"],
    ]


def test_a_template_of_batches_has_all_events():
    config = a_config(
        batch_enabled=True,
        payload_format="custom",
        payload_template="[{% for one in events %}{{ one.event.messageId | tojson }},{% endfor %}null]",
    )
    (body,) = bodies(VENDOR.requests(config, [an_outgoing(1), an_outgoing(2)], ""))
    assert body == ["m-1", "m-2", None]


def test_a_batch_has_the_same_id_at_every_attempt():
    config = a_config(batch_enabled=True, authentication="hmac", signing_secret=SECRET)
    ids = [
        VENDOR.requests(config, [an_outgoing(1), an_outgoing(2)], "")[0].request.at(at).headers["webhook-id"]
        for at in (1, 2)
    ]
    assert ids[0] == ids[1]
    assert "." not in ids[0]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, "delivered") for status in (200, 201, 202, 204)),
        *((status, "refused") for status in (301, 302, 307, 400, 401, 403, 404, 410, 413, 422, 501, 505)),
        *((status, "again") for status in (408, 425, 429, 500, 502, 503, 504)),
    ],
)
def test_outcomes(status, verdict):
    reason = "" if verdict == "delivered" else f"HTTP {status}: why"
    assert outcome_of(VENDOR, status, b"why", count=2) == [(verdict, reason)] * 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://user:pass@example.com/"}, "url"),
        ({"method": "GET"}, "method"),
        ({"headers": {"Host": "x"}}, "headers.Host"),
        ({"headers": {"X A": "x"}}, "headers.X A"),
        ({"headers": {"X-A": "x\r\ny: z"}}, "headers.X-A"),
        ({"signing_secret": "whsec_short"}, "signing_secret"),
        ({"signing_secret": "secret"}, "signing_secret"),
        ({"payload_template": "{{ x"}, "payload_template"),
        ({"batch_size": 501}, "batch_size"),
    ],
)
def test_a_wrong_configuration_is_refused(fields, field):
    with pytest.raises(ValidationFailed) as refused:
        a_config(**fields)
    assert [problem["field"] for problem in refused.value.details] == [field]


@pytest.mark.parametrize(
    ("fields", "needed"),
    [
        ({}, []),
        ({"authentication": "bearer"}, ["auth_token"]),
        ({"authentication": "basic"}, ["auth_user", "auth_token"]),
        ({"authentication": "header"}, ["auth_header", "auth_token"]),
        ({"authentication": "hmac"}, ["signing_secret"]),
        ({"payload_format": "custom"}, ["payload_template"]),
    ],
)
def test_what_an_authentication_needs_is_said(fields, needed):
    assert [problem["field"] for problem in VENDOR.problems(a_config(**fields))] == needed
