"""Any text as a value is an error, or every file contains it unchanged.

HOSTILE_CASES=10000 make test TESTS=tests/bake/test_hostile.py     (100 cases otherwise)
"""

import json
import os
import subprocess
import tempfile
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from helpers import ROOT, run
from local_extensions import markdown
from local_extensions.rules import QUESTIONS, broken_rules, is_one_line, slug

CASES = int(os.environ.get("HOSTILE_CASES", "100"))

SNIPPETS = [
    *("'", '"', "'''", '"""', "\\", "\\n", "$HOME", "${HOME}", "$(id)", "`id`", "%s", "%PATH%"),
    *("{{ 7 * 7 }}", "{% raw %}", "{% endif %}", "{# x #}", "#", ":", "- ", "]]>", "<!--", "&amp;"),
    *("<script>alert(1)</script>", "</title>", "import os", "\n", "\r\n", "\t", "\0", "\x1b[31m"),
    *(
        "\u200f",
        "\ufffe",
        "\uffff",
        "\u202e",
        "\u2028",
        "\ufeff",
        "\ud800",
        "😀",
        "図書館",
        "é",
        "1. ",
        "---",
        "===",
    ),
    *("*", "_x_", "[a](b)", "![a](b)", "|", "~~~", "<br>", "&#65;", "  ", "a" * 200),
]
ANY = st.text(st.characters(exclude_categories=()), max_size=220)
MIXED = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=5), max_size=8).map("".join)
# Most lines are valid, so that all five values are in half of the cases.
LINE = st.one_of(MIXED, st.text(max_size=60)).map(
    lambda text: "".join(char for char in text if is_one_line(char))[:80]
)
TEXT = ANY | MIXED | LINE


def answers_of(text, slug):
    """Return a strategy for five values, with `text` for the free text."""
    free = dict.fromkeys(("project_name", "description", "author_name"), text)
    email = st.just("") | st.emails() | st.sampled_from(['"a b"@example.com', "\u017f@x.yz"])
    return st.fixed_dictionaries({**free, "project_slug": slug, "email": email})


SLUG = st.from_regex(r"[a-z](_?[a-z0-9]){0,20}", fullmatch=True)
ANSWERS = answers_of(LINE, SLUG) | answers_of(TEXT, SLUG | TEXT)

# Checks projects, each in a fork of a process that has imported Django: a new process
# takes five times as long.
DJANGO = r"""
import json, os, sys
import django.core.management, django.db.models, django.test, django.views.generic
for line in sys.stdin:
    path = json.loads(line)
    reader, writer = os.pipe()
    if not os.fork():
        os.dup2(writer, 1); os.dup2(writer, 2)
        os.chdir(path); sys.path.insert(0, path)
        os.environ.update(DEBUG="true", DJANGO_SETTINGS_MODULE="django_project.settings")
        django.core.management.execute_from_command_line(["manage.py", "check"])
        from django.conf import settings
        from django.shortcuts import render
        page = render(django.test.RequestFactory().get("/"), "404.html").content.decode()
        title = settings.SPECTACULAR_SETTINGS["TITLE"]
        sys.stdout.write("\n" + json.dumps({**settings.PROJECT, "api": title, "page": page}))
        sys.stdout.flush(); os._exit(0)
    os.close(writer)
    output = os.fdopen(reader).read()
    os.wait()
    print(json.dumps(output), flush=True)
"""


@pytest.fixture(scope="module")
def django(django_python):
    """Return a function that runs Django's checks on a project and returns its settings."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([django_python, "-c", DJANGO], **pipes) as process:

        def ask(project):
            process.stdin.write(json.dumps(str(project)) + "\n")
            process.stdin.flush()
            output = json.loads(process.stdout.readline())
            assert "System check identified no issues" in output, output
            return json.loads(output.splitlines()[-1])

        yield ask


class Page(HTMLParser):
    """The title, description and brand of a page, as a browser reads them."""

    def __init__(self, html):
        super().__init__()
        self.inside, self.texts = None, {"title": "", "brand": "", "scripts": 0}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.texts["scripts"] += tag == "script"
        if attributes.get("name") == "description":
            self.texts["description"] = attributes["content"]
        # An image may come before the text.
        if tag != "img":
            self.inside = "title" if tag == "title" else attributes.get("class")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside in ("title", "brand"):
            self.texts[self.inside] += data


def expression(text):
    """Return an expression that cookiecutter renders to exactly `text`."""
    return '{{ "' + "".join(f"\\U{ord(char):08x}" for char in text) + '" }}'


def shown_lines(markdown_text, count):
    """Return the text of the first `count` headings and paragraphs, as Markdown shows it."""
    lines = [token for token in MarkdownIt().parse(markdown_text) if token.type == "inline"][:count]
    for line in lines:
        assert {child.type for child in line.children} <= {"text", "text_special"}, line
    return ["".join(child.content for child in line.children) for line in lines]


def check_files(project, answers):
    """Assert that each file contains the values unchanged."""
    recorded = json.loads((project / ".answers.json").read_text("utf-8"))["cookiecutter"]
    assert {name: recorded[name] for name in answers} == answers
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert pyproject["tool"]["django_project"]["title"] == answers["project_name"]
    assert pyproject["project"]["description"] == answers["description"]
    named = {"name": answers["author_name"], "email": answers["email"]}
    named = {key: value for key, value in named.items() if value}
    assert pyproject["project"]["authors"] == ([named] if named else [])
    holder = answers["author_name"] or f"the authors of {answers['project_name']}"
    assert f"\nCopyright (c) {holder}\n" in (project / "LICENSE").read_text("utf-8")
    lines = [answers["project_name"], *filter(None, [answers["description"]])]
    assert shown_lines((project / "README.md").read_text("utf-8"), len(lines)) == lines
    schema = yaml.safe_load((project / "openapi.yaml").read_text("utf-8"))
    assert schema["info"]["title"] == answers["project_name"]
    assert schema["info"]["description"] == answers["description"]
    for name in ("compose.yaml", ".github/workflows/ci.yml"):
        yaml.safe_load((project / name).read_text("utf-8"))
    tomllib.loads((project / "Pipfile").read_text("utf-8"))


def bake_into(folder, answers):
    """Bake with exactly these values and return the path of the project."""
    return Path(
        cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context={question: expression(text) for question, text in answers.items()},
            output_dir=folder,
            default_config={"replay_dir": f"{folder}/replay"},
        )
    )


@pytest.mark.timeout(10 * CASES)
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize="HOSTILE_CASES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(answers=ANSWERS)
@example(answers=dict.fromkeys(("project_name", "description", "author_name"), "'\"\\{{ x }}"))
def test_any_text_is_an_error_or_stays_unchanged(django, answers):
    answers = {"project_slug": "hostile", "email": "", **answers}
    with tempfile.TemporaryDirectory() as folder:
        if any(broken_rules(question, answer) for question, answer in answers.items()):
            with pytest.raises(FailedHookException) as refusal:
                bake_into(folder, answers)
            assert str(refusal.value).isascii()
            assert list(Path(folder).iterdir()) == []
            return
        project = bake_into(folder, answers)
        check_files(project, answers)
        said = django(project)
        assert said["title"] == said["api"] == answers["project_name"]
        assert (said["description"], said["byline"]) == (
            answers["description"],
            answers["author_name"],
        )
        page = Page(said["page"]).texts
        assert page["title"] == f"Page not found \u2013 {answers['project_name']}"
        assert page["brand"] == answers["project_name"]
        assert page["description"] == answers["description"]
        assert page["scripts"] == 0


@settings(max_examples=2000, deadline=None, derandomize=True, database=None)
@given(name=TEXT.filter(lambda text: not broken_rules("project_name", text)))
def test_the_folder_derived_from_any_name_is_valid(name):
    assert broken_rules("project_slug", slug(name)) == []


@settings(max_examples=2000, deadline=None, derandomize=True, database=None)
@given(text=TEXT.filter(lambda text: text and not broken_rules("description", text)))
def test_markdown_shows_any_line_as_it_is(text):
    assert shown_lines(f"# {markdown(text)}\n\n{markdown(text)}\n", 2) == [text, text]


EMAILS = [
    *(
        "ada@example.com",
        "ada@localhost",
        "ada@LOCALHOST",
        '"a b"@example.com',
        '"\x01"@example.com',
    ),
    *("ada@[127.0.0.1]", "ada@[::1]", "ada@[::ffff:127.0.0.1]", "ada@[1.2.3]", "ada@example"),
    *("ada@exämple.com", "ada@xn--exmple-cua.com", "ada@a.xn--p1ai", "ada@a-.com", "ada@a.b-"),
    *(
        "a.b.c@x.yz",
        ".a@x.yz",
        "a..b@x.yz",
        "a.@x.yz",
        "\u017f@x.yz",
        "a@\u212a.yz",
        "a@b@c.de",
        "a@x.yz.",
    ),
    *("a" * 64 + "@example.com", "a@" + "b" * 63 + ".com", "a@" + "b" * 64 + ".com", "a@b.c1"),
    *("a@" + "b." * 150 + "com", "a" * 308 + "@example.com", "a" * 309 + "@example.com", "a@x.y"),
]
ADDRESS = st.one_of(
    st.emails(),
    st.sampled_from(EMAILS),
    st.text('ab.@-[]:1"\\ ü+_', max_size=12),
    st.builds("{}@{}".format, st.text('ab.+"\\ \x01é', max_size=6), st.text("ab.-1ü", max_size=9)),
)


def test_valid_e_mail_addresses_are_those_of_django(django_python):
    addresses = set(EMAILS)

    @settings(max_examples=3000, deadline=None, derandomize=True, database=None)
    @given(ADDRESS.filter(bool))
    def collect(address):
        addresses.add(address)

    collect()
    program = (
        "import json, sys\n"
        "from django.core.exceptions import ValidationError\n"
        "from django.core.validators import validate_email\n"
        "def takes(value):\n"
        "    try: return validate_email(value) is None\n"
        "    except ValidationError: return False\n"
        "print(json.dumps([takes(value) for value in json.load(sys.stdin)]))\n"
    )
    addresses = sorted(addresses)
    said = run(str(django_python), "-c", program, cwd=ROOT, input=json.dumps(addresses))
    taken = [not broken_rules("email", address) for address in addresses]
    differ = [
        a
        for a, ours, theirs in zip(addresses, taken, json.loads(said), strict=True)
        if ours != theirs
    ]
    assert differ == []
    assert any(taken)
    assert not all(taken)


def test_every_free_text_question_is_tested_here():
    free_text = {name for name, default in QUESTIONS.items() if isinstance(default, str)}
    assert free_text == {"project_name", "project_slug", "description", "author_name", "email"}
