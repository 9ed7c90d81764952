import atexit

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created


def close_pools():
    """Close the pools of connections, whose threads would complain at the end of a command."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql":
            connection.close_pool()


class OperationsConfig(AppConfig):
    """What the project needs in order to be run: health, metrics, logs, migrations, backups."""

    name = "operations"

    def ready(self):
        """See to it that each connection to the database is alive, and watched."""
        from operations.queries import replace_if_closed, watch

        connection_created.connect(replace_if_closed)
        connection_created.connect(watch)
        atexit.register(close_pools)
