"""Every way in: the API's blueprints, and the handlers of queues and schedules. No logic.

What only the handlers of events need is imported by them: the API, whose callers wait for a cold start, needs none of
it.
"""

from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib import logs, queues
from chalicelib.accounts.routes import blueprint as accounts
from chalicelib.activity.routes import blueprint as activity
from chalicelib.api import http_api
from chalicelib.api.description import blueprint as description
from chalicelib.api.health import blueprint as health
from chalicelib.api.operation import refuse_other_methods
from chalicelib.audit.routes import blueprint as audit
from chalicelib.collector.routes import blueprint as collector
from chalicelib.console.routes import blueprint as console
from chalicelib.delivery.routes import blueprint as delivery
from chalicelib.ingestion.routes import blueprint as ingestion
from chalicelib.integrations.attachment_routes import blueprint as attachments
from chalicelib.integrations.routes import blueprint as integrations
from chalicelib.pipelines.history_routes import blueprint as history
from chalicelib.pipelines.routes import blueprint as pipelines
from chalicelib.settings import table_prefix

logs.configure()
app = Chalice(app_name="signal", configure_logs=False)
app.api.binary_types = []  # bodies are text both ways, whatever type a sender gives its JSON
for blueprint in (health, description, accounts, pipelines, collector, ingestion, activity):
    app.register_blueprint(blueprint)
for blueprint in (integrations, attachments, delivery, history, audit, console):
    app.register_blueprint(blueprint)
refuse_other_methods(app)


@app.lambda_function()
def ingest(event: dict[str, Any], context: Any) -> Any:
    """The entrances for events, behind the HTTP API: the same application in a function of its own, so that no flood of
    events keeps people from the console, and with rights to nothing that people have."""
    return http_api.answer(app, event, context)


@app.on_sqs_message(queue=f"{table_prefix()}events", batch_size=10)
def process(event: SQSEvent) -> dict[str, Any]:
    """Accepted events, from the queue that ingestion fills."""
    from chalicelib.delivery import processor

    return queues.consume_together(event.to_dict(), processor.process)


@app.on_sqs_message(queue=f"{table_prefix()}deliveries", batch_size=1)
def deliver(event: SQSEvent) -> dict[str, Any]:
    """Events on their way to vendors."""
    from chalicelib.delivery import worker as deliveries

    return queues.consume_together(event.to_dict(), deliveries.deliver)


@app.on_sqs_message(queue=f"{table_prefix()}builds.fifo", batch_size=1)
def build(event: SQSEvent) -> dict[str, Any]:
    """Collector builds that were asked for."""
    from chalicelib.collector import worker

    return queues.consume(event.to_dict(), worker.run)


@app.schedule(Rate(1, unit=Rate.HOURS))
def cleanup(event: CloudWatchEvent) -> dict[str, int]:
    """Every hour, what has expired goes."""
    from chalicelib import cleanup as sweeper

    return sweeper.run(event.context.get_remaining_time_in_millis)
