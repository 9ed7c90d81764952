"""The project's URLs, and those of the reviews if the project does not include them."""

from django.conf import settings
from django.urls import include, path

from django_project import urls as project

__all__ = ["settings"]

handler400, handler404, handler500 = project.handler400, project.handler404, project.handler500

# The prefixes below which the project includes the URLs of the reviews.
INCLUDED = [
    str(pattern.pattern)
    for pattern in project.urlpatterns
    if getattr(getattr(pattern, "urlconf_name", None), "__name__", None) == "reviews.urls"
]
INCLUDED_AT_ROOT = "" in INCLUDED

urlpatterns = list(project.urlpatterns)
if not INCLUDED_AT_ROOT:
    urlpatterns.append(path("", include("reviews.urls")))
