"""Take screenshots of the project in demo/ and of a class report, with Chromium.

    make screenshots

Serves the project that `make demo` bakes on a free port, and writes
docs/images/*.png: 1200 x 800 pixels, and 390 x 800 for a phone. Needs Chromium
or Chrome on the PATH.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from classroom.grade_class import step_of, summed  # noqa: E402
from classroom.report import write_reports  # noqa: E402

PROJECT = ROOT / "demo/library_website"
IMAGES = ROOT / "docs/images"

# Name, path of the URL, width and height.
PICTURES = [
    ("website", "/", 1200, 800),
    ("phone", "/", 390, 800),
    ("browsable-api", "/api/v1/books/", 1200, 800),
    ("api-docs", "/api/docs/", 1200, 800),
]


def browser():
    """Return the path of Chromium or Chrome, or exit with an error message."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if path := shutil.which(name):
            return path
    sys.exit("Neither Chromium nor Chrome was found on the PATH. Install one of them.")


def headless(chromium, url, *options):
    """Open `url` in Chromium with more command-line `options`; return what it prints."""
    with tempfile.TemporaryDirectory() as profile:
        # Chromium has no sandbox when it runs as root, as in many containers.
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        common = "--headless --disable-gpu --hide-scrollbars --no-first-run --disable-sync"
        return subprocess.run(
            [
                *(chromium, *common.split(), *sandbox, "--disable-background-networking"),
                *(f"--user-data-dir={profile}", "--virtual-time-budget=8000", *options, url),
            ],
            check=True,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        ).stdout


def take(chromium, url, width, height, picture):
    """Write a screenshot of `url` with `width` x `height` pixels to the path `picture`."""
    headless(chromium, url, f"--window-size={width},{height}", f"--screenshot={picture}")


@contextmanager
def served(project, python):
    """Serve the project at the path `project` with the interpreter `python`; yield the URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = subprocess.Popen(
        [python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5)
                break
            except OSError:
                time.sleep(0.2)
        else:
            sys.exit(f"{project.name} is not ready. To see why: python manage.py runserver")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def invented_class(out):
    """Write the report of an invented class into the folder `out`."""
    chance = random.Random(11)
    table = (PROJECT / "grading/points.toml").read_text(encoding="utf-8")
    rows = []
    for name in (
        "Ada Bashir Chen Dilan Elif Farid Greta Hugo Inès Jonas Kofi Lena "
        "Mara Nils Olga Priya Quinn Rosa Samir Tove Uma Viktor Wanda Yara"
    ).split():
        skill, steps = chance.uniform(0.35, 1.05), []
        for step in tomllib.loads(table)["step"]:
            checks = []
            for check, of in step["points"].items():
                missed = chance.random() > skill + 0.25 - 0.03 * step["number"]
                found = "Something else." if missed else ""
                points = {"points": 0 if missed else of, "of": of, "found": found}
                checks.append({"name": check, "expected": "What the task says.", **points})
            steps.append(step_of(step, checks))
        result = summed({"format": 1, "steps": steps})
        empty = {"note": "", "changed": [], "missing": [], "added": [], "remarks": []}
        rows.append({"name": name, "result": result, **empty})
    rows[6]["changed"] = ["grading/check_api.py"]
    rows[20]["remarks"] = ["new outside of reviews/: conftest.py"]
    similar = [(97, "Hugo", "Tove", ["reviews/api/views.py", "reviews/tests/test_reviews.py"])]
    write_reports(out, rows, similar, lambda result: "")


def main():
    """Serve the project and take each screenshot."""
    chromium = browser()
    IMAGES.mkdir(parents=True, exist_ok=True)
    (python,) = (PROJECT / ".venv").glob("*/python3")
    with served(PROJECT, python) as site:
        for name, path, width, height in PICTURES:
            take(chromium, site + path, width, height, IMAGES / f"{name}.png")
            print(f"docs/images/{name}.png")
    with tempfile.TemporaryDirectory() as out:
        invented_class(Path(out))
        take(chromium, Path(out, "index.html").as_uri(), 1200, 800, IMAGES / "grades.png")
    print("docs/images/grades.png")


if __name__ == "__main__":
    main()
