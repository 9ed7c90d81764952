"""ISBN-13: validation and a model field.

https://www.isbn-international.org/content/isbn-users-manual/29
"""

import re

from django.core.exceptions import ValidationError
from django.db import models


def normalize_isbn(value):
    """Return the string `value` without hyphens and spaces."""
    return re.sub(r"[\s\u2010-\u2015-]", "", value)


def check_digit(digits):
    """Return the 13th digit, 0 to 9, for the first twelve: the text `digits`."""
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return -total % 10


def validate_isbn(value):
    """Raise ValidationError unless `value` is a valid ISBN-13 of 13 digits."""
    if not re.fullmatch(r"[0-9]*", value):
        raise ValidationError(
            "An ISBN-13 has digits, hyphens and spaces only.", code="isbn_characters"
        )
    if len(value) != 13:
        raise ValidationError(
            "An ISBN-13 has 13 digits; this one has %(count)d.",
            code="isbn_length",
            params={"count": len(value)},
        )
    if value[:3] not in ("978", "979"):
        raise ValidationError("An ISBN-13 starts with 978 or 979.", code="isbn_prefix")
    if int(value[-1]) != (expected := check_digit(value[:-1])):
        raise ValidationError(
            "The check digit is wrong: for the other twelve digits, it should be "
            "%(expected)d. Look for a typing error.",
            code="isbn_check_digit",
            params={"expected": expected},
        )


class ISBNField(models.CharField):
    """An ISBN-13, entered with or without hyphens and spaces, stored as 13 digits.

    https://docs.djangoproject.com/en/stable/howto/custom-model-fields/
    """

    default_validators = [validate_isbn]

    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 13
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def to_python(self, value):
        value = super().to_python(value)
        return value if value is None else normalize_isbn(value)

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))

    def formfield(self, **kwargs):
        # Room for the hyphens.
        return super().formfield(**{"max_length": 32, **kwargs})
