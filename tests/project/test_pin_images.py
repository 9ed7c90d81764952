"""The digests of the base images. The registry is a fake here; Compose is not."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from helpers import CHOICES, run

# Answers for the registry; every other command is Docker's own.
FAKE = """#!{python}
import hashlib, json, os, sys
if "imagetools" not in sys.argv:
    os.execv({docker!r}, ["docker", *sys.argv[1:]])
image = sys.argv[-1]
if "missing" in image:
    sys.exit(f"ERROR: {{image}}: not found")
print(json.dumps({{"digest": "sha256:" + hashlib.sha256(image.encode()).hexdigest()}}))
"""


@pytest.fixture
def registry(docker, tmp_path):
    """Return an environment in which a fake registry has every image but those named missing."""
    (tmp_path / "docker").write_text(
        FAKE.format(python=sys.executable, docker=shutil.which("docker"))
    )
    (tmp_path / "docker").chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}


def config_of(project, env, *files):
    options = [option for file in files for option in ("-f", file)]
    return json.loads(
        run("docker", "compose", *options, "config", "--format=json", cwd=project, env=env)
    )["services"]


@pytest.mark.parametrize("database", CHOICES["database"])
@pytest.mark.parametrize("mirror", ["", "mirror.example/library/"])
def test_every_base_image_gets_its_digest(bake, registry, database, mirror):
    project, env = bake(database=database), {**registry, "REGISTRY": mirror}
    run(sys.executable, "deploy/pin_images.py", cwd=project, env=env)
    files = ("compose.prod.yaml", "compose.digests.yaml")
    before, after = (config_of(project, env, *files[:count]) for count in (1, 2))
    bases = {"python:3.14-slim"} | ({"postgres:18"} if database == "postgresql" else set())
    for service in after.values():
        if "build" in service:
            contexts = service["build"].pop("additional_contexts")
            images = {f"{mirror}{base}" for base in {*bases, "postgres:18"}}
            assert contexts.keys() == images
            for image, context in contexts.items():
                assert context.startswith(f"docker-image://{image}@sha256:")
        elif not service["image"].startswith(project.name):
            image, _, digest = service["image"].partition("@sha256:")
            assert len(digest) == 64
            service["image"] = image
    assert after == before


def test_an_image_that_the_registry_does_not_have_writes_nothing(bake, registry):
    project, env = bake(), {**registry, "REGISTRY": "missing/"}
    process = subprocess.run(
        [sys.executable, "deploy/pin_images.py"],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.startswith("Nothing was written. docker buildx imagetools inspect")
    assert process.stderr.endswith(": not found\n")
    assert not (project / "compose.digests.yaml").exists()


def test_the_registry_has_the_base_images(bake, docker):
    """Where Docker Hub can be reached: each tag has a digest."""
    project = bake()
    process = subprocess.run(
        [sys.executable, "deploy/pin_images.py"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        pytest.skip(f"no registry responds: {process.stderr.strip()[-200:]}")
    assert (project / "compose.digests.yaml").read_text().count("@sha256:") >= 5
