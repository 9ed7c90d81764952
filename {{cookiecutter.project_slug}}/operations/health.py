from django.db import Error
from django_alive import HealthcheckFailure
from django_alive.checks import check_migrations


def check_database_and_migrations():
    """Raise HealthcheckFailure, so that /readyz answers 503, unless both are in order.

    Which migrations have been applied is asked of the database, so one check
    sees both. On its own, django-alive's check of the migrations would let the
    database's exception through, and the answer would be 500.
    """
    try:
        check_migrations()
    except Error as error:
        raise HealthcheckFailure("database error") from error
