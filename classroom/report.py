"""Writes the reports: grades.csv, similar.csv, index.html, and a page for each student.

They contain no date and nothing random: the same grades produce the same bytes.
"""

import csv
import json
import re
from collections import Counter
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAGES = Path(__file__).resolve().parent / "pages"
ENVIRONMENT = Environment(
    loader=FileSystemLoader(PAGES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
# The distribution has a bar for each tenth of the points; the last one includes all points.
BARS = 10


def harmless(cell):
    """Return the cell, escaped so that no spreadsheet evaluates it as a formula."""
    text = str(cell)
    return f"'{text}" if re.match(r"[=+\-@\t\r]", text) and not isinstance(cell, int) else text


def write_csv(path, header, rows):
    """Write the table to `path`, with a byte order mark, which spreadsheets need."""
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([map(harmless, row) for row in [header, *rows]])


def file_names(names):
    """Return a unique, portable file name for each name; names differ in more than case."""
    taken = Counter()
    found = {}
    for name in names:
        plain = re.sub(r"[^\w-]+", "_", name)[:80].strip("_") or "student"
        taken[plain.casefold()] += 1
        number = taken[plain.casefold()]
        found[name] = plain if number == 1 else f"{plain}--{number}"
    return found


def distribution(rows):
    """Return the bars of the distribution: how many submissions have each tenth of the points."""
    tenths = Counter(
        min(BARS - 1, row["total"] * BARS // max(1, row["result"]["of"])) for row in rows
    )
    most = max(tenths.values())
    return [
        {
            "from": tenth * 100 // BARS,
            "to": 100 if tenth == BARS - 1 else (tenth + 1) * 100 // BARS - 1,
            "count": tenths[tenth],
            "height": round(120 * tenths[tenth] / most),
        }
        for tenth in range(BARS)
    ]


def missed(rows):
    """Return the steps with their average in percent, and the checks that were missed.

    The checks of a step are in the order of how many submissions missed them (`times`).
    """
    steps = []
    for number, step in enumerate(rows[0]["result"]["steps"]):
        same = [row["result"]["steps"][number] for row in rows]
        points, of = sum(each["points"] for each in same), sum(each["of"] for each in same)
        checks = [
            {**check, "times": sum(bool(each["checks"][at]["found"]) for each in same)}
            for at, check in enumerate(step["checks"])
        ]
        checks = sorted((c for c in checks if c["times"]), key=lambda check: -check["times"])
        steps.append({**step, "percent": round(100 * points / of), "missed": checks})
    return steps


def all_changed(row):
    """Return in words which files of the grader a student has changed."""
    kinds = [("changed", row["changed"]), ("missing", row["missing"]), ("added", row["added"])]
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds if names)


def all_changes(row):
    """Return in words how the points of a submission change after grading, and why."""
    return "; ".join(f"{reason} ({points:+})" for points, reason in row["changes"])


ENVIRONMENT.filters |= {"changed": all_changed, "changes": all_changes}


def write_reports(out, rows, similar, grade_py):
    """Write all reports to the folder `out`; `grade_py` has the functions of grade.py."""
    ENVIRONMENT.filters["in_words"] = grade_py["cause_in_words"]
    ENVIRONMENT.filters["needs"] = grade_py["needs_in_words"]
    ENVIRONMENT.filters["own_failures"] = grade_py["own_failures"]
    folder = out / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        # An earlier run may have had submissions that are gone.
        old.unlink()
    files = file_names(row["name"] for row in rows)
    for row in rows:
        # This page is for the student: it names no other student, and no suspicion.
        page = ENVIRONMENT.get_template("student.html").render(row=row, file=files[row["name"]])
        changes = [{"points": points, "reason": reason} for points, reason in row["changes"]]
        result = {**row["result"], "changes": changes, "total": row["total"]}
        texts = {"html": page, "json": json.dumps(result, indent=2) + "\n"}
        texts["xml"] = grade_py["junit"](row["result"])
        for suffix, text in texts.items():
            path = folder / f"{files[row['name']]}.{suffix}"
            path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    handed_in = [row for row in rows if not row["is_absent"]]
    steps = missed(handed_in)
    page = ENVIRONMENT.get_template("class.html").render(
        rows=rows,
        handed_in=handed_in,
        absent=[row for row in rows if row["is_absent"]],
        strangers=[row for row in rows if row["is_stranger"]],
        has_groups=any(row["student"].group for row in rows),
        has_changes=any(row["changes"] for row in rows),
        files=files,
        similar=similar,
        steps=steps,
        bars=distribution(handed_in),
        of=rows[0]["result"]["of"],
        average=round(sum(row["total"] for row in handed_in) / len(handed_in), 1),
        # A class that was graded for the bonus alone has no other step.
        worst=min(steps, key=lambda step: (step["bonus"], step["percent"])),
    )
    (out / "index.html").write_text(page, encoding="utf-8", errors="replace", newline="\n")
    names = [f"{step['number']}. {step['title']}" for step in steps]
    in_words = grade_py["cause_in_words"]
    write_csv(
        out / "grades.csv",
        [
            *("name", "student", "group", "submitted", "graded", "changes", "total"),
            *(*names, "changed files", "note"),
        ],
        [
            [
                row["name"],
                *(row["student"].name, row["student"].group),
                row["submitted"].isoformat(timespec="minutes") if row["submitted"] else "",
                row["result"]["points"],
                all_changes(row),
                row["total"],
                *(step["points"] for step in row["result"]["steps"]),
                all_changed(row),
                "; ".join(
                    filter(
                        None,
                        [row["note"], *map(in_words, row["result"]["causes"]), *row["remarks"]],
                    )
                ),
            ]
            for row in rows
        ],
    )
    write_csv(
        out / "similar.csv",
        ["percent", "one", "other", "files"],
        [[percent, one, other, ", ".join(where)] for percent, one, other, where in similar],
    )
