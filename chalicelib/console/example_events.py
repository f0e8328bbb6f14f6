"""Events to try an integration with, as the standard e-commerce events are sent."""

from typing import Any

CONTEXT: dict[str, Any] = {
    "page": {"url": "https://www.example.com/checkout", "title": "Checkout", "referrer": "https://www.example.com/"},
    "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15",
    "locale": "en-GB",
    "ip": "203.0.113.7",
    "consent": {"functional": True, "analytics": True, "marketing": True, "personalization": True},
}
TRAITS = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
PRODUCT = {"product_id": "sku-1", "name": "Blue shirt", "price": 24.5, "quantity": 2}


def _event(**fields: Any) -> dict[str, Any]:
    return {**fields, "anonymousId": "an-example", "context": CONTEXT}


def _track(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return _event(type="track", event=name, properties=properties) | {"context": CONTEXT | {"traits": TRAITS}}


EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "order": (
        "An order",
        _track("Order Completed", {"order_id": "1001", "total": 54.0, "currency": "EUR", "products": [PRODUCT]}),
    ),
    "product": ("A product that is looked at", _track("Product Viewed", {**PRODUCT, "currency": "EUR"})),
    "sign_up": ("A sign-up", _track("Signed Up", {"method": "e-mail"})),
    "page": ("A page view", _event(type="page", name="Home", properties={"path": "/"})),
    "identify": ("Who a visitor is", _event(type="identify", userId="user-1", traits=TRAITS)),
}
USUAL = "order"
