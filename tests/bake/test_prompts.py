"""The prompts, in a terminal."""

import os
import sys

import pexpect
import pytest

from helpers import ROOT
from local_extensions.rules import QUESTIONS


@pytest.fixture
def terminal(tmp_path):
    """Return cookiecutter in a terminal, at its first prompt."""
    with pexpect.spawn(
        sys.executable,
        ["-m", "cookiecutter", str(ROOT), "--default-config"],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path / "home"), "TERM": "dumb", "COLUMNS": "80"},
        encoding="utf-8",
        timeout=120,
    ) as terminal:
        yield terminal


def finish(terminal):
    """Press Enter at every other prompt, and return the output and the exit status."""
    said = ""
    for _ in QUESTIONS:
        terminal.sendline()
    said += terminal.read()
    terminal.close()
    return said, terminal.exitstatus


@pytest.mark.quick
def test_pressing_enter_at_every_prompt_bakes_the_defaults(terminal, tmp_path):
    terminal.expect_exact("[1/10] What is the project called? (Library Website):")
    terminal.sendline()
    terminal.expect_exact("[2/10] What should the folder be called?")
    terminal.expect_exact("(library_website):")
    said, status = finish(terminal)
    assert status == 0, said
    for text in (
        "[3/10] What is it, in one sentence?",
        "[6/10] Which version of Django?",
        "1 - 5.2, with long-term support (LTS) until April 2028",
        "2 - SQLite, in a file",
        "2 - Assignment: parts are left for students to write, with a grader",
        "3 - Nowhere",
        "Choose from [1/2/3/4/5] (1):",
        "docker compose up --wait",
    ):
        assert text in said
    assert (tmp_path / "library_website/.env").is_file()


def test_a_wrong_choice_prompts_again(terminal, tmp_path):
    for _ in range(5):
        terminal.sendline()
    terminal.expect_exact("[6/10] Which version of Django?")
    terminal.sendline("3")
    terminal.expect_exact("Please select one of the available options")
    terminal.sendline("2")
    terminal.expect_exact("[7/10] Which database?")
    said, status = finish(terminal)
    assert status == 0, said
    assert '"~=6.1' in (tmp_path / "library_website/Pipfile").read_text()


def test_the_folder_comes_from_the_name_and_the_name_stays_as_typed(terminal, tmp_path):
    terminal.sendline("L'Étoile {{ 7 * 7 }} #1")
    terminal.expect_exact("(letoile_7_7_1):")
    said, status = finish(terminal)
    assert status == 0, said
    assert "L'Étoile {{ 7 * 7 }} #1" in (tmp_path / "letoile_7_7_1/pyproject.toml").read_text()


def test_an_invalid_folder_is_an_error_that_keeps_the_other_values(terminal, tmp_path):
    terminal.sendline("City Library")
    terminal.expect_exact("(city_library):")
    terminal.sendline("City-Library")
    said, status = finish(terminal)
    assert status == 1, said
    assert "Traceback" not in said
    assert "try:      'city_library'" in said
    assert "'project_name=City Library' \\" in said
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []
    assert not list((tmp_path / "home").rglob("*.json"))
