"""doctor.py with a real engine: it finds faults and its printed commands fix them."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from functools import partial

import pytest
import requests

from helpers import free_port, replace_in, run, slug, until

pytestmark = pytest.mark.usefixtures("docker")

# The terminal that runs the tests may set these; doctor.py would report them.
OVERRIDES = ("COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATABASE_URL", "DEBUG", "WEB_PORT")
ENV = {name: value for name, value in os.environ.items() if name not in OVERRIDES}


class Project:
    """A project in its own repository, on its own port."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        # A longer time limit, for a machine that is busy with other tests.
        replace_in(folder / "doctor.py", "SECONDS = 15 ", "SECONDS = 120 ")
        run("git", "init", "--quiet", cwd=folder)
        run("git", "add", "--all", cwd=folder)
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        run("git", *identity, "commit", "--quiet", "--message=Bake", cwd=folder)
        self.shell(f"python3 doctor.py --set WEB_PORT={self.port}")

    def shell(self, line):
        """Run a shell command; return its output."""
        return run("sh", "-c", line, cwd=self.folder, env=ENV)

    def report(self, folder=None):
        """Run doctor.py; return the checks by id, and a list of the problems."""
        command = ["python3", "doctor.py", "--json"]
        process = subprocess.run(
            command, cwd=folder or self.folder, env=ENV, capture_output=True, text=True
        )
        assert process.stderr == ""
        checks = json.loads(process.stdout)["checks"]
        problems = [check for check in checks if check["status"] == "problem"]
        assert process.returncode == bool(problems)
        return {check["id"]: check for check in checks}, problems

    def command_for(self, check, command, folder=None):
        """Assert that doctor.py finds only this problem; return the command, which must match."""
        _, problems = self.report(folder)
        assert [problem["id"] for problem in problems] == [check], problems
        assert re.fullmatch(command, problems[0]["command"]), problems
        return problems[0]["command"]

    def wait_until_healthy(self, folder=None):
        """Run doctor.py until it finds no problem; return the checks."""

        def holds(found):
            checks, problems = found
            return not problems and not checks["site"]["found"].startswith("is still starting")

        checks, _ = until(partial(self.report, folder), holds)
        return checks

    def wait_for_log(self, text):
        """Wait until the log of the server has this text."""
        until(partial(self.shell, "docker compose logs --tail 30 web"), lambda log: text in log)


@pytest.fixture(scope="module")
def project(bake):
    """Yield a project with PostgreSQL that is not started."""
    project = Project(bake(project_slug=slug("doctor")))
    yield project
    project.shell("docker compose down --volumes --rmi local")


@pytest.fixture(scope="module")
def started(project):
    """Return the same project, started; each test leaves it healthy."""
    project.shell("docker compose up --wait")
    return project


def test_project_before_the_first_start_has_no_problem_and_no_leftovers(project):
    checks, problems = project.report()
    assert problems == []
    for check in ("container", "mount", "disk", "port", "user-id", "lock"):
        assert checks[check]["status"] == "ok", checks[check]
    for check in ("database-volume", "migrations", "logs", "services", "site"):
        assert checks[check]["status"] == "skipped"
    assert "doctor-" not in project.shell("docker ps --all --format '{{.Names}}'")
    assert project.shell("git status --porcelain") == ""


def test_port_in_use(project):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", project.port))
        listener.listen()
        project.shell(project.command_for("port", r"python3 doctor\.py --set WEB_PORT=\d+"))
        project.wait_until_healthy()
    project.shell(f"python3 doctor.py --set WEB_PORT={project.port}")


def test_file_of_another_user(project):
    image = re.search(r"python:\S+", (project.folder / "Dockerfile").read_text())[0]
    mount = f"--volume {project.folder}:/folder"
    project.shell(f"docker run --rm {mount} {image} chown 4711:4711 /folder/library/urls.py")
    owner = r'sudo chown -R "\$\(id -u\):\$\(id -g\)" \.|chown -R 0:0 \.'
    project.shell(project.command_for("ownership", owner))
    project.wait_until_healthy()


def test_volume_of_another_postgresql_version(project):
    volume = f"{project.folder.name}_postgres18:/volume"
    image = re.search(r"python:\S+", (project.folder / "Dockerfile").read_text())[0]
    old = "mkdir -p /volume/data && echo 17 > /volume/data/PG_VERSION"
    project.shell(f"docker run --rm --volume {volume} {image} sh -c '{old}'")
    project.shell(project.command_for("database-volume", "docker compose down --volumes"))
    project.wait_until_healthy()


def assert_healthy(project, skipped):
    """Assert that a started project has no problem, and that only these checks are skipped."""
    start = time.monotonic()
    checks = project.wait_until_healthy()
    assert time.monotonic() - start < 30
    assert {name for name, check in checks.items() if check["status"] == "skipped"} == skipped
    assert checks["site"]["found"] == f"http://localhost:{project.port}/ returns 200"


def test_started_project_is_healthy(started):
    assert_healthy(started, set())


def test_sqlite_project_is_healthy_and_has_no_problem_when_stopped(bake):
    project = Project(bake(project_slug=slug("doctor_sqlite"), database="sqlite"))
    try:
        project.shell("docker compose up --wait")
        assert_healthy(project, {"database-volume"})
        project.shell("docker compose stop")
        checks, problems = project.report()
        assert (problems, checks["site"]["status"]) == ([], "skipped")
    finally:
        project.shell("docker compose down --volumes --rmi local")


def test_second_folder_of_the_same_name(started, tmp_path):
    second = tmp_path / started.folder.name
    shutil.copytree(started.folder, second)
    name = f"COMPOSE_PROJECT_NAME={second.name}_2"
    command = started.command_for("project-name", rf"python3 doctor\.py --set {name}", second)
    run("sh", "-c", command, cwd=second, env=ENV)
    # The first project uses the port, too.
    command = started.command_for("port", r"python3 doctor\.py --set WEB_PORT=\d+", second)
    run("sh", "-c", command, cwd=second, env=ENV)
    _, problems = started.report(second)
    assert problems == []


def test_model_change_without_migration(started):
    models = started.folder / "library/models.py"
    text = models.read_text()
    field = '    nickname = models.CharField(max_length=9, default="")\n'
    models.write_text(re.sub(r"(class Author.*?\n\n)", rf"\1{field}", text, flags=re.S))
    manage = r"docker compose run --rm {}web python manage\.py {}"
    started.shell(started.command_for("migrations", manage.format("--no-deps ", "makemigrations")))
    started.shell(started.command_for("migrations", manage.format("", "migrate")))
    started.wait_until_healthy()


def test_syntax_error(started):
    views = started.folder / "library/views.py"
    text = views.read_text()
    views.write_text(text + "\n\ndef broken(:\n")
    started.wait_for_log("SyntaxError")
    command = started.command_for("logs", "docker compose run --rm --no-deps web ruff check")
    process = subprocess.run(
        ["sh", "-c", command], cwd=started.folder, env=ENV, capture_output=True, text=True
    )
    assert "library/views.py" in process.stdout
    views.write_text(text)
    started.wait_until_healthy()


def test_host_that_is_not_allowed(started):
    url, headers = f"http://127.0.0.1:{started.port}/", {"Host": "books.test"}
    assert requests.get(url, headers=headers, timeout=60).status_code == 400
    hosts = r'"ALLOWED_HOSTS=\S+,books\.test"'
    recreate = "docker compose up --force-recreate --wait"
    started.shell(started.command_for("logs", rf"python3 doctor\.py --set {hosts}; {recreate}"))
    assert requests.get(url, headers=headers, timeout=60).status_code == 200
    started.wait_until_healthy()


def test_site_that_does_not_respond(started):
    started.shell("docker compose exec -T web sh -c 'kill -STOP -1'")
    started.shell(started.command_for("site", "docker compose restart web"))
    started.wait_until_healthy()


def test_lock_that_is_out_of_date(started):
    pipfile = started.folder / "Pipfile"
    text = pipfile.read_text()
    pipfile.write_text(text.replace("[dev-packages]", '[dev-packages]\niniconfig = "*"'))
    lock = "docker compose run --rm --no-deps web pipenv lock"
    started.shell(started.command_for("lock", lock))
    started.wait_until_healthy()
