"""Watches the connections to the database, and the queries: for the metrics and the log."""

import logging
import selectors
from time import perf_counter

from django.conf import settings
from prometheus_client import Counter, Histogram

logger = logging.getLogger(__name__)

# The one that needs the fewest calls of the system for a single look; Windows has another.
Selector = getattr(selectors, "PollSelector", selectors.DefaultSelector)

SECONDS = Histogram("database_query_seconds", "How long a query to the database took.")
ERRORS = Counter("database_errors_total", "Queries to the database that failed.")


def measure(execute, sql, params, many, context):
    """Run a query and return its result; count it, and log it when it was slow.

    The values of a query are left out of the log: they may be personal.
    https://docs.djangoproject.com/en/stable/topics/db/instrumentation/
    """
    start = perf_counter()
    try:
        with ERRORS.count_exceptions():
            return execute(sql, params, many, context)
    finally:
        seconds = perf_counter() - start
        SECONDS.observe(seconds)
        milliseconds = round(1000 * seconds)
        if settings.SLOW_QUERY_MS and milliseconds >= settings.SLOW_QUERY_MS:
            logger.warning("Slow query, %d ms: %s", milliseconds, sql)


def watch(connection, **kwargs):
    """Have the queries of the new `connection` measured, each of them once."""
    if measure not in connection.execute_wrappers:
        connection.execute_wrappers.append(measure)


def replace_if_closed(connection, **kwargs):
    """Have the pool replace the `connection` that it has given, where the server has closed it.

    A server that has closed it has said so, while nothing was asked: there is
    something to read. To look costs no question to the database, as Django's
    CONN_HEALTH_CHECKS does for each request.
    """
    if connection.vendor != "postgresql":
        return
    with Selector() as selector:
        selector.register(connection.connection, selectors.EVENT_READ)
        is_closed = bool(selector.select(0))
    if is_closed:
        connection.connection.close()
        connection.close()
        connection.connect()
