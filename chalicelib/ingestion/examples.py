"""Bodies as senders may send them, for the API's description."""

TRACK = {
    "writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x",
    "event": "Order completed",
    "properties": {"order_id": "A-1001", "total": 49.9, "currency": "EUR"},
    "anonymousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11",
    "context": {"page": {"url": "https://www.example.com/thanks", "title": "Thank you"}},
    "timestamp": "2026-02-25T10:00:00.000Z",
}
PAGE = {
    "writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x",
    "name": "Pricing",
    "anonymousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11",
    "context": {"page": {"url": "https://www.example.com/pricing", "title": "Pricing"}},
}
IDENTIFY = {
    "writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x",
    "userId": "u-4711",
    "traits": {"plan": "pro"},
    "anonymousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11",
}
GROUP = {
    "writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x",
    "groupId": "acme",
    "traits": {"employees": 42},
    "anonymousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11",
}
SCREEN = {
    "writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x",
    "name": "Cart",
    "anonymousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11",
}
ALIAS = {
    "writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x",
    "previousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11",
    "userId": "u-4711",
}
SERVER = {"type": "track", "event": "Order shipped", "userId": "u-4711", "properties": {"order_id": "A-1001"}}
BATCH = {
    "writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x",
    "sentAt": "2026-02-25T10:00:01.000Z",
    "batch": [
        {"type": "page", "name": "Pricing", "anonymousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11"},
        {"type": "track", "event": "Signed up", "anonymousId": "5f8c1f0a-2f3b-4a83-9a38-0f2f9d7a4b11"},
    ],
}
KEY_ALONE = {"writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x"}

ORIGIN = {"origin": "https://www.example.com"}
TOLD_REQUEST = {
    "path": "/v1/t",
    "headers": {"Origin": "https://www.example.com"},
    "body": '{"writeKey": "dk_pip_01jz3k8q4c2h9v7m5n0x", "event": "Order completed"}',
}
