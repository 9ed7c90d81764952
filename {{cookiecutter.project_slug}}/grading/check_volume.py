"""Step 3: the volume. With a Docker engine, containers write to it and read from it."""

import os
import subprocess

import pytest
import yaml


@pytest.fixture
def compose(root):
    """Return the content of compose.yaml."""
    path = root / "compose.yaml"
    assert path.is_file(), "there is no compose.yaml"
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise AssertionError(f"compose.yaml is not valid YAML: {error}") from None


def database(compose):
    """Return the services that need the data, and the path of the data in them."""
    services = compose["services"]
    if "db" in services:
        return ["db"], "/var/lib/postgresql"
    return [name for name, service in services.items() if "build" in service], "/data"


def mounted(compose):
    """Return the name of the volume at the path of the data."""
    names, path = database(compose)
    sources = {name: source_at(path, compose["services"][name]) for name in names}
    for name, source in sources.items():
        assert source is not None, f"the service {name} mounts no volume at {path}"
        assert source, "the volume has no name, so each container gets a new one"
    assert len(set(sources.values())) == 1, f"the services have different volumes: {sources}"
    return source


def source_at(path, service):
    """Return what the service mounts at `path`: "" if it has no name, None if nothing."""
    for volume in service.get("volumes") or []:
        if isinstance(volume, str):
            source, _, target = volume.rpartition(":") if ":/" in volume else ("", "", volume)
            if target in ("ro", "rw", "z", "Z"):
                source, _, target = source.rpartition(":")
        else:
            source, target = volume.get("source", ""), volume.get("target", "")
        if target.rstrip("/") == path:
            return source
    return None


def check_mounted(compose, docker):
    """A volume is mounted at the path of the database's files."""
    mounted(compose)
    if docker:
        names, path = database(compose)
        use_the_volume(docker, names[0], path)


def check_listed(compose):
    """The volume is listed at the end of compose.yaml."""
    source = mounted(compose)
    assert not source.startswith((".", "/", "~", "$")), f"{source} is a folder, not a volume"
    listed = compose.get("volumes") or {}
    assert isinstance(listed, dict), (
        "`volumes` must be a mapping: names without a dash, each followed by a colon"
    )
    assert source in listed, (
        f"{source} is not listed; the list contains {', '.join(listed) or 'nothing'}"
    )


def use_the_volume(project, service, path):
    """Assert that the volume keeps a file when its container is deleted."""
    name = f"grading-{project.parent.name.replace('_', '-')}-{os.getpid()}"

    def run(*command, may_fail=False):
        process = subprocess.run(
            ["docker", "compose", "--project-name", name, *command],
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if process.returncode and not may_fail:
            lines = process.stdout.strip().splitlines() or ["no output"]
            raise AssertionError(f"docker compose {command[0]} failed: {lines[-1]}")
        return process.returncode == 0

    inside = ["run", "--rm", "--no-deps", "--entrypoint=sh", service, "-c"]
    try:
        run(*inside, f"echo proof > {path}/proof")
        run("down")
        kept = run(*inside, f"cat {path}/proof", may_fail=True)
        assert kept, "a file that one container has written is gone in the next one"
    finally:
        run("down", "--volumes", "--rmi=local", may_fail=True)


def check_containers_forget(answered):
    """file_in_next_container says what happens to a file that another container has written."""
    answered(file_in_next_container="be2fdc0621faa1ce")


def check_compose(answered):
    """compose_is_part_of says where the command `docker compose` comes from."""
    answered(compose_is_part_of="c46708f7088e44c5")


def check_volumes_remember(answered):
    """book_after_down and book_after_down_volumes say what happens to a book."""
    answered(book_after_down="56647be95300e818", book_after_down_volumes="680df99b0f440c7c")
