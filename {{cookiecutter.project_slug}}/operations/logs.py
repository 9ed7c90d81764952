"""Adds the request ID to the log, and reports errors."""

import logging
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

# The ID of the request that the current thread or task handles.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class AddRequestId(logging.Filter):
    """Sets `request_id` on every record, None outside a request. Drops no record.

    https://docs.python.org/3/howto/logging-cookbook.html#using-filters-to-impart-contextual-information
    """

    def filter(self, record):
        record.request_id = request_id.get()
        return True


class JsonFormatter(BaseJsonFormatter):
    """Formats a record as one JSON object: https://nhairs.github.io/python-json-logger/latest/"""

    def __init__(self):
        super().__init__(
            "{asctime}{levelname}{name}{message}{request_id}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )


def report_errors(dsn: str) -> None:
    """Report errors to Sentry. Raises ValueError for an invalid DSN.

    Unless configured otherwise, the reports have no personal data:
    https://docs.sentry.io/platforms/python/integrations/django/
    """
    # Importing it costs time and memory, so only a project with a DSN does.
    import sentry_sdk

    sentry_sdk.init(dsn)
