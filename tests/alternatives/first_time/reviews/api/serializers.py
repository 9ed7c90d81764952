"""How a review becomes JSON, and JSON a review.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from rest_framework import serializers

from library.api.serializers import LinkedSerializer
from reviews.models import Review


class ReviewSerializer(LinkedSerializer):
    """A review: who wrote it, and when, is only read."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = Review
        fields = ["url", "id", "book", "reviewer", "rating", "text", "created_at"]
        read_only_fields = ["reviewer", "created_at"]
