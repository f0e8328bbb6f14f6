"""The vendors, one module each. A further vendor is a further module here, named in this list."""

from ..vendor import Vendor

VENDORS: dict[str, Vendor] = {}
