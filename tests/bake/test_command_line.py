"""Depth 3: a clean clone, baked by the command that the README names."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from helpers import ROOT, copy_template, run
from local_extensions.rules import WINDOWS_DEVICES

COOKIECUTTER = [sys.executable, "-m", "cookiecutter"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a clean clone of the template's last commit."""
    clone = tmp_path_factory.mktemp("clone") / "template"
    run("git", "clone", "--quiet", str(ROOT), str(clone), cwd=ROOT)
    return clone


@pytest.fixture(scope="module")
def offline():
    """Return the words before a command that cut it off from the network, where permitted."""
    words = ["unshare", "--net", "--map-root-user"]
    permitted = (
        shutil.which("unshare")
        and not subprocess.run([*words, "true"], capture_output=True, check=False).returncode
    )
    return words if permitted else []


def bake(clone, where, *arguments, **options):
    """Run cookiecutter in `where`; return the finished process."""
    return subprocess.run(
        [*options.pop("before", []), *COOKIECUTTER, str(clone), *arguments],
        cwd=where,
        env={**os.environ, "HOME": str(where / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bake_needs_no_network(clone, offline, tmp_path):
    process = bake(clone, tmp_path, "--no-input", before=offline)
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    assert (tmp_path / "library_website/manage.py").is_file()
    assert "docker compose up --wait" in process.stdout


def test_a_bake_leaves_the_template_clean(clone, tmp_path):
    bake(clone, tmp_path, "--no-input")
    assert run("git", "status", "--porcelain", cwd=clone) == ""


def test_enter_alone_bakes(clone, tmp_path):
    process = subprocess.run(
        [*COOKIECUTTER, str(clone)],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path / "home")},
        input="\n" * 10,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert "What is the project called?" in process.stdout
    assert (tmp_path / "library_website/manage.py").is_file()


@pytest.mark.parametrize("hooks", ["yes", "no"])
def test_a_refusal_is_a_sentence_and_leaves_nothing(clone, tmp_path, hooks):
    (tmp_path / "out").mkdir()
    process = bake(
        clone,
        tmp_path,
        *("--no-input", "--accept-hooks", hooks, "--output-dir", "out"),
        *("project_slug=my-project", "email=nobody"),
    )
    assert process.returncode == 1
    assert "Traceback" not in process.stderr + process.stdout
    assert "it must be an identifier in lower case" in process.stdout
    assert "it must be an e-mail address, or empty" in process.stdout
    assert list((tmp_path / "out").iterdir()) == []
    assert not list(tmp_path.rglob("*.json"))


def test_a_replayed_bad_answer_is_refused_by_the_hook(clone, tmp_path):
    assert bake(clone, tmp_path, "--no-input", "--output-dir", "first").returncode == 0
    (replay,) = (tmp_path / "home/.cookiecutter_replay").glob("*.json")
    replay.write_text(replay.read_text().replace('"library_website"', '"class"'))
    process = bake(clone, tmp_path, "--replay-file", str(replay), "--output-dir", "second")
    assert process.returncode == 1
    assert "it must not be a word or a standard module of Python" in process.stdout
    assert not (tmp_path / "second/class").exists()


def test_line_endings_of_windows_do_not_reach_the_project(tmp_path):
    copy_template(tmp_path / "template")
    for path in (tmp_path / "template").rglob("*"):
        if path.is_file() and path.suffix != ".png":
            path.write_bytes(re.sub(rb"\r?\n", b"\r\n", path.read_bytes()))
    process = bake(tmp_path / "template", tmp_path, "--no-input")
    assert process.returncode == 0, process.stderr
    files = [path for path in (tmp_path / "library_website").rglob("*") if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if b"\r" in path.read_bytes()] == []


def test_names_of_files_are_allowed_on_windows_and_none_is_a_link():
    for name in run("git", "ls-files", "-z", cwd=ROOT).split("\0"):
        for part in filter(None, name.split("/")):
            assert not re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', part), name
            assert part.partition(".")[0].lower() not in WINDOWS_DEVICES, name
        assert not (ROOT / name).is_symlink(), name


def test_a_project_baked_without_hooks_is_complete(clone, tmp_path):
    process = bake(clone, tmp_path, "--no-input", "--accept-hooks", "no")
    assert process.returncode == 0, process.stderr
    assert not (tmp_path / "library_website/.env").exists()
    assert (tmp_path / "library_website/manage.py").is_file()
