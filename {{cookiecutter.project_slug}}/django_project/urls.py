"""Which address is answered by what: the first match from the top wins.

https://docs.djangoproject.com/en/stable/topics/http/urls/
"""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path
from django_alive.views import alive
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from library.api.throttling import limit_logins
from operations.views import ready

# What answers where no view does, or where one fails.
handler400 = "library.api.errors.bad_request"
handler404 = "library.api.errors.not_found"
handler500 = "library.api.errors.server_error"

urlpatterns = [
    path("", include("library.urls")),
### BEGIN TASK 4
    # STEP 4. Include the addresses of the app "reviews", which stand in reviews/urls.py.
### BEGIN SOLUTION
    path("", include("reviews.urls")),
### END SOLUTION
    path("api/v1/", include("library.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs/",
        # It has no page that could say what it may be asked.
        SpectacularSwaggerSplitView.as_view(http_method_names=["get", "head"]),
        name="docs",
    ),
    path("api/redoc/", SpectacularRedocView.as_view(), name="redoc"),
    # The two pages with a log-in form, before those that they belong to.
    path(
        "api-auth/login/",
        limit_logins(LoginView.as_view(template_name="rest_framework/login.html")),
    ),
    path(f"{settings.ADMIN_PATH}login/", limit_logins(admin.site.login)),
    path("api-auth/", include("rest_framework.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    # django-alive finds its two addresses by these names, and lets them pass
    # whatever the Host header says.
    path("livez", alive, name="alive_alive"),
    path("readyz", ready, name="alive_health"),
]
