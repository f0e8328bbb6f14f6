"""Mappings to begin with: the standard e-commerce events under the names that they have in Segment's specification, in
Google Analytics, and in snake_case. Plain functions.

References: Segment "Spec: V2 Ecommerce Events" (https://segment.com/docs/connections/spec/ecommerce/v2/); Google
"Recommended events" (https://developers.google.com/analytics/devguides/collection/ga4/reference/events).
"""

from collections.abc import Iterable, Mapping
from typing import Any

Field = dict[str, Any]

EVENTS = {
    "purchase": ("Order Completed", "purchase", "order_completed"),
    "refund": ("Order Refunded", "refund", "order_refunded"),
    "view_item": ("Product Viewed", "view_item", "product_viewed"),
    "view_item_list": ("Product List Viewed", "view_item_list", "product_list_viewed"),
    "select_item": ("Product Clicked", "select_item", "product_clicked"),
    "add_to_cart": ("Product Added", "add_to_cart", "product_added"),
    "remove_from_cart": ("Product Removed", "remove_from_cart", "product_removed"),
    "view_cart": ("Cart Viewed", "view_cart", "cart_viewed"),
    "add_to_wishlist": ("Product Added to Wishlist", "add_to_wishlist", "product_added_to_wishlist"),
    "begin_checkout": ("Checkout Started", "begin_checkout", "checkout_started"),
    "add_payment_info": ("Payment Info Entered", "add_payment_info", "payment_info_entered"),
    "search": ("Products Searched", "search", "products_searched"),
    "sign_up": ("Signed Up", "sign_up", "signed_up"),
    "generate_lead": ("Lead", "generate_lead", "lead"),
}
# Of these events the product itself is in the properties, not in a list.
OF_ONE_PRODUCT = ("view_item", "select_item", "add_to_cart", "remove_from_cart", "add_to_wishlist")
# Where the parts of a product are, the best place last.
PRODUCT = {
    "id": ("item_id", "sku", "product_id"),
    "name": ("item_name", "name"),
    "price": ("price",),
    "quantity": ("quantity",),
    "brand": ("item_brand", "brand"),
    "category": ("item_category", "category"),
    "variant": ("item_variant", "variant"),
}
NUMBERS = {"price": "number", "quantity": "integer"}
VALUE = ("total", "revenue", "value")  # revenue has neither tax nor shipping in it
# Where personal data is, the best place last: what shops say of a buyer, and the traits of identify events.
PERSON = {
    "email": ("context.traits.email", "properties.email", "traits.email"),
    "phone": ("context.traits.phone", "properties.phone", "traits.phone"),
    "first_name": ("context.traits.firstName", "traits.first_name", "traits.firstName"),
    "last_name": ("context.traits.lastName", "traits.last_name", "traits.lastName"),
    "street": ("context.traits.address.street", "traits.address.street"),
    "city": ("context.traits.address.city", "traits.address.city"),
    "state": ("context.traits.address.state", "traits.address.state"),
    "postcode": ("context.traits.address.postalCode", "traits.address.postal_code", "traits.address.postalCode"),
    "country": ("context.traits.address.country", "traits.address.country"),
}


def field(source: str, target: str, form: str = "") -> Field:
    """A mapping of one field."""
    return {"source": source, "target": target} | ({"format": form} if form else {})


def fields(sources: Iterable[str], target: str, form: str = "") -> list[Field]:
    """The mappings of a field that may be in several places, the best one last."""
    return [field(source, target, form) for source in sources]


def copied(names: Iterable[str], into: str) -> list[Field]:
    """Properties that the vendor knows by the same name."""
    return [field(f"properties.{name}", f"{into}.{name}") for name in names]


def value(target: str) -> list[Field]:
    """What the event is worth."""
    return fields([f"properties.{name}" for name in VALUE], target, "number")


def person(targets: Mapping[str, str]) -> list[Field]:
    """Personal data, to the vendor's target for each part of it."""
    return [mapping for part, target in targets.items() for mapping in fields(PERSON[part], target)]


def products(kind: str, into: str, targets: Mapping[str, str]) -> list[Field]:
    """The products of an event, into a list, to the vendor's target for each part of one."""
    places = [("properties.items[*]", f"{into}[*]"), ("properties.products[*]", f"{into}[*]")]
    if kind in OF_ONE_PRODUCT:
        places.insert(0, ("properties", f"{into}[0]"))
    return [
        field(f"{where}.{name}", f"{to}.{target}", NUMBERS.get(part, "string"))
        for where, to in places
        for part, target in targets.items()
        for name in PRODUCT[part]
    ]


def events(names: Mapping[str, str], mappings: Mapping[str, list[Field]]) -> dict[str, Any]:
    """The `events` of a mapping: the vendor's name and the mappings of each kind, under all names that it has."""
    return {
        name: {"vendor_event_name": vendor_name, "mappings": mappings[kind]}
        for kind, vendor_name in names.items()
        for name in EVENTS.get(kind, (kind,))
    }
