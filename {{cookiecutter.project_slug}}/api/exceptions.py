"""Errors: a page for a browser; for a program, a problem as RFC 9457 describes it.

Each has a sentence in ``detail``.

https://www.rfc-editor.org/rfc/rfc9457
https://www.django-rest-framework.org/api-guide/exceptions/
"""

import logging
import re
import sys
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import exceptions
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import views
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict

from api.renderers import PROBLEM_JSON, accepts_page
from operations.health import RETRY_AFTER, is_unavailable
from operations.views import unavailable

BAD_REQUEST = "The request is malformed."
SERVER_ERROR = "Internal server error. It has been logged."

logger = logging.getLogger("django.request")


class Conflict(APIException):
    """409: the request is valid, but conflicts with the current state of the resource."""

    status_code = 409
    default_detail = "The request conflicts with the current state of the resource."
    default_code = "conflict"


class PreconditionFailed(APIException):
    """412: a condition of the request, such as If-Match, is false."""

    status_code = 412
    default_detail = (
        "This object has changed since you fetched it. Fetch it again and repeat your change."
    )
    default_code = "precondition_failed"


class ContentTooLarge(APIException):
    """413: the body of the request is larger than a limit of the settings."""

    status_code = 413
    default_detail = "The request body is too large."
    default_code = "content_too_large"


class ServiceUnavailable(APIException):
    """503: the database does not respond. ``wait`` becomes Retry-After."""

    status_code = 503
    default_detail = "The database does not respond. Repeat the request in a few seconds."
    default_code = "service_unavailable"
    wait = RETRY_AFTER


def problem(status: int, detail: str, **members: Any) -> dict[str, Any]:
    """Return a problem as a dictionary, for a status code and a sentence."""
    # Python 3.13 renamed the phrase of 413.
    title = "Content Too Large" if status == 413 else HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}


def problem_response(status: int, detail: str) -> JsonResponse:
    """Return a problem as a response, for errors outside of the views of the API."""
    return JsonResponse(problem(status, detail), status=status, content_type=PROBLEM_JSON)


def count_objects(objects: Iterable[models.Model]) -> str:
    """Return how many there are of each model, in words: "1 order and 2 invoices"."""
    counts = Counter(type(instance)._meta for instance in objects)
    words = [
        f"{count} {options.verbose_name if count == 1 else options.verbose_name_plural}"
        for options, count in counts.items()
    ]
    return " and ".join(words)


def find_violation(error):
    """Return what an IntegrityError violates: a kind, a table and a name or columns.

    The kind is "unique", "check" or "foreign key", or None for any other error.
    PostgreSQL names the constraint. SQLite names the columns of a unique
    constraint, and the constraint otherwise.
    https://www.postgresql.org/docs/current/errcodes-appendix.html
    https://www.sqlite.org/rescode.html#extrc
    """
    cause = error.__cause__
    if diagnostics := getattr(cause, "diag", None):
        kinds = {"23505": "unique", "23514": "check", "23503": "foreign key"}
        columns = re.search(r"\(([^)]*)\)=", diagnostics.message_detail or "")
        return (
            kinds.get(diagnostics.sqlstate),
            diagnostics.table_name,
            diagnostics.constraint_name,
            columns[1].replace('"', "").split(", ") if columns else [],
        )
    kinds = {
        "SQLITE_CONSTRAINT_UNIQUE": "unique",
        "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
        "SQLITE_CONSTRAINT_CHECK": "check",
        "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign key",
    }
    kind = kinds.get(getattr(cause, "sqlite_errorname", None))
    _, _, violated = str(cause).partition(" constraint failed: ")
    columns = [name.rpartition(".") for name in violated.split(", ")]
    if kind == "unique" and columns[0][0]:
        return kind, columns[0][0], None, [column for _, _, column in columns]
    return kind, None, violated.removeprefix("index ").strip("'"), []


def describe_violation(error):
    """Return a sentence for an IntegrityError that is a conflict, or None for any other.

    It is the constraint's ``violation_error_message`` where the model has one.
    """
    kind, table, name, columns = find_violation(error)
    if kind is None:
        return None
    for model in apps.get_models():
        options = model._meta
        for constraint in options.constraints:
            fields = [
                options.get_field(field).column for field in getattr(constraint, "fields", ())
            ]
            is_same = constraint.name == name or (
                name is None
                and kind == "unique"
                and table == options.db_table
                and fields == columns
            )
            if is_same:
                return str(constraint.get_violation_error_message())
        if kind == "unique" and table == options.db_table:
            names = {field.column: field.name for field in options.concrete_fields}
            if columns and names.keys() >= set(columns):
                unique = tuple(names[column] for column in columns)
                return " ".join(model().unique_error_message(model, unique).messages)
    return {
        "unique": "An object with these values already exists.",
        "check": "These values contradict each other.",
        "foreign key": "A related object does not exist, or other objects refer to this one.",
    }[kind]


def as_api_exception(error):
    """Return the APIException for an exception of Django's, or `error` itself for any other."""
    if isinstance(error, exceptions.RequestDataTooBig):
        return ContentTooLarge()
    if isinstance(error, exceptions.SuspiciousOperation | exceptions.BadRequest):
        return ParseError(BAD_REQUEST)
    if isinstance(error, exceptions.ValidationError):
        return ValidationError(error.messages)
    if is_unavailable(error):
        return ServiceUnavailable()
    if isinstance(error, DataError):
        # What no serializer validates, such as a null character in a token.
        return ParseError("A value is out of range for the database.")
    if isinstance(error, models.ProtectedError | models.RestrictedError):
        related = getattr(error, "protected_objects", None) or error.restricted_objects
        return Conflict(
            f"This object cannot be deleted: it is referenced by {count_objects(related)}."
        )
    if isinstance(error, IntegrityError) and (sentence := describe_violation(error)):
        return Conflict(sentence)
    return error


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the response for an exception that a view of the API has raised.

    A browser gets a page, any other client a problem. An unexpected exception is
    logged and reported, and its response says nothing about it. With DEBUG, None is
    returned instead: Django shows its page.
    """
    request = context["request"]
    error = as_api_exception(error)
    response = views.exception_handler(error, context)
    if response is None:
        if settings.DEBUG:
            return None
        got_request_exception.send(sender=type(context["view"]), request=request)
        logger.error("Internal Server Error: %s", request.path, exc_info=error)
        response = Response({"detail": SERVER_ERROR}, status=500)
    if isinstance(error, ValidationError):
        errors = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        response.data = problem(400, "The request is invalid: see `errors`.", errors=errors)
        if isinstance(errors, ReturnDict):
            # DRF fills the HTML form of a view that parses forms from the serializer.
            response.data = ReturnDict(response.data, serializer=errors.serializer)
    else:
        response.data = problem(response.status_code, str(response.data["detail"]))
    if not accepts_page(request):
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = response.content_type = PROBLEM_JSON
    elif isinstance(error, ServiceUnavailable):
        # The page of the browsable API would query the database for the user.
        return unavailable(request)
    return response


def shows_page(request: HttpRequest) -> bool:
    """Return whether an error is shown as a page: outside of /api/, or to a browser."""
    media_types = ["application/json", "text/html"]
    return (
        not request.path.startswith("/api/")
        or request.get_preferred_type(media_types) == "text/html"
    )


def or_problem(status, detail, page):
    """Return an error handler: Django's view `page` for a browser, a problem for a program."""

    def handler(request, *args, **kwargs):
        if shows_page(request):
            return page(request, *args, **kwargs)
        return problem_response(status, detail)

    return handler


def server_error(request: HttpRequest) -> HttpResponse:
    """Handle an exception outside of a view, such as in the header of an error page."""
    if not is_unavailable(sys.exception()):
        return or_problem(500, SERVER_ERROR, defaults.server_error)(request)
    response = or_problem(503, ServiceUnavailable.default_detail, unavailable)(request)
    response["Retry-After"] = RETRY_AFTER
    return response


# Named in django_project/urls.py, like server_error().
# https://docs.djangoproject.com/en/stable/topics/http/views/#customizing-error-views
bad_request = or_problem(400, BAD_REQUEST, defaults.bad_request)
not_found = or_problem(
    404, "Not found. URLs in this API end with a slash.", defaults.page_not_found
)
