import os
import time
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

DONE = Path("/tmp/migrated")


class Command(BaseCommand):
    """``migrate_once [--timeout SECONDS] [--stay]``: wait for the database, then migrate it.

    With ``--stay`` the process then sleeps instead of exiting, because `docker compose
    up --wait` reports an exited container as failed unless another service waits for it
    with `service_completed_successfully`, which a swarm does not know. The health check
    looks for the file /tmp/migrated. Raises CommandError if the database does not
    respond in time.
    """

    help = "Waits for the database and applies the migrations."

    def add_arguments(self, parser):
        parser.add_argument("--timeout", type=int, default=60, help="seconds to wait (60)")
        parser.add_argument("--stay", action="store_true", help="sleep afterwards")

    def handle(self, *, timeout, stay, **options):
        deadline = time.monotonic() + timeout
        while True:
            try:
                connection.ensure_connection()
                break
            except OperationalError as error:
                if time.monotonic() > deadline:
                    raise CommandError(f"The database does not respond: {error}") from error
                time.sleep(0.5)
        call_command("migrate", interactive=False, stdout=self.stdout)
        connection.close()
        if stay:
            DONE.touch()
            os.execvp("sleep", ["sleep", "infinity"])
