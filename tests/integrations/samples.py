"""A configuration of each vendor, and events of a shop, for tests of all vendors."""

from .events import PRODUCTS, TRAITS, an_event, an_order

CONFIGS = {
    "google_analytics_4": {"measurement_id": "G-1A2BCD345E", "api_secret": "secret-1"},
    "meta_capi": {"pixel_id": "123456789012345", "access_token": "secret-1", "test_event_code": "TEST1"},
    "google_ads": {
        "customer_id": "123-456-7890",
        "conversion_action_id": "5",
        "oauth_client_id": "id",
        "oauth_client_secret": "secret-1",
        "oauth_refresh_token": "secret-2",
    },
    "tiktok": {"pixel_code": "C4A5B6C7D8E9F0", "access_token": "secret-1", "test_event_code": "TEST1"},
    "webhook": {"url": "https://hooks.example.com/", "authentication": "bearer", "auth_token": "secret-1"},
    "s3": {"bucket": "acme-events"},
    "firehose": {"stream": "events"},
}

ONE = {"product_id": "p-1", "name": "Mug", "price": 12.5, "quantity": 1, "currency": "EUR"}
LIST = {"products": PRODUCTS, "currency": "EUR", "value": 30}
GA_LIST = {
    "items": [{"item_id": "p-1", "item_name": "Mug", "price": 12.5, "quantity": 2}],
    "currency": "EUR",
    "value": 25,
}
SHOP = [
    an_event("page"),
    an_event("identify", traits=TRAITS),
    an_order(),
    an_event(event="purchase", properties=GA_LIST | {"transaction_id": "o-1"}),
    *(
        an_event(event=name, properties=ONE)
        for name in ("Product Viewed", "Product Added", "Product Added to Wishlist")
    ),
    *(
        an_event(event=name, properties=GA_LIST)
        for name in ("view_item", "add_to_cart", "begin_checkout", "add_payment_info")
    ),
    *(
        an_event(event=name, properties=LIST)
        for name in ("Checkout Started", "Payment Info Entered", "Product List Viewed")
    ),
    an_event(event="Products Searched", properties={"query": "mug"}),
    an_event(event="search", properties={"search_term": "mug"}),
    an_event(event="Signed Up", properties={"method": "Google"}),
    an_event(event="Lead", properties={"value": 5, "currency": "EUR"}),
]
