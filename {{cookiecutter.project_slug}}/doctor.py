"""Find out why this project does not start, and print the command that fixes it.

    python doctor.py                    runs the checks; each problem comes with one command
    python doctor.py --list             lists the checks and the reason for each
    python doctor.py --json             prints the report as JSON, without secrets
    python doctor.py --set NAME=VALUE   writes a variable to .env
    python doctor.py --tidy             fixes the format of .env and the line endings

Needs Python 3.8 or newer: no packages, no network. Only the last two change
files. On Windows the printed commands are for PowerShell.
"""

import argparse
import calendar
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

try:
    import tomllib
except ImportError:  # Python 3.10 and older
    tomllib = None

FORMAT = 1  # the version of the JSON report
ROOT = Path(__file__).resolve().parent
SYSTEM = platform.system()
WINDOWS = SYSTEM == "Windows"
PYTHON = "python" if WINDOWS else "python3"
MOUNTS = Path("/proc/mounts")
SECONDS = 15  # the time limit for one command
DOCKER, COMPOSE, GIGABYTE = (25, 0), (2, 24), 10**9
DATA = "/var/lib/postgresql/data"
FREE_DISK, MEMORY, CLOCK = 3 * GIGABYTE, 1 * GIGABYTE, 60
FILES = "manage.py compose.yaml Dockerfile Pipfile Pipfile.lock pyproject.toml".split()
IGNORED = {".git", ".venv", "__pycache__", "backups", "node_modules", "secrets", "staticfiles"}
TEXT = {".css", ".html", ".json", ".lock", ".md", ".py", ".toml", ".yaml", ".yml", ""}
HOSTS = "localhost,127.0.0.1,[::1],0.0.0.0,web"
RECREATE = "docker compose up --force-recreate --wait"
INSTALL = "curl -fsSL https://get.docker.com | sudo sh"
UPDATE = INSTALL if SYSTEM == "Linux" else "docker desktop update"
PAGES = {
    "compose.yaml": "https://docs.docker.com/reference/compose-file/",
    "Dockerfile": "https://docs.docker.com/reference/dockerfile/",
    "Pipfile": "https://pipenv.pypa.io/en/latest/pipfile.html",
}
CHECKS, outputs, results = [], {}, {}


class Problem(Exception):  # noqa: N818
    """A check found a problem; args are a sentence and the command that fixes it."""


class Skipped(Exception):  # noqa: N818
    """A check cannot run or is not needed; the argument is the reason."""


def check(title, *needs):
    """Register a check: a function that returns its finding, or raises Problem or Skipped.

    A check is skipped unless the checks named in `needs` have passed.
    """

    def register(function):
        CHECKS.append((function.__name__.replace("_", "-"), title, needs, function))
        return function

    return register


# Helpers of the checks


def call(*command):
    """Return what `run` returns for `command`, which runs only the first time."""
    if command not in outputs:
        outputs[command] = run(shutil.which(command[0]) or command[0], *command[1:])
    return outputs[command]


def run(*command):
    """Run `command` for at most SECONDS; return its exit status, stdout and stderr."""
    # Files, not pipes: a child that outlives the command would keep a pipe open.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": errors}
            process = subprocess.Popen(command, cwd=str(ROOT), start_new_session=True, **streams)
            status = process.wait(SECONDS)
        except OSError as error:
            return 127, "", str(error)
        except subprocess.TimeoutExpired:
            if WINDOWS:
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = 124
            errors.write(b"timed out")
        for file in (output, errors):
            file.seek(0)
        texts = [file.read().decode("utf-8", "replace").strip() for file in (output, errors)]
    return (status, *texts)


def parse_json(text):
    """Return the data in the JSON `text`, or an empty dictionary if there is none."""
    try:
        return json.loads(text) or {}
    except ValueError:
        return {}


def version(text):
    """Return the first two numbers of a version as a tuple."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def first_line(text):
    """Return the first line of `text` that is not empty."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "no error message")


def engine():
    """Return the output of `docker info`, or an empty dictionary if the engine is down."""
    info = parse_json(call("docker", "info", "--format", "{{json .}}")[1])
    return info if info.get("ServerVersion") else {}


def compose_config():
    """Return compose.yaml as Compose reads it, with .env and the defaults filled in."""
    if is_special(ROOT / ".env"):
        return {}
    return parse_json(call("docker", "compose", "config", "--format", "json")[1])


def containers():
    """Return the containers of this project, except those of `docker compose run`."""
    label = "label=com.docker.compose.project=" + compose_config()["name"]
    ids = call("docker", "ps", "--all", "--quiet", "--filter", label)[1].split()
    found = parse_json(call("docker", "inspect", *ids)[1]) if ids else []
    oneoff = "com.docker.compose.oneoff"
    return [one for one in found if one["Config"]["Labels"].get(oneoff) != "True"]


def service_of(container):
    """Return the name of a container's service."""
    return container["Config"]["Labels"].get("com.docker.compose.service", "?")


def web_container():
    """Return the running container of `web`; raise Skipped if there is none."""
    for container in containers():
        if service_of(container) == "web" and container["State"]["Status"] == "running":
            return container
    raise Skipped("not started: docker compose up --wait")


def images():
    """Return the local images of this project, and the local images it is built from."""
    names = [f"{compose_config()['name']}-{name}" for name in compose_config()["services"]]
    names += [one["image"] for one in compose_config()["services"].values() if one.get("image")]
    names += re.findall(r"^FROM \$\{REGISTRY\}(\S+)", read("Dockerfile"), re.M)
    found = parse_json(call("docker", "image", "inspect", *sorted(set(names)))[1])
    return {one["Id"]: one for one in found}


def in_container(script, *options):
    """Run a shell command in a temporary container, without network; pulls no image."""
    if not images():
        raise Skipped("there is no image yet: docker compose up --wait")
    name = f"doctor-{os.getpid()}"
    command = ("docker", "run", "--rm", "--name", name, "--pull", "never", "--network", "none")
    image = ("--user", "0", "--entrypoint", "sh", min(images()))
    result = call(*command, *options, *image, "-c", script)
    if result[0] == 124:
        call("docker", "rm", "--force", name)
    return result


def probe():
    """Check in a container whether this folder can be mounted, and the free disk space."""
    mount = f"type=bind,source={ROOT},target=/code,readonly"
    return in_container("df -Pk / && test -f /code/manage.py && echo seen", "--mount", mount)


def read(name):
    """Return the text of a file of the project, or an empty string if it does not exist."""
    try:
        file = ROOT / name
        return "" if is_special(file) else file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def is_special(path):
    """Return whether `path` is a device or a pipe: reading one may never end."""
    return path.exists() and not path.is_file() and not path.is_dir()


def variables():
    """Return the variables in .env."""
    return dict(re.findall(r"^([A-Za-z_]\w*)=(.*?)\r?$", read(".env"), re.M))


def data_folders():
    """Return the local folders that compose.yaml mounts as data folders of a database."""
    short = r"^\s*-\s*[\"']?(\.[^:\"'\n]*):/var/lib/"
    found = re.findall(short, read("compose.yaml"), re.M)
    for one in compose_config().get("services", {}).values():
        for volume in one.get("volumes") or []:
            if volume.get("type") == "bind" and volume["target"].startswith("/var/lib/"):
                found.append(volume["source"])
    return {Path(os.path.realpath(str(ROOT / name))) for name in found} - {ROOT}


def project_files():
    """Yield .env and the paths that git tracks or would add, except data of a database."""
    status, listed, _ = call("git", "ls-files", "-coz", "--exclude-standard")
    paths, data = set(), data_folders()
    if status == 0 and (ROOT / ".git").exists():
        for name in [*filter(None, listed.split("\0")), ".env"]:
            paths.update([ROOT / name, *(ROOT / name).parents])
    else:
        for folder, names, others in os.walk(str(ROOT)):
            paths.update(Path(folder, name) for name in names + others)
            names[:] = [n for n in names if n not in IGNORED and Path(folder, n) not in data]
    for path in sorted(path for path in paths if ROOT in path.parents):
        ignored = IGNORED.intersection(path.relative_to(ROOT).parts) or data & {path, *path.parents}
        if not ignored and os.path.exists(str(path)) and not os.path.islink(str(path)):
            yield path


def crlf_files():
    """Return the text files of the project, except .env, that have CRLF line endings."""
    texts = [one for one in project_files() if one.suffix in TEXT and one.is_file()]
    texts = [one for one in texts if one.name != ".env"]
    texts = [one for one in texts if os.access(str(one), os.R_OK) and one.stat().st_size < 10**6]
    contents = [(one, one.read_bytes()) for one in texts]
    return [one for one, content in contents if b"\r\n" in content and b"\0" not in content]


def quoted(path):
    """Return `path` quoted for the shell, with $HOME for the home folder."""
    path, home, special = str(path), str(Path.home()), '["$`]' if WINDOWS else r'["$`\\]'
    if path.startswith(home + os.sep) and not re.search(special, path[len(home) :]):
        return f'"$HOME{path[len(home) :]}"'
    return "'{}'".format(path.replace("'", "''")) if WINDOWS else shlex.quote(path)


def plain_name():
    """Return the folder's name in characters that every tool accepts."""
    return re.sub(r"[^a-z0-9_]+", "", ROOT.name.lower()).strip("_") or "project"


def browse(url):
    """Return the command that opens a page in the browser."""
    return f"{PYTHON} -m webbrowser {url}"


def by_system(linux, desktop):
    """Return the command for Linux, or for systems with Docker Desktop."""
    return linux if SYSTEM == "Linux" else desktop


def is_modified(name):
    """Return whether a file differs from the last commit."""
    return (ROOT / ".git").exists() and call("git", "diff", "--quiet", "HEAD", "--", name)[0] == 1


def backup_suffix(name):
    """Return a suffix for a copy of a file that overwrites no earlier copy."""
    endings = [".bak", *(f".bak{number}" for number in range(2, 100))]
    return next(ending for ending in endings if not (ROOT / (name + ending)).exists())


def undo(name):
    """Return a sentence and a command that undo the edit of a file and keep a copy of it."""
    if not is_modified(name):
        return "See the documentation of this file:", browse(PAGES[name])
    copy = name + backup_suffix(name)
    sentence = f"See your edit: git diff HEAD {name}. To undo it and keep a copy in {copy}:"
    first = f"Copy-Item {name} {copy};" if WINDOWS else f"cp {name} {copy} &&"
    return sentence, f"{first} git checkout HEAD -- {name}"


# The checks: this folder


@check("Python")
def python():
    """Without Docker, the project needs a newer Python than this file does."""
    needed = re.search(r'requires-python = ">=([\d.]+)"', read("pyproject.toml"))
    here = platform.python_version()
    if not needed or version(here) >= version(needed[1]):
        return here
    if shutil.which("docker"):
        raise Skipped(f"{here}; only needed without Docker, then {needed[1]}")
    page = browse("https://www.python.org/downloads/")
    raise Problem(f"Python {here} is too old: without Docker, you need {needed[1]}.", page)


@check("Right folder")
def folder():
    """The commands of the README must run in the folder of this file."""
    if os.path.normcase(os.path.realpath(os.getcwd())) != os.path.normcase(str(ROOT)):
        raise Problem("This terminal is not in the folder of the project.", f"cd {quoted(ROOT)}")
    return ROOT.name


@check("Project files")
def files():
    """The project cannot start without these files."""
    missing = [name for name in FILES if not (ROOT / name).is_file()]
    if missing and (ROOT / ".git").exists():
        raise Problem(f"Missing: {', '.join(missing)}.", f"git checkout -- {' '.join(missing)}")
    if missing:
        raise Problem(f"Missing: {', '.join(missing)}.", regenerate(missing))
    return f"{len(FILES)} of {len(FILES)}"


def regenerate(names):
    """Return the command that regenerates files from the template with the same answers."""
    record = parse_json(read(".answers.json"))
    program = next((name for name in record if isinstance(record[name], dict)), None)
    if not program:
        return "git clone URL"
    output = Path(tempfile.gettempdir(), "again")
    bake = f"{program} {record['template']} --replay-file .answers.json --overwrite-if-exists"
    generated = output / record[program]["project_slug"]
    copies = [f"cp {quoted(generated / name)} {name}" for name in names]
    return "; ".join([f"{bake} --output-dir {quoted(output)}", *copies])


@check("Location of the folder")
def path():
    """Cloud sync interferes with Docker, and Compose names the project after the folder."""
    new = plain_name()
    command = f'{"Move-Item" if WINDOWS else "mv"} {quoted(ROOT)} "$HOME/{new}"; cd "$HOME/{new}"'
    cloud = re.search(r"OneDrive|iCloud|Mobile Documents|Dropbox|Google ?Drive", str(ROOT))
    if cloud:
        raise Problem(f"{cloud[0]} syncs this folder, which interferes with Docker.", command)
    if not re.search(r"[a-z0-9]", ROOT.name.lower()):
        raise Problem("The folder's name has no letter from a to z and no digit.", command)
    if WINDOWS and len(str(ROOT)) > 150:
        raise Problem(f"The folder's path is {len(str(ROOT))} characters long.", command)
    return "not in a cloud folder"


@check("Speed of the folder")
def slow_mount():
    """Windows drives in WSL, such as /mnt/c, are slow and report no file changes."""
    mounts = re.findall(r"^\S+ (\S+) (\S+) ", read(MOUNTS), re.M)
    root = f"{ROOT}/".replace(" ", "\\040")
    here = [mount for mount in mounts if root.startswith(mount[0].rstrip("/") + "/")]
    kind = max(here, key=lambda mount: len(mount[0]))[1] if here else "unknown"
    if kind in ("9p", "drvfs", "vboxsf", "cifs", "fuse.vmhgfs-fuse"):
        new = f'"$HOME/{plain_name()}"'
        sentence = f"The folder is on a drive of the host system ({kind}), which is slow."
        raise Problem(sentence, f"cp -R {quoted(ROOT)} {new}; cd {new}")
    return kind


@check("Line endings")
def line_endings():
    """Some files with Windows line endings (CRLF) do not work in a Linux container."""
    names = [path.relative_to(ROOT) for path in crlf_files()]
    if names:
        sentence = f"{len(names)} file(s) have Windows line endings (CRLF), such as {names[0]}."
        raise Problem(sentence, f"{PYTHON} doctor.py --tidy")
    return "LF"


@check("Git")
def git():
    """Without .gitattributes, Git on Windows may convert line endings to CRLF."""
    status, value, _ = call("git", "config", "--get", "core.autocrlf")
    if status == 127 or not (ROOT / ".git").exists():
        raise Skipped("not a Git repository")
    if "eol=lf" not in read(".gitattributes") and value == "true":
        sentence = "Git writes CRLF line endings: core.autocrlf is true without .gitattributes."
        raise Problem(sentence, "git config core.autocrlf input")
    return "keeps line endings"


@check(".env")
def env_file():
    """Compose, Django and the shell must read the same values. The file is optional."""
    tidy, number = f"{PYTHON} doctor.py --tidy", 0
    if is_special(ROOT / ".env"):
        command = "Remove-Item .env" if WINDOWS else "rm .env"
        raise Problem(".env is a device or a pipe, not a file.", command)
    if not (ROOT / ".env").is_file():
        return "does not exist; optional in development"
    content = (ROOT / ".env").read_bytes()
    if encoding(content) != "utf-8":
        sentence = f".env is encoded as {encoding(content)}, not as plain UTF-8."
        raise Problem(sentence, tidy)
    if b"\r" in content:
        raise Problem(".env has Windows line endings (CRLF).", tidy)
    for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
        if line != normalize(line):
            name = re.match(r"\W*(?:export\s+)?(\w*)", line)[1]
            sentence = f"Line {number} of .env ({name}) is not plain NAME=value: it has a quote, "
            raise Problem(sentence + "a $, a space, an `export` or an invalid number.", tidy)
    for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
        if not is_true(variables().get("DEBUG") or "true") and not variables().get(name):
            sentence = f"DEBUG is off in .env, and {name} is not set: the site will not start."
            raise Problem(sentence, f"{PYTHON} doctor.py --set DEBUG=true")
    return f"{number} lines"


@check("Environment variables")
def environment():
    """A variable that is set in the terminal overrides .env and compose.yaml."""
    names = ["COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATABASE_URL", "DOCKER_DEFAULT_PLATFORM"]
    found = [name for name in names if os.environ.get(name)]
    found += ["DEBUG"] if not is_true(os.environ.get("DEBUG") or "true") else []
    if found:
        sentence = f"This terminal sets {', '.join(found)}, which changes what Docker starts."
        raise Problem(sentence, unset(*found))
    return "no overrides"


def engine_command(verb):
    """Return the command that starts or restarts Docker's engine."""
    if "microsoft" in platform.release().lower() and shutil.which("docker.exe"):
        return "docker.exe desktop " + verb  # WSL, with Docker Desktop on Windows
    if "/desktop/" in call("docker", "context", "inspect")[1]:
        return "docker desktop " + verb
    systemd = Path("/run/systemd/system").is_dir()
    linux = f"systemctl {verb} docker" if systemd else f"service docker {verb}"
    return by_system("sudo " + linux, "docker desktop " + verb)


def unset(*names):
    """Return the command that unsets environment variables."""
    return "Remove-Item Env:" + ", Env:".join(names) if WINDOWS else "unset " + " ".join(names)


# Docker


@check("Docker is installed")
def docker():
    """Everything in the README except "Without Docker" needs it."""
    if not shutil.which("docker"):
        page = browse("https://docs.docker.com/desktop/setup/install/mac-install/")
        desktop = "winget install --exact --id Docker.DockerDesktop" if WINDOWS else page
        raise Problem("The command `docker` was not found.", by_system(INSTALL, desktop))
    return call("docker", "--version")[1]


@check("Docker is local", "docker")
def docker_host():
    """A remote engine cannot mount this folder, and publishes ports on its own machine."""
    host = call("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")[1]
    if re.match(r"(tcp|https?)://(?!localhost|127\.)|ssh://", host):
        names = [name for name in ("DOCKER_HOST", "DOCKER_CONTEXT") if os.environ.get(name)]
        command = unset(*names) if names else "docker context use default"
        host = re.sub("//.*@", "//", host)
        raise Problem(f"Docker is configured to use a remote engine: {host}.", command)
    return host.partition(":")[0] or "default"


@check("Docker is running", "docker", "docker-host")
def daemon():
    """The `docker` command is only a client of the engine, which must be running."""
    status, found, errors = call("docker", "info", "--format", "{{json .}}")
    if engine():
        return "engine " + engine()["ServerVersion"]
    if "permission denied" in found + errors:
        command = 'sudo usermod -aG docker "$USER"; newgrp docker'
        raise Problem("You have no permission to use the Docker engine.", command)
    verb = "restart" if status == 124 else "start"
    reason = "did not respond in time" if status == 124 else "is not running"
    raise Problem(f"The Docker engine {reason}.", engine_command(verb))


@check("Docker version", "daemon")
def docker_version():
    """compose.yaml uses `start_interval` in health checks, which needs Docker 25."""
    if version(engine()["ServerVersion"]) < DOCKER:
        raise Problem(f"Docker {engine()['ServerVersion']} is older than 25.", UPDATE)
    return engine()["ServerVersion"]


@check("Linux containers", "daemon")
def linux_containers():
    """Docker Desktop on Windows can be switched to Windows containers."""
    if engine()["OSType"] != "linux":
        sentence = f"Docker runs {engine()['OSType']} containers; this project needs Linux."
        raise Problem(sentence, "docker desktop engine use linux")
    return engine()["Architecture"]


@check("Memory", "daemon")
def memory():
    """Docker Desktop gives containers only part of the machine's memory."""
    found = f"{engine()['MemTotal'] / GIGABYTE:.1f} GB"
    if engine()["MemTotal"] < MEMORY:
        page = "https://docs.docker.com/desktop/settings-and-maintenance/settings/#resources"
        raise Problem(f"Docker has {found} of memory; give it 2 GB.", browse(page))
    return found


@check("Clock", "daemon")
def clock():
    """After sleep, Docker Desktop's clock may be wrong; then certificates are rejected."""
    now = calendar.timegm(time.strptime(engine()["SystemTime"][:19], "%Y-%m-%dT%H:%M:%S"))
    if abs(now - time.time()) > CLOCK:
        sentence = f"Docker's clock is {abs(now - time.time()):.0f} seconds off."
        fix = by_system("sudo timedatectl set-ntp true", "docker desktop restart")
        raise Problem(sentence, fix)
    return "correct"


@check("Compose version", "docker")
def compose():
    """compose.yaml uses features of Compose 2.24; `docker-compose` is too old."""
    status, found, errors = call("docker", "compose", "version", "--short")
    if status:
        raise Problem(f"`docker compose` does not work: {first_line(errors).rstrip('.')}.", UPDATE)
    if version(found) < COMPOSE:
        raise Problem(f"Compose {found} is older than 2.24.", UPDATE)
    return found


@check("compose.yaml", "compose", "files", "path", "environment")
def compose_file():
    """Compose must be able to read it with the values of .env."""
    if is_special(ROOT / ".env"):
        raise Skipped("fix this first: .env")
    _, _, errors = call("docker", "compose", "config", "--format", "json")
    if "web" not in compose_config().get("services", {}):
        reason = re.sub(r"^time=.*\n?", "", errors, flags=re.M) or "there is no service web"
        sentence = f"Compose cannot read it: {first_line(reason).rstrip('.')}."
        hint, command = undo("compose.yaml")
        raise Problem(f"{sentence} {hint}", command)
    return f"{len(compose_config()['services'])} services"


@check("Platform of the images", "linux-containers", "compose-file")
def architecture():
    """An image for another platform fails with `exec format error` or runs slowly."""
    mine = engine()["Architecture"].replace("x86_64", "amd64").replace("aarch64", "arm64")
    for image in images().values():
        if image["Architecture"] != mine:
            name = (image.get("RepoTags") or ["an image"])[0]
            sentence = f"{name} is for {image['Architecture']}; this machine is {mine}."
            raise Problem(sentence, "docker compose build --pull --no-cache")
    return mine


@check("A container starts", "architecture")
def container():
    """Like `docker run hello-world`, but with a local image and without network."""
    status, _, errors = probe()
    if status not in (0, 1) and not re.search("bind source|[Mm]ounts denied", errors):
        sentence = f"Containers do not start: {first_line(errors).rstrip('.')}."
        raise Problem(sentence, engine_command("restart"))
    return "yes"


@check("Bind mount of this folder", "container")
def mount():
    """Edits are served at once because this folder is mounted into the containers."""
    if "seen" not in probe()[1]:
        page = "https://docs.docker.com/desktop/settings-and-maintenance/settings/#file-sharing"
        raise Problem("Containers cannot read the files of this folder.", browse(page))
    return "yes"


@check("Disk space")
def disk():
    """Images and volumes need disk space; Docker Desktop has a disk image of its own."""
    seen = []
    if results.get("container", {}).get("status") == "ok":
        seen = re.findall(r" (\d+) +\d+% ", probe()[1])
    free = min([shutil.disk_usage(str(ROOT)).free, *(int(number) * 1024 for number in seen)])
    if free < FREE_DISK:
        sentence = f"Only {free / GIGABYTE:.1f} GB of disk space are free; images need 3 GB."
        raise Problem(sentence, "docker system prune")
    return f"{free / GIGABYTE:.0f} GB free"


# The project in Docker


@check("User of the containers", "compose-file", "daemon")
def user_id():
    """On Linux, files that a container writes here belong to the container's user."""
    desktop = "Desktop" in engine().get("OperatingSystem", "")
    if SYSTEM != "Linux" or desktop or "rootless" in str(engine().get("SecurityOptions")):
        raise Skipped("not needed on this system")
    user, owner = compose_config()["services"]["web"].get("user", "0"), ROOT.stat()
    if user.partition(":")[0] != str(owner.st_uid):
        sentence = f"Containers run as user {user}, but this folder belongs to {owner.st_uid}."
        command = f"{PYTHON} doctor.py --set UID={owner.st_uid} GID={owner.st_gid}"
        raise Problem(sentence, command)
    return user


@check("Owner of the files")
def ownership():
    """You cannot change files here that belong to root or another user."""
    if WINDOWS:
        raise Skipped("not needed on this system")
    owner, me = ROOT.stat(), os.getuid()
    command = chown() if me else chown(f"{owner.st_uid}:{owner.st_gid}", "")
    if me not in (0, owner.st_uid):
        raise Problem(f"This folder belongs to user {owner.st_uid}; you are {me}.", command)
    for entry in project_files():
        if entry.stat().st_uid != owner.st_uid:
            name = entry.relative_to(ROOT)
            raise Problem(f"{name} belongs to user {entry.stat().st_uid}.", command)
    return "you"


def chown(owner='"$(id -u):$(id -g)"', sudo="sudo "):
    """Return the command that changes the owner of the project, except database files."""
    data = [path.relative_to(ROOT).as_posix() for path in data_folders() if ROOT in path.parents]
    if not data:
        return f"{sudo}chown -R {owner} ."
    without = " ".join(f"-path {shlex.quote('./' + name)} -prune -o" for name in sorted(data))
    return f"{sudo}find . {without} -exec chown -h {owner} {{}} +"


@check("Project name", "compose-file", "daemon")
def project_name():
    """Compose identifies a project by the name of its folder, not by the path."""
    name = compose_config()["name"]
    for one in containers():
        folder = one["Config"]["Labels"].get("com.docker.compose.project.working_dir", "")
        if os.path.normcase(os.path.realpath(folder)) != os.path.normcase(str(ROOT)):
            sentence = f"Another folder has containers with the same project name: {name}."
            raise Problem(sentence, f"{PYTHON} doctor.py --set COMPOSE_PROJECT_NAME={name}_2")
    return name


@check("Port", "compose-file")
def port():
    """Only one program can use a port; WEB_PORT in .env chooses another."""
    published = compose_config()["services"]["web"].get("ports") or [{}]
    if "published" not in published[0]:
        raise Skipped("no port is published")
    number = int(published[0]["published"])
    if engine() and number in ports_of(containers()):
        return f"{number}, used by this project"
    if is_free(number):
        return f"{number} is free"
    other = next((one for one in range(number + 1, number + 200) if is_free(one)), 8080)
    sentence = f"Port {number} is used by {user_of(number)}."
    raise Problem(sentence, f"{PYTHON} doctor.py --set WEB_PORT={other}")


def ports_of(found):
    """Return the host ports that the containers publish."""
    lists = [list((one["NetworkSettings"]["Ports"] or {}).values()) for one in found]
    return [int(one["HostPort"]) for ports in lists for port in ports for one in port or []]


def is_free(number):
    """Return whether nothing listens on a port and this process could."""
    with socket.socket() as client:
        client.settimeout(1)
        if client.connect_ex(("127.0.0.1", number)) == 0:
            return False
    with socket.socket() as server:
        if not WINDOWS:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def user_of(number):
    """Return the program that uses a port, as far as this user may see it."""
    form = '{{.Names}} of the project {{.Label "com.docker.compose.project"}}'
    status, names, _ = call("docker", "ps", "--filter", f"publish={number}", "--format", form)
    if status == 0 and names:
        return "the container " + first_line(names)
    if WINDOWS:
        pid = re.search(rf":{number} .*LISTENING +(\d+)", call("netstat", "-ano", "-p", "tcp")[1])
        if pid:
            task = call("tasklist", "/FI", f"PID eq {pid[1]}", "/FO", "CSV", "/NH")[1]
            return f"{first_line(task).split(',')[0]} (process {pid[1]})"
    lines = call("lsof", "-nP", f"-iTCP:{number}", "-sTCP:LISTEN")[1].splitlines()[1:]
    if lines:
        return "{} (process {})".format(*lines[0].split()[:2])
    found = re.search(r'\(\("([^"]+)",pid=(\d+)', call("ss", "-Hltnp", f"sport = :{number}")[1])
    return f"{found[1]} (process {found[2]})" if found else "another program"


@check("Dockerfile", "files")
def dockerfile():
    """pipenv needs Pipfile and Pipfile.lock in the image before it installs."""
    text = read("Dockerfile")
    step = re.search(r"^\s*#\s*STEP \d", text, re.M) and (ROOT / "ASSIGNMENT.md").is_file()
    if step and not re.search(r"^\s*(COPY|ADD)\b.*Pipfile", text, re.M | re.I):
        raise Skipped("step 2 of ASSIGNMENT.md is not done yet")
    text = re.sub(r"\\\s*\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
    install = re.search(r"^.*\bpipenv +(?:sync|install|verify|requirements)\b", text, re.M)
    if not install or "type=bind" in install[0]:
        return "does not need the Pipfile"
    copied = []
    for line in re.findall(r"^\s*(?:COPY|ADD)\s+(.*)", text[: install.start()], re.M | re.I):
        words = [word for word in re.split(r'[\s",\[\]]+', line) if word]
        copied += [word[2:] if word.startswith("./") else word for word in words[:-1]]
    if not {".", "", "*", "Pipfile*"}.intersection(copied):
        missing = [name for name in ("Pipfile", "Pipfile.lock") if name not in copied]
        if missing:
            hint, command = undo("Dockerfile")
            sentence = f"The Dockerfile runs pipenv without a copy of {' and '.join(missing)}."
            raise Problem(f"{sentence} {hint}", command)
    return "copies the Pipfile and the lock first"


@check("Pipfile and lock", "files")
def lock():
    """The lock has a hash of its Pipfile, and `pipenv verify` in the Dockerfile checks it."""
    if tomllib is None:
        raise Skipped(f"needs Python 3.11; this is {platform.python_version()}")
    try:
        pipfile = tomllib.loads(read("Pipfile"))
    except tomllib.TOMLDecodeError as error:
        hint, command = undo("Pipfile")
        raise Problem(f"Pipfile is not valid: {error}. {hint}", command) from error
    data = {"_meta": {"sources": pipfile["source"], "requires": pipfile.get("requires", {})}}
    data.update(default=pipfile.get("packages", {}), develop=pipfile.get("dev-packages", {}))
    known = {"source", "requires", "packages", "dev-packages", "pipenv", "scripts"}
    data.update({name: part for name, part in pipfile.items() if name not in known})
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    hashed = hashlib.sha256(text.encode()).hexdigest()
    locked = parse_json(read("Pipfile.lock")).get("_meta", {}).get("hash", {}).get("sha256")
    if hashed != locked:
        raise Problem("Pipfile.lock is out of date: Pipfile has changed.", solve())
    return "match"


def solve():
    """Return the command that updates the lock, with the image's pipenv if there is one."""
    if results["architecture"]["status"] != "ok":
        return "pipenv lock"
    tags = [tag for image in images().values() for tag in image.get("RepoTags") or []]
    if f"{compose_config()['name']}-web:latest" in tags:
        return "docker compose run --rm --no-deps web pipenv lock"
    owner = "" if WINDOWS else f"--user {ROOT.stat().st_uid}:{ROOT.stat().st_gid} "
    python = re.search(r"\}(python:\S+)", read("Dockerfile"))[1]
    pipenv = re.search(r"pipenv==[\d.]+", read("Dockerfile"))[0]
    mount = "--env HOME=/tmp --env PIPENV_VENV_IN_PROJECT=0 --volume .:/code --workdir /code"
    script = f"pip install --quiet {pipenv} && python -m pipenv lock"
    return f'docker run --rm {owner}{mount} {python} sh -c "{script}"'


@check("Database volume", "project-name")
def database_volume():
    """PostgreSQL 18 has another data folder, and reads only data of its major version."""
    for one in compose_config()["services"].values():
        major = re.search(r"\bpostgres:(\d+)", one.get("image") or "")
        targets = [volume.get("target", "").rstrip("/") for volume in one.get("volumes") or []]
        moved = (one.get("environment") or {}).get("PGDATA")
        if major and int(major[1]) >= 18 and DATA in targets and not moved:
            sentence = f"The volume is mounted at {DATA}, which PostgreSQL {major[1]} does not "
            sentence += "use. To mount it at the parent folder and keep a copy of compose.yaml:"
            raise Problem(sentence, mount_parent())
    if results["container"]["status"] != "ok":
        raise Skipped(f"fix this first: {results['container']['title']}")
    for one in compose_config()["services"].values():
        major = re.search(r"\bpostgres:(\d+)", one.get("image") or "")
        known = compose_config().get("volumes", {})
        volumes = [volume for volume in one.get("volumes", []) if volume.get("source") in known]
        if major and volumes:
            break
    else:
        raise Skipped("compose.yaml has no volume for PostgreSQL")
    name = compose_config()["volumes"][volumes[0]["source"]]["name"]
    if call("docker", "volume", "inspect", name)[0]:
        raise Skipped("does not exist yet")
    mount = f"type=volume,source={name},target=/volume,readonly"
    script = "cat $(find /volume -maxdepth 3 -name PG_VERSION)"
    found = in_container(script, "--mount", mount)[1].split()
    if found and major[1] not in found:
        sentence = f"The data is from PostgreSQL {found[0]}; {major[1]} cannot read it. To keep "
        sentence += f"it, use postgres:{found[0]} in compose.yaml. To delete it and start over:"
        raise Problem(sentence, "docker compose down --volumes")
    return "PostgreSQL " + major[1]


def mount_parent():
    """Return the command that mounts the volume at the data folder of PostgreSQL 18."""
    parent, suffix = DATA.rpartition("/")[0], backup_suffix("compose.yaml")
    if not WINDOWS:
        return f"sed -i{suffix} 's#{DATA}#{parent}#' compose.yaml"
    return (
        f"Copy-Item compose.yaml compose.yaml{suffix}; (Get-Content -Raw compose.yaml)"
        f".Replace('{DATA}', '{parent}') | Set-Content -NoNewline compose.yaml"
    )


MIGRATIONS = """
import django; django.setup()
from django.core.management import call_command
for word, command, options in (("unwritten", "makemigrations", {"dry_run": True}),
                               ("unapplied", "migrate", {})):
    try: call_command(command, check=True, verbosity=0, **options)
    except SystemExit: print(word)
"""


@check("Migrations", "project-name")
def migrations():
    """Every change of the models needs a migration, and every migration must be applied."""
    web_container()
    settings = ("--env", "DJANGO_SETTINGS_MODULE=django_project.settings")
    inside = ("docker", "compose", "exec", "-T", *settings, "web", "python", "-c", MIGRATIONS)
    status, found, _ = call(*inside)
    manage = "docker compose run --rm {}web python manage.py {}"
    if status:
        raise Skipped("Django does not start; see the logs below")
    if "unwritten" in found:
        sentence = "The models have changed without a migration."
        raise Problem(sentence, manage.format("--no-deps ", "makemigrations"))
    if "unapplied" in found:
        raise Problem("A migration is not applied.", manage.format("", "migrate"))
    return "applied"


# Known log messages: the pattern, what it means, the command that fixes it, and the
# check that knows better, if it could run. {0} is the group of the pattern. Clients
# can choose that text, so a group that goes into a command must match only characters
# that are not special in any shell.
RESET = "docker compose down --volumes"
SET = f"{PYTHON} doctor.py --set "
DEVELOPMENT = f"{SET}DEBUG=true; {RECREATE}"
CHOWN = 'sudo chown -R "$(id -u):$(id -g)" .'
PRIVATE = f"{CHOWN}; {RECREATE}"
OLD = "The volume belongs to an older project of this name. To delete its data:"
SYNTAX = r'File "/code/([^"]+", line \d+)\n(?:(?! *File ).*\n){0,5}(?:Syntax|Indentation|Tab)Error'
MODULE = r"No module named '([\w.]+)'"
# fmt: off
MESSAGES = [
    (SYNTAX, "There is a syntax error in {0}. To see it:",
     "docker compose run --rm --no-deps web ruff check", ""),
    (r"password authentication failed for user", OLD, RESET, ""),
    (r'(?:database|role) "(\S+)" does not exist', "{0} does not exist. " + OLD, RESET, ""),
    (r"database files are incompatible with server", OLD, RESET, "database-volume"),
    (r"in 18\+, these Docker images are configured", OLD, RESET, "database-volume"),
    (r"InconsistentMigrationHistory", OLD, RESET, ""),
    (r"unable to open database file", "The SQLite file is not writable. " + OLD, RESET, ""),
    (r"column (\S+)(?: of relation \S+)? does not exist|no such column: (\S+)",
     "The database has no column for a field of the models: {0}.",
     "docker compose run --rm --no-deps web python manage.py makemigrations", "migrations"),
    (r'relation "(\S+)" does not exist|no such table: (\S+)',
     "The table {0} does not exist: a migration is not applied.", RECREATE, "migrations"),
    (r"Conflicting migrations detected", "Two migrations depend on the same one.",
     "docker compose run --rm --no-deps web python manage.py makemigrations --merge", ""),
    (r"address already in use|port is already allocated", "The port is in use.",
     SET + "WEB_PORT=8001", "port"),
    (r"Invalid HTTP_HOST header: '([\w.-]+)(?::\d+)?'", "{0} is not in ALLOWED_HOSTS.",
     f'{SET}"ALLOWED_HOSTS={{hosts}},{{0}}"; {RECREATE}', ""),
    (r"Origin checking failed - (https?://[\w.-]+(?::\d+)?) does not match",
     "A form was sent from {0}, which is not trusted. If it is this site:",
     f'{SET}"CSRF_TRUSTED_ORIGINS={{origins}}{{0}}"; {RECREATE}', ""),
    (MODULE, "{0} is not in the image. To rebuild it from Pipfile.lock:",
     "docker compose up --build --force-recreate --wait", ""),
    (r"exec format error", "An image is for another platform.",
     "docker compose build --pull --no-cache", "architecture"),
    (r"[Nn]o space left on device", "The disk is full.", "docker system prune", ""),
    (r"database is locked", "Another program has locked the SQLite file.", RECREATE, ""),
    (r"PermissionError|Permission denied", "A file is not readable or not writable.", PRIVATE, ""),
    (r"SECRET_KEY is missing", "DEBUG is off without SECRET_KEY.", DEVELOPMENT, "env-file"),
    (r"ALLOWED_HOSTS is empty", "DEBUG is off without ALLOWED_HOSTS.", DEVELOPMENT, "env-file"),
    (r"too many clients already|remaining connection slots|too many connections",
     "The database has no free connections.", RECREATE, ""),
    (r"Pipfile\.lock.{0,20} out.of.date", "Pipfile.lock is out of date.",
     "docker compose run --rm --no-deps web pipenv lock", "lock"),
    (r'could not translate host name "([^"]+)"|failed to resolve host \'([^\']+)',
     "The host name {0} of the database was not found.", RECREATE, ""),
    (r"[Cc]onnection refused", "The database does not accept connections.", RECREATE, ""),
    (r"\\r'?: (?:No such file|not found|command not found)", "A file has CRLF line endings.",
     f"{PYTHON} doctor.py --tidy; {RECREATE}", ""),
]
# fmt: on


@check("Logs", "project-name")
def logs():
    """Known error messages in the log since the last start of each container."""
    if not containers():
        raise Skipped("not started: docker compose up --wait")
    for one in containers():
        since = ("--since", one["State"]["StartedAt"], "--tail", "60")
        text = "\n".join([one["State"]["Error"], *call("docker", "logs", *since, one["Id"])[1:]])
        # Messages before the last restart by watchfiles are about code that has changed since.
        text = re.split(r"\d+ changes? detected", text)[-1]
        for pattern, sentence, command, other in MESSAGES:
            found = re.search(pattern, text)
            if found and results.get(other, {}).get("status", "skipped") == "skipped":
                # Python quotes the path.
                group = next((text for text in found.groups() if text), "").replace('"', "")
                if pattern == MODULE and not is_known(group):
                    sentence, command = unknown_module()
                sentence = f"{service_of(one)}: {sentence.replace('{0}', group)}"
                command = command.replace(CHOWN, chown())
                hosts = variables().get("ALLOWED_HOSTS") or HOSTS
                origins = ",".join([*filter(None, [variables().get("CSRF_TRUSTED_ORIGINS")]), ""])
                command = command.replace("{hosts}", hosts).replace("{origins}", origins)
                raise Problem(sentence, command.replace("{0}", group))
    return "no known error"


def is_known(module):
    """Return whether a module belongs to the project or to a package in the lock."""
    module_path, lock = ROOT.joinpath(*module.split(".")), parse_json(read("Pipfile.lock"))
    if module_path.is_dir() or module_path.with_suffix(".py").is_file():
        return True
    # For a missing package, Python names only the part before the first dot.
    packages = [*lock.get("default", {}), *lock.get("develop", {})]
    plain = [re.sub(r"[-_.]", "", name).lower() for name in packages]
    return "." not in module and any(module.replace("_", "").lower() in name for name in plain)


def unknown_module():
    """Return a sentence and a command for a module that is not in the project or the lock."""
    sentence = "{0} is neither in Pipfile.lock nor a folder here. Add a package to Pipfile; "
    sentence += "if these are two names in one, a comma is missing in INSTALLED_APPS:"
    settings = "django_project/settings.py"
    if is_modified(settings):
        return sentence, f"git diff HEAD {settings}"
    if WINDOWS:
        return sentence, f"Select-String INSTALLED_APPS {settings} -Context 0,30"
    return sentence, f"grep -n -A 30 INSTALLED_APPS {settings}"


@check("Services", "logs")
def services():
    """`migrate` and `seed` must exit with status 0; `db` and `web` keep running."""
    if not containers():
        raise Skipped("not started: docker compose up --wait")
    for one in containers():
        state, name = one["State"], service_of(one)
        if state.get("OOMKilled"):
            raise Problem(f"{name} was killed: out of memory.", "docker compose up --wait")
        if state["Status"] in ("restarting", "dead", "paused"):
            raise Problem(f"{name} is {state['Status']}.", RECREATE)
        # 137 and 143: stopped by a signal.
        if state["Status"] == "exited" and state["ExitCode"] not in (0, 130, 137, 143):
            raise Problem(f"{name} exited with status {state['ExitCode']}.", RECREATE)
    web_container()
    return "running"


@check("Site", "services", "migrations")
def site():
    """The home page must load, requested as a browser does."""
    if web_container()["State"].get("Health", {}).get("Status") == "starting":
        raise Skipped("is still starting: try again in a moment")
    ports = ports_of([web_container()])
    if not ports:
        raise Skipped("no port is published")
    url = f"http://localhost:{ports[0]}/"
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with without_proxy.open(url.replace("localhost", "127.0.0.1"), timeout=5) as page:
            return f"{url} returns {page.status}"
    except urllib.error.HTTPError as error:
        error.close()
        sentence = f"{url} returns {error.code}."
    except OSError as error:
        sentence = f"{url} does not respond: {error}."
    raise Problem(sentence, "docker compose restart web")


# .env and the command line


def is_true(value):
    """Return whether django-environ reads a value as true."""
    return value.lower() in ("true", "on", "ok", "y", "yes", "1")


def encoding(content):
    """Return the encoding of the bytes of .env: Windows programs write several."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in content:
        return "utf-16-le"
    try:
        return "utf-8-sig" if content.decode("utf-8").startswith("\ufeff") else "utf-8"
    except UnicodeDecodeError:
        return "cp1252"


def normalize(line):
    """Return a line of .env in the form that all programs read alike, or as a comment."""
    plain = line.strip()
    if not plain or plain.startswith("#"):
        return line.rstrip("\r\n")
    found = re.match(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$", plain)
    if not found:
        return "# " + plain
    name, value = found.groups()
    found = re.match(r"([\"'])([^\"']*)\1(\s+#.*)?$", value)
    value = found[2] if found else re.split(r"\s+#", value)[0]
    ranges = {"WEB_PORT": (1, 65535), "UID": (0, 2**32), "GID": (0, 2**32)}
    low, high = ranges.get(name, (0, 0))
    if "'" in value or '"' in value or (high and not value.isdigit()):
        return "# " + plain
    if high and not low <= int(value) <= high:
        return "# " + plain
    # In single quotes, Compose and Django both read a $ as it is.
    return f"{name}='{value}'" if re.search(r"[$\s]", value) else f"{name}={value}"


def tidy():
    """Write .env as plain UTF-8, and it and the other text files with LF line endings."""
    for path in crlf_files():
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    if (ROOT / ".env").is_file():
        content = (ROOT / ".env").read_bytes()
        lines = content.decode(encoding(content), "replace").splitlines()
        save([normalize(line) for line in lines])
    return "Done."


def save(lines):
    """Write the lines of .env, which only this user may read."""
    if is_special(ROOT / ".env"):
        raise SystemExit(".env is a device or a pipe, not a file. Remove it.")
    descriptor = os.open(str(ROOT / ".env"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)


def set_variables(assignments):
    """Write variables to .env, replacing those of the same name."""
    lines = read(".env" if (ROOT / ".env").is_file() else ".env.example").splitlines()
    for assignment in assignments:
        name = assignment.partition("=")[0]
        if not re.match(r"[A-Za-z_]\w*=", assignment) or normalize(assignment)[0] == "#":
            raise SystemExit(f"{name}: expected NAME=value.")
        found = [n for n, line in enumerate(lines) if re.match(rf"#? ?{name}=", line)]
        position = found[-1] if found else len(lines)
        lines[position : position + 1] = [normalize(assignment)]
    save(lines)
    return "Saved to .env. Next: docker compose up --wait"


def run_checks():
    """Run the checks in order; return a dictionary for each."""
    for name, title, needs, function in CHECKS:
        result = {"id": name, "title": title, "status": "ok", "found": "", "command": None}
        results[name] = result
        try:
            for other in needs:
                if results[other]["status"] == "problem":
                    raise Skipped(f"fix this first: {results[other]['title']}")
                if results[other]["status"] == "skipped":
                    raise Skipped(results[other]["found"])
            result["found"] = clean(function())
        except Skipped as reason:
            result.update(status="skipped", found=clean(str(reason)))
        except Problem as problem:
            sentence, command = problem.args
            result.update(status="problem", found=clean(sentence), command=hide(command))
        except Exception as error:
            sentence = f"The check itself failed: {type(error).__name__}: {error}"
            command = f"{PYTHON} doctor.py --json"
            result.update(status="problem", found=clean(sentence), command=command)
    return list(results.values())


def clean(text):
    """Return `text` on one line, without secrets and without the home folder."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return hide(" ".join(text.split()).replace(str(Path.home()) + os.sep, "~" + os.sep))


def hide(text):
    """Return `text` without the values of variables that look like secrets."""
    for name, value in [*variables().items(), *os.environ.items()]:
        if re.search("SECRET|PASSWORD|TOKEN|_KEY|_DSN|_URL", name) and len(value) > 5:
            text = text.replace(value, "***")
    return text


def system():
    """Return versions and sizes, for someone who helps the user."""
    return {
        "os": f"{SYSTEM} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "docker": call("docker", "--version")[1] or None,
        "engine": engine().get("ServerVersion"),
        "compose": call("docker", "compose", "version", "--short")[1] or None,
        "memory_gb": round(engine().get("MemTotal", 0) / GIGABYTE, 1) or None,
        "disk_free_gb": round(shutil.disk_usage(str(ROOT)).free / GIGABYTE, 1),
    }


def show(checks):
    """Print a line for each check; return the number of problems."""
    colors = {"ok": "32", "problem": "1;31", "skipped": "2"}
    colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ and not WINDOWS
    for one in checks:
        word = f"{one['status']:8}"
        word = f"\033[{colors[one['status']]}m{word}\033[0m" if colored else word
        print(f"{word}  {one['title']:26}  {one['found']}")
        if one["command"]:
            print(f"{'':8}  {'':26}  > {one['command']}")
    count = {word: sum(one["status"] == word for one in checks) for word in colors}
    print("{ok} ok, {problem} problem(s), {skipped} skipped.".format(**count))
    if count["problem"]:
        print("Run the first command after a >, then run this program again.")
    return count["problem"]


def main(arguments=None):
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON, without secrets")
    parser.add_argument("--list", action="store_true", help="list the checks and their reasons")
    parser.add_argument("--set", nargs="+", metavar="NAME=VALUE", help="write a variable to .env")
    parser.add_argument("--tidy", action="store_true", help="fix .env and line endings")
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    if options.set or options.tidy:
        print(set_variables(options.set) if options.set else tidy())
        return 0
    if options.list:
        for name, title, _, function in CHECKS:
            print(f"{name:16}  {title:26}  {function.__doc__}")
        return 0
    checks = run_checks()
    if options.json:
        ok = all(one["status"] != "problem" for one in checks)
        report = {"doctor": FORMAT, "ok": ok, "system": system(), "checks": checks}
        print(json.dumps(report, indent=2))
        return int(not ok)
    return int(show(checks) > 0)


if __name__ == "__main__":
    # It is None if it is closed (>&-).
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    try:
        try:
            sys.exit(main())
        finally:
            sys.stdout.flush()
    except (KeyboardInterrupt, OSError) as stopped:
        # Otherwise Python prints the rest at its exit, and fails again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        closed = isinstance(stopped, BrokenPipeError)
        sys.exit(1 if closed else f"Stopped: {stopped or 'interrupted'}")
