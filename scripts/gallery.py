"""Bake the projects of the gallery, take their screenshots, and write the page that lists them.

    make gallery

Writes gallery/NAME/ (without .env, whose secret key belongs in no repository), gallery/images/
and gallery/index.md. If gallery/NAME/ is a Git repository, it stays one. With --without-images,
it needs neither Chromium nor the network.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from classroom.bake import bake  # noqa: E402
from scripts.browser import Site, chromium  # noqa: E402

GALLERY = ROOT / "gallery"
PROMPTS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))["__prompts__"]
# The answers by project_slug. All other answers are the defaults.
PROJECTS = {
    "django52_postgresql": "django_version=5.2 database=postgresql edition=complete",
    "django52_sqlite": "django_version=5.2 database=sqlite edition=complete",
    "django61_postgresql": "django_version=6.1 database=postgresql edition=complete",
    "django61_sqlite": "django_version=6.1 database=sqlite edition=complete",
    "blank": "edition=blank project_name=Bakery",
    "assignment": "edition=assignment",
}
# Name, path of the URL, alternative text, width, height, and width on the page: side by side.
PICTURES = [
    ("website", "/", "the website", 1200, 800, "41%"),
    ("api", "/api/v1/", "the web API in a browser", 1200, 800, "41%"),
    ("phone", "/", "the website on a phone", 390, 800, "13%"),
]
WITHOUT_IMAGES = "Without screenshots: .venv/bin/python scripts/gallery.py --without-images"
INTRODUCTION = """\
# Gallery

Projects as the template generates them. `make gallery` writes them to folders that you can push:

```shell
cd gallery/blank
git init --initial-branch=main
git add --all
git commit --message="Create the project"
git push https://github.com/OWNER/blank.git main
```

A project that you generate has one more file, `.env`, with a random secret key. Git ignores it.
"""


def replace(folder, project):
    """Replace everything in `folder` except .git with the files of `project` except .env."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if not path.is_dir():
            path.unlink()
        elif path.name != ".git":
            shutil.rmtree(path)
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns(".env"), dirs_exist_ok=True)


def install(project):
    """Install the packages of `project`; return its interpreter, or exit with an error message."""
    process = subprocess.run(
        [Path(sys.executable).parent / "pipenv", "sync"],
        cwd=project,
        env={**os.environ, "PIPENV_IGNORE_VIRTUALENVS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if process.returncode:
        sys.exit(
            f"{process.stdout}\nThe packages of {project.name} could not be installed, which needs "
            f"the network. {WITHOUT_IMAGES}"
        )
    (python,) = (project / ".venv").glob("*/python3")
    return python


def photograph(project, python, browser):
    """Take the screenshots of `project`, served with the interpreter `python`."""
    site = Site(project, python)
    site.create(books=10)
    with site.served():
        for name, path, _, width, height, _ in PICTURES:
            picture = GALLERY / "images" / f"{project.name}-{name}.png"
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(site.url + path)
            page.screenshot(path=picture)
            page.close()
            print(f"  {picture.relative_to(ROOT)}", flush=True)


def section(name, with_images):
    """Return the part of the page about the project `name`, as Markdown."""
    folder = GALLERY / name
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    count = sum(".git" not in path.parts for path in paths)
    answers = json.loads((folder / ".answers.json").read_text(encoding="utf-8"))["cookiecutter"]
    rows = "".join(
        f"| `{question}` | {PROMPTS[question][answers[question]]} |\n"
        for question in ("django_version", "database", "edition")
    )
    words = f"--no-input project_slug={name} {PROJECTS[name]}"
    command = f"cookiecutter gh:OWNER/cookiecutter-drf-docker {words}"
    command = " \\\n  ".join(textwrap.wrap(command, 70))
    images = "".join(
        f'![{name}: {text}](images/{name}-{picture}.png){{width="{share}"}}\n'
        for picture, _, text, _, _, share in PICTURES
        if with_images
    )
    return (
        f"\n## {name}\n\n{count} files; start with [its README]({name}/README.md).\n\n"
        f"| question | answer |\n|---|---|\n{rows}\n"
        f"```shell\n{command}\n```\n\n{images}"
    )


def main():
    """Bake each project, take its screenshots, and write the page."""
    with_images = "--without-images" not in sys.argv
    if with_images and sys.version_info < (3, 12):
        sys.exit(
            f"Django 6.1 needs Python 3.12 or newer; this is {sys.version.split()[0]}. Remove "
            f".venv and name another: make PYTHON=python3.14 gallery. {WITHOUT_IMAGES}"
        )
    (GALLERY / "images").mkdir(parents=True, exist_ok=True)
    interpreters = {}
    with (
        tempfile.TemporaryDirectory() as temporary,
        chromium() if with_images else nullcontext() as browser,
    ):
        for number, name in enumerate(PROJECTS, start=1):
            print(f"{number}/{len(PROJECTS)} gallery/{name}", flush=True)
            answers = [f"project_slug={name}", *PROJECTS[name].split()]
            project = bake(Path(temporary, f"baked-{name}"), answers)
            replace(GALLERY / name, project)
            if with_images:
                lock = (project / "Pipfile.lock").read_bytes()
                if lock not in interpreters:
                    print("  installing its packages", flush=True)
                    interpreters[lock] = install(project)
                photograph(project, interpreters[lock], browser)
    sections = [section(name, with_images) for name in PROJECTS]
    (GALLERY / "index.md").write_text(INTRODUCTION + "".join(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
