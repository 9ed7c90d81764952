"""Compare the production image with others, and measure the stacks.

    .venv/bin/python benchmarks/images.py [OTHER] [--rounds 3]

Bakes the default project and builds three images in turn: that of the project, that of a
beginner's Dockerfile for the same packages, and that of OTHER, the folder of another
project whose Dockerfile needs no arguments. Prints the median of each figure and its ratio
to the others. Then starts the project's stacks. Needs Docker, with the base images present,
and empties Docker's build cache. Exits with 1 if a ratio or a figure is above its bound.
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
from itertools import chain
from pathlib import Path
from statistics import median

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "benchmark-images"
# Caddy signs with an authority of its own. Here only the time matters.
ANY_CERTIFICATE = ssl.create_default_context()
ANY_CERTIFICATE.check_hostname = False
ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE
NO_BOUND = float("inf")
COLD, EDIT, SIZE = "Built without a cache", "Built after an edit", "Size on top of the base"
UNITS = {COLD: "s", EDIT: "s", SIZE: "MB"}
# At most so much of a beginner's image, and of the other project's.
BOUNDS = ({COLD: 1.2, EDIT: 4}, {COLD: 0.2, EDIT: 0.2, SIZE: 0.4})


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
    """Return the base image of the last stage in the project's Dockerfile."""
    stage = r"^FROM (?:--\S+ )?(?:\$\{\w+\})?(\S+)(?: AS (\S+))?"
    found = re.findall(stage, (project / "Dockerfile").read_text(), re.MULTILINE)
    images = {name: image for image, name in found if name}
    image = found[-1][0]
    while image in images:
        image = images[image]
    return image


def beginners(project, folder):
    """Return a copy of `project` in `folder` with the Dockerfile that a beginner would write."""
    copy = Path(folder, "beginner")
    shutil.copytree(project, copy)
    command = [Path(sys.executable).parent / "pipenv", "requirements"]
    requirements = subprocess.run(command, cwd=copy, check=True, capture_output=True, text=True)
    (copy / "requirements.txt").write_text(requirements.stdout)
    (copy / "Dockerfile").write_text(
        f"FROM {base_of(project)}\nWORKDIR /code\nCOPY requirements.txt .\n"
        "RUN pip install -r requirements.txt\nCOPY . .\n"
        'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "django_project.wsgi"]\n'
    )
    return copy


def build(project, target=()):
    """Return the figures of the image that the Dockerfile of `project` builds, by name."""
    command = ("build", "--quiet", *target, "--tag", IMAGE, str(project))
    docker("buildx", "prune", "--all", "--force")
    cold = seconds(lambda: docker(*command, "--no-cache"))
    size = megabytes(IMAGE) - megabytes(base_of(project))
    code = max(project.glob("*/**/*.py"), key=lambda path: path.name == "views.py")
    code.write_text(code.read_text() + "\n# edited\n")
    return {COLD: cold, EDIT: seconds(lambda: docker(*command)), SIZE: size}


def compare(project, other, rounds):
    """Print the figures of the images and return whether a ratio is above its bound."""
    folders = {project: ("--target", "prod"), beginners(project, project.parent): ()}
    if other:
        folders[other] = ()
    found = {folder: [] for folder in folders}
    for number in range(rounds):
        for folder, target in folders.items():
            print(f"Round {number + 1} of {rounds}: building {folder.name}", flush=True)
            found[folder].append(build(folder, target))
    above = False
    for figure, unit in UNITS.items():
        ours, *peers = (median(each[figure] for each in found[folder]) for folder in folders)
        print(f"{figure}: {ours:.1f} {unit}")
        for peer, limits, name in zip(peers, BOUNDS, ("a beginner", "the other"), strict=False):
            bound = limits.get(figure, NO_BOUND)
            shown = f" (at most {bound})" if bound < NO_BOUND else ""
            print(f"  {ours / peer:.2f} of {peer:.1f} {unit}, {name}{shown}", flush=True)
            above |= ours / peer > bound
    return above


def development(project):
    """Yield the figures of the development stack, started as in the README."""
    port = free_port()
    compose = {"cwd": project, "env": {**os.environ, "WEB_PORT": str(port)}}
    docker("compose", "build", **compose)
    yield megabytes(f"{project.name}-web"), "MB", 450, "development image"

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


def show(figures):
    """Print the figures and return whether one is above its bound."""
    above = False
    for figure, unit, bound, name in figures:
        shown = f"(at most {bound} {unit})" if bound < NO_BOUND else ""
        print(f"{figure:8.2f} {unit:2}  {shown:16}  {name}", flush=True)
        above |= figure > bound
    return above


def main():
    """Measure and print. Exit with 1 if a ratio or a figure is above its bound."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("other", nargs="?", type=Path, help="the folder of another project")
    parser.add_argument("--rounds", type=int, default=3, help="of all images in turn (3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(
            cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context={"project_slug": "benchmark"},
                output_dir=folder,
                default_config=True,
            )
        )
        other = options.other
        if other:
            other = Path(shutil.copytree(other, Path(folder, other.resolve().name)))
        try:
            above = compare(project, other, options.rounds)
            above |= show(chain(development(project), production(project)))
        finally:
            docker("image", "rm", "--force", IMAGE)
    sys.exit(above)


if __name__ == "__main__":
    main()
