import atexit

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created


def close_pools():
    """Close the connection pools: psycopg warns about threads that outlive the interpreter."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql":
            connection.close_pool()


class OperationsConfig(AppConfig):
    """Health checks, metrics, logging, trusted proxies and one-shot migrations."""

    name = "operations"

    def ready(self):
        from operations.metrics import instrument

        connection_created.connect(instrument)
        atexit.register(close_pools)
