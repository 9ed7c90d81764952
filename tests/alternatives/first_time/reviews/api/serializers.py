"""How a review becomes JSON, and JSON a review.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from api import serializers
from reviews.models import Review


class ReviewSerializer(serializers.HyperlinkedModelSerializer):
    """A review: who wrote it, and when, is only read."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = Review
        fields = ["url", "id", "book", "reviewer", "rating", "text", "created_at"]
        read_only_fields = ["reviewer", "created_at"]
