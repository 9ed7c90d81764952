"""What the template adds to cookiecutter: the refusal of bad answers, and filters.

cookiecutter runs `checked` behind the last question (``__checked`` in cookiecutter.json),
and hooks/pre_gen_project.py again, for replayed answers, which were never asked for.
"""

import json
import os
import re
import shlex
from textwrap import fill

import click
from cookiecutter.exceptions import FailedHookException
from jinja2.ext import Extension

from answer_rules import QUESTIONS, broken_rules, slug, suggestion


def shell_word(name, value, windows=os.name == "nt"):
    """Return ``name=value`` as one word for the shell (PowerShell and cmd alike), in ASCII.

    cookiecutter renders what it is given, and knows \\U escapes: text that it or
    the shell would change is written as an expression.
    """
    quote = "'" if windows else '"'
    if not re.fullmatch(
        r"[\w .,:;@/+=()'-]*" if windows else r"(?!.*\{[{%#])[ -~]*", value, re.ASCII
    ):
        codes = (ord(char) for char in value)
        plain = re.compile(r"[\w .,:;@/+=()-]", re.ASCII)
        value = "".join(chr(code) if plain.match(chr(code)) else f"\\U{code:08x}" for code in codes)
        value = f"{{{{ {quote}{value}{quote} }}}}"
    return f'"{name}={value}"' if windows else shlex.quote(f"{name}={value}")


def command(answers, windows=os.name == "nt"):
    """Return the command to run again, with `answers`, as the user began it."""
    given = getattr(click.get_current_context(silent=True), "params", {})
    words = ["cookiecutter", given.get("template") or answers.get("_template", "TEMPLATE")]
    for option in ("checkout", "directory", "output_dir", "config_file", "default_config"):
        if given.get(option) not in (None, False, "."):
            words += [
                f"--{option.replace('_', '-')}",
                *([given[option]] * (given[option] is not True)),
            ]
    quote = (lambda word: f'"{word}"' if " " in word else word) if windows else shlex.quote
    lines = [" ".join([*map(quote, words), "--no-input"])]
    lines += [shell_word(name, answers[name], windows) for name in QUESTIONS if name in answers]
    # PowerShell and cmd do not agree on how a command goes on in the next line.
    return (" " if windows else " \\\n    ").join(lines)


def shorten(text):
    """Return `text`, or as much of it as fits into a line."""
    return text if len(text) <= 66 else f"{text[:62]} ..."


def checked(answers):
    """Return "yes", or raise FailedHookException with all that is wrong and what to do."""
    broken = {
        question: sentences
        for question in QUESTIONS
        if question in answers and (sentences := broken_rules(question, answers[question]))
    }
    if not broken:
        return "yes"
    mended = {question: suggestion(question, answers[question]) for question in broken}
    lines = ["Nothing was written. These answers cannot be used:", ""]
    for question, sentences in broken.items():
        lines += [question, f"  received: {shorten(ascii(answers[question]))}"]
        for sentence in sentences:
            lines += [fill(f"  rule:     it {sentence}", 79, subsequent_indent=" " * 12)]
        lines += [f"  try:      {shorten(ascii(mended[question]))}", ""]
    lines += ["The same command, with these corrected:", "", command({**answers, **mended})]
    raise FailedHookException("\n".join(lines))


def quoted(value):
    """Return the text `value` as a string of TOML and of YAML, quotes included."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f\ufffe\uffff]", lambda char: f"\\u{ord(char[0]):04x}", text)


def markdown(value):
    """Return the text `value` so that Markdown shows it as it is, on a line of its own."""
    text = re.sub(r"([\\`*_{}\[\]<>#|~&$!])", r"\\\1", value)
    text = re.sub(r"^([-+=]|\d+(?=[.)]))", r"\1\\" if value[:1].isdigit() else r"\\\1", text)
    return re.sub(r"^\s|\s$", lambda blank: f"&#{ord(blank[0])};", text)


class Filters(Extension):
    """The functions that cookiecutter.json and the project's files use as filters."""

    def __init__(self, environment):
        super().__init__(environment)
        environment.filters |= {f.__name__: f for f in (slug, checked, quoted, markdown)}
