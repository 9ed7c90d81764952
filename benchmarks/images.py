"""How large the images are, and how long one waits for them.

    .venv/bin/python benchmarks/images.py

Bakes the default project, and prints a line for each figure with its limit.
Needs Docker, with the base images present. Exits with 1 where a limit is passed.
The limits are those of the machine that CI runs on: two cores.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "benchmark-images"


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


def measure(project):
    """Yield a figure, its unit, its limit and its name, one after the other."""
    build = ("build", "--quiet", "--target", "prod", "--tag", IMAGE, str(project))
    docker("buildx", "prune", "--all", "--force")
    yield seconds(lambda: docker(*build, "--no-cache")), "s", 14, "production image, built cold"
    base = re.search(r"python:\S+", (project / "Dockerfile").read_text())[0]
    yield megabytes(IMAGE) - megabytes(base), "MB", 90, "production image, on top of its base"
    view = project / "library/views.py"
    view.write_text(view.read_text() + "\n# edited\n")
    yield seconds(lambda: docker(*build)), "s", 2.5, "production image, after an edit of the code"

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    compose = {"cwd": project, "env": {**os.environ, "WEB_PORT": str(port)}}
    docker("compose", "build", **compose)
    yield megabytes(f"{project.name}-web"), "MB", 400, "development image, in all"

    def up():
        docker("compose", "up", "--wait", **compose)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)

    try:
        yield seconds(up), "s", 6, "`docker compose up --wait` to the first page, empty volume"
        yield seconds(lambda: docker("compose", "stop", **compose)), "s", 3, "`docker compose stop`"
    finally:
        docker("compose", "down", "--volumes", "--rmi", "local", **compose)
        docker("image", "rm", "--force", IMAGE)


def main():
    """Measure, print, and exit with 1 where a limit is passed."""
    passed = False
    with tempfile.TemporaryDirectory() as folder:
        project = cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context={"project_slug": "benchmark"},
            output_dir=folder,
            default_config=True,
        )
        for figure, unit, limit, name in measure(Path(project)):
            print(f"{figure:7.2f} {unit:2}  (at most {limit} {unit})  {name}", flush=True)
            passed |= figure > limit
    sys.exit(passed)


if __name__ == "__main__":
    main()
