"""The rules for answers, and the filters that write answers into files.

cookiecutter loads this module and runs `checked` while it asks: the private
variable ``__checked`` stands behind the last question. hooks/pre_gen_project.py
runs it again, for answers that come from a replay file and were never asked for.
"""

import json
import keyword
import re
import sys
import unicodedata

from cookiecutter.exceptions import FailedHookException
from jinja2.ext import Extension

# Top-level modules of the project's packages: a folder of the same name hides them.
DEPENDENCIES = set(
    "asgiref async_timeout attr attrs certifi coverage csp django django_alive django_filters "
    "django_prometheus django_redis drf_spectacular drf_spectacular_sidecar environ gunicorn "
    "inflection jsonschema model_bakery packaging pip pluggy prometheus_client psycopg "
    "psycopg_pool pygments pytest pytest_cov pytest_django pythonjsonlogger redis referencing "
    "rest_framework rpds ruff sentry_sdk setuptools sqlparse tests tqdm uritemplate urllib3 "
    "whitenoise yaml".split()
)
OWN_PACKAGES = {"accounts", "django_project", "docs", "library", "manage", "operations", "secrets"}
WINDOWS_DEVICES = {"aux", "con", "nul", "prn"} | {
    f"{device}{number}" for device in ("com", "lpt") for number in range(10)
}
TAKEN = (
    {word.lower() for word in keyword.kwlist + keyword.softkwlist}
    | set(sys.stdlib_module_names)
    | DEPENDENCIES
    | OWN_PACKAGES
    | WINDOWS_DEVICES
)
SLUG_LENGTH = 40
EMAIL = r"[^@\s<>\"\\,;]+@[^@\s<>\"\\,;]+\.[a-zA-Z0-9-]{2,}"


def slug(name):
    """Return a folder name that passes the rules below for the project name `name`."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", ascii_name.replace("'", "")).strip("_")
    words = words[:SLUG_LENGTH].rstrip("_") or "project"
    if words in TAKEN or not words[0].isalpha():
        words = f"project_{words}"[:SLUG_LENGTH].rstrip("_")
    return words


def _one_line(value):
    return all(unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in value)


# Question, what must hold, and the rule in words.
RULES = [
    ("project_name", lambda value: value.strip(), "must not be blank"),
    ("project_name", lambda value: len(value) <= 80, "must have at most 80 characters"),
    ("project_name", _one_line, "must be one line, without control characters"),
    (
        "project_slug",
        lambda value: re.fullmatch(r"[a-z][a-z0-9_]*", value) and "__" not in value,
        "must be a Python identifier in lower case: a letter from a to z, then letters, "
        "digits and single underscores",
    ),
    ("project_slug", lambda value: len(value) <= SLUG_LENGTH, "must have at most 40 characters"),
    (
        "project_slug",
        lambda value: value not in TAKEN,
        "must not be a word of Python, a package that the project uses, or a Windows device",
    ),
    ("description", lambda value: len(value) <= 200, "must have at most 200 characters"),
    ("description", _one_line, "must be one line, without control characters"),
    ("author_name", lambda value: len(value) <= 80, "must have at most 80 characters"),
    ("author_name", _one_line, "must be one line, without control characters"),
    (
        "email",
        lambda value: not value or re.fullmatch(EMAIL, value),
        "must be an e-mail address, or empty",
    ),
]


def checked(answers):
    """Return "yes", or raise FailedHookException with a sentence for each broken rule."""
    broken = {}
    for question, holds, rule in RULES:
        if question not in broken and not holds(answers[question]):
            broken[question] = f"{question} {rule}.\n  Received: {answers[question]!a}"
    if broken:
        raise FailedHookException("Nothing was written.\n" + "\n".join(broken.values()))
    return "yes"


def toml(value):
    """Return the text `value` as a TOML basic string, quotes included."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def markdown(value):
    """Return the text `value` so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&$!])", r"\\\1", value)


class Filters(Extension):
    """The functions above that cookiecutter.json and the project's files use as filters."""

    def __init__(self, environment):
        super().__init__(environment)
        environment.filters |= {f.__name__: f for f in (slug, checked, toml, markdown)}
