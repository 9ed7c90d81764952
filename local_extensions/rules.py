"""The rules for the values of cookiecutter.json: each as a sentence and as a function."""

import ipaddress
import json
import keyword
import re
import sys
import unicodedata
from pathlib import Path

VARIABLES = json.loads((Path(__file__).parents[1] / "cookiecutter.json").read_text("utf-8"))
QUESTIONS = {name: value for name, value in VARIABLES.items() if not name.startswith("_")}
SLUG_LENGTH = 40

# sys.stdlib_module_names has no "test", and "type" is a soft keyword since Python 3.12.
PYTHON_WORDS = [*keyword.kwlist, *keyword.softkwlist, "test", "type"]
PYTHON_NAMES = sys.stdlib_module_names | set(map(str.lower, PYTHON_WORDS))
# The project's own packages and the locked ones: a folder of the same name could shadow them.
PACKAGES = set(
    "accounts anyio api deploy django_project docs doctor grade grading library manage operations "
    "reviews tests website asgiref ast_serialize async_timeout attr attrs certifi colorama "
    "corsheaders coverage csp debugpy django django_alive django_filters django_stubs_ext "
    "django_tasks django_tasks_db drf_spectacular drf_spectacular_sidecar dumb_init environ "
    "gunicorn hiredis idna inflection iniconfig jsonschema jsonschema_specifications librt "
    "model_bakery mypy mypy_extensions packaging pathspec pip pluggy prometheus_client psycopg "
    "psycopg_binary psycopg_pool py pygments pytest pytest_cov pytest_django pytest_django_test "
    "pythonjsonlogger redis referencing rest_framework rpds ruff sentry_sdk setuptools sqlparse "
    "tqdm typing_extensions tzdata uritemplate urllib3 watchfiles whitenoise yaml".split()
)
RESERVED = {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
RESERVED |= {"aux", "con", "nul", "prn", "public", "template0", "template1"}
CONTROL = set("Cc Cs Zl Zp LRE RLE LRO RLO PDF LRI RLI FSI PDI".split())

# The email addresses that Django's EmailValidator accepts: RFC 5322, then a domain name.
# Compiled only when there is an address, because that takes longest of all.
_ATOM = r"[-!#$%&'*+/=?^_`{}|~0-9a-z]+"
_QUOTED = r'"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"'
_LETTER = "a-z\u00a1-\uffff"
_LABEL = rf"[{_LETTER}0-9](?:[{_LETTER}0-9-]{{0,61}}[{_LETTER}0-9])?"
_MORE_LABELS = rf"(?:\.(?!-)[{_LETTER}0-9-]{{1,63}}(?<!-))*"
_LAST_LABEL = rf"\.(?!-)(?:[{_LETTER}-]{{2,63}}|xn--[a-z0-9]{{1,59}})(?<!-)"
EMAIL_USER = rf"{_ATOM}(?:\.{_ATOM})*|{_QUOTED}"
EMAIL_DOMAIN = rf"(?-i:localhost)|{_LABEL}{_MORE_LABELS}{_LAST_LABEL}"


def is_email_or_empty(value):
    """Return whether `value` is empty or an email address that Django accepts."""
    user, at, domain = value.rpartition("@")
    if not at or len(value) > 320 or not re.fullmatch(EMAIL_USER, user, re.IGNORECASE):
        return value == ""
    if literal := re.fullmatch(r"\[([a-f0-9:.]+)\]", domain, re.IGNORECASE):
        try:
            return bool(ipaddress.ip_address(literal[1]))
        except ValueError:
            return False
    return bool(re.fullmatch(EMAIL_DOMAIN, domain, re.IGNORECASE))


def is_one_line(value):
    """Return whether `value` has no line break, and no character that controls or turns text."""
    return not any(CONTROL & {unicodedata.category(c), unicodedata.bidirectional(c)} for c in value)


def slug(name):
    """Return a valid project_slug for any project name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain.replace("'", "")).strip("_")
    words = words[:SLUG_LENGTH].rstrip("_") or "project"
    if broken_rules("project_slug", words):
        words = f"project_{words}"[:SLUG_LENGTH].rstrip("_")
    return words


ONE_LINE = ("must be one line without control or direction characters", is_one_line)


def at_most(length):
    """Return the rule that limits the number of characters."""
    return f"must have at most {length} characters", lambda value: len(value) <= length


# The rules of each question, as a sentence and as a function.
RULES = {
    "project_name": [
        ("must contain a letter or digit, in any script", re.compile(r"[^\W_]").search),
        ONE_LINE,
        at_most(80),
    ],
    "project_slug": [
        (
            "must be a lowercase identifier: a letter from a to z, then letters, digits, and "
            "single underscores; and it must not begin with pg_, which PostgreSQL reserves",
            re.compile(r"(?!pg_)[a-z](?:_?[a-z0-9])*_?").fullmatch,
        ),
        at_most(SLUG_LENGTH),
        ("must not be a Python keyword or a standard module", lambda s: s not in PYTHON_NAMES),
        ("must not be a package of the project or its dependencies", lambda s: s not in PACKAGES),
        ("must not be a name that Windows or PostgreSQL reserves", lambda s: s not in RESERVED),
    ],
    "description": [ONE_LINE, at_most(200)],
    "author_name": [ONE_LINE, at_most(80)],
    "email": [("must be an email address or empty", is_email_or_empty)],
    **{
        question: [(f"must be one of: {', '.join(choices)}", choices.__contains__)]
        for question, choices in QUESTIONS.items()
        if isinstance(choices, list)
    },
}


def broken_rules(question, answer):
    """Return the rules that `answer` breaks, as a list of sentences."""
    if question.startswith("_"):  # cookiecutter adds more of these, and renders those with "__".
        changed = not question.startswith("__") and answer != VARIABLES.get(question, answer)
        return ["must be as in the template's cookiecutter.json"] * changed
    if question not in QUESTIONS:
        return [f"must be one of the questions: {', '.join(QUESTIONS)}"]
    if not isinstance(answer, str):
        return ["must be text"]
    return [sentence for sentence, holds in RULES[question] if not holds(answer)]


def suggestion(question, answer):
    """Return a valid value that is as close to `answer` as possible."""
    default = QUESTIONS[question]
    if isinstance(default, list):
        return default[0]
    line = " ".join("".join(char if is_one_line(char) else " " for char in str(answer)).split())
    if question == "project_slug":
        return slug(line)
    line = line[: {"project_name": 80, "description": 200, "author_name": 80}.get(question)].strip()
    return default if broken_rules(question, line) else line
