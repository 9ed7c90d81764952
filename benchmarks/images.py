"""Measure the images and the stacks: size, time to build and to start, memory when idle.

    .venv/bin/python benchmarks/images.py
    .venv/bin/python benchmarks/images.py OTHER [--port 8000] [--env NAME=VALUE ...]

Bakes the default project and prints each figure with its bound. OTHER is the folder of
another project whose Dockerfile needs no arguments; its image is measured in the same
run, in the same way. Needs Docker, with the base images present. Exits with 1 if a
figure is above its bound. The bounds are for the machine that CI runs on: two cores.
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
# Caddy signs with an authority of its own. Here only the time matters.
ANY_CERTIFICATE = ssl.create_default_context()
ANY_CERTIFICATE.check_hostname = False
ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE
# The files that may name a project's packages, the most exact one first.
LOCKS = ("Pipfile.lock", "uv.lock", "poetry.lock", "requirements.txt", "requirements", "Pipfile")
NO_BOUND = float("inf")


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
    """Return a free port of 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def first_page(url, wait=60):
    """Request `url` until the status code is 200. Raise TimeoutError after `wait` seconds."""
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        try:
            if urllib.request.urlopen(url, timeout=5, context=ANY_CERTIFICATE).status == 200:
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise TimeoutError(f"{url} did not respond with 200.")


def memory(*containers):
    """Return the sum of the memory of the containers, in MB."""
    units = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    total = 0
    for line in docker("stats", "--no-stream", "--format={{.MemUsage}}", *containers).splitlines():
        number, unit = re.match(r"([\d.]+)(\w+)", line).groups()
        total += float(number) * units[unit]
    return total / 1e6


def base_of(project):
    """Return the base image of the project's Dockerfile."""
    first = r"^FROM (?:--\S+ )?(?:\$\{\w+\})?(\S+)"
    return re.search(first, (project / "Dockerfile").read_text(), re.MULTILINE)[1]


def build_figures(project, name, bounds, target=()):
    """Yield a figure, its unit, its bound and its name for each build of the image."""
    build = ("build", "--quiet", *target, "--tag", IMAGE, str(project))
    docker("buildx", "prune", "--all", "--force")
    cold, size, edit = bounds
    yield seconds(lambda: docker(*build, "--no-cache")), "s", cold, f"{name}, built without a cache"
    yield (
        megabytes(IMAGE) - megabytes(base_of(project)),
        "MB",
        size,
        f"{name}, on top of its base",
    )
    code = max(project.glob("*/**/*.py"), key=lambda path: path.name == "views.py")
    code.write_text(code.read_text() + "\n# edited\n")
    yield seconds(lambda: docker(*build)), "s", edit, f"{name}, after an edit of the code"
    found = [path for lock in LOCKS for path in sorted(project.glob(lock))]
    files = [path for lock in found for path in ([lock] if lock.is_file() else lock.iterdir())]
    if files:
        files[0].write_text(files[0].read_text() + "\n")
        label = f"{name}, after a change of {files[0].name}"
        yield seconds(lambda: docker(*build)), "s", NO_BOUND, label


def run_figures(name, port, environment):
    """Yield the time until a container of the image responds, and its memory when idle."""
    here = free_port()
    options = [f"--env={setting}" for setting in environment]
    publish = f"--publish=127.0.0.1:{here}:{port}"
    started = time.perf_counter()
    container = docker("run", "--detach", publish, *options, IMAGE).strip()
    try:
        first_page(f"http://127.0.0.1:{here}/")
        took = time.perf_counter() - started
        yield took, "s", NO_BOUND, f"{name}, `docker run` to the first page"
        time.sleep(5)
        yield memory(container), "MB", NO_BOUND, f"{name}, memory when idle"
    finally:
        docker("rm", "--force", "--volumes", container)


def development(project):
    """Yield the figures of the development stack, started as in the README."""
    port = free_port()
    compose = {"cwd": project, "env": {**os.environ, "WEB_PORT": str(port)}}
    docker("compose", "build", **compose)
    yield megabytes(f"{project.name}-web"), "MB", 400, "development image"

    def up():
        docker("compose", "up", "--wait", **compose)
        first_page(f"http://127.0.0.1:{port}/")

    try:
        yield seconds(up), "s", 6, "`docker compose up --wait` to the first page, empty volume"
        yield seconds(lambda: docker("compose", "stop", **compose)), "s", 3, "`docker compose stop`"
    finally:
        docker("compose", "down", "--volumes", "--rmi", "local", **compose)


def production(project):
    """Yield the figures of the whole production stack, with two `web` containers."""
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
        yield seconds(up), "s", NO_BOUND, "production, `up --wait` to the first page, empty volume"
        time.sleep(5)
        web, *_ = docker(*compose, "ps", "--quiet", "web", **options).split()
        yield memory(web), "MB", NO_BOUND, "production, memory of one idle `web` with two workers"
        everything = docker(*compose, "ps", "--quiet", **options).split()
        yield memory(*everything), "MB", NO_BOUND, "production, memory of all idle containers"
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
    """Yield the figures of the image of another project."""
    name = project.name
    yield from build_figures(project, name, (NO_BOUND, NO_BOUND, NO_BOUND))
    yield from run_figures(name, port, environment)


def show(figures):
    """Print the figures and return whether one is above its bound."""
    above = False
    for figure, unit, bound, name in figures:
        shown = f"(at most {bound} {unit})" if bound < NO_BOUND else ""
        print(f"{figure:8.2f} {unit:2}  {shown:16}  {name}", flush=True)
        above |= figure > bound
    return above


def main():
    """Measure and print. Exit with 1 if a figure is above its bound."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("other", nargs="?", type=Path, help="the folder of another project")
    parser.add_argument("--port", default="8000", help="on which its container listens (8000)")
    parser.add_argument("--env", action="append", default=[], help="for its container")
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
