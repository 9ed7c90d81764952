"""Writes an oral exam for each submission: five questions about its own code, and the answers.

    .venv/bin/python classroom/viva.py SUBMISSIONS OUT
    make viva SUBMISSIONS=… OUT=…

SUBMISSIONS is the same as for grade_class.py. OUT gets viva/index.html, and for each submission
viva/questions/NAME.html and viva/answers/NAME.html. Nothing is guessed: viva_probe.py runs the
code in the sandbox, as submitted and with some lines removed. After Ctrl-C, the same command
continues with the rest.

The questions are chosen by a hash of the code without names, strings, comments and formatting.
So the same submission gets the same pages, and a renamed copy the questions of its original.
"""

import ast
import json
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from hashlib import sha256
from itertools import chain, islice, zip_longest
from keyword import iskeyword
from pathlib import Path
from textwrap import dedent

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from classroom.grade_class import Grader, checked, command_line, digest, grade_all, steady
from classroom.report import ENVIRONMENT, file_names
from classroom.sandbox import ADDRESS_SPACE, StopError
from classroom.similar import code_of, tokens
from classroom.submissions import SubmissionError

QUESTIONS = 5
# The number of these that are about the tests, if there are as many.
ABOUT_TESTS = 2
PROBE = Path(__file__).resolve().parent / "viva_probe.py"
CHANGES = "viva_changes.json"
INSIDE = f"ulimit -v {ADDRESS_SPACE // 1000}\nexec python {PROBE.name} {{limit}} 2>/out/log\n"
# For each kind of question, the question and how the answer was found.
KINDS = {
    "tests": (
        "Which of your tests fail if this code is removed?",
        "The code was removed from a copy of the project. Then this was run: "
        "pytest reviews --no-cov --no-migrations",
    ),
    "status": (
        "Which status code does the response to this request have?",
        "The request was sent with DRF's APIClient.",
    ),
    "body": (
        "What does the response to this request contain?",
        "The request was sent with DRF's APIClient.",
    ),
    "queries": (
        "How many database queries does this request make with 1 review and with 10 reviews? "
        "Which tables do they read?",
        "The request was sent inside Django's CaptureQueriesContext, with SQLite.",
    ),
    "string": ("What does this expression return?", "The expression was evaluated."),
    "order": (
        "In which order does this return the reviews? What is the ORDER BY of its SQL?",
        "The expression was evaluated, with SQLite.",
    ),
    "saved": (
        "What happens when this line runs, without a form or a serializer?",
        "The line was run, with SQLite.",
    ),
    "compose": (
        "This is what compose.yaml mounts. Which of it is left after docker compose down, and "
        "after docker compose down --volumes?",
        "Read from compose.yaml: down removes containers, and --volumes the volumes that are "
        "not external: https://docs.docker.com/reference/cli/docker/compose/down/",
    ),
}


def rank(*parts):
    """Return a hash to sort by: an arbitrary order that is always the same."""
    return sha256("\0".join(parts).encode()).hexdigest()


def normalized(tree):
    """Return the code of a syntax tree without names, strings, comments and formatting."""
    return " ".join(
        "name" if token.isidentifier() and not iskeyword(token) else token
        for token in tokens(ast.unparse(tree))
    )


class OwnCode:
    """The student's own code: the Python files of `written` that say more than the `starter`."""

    def __init__(self, written, starter):
        self.trees, self.lines, self.given = {}, {}, {}
        for name, text in code_of(written).items():
            text, given = text.replace("\r", "\n"), starter.get(name, b"").decode()
            tree = parsed(text)
            # A formatter may have changed files that were given.
            if tree and ast.unparse(tree) != ast.unparse(ast.parse(given)):
                self.trees[name], self.lines[name] = tree, text.split("\n")
                self.given[name] = {line.strip() for line in given.split("\n")}
        self.seed = rank(*sorted(map(normalized, self.trees.values())))

    def removals(self):
        """Yield the statements and decorators that can be removed, in an arbitrary order."""
        found, seen = [], Counter()
        for name, tree in self.trees.items():
            # Tests rarely reach the admin.
            if not name.startswith("reviews/") or "/test" in name or name.endswith("/admin.py"):
                continue
            lines = self.lines[name]
            for node in removable(tree):
                if lines[node.lineno - 1].strip() not in self.given[name]:
                    code = normalized(node)
                    seen[code] += 1
                    found.append((rank(self.seed, code, str(seen[code])), name, lines, node))
        for key, name, lines, node in sorted(found, key=lambda each: each[0]):
            first, last = node.lineno, node.end_lineno
            if text := without(lines, first, last):
                yield {
                    "key": key,
                    "file": name,
                    "lines": f"line {first}" if first == last else f"lines {first} to {last}",
                    "code": dedent("\n".join(lines[first - 1 : last]))[:2000],
                    "text": text,
                }


def parsed(text):
    """Return the syntax tree of the Python code `text`; None if it is invalid or too deep."""
    try:
        tree = ast.parse(text)
        ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


def removable(tree):
    """Yield the decorators, and the statements without a body that the project starts without.

    Imports and the fields of models are needed; docstrings and constants have no effect.
    """
    for node in ast.walk(tree):
        yield from getattr(node, "decorator_list", [])
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            needed = isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            is_field = ast.unparse(getattr(node, "value", None) or node).startswith("models.")
            if not (needed or is_text or is_field):
                yield node


def without(lines, first, last):
    """Return the code without these lines, or with `pass` instead; None if neither is valid."""
    indentation = re.match(r"\s*", lines[first - 1])[0]
    for instead in ([], [f"{indentation}pass"]):
        text = "\n".join([*lines[: first - 1], *instead, *lines[last:]])
        if parsed(text):
            return text
    return None


class Examiner(Grader):
    """Runs the probe, where a Grader runs the checks. A result has the runs and what they need."""

    def __init__(self, options, folder):
        super().__init__(options, folder)
        self.checks[PROBE.name] = PROBE.read_bytes()
        # All runs together, with and without some lines, stay below the limit.
        limit = options.limit // (options.removals + 2)
        self.sandbox.inside = INSIDE.format(limit=limit)
        own = {**self.checks, "viva.py": Path(__file__).read_bytes()}
        self.version = digest({**own, "": f"{self.version} {limit}".encode()})

    def grade(self, files):
        """Return the runs of a submission's files; raise SubmissionError if there are none."""
        own = OwnCode(self.written(files), self.starter)
        removals = list(islice(own.removals(), self.options.removals))
        changes = [{each["file"]: each.pop("text")} for each in removals]
        runs = super().grade({**files, CHANGES: json.dumps(changes).encode()})
        return {"seed": own.seed, "removals": removals, "runs": runs}

    def validated(self, text, status):
        """Return the runs in `text`, with no more than the probe writes."""

        def short(value):
            return steady(str(value)[:2000])

        try:
            # The line before may be a warning of Docker's.
            first, *others = json.loads(text.strip().rpartition("\n")[2])
            return [
                {
                    "ended": short(run["ended"]),
                    "tests": {short(name): bool(failed) for name, failed in run["tests"].items()},
                    "facts": {
                        short(name): {key: short(fact[key]) for key in ("about", "found")}
                        for name, fact in run["facts"].items()
                        if name.partition(" ")[0] in KINDS
                    },
                }
                for run in [first, *others[: self.options.removals]]
            ]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise SubmissionError("its code stopped the examination, or tampered with it") from None

    def nothing(self, why):
        """Return the result of a submission that could not be examined."""
        return {"seed": "", "removals": [], "runs": []}

    def summary(self, row):
        """Return the number of runs in words."""
        return f"{len(row['result']['runs']):>2} runs"


def about_tests(removals, runs):
    """Yield a question about the tests for each removal."""
    passing = [name for name, failed in runs[0]["tests"].items() if not failed]
    others = len(runs[0]["tests"]) - len(passing)
    besides = f", besides {others} that fail anyway" if others else ""
    for removal, run in zip(removals, runs[1:], strict=False):
        if passing and not run["ended"].startswith("it timed out"):
            failing = [name for name in passing if run["tests"].get(name, True)]
            yield {
                "kind": "tests",
                "key": removal["key"],
                # The best ones tell good tests from others.
                "dull": 2 * (failing == passing) + (not failing),
                "about": f"{removal['file']}, {removal['lines']}:\n\n{removal['code']}",
                "found": "\n".join([f"{len(failing)} of {len(passing)} tests{besides}", *failing]),
                "effects": [],
            }


def about_facts(seed, removals, runs):
    """Yield a question for each fact, with the removals that change it."""

    def changes(run):
        return {
            name: fact["found"]
            for name, fact in run["facts"].items()
            if name in runs[0]["facts"] and fact["found"] != runs[0]["facts"][name]["found"]
        }

    # First those that change the fewest facts: the others break more than this.
    changed = [(removal, changes(run)) for removal, run in zip(removals, runs[1:], strict=False)]
    changed.sort(key=lambda pair: len(pair[1]))
    for name, fact in runs[0]["facts"].items():
        effects = [{**removal, "found": new[name]} for removal, new in changed if name in new]
        yield {
            "kind": name.partition(" ")[0],
            "key": rank(seed, name),
            "dull": not effects,
            **fact,
            "effects": effects[:3],
        }


def questions(seed, removals, runs):
    """Return the questions: about tests, about a status code, then one of each other kind."""
    kinds = defaultdict(list)
    found = chain(about_tests(removals, runs), about_facts(seed, removals, runs)) if runs else ()
    for question in sorted(found, key=lambda each: (each["dull"], each["key"])):
        kinds[question["kind"]].append(question)
    tests = kinds.pop("tests", [])
    order = sorted(kinds, key=lambda kind: (kind != "status", rank(seed, kind)))
    others = [*filter(None, chain.from_iterable(zip_longest(*(kinds[kind] for kind in order))))]
    return [*tests[:ABOUT_TESTS], *others, *tests[ABOUT_TESTS:]][:QUESTIONS]


def problem(row):
    """Return in a sentence why there are fewer kinds of questions, or an empty string."""
    if row["note"]:
        return f"Not examined: {row['note']}."
    submitted = row["result"]["runs"][0]
    if submitted["ended"]:
        return f"Its code was not examined: {submitted['ended'].rstrip('.')}."
    if all(submitted["tests"].values()):
        return "None of its tests passes." if submitted["tests"] else "It has no tests in reviews/."
    return ""


def write_pages(out, rows):
    """Write the questions and the answers of each row, and index.html, to the folder `out`."""
    files = file_names(row["name"] for row in rows)
    exams, first = [], {}
    for row in rows:
        name, asked = row["name"], questions(**row["result"])
        keys = tuple(each["key"] for each in asked) or name
        exam = {"name": name, "file": files[name], "questions": asked, "problem": problem(row)}
        exams.append({**exam, "original": first.setdefault(keys, name)})
    pages = {"index.html": ENVIRONMENT.get_template("vivas.html").render(exams=exams)}
    for folder in ("questions", "answers"):
        shutil.rmtree(out / folder, ignore_errors=True)
        (out / folder).mkdir(parents=True)
        for exam in exams:
            page = ENVIRONMENT.get_template("viva.html").render(**exam, kinds=KINDS, folder=folder)
            pages[f"{folder}/{exam['file']}.html"] = page
    for name, page in pages.items():
        (out / name).write_text(page, encoding="utf-8", errors="replace", newline="\n")


def arguments():
    """Return the parsed arguments. Those of a Grader that an exam has no use for are None."""
    parser = command_line(__doc__)
    parser.set_defaults(deadline=None, step=None, student=None, trust=None)
    parser.add_argument(
        "--removals",
        type=int,
        default=10,
        metavar="N",
        help="how many times lines are removed; each takes a run of the tests",
    )
    return parser.parse_args()


def main():
    """Examine the class; return the exit status."""
    options = arguments()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        found = checked(options)
        with tempfile.TemporaryDirectory() as folder:
            examiner = Examiner(options, Path(folder).resolve())
            examiner.sandbox.build(examiner.complete)
            rows = grade_all(examiner, found, options.out, options.jobs)
            write_pages(options.out / "viva", rows)
    except StopError as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command continues with the rest.", file=sys.stderr)
        return 130
    print(f"{len(rows)} examined. Open {options.out / 'viva/index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
