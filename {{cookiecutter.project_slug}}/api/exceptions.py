"""Errors: every one in the same shape, as JSON that says what is wrong in a sentence.

RFC 9457, problem details: https://www.rfc-editor.org/rfc/rfc9457
"""

import logging
from http import HTTPStatus

from django.conf import settings
from django.core import exceptions
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError
from django.db.models import ProtectedError
from django.http import JsonResponse
from django.views import defaults
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

PROBLEM_JSON = "application/problem+json"
UNEXPECTED = "Something went wrong on our side. It has been logged."

logger = logging.getLogger("django.request")


class Conflict(APIException):
    """The request is right, but not for what is there now."""

    status_code = 409
    default_detail = "This does not fit what is there now."
    default_code = "conflict"


class PreconditionFailed(APIException):
    """Somebody else has changed it since the client has read it."""

    status_code = 412
    default_detail = (
        "It has been changed since you have read it. Read it again, and repeat your change."
    )
    default_code = "precondition_failed"


class ContentTooLarge(APIException):
    """The body of the request is larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = 413
    default_detail = "The body of the request is too large."
    default_code = "content_too_large"


def title_of(status):
    """Return the name of the number `status`, the same with every version of Python."""
    return "Content Too Large" if status == 413 else HTTPStatus(status).phrase


def problem(status, detail, **members):
    """Return a problem as a dictionary, for the number `status` and the sentence `detail`."""
    title = title_of(status)
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}


def problem_response(status, detail):
    """Return a problem as a response, for where no view of the API answers."""
    return JsonResponse(problem(status, detail), status=status, content_type=PROBLEM_JSON)


def as_api_error(error):
    """Return the exception that says to the client what `error` of Django's means."""
    if isinstance(error, exceptions.RequestDataTooBig):
        return ContentTooLarge()
    if isinstance(error, exceptions.SuspiciousOperation | exceptions.BadRequest):
        return ParseError("The request makes no sense.")
    if isinstance(error, exceptions.ValidationError):
        return ValidationError(error.messages)
    if isinstance(error, DataError):
        # What gets past the serializers, such as a null byte in a token.
        return ParseError("A value is out of range for the database.")
    if isinstance(error, ProtectedError):
        return Conflict("It cannot be deleted: there are loans of it.")
    if isinstance(error, IntegrityError):
        # What was right when it was looked at, and was not any more when it was saved.
        return Conflict("Somebody else has just saved what this does not fit. Look again.")
    return error


def problem_handler(error, context):
    """Return the response for the exception `error`, which a view of the API has raised.

    An unexpected error is logged, and answered without a word about the inside;
    where DEBUG is on, None is returned, for Django's page with the trace.
    """
    request = context["request"]
    error = as_api_error(error)
    response = exception_handler(error, context)
    if response is None:
        if settings.DEBUG:
            return None
        got_request_exception.send(sender=type(context["view"]), request=request)
        logger.error("Internal Server Error: %s", request.path, exc_info=error)
        response = Response({"detail": UNEXPECTED}, status=500)
    if isinstance(error, ValidationError):
        errors = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        response.data = problem(400, "The request is not valid: see `errors`.", errors=errors)
    else:
        response.data = problem(response.status_code, str(response.data["detail"]))
    # In development a browser is shown its page; everybody else gets JSON.
    renderer = getattr(request, "accepted_renderer", None)
    if not (settings.DEBUG and isinstance(renderer, BrowsableAPIRenderer)):
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = response.content_type = PROBLEM_JSON
    return response


def or_problem(status, detail, page):
    """Return a handler for errors that no view of the API has answered.

    Below /api/ it answers with a problem, and elsewhere with Django's view `page`.
    """

    def handler(request, *args, **kwargs):
        if not request.path.startswith("/api/"):
            return page(request, *args, **kwargs)
        return problem_response(status, detail)

    return handler


# Named in django_project/urls.py.
# https://docs.djangoproject.com/en/stable/topics/http/views/#customizing-error-views
bad_request = or_problem(400, "The request makes no sense.", defaults.bad_request)
not_found = or_problem(
    404, "There is nothing at this address. Each ends in a slash.", defaults.page_not_found
)
server_error = or_problem(500, UNEXPECTED, defaults.server_error)
