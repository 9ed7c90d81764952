from django.db import Error
from django_alive import HealthcheckFailure
from django_alive.checks import check_migrations


def check_database_and_migrations() -> None:
    """Raise HealthcheckFailure unless the database responds and all migrations are applied.

    django-alive's own check lets the exception of an unreachable database
    through, and /readyz would be a 500 instead of a 503.
    """
    try:
        check_migrations()
    except Error as error:
        raise HealthcheckFailure("database error") from error
