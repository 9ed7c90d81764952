"""URLs: https://docs.djangoproject.com/en/stable/topics/http/urls/

The web API's resources are registered with the router, which makes their URLs:
https://www.django-rest-framework.org/api-guide/routers/
"""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django_alive.views import alive
from drf_spectacular.views import (
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from accounts.urls import login
from api.routers import DefaultRouter
from api.views import SchemaView, TokenView
### BEGIN EXAMPLE
from library.api.views import AuthorViewSet, BookViewSet, LoanViewSet
### END EXAMPLE
from operations.views import ready
### BEGIN EXAMPLE
### BEGIN TASK 8
### BEGIN SOLUTION
from reviews.api.views import ReviewViewSet
### END SOLUTION
### END EXAMPLE

handler400 = "api.exceptions.bad_request"
handler404 = "api.exceptions.not_found"
handler500 = "api.exceptions.server_error"

router = DefaultRouter()
### BEGIN EXAMPLE
router.register("books", BookViewSet)
router.register("authors", AuthorViewSet)
router.register("loans", LoanViewSet)
### BEGIN TASK 8
# STEP 8. Register your view set as "reviews".
### BEGIN SOLUTION
router.register("reviews", ReviewViewSet)
### END SOLUTION
### END EXAMPLE

urlpatterns = [
### BEGIN EXAMPLE
    path("", include("library.urls")),
### BEGIN TASK 4
    # STEP 4. Include the URLs of the app "reviews", which are in reviews/urls.py.
### BEGIN SOLUTION
    path("", include("reviews.urls")),
### END SOLUTION
### END EXAMPLE
    path("", include("website.urls")),
    path("accounts/", include("accounts.urls")),
    path("api/v1/", include(router.urls)),
    path("api/v1/token/", TokenView.as_view(), name="token"),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path(
        "api/docs/",
        # This view cannot describe itself in a response to OPTIONS.
        SpectacularSwaggerSplitView.as_view(http_method_names=["get", "head"]),
        name="docs",
    ),
    path("api/redoc/", SpectacularRedocView.as_view(), name="redoc"),
    # The site, the browsable API and the admin share one login page.
    path("api-auth/login/", login),
    path(f"{settings.ADMIN_PATH}login/", login),
    path("api-auth/", include("rest_framework.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    # django-alive finds these two by their names.
    path("livez", alive, name="alive_alive"),
    path("readyz", ready, name="alive_health"),
]
