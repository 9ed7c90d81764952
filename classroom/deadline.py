"""The deadline of an assignment, and how many points a late submission loses."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from classroom.sandbox import StopError

POLICY = re.compile(r"(\d{1,3})(%?) per (day|hour)(?:, at most (\d{1,3}) (day|hour)s?)?", re.ASCII)
UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}


class LatePolicy(NamedTuple):
    """What a late submission loses for each day or hour that has begun.

    After `limit`, it loses everything.
    """

    words: str
    amount: int
    is_percent: bool = False
    unit: str = "day"
    limit: timedelta = timedelta.max

    def lost(self, points, delay):
        """Return how many of the `points` a submission loses by a `delay`."""
        if delay > self.limit:
            return points
        lost = self.amount * units(delay, self.unit)
        return min(points, points * lost // 100 if self.is_percent else lost)


NO_POLICY = LatePolicy("no points lost", 0)


def units(delay, unit):
    """Return how many days or hours of the `delay` have begun."""
    return -(-delay // UNITS[unit])


def read_policy(text):
    """Return the LatePolicy in words: "refuse", or as in "10% per day, at most 3 days".

    "10 per day" are points, "10% per day" a part of the points that the submission has.
    Percentages are rounded in the student's favor.
    """
    words = " ".join(text.split())
    if words == "refuse":
        return LatePolicy(words, 0, limit=timedelta(0))
    found = POLICY.fullmatch(words)
    if not found:
        raise StopError(
            f"The late policy {text!r} is unknown. Write one like these: 10 per day; "
            "10% per day; 2 per hour, at most 12 hours; refuse."
        )
    amount, percent, unit, most, limit = found.groups()
    end = int(most) * UNITS[limit] if most else timedelta.max
    return LatePolicy(words, int(amount), bool(percent), unit, end)


def read_deadline(text):
    """Return the deadline as a datetime; raise StopError if it has no time zone."""
    example = "2026-12-01T23:59+01:00"
    try:
        deadline = datetime.fromisoformat(text)
    except ValueError:
        raise StopError(
            f"The deadline {text!r} is not a date and a time. Write it like {example}."
        ) from None
    if not deadline.tzinfo:
        raise StopError(f"The deadline {text!r} has no time zone. Write it like {example}.")
    return deadline


def lateness(points, submitted, deadline, policy):
    """Return how a late submission changes its `points`, as a list of (points, reason)."""
    delay = submitted - deadline
    if delay <= timedelta(0):
        return []
    late = units(delay, policy.unit)
    reason = f"{late} {policy.unit}{'s' if late > 1 else ''} late: {policy.words}"
    return [(-policy.lost(points, delay), reason)]
