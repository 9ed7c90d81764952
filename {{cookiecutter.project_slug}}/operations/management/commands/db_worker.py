import time

from django_alive import HealthcheckFailure
from django_tasks_db.management.commands import db_worker

from operations.health import check_database_and_migrations


class Command(db_worker.Command):
    """``db_worker``: run background tasks, once the migrations are applied.

    The options are those of django-tasks-db, whose command stops if there is no database.
    """

    def handle(self, **options):
        while True:
            try:
                check_database_and_migrations()
                break
            except HealthcheckFailure as failure:
                self.stderr.write(f"Waiting for the database: {failure}")
                time.sleep(1)
        super().handle(**options)
