"""The web API of the reviews: a view set answers the verbs.

https://www.django-rest-framework.org/api-guide/viewsets/
"""

from django.db import IntegrityError, transaction
from django.forms import NumberInput
from django_filters import rest_framework as filters

from api import viewsets
from api.exceptions import Conflict
from library.models import Book
from reviews.api.permissions import IsReviewer
from reviews.api.serializers import ReviewSerializer
from reviews.models import Review


class ReviewFilter(filters.FilterSet):
    """Reviews of one book."""

    book = filters.ModelChoiceFilter(queryset=Book.objects.all(), widget=NumberInput)

    class Meta:
        model = Review
        fields = ["book"]


class ReviewViewSet(viewsets.ModelViewSet):
    """The reviews of the books."""

    queryset = Review.objects.select_related("reviewer")
    serializer_class = ReviewSerializer
    permission_classes = [IsReviewer]
    filterset_class = ReviewFilter

    def perform_create(self, serializer):
        """Save the review, as one of whoever sends it. 409 where there is one already."""
        try:
            with transaction.atomic():
                serializer.save(reviewer=self.request.user)
        except IntegrityError:
            raise Conflict("You have reviewed this book before.") from None
