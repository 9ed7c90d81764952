"""The project's addresses, and those of the reviews where the project does not include them."""

from django.urls import include, path

from django_project import urls as project

handler400, handler404, handler500 = project.handler400, project.handler404, project.handler500

# The file that each include() of the project names.
INCLUDED = {
    getattr(getattr(pattern, "urlconf_name", None), "__name__", None)
    for pattern in project.urlpatterns
}
REVIEWS_INCLUDED = "reviews.urls" in INCLUDED

urlpatterns = list(project.urlpatterns)
if not REVIEWS_INCLUDED:
    urlpatterns.append(path("", include("reviews.urls")))
