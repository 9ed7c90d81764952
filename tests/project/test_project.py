"""The project's own tests and commands, without Docker, with the packages of the locks."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import requests
import yaml

from helpers import (
    CHOICES,
    PROJECT,
    ROOT,
    blocks_of,
    commands_of,
    free_port,
    remove_example,
    replace_in,
    run,
    until,
)

PIPENV = [str(Path(sys.executable).parent / "pipenv")]
# The images have Python 3.14: tests/docker runs the same tests there.
VERSIONS = [("5.2", "3.11"), ("6.1", "3.13")]

# Finds requirements of locked packages, on any platform and Python, that are not locked.
# A program, because it has to run in the project's own environment.
FIND_GAPS = """
import importlib.metadata as metadata, itertools, json, re
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
lock = json.load(open("Pipfile.lock"))
locked = {canonicalize_name(name) for part in ("default", "develop") for name in lock[part]}
platforms = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
for name, python, (sys_platform, system) in itertools.product(
    sorted(locked), ("3.11", "3.12", "3.13", "3.14"), platforms.items()
):
    try:
        requirements = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        continue  # needed elsewhere only
    for requirement in map(Requirement, requirements):
        where = {"python_version": python, "python_full_version": python + ".0",
                 "sys_platform": sys_platform, "platform_system": system,
                 "os_name": "nt" if sys_platform == "win32" else "posix",
                 "implementation_name": "cpython", "platform_python_implementation": "CPython",
                 "extra": ""}
        if requirement.marker is None or requirement.marker.evaluate(where):
            if canonicalize_name(requirement.name) not in locked:
                print(name, "needs", requirement, "on", sys_platform, "with", python)
"""


def local_python(version):
    """Return the path of Python `version` on this machine, or None."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        return sys.executable
    path = shutil.which(f"python{version}")
    if path and not subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode:
        return path
    return None


@pytest.mark.quick
def test_the_default_project_passes_its_own_checks(bake, django_python):
    project = bake()
    run(django_python, "manage.py", "check", "--fail-level=WARNING", cwd=project)
    run(django_python, "manage.py", "makemigrations", "--check", "--dry-run", cwd=project)
    run(django_python, "manage.py", "spectacular", "--validate", "--fail-on-warn", cwd=project)


@pytest.mark.quick
@pytest.mark.parametrize("edition", CHOICES["edition"])
def test_mypy_finds_nothing_in_api_and_operations(bake, django_python, edition):
    output = run(django_python, "-m", "mypy", cwd=bake(edition=edition))
    assert "Success: no issues found" in output


def test_mypy_finds_a_wrong_type(bake, django_python):
    project = bake()
    with (project / "operations/views.py").open("a") as file:
        file.write('\n\ndef wrong() -> int:\n    return "text"\n')
    command = [django_python, "-m", "mypy"]
    process = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert 'got "str", expected "int"' in process.stdout


@pytest.mark.parametrize(("django", "python"), VERSIONS)
def test_the_projects_own_tests_pass(bake, request, django_python, django, python):
    project = bake(django_version=django)
    if interpreter := local_python(python):
        env = {**os.environ, "PIPENV_IGNORE_VIRTUALENVS": "1"}
        if (django, interpreter) == (CHOICES["django_version"][0], sys.executable):
            # The same packages, installed with the same command.
            (project / ".venv").symlink_to(Path(django_python).parent.parent)
        sync = ["sync", "--dev", "--python", interpreter]
        run(*PIPENV, *sync, cwd=project, env=env)
        # Pipenv creates the virtual environment in the project, as .venv.
        assert list((project / ".venv").glob("*/python*"))
        output = run(*PIPENV, "run", "pytest", "--cov", cwd=project, env=env)
        run(*PIPENV, "run", "mypy", cwd=project, env=env)
        gaps = run(*PIPENV, "run", "python", "-c", FIND_GAPS, cwd=project, env=env)
    else:
        request.getfixturevalue("docker")
        (pipenv,) = re.findall(r"pipenv==\S+", (PROJECT / "Dockerfile").read_text())
        (project / "find_gaps.py").write_text(FIND_GAPS)
        # A copy, because the container runs as root.
        commands = (
            "cp -r /project /code && cd /code && "
            f"pip install -q --root-user-action=ignore {pipenv} && "
            "pipenv sync --dev && pipenv run pytest --cov && pipenv run mypy && "
            "echo GAPS && pipenv run python find_gaps.py"
        )
        mount = f"{project}:/project:ro"
        image = f"python:{python}-slim"
        output = run("docker", "run", "--rm", "-v", mount, image, "sh", "-c", commands, cwd=project)
        output, _, gaps = output.partition("GAPS\n")
    assert re.search(r"\d{2,} passed", output), output
    assert f"platform {sys.platform}, python {python}." in output
    assert "needs" not in gaps, gaps


def test_the_commands_without_docker_end_at_a_page_with_books(bake_anew, capfd):
    project = bake_anew()
    *commands, serve = commands_of((project / "README.md").read_text(), "Without Docker")
    printed = [line.strip() for line in capfd.readouterr().out.splitlines()]
    assert [line for line in printed if line.startswith("pipenv")] == [*commands, serve]

    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PIPENV_IGNORE_VIRTUALENVS": "1"}
    for command in commands:
        run("sh", "-c", command, cwd=project, env=env)
    host = f"127.0.0.1:{free_port()}"
    server = subprocess.Popen(
        ["sh", "-c", f"exec {serve} --noreload {host}"],
        cwd=project,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = until(partial(requests.get, f"http://{host}/", timeout=60))
        assert page.status_code == 200
        assert "10 books" in page.text
    finally:
        server.terminate()
        server.wait()


def test_the_readmes_second_version_of_the_api_works(bake, django_python):
    project = bake()
    module, pattern = blocks_of((project / "README.md").read_text(), "Add a second version")
    (project / "library/api/v2.py").write_text(module)
    replace_in(
        project / "django_project/urls.py", "urlpatterns = [\n", f"urlpatterns = [\n{pattern}"
    )
    follow = (
        "from django.test import Client; get = Client().get\n"
        "for version in ('v1', 'v2'):\n"
        "    [book] = get(f'/api/{version}/books/', HTTP_HOST='localhost').json()['results']\n"
        "    assert get(book['url'], HTTP_HOST='localhost').json() == book\n"
        "    print(book['url'], *book['authors'])\n"
    )
    manage = (django_python, "manage.py")
    run(*manage, "migrate", cwd=project)
    run(*manage, "seed_library", "--books=1", cwd=project)
    links = run(*manage, "shell", "-v0", "-c", follow, cwd=project)
    assert re.fullmatch(
        r"http://localhost/api/v1/books/1/( http://localhost/api/v1/authors/\d+/)+\n"
        r"http://localhost/api/v2/books/1/( http://localhost/api/v1/authors/\d+/)+\n",
        links,
    )


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_web_waits_for_the_migrations_when_the_example_is_removed(bake, database):
    project = bake(database=database)
    remove_example(project)
    services = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    assert "seed" not in services
    assert services["web"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"}
    }


def test_the_example_can_be_removed_by_the_steps_of_its_page(bake, django_python):
    project = bake()
    command = remove_example(project)
    # Without Docker, on SQLite.
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    manage = command.removeprefix("docker compose run --rm web python ").split()
    run(django_python, *manage, cwd=project, env=env)
    schema = (project / "openapi.yaml").read_text()
    assert "/api/v1/token/" in schema
    assert "/books/" not in schema
    for arguments in (("check",), ("format", "--check")):
        run(django_python, "-m", "ruff", *arguments, cwd=project, env=env)
    run(django_python, "manage.py", "makemigrations", "--check", cwd=project, env=env)
    output = run(django_python, "-m", "pytest", "-q", cwd=project, env=env)
    assert re.search(r"\d{2,} passed", output), output


@pytest.mark.parametrize("django", ["5.2", "6.1"])
def test_every_locked_package_has_hashes_and_a_version(bake, django):
    lock = json.loads((bake(django_version=django) / "Pipfile.lock").read_text())
    for part in ("default", "develop"):
        for name, package in lock[part].items():
            assert package["version"].startswith("=="), name
            assert package["hashes"], name


def test_make_demo_takes_a_clone_to_a_page_with_books(tmp_path):
    clone = tmp_path / "clone"
    run("git", "clone", "--quiet", str(ROOT), str(clone), cwd=tmp_path)
    port = free_port()
    # Only what a new machine has: no virtual environment and no variables of this run.
    env = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    demo = subprocess.Popen(
        ["make", "demo", f"PORT={port}", f"PYTHON={sys.executable}"],
        cwd=clone,
        env=env | {name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        page = until(partial(requests.get, f"http://127.0.0.1:{port}/", timeout=60), seconds=900)
        assert page.status_code == 200
        assert "10 books" in page.text
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait()
