"""Step 3: the volume. With a Docker engine it is put to the proof."""

import os
import subprocess

import pytest
import yaml


@pytest.fixture
def compose(root):
    """Return what stands in compose.yaml."""
    path = root / "compose.yaml"
    assert path.is_file(), "there is no compose.yaml"
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise AssertionError(f"compose.yaml cannot be read: {error}") from None


def database(compose):
    """Return the services that have to see the data, and where."""
    services = compose["services"]
    if "db" in services:
        return ["db"], "/var/lib/postgresql"
    return [name for name, service in services.items() if "build" in service], "/data"


def mounted(compose):
    """Return what is mounted where the database keeps its data."""
    names, place = database(compose)
    sources = {name: source_at(place, compose["services"][name]) for name in names}
    for name, source in sources.items():
        assert source is not None, f"in the service {name}, no volume is mounted at {place}"
        assert source, "the volume has no name: each container would get a new one"
    assert len(set(sources.values())) == 1, f"not all services have the same volume: {sources}"
    return source


def source_at(place, service):
    """Return what the service mounts at `place`: "" if it has no name, None if there is nothing."""
    for volume in service.get("volumes") or []:
        if isinstance(volume, str):
            source, _, target = volume.rpartition(":") if ":/" in volume else ("", "", volume)
            if target in ("ro", "rw", "z", "Z"):
                source, _, target = source.rpartition(":")
        else:
            source, target = volume.get("source", ""), volume.get("target", "")
        if target.rstrip("/") == place:
            return source
    return None


def check_mounted(compose, docker):
    """A volume is mounted where the database keeps its files."""
    mounted(compose)
    if docker:
        names, place = database(compose)
        prove_the_volume(docker, names[0], place)


def check_listed(compose):
    """The volume is listed at the end of compose.yaml, for Docker to make."""
    source = mounted(compose)
    assert not source.startswith((".", "/", "~", "$")), f"{source} is a folder, and no volume"
    listed = compose.get("volumes") or {}
    assert isinstance(listed, dict), "what is listed has a dash or no colon, and cannot be read"
    assert source in listed, f"{source} is not listed, but {', '.join(listed) or 'nothing'}"


def prove_the_volume(project, service, place):
    """Write a file into the volume, throw the container away, and look for the file."""
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
            said = process.stdout.strip().splitlines() or ["nothing"]
            raise AssertionError(f"docker compose {command[0]} says: {said[-1]}")
        return process.returncode == 0

    inside = ["run", "--rm", "--no-deps", "--entrypoint=sh", service, "-c"]
    try:
        run(*inside, f"echo proof > {place}/proof")
        run("down")
        kept = run(*inside, f"cat {place}/proof", may_fail=True)
        assert kept, "what one container has written is gone in the next one"
    finally:
        run("down", "--volumes", "--rmi=local", may_fail=True)


def check_containers_forget(answered):
    """file_in_next_container says where a file is that another container has written."""
    answered(file_in_next_container="be2fdc0621faa1ce")


def check_volumes_remember(answered):
    """book_after_down and book_after_down_volumes say where a book is after each of the two."""
    answered(book_after_down="56647be95300e818", book_after_down_volumes="680df99b0f440c7c")
