"""The web API of the reviews: a view set answers the verbs.

https://www.django-rest-framework.org/api-guide/viewsets/
"""

### BEGIN TASK 8
# STEP 8. Write the view set of the reviews: list (the newest first, and with ?book=<id>
# those of one book), detail, create, change, delete. The reviewer is who sends the
# request, whatever the body says. A second review of the same book by the same reader
# is answered by 409 or 400, never by 500. Then register it: library/api/urls.py.
### BEGIN SOLUTION
from django.forms import NumberInput
from django_filters import rest_framework as filters
from rest_framework.viewsets import ModelViewSet

from library.api.conditional import CachingMixin, ConditionalChangeMixin
from library.api.filters import FilterBackend
from library.api.views import ListMixin
from library.models import Book
### END SOLUTION
### BEGIN TASK 9
### BEGIN SOLUTION
from reviews.api.permissions import IsReviewerOrReadOnly
### END SOLUTION
### BEGIN TASK 8
### BEGIN SOLUTION
from reviews.api.serializers import ReviewSerializer
from reviews.models import Review


class ReviewFilter(filters.FilterSet):
    """Reviews by book (an id)."""

    # A number to type, rather than a menu of all the books there are.
    book = filters.ModelChoiceFilter(queryset=Book.objects.all(), widget=NumberInput)


class ReviewViewSet(CachingMixin, ConditionalChangeMixin, ListMixin, ModelViewSet):
    """What readers think of the books."""

    queryset = Review.objects.select_related("reviewer")
    serializer_class = ReviewSerializer
### END SOLUTION
### BEGIN TASK 9
### BEGIN SOLUTION
    permission_classes = [IsReviewerOrReadOnly]
### END SOLUTION
### BEGIN TASK 8
### BEGIN SOLUTION
    filter_backends = [FilterBackend]
    filterset_class = ReviewFilter

    def perform_create(self, serializer):
        """Save the review as one of the caller's."""
        serializer.save(reviewer=self.request.user)
### END SOLUTION
