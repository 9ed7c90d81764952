from django.apps import AppConfig
from django.db.backends.signals import connection_created


class OperationsConfig(AppConfig):
    """What the project needs in order to be run: health, metrics, logs, migrations, backups."""

    name = "operations"

    def ready(self):
        """See to it that each connection to the database is watched."""
        from operations.queries import watch

        connection_created.connect(watch)
