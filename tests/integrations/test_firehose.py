import json

import pytest

from chalicelib.errors import ValidationFailed
from chalicelib.integrations.vendor import Outgoing
from chalicelib.integrations.vendors.firehose import VENDOR

from .events import an_event
from .sent import config_of, outcome_of


def a_config(**fields):
    return config_of(VENDOR, **{"stream": "events-to-s3"} | fields)


def an_outgoing(number=1, size=0, **values):
    return Outgoing(an_event(messageId=f"m-{number}", properties={"x": "y" * size}), "x", values)


def test_events_are_records_of_a_line_each():
    events = [an_outgoing(1), an_outgoing(2)]
    (sending,) = VENDOR.requests(a_config(), events, "")
    assert (sending.request.service, sending.request.operation) == ("firehose", "put_record_batch")
    assert sending.request.arguments["DeliveryStreamName"] == "events-to-s3"
    records = [record["Data"] for record in sending.request.arguments["Records"]]
    assert all(record.endswith(b"\n") and record.count(b"\n") == 1 for record in records)
    assert [json.loads(record) for record in records] == [one.event for one in events]


def test_what_a_mapping_puts_together_can_be_sent():
    (sending,) = VENDOR.requests(a_config(payload_format="mapped"), [an_outgoing(total=5)], "")
    assert sending.request.arguments["Records"] == [{"Data": b'{"total":5}\n'}]


def test_a_request_has_at_most_500_records_and_4_mib():
    assert [len(s.places) for s in VENDOR.requests(a_config(), [an_outgoing()] * 501, "")] == [500, 1]
    large = [an_outgoing(number, 900_000) for number in range(6)]
    assert [sending.places for sending in VENDOR.requests(a_config(), large, "")] == [(0, 1, 2, 3), (4, 5)]


def test_a_record_that_is_too_large_is_in_no_request():
    huge = an_outgoing(1, 1_100_000)
    assert VENDOR.missing(a_config(), huge).endswith("bytes; Firehose takes 1,024,000")
    assert [sending.places for sending in VENDOR.requests(a_config(), [huge, an_outgoing(2)], "")] == [(1,)]


@pytest.mark.parametrize(
    ("said", "outcomes"),
    [
        (
            {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "a"}, {"RecordId": "b"}]},
            [("delivered", ""), ("delivered", "")],
        ),
        (
            {
                "FailedPutCount": 1,
                "RequestResponses": [
                    {"RecordId": "a"},
                    {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."},
                ],
            },
            [("delivered", ""), ("again", "ServiceUnavailableException: Slow down.")],
        ),
        ({"RequestResponses": []}, [("again", "Firehose does not say what became of the records")] * 2),
    ],
)
def test_each_record_has_its_outcome(said, outcomes):
    assert outcome_of(VENDOR, 200, said, count=2) == outcomes


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        (400, b"An error occurred (ResourceNotFoundException) when calling the PutRecordBatch operation", "refused"),
        (400, b"An error occurred (AccessDeniedException) when calling the PutRecordBatch operation", "refused"),
        (400, b"An error occurred (ThrottlingException) when calling the PutRecordBatch operation", "again"),
        (400, b"An error occurred (LimitExceededException) when calling the PutRecordBatch operation", "again"),
        (503, b"An error occurred (ServiceUnavailableException) when calling the PutRecordBatch operation", "again"),
    ],
)
def test_outcomes_of_whole_requests(status, said, verdict):
    assert [found for found, _ in outcome_of(VENDOR, status, said, count=2)] == [verdict] * 2


def test_a_wrong_configuration_is_refused():
    with pytest.raises(ValidationFailed) as refused:
        a_config(stream="no blanks")
    assert [problem["field"] for problem in refused.value.details] == ["stream"]
