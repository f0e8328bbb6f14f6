"""How a pipeline's collector is configured: the objects `js_builder_config` and `identity_config`. What is accepted
here always builds."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from . import rules

AllowedDomain = Annotated[
    str,
    Meta(
        max_length=255,
        extra={"check": rules.allowed_domain},
        description="a host name such as example.com or *.example.com",
    ),
]
ScriptFilename = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.js$",
        description="a file name of letters, digits, dots, hyphens and underscores that ends in .js",
    ),
]
GlobalVariable = Annotated[
    str,
    Meta(
        extra={"check": rules.global_variable},
        pattern=r"^[A-Za-z_$][A-Za-z0-9_$]{0,63}$",
        description="a JavaScript identifier such as _df",
    ),
]
Category = Literal["functional", "analytics", "marketing", "personalization"]
VendorName = Literal["ga4", "google_ads", "linkedin", "meta", "microsoft_ads", "pinterest", "snapchat", "tiktok"]
MeasurementId = Annotated[
    str, Meta(pattern="^G-[A-Z0-9]{4,20}$", description="a measurement id of Google Analytics 4 such as G-ABC1234567")
]
Code = Annotated[
    str,
    Meta(pattern=r"^[\x21-\x7e]{1,100}$", description="1 to 100 visible ASCII characters"),
]
StorageName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~:-]{1,100}$",
        description="the name of a cookie or storage entry, of at most 100 characters",
    ),
]
DataLayer = Annotated[
    str, Meta(pattern=r"^[A-Za-z_$][A-Za-z0-9_$]{0,63}$", description="a JavaScript identifier such as dataLayer")
]


class VendorSync(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the ids of one vendor are kept in step. An empty object is the vendor's usual way."""

    category: Category | UnsetType = UNSET  # that a visitor must have granted; by default what the vendor is for
    create_ids: bool | UnsetType = UNSET  # make the vendor's id where its own tag has not; by default true
    measurement_id: MeasurementId | UnsetType = UNSET  # of ga4: the stream whose session is meant


VendorSyncs = Annotated[
    dict[VendorName, VendorSync],
    Meta(extra={"check": rules.vendor_syncs}, description="an object of vendors"),
]


class ConsentSource(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where the visitor's answer is read. `categories` says which of the source's codes grant a category, any of them;
    `a+b` for both. The well-known sources have theirs."""

    type: Literal["tcf", "google_consent_mode", "onetrust", "cookiebot", "cookie", "storage"]
    name: StorageName | UnsetType = UNSET  # of the cookie or the local storage entry
    data_layer: DataLayer | UnsetType = UNSET  # of google_consent_mode, by default dataLayer
    categories: (
        Annotated[
            dict[
                Category,
                Annotated[list[Code], Meta(min_length=1, max_length=20, description="a list of 1 to 20 codes")],
            ],
            Meta(min_length=1, description="an object with at least one category"),
        ]
        | UnsetType
    ) = UNSET


class ConsentConfig(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the collector treats consent. An empty object is no consent management: everything is sent."""

    # opt_in: events wait for an answer, and nothing is kept on the device before. opt_out: silence is consent.
    mode: Literal["opt_in", "opt_out"] | UnsetType = UNSET
    required_category: Category | UnsetType = UNSET  # without which nothing is sent; by default analytics
    # What becomes of events when that category is refused; by default drop.
    on_refusal: Literal["drop", "cookieless"] | UnsetType = UNSET
    # What a browser's Global Privacy Control refuses, by default marketing and personalization.
    global_privacy_control: (
        Annotated[
            list[Category],
            Meta(extra={"check": rules.without_repeats}, description="a list of consent categories"),
        ]
        | UnsetType
    ) = UNSET
    sources: (
        Annotated[
            list[Annotated[ConsentSource, Meta(extra={"check": rules.consent_source})]],
            Meta(max_length=10, extra={"check": rules.consent_sources}, description="a list of at most 10 sources"),
        ]
        | UnsetType
    ) = UNSET


class JsBuilderConfig(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the pipeline's collector is built."""

    script_filename: ScriptFilename = "d.js"
    global_variable: GlobalVariable = "_df"
    delivery_method: Literal["download", "cdn", "cluster"] = "cdn"
    vendor_syncs: VendorSyncs = {}
    consent_config: ConsentConfig = msgspec.field(default_factory=ConsentConfig)
    cross_domain: bool = False
    # Which views are recorded by themselves: with every navigation, also of the hash, only when loaded, or none.
    page_views: Literal["history", "hash", "load", "manual"] = "history"
    retry: bool = True  # send later what could not be sent
    batch_size: Annotated[int, Meta(ge=1, le=100, description="a whole number of events from 1 to 100")] = 10
    flush_interval_ms: Annotated[
        int, Meta(ge=100, le=60_000, description="a whole number of milliseconds from 100 to 60,000")
    ] = 1000


class IdentityConfig(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Identity across domains and vendors. Its `vendor_sync` adds to `vendor_syncs` of `js_builder_config`, which goes
    before it."""

    cross_domain_enabled: bool = False
    cross_domain_domains: Annotated[
        list[AllowedDomain],
        Meta(
            max_length=100,
            extra={"check": rules.without_repeats},
            description="a list of at most 100 host names",
        ),
    ] = []
    vendor_sync: VendorSyncs = {}
