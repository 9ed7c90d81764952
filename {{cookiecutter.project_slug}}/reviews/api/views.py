"""View sets: https://www.django-rest-framework.org/api-guide/viewsets/"""

### BEGIN TASK 8
# STEP 8. Write the view set of the reviews: list (the newest first; with ?book=<id> those
# of one book), retrieve, create, update, destroy. The reviewer is the authenticated user,
# whatever the body says. A second review of a book by the same user is a 409 or a 400,
# never a 500. Then register the view set in django_project/urls.py.
### BEGIN SOLUTION
from django.forms import NumberInput
from django_filters import rest_framework as filters

from api import viewsets
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
    """Reviews by book (a primary key)."""

    # A number to type instead of a menu of all books.
    book = filters.ModelChoiceFilter(queryset=Book.objects.all(), widget=NumberInput)


class ReviewViewSet(viewsets.ModelViewSet):
    """The reviews of the books."""

    queryset = Review.objects.select_related("reviewer")
    serializer_class = ReviewSerializer
### END SOLUTION
### BEGIN TASK 9
### BEGIN SOLUTION
    permission_classes = [IsReviewerOrReadOnly]
### END SOLUTION
### BEGIN TASK 8
### BEGIN SOLUTION
    filterset_class = ReviewFilter

    def perform_create(self, serializer):
        serializer.save(reviewer=self.request.user)
### END SOLUTION
