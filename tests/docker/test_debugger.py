"""The dev container, the debugger and `docker compose watch`, on one stack."""

import json
import os
import re
import shlex
import socket
import subprocess
import threading
import time
from functools import partial

import pytest

from helpers import Stack, commands_of, free_port, run, slug, until

pytestmark = pytest.mark.usefixtures("docker")
# What a dev container tool starts instead of the command, which it passes as arguments:
# https://containers.dev/implementors/json_reference/, overrideCommand
ENTRYPOINT = 'echo Container started; exec "$$@"'


class Debugger:
    """A client of the Debug Adapter Protocol, attached to a port of this machine.

    https://microsoft.github.io/debug-adapter-protocol/specification
    """

    def __init__(self, port, **configuration):
        """Connect, once something responds, and attach with a configuration of launch.json."""
        assert until(partial(self.connect, port), bool)
        self.request("initialize", adapterID="debugpy", pathFormat="path")
        # The response comes after that to configurationDone.
        self.send("attach", **configuration)
        self.wait_for("initialized")

    def connect(self, port):
        """Connect, and return whether the debugger responds, and not only Docker's proxy."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                self.stream = connection.makefile("rwb")
        except ConnectionError:
            return False
        try:
            self.wait_for("debugpySockets")
        except (EOFError, ConnectionError):
            self.stream.close()
            return False
        return True

    def send(self, command, **arguments):
        content = {"seq": 1, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(content).encode()
        self.stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.stream.flush()

    def wait_for(self, name):
        """Return the body of the next event or response of this name, within a minute."""
        deadline = time.monotonic() + 60
        # The health check starts a thread every ten seconds, and each sends an event.
        while time.monotonic() < deadline:
            header = self.stream.readline()
            if not header:
                raise EOFError
            self.stream.readline()
            message = json.loads(self.stream.read(int(header.split()[1])))
            if name in (message.get("event"), message.get("command")):
                assert message.get("success", True), message
                return message.get("body", {})
        raise TimeoutError(name)

    def request(self, command, **arguments):
        self.send(command, **arguments)
        return self.wait_for(command)

    def set_breakpoint(self, path, code):
        """Stop at the first line of the file that contains `code`, and return its number."""
        lines = path.read_text().splitlines()
        line = next(number for number, text in enumerate(lines, start=1) if code in text)
        breakpoints = [{"line": line}]
        self.request("setBreakpoints", source={"path": str(path)}, breakpoints=breakpoints)
        self.request("configurationDone")
        return line

    def wait_until_stopped(self):
        """Return the thread that has reached the breakpoint, and its innermost frame."""
        thread = self.wait_for("stopped")["threadId"]
        return thread, self.request("stackTrace", threadId=thread)["stackFrames"][0]

    def evaluate(self, expression, frame):
        return self.request("evaluate", expression=expression, frameId=frame["id"])["result"]

    def go_on(self, thread):
        """Continue without breakpoints, and end the session."""
        self.request("continue", threadId=thread)
        self.request("disconnect")
        self.stream.close()


@pytest.fixture(scope="module")
def stack(bake, tmp_path_factory):
    """Return a stack, built, whose debugger has a port of its own."""
    project = bake(project_slug=slug("debugger"))
    stack = Stack(project, tmp_path_factory.mktemp("clone") / project.name)
    user = {"UID": str(os.getuid()), "GID": str(os.getgid())}
    stack.debugger = free_port()
    ports = {"WEB_PORT": str(stack.port), "DEBUGPY_PORT": str(stack.debugger)}
    stack.environment = {**os.environ, **user, **ports}
    try:
        stack.compose("build")
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi", "local")


@pytest.fixture
def configuration(stack):
    """Return the configuration of launch.json that attaches, as the editor on the host does."""
    text = (stack.folder / ".vscode/launch.json").read_text()
    text = text.replace("${workspaceFolder}", str(stack.folder))
    attach, _ = json.loads(text)["configurations"]
    return {name: attach[name] for name in ("pathMappings", "django")}


def hit_a_breakpoint_in_a_view(stack, configuration):
    """Attach, stop a request in a view, look at a variable, and let the request end."""
    debugger = Debugger(stack.debugger, **configuration)
    view = stack.folder / "library/views.py"
    line = debugger.set_breakpoint(view, "self.form = SearchForm(")
    responses = []
    browser = threading.Thread(
        target=lambda: responses.append(stack.get("/", params={"q": "le guin"}))
    )
    browser.start()
    thread, frame = debugger.wait_until_stopped()
    assert (frame["source"]["path"], frame["line"]) == (str(view), line)
    assert debugger.evaluate("self.request.GET['q']", frame) == "'le guin'"
    assert not responses
    debugger.go_on(thread)
    browser.join()
    assert [response.status_code for response in responses] == [200]


def test_a_breakpoint_stops_a_request(stack, configuration):
    start, _ = commands_of((stack.folder / "README.md").read_text(), "Debug")
    run("sh", "-c", start, cwd=stack.folder, env=stack.environment)
    hit_a_breakpoint_in_a_view(stack, configuration)


def test_a_breakpoint_stops_a_test(stack, configuration):
    _, command = commands_of((stack.folder / "README.md").read_text(), "Debug")
    publish = "127.0.0.1:5678:5678"
    assert publish in command
    port = free_port()
    process = subprocess.Popen(
        shlex.split(command.replace(publish, f"127.0.0.1:{port}:5678")),
        cwd=stack.folder,
        env=stack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    debugger = Debugger(port, **configuration)
    test = stack.folder / "website/tests/test_pages.py"
    line = debugger.set_breakpoint(test, "assert")
    thread, frame = debugger.wait_until_stopped()
    assert (frame["source"]["path"], frame["line"]) == (str(test), line)
    debugger.go_on(thread)
    output = process.communicate()[0]
    assert re.search(r"\d+ passed", output), output


def test_the_dev_container_serves_the_site_and_can_be_debugged(stack, configuration):
    config = json.loads((stack.folder / ".devcontainer/devcontainer.json").read_text())
    service, folder = config["service"], config["workspaceFolder"]
    assert config["overrideCommand"] is False
    # Written by the tool, with the command of the last Compose file.
    files = [stack.folder / ".devcontainer" / name for name in config["dockerComposeFile"]]
    override = stack.folder / "override.json"
    entrypoint = ["/bin/sh", "-c", ENTRYPOINT, "-"]
    override.write_text(json.dumps({"services": {service: {"entrypoint": entrypoint}}}))
    options = [f"--file={path}" for path in (*files, override)]
    try:
        compose = ("docker", "compose", *options)
        run(*compose, "up", "--wait", cwd=stack.folder, env=stack.environment)
        assert stack.get("/").status_code == 200
        hit_a_breakpoint_in_a_view(stack, configuration)

        # What the editor runs, it runs as the container's user.
        interpreter = config["customizations"]["vscode"]["settings"][
            "python.defaultInterpreterPath"
        ]
        code = "import debugpy, os, pathlib; pathlib.Path('new').touch(); print(os.getuid())"
        execute = ("exec", "-T", "--workdir", folder, service, interpreter, "-c", code)
        assert (
            run(*compose, *execute, cwd=stack.folder, env=stack.environment) == f"{os.getuid()}\n"
        )
        assert (stack.folder / "new").stat().st_uid == os.getuid()
    finally:
        override.unlink()


def test_a_new_lock_rebuilds_the_images_of_all_services(stack):
    def containers():
        services = ("web", "migrate", "seed")
        return set(stack.compose("ps", "--all", "--quiet", *services, **stack.environment).split())

    def images():
        inspect = ("docker", "inspect", "--format={{.Image}}", *containers())
        return set(run(*inspect, cwd=stack.folder).split())

    watch = subprocess.Popen(
        ["docker", "compose", "watch"],
        cwd=stack.folder,
        env=stack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert any("Watch enabled" in line for line in watch.stdout)
        old_containers, old_images = containers(), images()
        # JSON with another byte: the build installs the packages again.
        lock = stack.folder / "Pipfile.lock"
        lock.write_text(lock.read_text() + "\n")
        assert any("successfully built" in line for line in watch.stdout)
        until(containers, lambda new: len(new) == 3 and not new & old_containers)
        assert not images() & old_images
        stack.until("/readyz", lambda response: response.ok)
    finally:
        watch.terminate()
        watch.communicate()
