"""What a month costs: what events use, what is kept, what pages load and what stands there anyway."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import costs
from .costs import KEY, METRIC, MILLION, PRICES

# us-east-1, on demand, without free tiers and volume discounts; dollars. From the price lists of
# aws.amazon.com/{cloudfront,s3,dynamodb,secrets-manager,api-gateway}/pricing and /cloudwatch/pricing.
GB = 1e9
CDN_REQUEST, CDN_OUT, CDN_TO_ORIGIN = 1.00 / MILLION, 0.085 / GB, 0.020 / GB
ARCHIVE_MONTH, TABLE_MONTH, LOGS_MONTH = 0.023 / GB, 0.25 / GB, 0.03 / GB
REST_REQUEST, SECRET = 3.50 / MILLION, 0.40

SINGLY = 0.3  # of the events; the others come in tens
IN_TENS = 10
EVENTS_A_DOWNLOAD = 10  # of the collector: a page view less often, since browsers keep it
DOWNLOAD_BYTES, ANSWER_BYTES, SENT_BYTES = 3_600, 700, 900  # headers included; sent: of an event
ARCHIVED_BYTES, MONTHS = 200, 12  # of an event, compressed beside others; nothing is deleted
ROW_BYTES = 100  # that DynamoDB adds to each row
SEEN_DAYS, DELIVERIES_DAYS, MONTH_DAYS = 1, 5, 30
LIVE_EVERY_SECONDS, LIVE_SECONDS = 2, 0.020
LIVE_HOURS, METRICS_OF_EVENTS = 40, 23
SIZES = (1, 100, 10_000)  # million events a month

Used = Mapping[str, float]


@dataclass(frozen=True)
class Use:
    """What an event uses that comes singly or in tens, with no integration and what one adds."""

    alone: Mapping[int, Used]
    with_one: Mapping[int, Used]

    def of(self, name: str, integrations: int) -> float:
        """How much of one thing, with the usual shares."""
        return sum(share * self._of(name, batch, integrations) for batch, share in _shares())

    def dollars(self, integrations: int) -> float:
        """For an event, without what is kept and the CDN."""
        return sum(share * self._dollars(batch, integrations) for batch, share in _shares())

    def _of(self, name: str, batch: int, integrations: int) -> float:
        alone, one = self.alone[batch].get(name, 0.0), self.with_one[batch].get(name, 0.0)
        return alone + integrations * (one - alone)

    def _dollars(self, batch: int, integrations: int) -> float:
        alone, one = (sum(costs.of_an_event(use[batch], batch).values()) for use in (self.alone, self.with_one))
        return alone + integrations * (one - alone)


def _shares() -> tuple[tuple[int, float], ...]:
    return (1, SINGLY), (IN_TENS, 1 - SINGLY)


def of_events(use: Use, integrations: int, watching: float, live_hour: float) -> dict[str, tuple[float, float]]:
    """By what it is for: dollars for an event, and dollars for the month whatever comes."""
    requests = use.of("API requests", integrations)
    seen = use.of("bytes put, seen-events", integrations) + ROW_BYTES
    delivered = use.of("bytes put, deliveries", integrations) + ROW_BYTES * use.of("delivery calls", integrations)
    kept = (seen * SEEN_DAYS + delivered * DELIVERIES_DAYS) / MONTH_DAYS
    logged = use.of("log bytes", integrations) + costs.LAMBDA_LINES * use.of("function calls", integrations)
    out = requests * ANSWER_BYTES + DOWNLOAD_BYTES / EVENTS_A_DOWNLOAD
    cdn = (requests + 1 / EVENTS_A_DOWNLOAD) * CDN_REQUEST + out * CDN_OUT + SENT_BYTES * CDN_TO_ORIGIN
    return {
        "events in, settled and delivered": (use.dollars(integrations), 0.0),
        "CloudFront: events and collectors": (cdn, 0.0),
        "rows kept: a day, of deliveries five": (kept * TABLE_MONTH, 0.0),
        "logs kept 30 days": (logged * LOGS_MONTH, 0.0),
        "archive, in the twelfth month": (ARCHIVED_BYTES * MONTHS * ARCHIVE_MONTH, 0.0),
        "watching, and metrics of events": (0.0, watching + METRICS_OF_EVENTS * METRIC),
        "key of secrets, signing key": (0.0, KEY + SECRET),
        "live tab open for 40 hours": (0.0, LIVE_HOURS * live_hour),
    }


def live_hour(used: Used) -> float:
    """Dollars for an hour of the live tab in front: what one of its requests uses, every other second."""
    request = REST_REQUEST + CDN_REQUEST + PRICES["function calls"] + LIVE_SECONDS * PRICES["GB-seconds"]
    request += used["read units"] * PRICES["read units"]
    request += (used["log bytes"] + costs.LAMBDA_LINES) * PRICES["log bytes"]
    return request * 3600 / LIVE_EVERY_SECONDS


def table(use: Use, integrations: int, watching: float, live: float) -> str:
    """Dollars a month as a table in Markdown: a column for each size."""
    integration = "integration" if integrations == 1 else "integrations"
    heads = " | ".join(f"{size:,} million" for size in SIZES)
    lines = [f"| a month with {integrations} {integration} | {heads} |", "|---|" + "--:|" * len(SIZES)]
    parts = of_events(use, integrations, watching, live)
    dollars = {name: [each * size * MILLION + fixed for size in SIZES] for name, (each, fixed) in parts.items()}
    lines += [_line(name, amounts) for name, amounts in dollars.items()]
    lines.append(_line("**together**", [sum(amounts) for amounts in zip(*dollars.values(), strict=True)]))
    return "\n".join(lines)


def _line(name: str, amounts: list[float]) -> str:
    return f"| {name} | {' | '.join(f'${amount:,.2f}' for amount in amounts)} |"
