#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import os
import sys
from importlib import import_module


def main():
    """Run administrative tasks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_project.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed in this Python. With Docker, put "
            "`docker compose run --rm web` in front of the command; without Docker, "
            "run `pipenv sync --dev` once and put `pipenv run` in front of it."
        ) from error
    try:
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except ImproperlyConfigured as error:
        # One sentence, without a traceback.
        raise SystemExit(f"Not started. {error}") from None
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
