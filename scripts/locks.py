"""Lock the packages again in a clean container, and show which versions changed.

    make locks

Bakes the project once for each Django version, locks its Pipfile with the
Python and pipenv versions of its Dockerfile, and writes the Pipfile.lock back
into the template. Needs Docker and the package index.
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
    """Return the version of each package in the text of a Pipfile.lock, by name."""
    lock = json.loads(lock or "{}")
    packages = lock.get("develop", {}) | lock.get("default", {})
    return {name: package.get("version", "?").lstrip("=") for name, package in packages.items()}


def solve(pipfile):
    """Return the text of the Pipfile.lock for the Pipfile at the path `pipfile`."""
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
    """Regenerate each lock and print a line for each package whose version changed."""
    for django in json.loads((ROOT / "cookiecutter.json").read_text())["django_version"]:
        print(f"Django {django}: locking ...", flush=True)
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
            # In its own folder, because the container needs only the Pipfile.
            pipfile = Path(folder, "Pipfile")
            pipfile.write_text(Path(baked, "Pipfile").read_text())
            lock = solve(pipfile)
        before, after = versions(target.exists() and target.read_text()), versions(lock)
        target.write_text(lock)
        changed = [name for name in sorted(before | after) if before.get(name) != after.get(name)]
        for name in changed:
            print(f"  {name}: {before.get(name, 'new')} -> {after.get(name, 'removed')}")
        print(f"Django {django}: {len(after)} packages, {len(changed)} changed")


if __name__ == "__main__":
    main()
