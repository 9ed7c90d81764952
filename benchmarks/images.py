"""How large the images are, how long one waits for them, and what they need at rest.

    .venv/bin/python benchmarks/images.py
    .venv/bin/python benchmarks/images.py OTHER [--port 8000] [--env NAME=VALUE ...]

Bakes the default project, and prints a line for each figure with its limit.
OTHER is the folder of another project with a Dockerfile that is complete without
arguments: its image is then measured in the same run, in the same way. Needs
Docker, with the base images present. Exits with 1 where a limit is passed. The
limits are those of the machine that CI runs on: two cores.
"""

import argparse
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "benchmark-images"
# Caddy's own authority is nobody's here: what is measured is the time.
ANY_CERTIFICATE = ssl.create_default_context()
ANY_CERTIFICATE.check_hostname = False
ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE
# What names the packages of a project, the most binding file first.
LOCKS = ("Pipfile.lock", "uv.lock", "poetry.lock", "requirements.txt", "requirements", "Pipfile")
NO_LIMIT = float("inf")


def docker(*arguments, **options):
    """Run docker with `arguments` and return its output."""
    return subprocess.run(
        ["docker", *arguments], check=True, capture_output=True, text=True, **options
    ).stdout


def megabytes(image):
    """Return the size of `image` in MB (millions of bytes)."""
    return int(docker("image", "inspect", "--format={{.Size}}", image)) / 1e6


def seconds(action):
    """Return how long `action` takes, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def free_port():
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def first_page(url, wait=60):
    """Ask for `url` until it answers with 200. Raises TimeoutError after `wait` seconds."""
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        try:
            if urllib.request.urlopen(url, timeout=5, context=ANY_CERTIFICATE).status == 200:
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer with 200.")


def memory(*containers):
    """Return the memory of the containers together, in MB."""
    units = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    total = 0
    for line in docker("stats", "--no-stream", "--format={{.MemUsage}}", *containers).splitlines():
        number, unit = re.match(r"([\d.]+)(\w+)", line).groups()
        total += float(number) * units[unit]
    return total / 1e6


def base_of(project):
    """Return the image that the project's Dockerfile begins with."""
    first = r"^FROM (?:--\S+ )?(?:\$\{\w+\})?(\S+)"
    return re.search(first, (project / "Dockerfile").read_text(), re.MULTILINE)[1]


def build_figures(project, name, limits, target=()):
    """Yield a figure, its unit, its limit and its name, for each build of the image."""
    build = ("build", "--quiet", *target, "--tag", IMAGE, str(project))
    docker("buildx", "prune", "--all", "--force")
    cold, size, edit = limits
    yield seconds(lambda: docker(*build, "--no-cache")), "s", cold, f"{name}, built cold"
    yield megabytes(IMAGE) - megabytes(base_of(project)), "MB", size, f"{name}, on top of its base"
    code = max(project.glob("*/**/*.py"), key=lambda path: path.name == "views.py")
    code.write_text(code.read_text() + "\n# edited\n")
    yield seconds(lambda: docker(*build)), "s", edit, f"{name}, after an edit of the code"
    found = [path for lock in LOCKS for path in sorted(project.glob(lock))]
    files = [path for lock in found for path in ([lock] if lock.is_file() else lock.iterdir())]
    if files:
        files[0].write_text(files[0].read_text() + "\n")
        label = f"{name}, after a change of {files[0].name}"
        yield seconds(lambda: docker(*build)), "s", NO_LIMIT, label


def run_figures(name, port, environment):
    """Yield how soon a container of the image answers, and its memory then."""
    here = free_port()
    options = [f"--env={setting}" for setting in environment]
    publish = f"--publish=127.0.0.1:{here}:{port}"
    started = time.perf_counter()
    container = docker("run", "--detach", publish, *options, IMAGE).strip()
    try:
        first_page(f"http://127.0.0.1:{here}/")
        took = time.perf_counter() - started
        yield took, "s", NO_LIMIT, f"{name}, `docker run` to the first page"
        time.sleep(5)
        yield memory(container), "MB", NO_LIMIT, f"{name}, memory at rest"
    finally:
        docker("rm", "--force", "--volumes", container)


def development(project):
    """Yield the figures of `docker compose up`, as a reader of the README types it."""
    port = free_port()
    compose = {"cwd": project, "env": {**os.environ, "WEB_PORT": str(port)}}
    docker("compose", "build", **compose)
    yield megabytes(f"{project.name}-web"), "MB", 400, "development image, in all"

    def up():
        docker("compose", "up", "--wait", **compose)
        first_page(f"http://127.0.0.1:{port}/")

    try:
        yield seconds(up), "s", 6, "`docker compose up --wait` to the first page, empty volume"
        yield seconds(lambda: docker("compose", "stop", **compose)), "s", 3, "`docker compose stop`"
    finally:
        docker("compose", "down", "--volumes", "--rmi", "local", **compose)


def production(project):
    """Yield the figures of the whole production stack: two `web` and their neighbours."""
    port = free_port()
    ports = {"HTTP_PORT": str(free_port()), "HTTPS_PORT": str(port)}
    options = {"cwd": project, "env": {**os.environ, **ports}}
    compose = ("compose", "-f", "compose.prod.yaml")
    subprocess.run([sys.executable, "deploy/make_secrets.py"], cwd=project, check=True)
    docker("volume", "create", f"{project.name}_backups")
    docker(*compose, "build", **options)

    def up():
        docker(*compose, "up", "--detach", "--wait", **options)
        first_page(f"https://localhost:{port}/")

    try:
        yield seconds(up), "s", NO_LIMIT, "production, `up --wait` to the first page, empty volume"
        time.sleep(5)
        web, *_ = docker(*compose, "ps", "--quiet", "web", **options).split()
        yield memory(web), "MB", NO_LIMIT, "production, memory at rest of one `web`, two processes"
        everything = docker(*compose, "ps", "--quiet", **options).split()
        yield memory(*everything), "MB", NO_LIMIT, "production, memory at rest of all containers"
    finally:
        docker(*compose, "down", "--volumes", **options)
        docker("volume", "rm", f"{project.name}_backups")
        docker("image", "rm", "--force", f"{project.name}:1", f"{project.name}-backup:1")


def ours(project):
    """Yield all figures of the generated project."""
    target = ("--target", "prod")
    yield from build_figures(project, "production image", (14, 90, 2.5), target)
    yield from development(project)
    yield from production(project)


def theirs(project, port, environment):
    """Yield the figures of another project's image."""
    name = project.name
    yield from build_figures(project, name, (NO_LIMIT, NO_LIMIT, NO_LIMIT))
    yield from run_figures(name, port, environment)


def show(figures):
    """Print the figures and return whether one is above its limit."""
    above = False
    for figure, unit, limit, name in figures:
        bound = f"(at most {limit} {unit})" if limit < NO_LIMIT else ""
        print(f"{figure:8.2f} {unit:2}  {bound:16}  {name}", flush=True)
        above |= figure > limit
    return above


def main():
    """Measure, print, and exit with 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("other", nargs="?", type=Path, help="the folder of another project")
    parser.add_argument("--port", default="8000", help="where its container listens (8000)")
    parser.add_argument("--env", action="append", default=[], help="what its container needs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context={"project_slug": "benchmark"},
            output_dir=folder,
            default_config=True,
        )
        try:
            above = show(ours(Path(project)))
            if options.other:
                copy = Path(folder, options.other.resolve().name)
                shutil.copytree(options.other, copy)
                show(theirs(copy, options.port, options.env))
        finally:
            docker("image", "rm", "--force", IMAGE)
    sys.exit(above)


if __name__ == "__main__":
    main()
