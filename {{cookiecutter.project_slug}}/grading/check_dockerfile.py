"""Step 2: the Dockerfile. With a Docker engine, the image is built twice."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

# An installation of exactly the packages in the lock file.
FROM_LOCK = re.compile(
    r"pipenv\s+(?:\S+\s+)*?(?:sync\b|install\b[^&|;]*(?:--deploy|--ignore-pipfile)|requirements\b)"
)
INSTALLATION = re.compile(rf"{FROM_LOCK.pattern}|pipenv\s+install|pip\s+install\s+[^&|;]*-r\b")


@pytest.fixture
def stages(root):
    """Return the base and the instructions of each stage of the Dockerfile, as tuples."""
    path = root / "Dockerfile"
    assert path.is_file(), "there is no Dockerfile"
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    stages, name = {}, None
    for line in re.sub(r"\\\s*\n", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "FROM":
            base, *alias = [part for part in rest.split() if not part.startswith("--")]
            name = alias[1] if len(alias) > 1 else base
            stages[name] = (base, [])
        elif word and name:
            stages[name][1].append((word.upper(), rest))
    return stages


def instructions(stages, name):
    """Return all instructions of the stage `name`, those of its bases first."""
    assert name in stages, f"there is no stage named {name}"
    base, own = stages[name]
    return [*(instructions(stages, base) if base in stages else []), *own]


def copied(rest):
    """Return what a COPY or ADD instruction copies from the project's folder."""
    if "--from=" in rest:
        return []
    words = [word for word in rest.split() if not word.startswith("--")]
    if words[:1] and words[0].startswith("["):
        words = json.loads(" ".join(words))
    return words[:-1]


def before_installation(stages, name):
    """Return what is copied before the packages are installed, and the command that does it."""
    sources = []
    for word, rest in instructions(stages, name):
        if word in ("COPY", "ADD"):
            sources += copied(rest)
        if word == "RUN":
            for mount in re.findall(r"--mount=(\S*type=bind\S*)", rest):
                source = re.search(r"(?:source|src)=([^,]+)", mount)
                sources += [] if "from=" in mount else [source[1] if source else "."]
            if INSTALLATION.search(rest):
                return sources, rest
    raise AssertionError(f"the stage {name} installs no packages")


def not_copied(sources):
    """Return which of Pipfile and Pipfile.lock are not among `sources`."""
    names = {source.removeprefix("./").rstrip("/") for source in sources}
    return [] if names & {"", ".", "Pipfile*"} else sorted({"Pipfile", "Pipfile.lock"} - names)


def check_installs_from_the_lock(stages):
    """Both images copy Pipfile.lock and install exactly its packages."""
    taken = re.search(r"--from=(\S+)\s+/opt/venv", str(instructions(stages, "prod")))
    for name in ("dev", taken[1] if taken else "prod"):
        sources, command = before_installation(stages, name)
        missing = " and ".join(not_copied(sources))
        assert not missing, f"{missing} is not copied before the packages are installed"
        assert FROM_LOCK.search(command), f"this command ignores the lock file: {command}"
        by_pip = re.search(r"(\S+)\s+install\s+[^&|;]*-r\b", command)
        elsewhere = by_pip and by_pip[1] == "pip" and not re.search(r"-m\s+pip|--python", command)
        assert not elsewhere, "this is the base image's pip, which does not install into /opt/venv"


def check_packages_before_code(root, stages, docker):
    """Only the files that list the packages are copied before the installation."""
    sources, _ = before_installation(stages, "dev")
    assert len(not_copied(sources)) < 2, (
        "Pipfile and Pipfile.lock are not copied before the installation"
    )
    code = [
        source
        for source in sources
        if not re.fullmatch(r"(\./)?(Pipfile(\*|\.lock)?|[\w.-]*requirements[\w.-]*)", source)
    ]
    names = [source for source in sources if "*" not in source and not source.startswith("--")]
    gone = [source for source in names if not Path(root, source).exists()]
    assert not gone, f"{', '.join(gone)} does not exist"
    assert not code, f"{', '.join(code)} is copied too, so editing the code reinstalls the packages"
    if docker:
        build_twice(docker)


def build_twice(project):
    """Assert that the layer with the packages is cached when the code changes."""

    def build():
        # This fills only the cache, and leaves no image.
        command = ["docker", "build", "--target=dev", "--progress=plain", "--output=type=cacheonly"]
        command.append(".")
        process = subprocess.run(
            command, cwd=project, stderr=subprocess.PIPE, encoding="utf-8", check=False
        )
        lines = process.stderr.splitlines()
        errors = [line for line in lines if "ERROR" in line]
        assert process.returncode == 0, (
            f"docker build failed: {(errors or lines or ['no output'])[-1]}"
        )
        return lines

    build()
    with (project / "library/models.py").open("a", encoding="utf-8") as code:
        code.write("\n# An edit.\n")
    lines = build()
    steps = {
        step[1]
        for line in lines
        if (step := re.match(r"(#\d+) \[.*RUN ", line))
        if INSTALLATION.search(line)
    }
    kept = {line.split()[0] for line in lines if line.endswith(" CACHED")}
    assert steps <= kept, "after an edit of the code, docker build reinstalls the packages"
    shutil.rmtree(project)


def check_words(answered):
    """recipe, snapshot and running are matched with Dockerfile, image and container."""
    answered(recipe="b0091a0326a8d0fc", snapshot="076bd49970989838", running="44aa2f1cfdea2986")


def check_cache(answered):
    """edit_installs_again says whether editing the code reinstalls the packages."""
    answered(edit_installs_again="76e8c797811ea68e")
