"""The template's choices, and functions that the tests of several layers share."""

import json
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import combinations, product
from pathlib import Path

import requests
from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "{{cookiecutter.project_slug}}"

# Read from the template, so that no new choice goes untested.
QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
CHOICES = {
    name: values
    for name, values in QUESTIONS.items()
    if isinstance(values, list) and not name.startswith("_")
}
DEFAULTS = {name: values[0] for name, values in CHOICES.items()}
# Each choice once, with the defaults of the other questions.
EACH_CHOICE = [DEFAULTS] + [
    DEFAULTS | {name: value} for name, values in CHOICES.items() for value in values[1:]
]


# For make in a copy of the template: the values of `make test TESTS=... ` are not for it.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("MAKE", "MFLAGS")) and name not in ("TESTS", "VERSION", "DRY_RUN")
}

# How many seconds a command may take: fewer than a test, so that it fails with its output.
LIMIT = 600

# What the tests with Docker choose from.
BOOTED_BY = ("django_version", "database", "edition")


def pairs(answers):
    """Return every pair of a combination's values, with the names of their questions."""
    return set(combinations(answers.items(), 2))


def pairwise(names):
    """Return few combinations that contain every pair of values of the questions `names`."""
    every = [
        DEFAULTS | dict(zip(names, values, strict=True))
        for values in product(*(CHOICES[name] for name in names))
    ]
    missing, chosen = set().union(*map(pairs, every)), []
    while missing:
        chosen.append(max(every, key=lambda answers: len(pairs(answers) & missing)))
        missing -= pairs(chosen[-1])
    return chosen


PAIRWISE = pairwise(CHOICES)
BOOTED = [{name: answers[name] for name in BOOTED_BY} for answers in pairwise(BOOTED_BY)]
# The complete ones run all tests, the others those of test_editions.py.
STACKS = [answers for answers in BOOTED if answers["edition"] == "complete"]


def name_of(answers):
    """Return a short test id for a combination of choices."""
    return "-".join(answers.values())


def copy_template(target):
    """Copy the working tree of the template, without ignored files, to the path `target`."""
    files = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def link_packages(template):
    """Give a copy of the template the packages of this Python, so that make installs none."""
    (template / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        (template / ".venv" / path.name).symlink_to(path)
    ready = template / ".venv/ready"
    ready.unlink(missing_ok=True)
    ready.touch()


def run(*command, cwd, **options):
    """Run `command` in the folder `cwd` and return its output. Fail if it fails, and show that.

    It also fails after LIMIT seconds.
    """
    try:
        process = subprocess.run(
            command,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=LIMIT,
            **options,
        )
    except subprocess.TimeoutExpired as error:
        # Bytes, even with an encoding.
        output = (error.output or b"").decode(errors="replace")
        why = f"timed out after {LIMIT} seconds: {' '.join(command)}\n{output}"
        raise AssertionError(why) from None
    assert process.returncode == 0, f"{' '.join(command)}\n{process.stdout}"
    return process.stdout


def commands_of(readme, heading):
    """Return the commands in the shell blocks below `heading` in the text of a README."""
    section = re.split(r"^#+ ", readme.partition(f" {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    blocks = re.findall(r"^```shell\n(.*?)^```", section, flags=re.M | re.S)
    return "".join(blocks).splitlines()


def blocks_of(readme, heading):
    """Return the code blocks below `heading` in the text of a README, without indentation."""
    section = re.split(r"^#+ ", readme.partition(f" {heading}\n")[2], maxsplit=1, flags=re.M)[0]
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", section, flags=re.M | re.S)
    return [textwrap.dedent(block) for block in blocks]


def remove_example(project):
    """Remove the example apps as their page says; return the command of the last step."""
    page = (project / "docs/removing-the-example.md").read_text()
    apps, urls, command = blocks_of(page, "Remove the example")
    for app in ("library", "reviews"):
        shutil.rmtree(project / app)
    for name, lines in (("settings.py", apps), ("urls.py", urls)):
        path = project / "django_project" / name
        kept = path.read_text().splitlines()
        for line in lines.splitlines():
            matching = [one for one in kept if one.strip() == line]
            assert len(matching) == 1, line
            kept.remove(matching[0])
        path.write_text("\n".join(kept) + "\n")
    compose = project / "compose.yaml"
    text = re.sub(r"\n(  #.*\n)*  seed:\n(    .*\n)+", "", compose.read_text())
    compose.write_text(text.replace("      seed:\n", "      migrate:\n"))
    return command.strip()


def follow(project, page, run_command):
    """Run each command of a page in Markdown and apply each edit, in their order.

    `run_command` is called with each line of a shell block. An edit is a sentence that
    names the file, and a block. Returns the number of commands and of edits.
    """
    commands = edits = 0
    for text, language, block in re.findall(
        r"(?:^([^\n]+)\n\n)?^```(\w+)\n(.*?)^```", page, flags=re.M | re.S
    ):
        if language == "shell":
            for command in block.splitlines():
                run_command(command)
                commands += 1
            continue
        edits += 1
        if created := re.fullmatch(r"Create `(.+)`:", text):
            (project / created[1]).write_text(block)
        elif extended := re.fullmatch(r"At the end of `(.+)`, add:", text):
            path = project / extended[1]
            path.write_text(path.read_text() + block)
        else:
            below = re.fullmatch(r"In `(.+?)`, below the line `(.+)`, add:", text)
            file, line = (below or re.fullmatch(r"In `(.+?)`, replace `(.+)` with:", text)).groups()
            path = project / file
            lines = path.read_text().splitlines(keepends=True)
            (number,) = (n for n, one in enumerate(lines) if one.strip() == line)
            lines[number] = (lines[number] if below else "") + block
            path.write_text("".join(lines))
    return commands, edits


def slug(name):
    """Return a project_slug that no other test run on this engine uses."""
    return f"{name}_{os.getpid()}"


def replace_in(path, old, new):
    """Replace `old`, which must be there, with `new` in the file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path}: {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def solve_differently(project, starter, name):
    """Replace the app `reviews` in `project` with the alternative solution of this name.

    `starter` is the assignment, which has the files that the solution does not.
    """
    shutil.rmtree(project / "reviews")
    shutil.copytree(starter / "reviews", project / "reviews")
    shutil.copytree(ROOT / "tests/alternatives" / name, project, dirs_exist_ok=True)
    if (project / "reviews/api/urls.py").exists():
        # A solution without a router.
        urls = project / "django_project/urls.py"
        replace_in(urls, "from reviews.api.views import ReviewViewSet\n", "")
        replace_in(urls, 'router.register("reviews", ReviewViewSet)\n', "")
        router = '    path("api/v1/", include(router.urls)),\n'
        replace_in(urls, router, f'{router}    path("api/v1/", include("reviews.api.urls")),\n')


def images_of(name):
    """Return the images of the repository `name`, with their tags."""
    return run("docker", "images", "--format={{.Repository}}:{{.Tag}}", name, cwd=ROOT).split()


def at_once(calls):
    """Call all functions in `calls` at the same moment, and return their results."""
    together = threading.Barrier(len(calls))

    def make(call):
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def free_port():
    """Return a free port of 127.0.0.1 below the range that the kernel gives to clients."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


# For the commands of a project, which then uses SQLite.
PROJECT_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
IN_DOCKER = "docker compose run --rm web "


def run_without_docker(python, command, cwd):
    """Run a command for the service `web` with the interpreter `python` instead."""
    assert command.startswith(IN_DOCKER), command
    program, *arguments = shlex.split(command.removeprefix(IN_DOCKER))
    module = () if program == "python" else ("-m", program)
    return run(python, *module, *arguments, cwd=cwd, env=PROJECT_ENVIRONMENT)


def until(ask, holds=lambda found: True, seconds=120):
    """Call `ask` until it returns something that `holds` accepts, and return that."""
    deadline, found = time.monotonic() + seconds, None
    while True:
        # A server that restarts also breaks off a response.
        with suppress(requests.RequestException):
            found = ask()
            if holds(found):
                return found
        assert time.monotonic() < deadline, getattr(found, "text", str(found))[:2000]
        time.sleep(0.2)


def commit(folder, message, tag=None):
    """Commit everything in `folder`, which becomes a repository, and tag the commit."""
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    run("git", "init", "--quiet", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    options = ("--quiet", "--allow-empty", f"--message={message}")
    run("git", *identity, "commit", *options, cwd=folder)
    if tag:
        run("git", *identity, "tag", tag, cwd=folder)


class Stack:
    """A fresh clone of a project, with a port of its own for Docker Compose."""

    def __init__(self, project, clone):
        commit(project, "Create the project")
        run("git", "clone", "--quiet", str(project), str(clone), cwd=project)
        self.folder = clone
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"

    def compose(self, *arguments, **environment):
        """Run docker compose in the clone and return its output."""
        env = {**os.environ, "WEB_PORT": str(self.port), **environment}
        return run("docker", "compose", *arguments, cwd=self.folder, env=env)

    def give_to(self, user):
        """Make the user id `user` the owner of the folder, in a container, which needs no sudo."""
        image = re.search(r"python:\S+", (self.folder / "Dockerfile").read_text())[0]
        mount = ("--volume", f"{self.folder}:/folder")
        owner = ("chown", "--recursive", f"{user}:{user}", "/folder")
        run("docker", "run", "--rm", *mount, image, *owner, cwd=self.folder)

    def get(self, path, **options):
        """Send a GET request for `path` and return the response."""
        return requests.get(self.url + path, **{"timeout": 60} | options)

    def until_healthy(self, container):
        """Wait until the container is healthy."""
        inspect = ("docker", "inspect", "--format={{.State.Health.Status}}", container)
        until(partial(run, *inspect, cwd=self.folder), "healthy\n".__eq__)

    def until(self, path, holds):
        """Request `path` until `holds` accepts the response, and return it."""
        return until(partial(self.get, path, timeout=10), holds)


# The sizes of the screens of the tests in a browser.
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 667}


@contextmanager
def watched(context, url):
    """Fail at the end of the block if a page of `context`, a browser's, has misbehaved.

    That is an error in the console, such as a violation of the content security policy, an
    uncaught exception, or a request to another host than that of `url`, which is blocked.
    """
    pages, messages, found = set(), [], []

    def block(route):
        found.append(f"a request for {route.request.url}")
        route.abort()

    def note(request):
        if request.resource_type in ("document", "fetch"):
            pages.add(request.url)

    context.route(re.compile(rf"^(?!{re.escape(url)}/|data:|blob:)"), block)
    context.on("request", note)
    context.on("console", lambda message: messages.append(message))
    context.on("weberror", lambda error: found.append(str(error.error)))
    yield
    for message in messages:
        source = message.location["url"]
        # The console also reports the status of a page that is an error, such as 404.
        is_status = source in pages and message.text.startswith("Failed to load resource")
        if message.type == "error" and not is_status:
            found.append(f"{source}: {message.text}")
    assert not found, found


def violations(page):
    """Return what axe finds on the page of a browser: rules, elements and reasons."""
    results = Axe().run(page).response["violations"]
    return [
        f"{result['id']}: {node['html'][:200]} {node['failureSummary']}"
        for result in results
        for node in result["nodes"]
    ]
