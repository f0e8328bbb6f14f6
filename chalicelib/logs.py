"""Logs: one JSON object a line, with the request's id. What is logged is chosen field by field: no header, no body."""

import json
import logging
import sys
from typing import Any, TextIO

from . import clock
from .settings import log_level

log = logging.getLogger("signal")


class JsonLines(logging.Formatter):
    """Renders a record and its `extra={"fields": {...}}` as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def configure(stream: TextIO | None = None) -> None:
    """Send the product's log to `stream`, once; by default to standard output, which Lambda hands to CloudWatch."""
    if not log.handlers:
        handler = logging.StreamHandler(stream or sys.stdout)
        handler.setFormatter(JsonLines())
        log.addHandler(handler)
    log.setLevel(log_level())
    log.propagate = False


def info(message: str, **fields: Any) -> None:
    """Log what happened."""
    log.info(message, extra={"fields": fields})


def measured(message: str, **fields: Any) -> None:
    """Log what happened, whatever the level is: the fields have metrics, without which alarms are blind."""
    record = log.makeRecord(log.name, logging.INFO, __file__, 0, message, (), None, extra={"fields": fields})
    log.handle(record)


def warning(message: str, **fields: Any) -> None:
    """Log what somebody should look at."""
    log.warning(message, extra={"fields": fields})


def error(message: str, **fields: Any) -> None:
    """Log what went wrong, with the exception being handled."""
    log.error(message, exc_info=True, extra={"fields": fields})
