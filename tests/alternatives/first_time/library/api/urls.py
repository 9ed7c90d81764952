"""The addresses below /api/v1/, which the router makes from the view sets.

https://www.django-rest-framework.org/api-guide/routers/
"""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from library.api.views import AuthorViewSet, BookViewSet, LoanViewSet, RootView, TokenView
from reviews.api.views import ReviewViewSet

router = DefaultRouter()
router.APIRootView = RootView
# Only the addresses without a format at their end: ?format=json does the same.
router.include_format_suffixes = False
router.register("books", BookViewSet)
router.register("authors", AuthorViewSet)
router.register("loans", LoanViewSet)
router.register("reviews", ReviewViewSet)

urlpatterns = [
    path("", include(router.urls)),
    path("token/", TokenView.as_view(), name="token"),
]
