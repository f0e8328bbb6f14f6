"""What events cost on AWS: what they use, times the price list."""

from collections.abc import Mapping

# us-east-1, on demand, without free tiers and volume discounts; dollars. From the price lists of
# aws.amazon.com/{api-gateway,lambda,dynamodb,sqs,s3}/pricing and /cloudwatch/pricing.
MILLION = 1e6
PRICES = {
    "API requests": 1.00 / MILLION,  # HTTP API
    "function calls": 0.20 / MILLION,
    "GB-seconds": 13.33 / MILLION,  # arm64
    "read units": 0.125 / MILLION,
    "write units": 0.625 / MILLION,
    "queue requests": 0.50 / MILLION,  # with a message group, which makes the queue fair
    "objects written": 5.00 / MILLION,
    "log bytes": 0.50 / 1e9,
}
WAITING = 0.010  # seconds that a function waits for its calls to AWS
INGEST = (0.5, WAITING + 0.012, 0.0006)  # GB of memory, seconds for each request, seconds for each event in it
PROCESS = (0.5, 3 * WAITING + 0.015, 0.0012)
VENDOR = 0.100  # seconds until a vendor answers
DELIVER = (0.5, VENDOR + 3 * WAITING + 0.015, 0.0008)
QUEUE_BATCH = 10
ALARM, METRIC, DASHBOARD, KEY = 0.10, 0.30, 3.00, 1.00  # a month
LAMBDA_LINES = 265  # bytes that Lambda itself logs of a call: START, END and REPORT


def of_an_event(used: Mapping[str, float], batch: int) -> dict[str, float]:
    """Dollars for each event, by what they are for, when so many are sent at once."""
    requests = 1 / batch
    calls = {INGEST: requests, PROCESS: requests / QUEUE_BATCH, DELIVER: used.get("delivery calls", 0.0)}
    seconds = sum(memory * (each * count + event) for (memory, each, event), count in calls.items() if count)
    logged = used["log bytes"] + LAMBDA_LINES * used["function calls"]
    all_used = dict(used) | {"GB-seconds": seconds, "log bytes": logged}
    return {name: amount * PRICES[name] for name, amount in all_used.items() if name in PRICES}


def table(by_batch: Mapping[int, Mapping[str, float]]) -> str:
    """Dollars for a million events, as a table in Markdown: a row for each thing that is paid, a column for each size
    of batch."""
    names = [name for name in PRICES if any(name in costs for costs in by_batch.values())]
    lines = [f"| a million events, sent … at once | {' | '.join(str(batch) for batch in by_batch)} |"]
    lines.append("|---|" + "--:|" * len(by_batch))
    lines += [_line(name, [costs.get(name, 0.0) for costs in by_batch.values()]) for name in names]
    lines.append(_line("**together**", [sum(costs.values()) for costs in by_batch.values()]))
    return "\n".join(lines)


def of_watching(alarms: int, metrics: int) -> dict[str, float]:
    """Dollars a month for watching a stage in which nothing happens, by what they are for."""
    return {
        f"{alarms} alarms": alarms * ALARM,
        f"{metrics} metrics that are measured every hour": metrics * METRIC,
        "the dashboard": DASHBOARD,
        "the key of the alarms' topic": KEY,
    }


def watching(alarms: int, metrics: int) -> str:
    """The same as a table in Markdown."""
    rows = of_watching(alarms, metrics)
    lines = [f"| {name} | ${cost:.2f} |" for name, cost in rows.items()]
    return "\n".join([*lines, f"| **together** | ${sum(rows.values()):.2f} |"])


def _line(name: str, costs: list[float]) -> str:
    return f"| {name} | {' | '.join(f'${cost * MILLION:.2f}' for cost in costs)} |"
