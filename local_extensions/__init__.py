"""Jinja filters for cookiecutter: they check the user's values and write them into files.

cookiecutter applies `checked` after the last prompt (``__checked`` in cookiecutter.json).
A replay file skips the prompts: `Filters` reads it, and hooks/pre_gen_project.py checks again.
"""

import json
import os
import re
import shlex
from textwrap import fill

import click
from cookiecutter.exceptions import FailedHookException
from cookiecutter.replay import load
from jinja2.ext import Extension

from .rules import QUESTIONS, broken_rules, slug, suggestion


def shell_word(name, value, windows=os.name == "nt"):
    """Return ``name=value`` as one ASCII word for the shell (on Windows, PowerShell and cmd).

    cookiecutter renders its arguments and decodes \\U escapes. Text that cookiecutter
    or the shell would change is therefore written as an expression.
    """
    quote = "'" if windows else '"'
    as_it_is = r"[\w .,:;@/+=()'-]*" if windows else r"(?!.*\{[{%#])[ -~]*"
    if not re.fullmatch(as_it_is, value, re.ASCII):
        codes = (ord(char) for char in value)
        plain = re.compile(r"[\w .,:;@/+=()-]", re.ASCII)
        value = "".join(chr(code) if plain.match(chr(code)) else f"\\U{code:08x}" for code in codes)
        value = f"{{{{ {quote}{value}{quote} }}}}"
    return f'"{name}={value}"' if windows else shlex.quote(f"{name}={value}")


def command(answers, windows=os.name == "nt"):
    """Return the user's own command, with `answers` as its arguments."""
    given = getattr(click.get_current_context(silent=True), "params", {})
    words = ["cookiecutter", given.get("template") or answers.get("_template", "TEMPLATE")]
    for option in ("checkout", "directory", "output_dir", "config_file", "default_config"):
        if given.get(option) not in (None, False, "."):
            words += [f"--{option.replace('_', '-')}"]
            words += [given[option]] * (given[option] is not True)
    quote = (lambda word: f'"{word}"' if " " in word else word) if windows else shlex.quote
    lines = [" ".join([*map(quote, words), "--no-input"])]
    lines += [shell_word(name, answers[name], windows) for name in QUESTIONS if name in answers]
    # PowerShell and cmd have different continuation characters, so Windows gets one line.
    return (" " if windows else " \\\n    ").join(lines)


def shorten(text):
    """Return `text`, cut to fit on one line."""
    return text if len(text) <= 66 else f"{text[:62]} ..."


def checked(answers):
    """Return "yes", or raise FailedHookException with every problem and a command that works."""
    broken = {name: rules for name in answers if (rules := broken_rules(name, answers[name]))}
    if not broken:
        return "yes"
    corrected = {name: suggestion(name, answers[name]) for name in broken if name in QUESTIONS}
    lines = ["Nothing was written. These values are not valid:", ""]
    for question, sentences in broken.items():
        lines += [question, f"  received: {shorten(ascii(answers[question]))}"]
        lines += [fill(f"  rule:     it {it}", 79, subsequent_indent=" " * 12) for it in sentences]
        better = shorten(ascii(corrected[question])) if question in corrected else "without it"
        lines += [f"  try:      {better}", ""]
    lines += ["Your command with the corrected values:", "", command({**answers, **corrected})]
    raise FailedHookException("\n".join(lines))


def quoted(value):
    """Return `value` as a double-quoted string that is valid in both TOML and YAML."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f\ufffe\uffff]", lambda char: f"\\u{ord(char[0]):04x}", text)


def markdown(value):
    """Return `value` escaped, so that a line of Markdown shows exactly this text."""
    text = re.sub(r"([\\`*_{}\[\]<>#|~&$!])", r"\\\1", value)
    text = re.sub(r"^([-+=]|\d+(?=[.)]))", r"\1\\" if value[:1].isdigit() else r"\\\1", text)
    return re.sub(r"^\s|\s$", lambda space: f"&#{ord(space[0])};", text)


class Filters(Extension):
    """Registers the filters that cookiecutter.json and the project's files use."""

    def __init__(self, environment):
        super().__init__(environment)
        # Only once: hooks are rendered in another folder, where an error would be a traceback.
        given = getattr(click.get_current_context(silent=True), "params", {})
        if replay_file := given.pop("replay_file", None):
            checked(load("", os.path.splitext(replay_file)[0])["cookiecutter"])
        environment.filters |= {f.__name__: f for f in (slug, checked, quoted, markdown)}
        # Not cookiecutter's _repo_dir: it can be relative, and cruft does not set it.
        template = os.path.dirname(os.path.dirname(__file__))
        environment.globals["project_template"] = f"{template}/{{{{cookiecutter.project_slug}}}}/"
