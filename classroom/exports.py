"""Writes the grades of a class as tables for Moodle, Canvas and Classroom 50."""

from datetime import UTC

from classroom.report import all_changes, write_csv

# Rename this column to import the grades into an existing grade item or assignment.
ITEM = "Assignment"


def moodle(rows):
    """Return the table for Moodle's gradebook.

    Moodle asks which column is the user's name, the grade and the feedback, and ignores others.
    It loses the grades if only the feedback is imported.
    https://docs.moodle.org/en/Grade_import
    """
    header = ["Username", "Full name", "Group", ITEM, "Feedback comments"]
    return header, [
        [*row["student"], row["total"], "; ".join(filter(None, [row["note"], all_changes(row)]))]
        for row in rows
    ]


def canvas(rows):
    """Return the table for Canvas's gradebook.

    Canvas finds a student by the first of ID, SIS User ID, SIS Login ID and name that it knows.
    Section has to be the last column before the assignments.
    https://community.instructure.com/en/kb/articles/660862-how-do-i-import-grades-in-the-gradebook
    https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb
    """
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ITEM]
    possible = ["Points Possible", "", "", "", "", rows[0]["result"]["of"]]
    students = [(*row["student"], row["total"]) for row in rows]
    return header, [
        possible,
        *([name, "", "", login, group, total] for login, name, group, total in students),
    ]


def classroom50(rows):
    """Return the table that `gh teacher download` writes, with these grades.

    Classroom 50 imports no grades. Where `override` is true, the total is not what its autograder
    has found: change the score in scores.json, and add "override": true, as its guide says.
    https://github.com/foundation50/classroom50/wiki/gh-teacher#download
    https://github.com/foundation50/classroom50/wiki/CLI-Teacher-Guide#9-collect-scores
    """
    header = (
        "username first_name last_name email section score max_score datetime submission_tag "
        "submitted_by review_url late override"
    ).split()
    return header, [[cells.get(name, "") for name in header] for cells in map(submission50, rows)]


def submission50(row):
    """Return the cells of a row for Classroom 50, by column."""
    login, name, group = row["student"]
    first, _, last = name.partition(" ")
    cells = {"username": login, "first_name": first, "last_name": last, "section": group}
    if row["is_absent"]:
        return cells
    cells |= {"score": row["total"], "max_score": row["result"]["of"]}
    if row["total"] != row["result"]["points"]:
        cells["override"] = "true"
    if row["submitted"]:
        cells["datetime"] = f"{row['submitted'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        cells["late"] = str(row["is_late"]).lower()
    return cells


def write_exports(folder, rows):
    """Write a CSV file for each service to `folder`, without those who are not on the roster."""
    folder.mkdir(exist_ok=True)
    known = [row for row in rows if not row["is_stranger"]]
    for table in (moodle, canvas, classroom50):
        write_csv(folder / f"{table.__name__}.csv", *table(known))
