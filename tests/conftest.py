"""What the depths share: the answers, the bakes, and who is asked to be there."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path

import pytest
import requests
from cookiecutter.main import cookiecutter
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "{{cookiecutter.project_slug}}"

# The choices are read from the template, so that a new one cannot go untested.
QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES = {
    name: values
    for name, values in QUESTIONS.items()
    if isinstance(values, list) and not name.startswith("_")
}
DEFAULTS = {name: values[0] for name, values in CHOICES.items()}
COMBINATIONS = [dict(zip(CHOICES, values, strict=True)) for values in product(*CHOICES.values())]
# Each choice once, the others as they are by default.
EACH_CHOICE = [DEFAULTS] + [
    DEFAULTS | {name: value} for name, values in CHOICES.items() for value in values[1:]
]
STACKS = [
    {"database": database, "django_version": django}
    for database, django in product(CHOICES["database"], CHOICES["django_version"])
]

# Solutions of the assignment, with tests of their own.
collect_ignore = ["alternatives"]

# Those that start stacks run one after the other, in one process; the rest runs beside
# them, in another. There, what needs the engine comes early: the end of production
# starts a swarm, which cuts the name service of networks that are there.
ENGINE = ("docker", "contract", "production")
DEPTHS = (
    "answers",
    "refusals",
    "prompts",
    "command_line",
    "doctor",
    "doctor_docker",
    "class",
    "updates",
    "hostile",
    "teaching",
    "assignment",
    "project",
    *ENGINE,
)


def name_of(answers):
    """Return the answers as a short name for a test."""
    return "-".join(answers.values())


@pytest.fixture(scope="session")
def bake(tmp_path_factory):
    """Return a function that bakes the template in this process and returns the project's path."""

    def bake(**answers):
        return Path(
            cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context=answers,
                output_dir=str(tmp_path_factory.mktemp("bake")),
                default_config=True,
            )
        )

    return bake


def copy_template(target):
    """Copy the template, as it is now, without what git ignores, to the path `target`."""
    files = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


@pytest.fixture(scope="session")
def django_python(bake):
    """Return the Python of a project's own virtual environment, made from the shipped lock."""
    project = bake()
    env = {**os.environ, "PIPENV_IGNORE_VIRTUALENVS": "1"}
    run(str(Path(sys.executable).parent / "pipenv"), "sync", "--dev", cwd=project, env=env)
    return str(next((project / ".venv").glob("*/python3")))


@pytest.fixture(scope="session")
def docker():
    """Skip the test where no Docker engine answers, unless REQUIRE_DOCKER=1 forbids it."""
    answers = (
        shutil.which("docker")
        and not subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
    )
    answers = (
        answers
        and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    )
    if not answers:
        if os.environ.get("REQUIRE_DOCKER") == "1":
            pytest.fail("REQUIRE_DOCKER=1 is set, but no Docker engine with Compose answers.")
        pytest.skip("no Docker engine with Compose answers")


def run(*command, cwd, **options):
    """Run `command` in the folder `cwd`; return its output, or fail with all it printed."""
    process = subprocess.run(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        **options,
    )
    assert process.returncode == 0, f"{' '.join(command)}\n{process.stdout}"
    return process.stdout


def commands_of(readme, heading):
    """Return the commands in the shell blocks below `heading` in the text of a README."""
    section = re.split(r"^#+ ", readme.partition(f" {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    blocks = re.findall(r"^```shell\n(.*?)^```", section, flags=re.M | re.S)
    return "".join(blocks).splitlines()


def slug(name):
    """Return a project's name that no other run of the tests on this engine has."""
    return f"{name}_{os.getpid()}"


def replace_in(path, old, new):
    """Write `new` into the file, wherever `old` stands, which it has to."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path}: {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def at_once(calls):
    """Make the `calls`, functions without arguments, at the same moment; return their results."""
    together = threading.Barrier(len(calls))

    def make(call):
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def free_port():
    """Return a port of 127.0.0.1 that nobody has, and that no client will be given meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def until(ask, holds=lambda found: True, seconds=120):
    """Call `ask` until it is answered, and `holds` says yes to the answer; return the answer."""
    deadline, found = time.monotonic() + seconds, None
    while True:
        with suppress(requests.ConnectionError, requests.Timeout):
            found = ask()
            if holds(found):
                return found
        assert time.monotonic() < deadline, getattr(found, "text", str(found))[:2000]
        time.sleep(0.2)


class Stack:
    """A project, cloned as a class-mate would and brought up on a port of its own."""

    def __init__(self, project, clone):
        run("git", "init", "--quiet", cwd=project)
        run("git", "add", "--all", cwd=project)
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        run("git", *identity, "commit", "--quiet", "--message=Bake", cwd=project)
        run("git", "clone", "--quiet", str(project), str(clone), cwd=project)
        self.folder = clone
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"

    def compose(self, *arguments, **environment):
        """Run docker compose in the project's folder and return its output."""
        env = {**os.environ, "WEB_PORT": str(self.port), **environment}
        return run("docker", "compose", *arguments, cwd=self.folder, env=env)

    def give_to(self, user):
        """Let `user`, an id, own the folder: by a container, which may do so without sudo."""
        image = re.search(r"python:\S+", (self.folder / "Dockerfile").read_text())[0]
        mount = ("--volume", f"{self.folder}:/folder")
        owner = ("chown", "--recursive", f"{user}:{user}", "/folder")
        run("docker", "run", "--rm", *mount, image, *owner, cwd=self.folder)

    def get(self, path, **options):
        """Ask for `path`, as a program would, and return the answer."""
        return requests.get(self.url + path, **{"timeout": 60} | options)

    def until(self, path, holds):
        """Ask for `path` until `holds` says yes to the answer; return the answer."""
        return until(partial(self.get, path, timeout=10), holds)


def depth_of(item):
    """Return how deep a test or its report goes: the name of its file without "test_"."""
    return Path(item.location[0]).stem.removeprefix("test_")


def pytest_collection_modifyitems(items):
    """Run the quick depths first."""
    items.sort(key=lambda item: DEPTHS.index(depth_of(item)))


class Scheduler(LoadScopeScheduling):
    """Gives one process the tests that share the engine, and the other one the rest."""

    def _split_scope(self, nodeid):
        return "engine" if Path(nodeid.split("::")[0]).stem[5:] in ENGINE else "rest"


def pytest_xdist_make_scheduler(config, log):
    """Hand the tests out by the groups above."""
    return Scheduler(config, log)


took = Counter()


def pytest_runtest_logreport(report):
    """Add up how long each depth takes, with what its fixtures do."""
    took[depth_of(report)] += report.duration


def pytest_terminal_summary(terminalreporter):
    """Say which depth took how long, on however many processes they were."""
    times = ", ".join(f"{depth} {took[depth]:.0f} s" for depth in DEPTHS if depth in took)
    terminalreporter.write_line(f"Time by depth: {times}")
