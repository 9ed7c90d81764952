"""Reads the teacher's tables, the roster and the adjustments, and finds whose submission is whose.

Spreadsheets write the tables with commas, semicolons or tabs, as UTF-8 or UTF-16. Other
encodings are rejected: to guess one would change names without a warning.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from itertools import zip_longest
from typing import NamedTuple

from classroom.sandbox import StopError

# What follows the name in the folders that Moodle creates: Ada Lee_12345_assignsubmission_file_
MOODLE = re.compile(r"_\d+_assignsubmission_.*")


class Student(NamedTuple):
    """A line of the roster."""

    login: str
    name: str
    group: str = ""


def plain(text):
    """Return `text` for comparison, regardless of case, Unicode normalization and spaces."""
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split())


def read_text(path):
    """Return the text of a file from a spreadsheet: UTF-8, or UTF-16 with a byte order mark."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StopError(f"{path} cannot be read: {error.strerror}.") from None
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise StopError(
            f"{path} is neither UTF-8 nor UTF-16. Save it in your spreadsheet as CSV UTF-8."
        ) from None


def read_table(path, columns):
    """Return (location, row) for each row of the CSV file `path`, which must have the `columns`.

    The location is for error messages. Raise StopError if the file is not such a table.
    """
    text = read_text(path)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        header = [plain(cell) for cell in next(reader, [])]
        if sorted(header) != sorted(columns):
            raise StopError(
                f"{path} has the columns {', '.join(header) or '(none)'}. "
                f"It needs these, in the first line: {', '.join(columns)}."
            )
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            location = f"{path}, line {reader.line_num}"
            if any(cells[len(header) :]):
                raise StopError(
                    f"{location}: there are {len(cells)} cells for {len(header)} columns. "
                    f"Put a text that contains {delimiter!r} in double quotes."
                )
            row = dict(zip_longest(header, cells[: len(header)], fillvalue=""))
            if any(cells):
                rows.append((location, row))
    except csv.Error as error:
        raise StopError(f"{path}, line {reader.line_num}, is not CSV: {error}.") from None
    return rows


def read_roster(path):
    """Return the students in the CSV file `path`, whose columns are login, name and group."""
    students = {}
    for location, row in read_table(path, ("login", "name", "group")):
        login = row["login"]
        if not login:
            raise StopError(f"{location}: there is no login. Each student needs one.")
        if plain(login) in students:
            raise StopError(f"{location}: the login {login} is there twice. Remove one of them.")
        students[plain(login)] = Student(login, row["name"] or login, row["group"])
    if not students:
        raise StopError(f"{path} contains no students.")
    return list(students.values())


def read_adjustments(path, students):
    """Return the adjustments in the CSV file `path`: lists of points and a reason, by login.

    Its columns are login, points and reason.
    """
    logins = {plain(student.login): student.login for student in students}
    found = {}
    for location, row in read_table(path, ("login", "points", "reason")):
        login, points, reason = row["login"], row["points"], row["reason"]
        if plain(login) not in logins:
            raise StopError(
                f"{location}: there is no student {login!r}. Write a login from the roster or, "
                "without a roster, the name of a submission."
            )
        if not re.fullmatch(r"[+-]?\d{1,6}", points, re.ASCII):
            raise StopError(
                f"{location}: the points are {points!r}. Write a whole number, such as -5 or 3."
            )
        if not reason:
            raise StopError(f"{location}: there is no reason. Write one: {login} will read it.")
        found.setdefault(logins[plain(login)], []).append((int(points), reason))
    return found


def prefix_of(names, logins):
    """Return what precedes the login in most of the names, such as "library-" in library-ada.

    Classroom 50 creates repositories with such names. A login can contain hyphens too, so a name
    alone does not tell where it begins: without the others, library-mary-ann could be ann's.
    """
    prefixes = Counter(
        name.removesuffix(login) for name in names for login in logins if name.endswith(f"-{login}")
    )
    prefix = max(prefixes, key=lambda prefix: (prefixes[prefix], -len(prefix)), default="")
    return prefix if 2 * prefixes[prefix] > len(names) else ""


def match(names, students):
    """Return the student, or None, for each of the submissions' `names`, as a dictionary.

    A submission is named after the login, after the login with the same prefix as the others,
    after the student, or after the group and the student, as Moodle does. Raise StopError if
    two students have the name, or two submissions are one student's.
    """
    logins = {plain(student.login): student for student in students}
    people = {}
    for student in students:
        for name in {student.name, f"{student.group}-{student.name}"}:
            people.setdefault(plain(name), []).append(student)
    shown = {name: plain(MOODLE.sub("", name)) for name in names}
    prefix = prefix_of([*shown.values()], logins)
    found = {}
    for name, text in shown.items():
        student = logins.get(text) or logins.get(text.removeprefix(prefix))
        namesakes = people.get(text, [])
        if not student and len(namesakes) > 1:
            raise StopError(
                f"The submission {name!r} may be that of {namesakes[0].login} or of "
                f"{namesakes[1].login}, who have the same name. Name it after the login."
            )
        student = student or (namesakes[0] if namesakes else None)
        if student and student in found.values():
            other = next(other for other, owner in found.items() if owner == student)
            raise StopError(
                f"The submissions {other!r} and {name!r} both belong to {student.login}. "
                "Remove one of them."
            )
        found[name] = student
    return found
