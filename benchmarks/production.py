"""What the benchmarks of production share: a baked project, and a client for HTTPS."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from cookiecutter.main import cookiecutter
from images import ANY_CERTIFICATE

ROOT = Path(__file__).resolve().parent.parent
# Shorter than the proxy keeps a connection that nobody uses.
IDLE = 60


class Project:
    """A newly baked project with secrets, in a folder in `parent`."""

    def __init__(self, parent, name, **environment):
        self.name, self.folder = name, Path(parent, name)
        self.environment = {**os.environ, **environment}
        cookiecutter(
            str(ROOT),
            no_input=True,
            default_config=True,
            output_dir=parent,
            extra_context={"project_slug": name},
        )
        self.run(sys.executable, "deploy/make_secrets.py")

    def run(self, *command, **environment):
        """Run a command in the folder of the project; return its output, or exit with it."""
        process = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if process.returncode:
            sys.exit(f"{' '.join(command)}\n{process.stdout}{process.stderr}")
        return process.stdout

    def compose(self, *arguments, **environment):
        """Run docker compose with the file for production and return its output."""
        return self.run("docker", "compose", "-f", "compose.prod.yaml", *arguments, **environment)


class Client:
    """Sends requests for https://localhost to `host` and `port`, with up to 30 seconds for each.

    Several threads can use it at the same time. It reuses connections.
    """

    def __init__(self, host, port, timeout=30):
        self.host, self.port, self.timeout = host, port, timeout
        # Connections that nobody uses now, each with the time of its last use.
        self.unused = deque()

    def connect(self):
        """Return a connection, an unused one if there is one."""
        with suppress(IndexError):
            while True:
                connection, last_use = self.unused.pop()
                if time.monotonic() - last_use < IDLE:
                    return connection
                connection.close()
        connection = http.client.HTTPSConnection("localhost", self.port)
        plain = socket.create_connection((self.host, self.port), self.timeout)
        connection.sock = ANY_CERTIFICATE.wrap_socket(plain, server_hostname="localhost")
        return connection

    def send(self, path, method="GET", body=None, headers=None):
        """Send a request; return the status code, or the error as text."""
        try:
            connection = self.connect()
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        self.unused.append((connection, time.monotonic()))
        return response.status


def failures(log, moments=()):
    """Return which requests failed, and which of these were in flight at one of the moments.

    A request is a tuple (begin, end, path, status), a moment a tuple (begin, end).
    """
    failed = [one for one in log if not isinstance(one[3], int) or one[3] >= 400]
    in_flight = [
        one for one in failed if any(one[0] < end and one[1] > begin for begin, end in moments)
    ]
    return failed, in_flight
