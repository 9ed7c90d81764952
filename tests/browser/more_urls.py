# Added to the end of django_project/urls.py.

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.views.generic import TemplateView


def fail(request, status):
    """Raise the exception that Django turns into a response with the status code."""
    raise {400: BadRequest, 403: PermissionDenied, 500: RuntimeError, 503: OperationalError}[status]


urlpatterns += [  # noqa: F821
    path("errors/<int:status>/", fail),  # noqa: F821
    # The home page of a project without the example.
    path("blank/", TemplateView.as_view(template_name="website/home.html")),  # noqa: F821
]
