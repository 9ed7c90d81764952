from django.db import Error, InterfaceError, OperationalError
from django_alive import HealthcheckFailure
from django_alive.checks import check_migrations

# The seconds after which a client may repeat a request that got a 503.
RETRY_AFTER = 5


def check_database_and_migrations() -> None:
    """Raise HealthcheckFailure unless the database responds and all migrations are applied.

    django-alive's own check lets the exception of an unreachable database
    through, and /readyz would be a 500 instead of a 503.
    """
    try:
        check_migrations()
    except Error as error:
        raise HealthcheckFailure("database error") from error


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether `error` says that the database did not respond, or had no connection free.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    https://www.sqlite.org/rescode.html
    """
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    if name := getattr(error.__cause__, "sqlite_errorname", None):
        return name in ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_IOERR")
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(("08", "53", "57P"))
