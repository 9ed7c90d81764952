"""Turns the points of the grader into grades: roster, late submissions, adjustments."""

from classroom.deadline import NO_POLICY, lateness, read_deadline, read_policy
from classroom.roster import Student, match, plain, read_adjustments, read_roster
from classroom.sandbox import StopError


class Gradebook:
    """The teacher's rules for a class. Creating one reads and validates all of them.

    `submissions` are pairs of a name and a source. With a roster, a name becomes the login.
    """

    def __init__(self, options, submissions):
        if options.late and not options.deadline:
            raise StopError("A late policy needs a deadline: DEADLINE=2026-12-01T23:59+01:00")
        self.deadline = read_deadline(options.deadline) if options.deadline else None
        self.policy = read_policy(options.late) if options.late else NO_POLICY
        names = [name for name, _ in submissions]
        if options.roster:
            self.students = read_roster(options.roster.expanduser())
            owners = match(names, self.students)
        else:
            self.students = [Student(name, name) for name in names]
            owners = dict(zip(names, self.students, strict=True))
        self.adjustments = {}
        if options.adjustments:
            self.adjustments = read_adjustments(options.adjustments.expanduser(), self.students)
        self.submissions = [
            (owners[name].login if owners[name] else name, source) for name, source in submissions
        ]

    def named(self, login):
        """Return the name of the submission of `login`, which must exist."""
        for name, _ in self.submissions:
            if plain(name) == plain(login):
                return name
        raise StopError(f"There is no submission of {login!r}.")

    def grades(self, rows, absent):
        """Return the rows with their grades, in the order of the roster; strangers come last.

        `absent` returns the row of a student without a submission, by login.
        """
        students = {student.login: student for student in self.students}
        by_name = dict.fromkeys(students) | {row["name"]: row for row in rows}
        return [
            self.grade(row or absent(name), students.get(name)) for name, row in by_name.items()
        ]

    def grade(self, row, student):
        """Return the row with its grade: its student, changes of the points, and the total."""
        points, submitted, late = row["result"]["points"], row["submitted"], []
        if submitted:
            submitted = submitted.astimezone(self.deadline.tzinfo)
            late = lateness(points, submitted, self.deadline, self.policy)
        changes = late + self.adjustments.get(row["name"], [])
        total = max(0, points + sum(change for change, _ in changes))
        return {
            **row,
            "submitted": submitted,
            "student": student or Student(row["name"], row["name"]),
            "is_stranger": not student,
            "remarks": row["remarks"] + ["not on the roster"] * (not student),
            "changes": changes,
            "is_late": bool(late),
            "total": total,
        }
