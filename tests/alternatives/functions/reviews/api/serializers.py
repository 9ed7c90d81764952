"""How a review becomes JSON, and JSON a review.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from rest_framework import serializers

from library.api.serializers import LinkedSerializer
from reviews.models import BookReview


class BookReviewSerializer(LinkedSerializer):
    """A review, with the address of its book and the name of its reviewer."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = BookReview
        fields = ["url", "id", "book", "reviewer", "rating", "text", "created_at"]
