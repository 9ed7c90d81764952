"""doctor.py finds each fault and its printed command fixes it. Docker is a fake here."""

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from runpy import run_path

import pytest
from pipenv.vendor import plette

from helpers import PROJECT, ROOT, free_port, replace_in, run

DOCTOR = run_path(str(PROJECT / "doctor.py"))
IDS = [name for name, *_ in DOCTOR["CHECKS"]]

# A fake of docker and other commands: prints what responses.json says, until a command
# that matches `cure` runs.
FAKE = """#!{python} -IS
import json, os, re, sys, time
folder, name = os.path.split(__file__)
line = " ".join([name.partition(".")[0], *sys.argv[1:]])
path = folder + "/responses.json"
fake = json.load(open(path))
if fake["cure"] and re.search(fake["cure"], line):
    with open(path + ".new", "w") as new:
        json.dump(fake | {{"cure": "", "fault": {{}}}}, new)
    os.replace(path + ".new", path)
for pattern, response in [*fake["fault"].items(), *fake["healthy"].items()]:
    if re.search(pattern, line):
        output, errors, status, seconds = (response + ["", "", 0, 0][len(response):])
        time.sleep(seconds)
        now = time.strftime("%Y-%m-%dT%H:%M:%S.1Z", time.gmtime())
        sys.stdout.write(output.replace("NOW", now))
        sys.stderr.write(errors)
        sys.exit(status)
"""
FAKES = ("docker", "sudo", "newgrp", "curl", "browser", "pipenv")
INFO = {
    "ServerVersion": "28.5.2",
    "OSType": "linux",
    "Architecture": "x86_64",
    "MemTotal": 8 * 10**9,
    "OperatingSystem": "Debian",
    "SecurityOptions": [],
    "SystemTime": "NOW",
}
DF = "Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 90000000 1 {} 31% /\n"


# Compose reads .env: changing the variable there ends the fault.
READS_ENV = """
import json, pathlib, re
found = re.search("^{name}=(.+)$", pathlib.Path("{env}").read_text(), re.M)
if found and found[1] != "{old}":
    path = pathlib.Path("{responses}")
    fake = json.loads(path.read_text())
    config = json.loads(fake["healthy"]["^docker compose config"][0])
    if "{name}" == "WEB_PORT":
        config["services"]["web"]["ports"][0]["published"] = found[1]
    if "{name}" == "COMPOSE_PROJECT_NAME":
        config["name"] = found[1]
    fake["healthy"]["^docker compose config"] = [json.dumps(config)]
    path.write_text(json.dumps({{**fake, "fault": {{}}}}))
"""


class Machine:
    """A project and a PATH that has only fakes and a few tools."""

    def __init__(self, project, tmp_path):
        self.project, self.bin, self.cwd = project, tmp_path / "bin", project
        self.command = ["python3", "doctor.py"]
        self.bin.mkdir()
        for tool in "cp id git ls mv rm sed sh stat true".split():
            (self.bin / tool).symlink_to(shutil.which(tool))
        (self.bin / "python3").symlink_to(sys.executable)
        for name in FAKES:
            (self.bin / name).write_text(FAKE.format(python=sys.executable))
            (self.bin / name).chmod(0o755)
        (tmp_path / "home").mkdir()
        self.env = {
            "PATH": str(self.bin),
            "HOME": str(tmp_path / "home"),
            "BROWSER": str(self.bin / "browser"),
            "USER": "ada",
            "TMPDIR": str(tmp_path),
        }
        self.name, self.port, self.listener = project.name, free_port(), socket.socket()
        self.fake()

    def info(self, **changes):
        return json.dumps({**INFO, **changes})

    def config(self, port=None, user=None, **changes):
        """Return the output of `docker compose config`."""
        user = f"{os.getuid()}:{os.getgid()}" if user is None else user
        port = {"published": str(port or self.port), "target": 8000}
        volume = {"type": "volume", "source": "postgres18", "target": "/var/lib/postgresql"}
        services = {
            "web": {"user": user, "ports": [port], "build": {}},
            "db": {"image": "postgres:18", "volumes": [volume]},
        }
        volumes = {"postgres18": {"name": f"{self.name}_postgres18"}}
        return json.dumps({"name": self.name, "services": services, "volumes": volumes, **changes})

    def image(self, architecture="amd64", tag="python:3.14-slim"):
        return json.dumps([{"Id": "sha256:1", "Architecture": architecture, "RepoTags": [tag]}])

    def container(self, name="web", status="running", folder=None, port=None, **state):
        labels = {
            "com.docker.compose.service": name,
            "com.docker.compose.oneoff": "False",
            "com.docker.compose.project.working_dir": str(folder or self.project),
        }
        started = {"Status": status, "ExitCode": 0, "StartedAt": "2026-01-01", "Error": ""}
        ports = {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port or self.port)}]}
        return {
            "Id": name,
            "Config": {"Labels": labels},
            "State": {**started, **state},
            "NetworkSettings": {"Ports": ports if name == "web" else {}},
        }

    def fake(self, fault=None, cure=""):
        """Set the fake output: a healthy Docker with `fault`, until `cure` matches a command."""
        healthy = {
            "^docker --version": ["Docker version 28.5.2"],
            "^docker context inspect": ["unix:///var/run/docker.sock"],
            "^docker info": [self.info()],
            "^docker compose version": ["2.40.3"],
            "^docker compose config": [self.config()],
            "^docker image inspect": [self.image()],
            "^docker run .*df -Pk": [DF.format(70 * 10**6) + "seen\n"],
            "^docker run .*PG_VERSION": ["18\n"],
            "^docker volume inspect": ["[]"],
        }
        responses = {"healthy": healthy, "fault": fault or {}, "cure": cure}
        (self.bin / "responses.json").write_text(json.dumps(responses))

    def started(self, *containers):
        """Return the output of Docker when these containers exist."""
        return {
            "^docker ps --all": ["\n".join(one["Id"] for one in containers)],
            "^docker inspect": [json.dumps(containers)],
        }

    def report(self, before="", command=()):
        """Run the shell command `before` and doctor.py; return the JSON report and exit status."""
        line = f"{before}\nexec {' '.join(command or self.command)} --json"
        process = subprocess.run(
            ["sh", "-c", line], cwd=self.cwd, env=self.env, capture_output=True, text=True
        )
        assert process.stderr.count("Traceback") == 0, process.stderr
        start = process.stdout.index("{\n")
        return json.loads(process.stdout[start:]), process.returncode


@pytest.fixture
def machine(bake, tmp_path):
    """Yield a machine with a newly baked project."""
    machine = Machine(bake(), tmp_path)
    yield machine
    machine.listener.close()


def problems(report):
    return [one for one in report["checks"] if one["status"] == "problem"]


# One function per check: it causes the fault and returns a pattern of the expected command.


def python(m):
    text = (m.project / "pyproject.toml").read_text()
    text = re.sub(r">=3\.\d+", ">=3.99", text)
    (m.project / "pyproject.toml").write_text(text)
    (m.bin / "docker").unlink()
    # In place of installing a newer Python, require an older one.
    sed = f"sed -i s/3.99/3.8/ {m.project}/pyproject.toml"
    (m.bin / "browser").write_text(f"#!/bin/sh\nexec {m.bin}/{sed}\n")
    return r"python3 -m webbrowser https://www\.python\.org/downloads/"


def folder(m):
    m.cwd, m.command = m.project / "library", ["python3", "../doctor.py"]
    return re.escape(f"cd {m.project}")


def files(m):
    run("git", "init", "-q", cwd=m.project)
    run("git", "add", "-A", cwd=m.project)
    (m.project / "compose.yaml").unlink()
    return r"git checkout -- compose\.yaml"


def path(m):
    synced = m.project.parent / "OneDrive" / m.project.name
    synced.parent.mkdir()
    m.project.rename(synced)
    m.project = m.cwd = synced
    return f'mv {synced} "\\$HOME/{synced.name}"; cd "\\$HOME/{synced.name}"'


def slow_mount(m):
    mounts = m.bin / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nC: {m.project} 9p rw 0 0\n")
    patch(m, 'MOUNTS = Path("/proc/mounts")', f"MOUNTS = Path({str(mounts)!r})")
    return f'cp -R {m.project} "\\$HOME/{m.project.name}"; cd "\\$HOME/{m.project.name}"'


def line_endings(m):
    readme = m.project / "README.md"
    readme.write_bytes(readme.read_bytes().replace(b"\n", b"\r\n"))
    return "python3 doctor.py --tidy"


def git(m):
    run("git", "init", "-q", cwd=m.project)
    run("git", "config", "core.autocrlf", "true", cwd=m.project)
    (m.project / ".gitattributes").unlink()
    return "git config core.autocrlf input"


def env_file(m):
    text = "DEBUG=true\nexport WEB_PORT=8400\nSECRET_KEY=a$b\n"
    (m.project / ".env").write_bytes(text.encode("utf-16"))
    return "python3 doctor.py --tidy"


def environment(m):
    m.env |= {"COMPOSE_FILE": "compose.prod.yaml", "DATABASE_URL": "postgres://x", "DEBUG": "0"}
    return "unset COMPOSE_FILE DATABASE_URL DEBUG"


def docker(m):
    (m.bin / "docker").rename(m.bin / "docker.off")
    (m.bin / "sudo").write_text(f"#!/bin/sh\n{m.bin}/mv {m.bin}/docker.off {m.bin}/docker\n")
    return r"curl -fsSL https://get\.docker\.com \| sudo sh"


def docker_host(m):
    m.env["DOCKER_HOST"] = "tcp://10.0.0.7:2376"
    # The real command prints the variable.
    before_docker(
        m, 'case "$1 $2" in "context inspect") echo "${DOCKER_HOST:-unix:///x}"; exit;; esac'
    )
    return "unset DOCKER_HOST"


def daemon(m):
    down = json.dumps(
        {"ServerVersion": "", "ServerErrors": ["Cannot connect to the Docker daemon"]}
    )
    m.fake(
        {"^docker info": [down, "Cannot connect", 1], "^docker run": ["", "", 125]}, "sudo .*start"
    )
    return r"sudo (systemctl start docker|service docker start)"


def docker_version(m):
    m.fake({"^docker info": [m.info(ServerVersion="24.0.7")]}, "sudo sh")
    return r"curl -fsSL https://get\.docker\.com \| sudo sh"


def linux_containers(m):
    m.fake({"^docker info": [m.info(OSType="windows")]}, "docker desktop engine use linux")
    return "docker desktop engine use linux"


def memory(m):
    m.fake({"^docker info": [m.info(MemTotal=500 * 10**6)]}, "browser https")
    return r"python3 -m webbrowser https://docs\.docker\.com/\S+#resources"


def clock(m):
    m.fake({"^docker info": [m.info(SystemTime="2020-01-01T00:00:00.1Z")]}, "sudo timedatectl")
    return "sudo timedatectl set-ntp true"


def compose(m):
    m.fake({"^docker compose version": ["2.23.3"]}, "sudo sh")
    return r"curl -fsSL https://get\.docker\.com \| sudo sh"


def committed(m):
    """Commit the project to a new repository."""
    run("git", "init", "-q", cwd=m.project)
    run("git", "add", "-A", cwd=m.project)
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    run("git", *identity, "commit", "-qm", "Bake", cwd=m.project)


def compose_file(m):
    committed(m)
    with (m.project / "compose.yaml").open("a") as file:
        file.write("  : wrong\n")
    wrong = '[ "$2" = config ] && [ -n "$(sed -n /wrong/p compose.yaml)" ]'
    warning = 'echo "time=now level=warning msg=UID" >&2'
    before_docker(m, f"if {wrong}; then {warning}; echo yaml: line 90: no key >&2; exit 1; fi")
    return r"cp compose\.yaml compose\.yaml\.bak && git checkout HEAD -- compose\.yaml"


def container(m):
    m.fake({"^docker run": ["", "OCI runtime create failed", 126]}, "sudo .*restart")
    return "sudo (systemctl restart docker|service docker restart)"


def mount(m):
    m.fake({"^docker run .*df": ["", "Mounts denied: not shared", 125]}, "browser https")
    return r"python3 -m webbrowser https://docs\.docker\.com/\S+#file-sharing"


def disk(m):
    m.fake({"^docker run .*df": [DF.format(2 * 10**6) + "seen"]}, "docker system prune")
    return "docker system prune"


def architecture(m):
    m.fake({"^docker image inspect": [m.image("arm64")]}, "compose build")
    return "docker compose build --pull --no-cache"


def user_id(m):
    m.fake({"^docker compose config": [m.config(user="4711:4711")]})
    with_env(m, "UID", "4711")
    return rf"python3 doctor\.py --set UID={os.getuid()} GID={os.getgid()}"


def ownership(m):
    # Only root can change an owner; tests/docker/test_doctor_docker.py does so in
    # a container.
    patch(m, "entry.stat().st_uid != owner.st_uid", '(ROOT / "foreign").is_file() and True')
    patch(m, "belongs to user {entry.stat().st_uid}", "belongs to user 4711")
    (m.project / "foreign").touch()
    for tool in ("sudo", "chown"):
        (m.bin / tool).write_text(f"#!/bin/sh\n{m.bin}/rm -f {m.project}/foreign\n")
        (m.bin / tool).chmod(0o755)
    return r'sudo chown -R "\$\(id -u\):\$\(id -g\)" \.|chown -R \d+:\d+ \.'


def project_name(m):
    other = m.started(m.container(folder="/another/folder"))
    m.fake(other)
    with_env(m, "COMPOSE_PROJECT_NAME", "")
    return rf"python3 doctor\.py --set COMPOSE_PROJECT_NAME={m.name}_2"


def port(m):
    m.listener.bind(("127.0.0.1", m.port))
    m.listener.listen()
    with_env(m, "WEB_PORT", "8000")
    return r"python3 doctor\.py --set WEB_PORT=\d+"


def dockerfile(m):
    committed(m)
    path = m.project / "Dockerfile"
    path.write_text(path.read_text().replace("COPY Pipfile Pipfile.lock ./\n", ""))
    return "cp Dockerfile Dockerfile\\.bak && git checkout HEAD -- Dockerfile"


def lock(m):
    pipfile = m.project / "Pipfile"
    text = pipfile.read_text()
    pipfile.write_text(text.replace("[dev-packages]", '[dev-packages]\nsix = "*"'))
    m.fake({"^docker image inspect": [m.image(tag=f"{m.name}-web:latest")]})
    # The output of the image's pipenv, which test_doctor_docker.py really runs.
    new, locked = m.bin / "Pipfile.lock", m.project / "Pipfile.lock"
    text = re.sub(r'(?<="sha256": ")\w+', pipfile_hash(pipfile), locked.read_text(), count=1)
    new.write_text(text)
    before_docker(m, f'case "$*" in *"pipenv lock") exec cp {new} {locked};; esac')
    return "docker compose run --rm --no-deps web pipenv lock"


def database_volume(m):
    m.fake({"^docker run .*PG_VERSION": ["17\n"]}, "compose down --volumes")
    return "docker compose down --volumes"


def migrations(m):
    fault = m.started(m.container())
    fault["compose exec"] = ["unapplied\n"]
    m.fake(fault, "manage.py migrate$")
    return r"docker compose run --rm web python manage\.py migrate"


def logs(m):
    fault = m.started(m.container(), m.container("db"))
    fault["^docker logs .* db$"] = ["", 'FATAL:  password authentication failed for user "library"']
    m.fake(fault, "compose down --volumes")
    return "docker compose down --volumes"


def services(m):
    m.fake(m.started(m.container("migrate", "exited", ExitCode=1)), "compose up")
    return "docker compose up --force-recreate --wait"


def site(m):
    m.fake(m.started(m.container(port=free_port())), "compose restart web")
    return "docker compose restart web"


def patch(m, old, new):
    """Replace `old` with `new` in the project's doctor.py."""
    replace_in(m.project / "doctor.py", old, new)


def with_env(m, name, old):
    """Make the fake `docker compose config` read .env: changing the variable ends the fault."""
    env = m.project / ".env"
    env.write_text(
        re.sub(rf"^{name}=.*\n", f"{name}={old}\n" if old else "", env.read_text(), flags=re.M)
    )
    program = m.bin / "reads_env.py"
    program.write_text(
        READS_ENV.format(name=name, old=old, env=env, responses=m.bin / "responses.json")
    )
    before_docker(m, f"python3 {program}")


def before_docker(m, line):
    """Run a shell command before the fake docker."""
    (m.bin / "docker").rename(m.bin / "docker.fake")
    (m.bin / "docker").write_text(f'#!/bin/sh\n{line}\nexec {m.bin}/docker.fake "$@"\n')
    (m.bin / "docker").chmod(0o755)


def pipfile_hash(path):
    """Return the hash of a Pipfile as pipenv computes it."""
    with path.open() as file:
        return plette.Pipfile.load(file).get_hash().value


FAULTS = [
    python, folder, files, path, slow_mount, line_endings, git, env_file, environment, docker,
    docker_host, daemon, docker_version, linux_containers, memory, clock, compose, compose_file,
    architecture, container, mount, disk, user_id, ownership, project_name, port, dockerfile, lock,
    database_volume, migrations, logs, services, site,
]  # fmt: skip


def test_every_check_has_a_fault():
    assert [fault.__name__.replace("_", "-") for fault in FAULTS] == IDS
    assert len(IDS) >= 15


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_fault_is_reported_once_and_the_printed_command_fixes_it(machine, fault):
    expected = fault(machine)
    report, status = machine.report()
    (problem, *others) = problems(report)
    # An old Python is a problem only without Docker, which is a problem too.
    assert [one["id"] for one in others] == (["docker"] if fault is python else [])
    assert status == 1
    assert problem["id"] == fault.__name__.replace("_", "-")
    assert re.fullmatch(expected, problem["command"]), problem
    assert re.fullmatch(r"\S.{10,}[.:]", problem["found"])

    machine.env["GIT_CONFIG_GLOBAL"] = "/dev/null"
    report, status = machine.report(before=problem["command"], command=["python3", "doctor.py"])
    (check,) = [one for one in report["checks"] if one["id"] == problem["id"]]
    assert check["status"] in ("ok", "skipped"), check
    assert problems(report) == (others if fault is python else []), problems(report)
    assert status == (1 if fault is python else 0)


def test_undoing_an_edit_keeps_a_copy(machine):
    compose_file(machine)
    path = machine.project / "compose.yaml"
    (machine.project / "compose.yaml.bak").write_text("an older copy")
    edited = path.read_text()
    run("git", "add", "compose.yaml", cwd=machine.project)
    (problem,) = problems(machine.report()[0])
    assert problem["found"] == (
        "Compose cannot read it: yaml: line 90: no key. See your edit: git diff HEAD compose.yaml."
        " To undo it and keep a copy in compose.yaml.bak2:"
    )
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0)
    assert (machine.project / "compose.yaml.bak").read_text() == "an older copy"
    assert (machine.project / "compose.yaml.bak2").read_text() == edited
    # A mistake that is committed cannot be undone from the last commit.
    path.write_text(edited)
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    run("git", *identity, "commit", "-qam", "Mistake", cwd=machine.project)
    (problem,) = problems(machine.report()[0])
    assert problem["command"] == (
        "python3 -m webbrowser https://docs.docker.com/reference/compose-file/"
    )


def test_command_that_undoes_an_edit_is_powershell_on_windows(machine):
    compose_file(machine)
    patch(machine, "platform.system()", "'Windows'")
    (problem,) = problems(machine.report()[0])
    assert problem["command"] == (
        "Copy-Item compose.yaml compose.yaml.bak; git checkout HEAD -- compose.yaml"
    )


@pytest.mark.parametrize("repository", [True, False])
def test_data_folder_of_the_database_is_ignored(machine, repository):
    compose = machine.project / "compose.yaml"
    text = compose.read_text()
    mount = "- ./postgres18:/var/lib/postgresql\n"
    compose.write_text(text.replace("- postgres18:/var/lib/postgresql\n", mount))
    data = machine.project / "postgres18/18/docker"
    data.mkdir(parents=True)
    (data / "postgresql.auto.conf.json").write_bytes(b"live\r\n")
    (machine.project / "library/blob").write_bytes(b"\0\r\n")
    if repository:
        committed(machine)
    # As if these files belonged to the database's user.
    mine = "entry.stat().st_uid != owner.st_uid"
    patch(machine, mine, "'postgres18' in str(entry)")
    report, status = machine.report()
    assert (problems(report), status) == ([], 0)
    views = machine.project / "library/views.py"
    text = views.read_bytes()
    views.write_bytes(text.replace(b"\n", b"\r\n"))
    (problem,) = problems(machine.report()[0])
    assert "1 file(s)" in problem["found"]
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0)
    assert views.read_bytes() == text
    assert (data / "postgresql.auto.conf.json").read_bytes() == b"live\r\n"
    assert (machine.project / "library/blob").read_bytes() == b"\0\r\n"
    # The command that changes the owner of other files leaves the data folder alone.
    patch(machine, "'postgres18' in str(entry)", "'views' in str(entry)")
    (problem,) = problems(machine.report()[0])
    expected = r"(sudo )?find \. -path \./postgres18 -prune -o -exec chown -h \S+ \{\} \+"
    assert re.fullmatch(
        expected.replace(r"\S+", r'("\$\(id -u\):\$\(id -g\)"|\d+:\d+)'), problem["command"]
    )
    problem = problem_of_log(machine, "PermissionError: [Errno 13] Permission denied: '/code/x'")
    assert "-prune" in problem["command"]


def test_data_folder_in_long_volume_syntax_is_ignored(machine):
    data = machine.project / "data"
    data.mkdir()
    (data / "x.json").write_bytes(b"live\r\n")
    config = json.loads(machine.config())
    volume = {"type": "bind", "source": str(data), "target": "/var/lib/postgresql"}
    config["services"]["db"]["volumes"] = [volume]
    machine.fake({"^docker compose config": [json.dumps(config)]})
    report, status = machine.report()
    assert (problems(report), status) == ([], 0)


def test_line_endings_of_files_that_git_ignores_are_not_checked(machine):
    committed(machine)
    with (machine.project / ".gitignore").open("a") as file:
        file.write("/downloads/\n")
    for folder in ("downloads", "new"):
        (machine.project / folder).mkdir()
        (machine.project / folder / "x.md").write_bytes(b"x\r\n")
    (problem,) = problems(machine.report()[0])
    assert problem["found"] == "1 file(s) have Windows line endings (CRLF), such as new/x.md."
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0)
    assert (machine.project / "downloads/x.md").read_bytes() == b"x\r\n"


def test_unfinished_step_of_the_assignment_is_no_problem(machine):
    path = machine.project / "Dockerfile"
    done = path.read_text()
    todo = re.sub(r"COPY Pipfile .*\n(.*\n)*? && find .*\n", "# STEP 2. Copy.\n", done)
    assert todo != done
    path.write_text(todo)
    (problem,) = problems(machine.report()[0])
    assert problem["id"] == "dockerfile"
    (machine.project / "ASSIGNMENT.md").write_text("# Assignment\n")
    report, status = machine.report()
    assert (problems(report), status) == ([], 0)
    (check,) = [one for one in report["checks"] if one["id"] == "dockerfile"]
    assert check["found"] == "step 2 of ASSIGNMENT.md is not done yet"


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ("COPY Pipfile Pipfile.lock ./", ""),
        ("COPY ./Pipfile* .", ""),
        ('COPY ["Pipfile", "Pipfile.lock", "./"]', ""),
        ("COPY Pipfile .\nADD Pipfile.lock .", ""),
        ("COPY --chown=1:1 . .", ""),
        ("COPY Pipfile .", "Pipfile.lock"),
        ("COPY Pipfile.lock .", "Pipfile"),
        ("# COPY Pipfile Pipfile.lock ./", "Pipfile and Pipfile.lock"),
    ],
)
def test_dockerfile_must_copy_pipfile_and_lock_before_pipenv_runs(machine, lines, missing):
    path = machine.project / "Dockerfile"
    path.write_text(path.read_text().replace("COPY Pipfile Pipfile.lock ./", lines))
    found = [one["found"] for one in problems(machine.report()[0])]
    sentence = f"The Dockerfile runs pipenv without a copy of {missing}. "
    sentence += "See the documentation of this file:"
    assert found == ([sentence] if missing else [])


def test_volume_must_be_mounted_at_the_data_folder_of_postgresql_18(machine):
    right, wrong = "/var/lib/postgresql", "/var/lib/postgresql/data"
    config = machine.config()
    compose = machine.project / "compose.yaml"
    text = compose.read_text()
    compose.write_text(text.replace(f"postgres18:{right}\n", f"postgres18:{wrong}\n"))
    edited = compose.read_text()
    assert edited != text
    before_docker(
        machine,
        f'if [ "$2" = config ] && [ -n "$(sed -n \'\\#{wrong}#p\' compose.yaml)" ]; then\n'
        f"cat <<'END'\n{config.replace(right, wrong)}\nEND\nexit; fi",
    )
    (machine.bin / "cat").symlink_to(shutil.which("cat"))
    # Also before the first start, when there is no image.
    machine.fake({"^docker image inspect": ["[]"]})
    (problem,) = problems(machine.report()[0])
    assert problem["id"] == "database-volume"
    assert wrong in problem["found"]
    assert problem["command"] == f"sed -i.bak 's#{wrong}#{right}#' compose.yaml"
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0)
    assert (machine.project / "compose.yaml.bak").read_text() == edited
    assert compose.read_text() == text
    compose.write_text(edited)
    patch(machine, "platform.system()", "'Windows'")
    (problem,) = problems(machine.report()[0])
    assert problem["command"] == (
        "Copy-Item compose.yaml compose.yaml.bak2; (Get-Content -Raw compose.yaml)"
        f".Replace('{wrong}', '{right}') | Set-Content -NoNewline compose.yaml"
    )


def test_volume_at_the_old_data_folder_is_accepted_with_pgdata_or_postgresql_17(machine):
    wrong = "/var/lib/postgresql/data"
    for image, environment in (("postgres:17", {}), ("postgres:18", {"PGDATA": wrong})):
        config = json.loads(machine.config())
        database = config["services"]["db"]
        database.update(image=image, environment=environment)
        database["volumes"][0]["target"] = wrong
        responses = {
            "^docker compose config": [json.dumps(config)],
            "^docker run .*PG_VERSION": [image[-2:]],
        }
        machine.fake(responses)
        report, status = machine.report()
        assert (problems(report), status) == ([], 0)


@pytest.mark.parametrize("module", ["reviewsdjango", "django.contrib.staticfilesrest_framework"])
def test_unknown_module_suggests_a_missing_comma(machine, module):
    message = f"ModuleNotFoundError: No module named '{module}'"
    problem = problem_of_log(machine, message)
    assert problem["found"].startswith(
        f"web: {module} is neither in Pipfile.lock nor a folder here. "
    )
    assert problem["found"].endswith("a comma is missing in INSTALLED_APPS:")
    settings = "django_project/settings.py"
    assert problem["command"] == f"grep -n -A 30 INSTALLED_APPS {settings}"
    committed(machine)
    with (machine.project / settings).open("a") as file:
        file.write("# edited\n")
    assert problem_of_log(machine, message)["command"] == f"git diff HEAD {settings}"


@pytest.mark.parametrize("module", ["rest_framework", "gunicorn", "library.views"])
def test_missing_module_of_the_lock_or_the_project_suggests_a_build(machine, module):
    problem = problem_of_log(machine, f"ModuleNotFoundError: No module named '{module}'")
    assert problem["command"] == "docker compose up --build --force-recreate --wait"


def test_new_project_has_no_problem(machine):
    before = sorted(path.relative_to(machine.project) for path in machine.project.rglob("*"))
    report, status = machine.report()
    assert (problems(report), status) == ([], 0)
    # Nothing has started yet; the message says how to start it.
    for name in ("migrations", "logs", "services", "site"):
        (check,) = [one for one in report["checks"] if one["id"] == name]
        assert check["status"] == "skipped"
        assert check["found"] == "not started: docker compose up --wait"
    after = sorted(path.relative_to(machine.project) for path in machine.project.rglob("*"))
    assert before == after


def test_clone_without_env_file_has_no_problem(machine):
    (machine.project / ".env").unlink()
    report, status = machine.report()
    assert (problems(report), status) == ([], 0)


def test_json_report_has_the_versions_and_no_secret(machine):
    secret = re.search(r"^SECRET_KEY=(.+)$", (machine.project / ".env").read_text(), re.M)[1]
    log = f"password authentication failed for user {secret} {machine.env['HOME']}/x"
    fault = machine.started(machine.container(), machine.container("db"))
    fault["^docker logs .* db$"] = ["", log]
    fault["^docker run"] = ["", f"{secret} in {machine.env['HOME']}/x", 125]
    machine.fake(fault)
    report, status = machine.report()
    assert status == 1
    assert list(report) == ["doctor", "ok", "system", "checks"]
    assert (report["doctor"], report["ok"]) == (1, False)
    assert [one["id"] for one in report["checks"]] == IDS
    assert all(
        set(one) == {"id", "title", "status", "found", "command"} for one in report["checks"]
    )
    assert {one["status"] for one in report["checks"]} == {"ok", "problem", "skipped"}
    assert report["system"]["engine"] == "28.5.2"
    assert report["system"]["compose"] == "2.40.3"
    assert report["system"]["memory_gb"] == 8.0
    text = json.dumps(report)
    assert secret not in text
    assert "*** in ~/x" in text


def test_output_has_a_line_for_each_check_and_one_command(machine):
    daemon(machine)
    process = subprocess.run(
        machine.command, cwd=machine.project, env=machine.env, capture_output=True, text=True
    )
    lines = process.stdout.splitlines()
    assert process.returncode == 1
    assert len([line for line in lines if re.match(r"ok|problem|skipped", line)]) == len(IDS)
    assert len([line for line in lines if re.match(" {30,}> sudo ", line)]) == 1
    assert lines[-1] == "Run the first command after a >, then run this program again."
    assert "\033" not in process.stdout
    assert process.stdout.isascii()


def test_output_can_be_printed_in_an_old_code_page(machine):
    other = machine.project.with_name("bibliothèque図")
    machine.project.rename(other)
    machine.cwd, machine.env["PYTHONIOENCODING"] = other, "cp437"
    _, status = machine.report()
    assert status == 0
    process = subprocess.run(machine.command, cwd=other, env=machine.env, capture_output=True)
    assert (process.returncode, process.stderr) == (0, b"")
    assert b"\\u56f3" in process.stdout


def test_docker_engine_that_hangs_is_a_problem(machine):
    patch(machine, "SECONDS = 15", "SECONDS = 5")
    machine.fake({"^docker info": ["", "", 0, 900]}, "sudo .*restart")
    started = time.monotonic()
    report, status = machine.report()
    assert time.monotonic() - started < 60
    assert status == 1
    (problem,) = problems(report)
    assert problem["id"] == "daemon"
    assert problem["command"].endswith(("restart docker", "docker restart"))
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0), report


def test_missing_permission_for_the_docker_socket_is_a_problem(machine):
    fault = ["", "permission denied while trying to connect to the Docker daemon socket", 1]
    machine.fake({"^docker info": fault}, "sudo usermod -aG docker ada")
    report, _ = machine.report()
    (problem,) = problems(report)
    assert problem["command"] == 'sudo usermod -aG docker "$USER"; newgrp docker'
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0)


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_env_file_that_never_ends_is_a_problem(machine, kind):
    env = machine.project / ".env"
    env.unlink()
    os.mkfifo(env) if kind == "pipe" else env.symlink_to("/dev/zero")
    wrong = [*machine.command, "--set", "WEB_PORT=8400"]
    process = subprocess.run(wrong, cwd=machine.project, capture_output=True, text=True, timeout=20)
    assert process.returncode == 1
    assert process.stderr == ".env is a device or a pipe, not a file. Remove it.\n"
    # Compose would read it as well.
    machine.fake({"^docker compose config": ["", "", 0, 900]})
    report, _ = machine.report(before="ulimit -v 4000000")
    (problem,) = problems(report)
    assert (problem["id"], problem["command"]) == ("env-file", "rm .env")
    machine.fake()
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0)


@pytest.mark.parametrize("option", ["", "--list"])
def test_doctor_is_silent_if_nobody_reads_its_output(machine, option):
    command = f"{' '.join(machine.command)} {option}"
    shell = shutil.which("bash")
    for line, status in {
        f"{command} >&-": 0,
        f"{command} | true; exit ${{PIPESTATUS[0]}}": 1,
    }.items():
        process = subprocess.run(
            [shell, "-c", line],
            cwd=machine.project,
            env=machine.env,
            capture_output=True,
            text=True,
        )
        assert (process.returncode, process.stdout + process.stderr) == (status, ""), line


def test_doctor_says_that_it_cannot_print(machine):
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            machine.command, cwd=machine.project, env=machine.env, stdout=full, stderr=-1, text=True
        )
    assert process.returncode == 1
    assert process.stderr == "Stopped: [Errno 28] No space left on device\n"


def test_exception_in_a_check_is_a_problem_without_traceback(machine):
    machine.fake(
        {"^docker compose version": ["2.40.3"], "^docker info": ['{"ServerVersion": "28.1"}']}
    )
    report, status = machine.report()
    assert status == 1
    assert {one["id"] for one in problems(report)} >= {"linux-containers", "memory", "clock"}
    assert all("The check itself failed: KeyError" in one["found"] for one in problems(report))


SYSTEMS = {
    "Windows": {
        "docker": "winget install --exact --id Docker.DockerDesktop",
        "daemon": "docker desktop start",
        "environment": "Remove-Item Env:COMPOSE_FILE, Env:DATABASE_URL, Env:DEBUG",
        "line-endings": "python doctor.py --tidy",
        "compose": "docker desktop update",
    },
    "Darwin": {
        "docker": "python3 -m webbrowser https://docs.docker.com/desktop/setup/install/mac-install/",
        "daemon": "docker desktop start",
        "environment": "unset COMPOSE_FILE DATABASE_URL DEBUG",
        "line-endings": "python3 doctor.py --tidy",
        "compose": "docker desktop update",
    },
}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("fault", [docker, daemon, environment, line_endings, compose])
def test_commands_fit_the_operating_system(machine, system, fault):
    fault(machine)
    patch(machine, "platform.system()", repr(system))
    report, _ = machine.report()
    (problem,) = problems(report)
    assert problem["command"] == SYSTEMS[system][problem["id"]]


AGAIN = "docker compose up --force-recreate --wait"
DOWN = "docker compose down --volumes"
RUN = "docker compose run --rm --no-deps web "
SET = "python3 doctor.py --set "
FAILS = """Traceback (most recent call last):
  File "/usr/local/lib/python3.14/importlib/__init__.py", line 88, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
  File "/code/library/models.py", line 12
    class Book(
              ^
"""
# A log message and the command that fixes it.
LOG_MESSAGES = [
    (FAILS + "SyntaxError: '(' was never closed", RUN + "ruff check"),
    (FAILS + "IndentationError: unexpected indent", RUN + "ruff check"),
    ('FATAL:  password authentication failed for user "library"', DOWN),
    ('FATAL:  database "library" does not exist', DOWN),
    ('FATAL:  role "library" does not exist', DOWN),
    ("FATAL:  database files are incompatible with server", DOWN),
    ("Error: in 18+, these Docker images are configured to store database data in a", DOWN),
    ("django.db.migrations.exceptions.InconsistentMigrationHistory: Migration", DOWN),
    ("sqlite3.OperationalError: unable to open database file", DOWN),
    ("psycopg.errors.UndefinedColumn: column library_book.x does not exist",
     RUN + "python manage.py makemigrations"),
    ("sqlite3.OperationalError: no such column: library_book.x",
     RUN + "python manage.py makemigrations"),
    ('psycopg.errors.UndefinedTable: relation "library_book" does not exist', AGAIN),
    ("sqlite3.OperationalError: no such table: library_book", AGAIN),
    ("CommandError: Conflicting migrations detected; multiple leaf nodes",
     RUN + "python manage.py makemigrations --merge"),
    ("Bind for 127.0.0.1:8000 failed: port is already allocated", SET + "WEB_PORT=8001"),
    ("listen tcp4 127.0.0.1:8000: bind: address already in use", SET + "WEB_PORT=8001"),
    ("Invalid HTTP_HOST header: 'books.test:8000'. You may need to add 'books.test'",
     f'{SET}"ALLOWED_HOSTS={{hosts}},books.test"; {AGAIN}'),
    ("Forbidden (Origin checking failed - https://books.test does not match any",
     f'{SET}"CSRF_TRUSTED_ORIGINS={{origins}}https://books.test"; {AGAIN}'),
    ("ModuleNotFoundError: No module named 'requests'",
     "docker compose up --build --force-recreate --wait"),
    ("exec /opt/venv/bin/python: exec format error", "docker compose build --pull --no-cache"),
    ("OSError: [Errno 28] No space left on device", "docker system prune"),
    ("sqlite3.OperationalError: database is locked", AGAIN),
    ("PermissionError: [Errno 13] Permission denied: '/code/library'",
     f'sudo chown -R "$(id -u):$(id -g)" .; {AGAIN}'),
    ("ImproperlyConfigured: SECRET_KEY is missing, or is the development one",
     f"{SET}DEBUG=true; {AGAIN}"),
    ("ImproperlyConfigured: ALLOWED_HOSTS is empty, and DEBUG is off", f"{SET}DEBUG=true; {AGAIN}"),
    ("FATAL:  sorry, too many clients already", AGAIN),
    ("FATAL:  remaining connection slots are reserved for roles", AGAIN),
    ("Your Pipfile.lock (0a1b2c) is out of date. Expected: (3d4e5f).", RUN + "pipenv lock"),
    ("psycopg.OperationalError: failed to resolve host 'db': [Errno -2]", AGAIN),
    ('could not translate host name "db" to address', AGAIN),
    ('connection to server at "172.18.0.2", port 5432 failed: Connection refused', AGAIN),
    ("exec /code/start.sh\\r: No such file or directory", f"python3 doctor.py --tidy; {AGAIN}"),
]  # fmt: skip


def test_every_known_log_message_matches_its_own_row():
    found = {}
    for text, command in LOG_MESSAGES:
        row = next(row for row in DOCTOR["MESSAGES"] if re.search(row[0], text))
        group = next((text for text in re.search(row[0], text).groups() if text), "")
        assert row[2].replace("{0}", group) == command, text
        found[row[0]] = text
    assert list(found) == [row[0] for row in DOCTOR["MESSAGES"]]
    assert len(found) >= 15
    # Each check that a row names exists.
    assert {row[3] for row in DOCTOR["MESSAGES"]} - {""} <= set(IDS)


def test_log_message_is_reported_with_its_service_until_the_code_reloads(machine):
    fault = machine.started(machine.container())
    fault["compose exec"] = ["", "SyntaxError", 1]
    fault["^docker logs"] = ["", FAILS + "SyntaxError: '(' was never closed"]
    machine.fake(fault)
    report, _ = machine.report()
    (problem,) = problems(report)
    assert problem["id"] == "logs"
    assert problem["found"].startswith(
        "web: There is a syntax error in library/models.py, line 12."
    )
    fault["^docker logs"][1] += "\n[12:00:00] 1 change detected\n"
    machine.fake(fault)
    report, _ = machine.report()
    assert "logs" not in [one["id"] for one in problems(report)]


def problem_of_log(machine, text):
    """Set the log of `web` to `text`; return the problem that is found in it."""
    fault = machine.started(machine.container())
    fault["^docker logs"] = ["", text]
    machine.fake(fault)
    return next(one for one in problems(machine.report()[0]) if one["id"] in ("logs", "site"))


def test_hosts_and_origins_are_added_to_the_existing_ones(machine):
    host, origin = (
        "Invalid HTTP_HOST header: 'books.test'.",
        "Origin checking failed - {} does not match",
    )
    problem = problem_of_log(machine, host)
    hosts = "localhost,127.0.0.1,[::1],0.0.0.0,web,books.test"
    assert problem["command"] == f'{SET}"ALLOWED_HOSTS={hosts}"; {AGAIN}'
    with (machine.project / ".env").open("a") as env:
        env.write("ALLOWED_HOSTS=a.test\nCSRF_TRUSTED_ORIGINS=https://a.test\n")
    problem = problem_of_log(machine, host)
    assert problem["command"] == f'{SET}"ALLOWED_HOSTS=a.test,books.test"; {AGAIN}'
    problem = problem_of_log(machine, origin.format("https://b.test:8443"))
    origins = "https://a.test,https://b.test:8443"
    assert problem["command"] == f'{SET}"CSRF_TRUSTED_ORIGINS={origins}"; {AGAIN}'


@pytest.mark.parametrize("evil", ["x;reboot", "$(reboot)", "`reboot`", 'x"; reboot #', "x|reboot"])
def test_text_of_a_client_never_gets_into_a_command(machine, evil):
    log = f"Invalid HTTP_HOST header: '{evil}'. Origin checking failed - https://{evil} does not"
    problem = problem_of_log(machine, f"{log} match")
    assert "reboot" not in problem["command"]


def test_control_characters_of_a_log_are_not_printed(machine):
    problem = problem_of_log(machine, "relation \"a\x1b[2J\" does not exist No module named 'a'")
    assert problem["found"].isprintable()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252", "utf-8"])
def test_env_file_in_any_windows_encoding_is_fixed(machine, encoding):
    env = machine.project / ".env"
    env.write_bytes("# für Bücher\r\nDEBUG=true\r\n".encode(encoding))
    report, _ = machine.report()
    (problem,) = problems(report)
    assert (problem["id"], problem["command"]) == ("env-file", "python3 doctor.py --tidy")
    report, status = machine.report(before=problem["command"])
    assert (problems(report), status) == ([], 0)
    assert env.read_text(encoding="utf-8") == "# für Bücher\nDEBUG=true\n"


def test_log_message_is_ignored_where_a_check_has_passed(machine):
    fault = machine.started(machine.container())
    fault["^docker logs"] = ["", 'relation "library_book" does not exist']
    machine.fake(fault)
    report, _ = machine.report()
    # The check of the migrations has passed.
    assert "logs" not in [one["id"] for one in problems(report)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("DEBUG=true", "DEBUG=true"),
        ("# a comment", "# a comment"),
        ("", ""),
        ("export DEBUG=true", "DEBUG=true"),
        ("DEBUG = true", "DEBUG=true"),
        ('DEBUG="true"', "DEBUG=true"),
        ("DEBUG=true # here", "DEBUG=true"),
        ("EMAIL='Ada Lovelace'", "EMAIL='Ada Lovelace'"),
        ("SECRET_KEY=a$b", "SECRET_KEY='a$b'"),
        ('SECRET_KEY="a#b"', "SECRET_KEY=a#b"),
        ("WEB_PORT=eighty", "# WEB_PORT=eighty"),
        ("WEB_PORT=80000", "# WEB_PORT=80000"),
        ("not a variable", "# not a variable"),
        ('SECRET_KEY="open', '# SECRET_KEY="open'),
    ],
)
def test_line_of_env_is_normalized(line, expected):
    assert DOCTOR["normalize"](line) == expected
    assert DOCTOR["normalize"](expected) == expected


def test_set_writes_a_variable_once_and_only_this_user_can_read_it(machine):
    env = machine.project / ".env"
    env.unlink()
    for value in ("8400", "8401"):
        run("python3", "doctor.py", "--set", f"WEB_PORT={value}", "NEW=1", cwd=machine.project)
    lines = env.read_text().splitlines()
    assert [line for line in lines if "WEB_PORT" in line] == ["WEB_PORT=8401"]
    assert lines[-1] == "NEW=1"
    assert len(lines) == len((machine.project / ".env.example").read_text().splitlines()) + 1
    assert env.stat().st_mode & 0o777 == 0o600
    before = env.read_text()
    wrong = ["python3", "doctor.py", "--set", "a b"]
    process = subprocess.run(wrong, cwd=machine.project, capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (1, "a b: expected NAME=value.\n")
    assert env.read_text() == before


def test_missing_files_are_regenerated_from_the_template(machine, tmp_path):
    (machine.project / "Dockerfile").unlink()
    (machine.project / "Pipfile").unlink()
    templates = tmp_path / "home/.cookiecutters"
    templates.mkdir()
    (templates / "cookiecutter-drf-docker").symlink_to(ROOT)
    (machine.bin / "cookiecutter").symlink_to(Path(sys.executable).parent / "cookiecutter")
    (machine.project / "library/models.py").write_text("# mine\n")
    report, _ = machine.report()
    (problem,) = [one for one in problems(report) if one["id"] == "files"]
    report, status = machine.report(before=problem["command"] + " >&2")
    assert (problems(report), status) == ([], 0)
    assert (machine.project / "library/models.py").read_text() == "# mine\n"


def test_doctor_without_the_project_reports_the_missing_files(machine, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(machine.project / "doctor.py", alone)
    machine.cwd = alone
    report, _ = machine.report()
    (problem,) = [one for one in problems(report) if one["id"] == "files"]
    assert problem["found"].startswith("Missing: manage.py, compose.yaml, Dockerfile")
    assert problem["command"] == "git clone URL"


def test_docker_desktop_is_started_on_windows_from_wsl(machine):
    daemon(machine)
    (machine.bin / "docker.exe").symlink_to(machine.bin / "docker")
    patch(machine, "platform.release()", "'5.15.0-microsoft-standard-WSL2'")
    report, _ = machine.report()
    (problem,) = problems(report)
    assert problem["command"] == "docker.exe desktop start"


def test_unusual_path_is_quoted_in_a_command(machine):
    other = machine.project.with_name("it's  $HOME")
    machine.project.rename(other)
    machine.project, machine.cwd, machine.command = (
        other,
        other / "docs",
        ["python3", "../doctor.py"],
    )
    report, _ = machine.report()
    (problem,) = problems(report)
    assert problem["id"] == "folder"
    report, status = machine.report(before=problem["command"], command=["python3", "doctor.py"])
    assert (problems(report), status) == ([], 0)


def test_list_shows_every_check_and_its_reason(machine):
    output = run("python3", "doctor.py", "--list", cwd=machine.project, env=machine.env)
    assert [line.split()[0] for line in output.splitlines()] == IDS
    assert all(re.search(r"\w\.$", line) for line in output.splitlines())


def test_doctor_runs_on_old_pythons_without_warnings(machine):
    source = (PROJECT / "doctor.py").read_text()
    ast.parse(source, feature_version=(3, 8))
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import)]
    names = {alias.name.split(".")[0] for node in nodes for alias in node.names}
    assert names <= sys.stdlib_module_names
    _, status = machine.report(command=["python3", "-W", "error", "doctor.py"])
    assert status == 0
