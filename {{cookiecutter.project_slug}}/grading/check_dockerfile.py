"""Step 2: the Dockerfile. With a Docker engine, its images are built."""

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
# https://docs.docker.com/reference/dockerfile/
INSTRUCTIONS = set(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL "
    "STOPSIGNAL USER VOLUME WORKDIR".split()
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


def packages_of_production(stages):
    """Return the name of the stage that installs the packages of the stage `prod`."""
    taken = re.search(r"--from=(\S+)\s+/opt/venv", str(instructions(stages, "prod")))
    return taken[1] if taken else "prod"


def check_installs_from_the_lock(stages):
    """Both images copy Pipfile.lock and install exactly its packages."""
    for name in ("dev", packages_of_production(stages)):
        sources, command = before_installation(stages, name)
        missing = " and ".join(not_copied(sources))
        assert not missing, f"before the packages are installed, nothing copies {missing}"
        assert FROM_LOCK.search(command), f"this command ignores the lock file: {command}"
        by_pip = re.search(r"(\S+)\s+install\s+[^&|;]*-r\b", command)
        elsewhere = by_pip and by_pip[1] == "pip" and not re.search(r"-m\s+pip|--python", command)
        assert not elsewhere, "this is the base image's pip, which does not install into /opt/venv"


def check_packages_before_code(root, stages, docker):
    """Only the files that list the packages are copied before the installation."""
    sources, _ = before_installation(stages, "dev")
    assert len(not_copied(sources)) < 2, (
        "before the packages are installed, nothing copies Pipfile and Pipfile.lock"
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


def build(project, stage):
    """Build a stage of the project's Dockerfile, and return the lines that are printed."""
    # This fills only the cache, and leaves no image.
    command = ["docker", "build", f"--target={stage}", "--progress=plain"]
    process = subprocess.run(
        [*command, "--output=type=cacheonly", "."],
        cwd=project,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    lines = process.stderr.splitlines()
    errors = [line for line in lines if "ERROR" in line]
    assert process.returncode == 0, (
        f"docker build of the stage {stage} failed: {(errors or lines or ['no output'])[-1]}"
    )
    return lines


def build_twice(project):
    """Assert that the layer with the packages is cached when the code changes."""
    build(project, "dev")
    with (project / "library/models.py").open("a", encoding="utf-8") as code:
        code.write("\n# An edit.\n")
    lines = build(project, "dev")
    steps = {
        step[1]
        for line in lines
        if (step := re.match(r"(#\d+) \[.*RUN ", line))
        if INSTALLATION.search(line)
    }
    kept = {line.split()[0] for line in lines if line.endswith(" CACHED")}
    assert steps <= kept, "after an edit of the code, docker build reinstalls the packages"
    shutil.rmtree(project)


def check_production_builds(root, stages, docker):
    """The stage `prod` still builds."""
    before_installation(stages, packages_of_production(stages))
    available = set()
    for word, rest in instructions(stages, "prod"):
        assert word in INSTRUCTIONS, f"{word} is not an instruction of a Dockerfile"
        for source in re.findall(r"--from=([\w-]+)(?![\w.:/-])", rest):
            assert source in stages, f"there is no stage named {source} to copy from"
        if word in ("COPY", "ADD"):
            sources = copied(rest)
            gone = [name for name in sources if "*" not in name and not Path(root, name).exists()]
            assert not gone, f"{', '.join(gone)} does not exist"
            available |= {name.removeprefix("./") or "." for name in sources}
        needs_code = word == "RUN" and "manage.py" in rest
        assert not needs_code or available & {".", "manage.py"}, (
            f"manage.py is not copied before this command: {rest}"
        )
    if docker:
        build(docker, "prod")
        shutil.rmtree(docker)


def check_words(answered):
    """recipe, snapshot, cake and menu are Dockerfile, image, container and compose.yaml."""
    answered(
        recipe="b0091a0326a8d0fc",
        snapshot="076bd49970989838",
        cake="64fce4ccd76f2bfa",
        menu="5b70409e6d414a74",
    )


def check_instructions(answered):
    """The answers say what ENV, RUN and CMD do in the project's Dockerfile."""
    answered(
        output_is_buffered="8e1cf95d23e6009f",
        pyc_files_are_written="d3b9caa401f1877a",
        run_is_executed_at="1c2ba11a5e071b93",
        cmd_is_executed_at="ba034ec1a8abeeda",
    )


def check_cache(answered):
    """The answers say whether a layer ever changes, and what an edit of the code reinstalls."""
    answered(layers_change="455f85cfe851e091", edit_installs_again="76e8c797811ea68e")
