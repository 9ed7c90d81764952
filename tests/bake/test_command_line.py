"""Bakes a clean clone with the command of the README."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from helpers import ROOT, copy_template, run
from local_extensions.rules import RESERVED

COOKIECUTTER = [sys.executable, "-m", "cookiecutter"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a clean clone of the template's last commit."""
    clone = tmp_path_factory.mktemp("clone") / "template"
    run("git", "clone", "--quiet", str(ROOT), str(clone), cwd=ROOT)
    return clone


@pytest.fixture(scope="module")
def offline():
    """Return the command prefix that cuts off the network, or nothing where it is not permitted."""
    words = ["unshare", "--net", "--map-root-user"]
    permitted = (
        shutil.which("unshare")
        and not subprocess.run([*words, "true"], capture_output=True, check=False).returncode
    )
    return words if permitted else []


def bake(clone, where, *arguments, **options):
    """Run cookiecutter in the folder `where` and return the finished process."""
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


def test_pressing_enter_only_bakes_the_defaults(clone, tmp_path):
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
def test_an_error_is_a_sentence_and_nothing_is_written(clone, tmp_path, hooks):
    (tmp_path / "out").mkdir()
    process = bake(
        clone,
        tmp_path,
        *("--no-input", "--accept-hooks", hooks, "--output-dir", "out"),
        *("project_slug=my-project", "email=nobody"),
    )
    assert process.returncode == 1
    assert "Traceback" not in process.stderr + process.stdout
    assert "it must be a lowercase identifier" in process.stdout
    assert "it must be an email address or empty" in process.stdout
    assert list((tmp_path / "out").iterdir()) == []
    assert not list(tmp_path.rglob("*.json"))


def test_the_hook_stops_at_an_invalid_value_of_a_replay_file(clone, tmp_path):
    assert bake(clone, tmp_path, "--no-input", "--output-dir", "first").returncode == 0
    (replay,) = (tmp_path / "home/.cookiecutter_replay").glob("*.json")
    replay.write_text(replay.read_text().replace('"library_website"', '"class"'))
    process = bake(clone, tmp_path, "--replay-file", str(replay), "--output-dir", "second")
    assert process.returncode == 1
    assert "it must not be a Python keyword or a standard module" in process.stdout
    assert not (tmp_path / "second/class").exists()


def test_windows_line_endings_do_not_reach_the_project(tmp_path):
    copy_template(tmp_path / "template")
    for path in (tmp_path / "template").rglob("*"):
        if path.is_file() and path.suffix != ".png":
            path.write_bytes(re.sub(rb"\r?\n", b"\r\n", path.read_bytes()))
    process = bake(tmp_path / "template", tmp_path, "--no-input")
    assert process.returncode == 0, process.stderr
    files = [path for path in (tmp_path / "library_website").rglob("*") if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if b"\r" in path.read_bytes()] == []


def test_file_names_are_valid_on_windows_and_no_file_is_a_link():
    for name in run("git", "ls-files", "-z", cwd=ROOT).split("\0"):
        for part in filter(None, name.split("/")):
            assert not re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', part), name
            assert part.partition(".")[0].lower() not in RESERVED, name
        assert not (ROOT / name).is_symlink(), name


@pytest.mark.parametrize("edition", ["complete", "assignment"])
def test_a_project_baked_without_hooks_is_complete_and_has_the_grader(clone, tmp_path, edition):
    arguments = ("--no-input", "--accept-hooks", "no", f"edition={edition}")
    process = bake(clone, tmp_path, *arguments)
    assert process.returncode == 0, process.stderr
    project = tmp_path / "library_website"
    assert not (project / ".env").exists()
    assert (project / "manage.py").is_file()
    assert (project / "grade.py").is_file()
    assert (project / "grading/points.toml").is_file()


def test_a_second_bake_over_the_first_keeps_the_users_files(clone, tmp_path):
    arguments = ("--no-input", "--overwrite-if-exists")
    assert bake(clone, tmp_path, *arguments).returncode == 0
    own = tmp_path / "library_website/grading/rubric.md"
    own.parent.mkdir()
    own.write_text("# Mine\n")
    assert bake(clone, tmp_path, *arguments).returncode == 0
    assert own.read_text() == "# Mine\n"
    assert [path.name for path in own.parent.iterdir()] == ["rubric.md"]
