"""The addresses below /api/v1/, which the router makes from the view sets.

https://www.django-rest-framework.org/api-guide/routers/
"""

from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.routers import DefaultRouter

from library.api.views import AuthorViewSet, BookViewSet

router = DefaultRouter()
router.register("books", BookViewSet)
router.register("authors", AuthorViewSet)

urlpatterns = [
    path("", include(router.urls)),
    path("token/", obtain_auth_token, name="token"),
]
