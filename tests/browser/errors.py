# Added to the end of django_project/urls.py: /errors/<status>/ causes an error.

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError


def fail(request, status):
    """Raise the exception that Django turns into a response with the status code."""
    raise {400: BadRequest, 403: PermissionDenied, 500: RuntimeError, 503: OperationalError}[status]


urlpatterns += [path("errors/<int:status>/", fail)]  # noqa: F821
