"""Values that are not valid: the message names the rule and a correction, nothing is written."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from cookiecutter.cli import main
from cookiecutter.exceptions import FailedHookException

from helpers import ROOT
from local_extensions import checked, command, shell_word
from local_extensions.rules import PACKAGES, QUESTIONS, RULES, broken_rules, suggestion

BIN = Path(sys.executable).parent

LETTERS = "must contain a letter or digit, in any script"
ONE_LINE = "must be one line without control or direction characters"
IDENTIFIER = (
    "must be a lowercase identifier: a letter from a to z, then letters, digits, and single "
    "underscores; and it must not begin with pg_, which PostgreSQL reserves"
)
PYTHON = "must not be a Python keyword or a standard module"
PACKAGE = "must not be a package of the project or its dependencies"
RESERVED = "must not be a name that Windows or PostgreSQL reserves"
EMAIL = "must be an email address or empty"


def at_most(length):
    return f"must have at most {length} characters"


def each(question, sentence, *answers):
    return [(question, answer, [sentence]) for answer in answers]


BAD_ANSWERS = [
    *each("project_name", LETTERS, "", " ", "!!!", "---", "«»", "😀", "\u200e", "_"),
    *each("project_name", ONE_LINE, "two\nlines", "a\ttab", "a\rb", "bell\a", "nul\0", "a\x85b"),
    *each("project_name", ONE_LINE, "a\u2028b", "a\u2029b", "\x1b[31mred", "delete\x7f"),
    *each("project_name", at_most(80), "x" * 81, "図" * 81, "O'Reilly & Sons " * 6),
    ("project_name", "\n", [LETTERS, ONE_LINE]),
    ("project_name", "\t" * 81, [LETTERS, ONE_LINE, at_most(80)]),
    *each("project_slug", IDENTIFIER, "", " ", "My_Project", "my-project", "my project", "1st"),
    *each("project_slug", IDENTIFIER, "_private", "a__b", "projet_é", "проект", "図書館", "a.b"),
    *each("project_slug", IDENTIFIER, "a/b", "../out", "a\\b", "$HOME", "`id`", "x\n", "x;ls", "."),
    *each("project_slug", IDENTIFIER, "con.txt", "-x", "~", "pg_shop", "a'b", 'a"b', "a\0b", "{x}"),
    *each("project_slug", at_most(40), "x" * 41, "a_" * 21),
    *each(
        "project_slug", PYTHON, "class", "def", "import", "none", "true", "match", "case", "type"
    ),
    *each("project_slug", PYTHON, "test", "os", "sys", "json", "string", "random", "secrets"),
    *each("project_slug", PYTHON, "email", "http", "html", "site", "code", "token", "types"),
    *each("project_slug", PACKAGE, "django", "rest_framework", "pytest", "api", "website"),
    *each("project_slug", PACKAGE, "yaml", "gunicorn", "psycopg", "django_filters", "tests"),
    *each("project_slug", PACKAGE, "library", "accounts", "django_project", "manage"),
    *each("project_slug", RESERVED, "con", "nul", "aux", "prn", "com1", "public", "template1"),
    ("project_slug", "__init__", [IDENTIFIER]),
    ("project_slug", "A" * 41, [IDENTIFIER, at_most(40)]),
    *each("description", ONE_LINE, "two\nlines", "a\x1b[31mb", "a\u2028b"),
    *each("description", at_most(200), "x" * 201, "é" * 201),
    *each("author_name", ONE_LINE, "Ada\rLovelace", "Ada\0", "Ada\u202eLovelace", "\u2066Ada"),
    *each("author_name", at_most(80), "x" * 81),
    *each("email", EMAIL, "nobody", "@example.com", "ada@", "ada lovelace@example.com", "ada@x"),
    *each("email", EMAIL, "ada@-x.com", "ada@x..com", "ada@[999.1.1.1]", "a,b@example.com"),
    *each("email", EMAIL, "<ada@example.com>", "ada@example.com\n", "a" * 310 + "@example.com"),
]


def argument(question, answer):
    """Return the argument that cookiecutter renders to exactly `answer`."""
    codes = "".join(f"\\U{ord(char):08x}" for char in answer)
    return f'{question}={{{{ "{codes}" }}}}'


def cookiecutter(folder, *arguments):
    """Run cookiecutter with its output, home and temporary files in `folder`."""
    (folder / "temporary").mkdir(exist_ok=True)
    return subprocess.run(
        [str(BIN / "cookiecutter"), str(ROOT), "--output-dir", str(folder), *arguments],
        env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder / "temporary")},
        cwd=folder,
        capture_output=True,
        encoding="ascii",
        check=False,
    )


def cookiecutter_here(folder, *arguments):
    """Run cookiecutter in this process, which is faster."""
    (folder / "temporary").mkdir()
    command = [str(ROOT), "--default-config", "--output-dir", str(folder), *arguments]
    result = CliRunner().invoke(main, command)
    assert result.stdout.isascii()
    return subprocess.CompletedProcess(command, result.exit_code, result.stdout, result.stderr)


def refused(process, folder):
    """Return the error message on one line, and assert that nothing was written."""
    assert process.returncode == 1
    assert process.stderr == ""
    assert "Traceback" not in process.stdout
    assert [path.name for path in folder.rglob("*")] == ["temporary"]
    message, _, again = process.stdout.partition("Your command")
    assert all(len(line) < 80 for line in message.splitlines())
    assert again
    return " ".join(message.split())


@pytest.mark.parametrize(("question", "answer", "sentences"), BAD_ANSWERS)
def test_the_message_for_an_invalid_value(tmp_path, question, answer, sentences):
    process = cookiecutter_here(tmp_path, "--no-input", argument(question, answer))
    message = refused(process, tmp_path)
    received, suggested = (
        text if len(text) <= 66 else f"{text[:62]} ..."
        for text in (ascii(answer), ascii(suggestion(question, answer)))
    )
    rules = " ".join(f"rule: it {sentence}" for sentence in sentences)
    expected = f"{question} received: {received} {rules} try: {suggested}"
    assert message == (
        f"Nothing was written. These values are not valid: {' '.join(expected.split())}"
    )


@pytest.mark.quick
def test_the_table_covers_every_rule():
    assert len(BAD_ANSWERS) >= 80
    broken = {
        (question, sentence) for question, _, sentences in BAD_ANSWERS for sentence in sentences
    }
    free_text = {name for name, default in QUESTIONS.items() if isinstance(default, str)}
    assert broken == {
        (question, sentence) for question in free_text for sentence, _ in RULES[question]
    }


@pytest.mark.quick
@pytest.mark.parametrize(("question", "answer", "sentences"), BAD_ANSWERS)
def test_the_suggestion_is_valid(question, answer, sentences):
    assert broken_rules(question, suggestion(question, answer)) == []


@pytest.mark.quick
def test_three_problems_get_three_messages(tmp_path):
    bad = ("project_name=!", "project_slug=class", "email=nobody")
    message = refused(cookiecutter(tmp_path, "--no-input", *bad), tmp_path)
    for sentence in (LETTERS, PYTHON, EMAIL):
        assert message.count(f"rule: it {sentence}") == 1


def test_values_are_checked_without_hooks_too(tmp_path):
    process = cookiecutter(tmp_path, "--no-input", "--accept-hooks", "no", "project_slug=class")
    assert f"rule: it {PYTHON}" in refused(process, tmp_path)


PRIVATE = "must be as in the template's cookiecutter.json"
UNKNOWN = f"must be one of the questions: {', '.join(QUESTIONS)}"
ANSWERS = {name: d if isinstance(d, str) else d[0] for name, d in QUESTIONS.items()}
ANSWERS["project_slug"] = "replayed"
BAD_REPLAYS = [
    ("project_slug", "class", PYTHON),
    ("author_name", "two\nlines", ONE_LINE),
    ("database", "oracle", "must be one of: postgresql, sqlite"),
    ("project_name", 7, "must be text"),
    ("projct_name", "A", UNKNOWN),
    ("_copy_without_render", [], PRIVATE),
    ("_copy_without_render", ["*"], PRIVATE),
    ("_jinja2_env_vars", {}, PRIVATE),
    ("_new_lines", "\r", PRIVATE),
]


def replay(folder, content):
    """Run cookiecutter with a replay file of this content, and remove the file."""
    (folder / "bad.json").write_text(content)
    # Its path is relative, as in docs/updating.md.
    process = cookiecutter(folder, "--default-config", "--replay-file", "bad.json")
    (folder / "bad.json").unlink()
    return process


@pytest.mark.parametrize(("name", "value", "sentence"), BAD_REPLAYS)
def test_an_invalid_value_of_a_replay_file_gets_the_same_message(tmp_path, name, value, sentence):
    process = replay(tmp_path, json.dumps({"cookiecutter": {**ANSWERS, name: value}}))
    message = refused(process, tmp_path)
    assert message.startswith(f"Nothing was written. These values are not valid: {name} received:")
    assert message.count("rule: it ") == 1
    assert f"rule: it {sentence} try: " in message


def test_the_hook_checks_a_replay_file_that_cookiecutter_wrote(tmp_path):
    answers = {**ANSWERS, "project_slug": "class", "__checked": "yes"}
    assert cookiecutter(tmp_path, "--no-input").returncode == 0
    [saved] = tmp_path.glob(".cookiecutter_replay/*.json")
    context = json.loads(saved.read_text())
    saved.write_text(json.dumps({"cookiecutter": {**context["cookiecutter"], **answers}}))
    process = cookiecutter(tmp_path, "--replay")
    assert process.returncode == 1
    with pytest.raises(FailedHookException) as refusal:
        checked(answers)
    assert str(refusal.value).partition("Your command")[0] in process.stdout
    assert not (tmp_path / "class").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"cookiecutter": []}', '{"cookiecutter": {"_extensions": []}}']
)
def test_a_file_that_is_no_replay_file_leaves_nothing_behind(tmp_path, content):
    """The message is cookiecutter's own: it does not run the template's code before."""
    process = replay(tmp_path, content)
    assert process.returncode == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["temporary"]


AWKWARD = [
    "O'Reilly & Sons",
    'the "best" library',
    "$HOME costs $5!",
    "!history and `id` and \\backslash\\",
    "50 % of %PATH% ~ * ? [x] | ; < > #",
    "Bibliothèque «L'Étoile» 図書館 😀",
    "{{ cookiecutter }} {% raw %} {# note #}",
    "  spaces  ",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_the_printed_command_keeps_every_valid_value(tmp_path, text):
    process = cookiecutter(
        tmp_path,
        "--no-input",
        argument("project_name", text),
        argument("description", text),
        argument("author_name", text),
        *("project_slug=my-project", "database=sqlite", "license=Apache-2.0"),
    )
    refused(process, tmp_path)
    again = process.stdout.partition("corrected values:")[2]
    environment = {**os.environ, "HOME": str(tmp_path), "PATH": f"{BIN}:{os.environ['PATH']}"}
    # Pasted into an interactive shell, where ! is special.
    script = f"set -o history -o histexpand\n{again}\n"
    baked = subprocess.run(
        ["bash", "--norc"],
        input=script,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert baked.returncode == 0, baked.stderr + again
    answers = json.loads((tmp_path / "my_project/.answers.json").read_text())["cookiecutter"]
    assert answers["project_name"] == answers["description"] == answers["author_name"] == text
    assert (answers["database"], answers["license"]) == ("sqlite", "Apache-2.0")


def test_the_printed_command_keeps_the_template_and_options(tmp_path):
    process = cookiecutter(tmp_path, "--no-input", "--default-config", "project_slug=x-y")
    again = process.stdout.partition("corrected values:")[2].split()
    assert again[:5] == [
        "cookiecutter",
        str(ROOT),
        "--output-dir",
        str(tmp_path),
        "--default-config",
    ]

    template = tmp_path / "my template"
    for arguments in (
        ["clone", "--quiet", str(ROOT), str(template)],
        ["-C", template, "tag", "v1"],
    ):
        subprocess.run(["git", *arguments], check=True)
    process = subprocess.run(
        [str(BIN / "cookiecutter"), str(template), "--checkout", "v1", "--no-input", "email=x"],
        env={**os.environ, "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert f"cookiecutter '{template}' --checkout v1 --no-input" in process.stdout


def test_without_a_command_line_the_template_comes_from_the_context():
    again = command({"_template": "https://example.com/t.git", "project_slug": "x"}, windows=False)
    assert again == "cookiecutter https://example.com/t.git --no-input \\\n    project_slug=x"


@pytest.mark.parametrize("text", [*AWKWARD, "plain words", ""])
def test_on_windows_powershell_and_cmd_leave_a_word_as_it_is(text):
    word = shell_word("description", text, windows=True)
    assert re.fullmatch(r'"description=[\w .,:;@/+=()\'{}\\-]*"', word, re.ASCII)
    assert not word.endswith('\\"')


@pytest.mark.quick
def test_on_windows_the_command_is_one_line():
    again = command({"_template": "C:\\my template", "project_slug": "x"}, windows=True)
    assert again == 'cookiecutter "C:\\my template" --no-input "project_slug=x"'


@pytest.mark.quick
def test_no_slug_is_the_top_level_module_of_a_locked_package():
    lock = next((ROOT / "{{cookiecutter.project_slug}}").glob("*5.2*Pipfile.lock*"))
    locked = json.loads(lock.read_text())
    names = {name.replace("-", "_") for part in ("default", "develop") for name in locked[part]}
    # Distributions whose module has another name.
    renamed = set(
        "django_cors_headers django_csp django_environ django_filter django_stubs "
        "djangorestframework djangorestframework_stubs python_json_logger pyyaml rpds_py "
        "types_pyyaml".split()
    )
    assert names - renamed <= PACKAGES
