"""Fixtures of all layers, the order of the tests, and the time that each layer takes."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from helpers import ROOT, run
from scripts.browser import chromium, find_chromium

# Students' solutions of the assignment, with their own tests.
collect_ignore = ["alternatives"]

# Tests that start stacks run one after the other in one process, from the start. The other
# files are shared out to the processes that are free, those that need the engine first: the
# last production tests start a swarm, which interrupts the name resolution of existing
# networks.
ENGINE = ("docker", "debugger", "editions", "contract", "production")
# Tests in a browser share a site that one process serves.
BROWSER = ("walk", "pages", "browsable_api", "bad_input", "screenshots")
ORDER = (*ENGINE, "doctor_docker", "student", "class", "semester", "viva", *BROWSER)
ORDER += ("doctor", "project", "startresource")
# Its tests come last and are shared out one by one, so that both processes end together.
LAST = "assignment"


def pytest_configure(config):
    """Let pytest-cookies find the template from any folder."""
    config.option.template = str(ROOT)


@pytest.fixture(scope="session")
def bake_anew(cookies_session):
    """Return a function that bakes the template and returns the path of the project."""

    def bake(**answers):
        result = cookies_session.bake(extra_context=answers)
        if result.exception:
            raise result.exception
        return result.project_path

    return bake


@pytest.fixture(scope="session")
def bake(bake_anew, tmp_path_factory):
    """Return a function that returns a copy of a project, baked once for the same answers."""
    baked = cache(bake_anew)

    def bake(**answers):
        project = baked(**answers)
        return shutil.copytree(project, tmp_path_factory.mktemp("bake") / project.name)

    return bake


@pytest.fixture(scope="session")
def django_python(bake):
    """Return the Python of a virtual environment with the packages of the default lock."""
    project = bake()
    env = {**os.environ, "PIPENV_IGNORE_VIRTUALENVS": "1"}
    run(str(Path(sys.executable).parent / "pipenv"), "sync", "--dev", cwd=project, env=env)
    return str(next((project / ".venv").glob("*/python3")))


@pytest.fixture(scope="session")
def docker():
    """Skip the test if there is no Docker engine with Compose; fail if REQUIRE_DOCKER=1."""
    commands = (["docker", "compose", "version"], ["docker", "info"])
    if shutil.which("docker") and not any(
        subprocess.run(command, capture_output=True, check=False).returncode for command in commands
    ):
        return
    if os.environ.get("REQUIRE_DOCKER") == "1":
        pytest.fail("REQUIRE_DOCKER=1 is set, but no Docker engine with Compose responds.")
    pytest.skip("no Docker engine with Compose responds")


@pytest.fixture(scope="session")
def find_browser():
    """Skip the test if there is no Chromium; fail if REQUIRE_BROWSER=1."""
    if find_chromium():
        return
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("REQUIRE_BROWSER=1 is set, but there is neither Chromium nor Chrome.")
    pytest.skip("there is neither Chromium nor Chrome on the PATH")


# While Playwright runs, no other code of the process can use asyncio: so not for the session.
@pytest.fixture(scope="module")
def browser(find_browser):
    """Yield Chromium, driven by Playwright."""
    with chromium() as browser:
        yield browser


def file_of(location):
    """Return the name of a test's file without "test_" and the extension."""
    return Path(location).stem.removeprefix("test_")


def pytest_collection_modifyitems(items):
    """Sort the files as in ORDER, then the others, and LAST at the end."""
    position = {name: number for number, name in enumerate(ORDER)} | {LAST: len(ORDER) + 1}
    items.sort(key=lambda item: position.get(file_of(item.location[0]), len(ORDER)))


class Scheduler(LoadScopeScheduling):
    """Gives the tests that share the engine or a site to one process, and the others by file."""

    def _split_scope(self, nodeid):
        file = file_of(nodeid.split("::")[0])
        if file == LAST:
            return nodeid
        return "engine" if file in ENGINE else "browser" if file in BROWSER else file


def pytest_xdist_make_scheduler(config, log):
    # Without Docker, the tests are shared out by file.
    return None if config.option.markexpr == "quick" else Scheduler(config, log)


took = Counter()


def pytest_runtest_logreport(report):
    """Add up the time of each layer, fixtures included."""
    took[Path(report.location[0]).parent.name] += report.duration


def pytest_terminal_summary(terminalreporter):
    """Print the time of each layer."""
    times = ", ".join(f"{layer} {seconds:.0f} s" for layer, seconds in sorted(took.items()))
    terminalreporter.write_line(f"Time by layer: {times}")
