"""Production on a swarm of three nodes, which are killed, drained and updated under load.

    make swarm NODES="ssh://node1 ssh://node2 ssh://node3" \
        KILL="virsh destroy {node}" START="virsh start {node}"

NODES are the Docker endpoints of the nodes, as in DOCKER_HOST. They are in a swarm with
nothing else on it, the first is its only manager, and its address can be reached from here.
KILL and START are commands that stop a node at once and start it again; {node} is its host
name. Bakes the project, builds its images here, copies them to the nodes instead of pushing
them to a registry, and runs the commands of the project's docs/deployment.md and
docs/operations.md. While 50 requests per second are sent, whatever the responses take,

1. a node with a replica of `web` is killed: only requests in flight fail,
2. a node is drained: no request fails,
3. the project is updated: no request fails,
4. it is updated to a version that does not become healthy: it is rolled back, no request fails,
5. the node with the data is killed, and a backup restored on another one: no data differs.

Exits with 1 if one of this is not so. Afterwards, the first node is no longer in the swarm.
"""

import argparse
import itertools
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from production import Client, Project, failures

NAME = f"swarm_{os.getpid()}"
REPLICAS, PER_SECOND = 3, 50
# So many requests may be without a response. More are not sent, and count as failed.
MOST = 500
# Seconds of load before and after what happens.
AROUND = 5
PATHS = ("/api/v1/books/", "/api/v1/books/1/", "/books/1/")
# The nodes have no clone, and the images are built here.
LEFT_OUT = ("docker swarm init", "git pull", "docker compose -f compose.prod.yaml build")
SECOND = ("library/templates/library/book_list.html", "<h1>Books</h1>", "<h1>Second version</h1>")
NEVER_HEALTHY = ("operations/views.py", "200 if healthy", "503 if healthy")


def blocks_of(page, heading):
    """Return the shell blocks below a heading in the text of a page."""
    section = re.split(r"^#+ ", page.partition(f" {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    return re.findall(r"^```shell\n(.*?)^```", section, flags=re.M | re.S)


def running(tasks):
    """Return the nodes with a running replica, from the lines of `docker service ps`."""
    return [node for node, state, *_ in map(str.split, tasks.splitlines()) if state == "Running"]


def until(holds, what, seconds=300):
    """Wait until `holds` returns something true; return it. Exit after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            sys.exit(f"After {seconds} seconds: {what}.")
        time.sleep(0.5)
    return found


class Load:
    """Sends requests at a constant rate until the block ends, whatever the responses take.

    `log` then has (begin, end, path, status) of each. It begins when it is due, even if it
    is sent later.
    """

    def __init__(self, send):
        self.send, self.log = send, []
        self.ended, self.free = threading.Event(), threading.Semaphore(MOST)
        self.clock = threading.Thread(target=self.schedule)

    def schedule(self):
        """Start each request when it is due."""
        sent, start = [], time.monotonic()
        with ThreadPoolExecutor(MOST) as pool:
            for number in itertools.count():
                due, path = start + number / PER_SECOND, PATHS[number % len(PATHS)]
                if self.ended.wait(max(0, due - time.monotonic())):
                    break
                if self.free.acquire(blocking=False):
                    sent.append(pool.submit(self.request, due, path))
                else:
                    self.log.append((due, due, path, "not sent"))
        self.log += [request.result() for request in sent]

    def request(self, due, path):
        """Send a request that is due, and return what the log has of it."""
        try:
            status = self.send(path)
            return due, time.monotonic(), path, status
        finally:
            self.free.release()

    def __enter__(self):
        self.clock.start()
        time.sleep(AROUND)
        return self

    def __exit__(self, error, *_):
        if not error:
            time.sleep(AROUND)
        self.ended.set()
        self.clock.join()


def summary(log, moments=()):
    """Return a log's figures in words, and the requests that failed and were not in flight."""
    failed, in_flight = failures(log, moments)
    slowest = max((end - begin for begin, end, *_ in set(log) - set(failed)), default=0)
    text = (
        f"{len(log)} requests, {len(failed)} failed ({len(in_flight)} in flight), "
        f"slowest response {slowest:.1f} s"
    )
    return text, sorted(set(failed) - set(in_flight))


class Swarm(Project):
    """The project on the nodes of a swarm. `endpoints` has the endpoint of each node's name."""

    def __init__(self, parent, options):
        self.options, self.broken, self.images = options, [], []
        self.endpoints, self.addresses = {}, {}
        for endpoint in options.nodes:
            swarm = "{{.Swarm.ControlAvailable}} {{.Name}} {{.Swarm.NodeAddr}}"
            info = ("docker", "--host", endpoint, "info", f"--format={swarm}")
            found = subprocess.run(info, capture_output=True, text=True)
            manager, name, address = [*found.stdout.split(), "", "", ""][:3]
            if not address or (not self.endpoints and manager != "true"):
                state = "in a swarm" if self.endpoints else "the manager of a swarm"
                sys.exit(f"Not started. {endpoint} is not {state}. {found.stderr}".strip())
            self.endpoints[name], self.addresses[name] = endpoint, address
        self.first, self.second, *_ = self.endpoints
        # Whom the commands talk to.
        self.manager = self.first
        super().__init__(parent, NAME)
        with (self.folder / ".env").open("a") as file:
            file.write(f"DOMAIN=localhost\nWEB_REPLICAS={REPLICAS}\n")

    def on(self, node, *arguments):
        """Run docker with `arguments` on a node; return the output, or exit with it."""
        return self.run("docker", *arguments, DOCKER_HOST=self.endpoints[node])

    def ask(self, *arguments, node=None):
        """Run docker on a node, by default the manager; return the output, "" if it failed."""
        command = ("docker", "--host", self.endpoints[node or self.manager], *arguments)
        return subprocess.run(command, capture_output=True, text=True).stdout

    def documented(self, page, heading, only=None, replaced=()):
        """Run the commands below a heading of a page on the manager; return the output.

        `only` is the number of a shell block, `replaced` has pairs of texts.
        """
        blocks = blocks_of((self.folder / f"docs/{page}.md").read_text(), heading)
        text = "".join(blocks if only is None else [blocks[only]])
        for old, new in replaced:
            text = text.replace(old, new)
        commands = [line for line in text.splitlines() if not line.startswith(LEFT_OUT)]
        host = self.endpoints[self.manager]
        return self.run("sh", "-ec", "\n".join(commands), DOCKER_HOST=host)

    def build(self):
        """Build three versions: this one, another one, and one that is never healthy."""
        for version, edit in (("1", None), ("2", SECOND), ("3", NEVER_HEALTHY)):
            if edit:
                path, old, new = edit
                path = self.folder / path
                path.write_text(path.read_text().replace(old, new))
            self.compose("build", VERSION=version)
            self.images += self.compose("config", "--images", VERSION=version).split()
        tar = str(self.folder.parent / "images.tar")
        self.run("docker", "save", "--output", tar, *set(self.images))
        for node in self.endpoints:
            self.on(node, "load", "--quiet", "--input", tar)

    def web(self):
        """Return the nodes with a running replica of `web`."""
        only = ("--filter", "desired-state=running", "--format", "{{.Node}} {{.CurrentState}}")
        return running(self.ask("service", "ps", f"{NAME}_web", *only))

    def status(self, node):
        """Return what the manager knows of a node: Ready or Down, and its availability."""
        return self.ask("node", "ls", f"--filter=name={node}", "--format={{.Status}}").strip()

    def all_replicas(self, without=None):
        """Wait until all replicas of `web` are running, none on the node `without`."""
        until(
            lambda: len(nodes := self.web()) >= REPLICAS and without not in nodes,
            f"the replicas of web are on {self.web()}",
        )

    def client(self):
        """Return a client for the node of the manager."""
        return Client(self.addresses[self.manager], 443)

    def control(self, command, node):
        """Run the command that kills or starts a node."""
        subprocess.run(command.replace("{node}", node), shell=True, check=True, stdout=sys.stderr)

    def kill(self, node):
        """Kill a node; return when it began and ended."""
        begin = time.monotonic()
        self.control(self.options.kill, node)
        return begin, time.monotonic()

    def start(self, node):
        """Start a node, and wait until its engine responds."""
        self.control(self.options.start, node)
        until(partial(self.ask, "version", node=node), f"{node} does not respond")

    def end_of_update(self):
        """Wait until the update of `web` has ended; return how."""
        state = "--format={{with .UpdateStatus}}{{.State}}{{end}}"
        inspect = partial(self.ask, "service", "inspect", state, f"{NAME}_web")
        return until(
            lambda: (found := inspect().strip()).endswith(("completed", "paused")) and found,
            "the update has not ended",
        )

    def promise(self, holds, what):
        """Print and note a broken promise, unless it holds."""
        if not holds:
            print(f"BROKEN: {what}", flush=True)
            self.broken.append(what)

    def report(self, what, load, began, back, moments=()):
        """Print the figures of a load, and note the requests that should not have failed."""
        text, wrong = summary(load.log, moments)
        print(f"{what}: {text}, all replicas back after {back - began:.0f} s", flush=True)
        results = dict(Counter(status for *_, status in wrong))
        times = [round(begin - began) for begin, *_ in wrong] or [0]
        when = f"{min(times)} to {max(times)} seconds after"
        self.promise(not wrong, f"{what}: {len(wrong)} requests failed {when}: {results}")

    def deploy(self):
        """Deploy the project with a thousand books."""
        print("building the images and copying them to the nodes", flush=True)
        self.build()
        began = time.monotonic()
        label = "--label-add data=true"
        one = (f'{label} "$(docker node ls --quiet)"', f"{label} {self.first}")
        self.documented("deployment", "Many machines", replaced=[one])
        self.all_replicas()
        print(f"deployed after {time.monotonic() - began:.0f} s, web on {sorted(self.web())}")
        self.manage("seed_library --books 1000")

    def manage(self, command):
        """Run a command of Django in a container of `web`; return the output."""
        names = ("--filter", f"name={NAME}_web", "--filter", "health=healthy")
        for node in set(self.web()):
            if found := self.ask("ps", "--quiet", *names, node=node).split():
                return self.on(node, "exec", found[0], "sh", "-c", f"python manage.py {command}")
        sys.exit("No container of web is healthy.")

    def other_node(self):
        """Return a node with a replica of `web`, but without the data."""
        return next(node for node in self.web() if node != self.first)

    def lose_a_node(self):
        """Kill a node with a replica of `web`, and start it again afterwards."""
        node = self.other_node()
        with Load(self.client().send) as load:
            moment = self.kill(node)
            until(lambda: self.status(node) == "Down", f"{node} is not Down")
            print(f"{node} is Down after {time.monotonic() - moment[0]:.0f} s", flush=True)
            self.all_replicas(without=node)
            back = time.monotonic()
        self.report(f"killed {node}", load, moment[0], back, [moment])
        self.start(node)
        until(lambda: self.status(node) == "Ready", f"{node} is not Ready")

    def drain_a_node(self):
        """Drain a node with a replica of `web`."""
        node = self.other_node()
        maintain = partial(
            self.documented, "operations", "Maintain a machine, Swarm", replaced=[("node2", node)]
        )
        with Load(self.client().send) as load:
            began = time.monotonic()
            maintain(only=0)
            self.all_replicas(without=node)
            states = partial(self.ask, "node", "ps", node, "--format={{.CurrentState}}")
            until(lambda: "Running" not in states(), f"{node} is not drained")
            back = time.monotonic()
            maintain(only=1)
        self.report(f"drained {node}", load, began, back)

    def update(self, version, expected, image):
        """Update to a version, which ends as expected and leaves `web` at an image's version."""
        with Load(self.client().send) as load:
            began = time.monotonic()
            to_version = [("VERSION=2", f"VERSION={version}")]
            self.documented("operations", "Update, Swarm", replaced=to_version)
            ended = self.end_of_update()
            self.all_replicas()
            back = time.monotonic()
        self.report(f"updated to version {version}, {ended}", load, began, back)
        spec = "--format={{.Spec.TaskTemplate.ContainerSpec.Image}}"
        found = self.ask("service", "inspect", spec, f"{NAME}_web").partition("@")[0].strip()
        held = (ended, found) == (expected, f"{NAME}:{image}")
        self.promise(held, f"version {version}: {ended}, and web runs {found}")

    def services_with_data(self):
        """Return whether the services that need the data are running."""
        lines = self.ask("stack", "services", NAME, "--format={{.Name}} {{.Replicas}}").split("\n")
        return {f"{NAME}_{service} 1/1" for service in ("db", "backup", "caddy")} <= set(lines)

    def lose_the_data(self):
        """Kill the node with the data, and restore a backup on another node."""
        before = self.manage("dumpdata | sha256sum")
        self.documented("operations", "Back up, Swarm")
        (began, _), self.manager = self.kill(self.first), self.second
        until(lambda: self.status(self.first) == "Down", f"{self.first} is not Down")
        print(f"{self.first} is Down after {time.monotonic() - began:.0f} s", flush=True)
        restore = partial(
            self.documented,
            "operations",
            "Restore, on another machine of the swarm",
            replaced=[("node1", self.first), ("node2", self.second)],
        )
        restore(only=0)
        until(self.services_with_data, "db, backup and caddy have not started on the other node")
        restore(only=1)
        client = self.client()
        until(lambda: client.send("/readyz") == 200, "the site is not ready")
        ready = time.monotonic()
        self.all_replicas(without=self.first)
        print(
            f"killed {self.first}, which had the data: site back after {ready - began:.0f} s, "
            f"all replicas after {time.monotonic() - began:.0f} s",
            flush=True,
        )
        self.promise(self.manage("dumpdata | sha256sum") == before, "The data differs.")

    def remove(self):
        """Remove the project from the nodes and from this machine."""
        ours = ("--quiet", f"--filter=name={NAME}_")
        self.ask("stack", "rm", NAME)
        if self.manager != self.first:
            self.start(self.first)
            # Until its state is known, it cannot leave.
            leave = partial(self.ask, "swarm", "leave", "--force", node=self.first)
            until(leave, f"{self.first} does not leave the swarm")
            # Nobody else removes those that were running when it was killed.
            if found := self.ask("ps", "--all", *ours, node=self.first).split():
                self.on(self.first, "rm", "--force", "--volumes", *found)
        own = [image for image in set(self.images) if image.startswith(NAME)]
        for node in self.endpoints:
            left = partial(self.ask, "ps", "--all", *ours, node=node)
            until(lambda left=left: not left(), f"{node} still has containers of {NAME}")
            if volumes := self.ask("volume", "ls", *ours, node=node).split():
                self.on(node, "volume", "rm", *volumes)
            if own:
                self.ask("image", "rm", "--force", *own, node=node)
        if own:
            self.run("docker", "image", "rm", "--force", *own)


def options_of(arguments):
    """Return the options on the command line. Exits with a message if they cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, meaning in (
        ("nodes", "three Docker endpoints, separated by spaces; the first is the manager's"),
        ("kill", "the command that kills the node with the host name {node}"),
        ("start", "the command that starts it again"),
    ):
        default = os.environ.get(name.upper(), "")
        parser.add_argument(f"--{name}", default=default, help=f"{meaning} (${name.upper()})")
    options = parser.parse_args(arguments)
    options.nodes = options.nodes.split()
    if len(set(options.nodes)) < 3:
        parser.error(f"NODES must be three Docker endpoints; received {' '.join(options.nodes)!r}.")
    for name in ("kill", "start"):
        command = getattr(options, name)
        if "{node}" not in command:
            parser.error(f"{name.upper()} must be a command with {{node}}; received {command!r}.")
    return options


def main():
    options = options_of(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        swarm = Swarm(folder, options)
        try:
            swarm.deploy()
            swarm.lose_a_node()
            swarm.drain_a_node()
            swarm.update(2, "completed", 2)
            swarm.update(3, "rollback_completed", 2)
            swarm.lose_the_data()
        finally:
            swarm.remove()
    if swarm.broken:
        sys.exit(1)
    print("All promises hold.")


if __name__ == "__main__":
    main()
