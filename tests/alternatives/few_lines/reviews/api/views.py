"""The web API of the reviews: a view set answers the verbs.

https://www.django-rest-framework.org/api-guide/viewsets/
"""

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.viewsets import ModelViewSet

from reviews.api.permissions import IsReviewerOrReadOnly
from reviews.api.serializers import ReviewSerializer
from reviews.models import Review


class ReviewViewSet(ModelViewSet):
    """What readers think of the books."""

    queryset = Review.objects.with_reviewers()
    serializer_class = ReviewSerializer
    permission_classes = [IsReviewerOrReadOnly]
    filter_backends = [DjangoFilterBackend]
    filterset_fields = ["book"]

    def perform_create(self, serializer):
        """Save the review as one of whoever sends it."""
        serializer.save(reviewer=self.request.user)
