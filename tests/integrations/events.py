"""Events as they are accepted, for the vendors' tests."""

CONTEXT = {
    "ip": "203.0.113.9",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
    "locale": "en-GB",
    "page": {
        "url": "https://www.example.com/checkout?step=3",
        "title": "Checkout",
        "referrer": "https://www.example.com/cart",
        "path": "/checkout",
        "search": "?step=3",
    },
    "campaign": {"source": "newsletter", "medium": "email", "name": "spring"},
    "vendor_ids": {
        "ga_client_id": "1234567890.1760000000",
        "ga_session_id": "1771582000",
        "fbp": "fb.1.1771581000000.1234567890",
        "fbc": "fb.1.1771581000000.abcDEF",
        "gclid": "Cj0KCQiA",
        "ttp": "94e2a4f9-1234-4321-9999-aaaabbbbcccc",
        "ttclid": "E.C.P.abc",
    },
    "consent": {"analytics": True, "marketing": True},
    "firstPartyId": "dfid-1",
}
PRODUCTS = [
    {
        "product_id": "p-1",
        "sku": "SKU-1",
        "name": "Mug",
        "price": 12.5,
        "quantity": 2,
        "brand": "Acme",
        "category": "Home",
    },
    {"product_id": "p-2", "name": "Lid", "price": "5.00", "quantity": "1"},
]
TRAITS = {
    "email": " Jane.Doe@Example.com ",
    "phone": "+44 20 7946 0958",
    "firstName": "Jane",
    "lastName": "O'Neil",
    "address": {"city": "New York", "state": "NY", "postalCode": "10001-1234", "country": "US"},
}


def an_event(kind="track", **changes):
    """An event of a visitor whom all vendors know."""
    event = {
        "type": kind,
        "anonymousId": "a-1",
        "userId": "u-4711",
        "messageId": "m-1",
        "timestamp": "2026-02-20T10:06:40.250Z",
        "receivedAt": "2026-02-20T10:06:41.000Z",
        "context": CONTEXT,
    }
    if kind == "track":
        event["event"] = "Order Completed"
    return {field: value for field, value in (event | changes).items() if value is not None}


def an_order(**changes):
    """A purchase, in the words of Segment's e-commerce specification."""
    properties = {
        "order_id": "o-99",
        "total": 35.0,
        "revenue": 30.0,
        "tax": 3,
        "shipping": 2,
        "currency": "EUR",
        "coupon": "SPRING",
        "products": PRODUCTS,
    }
    return an_event(event="Order Completed", properties=properties, traits=TRAITS, **changes)
