"""Metrics and the slow-query log for the database.

https://docs.djangoproject.com/en/stable/topics/db/instrumentation/
"""

import logging
from time import perf_counter

from django.conf import settings
from prometheus_client import Counter, Histogram

logger = logging.getLogger(__name__)

SECONDS = Histogram("database_query_seconds", "Duration of database queries in seconds.")
ERRORS = Counter("database_errors_total", "Database queries that raised an exception.")


def measure(execute, sql, params, many, context):
    """Run a query, record its duration, and log it if it is slow.

    The log never shows the query's parameters: they may be personal data.
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


def instrument(connection, **kwargs):
    """Measure every query of `connection`, once: a pool sends the signal again and again."""
    if measure not in connection.execute_wrappers:
        connection.execute_wrappers.append(measure)
