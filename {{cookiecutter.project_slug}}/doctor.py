"""Looks for what keeps this project from starting, and says what mends it.

    python doctor.py                    looks; each problem comes with one command
    python doctor.py --list             says what is looked at, and why
    python doctor.py --json             the same for a program; nothing secret is in it
    python doctor.py --set NAME=VALUE   writes a variable into .env
    python doctor.py --tidy             mends how .env and the line endings are written

Needs Python 3.8 or newer, and nothing else: no package, no network. Only the last
two change a file. On Windows the commands that it prints are for PowerShell.
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

FORMAT = 1  # of what --json prints
ROOT = Path(__file__).resolve().parent
SYSTEM = platform.system()
WINDOWS = SYSTEM == "Windows"
PYTHON = "python" if WINDOWS else "python3"
MOUNTS = Path("/proc/mounts")
SECONDS = 15  # the longest that one command may take
DOCKER, COMPOSE, GIGABYTE = (25, 0), (2, 24), 10**9
DATA = "/var/lib/postgresql/data"
FREE_DISK, MEMORY, CLOCK = 3 * GIGABYTE, 1 * GIGABYTE, 60
FILES = "manage.py compose.yaml Dockerfile Pipfile Pipfile.lock pyproject.toml".split()
NOT_OURS = {".git", ".venv", "__pycache__", "backups", "node_modules", "secrets", "staticfiles"}
TEXT = {".css", ".html", ".json", ".lock", ".md", ".py", ".toml", ".yaml", ".yml", ""}
HOSTS = "localhost,127.0.0.1,[::1],0.0.0.0,web"
AGAIN = "docker compose up --force-recreate --wait"
INSTALL = "curl -fsSL https://get.docker.com | sudo sh"
UPDATE = INSTALL if SYSTEM == "Linux" else "docker desktop update"
PAGES = {
    "compose.yaml": "https://docs.docker.com/reference/compose-file/",
    "Dockerfile": "https://docs.docker.com/reference/dockerfile/",
    "Pipfile": "https://pipenv.pypa.io/en/latest/pipfile.html",
}
CHECKS, asked, results = [], {}, {}


class Problem(Exception):  # noqa: N818
    """Something is wrong: a sentence, and the command that mends it."""


class Skipped(Exception):  # noqa: N818
    """This cannot be looked at, or need not be: why."""


def check(title, *needs):
    """Make a check of a function: it returns what it found, or raises one of the above."""

    def register(function):
        CHECKS.append((function.__name__.replace("_", "-"), title, needs, function))
        return function

    return register


# What the checks ask


def ask(*command):
    """Return the status of `command`, its output and its errors; asks but once."""
    if command not in asked:
        asked[command] = start(shutil.which(command[0]) or command[0], *command[1:])
    return asked[command]


def start(*command):
    """Run `command` for at most SECONDS; return its status, its output and its errors."""
    # Into files, not pipes: a process that has started others can be left alone.
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
            errors.write(b"no answer in time")
        for file in (output, errors):
            file.seek(0)
        found, said = (file.read().decode("utf-8", "replace").strip() for file in (output, errors))
    return status, found, said


def parsed(text):
    """Return the data in the JSON `text`; of no data, an empty dictionary."""
    try:
        return json.loads(text) or {}
    except ValueError:
        return {}


def version(text):
    """Return the first two numbers of a version."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def first_line(text):
    """Return the first line of `text` that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")


def engine():
    """Return what the engine tells of itself; nothing where none answers."""
    info = parsed(ask("docker", "info", "--format", "{{json .}}")[1])
    return info if info.get("ServerVersion") else {}


def settled():
    """Return compose.yaml as Compose reads it, with .env and the defaults filled in."""
    return parsed(ask("docker", "compose", "config", "--format", "json")[1])


def containers():
    """Return the containers of this project, those of `docker compose run` left out."""
    label = "label=com.docker.compose.project=" + settled()["name"]
    ids = ask("docker", "ps", "--all", "--quiet", "--filter", label)[1].split()
    found = parsed(ask("docker", "inspect", *ids)[1]) if ids else []
    once = "com.docker.compose.oneoff"
    return [one for one in found if one["Config"]["Labels"].get(once) != "True"]


def service(container):
    """Return the name of the service that a container belongs to."""
    return container["Config"]["Labels"].get("com.docker.compose.service", "?")


def web():
    """Return the container of the website, if it runs."""
    for container in containers():
        if service(container) == "web" and container["State"]["Status"] == "running":
            return container
    raise Skipped("not started: docker compose up --wait")


def images():
    """Return the images of this project that are here, and those it is built from."""
    names = [f"{settled()['name']}-{name}" for name in settled()["services"]]
    names += [one["image"] for one in settled()["services"].values() if one.get("image")]
    names += re.findall(r"^FROM \$\{REGISTRY\}(\S+)", read("Dockerfile"), re.M)
    found = parsed(ask("docker", "image", "inspect", *sorted(set(names)))[1])
    return {one["Id"]: one for one in found}


def in_container(script, *options):
    """Run a line of shell in a new container; nothing is downloaded, nothing stays."""
    if not images():
        raise Skipped("no image is here yet: docker compose up --wait")
    name = f"doctor-{os.getpid()}"
    run = ("docker", "run", "--rm", "--name", name, "--pull", "never", "--network", "none")
    answer = ask(*run, *options, "--user", "0", "--entrypoint", "sh", min(images()), "-c", script)
    if answer[0] == 124:
        ask("docker", "rm", "--force", name)
    return answer


def look_around():
    """Return what a container answers that sees this folder, and how full the disk is."""
    mount = f"type=bind,source={ROOT},target=/code,readonly"
    return in_container("df -Pk / && test -f /code/manage.py && echo seen", "--mount", mount)


def read(name):
    """Return the text of a file of the project; of none, nothing."""
    try:
        return (ROOT / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def variables():
    """Return what .env sets."""
    return dict(re.findall(r"^([A-Za-z_]\w*)=(.*?)\r?$", read(".env"), re.M))


def data_folders():
    """Return the folders here that compose.yaml mounts for the files of a database."""
    short = r"^\s*-\s*[\"']?(\.[^:\"'\n]*):/var/lib/"
    found = re.findall(short, read("compose.yaml"), re.M)
    for one in settled().get("services", {}).values():
        for volume in one.get("volumes") or []:
            if volume.get("type") == "bind" and volume["target"].startswith("/var/lib/"):
                found.append(volume["source"])
    return {Path(os.path.realpath(str(ROOT / name))) for name in found} - {ROOT}


def ours():
    """Yield the files and folders that git tracks or would add, and .env; no database."""
    status, listed, _ = ask("git", "ls-files", "-coz", "--exclude-standard")
    paths, data = set(), data_folders()
    if status == 0 and (ROOT / ".git").exists():
        for name in [*filter(None, listed.split("\0")), ".env"]:
            paths.update([ROOT / name, *(ROOT / name).parents])
    else:
        for folder, names, others in os.walk(str(ROOT)):
            paths.update(Path(folder, name) for name in names + others)
            names[:] = [n for n in names if n not in NOT_OURS and Path(folder, n) not in data]
    for path in sorted(path for path in paths if ROOT in path.parents):
        made = NOT_OURS.intersection(path.relative_to(ROOT).parts) or data & {path, *path.parents}
        if not made and os.path.exists(str(path)) and not os.path.islink(str(path)):
            yield path


def windows_texts():
    """Return the texts of the project, but for .env, whose lines end with CRLF."""
    texts = [one for one in ours() if one.suffix in TEXT and one.name != ".env" and one.is_file()]
    texts = [one for one in texts if os.access(str(one), os.R_OK) and one.stat().st_size < 10**6]
    contents = [(one, one.read_bytes()) for one in texts]
    return [one for one, content in contents if b"\r\n" in content and b"\0" not in content]


def quoted(path):
    """Return `path` for a command, with $HOME for the user's folder."""
    path, home, special = str(path), str(Path.home()), '["$`]' if WINDOWS else r'["$`\\]'
    if path.startswith(home + os.sep) and not re.search(special, path[len(home) :]):
        return f'"$HOME{path[len(home) :]}"'
    return "'{}'".format(path.replace("'", "''")) if WINDOWS else shlex.quote(path)


def plain_name():
    """Return a name for the folder that nothing minds."""
    return re.sub(r"[^a-z0-9_]+", "", ROOT.name.lower()).strip("_") or "library"


def browse(address):
    """Return the command that opens a page."""
    return f"{PYTHON} -m webbrowser {address}"


def on(linux, desktop):
    """Return the command for Linux, or for where Docker Desktop is."""
    return linux if SYSTEM == "Linux" else desktop


def changed(name):
    """Return whether a file differs from the last commit."""
    return (ROOT / ".git").exists() and ask("git", "diff", "--quiet", "HEAD", "--", name)[0] == 1


def spare(name):
    """Return what to add to a file's name for a copy that overwrites none."""
    endings = [".bak", *(f".bak{number}" for number in range(2, 100))]
    return next(ending for ending in endings if not (ROOT / (name + ending)).exists())


def put_back(name):
    """Return how to undo an edit of a file, as a sentence and a command; it stays in a copy."""
    if not changed(name):
        return "How it is written:", browse(PAGES[name])
    copy = name + spare(name)
    sentence = f"See your edit: git diff HEAD {name}. To undo it, with a copy in {copy}:"
    first = f"Copy-Item {name} {copy};" if WINDOWS else f"cp {name} {copy} &&"
    return sentence, f"{first} git checkout HEAD -- {name}"


# The checks: this folder


@check("Python")
def python():
    """The project asks more of Python than this file does, but only without Docker."""
    needed = re.search(r'requires-python = ">=([\d.]+)"', read("pyproject.toml"))
    here = platform.python_version()
    if not needed or version(here) >= version(needed[1]):
        return here
    if shutil.which("docker"):
        raise Skipped(f"{here}; without Docker it takes {needed[1]}, with Docker none")
    page = browse("https://www.python.org/downloads/")
    raise Problem(f"Python {here} is too old: without Docker it takes {needed[1]}.", page)


@check("Right folder")
def folder():
    """The commands of the README are meant for the folder of this file."""
    if os.path.normcase(os.path.realpath(os.getcwd())) != os.path.normcase(str(ROOT)):
        raise Problem("This terminal is in another folder than the project.", f"cd {quoted(ROOT)}")
    return ROOT.name


@check("Files are there")
def files():
    """Without one of these, nothing starts."""
    missing = [name for name in FILES if not (ROOT / name).is_file()]
    if missing and (ROOT / ".git").exists():
        raise Problem(f"Missing: {', '.join(missing)}.", f"git checkout -- {' '.join(missing)}")
    if missing:
        raise Problem(f"Missing: {', '.join(missing)}.", bake_again(missing))
    return f"{len(FILES)} of {len(FILES)}"


def bake_again(names):
    """Return the command that makes files again: by the template, and with the same answers."""
    record = parsed(read(".answers.json"))
    program = next((name for name in record if isinstance(record[name], dict)), None)
    if not program:
        return "git clone ADDRESS"
    again = Path(tempfile.gettempdir(), "again")
    bake = f"{program} {record['template']} --replay-file .answers.json --overwrite-if-exists"
    made = again / record[program]["project_slug"]
    copies = [f"cp {quoted(made / name)} {name}" for name in names]
    return "; ".join([f"{bake} --output-dir {quoted(again)}", *copies])


@check("Place of the folder")
def path():
    """A cloud folder is changed behind Docker's back; Compose names the project after it."""
    new = plain_name()
    command = f'{"Move-Item" if WINDOWS else "mv"} {quoted(ROOT)} "$HOME/{new}"; cd "$HOME/{new}"'
    cloud = re.search(r"OneDrive|iCloud|Mobile Documents|Dropbox|Google ?Drive", str(ROOT))
    if cloud:
        raise Problem(f"{cloud[0]} keeps this folder, and gets in the way of Docker.", command)
    if not re.search(r"[a-z0-9]", ROOT.name.lower()):
        raise Problem("The folder's name has no letter from a to z, and no digit.", command)
    if WINDOWS and len(str(ROOT)) > 150:
        raise Problem(f"The folder's path is {len(str(ROOT))} characters long.", command)
    return "no cloud folder"


@check("Speed of the folder")
def slow_mount():
    """What Windows lends to WSL, as under /mnt/c, is slow, and tells of no change."""
    mounts = re.findall(r"^\S+ (\S+) (\S+) ", read(MOUNTS), re.M)
    root = f"{ROOT}/".replace(" ", "\\040")
    here = [mount for mount in mounts if root.startswith(mount[0].rstrip("/") + "/")]
    kind = max(here, key=lambda mount: len(mount[0]))[1] if here else "not known"
    if kind in ("9p", "drvfs", "vboxsf", "cifs", "fuse.vmhgfs-fuse"):
        new = f'"$HOME/{plain_name()}"'
        sentence = f"The folder is on another system's disk ({kind}), where each file takes long."
        raise Problem(sentence, f"cp -R {quoted(ROOT)} {new}; cd {new}")
    return kind


@check("Line endings")
def line_endings():
    """Windows may end lines with CRLF; in a container some files break by it."""
    names = [path.relative_to(ROOT) for path in windows_texts()]
    if names:
        sentence = f"{len(names)} file(s) with the line endings of Windows, such as {names[0]}."
        raise Problem(sentence, f"{PYTHON} doctor.py --tidy")
    return "LF"


@check("Git")
def git():
    """Without .gitattributes, Git on Windows makes CRLF of each line's end."""
    status, value, _ = ask("git", "config", "--get", "core.autocrlf")
    if status == 127 or not (ROOT / ".git").exists():
        raise Skipped("no repository")
    if "eol=lf" not in read(".gitattributes") and value == "true":
        sentence = "Git makes CRLF of line ends: core.autocrlf is true, .gitattributes is gone."
        raise Problem(sentence, "git config core.autocrlf input")
    return "leaves line endings alone"


@check(".env")
def env_file():
    """Compose, Django and the shell must all read the same there. It need not exist."""
    tidy, number = f"{PYTHON} doctor.py --tidy", 0
    if not (ROOT / ".env").is_file():
        return "not there; development does without"
    content = (ROOT / ".env").read_bytes()
    if encoding(content) != "utf-8":
        sentence = f".env is written in another code than plain UTF-8: {encoding(content)}."
        raise Problem(sentence, tidy)
    if b"\r" in content:
        raise Problem(".env has the line endings of Windows.", tidy)
    for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
        if line != tidied(line):
            name = re.match(r"\W*(?:export\s+)?(\w*)", line)[1]
            sentence = f"Line {number} of .env ({name}) is not plain NAME=value: a quote, a $, "
            raise Problem(sentence + "a space, an `export`, or a number that is none.", tidy)
    for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
        if not is_true(variables().get("DEBUG") or "true") and not variables().get(name):
            sentence = f"DEBUG is off in .env, and {name} is not set: the site will not start."
            raise Problem(sentence, f"{PYTHON} doctor.py --set DEBUG=true")
    return f"{number} lines"


@check("Terminal's environment")
def environment():
    """A variable of the terminal wins over .env and compose.yaml, and stays unseen."""
    names = ["COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATABASE_URL", "DOCKER_DEFAULT_PLATFORM"]
    found = [name for name in names if os.environ.get(name)]
    found += ["DEBUG"] if not is_true(os.environ.get("DEBUG") or "true") else []
    if found:
        sentence = f"This terminal sets {', '.join(found)}, which changes what Docker starts."
        raise Problem(sentence, unset(*found))
    return "nothing that gets in the way"


def tell_engine(verb):
    """Return the command that starts or restarts Docker's engine."""
    if "microsoft" in platform.release().lower() and shutil.which("docker.exe"):
        return "docker.exe desktop " + verb  # WSL, with Docker Desktop on the Windows around it
    if "/desktop/" in ask("docker", "context", "inspect")[1]:
        return "docker desktop " + verb
    systemd = Path("/run/systemd/system").is_dir()
    linux = f"systemctl {verb} docker" if systemd else f"service docker {verb}"
    return on("sudo " + linux, "docker desktop " + verb)


def unset(*names):
    """Return the command that takes variables out of the terminal's environment."""
    return "Remove-Item Env:" + ", Env:".join(names) if WINDOWS else "unset " + " ".join(names)


# Docker


@check("Docker is installed")
def docker():
    """Everything in the README but "Without Docker" needs it."""
    if not shutil.which("docker"):
        page = browse("https://docs.docker.com/desktop/setup/install/mac-install/")
        desktop = "winget install --exact --id Docker.DockerDesktop" if WINDOWS else page
        raise Problem("There is no command `docker`.", on(INSTALL, desktop))
    return ask("docker", "--version")[1]


@check("Docker is this machine's", "docker")
def docker_host():
    """An engine elsewhere does not see this folder, and publishes ports over there."""
    host = ask("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")[1]
    if re.match(r"(tcp|https?)://(?!localhost|127\.)|ssh://", host):
        names = [name for name in ("DOCKER_HOST", "DOCKER_CONTEXT") if os.environ.get(name)]
        command = unset(*names) if names else "docker context use default"
        host = re.sub("//.*@", "//", host)
        raise Problem(f"Docker is told to use another machine: {host}.", command)
    return host.partition(":")[0] or "default"


@check("Docker answers", "docker", "docker-host")
def daemon():
    """The command is only a messenger: the engine, or Docker Desktop, does the work."""
    status, found, errors = ask("docker", "info", "--format", "{{json .}}")
    if engine():
        return "engine " + engine()["ServerVersion"]
    if "permission denied" in found + errors:
        command = 'sudo usermod -aG docker "$USER"; newgrp docker'
        raise Problem("This user may not talk to Docker's engine.", command)
    verb = "restart" if status == 124 else "start"
    said = "did not answer in time" if status == 124 else "does not answer: it was not started"
    raise Problem(f"Docker's engine {said}.", tell_engine(verb))


@check("Version of Docker", "daemon")
def docker_version():
    """The health checks look each half second while the site starts: Docker 25 can."""
    if version(engine()["ServerVersion"]) < DOCKER:
        raise Problem(f"Docker {engine()['ServerVersion']} is older than 25.", UPDATE)
    return engine()["ServerVersion"]


@check("Linux containers", "daemon")
def linux_containers():
    """Docker Desktop on Windows can be switched to containers of Windows."""
    if engine()["OSType"] != "linux":
        sentence = f"Docker runs containers of {engine()['OSType']}; these are of Linux."
        raise Problem(sentence, "docker desktop engine use linux")
    return engine()["Architecture"]


@check("Memory", "daemon")
def memory():
    """Docker Desktop gives containers a part of the machine's memory."""
    found = f"{engine()['MemTotal'] / GIGABYTE:.1f} GB"
    if engine()["MemTotal"] < MEMORY:
        page = "https://docs.docker.com/desktop/settings-and-maintenance/settings/#resources"
        raise Problem(f"Docker has {found} of memory; give it 2.", browse(page))
    return found


@check("Clock", "daemon")
def clock():
    """After a sleep, Docker Desktop's clock may stand still, and certificates are refused."""
    theirs = calendar.timegm(time.strptime(engine()["SystemTime"][:19], "%Y-%m-%dT%H:%M:%S"))
    if abs(theirs - time.time()) > CLOCK:
        sentence = f"Docker's clock is {abs(theirs - time.time()):.0f} seconds off."
        raise Problem(sentence, on("sudo timedatectl set-ntp true", "docker desktop restart"))
    return "right"


@check("Compose", "docker")
def compose():
    """compose.yaml uses what Compose 2.24 has brought; docker-compose is too old."""
    status, found, errors = ask("docker", "compose", "version", "--short")
    if status:
        raise Problem(f"Docker has no `compose`: {first_line(errors).rstrip('.')}.", UPDATE)
    if version(found) < COMPOSE:
        raise Problem(f"Compose {found} is older than 2.24.", UPDATE)
    return found


@check("compose.yaml", "compose", "files", "path", "environment")
def compose_file():
    """Compose must be able to read it, with the values of .env in it."""
    _, _, errors = ask("docker", "compose", "config", "--format", "json")
    if "web" not in settled().get("services", {}):
        said = re.sub(r"^time=.*\n?", "", errors, flags=re.M) or "there is no service web"
        hint, command = put_back("compose.yaml")
        raise Problem(f"Compose cannot read it: {first_line(said).rstrip('.')}. {hint}", command)
    return f"{len(settled()['services'])} services"


@check("Processor", "linux-containers", "compose-file")
def architecture():
    """An image for another processor ends with `exec format error`, or is slow."""
    mine = engine()["Architecture"].replace("x86_64", "amd64").replace("aarch64", "arm64")
    for image in images().values():
        if image["Architecture"] != mine:
            name = (image.get("RepoTags") or ["an image"])[0]
            sentence = f"{name} is for {image['Architecture']}, and this machine is {mine}."
            raise Problem(sentence, "docker compose build --pull --no-cache")
    return mine


@check("A container starts", "architecture")
def container():
    """As `docker run hello-world`, but with an image that is here, and no network."""
    status, _, errors = look_around()
    if status not in (0, 1) and not re.search("bind source|[Mm]ounts denied", errors):
        sentence = f"No container starts: {first_line(errors).rstrip('.')}."
        raise Problem(sentence, tell_engine("restart"))
    return "yes"


@check("Containers see this folder", "container")
def mount():
    """An edit is served a moment later, because the folder is lent to the containers."""
    if "seen" not in look_around()[1]:
        page = "https://docs.docker.com/desktop/settings-and-maintenance/settings/#file-sharing"
        raise Problem("A container does not see the files of this folder.", browse(page))
    return "yes"


@check("Disk")
def disk():
    """Images and the database fill Docker's disk, which Desktop keeps apart."""
    seen = []
    if results.get("container", {}).get("status") == "ok":
        seen = re.findall(r" (\d+) +\d+% ", look_around()[1])
    free = min([shutil.disk_usage(str(ROOT)).free, *(int(number) * 1024 for number in seen)])
    if free < FREE_DISK:
        sentence = f"{free / GIGABYTE:.1f} GB of the disk are free; images need 3."
        raise Problem(sentence, "docker system prune")
    return f"{free / GIGABYTE:.0f} GB free"


# The project in Docker


@check("User of the files", "compose-file", "daemon")
def user_id():
    """On Linux, what a container writes here belongs to the user that it works as."""
    desktop = "Desktop" in engine().get("OperatingSystem", "")
    if SYSTEM != "Linux" or desktop or "rootless" in str(engine().get("SecurityOptions")):
        raise Skipped("does not matter here")
    user, owner = settled()["services"]["web"].get("user", "0"), ROOT.stat()
    if user.partition(":")[0] != str(owner.st_uid):
        sentence = f"The containers work as user {user}, and this folder belongs to {owner.st_uid}."
        command = f"{PYTHON} doctor.py --set UID={owner.st_uid} GID={owner.st_gid}"
        raise Problem(sentence, command)
    return user


@check("Owner of the files")
def ownership():
    """A file that root has made here can be changed by root alone."""
    if WINDOWS:
        raise Skipped("does not matter here")
    owner, me = ROOT.stat(), os.getuid()
    command = chown() if me else chown(f"{owner.st_uid}:{owner.st_gid}", "")
    if me not in (0, owner.st_uid):
        raise Problem(f"This folder belongs to user {owner.st_uid}; you are {me}.", command)
    for entry in ours():
        if entry.stat().st_uid != owner.st_uid:
            name = entry.relative_to(ROOT)
            raise Problem(f"{name} belongs to user {entry.stat().st_uid}.", command)
    return "all yours"


def chown(owner='"$(id -u):$(id -g)"', sudo="sudo "):
    """Return the command that gives the project to its user, but not a database's files."""
    data = [path.relative_to(ROOT).as_posix() for path in data_folders() if ROOT in path.parents]
    if not data:
        return f"{sudo}chown -R {owner} ."
    without = " ".join(f"-path {shlex.quote('./' + name)} -prune -o" for name in sorted(data))
    return f"{sudo}find . {without} -exec chown -h {owner} {{}} +"


@check("Name of the project", "compose-file", "daemon")
def project_name():
    """Compose tells projects apart by the folder's name, not by where the folder is."""
    name = settled()["name"]
    for one in containers():
        place = one["Config"]["Labels"].get("com.docker.compose.project.working_dir", "")
        if os.path.normcase(os.path.realpath(place)) != os.path.normcase(str(ROOT)):
            sentence = f"Another folder has containers under this name, too: {name}."
            raise Problem(sentence, f"{PYTHON} doctor.py --set COMPOSE_PROJECT_NAME={name}_2")
    return name


@check("Port", "compose-file")
def port():
    """Only one program can have a port; .env says which one the website takes."""
    published = settled()["services"]["web"].get("ports") or [{}]
    if "published" not in published[0]:
        raise Skipped("none is published")
    number = int(published[0]["published"])
    if engine() and number in ports_of(containers()):
        return f"{number}, held by this project"
    if is_free(number):
        return f"{number} is free"
    other = next((one for one in range(number + 1, number + 200) if is_free(one)), 8080)
    sentence = f"Port {number} is taken by {holder(number)}."
    raise Problem(sentence, f"{PYTHON} doctor.py --set WEB_PORT={other}")


def ports_of(found):
    """Return the ports of this machine that the containers hold."""
    lists = [list((one["NetworkSettings"]["Ports"] or {}).values()) for one in found]
    return [int(one["HostPort"]) for ports in lists for port in ports for one in port or []]


def is_free(number):
    """Return whether nobody answers at a port, and we could."""
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


def holder(number):
    """Return who has the port, as far as this user may know."""
    form = '{{.Names}}, of the project {{.Label "com.docker.compose.project"}}'
    who = ask("docker", "ps", "--filter", f"publish={number}", "--format", form)
    if who[0] == 0 and who[1]:
        return "the container " + first_line(who[1])
    if WINDOWS:
        pid = re.search(rf":{number} .*LISTENING +(\d+)", ask("netstat", "-ano", "-p", "tcp")[1])
        if pid:
            task = ask("tasklist", "/FI", f"PID eq {pid[1]}", "/FO", "CSV", "/NH")[1]
            return f"{first_line(task).split(',')[0]} (process {pid[1]})"
    seen = ask("lsof", "-nP", f"-iTCP:{number}", "-sTCP:LISTEN")[1].splitlines()[1:]
    if seen:
        return "{} (process {})".format(*seen[0].split()[:2])
    seen = re.search(r'\(\("([^"]+)",pid=(\d+)', ask("ss", "-Hltnp", f"sport = :{number}")[1])
    return f"{seen[1]} (process {seen[2]})" if seen else "another program"


@check("Dockerfile", "files")
def dockerfile():
    """pipenv installs what Pipfile and Pipfile.lock say: they are copied before."""
    text = read("Dockerfile")
    step = re.search(r"^\s*#\s*STEP 2\.", text, re.M) and (ROOT / "ASSIGNMENT.md").is_file()
    if step and not re.search(r"^\s*(COPY|ADD)\b.*Pipfile", text, re.M | re.I):
        raise Skipped("step 2 of ASSIGNMENT.md is still to be written")
    text = re.sub(r"\\\s*\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
    install = re.search(r"^.*\bpipenv +(?:sync|install|verify)\b", text, re.M)
    if not install or "type=bind" in install[0]:
        return "copies no Pipfile, and needs none"
    copied = []
    for line in re.findall(r"^\s*(?:COPY|ADD)\s+(.*)", text[: install.start()], re.M | re.I):
        words = [word for word in re.split(r'[\s",\[\]]+', line) if word]
        copied += [word[2:] if word.startswith("./") else word for word in words[:-1]]
    if not {".", "", "*", "Pipfile*"}.intersection(copied):
        missing = [name for name in ("Pipfile", "Pipfile.lock") if name not in copied]
        if missing:
            hint, command = put_back("Dockerfile")
            sentence = f"pipenv installs before {' and '.join(missing)} is copied into the image."
            raise Problem(f"{sentence} {hint}", command)
    return "Pipfile and lock are copied first"


@check("Pipfile and lock", "files")
def lock():
    """The lock holds a hash of the Pipfile it was solved for; the image insists on it."""
    if tomllib is None:
        raise Skipped(f"Python 3.11 could look; this is {platform.python_version()}")
    try:
        pipfile = tomllib.loads(read("Pipfile"))
    except tomllib.TOMLDecodeError as error:
        hint, command = put_back("Pipfile")
        raise Problem(f"Pipfile has a mistake: {error}. {hint}", command) from error
    data = {"_meta": {"sources": pipfile["source"], "requires": pipfile.get("requires", {})}}
    data.update(default=pipfile.get("packages", {}), develop=pipfile.get("dev-packages", {}))
    known = {"source", "requires", "packages", "dev-packages", "pipenv", "scripts"}
    data.update({name: part for name, part in pipfile.items() if name not in known})
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    hashed = hashlib.sha256(text.encode()).hexdigest()
    locked = parsed(read("Pipfile.lock")).get("_meta", {}).get("hash", {}).get("sha256")
    if hashed != locked:
        raise Problem("Pipfile was changed after Pipfile.lock was solved.", solve())
    return "agree"


def solve():
    """Return the command that solves the lock: the image's pipenv, if there is an image."""
    if results["architecture"]["status"] != "ok":
        return "pipenv lock"
    tags = [tag for image in images().values() for tag in image.get("RepoTags") or []]
    if f"{settled()['name']}-web:latest" in tags:
        return "docker compose run --rm --no-deps web pipenv lock"
    owner = "" if WINDOWS else f"--user {ROOT.stat().st_uid}:{ROOT.stat().st_gid} "
    python = re.search(r"\}(python:\S+)", read("Dockerfile"))[1]
    pipenv = re.search(r"pipenv==[\d.]+", read("Dockerfile"))[0]
    mount = "--env HOME=/tmp --env PIPENV_VENV_IN_PROJECT=0 --volume .:/code --workdir /code"
    script = f"pip install --quiet {pipenv} && python -m pipenv lock"
    return f'docker run --rm {owner}{mount} {python} sh -c "{script}"'


@check("Volume of the database", "project-name")
def database_volume():
    """PostgreSQL 18 wants it a folder higher, and reads no files of another major version."""
    for one in settled()["services"].values():
        major = re.search(r"\bpostgres:(\d+)", one.get("image") or "")
        places = [volume.get("target", "").rstrip("/") for volume in one.get("volumes") or []]
        moved = (one.get("environment") or {}).get("PGDATA")
        if major and int(major[1]) >= 18 and DATA in places and not moved:
            sentence = f"The database is mounted at {DATA}, where PostgreSQL {major[1]} keeps "
            sentence += "nothing. To mount it one folder higher, with a copy of compose.yaml:"
            raise Problem(sentence, one_higher())
    if results["container"]["status"] != "ok":
        raise Skipped(f"comes after: {results['container']['title']}")
    for one in settled()["services"].values():
        major = re.search(r"\bpostgres:(\d+)", one.get("image") or "")
        known = settled().get("volumes", {})
        volumes = [volume for volume in one.get("volumes", []) if volume.get("source") in known]
        if major and volumes:
            break
    else:
        raise Skipped("no volume of PostgreSQL in compose.yaml")
    name = settled()["volumes"][volumes[0]["source"]]["name"]
    if ask("docker", "volume", "inspect", name)[0]:
        raise Skipped("not there yet")
    mount = f"type=volume,source={name},target=/volume,readonly"
    script = "cat $(find /volume -maxdepth 3 -name PG_VERSION)"
    found = in_container(script, "--mount", mount)[1].split()
    if found and major[1] not in found:
        sentence = f"PostgreSQL {found[0]} wrote the data, and {major[1]} cannot read it. To keep "
        sentence += f"it, ask for {found[0]} again in compose.yaml. To begin anew, without it:"
        raise Problem(sentence, "docker compose down --volumes")
    return "PostgreSQL " + major[1]


def one_higher():
    """Return the command that mounts the database where PostgreSQL 18 keeps its files."""
    higher, ending = DATA.rpartition("/")[0], spare("compose.yaml")
    if not WINDOWS:
        return f"sed -i{ending} 's#{DATA}#{higher}#' compose.yaml"
    return (
        f"Copy-Item compose.yaml compose.yaml{ending}; (Get-Content -Raw compose.yaml)"
        f".Replace('{DATA}', '{higher}') | Set-Content -NoNewline compose.yaml"
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
    """What the models say must be written down, and applied to the database."""
    web()
    settings = ("--env", "DJANGO_SETTINGS_MODULE=django_project.settings")
    inside = ("docker", "compose", "exec", "-T", *settings, "web", "python", "-c", MIGRATIONS)
    status, found, _ = ask(*inside)
    manage = "docker compose run --rm {}web python manage.py {}"
    if status:
        raise Skipped("Django does not start: see below")
    if "unwritten" in found:
        sentence = "The models were changed, and no migration was made."
        raise Problem(sentence, manage.format("--no-deps ", "makemigrations"))
    if "unapplied" in found:
        raise Problem("A migration was not applied.", manage.format("", "migrate"))
    return "applied"


# What the logs may say: the message, what it means, what mends it, and which check
# knows better, if it could look. {0} is the part of the message in brackets. Whoever
# sends a request may choose it: into a command goes but what no shell finds special.
ANEW = "docker compose down --volumes"
SET = f"{PYTHON} doctor.py --set "
DEVELOPMENT = f"{SET}DEBUG=true; {AGAIN}"
CHOWN = 'sudo chown -R "$(id -u):$(id -g)" .'
PRIVATE = f"{CHOWN}; {AGAIN}"
OLD = "The volume is of another project of this name. To begin anew, without its data:"
SYNTAX = r'File "/code/([^"]+", line \d+)\n(?:(?! *File ).*\n){0,5}(?:Syntax|Indentation|Tab)Error'
MODULE = r"No module named '([\w.]+)'"
# fmt: off
MESSAGES = [
    (SYNTAX, "Python cannot read {0}. To see what is wrong there:",
     "docker compose run --rm --no-deps web ruff check", ""),
    (r"password authentication failed for user", OLD, ANEW, ""),
    (r'(?:database|role) "(\S+)" does not exist', "{0} is unknown. " + OLD, ANEW, ""),
    (r"database files are incompatible with server", OLD, ANEW, "database-volume"),
    (r"in 18\+, these Docker images are configured", OLD, ANEW, "database-volume"),
    (r"InconsistentMigrationHistory", OLD, ANEW, ""),
    (r"unable to open database file", "The SQLite file may not be written. " + OLD, ANEW, ""),
    (r"column (\S+)(?: of relation \S+)? does not exist|no such column: (\S+)",
     "The models have a field that the database has not: {0}.",
     "docker compose run --rm --no-deps web python manage.py makemigrations", "migrations"),
    (r'relation "(\S+)" does not exist|no such table: (\S+)',
     "A table is missing: {0}. A migration was not applied.", AGAIN, "migrations"),
    (r"Conflicting migrations detected", "Two migrations follow the same one.",
     "docker compose run --rm --no-deps web python manage.py makemigrations --merge", ""),
    (r"address already in use|port is already allocated", "The port is taken.",
     SET + "WEB_PORT=8001", "port"),
    (r"Invalid HTTP_HOST header: '([\w.-]+)(?::\d+)?'", "The site does not know its name {0}.",
     f'{SET}"ALLOWED_HOSTS={{hosts}},{{0}}"; {AGAIN}', ""),
    (r"Origin checking failed - (https?://[\w.-]+(?::\d+)?) does not match",
     "A form came from {0}, which is not trusted. If that is this site:",
     f'{SET}"CSRF_TRUSTED_ORIGINS={{origins}}{{0}}"; {AGAIN}', ""),
    (MODULE, "{0} is not in the image. If it is in Pipfile and the lock:",
     "docker compose up --build --force-recreate --wait", ""),
    (r"exec format error", "An image is for another processor.",
     "docker compose build --pull --no-cache", "architecture"),
    (r"[Nn]o space left on device", "The disk is full.", "docker system prune", ""),
    (r"database is locked", "Another program holds the SQLite file.", AGAIN, ""),
    (r"PermissionError|Permission denied", "A file may not be read or written.", PRIVATE, ""),
    (r"SECRET_KEY is missing", "DEBUG is off, without a SECRET_KEY.", DEVELOPMENT, "env-file"),
    (r"ALLOWED_HOSTS is empty", "DEBUG is off, without ALLOWED_HOSTS.", DEVELOPMENT, "env-file"),
    (r"too many clients already|remaining connection slots|too many connections",
     "The database has no connection left.", AGAIN, ""),
    (r"Pipfile\.lock.{0,20} out.of.date", "Pipfile was changed after the lock was solved.",
     "docker compose run --rm --no-deps web pipenv lock", "lock"),
    (r'could not translate host name "([^"]+)"|failed to resolve host \'([^\']+)',
     "The database is not found under the name {0}.", AGAIN, ""),
    (r"[Cc]onnection refused", "The database does not answer.", AGAIN, ""),
    (r"\\r'?: (?:No such file|not found|command not found)", "A file has CRLF line endings.",
     f"{PYTHON} doctor.py --tidy; {AGAIN}", ""),
]
# fmt: on


@check("Last log lines", "project-name")
def logs():
    """What the containers have said since they were started, held against the list above."""
    if not containers():
        raise Skipped("not started: docker compose up --wait")
    for one in containers():
        since = ("--since", one["State"]["StartedAt"], "--tail", "60")
        text = "\n".join([one["State"]["Error"], *ask("docker", "logs", *since, one["Id"])[1:]])
        # What stands before the last reload was said of code that has changed since.
        text = text[max(text.rfind("Watching for file changes"), 0) :]
        for pattern, sentence, command, other in MESSAGES:
            found = re.search(pattern, text)
            if found and results.get(other, {}).get("status", "skipped") == "skipped":
                # A path that Python names stands in quotation marks.
                what = next((group for group in found.groups() if group), "").replace('"', "")
                if pattern == MODULE and not known(what):
                    sentence, command = unknown()
                sentence = f"{service(one)}: {sentence.replace('{0}', what)}"
                command = command.replace(CHOWN, chown())
                hosts = variables().get("ALLOWED_HOSTS") or HOSTS
                origins = ",".join([*filter(None, [variables().get("CSRF_TRUSTED_ORIGINS")]), ""])
                command = command.replace("{hosts}", hosts).replace("{origins}", origins)
                raise Problem(sentence, command.replace("{0}", what))
    return "nothing known"


def known(module):
    """Return whether a module is of the project, or of a package in the lock."""
    place, lock = ROOT.joinpath(*module.split(".")), parsed(read("Pipfile.lock"))
    if place.is_dir() or place.with_suffix(".py").is_file():
        return True
    # Of a package that were missing, Python would name but the part before the first dot.
    packages = [*lock.get("default", {}), *lock.get("develop", {})]
    plain = [re.sub(r"[-_.]", "", name).lower() for name in packages]
    return "." not in module and any(module.replace("_", "").lower() in name for name in plain)


def unknown():
    """Return a sentence and a command for a module that nobody knows."""
    sentence = "{0} is neither in Pipfile.lock nor a folder here. A package must be in Pipfile; "
    sentence += "if these are two names in one, a comma is missing in INSTALLED_APPS:"
    settings = "django_project/settings.py"
    if changed(settings):
        return sentence, f"git diff HEAD {settings}"
    if WINDOWS:
        return sentence, f"Select-String INSTALLED_APPS {settings} -Context 0,30"
    return sentence, f"grep -n -A 30 INSTALLED_APPS {settings}"


@check("Services", "logs")
def services():
    """`migrate` and `samples` end well, `db` and `web` keep running."""
    if not containers():
        raise Skipped("not started: docker compose up --wait")
    for one in containers():
        state, name = one["State"], service(one)
        if state.get("OOMKilled"):
            raise Problem(f"{name} was stopped for want of memory.", "docker compose up --wait")
        if state["Status"] in ("restarting", "dead", "paused"):
            raise Problem(f"{name} is {state['Status']}.", AGAIN)
        # 137 and 143: it was told to stop.
        if state["Status"] == "exited" and state["ExitCode"] not in (0, 130, 137, 143):
            raise Problem(f"{name} ended with the status {state['ExitCode']}.", AGAIN)
    web()
    return "running"


@check("Site", "services", "migrations")
def site():
    """The home page, asked for as a browser would."""
    if web()["State"].get("Health", {}).get("Status") == "starting":
        raise Skipped("is still starting: look again in a moment")
    ports = ports_of([web()])
    if not ports:
        raise Skipped("no port is published")
    address = f"http://localhost:{ports[0]}/"
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with without_proxy.open(address.replace("localhost", "127.0.0.1"), timeout=5) as page:
            return f"{address} answers {page.status}"
    except urllib.error.HTTPError as error:
        error.close()
        sentence = f"{address} answers {error.code}."
    except OSError as error:
        sentence = f"{address} does not answer: {error}."
    raise Problem(sentence, "docker compose restart web")


# .env, and the command line


def is_true(value):
    """Return whether Django takes the value of a variable for yes."""
    return value.lower() in ("true", "on", "ok", "y", "yes", "1")


def encoding(content):
    """Return how the bytes of .env are to be read: Windows has several ways to write."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in content:
        return "utf-16-le"
    try:
        return "utf-8-sig" if content.decode("utf-8").startswith("\ufeff") else "utf-8"
    except UnicodeDecodeError:
        return "cp1252"


def tidied(line):
    """Return a line of .env as all programs read it alike; as a comment, if none can."""
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
    # In single quotes, a $ is a $ for Compose as well as for Django.
    return f"{name}='{value}'" if re.search(r"[$\s]", value) else f"{name}={value}"


def tidy():
    """Write .env and the project's texts as UTF-8 with LF, as the checks want them."""
    for path in windows_texts():
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    if (ROOT / ".env").is_file():
        content = (ROOT / ".env").read_bytes()
        lines = content.decode(encoding(content), "replace").splitlines()
        save([tidied(line) for line in lines])
    return "Tidied."


def save(lines):
    """Write the lines of .env, which is for this user's eyes only."""
    descriptor = os.open(str(ROOT / ".env"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)


def put(assignments):
    """Write variables into .env, in the place of the same ones."""
    lines = read(".env" if (ROOT / ".env").is_file() else ".env.example").splitlines()
    for assignment in assignments:
        name = assignment.partition("=")[0]
        if not re.match(r"[A-Za-z_]\w*=", assignment) or tidied(assignment)[0] == "#":
            raise SystemExit(f"{name}: this is not NAME=value.")
        at = [n for n, line in enumerate(lines) if re.match(rf"#? ?{name}=", line)]
        place = at[-1] if at else len(lines)
        lines[place : place + 1] = [tidied(assignment)]
    save(lines)
    return "It is in .env. Then: docker compose up --wait"


def examine():
    """Run each check in its turn; one that needs what is not in order is skipped."""
    for name, title, needs, function in CHECKS:
        result = {"id": name, "title": title, "status": "ok", "found": "", "command": None}
        results[name] = result
        try:
            for other in needs:
                if results[other]["status"] == "problem":
                    raise Skipped(f"comes after: {results[other]['title']}")
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
    """Return `text` in one line, without what is secret or personal."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return hide(" ".join(text.split()).replace(str(Path.home()) + os.sep, "~" + os.sep))


def hide(text):
    """Return `text` without the values of what looks like a secret."""
    for name, value in [*variables().items(), *os.environ.items()]:
        if re.search("SECRET|PASSWORD|TOKEN|_KEY|_DSN|_URL", name) and len(value) > 5:
            text = text.replace(value, "***")
    return text


def system():
    """Return what a teacher asks first."""
    return {
        "os": f"{SYSTEM} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "docker": ask("docker", "--version")[1] or None,
        "engine": engine().get("ServerVersion"),
        "compose": ask("docker", "compose", "version", "--short")[1] or None,
        "memory_gb": round(engine().get("MemTotal", 0) / GIGABYTE, 1) or None,
        "disk_free_gb": round(shutil.disk_usage(str(ROOT)).free / GIGABYTE, 1),
    }


def show(checks):
    """Print a line for each check, for a person; return how many problems there are."""
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
        print("Run the first command after a >, and look again.")
    return count["problem"]


def main(arguments=None):
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON, with nothing secret in it")
    parser.add_argument("--list", action="store_true", help="say what is looked at, and why")
    parser.add_argument("--set", nargs="+", metavar="NAME=VALUE", help="write it into .env")
    parser.add_argument("--tidy", action="store_true", help="mend .env and line endings")
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    if options.set or options.tidy:
        print(put(options.set) if options.set else tidy())
        return 0
    if options.list:
        for name, title, _, function in CHECKS:
            print(f"{name:16}  {title:26}  {function.__doc__}")
        return 0
    checks = examine()
    if options.json:
        ok = all(one["status"] != "problem" for one in checks)
        report = {"doctor": FORMAT, "ok": ok, "system": system(), "checks": checks}
        print(json.dumps(report, indent=2))
        return int(not ok)
    return int(show(checks) > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, OSError) as stopped:
        sys.exit(f"Stopped: {stopped or 'by Ctrl-C'}")
