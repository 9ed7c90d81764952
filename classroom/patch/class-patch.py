"""Updates the files of an assignment that students do not write: checks, doctor and workflows.

    python ../class-patch.py            in the folder of your project
    python class-patch.py my_project    from elsewhere

Your own files stay as they are, and so does a doctor.py or a workflow that you have changed.
The exit status is 0 if the update is there, and 1 if nothing could be changed.
"""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path

# By path: the checksum of the old content, and the new content; null if there is no such file.
FILES = json.loads(r"""{}""")
# Tells the versions of the assignment apart.
VERSION = "grading/checksums.json"


def checksum(content):
    """Return the checksum of the bytes, regardless of line endings; None for None."""
    return None if content is None else sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def replace(contents):
    """Write each file (bytes by path; None deletes it), or none of them."""
    written = {}
    try:
        for path, content in contents.items():
            if content is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                written[path] = path.with_name(path.name + ".new")
                written[path].write_bytes(content)
    except OSError:
        for new in written.values():
            new.unlink(missing_ok=True)
        raise
    for path in contents:
        if path in written:
            os.replace(written[path], path)
        else:
            path.unlink()


def main(project):
    """Update the project; return the exit status."""
    if not (project / VERSION).is_file():
        print(f"There is no assignment in {project.resolve()}. Run this in your project's folder.")
        return 1
    contents, own = {}, []
    for name, file in FILES.items():
        path, new = project / name, file["new"] and file["new"].encode()
        now = path.read_bytes() if path.is_file() else None
        if checksum(now) == checksum(new):
            continue
        is_old = checksum(now) == file["old"]
        if name == VERSION and not is_old:
            print(
                "Nothing was changed: this project has another version of the assignment than "
                "the one that this update is for. Ask your teacher for the right update."
            )
            return 1
        # A check that was changed gives no points.
        if is_old or name == "grade.py" or name.startswith("grading/"):
            has_crlf = now and new and b"\r\n" in now
            contents[path] = new.replace(b"\n", b"\r\n") if has_crlf else new
        else:
            own.append(name)
    try:
        replace(contents)
    except OSError as error:
        print(f"Nothing was changed: {error.filename} cannot be written: {error.strerror}.")
        return 1
    for name in own:
        print(f"{name} stays as it is, because you have changed it.")
    names = [path.relative_to(project).as_posix() for path in contents]
    print(f"Updated: {', '.join(names)}." if names else "The update is there already.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2])))
