"""Metrics of requests, the cache and the database, and the log of slow queries.

https://prometheus.github.io/client_python/
https://docs.djangoproject.com/en/stable/topics/db/instrumentation/
"""

import logging
import os
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views import View
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

METHODS = {name.upper() for name in View.http_method_names}
REQUESTS = Histogram(
    "http_request_seconds", "Duration of requests in seconds.", ["method", "route", "status"]
)
CACHE_GETS = Counter("cache_gets_total", "Cache lookups, by result.", ["result"])
CACHE_ERRORS = Counter("cache_errors_total", "Redis commands that failed.")
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


def request_metrics_middleware(get_response):
    """Record the duration of each request by method, route and status, as a middleware."""

    def middleware(request):
        start = perf_counter()
        response = get_response(request)
        # A client can invent any method and any path.
        method = request.method if request.method in METHODS else "other"
        route = request.resolver_match.route if request.resolver_match else "none"
        REQUESTS.labels(method, route, response.status_code).observe(perf_counter() - start)
        return response

    return middleware


def export(request: HttpRequest) -> HttpResponse:
    """Respond with the metrics of all workers, in the format of Prometheus."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def instrument(connection, **kwargs):
    """Measure every query of `connection`, once: a pool sends the signal again and again."""
    if measure not in connection.execute_wrappers:
        connection.execute_wrappers.append(measure)
