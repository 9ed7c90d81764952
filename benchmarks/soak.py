"""Soak test: reads and writes for ten minutes, while a worker process is killed each minute.

    make soak
    .venv/bin/python benchmarks/soak.py --minutes 2     # a shorter one

Bakes the project and starts compose.prod.yaml with PostgreSQL on free ports. Four clients
send 20 requests per second together: a page, a list of the web API, a book, and each
fourth time a new author. Needs Docker with the base images. Exits with 1 unless

- the memory of the containers at the end is at most 10 % above that after the first minute,
- requests failed only if they were in flight while a worker was killed,
- the number of database connections stayed the same.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import threading
import time

from images import free_port
from production import Client, Project, failures

NAME = f"soak_{os.getpid()}"
CLIENTS, PER_SECOND = 4, 20
SERVICES = ("caddy", "web", "db", "redis")
GROWTH = 1.1
TOKEN = """
from accounts.models import User
from rest_framework.authtoken.models import Token
user = User.objects.create_superuser("soak")
print("token", Token.objects.create(user=user).key)
"""
# Runs in a container. The process with the lowest number is gunicorn's main process.
KILL_A_WORKER = """
import os, signal
from pathlib import Path
found = [int(p.parent.name) for p in Path("/proc").glob("[0-9]*/cmdline")
         if p.read_bytes().split(b"\\0")[1:2] == [b"/opt/venv/bin/gunicorn"]]
os.kill(max(found), signal.SIGKILL)
"""
CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND application_name <> 'psql'"
)


class Stack(Project):
    """The production stack of a newly baked project, in a folder in `parent`."""

    def __init__(self, parent):
        self.port = free_port()
        super().__init__(parent, NAME, HTTP_PORT=str(free_port()), HTTPS_PORT=str(self.port))

    def start(self):
        """Start the stack with a thousand books; return the token of a user who may write."""
        self.run("docker", "volume", "create", f"{NAME}_backups")
        self.compose("build")
        self.compose("up", "--detach", "--wait", "--wait-timeout", "180")
        manage = ("exec", "-T", "web", "python", "manage.py")
        self.compose(*manage, "seed_library", "--books", "1000")
        return re.search(r"token (\w+)", self.compose(*manage, "shell", "-v0", "-c", TOKEN))[1]

    def remove(self):
        """Remove the containers, volumes and images."""
        self.compose("down", "--volumes", "--rmi", "local")
        self.run("docker", "volume", "rm", f"{NAME}_backups")
        self.run("docker", "image", "rm", "--force", f"{NAME}:1", f"{NAME}-backup:1")

    def containers(self, service):
        """Return the containers of a service."""
        return self.compose("ps", "--quiet", service).split()

    def memory(self):
        """Return the memory of each service in MiB."""
        found = {}
        for service in SERVICES:
            stats = ("docker", "stats", "--no-stream", "--format={{.MemUsage}}")
            usage = self.run(*stats, *self.containers(service))
            amounts = re.findall(r"^([\d.]+)(MiB|GiB) /", usage, re.MULTILINE)
            found[service] = sum(float(n) * (1024 if u == "GiB" else 1) for n, u in amounts)
        return found

    def connections(self):
        """Return the number of connections to the database."""
        psql = ("psql", "-U", "library", "-d", "library", "-tAc", CONNECTIONS)
        return int(self.compose("exec", "-T", "db", *psql))


class Load(threading.Thread):
    """Sends requests at its rate until `ended`; `log` gets (begin, end, path, status) of each."""

    def __init__(self, number, port, token, log, ended):
        super().__init__()
        self.number, self.client, self.token = number, Client("localhost", port), token
        self.log, self.ended = log, ended

    def run(self):
        turn = 0
        while not self.ended.wait(CLIENTS / PER_SECOND):
            turn += 1
            path = ("/", "/api/v1/books/", f"/books/{turn % 1000 + 1}/", "/api/v1/authors/")
            path, request = path[turn % 4], ()
            if turn % 4 == 3:
                headers = {"Content-Type": "application/json"}
                headers["Authorization"] = f"Token {self.token}"
                request = "POST", json.dumps({"name": f"Author {self.number}-{turn}"}), headers
            began = time.monotonic()
            status = self.client.send(path, *request)
            self.log.append((began, time.monotonic(), path, status))


def soak(stack, token, minutes):
    """Load the stack and kill a worker each minute; return the list of broken limits."""
    log, kills, ended = [], [], threading.Event()
    clients = [Load(number, stack.port, token, log, ended) for number in range(CLIENTS)]
    start = time.monotonic()
    for client in clients:
        client.start()
    samples = []
    try:
        for minute in range(1, minutes + 1):
            # Measured before the kill, when the workers of the last one are warm.
            time.sleep(max(0, start + minute * 60 - time.monotonic() - 10))
            samples.append((stack.memory(), stack.connections()))
            memory, connections = samples[-1]
            each = ", ".join(f"{name} {amount:.0f}" for name, amount in memory.items())
            slow = max((end - begin for begin, end, *_ in log[-60 * PER_SECOND :]), default=0)
            print(
                f"minute {minute}: {len(log)} requests, slowest {slow:.1f} s, "
                f"{sum(memory.values()):.0f} MiB ({each}), {connections} connections",
                flush=True,
            )
            if minute < minutes:
                time.sleep(max(0, start + minute * 60 - time.monotonic()))
                web = stack.containers("web")
                begin = time.monotonic()
                victim = web[minute % len(web)]
                stack.run("docker", "exec", victim, "python", "-c", KILL_A_WORKER)
                kills.append((begin, time.monotonic()))
    finally:
        ended.set()
        for client in clients:
            client.join()
    failed, in_flight = failures(log, kills)
    (first, _), (last, _) = samples[0], samples[-1]
    growth = sum(last.values()) / sum(first.values())
    counts = [count for _, count in samples]
    print(
        f"{len(log)} requests, {len(kills)} workers killed, {len(failed)} failed "
        f"({len(in_flight)} in flight during a kill), memory {growth - 1:+.1%}, "
        f"connections {min(counts)} to {max(counts)}"
    )
    broken = []
    if growth > GROWTH:
        broken.append(f"The memory has grown by {growth - 1:.0%}.")
    if len(failed) > len(in_flight):
        others = [one[2:] for one in failed if one not in in_flight]
        broken.append(f"Requests failed that were not in flight during a kill: {others[:5]}")
    if len(set(counts)) > 1:
        broken.append(f"The number of database connections changed: {counts}")
    return broken


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(folder)
        try:
            broken = soak(stack, stack.start(), max(2, options.minutes))
        finally:
            stack.remove()
    print(*(broken or ["All limits hold."]), sep="\n")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
