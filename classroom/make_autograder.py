"""Pack the checks of the assignment from `make class` for a service that grades submissions.

make gradescope     OUT/gradescope.zip, to upload as the autograder
make classroom50    OUT/classroom50/, to copy to CLASSROOM/autograders/ASSIGNMENT/
"""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "autograder"
SERVICES = {
    "gradescope": ("setup.sh", "run_autograder", "autograder.py"),
    "classroom50": ("autograder.py",),
}


def contents(service, assignment):
    """Return the files that the service needs, as bytes by path."""
    checks = [*json.loads((assignment / "grading/checksums.json").read_text(encoding="utf-8"))]
    requirements = subprocess.run(
        [Path(sys.executable).parent / "pipenv", "requirements", "--dev", "--hash"],
        cwd=assignment,
        capture_output=True,
        check=True,
    ).stdout
    # Leave out the package index of this machine, which may be a mirror.
    lines = [line for line in requirements.splitlines(keepends=True) if not line.startswith(b"-i")]
    return {
        **{name: (SOURCE / name).read_bytes() for name in SERVICES[service]},
        **{
            f"checks/{name}": (assignment / name).read_bytes()
            for name in [*checks, "grading/checksums.json"]
        },
        "requirements.txt": b"".join(lines),
    }


def main():
    """Write the zip file or the folder."""
    service, out = sys.argv[1], Path(sys.argv[2])
    assignments = [path.parent for path in out.glob("assignment/*/grade.py")]
    if len(assignments) != 1:
        sys.exit(f"There is no assignment in {out}. Create it first: make class")
    files = contents(service, assignments[0])
    if service == "gradescope":
        target = out / "gradescope.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in sorted(files.items()):
                # Without a date, so that the same checks produce the same zip file.
                entry = zipfile.ZipInfo(name)
                executable = name in ("setup.sh", "run_autograder")
                entry.external_attr = (0o100755 if executable else 0o100644) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content.replace(b"\r\n", b"\n"))
    else:
        target = out / service
        if target.exists():
            shutil.rmtree(target)
        for name, content in sorted(files.items()):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(content.replace(b"\r\n", b"\n"))
    print(target)


if __name__ == "__main__":
    main()
