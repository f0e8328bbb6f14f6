"""segment-analytics-python or rudder-sdk-python, whose clients are alike, told by a job in JSON what to send; prints
what it reports as failed."""

import importlib
import json
import sys

job = json.loads(sys.argv[1])
failed = []
client = importlib.import_module(job["package"]).Client(
    job["key"],
    host=job["host"],
    gzip=job["gzip"],
    on_error=lambda error, items: failed.append(str(error)),
    upload_interval=0.1,
)
who = {"user_id": "u-4711"}
if job["send"] == "one":
    client.track(event="Order completed", properties={"total": 49.9}, message_id=job["message_id"], **who)
else:
    client.identify(traits={"plan": "pro"}, **who)
    client.page(name="Pricing", properties={"section": "top"}, **who)
    client.screen(name="Home", **who)
    client.track(event="Order completed", properties={"total": 49.9}, **who)
    client.group(group_id="g-1", traits={"seats": 5}, **who)
    client.alias(previous_id="a-1", **who)
client.shutdown()
print(json.dumps(failed))
