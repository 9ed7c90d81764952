"""Depth 4: doctor.py on a real engine: what Docker says of a fault, and what mends it."""

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

# Of the terminal that runs the tests; of a learner's there is nothing like it.
SURPRISES = ("COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATABASE_URL", "DEBUG", "WEB_PORT")
ENV = {name: value for name, value in os.environ.items() if name not in SURPRISES}


class Patient:
    """A project in a repository of its own, on a port of its own."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        # Patience for a machine that does other work besides.
        replace_in(folder / "doctor.py", "SECONDS = 15 ", "SECONDS = 120 ")
        run("git", "init", "--quiet", cwd=folder)
        run("git", "add", "--all", cwd=folder)
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        run("git", *identity, "commit", "--quiet", "--message=Bake", cwd=folder)
        self.shell(f"python3 doctor.py --set WEB_PORT={self.port}")

    def shell(self, line):
        """Run a line as a learner would; return what it says."""
        return run("sh", "-c", line, cwd=self.folder, env=ENV)

    def look(self, folder=None):
        """Run doctor.py; return its checks by their ids, and those that are problems."""
        command = ["python3", "doctor.py", "--json"]
        process = subprocess.run(
            command, cwd=folder or self.folder, env=ENV, capture_output=True, text=True
        )
        assert process.stderr == ""
        checks = json.loads(process.stdout)["checks"]
        problems = [check for check in checks if check["status"] == "problem"]
        assert process.returncode == bool(problems)
        return {check["id"]: check for check in checks}, problems

    def named(self, check, command, folder=None):
        """Let doctor.py name this one problem, and this command; return the command."""
        _, problems = self.look(folder)
        assert [problem["id"] for problem in problems] == [check], problems
        assert re.fullmatch(command, problems[0]["command"]), problems
        return problems[0]["command"]

    def is_well(self, folder=None):
        """Look until nothing is wrong: a server that was started needs a moment."""

        def holds(found):
            checks, problems = found
            return not problems and not checks["site"]["found"].startswith("is still starting")

        checks, _ = until(partial(self.look, folder), holds)
        return checks

    def wait_for_log(self, text):
        """Wait until the server has said this."""
        until(partial(self.shell, "docker compose logs --tail 30 web"), lambda log: text in log)


@pytest.fixture(scope="module")
def patient(bake):
    """Return a project with PostgreSQL that was not started yet."""
    patient = Patient(bake(project_slug=slug("doctor")))
    yield patient
    patient.shell("docker compose down --volumes --rmi local")


@pytest.fixture(scope="module")
def started(patient):
    """Return the same, started; each test leaves it well."""
    patient.shell("docker compose up --wait")
    return patient


def test_before_the_first_start_nothing_is_wrong_and_nothing_stays(patient):
    checks, problems = patient.look()
    assert problems == []
    for check in ("container", "mount", "disk", "port", "user-id", "lock"):
        assert checks[check]["status"] == "ok", checks[check]
    for check in ("database-volume", "migrations", "logs", "services", "site"):
        assert checks[check]["status"] == "skipped"
    assert "doctor-" not in patient.shell("docker ps --all --format '{{.Names}}'")
    assert patient.shell("git status --porcelain") == ""


def test_a_taken_port(patient):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", patient.port))
        listener.listen()
        patient.shell(patient.named("port", r"python3 doctor\.py --set WEB_PORT=\d+"))
        patient.is_well()
    patient.shell(f"python3 doctor.py --set WEB_PORT={patient.port}")


def test_a_file_of_another_user(patient):
    image = re.search(r"python:\S+", (patient.folder / "Dockerfile").read_text())[0]
    mount = f"--volume {patient.folder}:/folder"
    patient.shell(f"docker run --rm {mount} {image} chown 4711:4711 /folder/library/urls.py")
    owner = r'sudo chown -R "\$\(id -u\):\$\(id -g\)" \.|chown -R 0:0 \.'
    patient.shell(patient.named("ownership", owner))
    patient.is_well()


def test_a_volume_of_another_postgresql(patient):
    volume = f"{patient.folder.name}_postgres18:/volume"
    image = re.search(r"python:\S+", (patient.folder / "Dockerfile").read_text())[0]
    old = "mkdir -p /volume/data && echo 17 > /volume/data/PG_VERSION"
    patient.shell(f"docker run --rm --volume {volume} {image} sh -c '{old}'")
    patient.shell(patient.named("database-volume", "docker compose down --volumes"))
    patient.is_well()


def healthy(patient, skipped):
    """Let all be well in a project that was started."""
    begun = time.monotonic()
    checks = patient.is_well()
    assert time.monotonic() - begun < 30
    assert {name for name, check in checks.items() if check["status"] == "skipped"} == skipped
    assert checks["site"]["found"] == f"http://localhost:{patient.port}/ answers 200"


def test_after_the_start_all_is_well(started):
    healthy(started, set())


def test_with_sqlite_all_is_well_and_who_stops_it_has_no_problem(bake):
    patient = Patient(bake(project_slug=slug("doctor_sqlite"), database="sqlite"))
    try:
        patient.shell("docker compose up --wait")
        healthy(patient, {"database-volume"})
        patient.shell("docker compose stop")
        checks, problems = patient.look()
        assert (problems, checks["site"]["status"]) == ([], "skipped")
    finally:
        patient.shell("docker compose down --volumes --rmi local")


def test_a_second_folder_of_the_same_name(started, tmp_path):
    second = tmp_path / started.folder.name
    shutil.copytree(started.folder, second)
    name = f"COMPOSE_PROJECT_NAME={second.name}_2"
    command = started.named("project-name", rf"python3 doctor\.py --set {name}", second)
    run("sh", "-c", command, cwd=second, env=ENV)
    # The port, too, is held by the first one.
    command = started.named("port", r"python3 doctor\.py --set WEB_PORT=\d+", second)
    run("sh", "-c", command, cwd=second, env=ENV)
    _, problems = started.look(second)
    assert problems == []


def test_models_without_a_migration(started):
    models = started.folder / "library/models.py"
    text = models.read_text()
    field = '    nickname = models.CharField(max_length=9, default="")\n'
    models.write_text(re.sub(r"(class Author.*?\n\n)", rf"\1{field}", text, flags=re.S))
    manage = r"docker compose run --rm {}web python manage\.py {}"
    started.shell(started.named("migrations", manage.format("--no-deps ", "makemigrations")))
    started.shell(started.named("migrations", manage.format("", "migrate")))
    started.is_well()


def test_code_that_python_cannot_read(started):
    views = started.folder / "library/views.py"
    text = views.read_text()
    views.write_text(text + "\n\ndef broken(:\n")
    started.wait_for_log("SyntaxError")
    command = started.named("logs", "docker compose run --rm --no-deps web ruff check")
    said = subprocess.run(
        ["sh", "-c", command], cwd=started.folder, env=ENV, capture_output=True, text=True
    )
    assert "library/views.py" in said.stdout
    views.write_text(text)
    started.is_well()


def test_a_host_that_is_not_allowed(started):
    address, headers = f"http://127.0.0.1:{started.port}/", {"Host": "books.test"}
    assert requests.get(address, headers=headers, timeout=60).status_code == 400
    hosts = r'"ALLOWED_HOSTS=\S+,books\.test"'
    again = "docker compose up --force-recreate --wait"
    started.shell(started.named("logs", rf"python3 doctor\.py --set {hosts}; {again}"))
    assert requests.get(address, headers=headers, timeout=60).status_code == 200
    started.is_well()


def test_a_site_that_does_not_answer(started):
    started.shell("docker compose exec -T web sh -c 'kill -STOP -1'")
    started.shell(started.named("site", "docker compose restart web"))
    started.is_well()


def test_a_lock_that_is_not_of_the_pipfile(started):
    pipfile = started.folder / "Pipfile"
    text = pipfile.read_text()
    pipfile.write_text(text.replace("[dev-packages]", '[dev-packages]\niniconfig = "*"'))
    lock = "docker compose run --rm --no-deps web pipenv lock"
    started.shell(started.named("lock", lock))
    started.is_well()
