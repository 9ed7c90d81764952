import os
import time
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

DONE = Path("/tmp/migrated")


class Command(BaseCommand):
    """``migrate_once [--timeout SECONDS] [--stay]``: wait for the database, then migrate it.

    With ``--stay`` the process then sleeps instead of ending: `docker compose up
    --wait` takes a container that has ended for one that has failed. The file
    /tmp/migrated tells the health check that it is done. Raises CommandError when
    the database does not answer in time.
    """

    help = "Waits for the database and applies the migrations."

    def add_arguments(self, parser):
        """Name the options."""
        parser.add_argument("--timeout", type=int, default=60, help="seconds to wait (60)")
        parser.add_argument("--stay", action="store_true", help="sleep when it is done")

    def handle(self, *, timeout, stay, **options):
        """Wait, migrate, and become a process that does nothing and needs nothing."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                connection.ensure_connection()
                break
            except OperationalError as error:
                if time.monotonic() > deadline:
                    raise CommandError(f"The database does not answer: {error}") from error
                time.sleep(0.5)
        call_command("migrate", interactive=False, stdout=self.stdout)
        connection.close()
        if stay:
            DONE.touch()
            os.execvp("sleep", ["sleep", "infinity"])
