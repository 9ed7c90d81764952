"""Solve the shipped locks again, in a clean container, and show what moved.

    python tools/locks.py

Bakes the project once for each Django version, locks its Pipfile with the
Python and the pipenv that its Dockerfile names, and writes the result back into
the template. Needs Docker and the package index.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "{{cookiecutter.project_slug}}"


def versions(lock):
    """Return the version of each package in the text of a Pipfile.lock, as a dictionary."""
    lock = json.loads(lock or "{}")
    packages = lock.get("develop", {}) | lock.get("default", {})
    return {name: package.get("version", "?").lstrip("=") for name, package in packages.items()}


def solve(pipfile):
    """Return the text of the lock for the Pipfile at the path `pipfile`."""
    dockerfile = (PROJECT / "Dockerfile").read_text()
    python = re.search(r"python:\S+", dockerfile)[0]
    pipenv = re.search(r"pipenv==\S+", dockerfile)[0]
    command = f"pip install -q --root-user-action=ignore {pipenv} && pipenv lock --clear"
    subprocess.run(
        [
            *("docker", "run", "--rm", "-v", f"{pipfile.parent}:/lock", "-w", "/lock"),
            *(python, "sh", "-c", command),
        ],
        check=True,
        capture_output=True,
    )
    return (pipfile.parent / "Pipfile.lock").read_text()


def main():
    """Write each lock anew and print a line for each package that moved."""
    for django in json.loads((ROOT / "cookiecutter.json").read_text())["django_version"]:
        print(f"Django {django}: solving ...", flush=True)
        target = (
            PROJECT
            / f"{{% if cookiecutter.django_version == '{django}' %}}Pipfile.lock{{% endif %}}"
        )
        with tempfile.TemporaryDirectory() as folder:
            baked = cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context={"django_version": django},
                output_dir=f"{folder}/project",
                default_config=True,
                accept_hooks=False,
            )
            # Alone in its folder: the container needs no more than the Pipfile.
            pipfile = Path(folder, "Pipfile")
            pipfile.write_text(Path(baked, "Pipfile").read_text())
            lock = solve(pipfile)
        before, after = versions(target.exists() and target.read_text()), versions(lock)
        target.write_text(lock)
        moved = [name for name in sorted(before | after) if before.get(name) != after.get(name)]
        for name in moved:
            print(f"  {name}: {before.get(name, 'new')} -> {after.get(name, 'gone')}")
        print(f"Django {django}: {len(after)} packages, {len(moved)} moved")


if __name__ == "__main__":
    main()
