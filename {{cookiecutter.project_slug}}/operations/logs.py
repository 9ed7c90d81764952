"""The id of the request in the lines of the log."""

import logging
from contextvars import ContextVar

# Of the request that this thread is at.
request_id = ContextVar("request_id", default=None)


class AddRequestId(logging.Filter):
    """Puts the request's id into each record, or None outside of a request; keeps all records.

    https://docs.python.org/3/library/logging.html#filter-objects
    """

    def filter(self, record):
        """Add the id to `record` and let it pass."""
        record.request_id = request_id.get()
        return True
