"""How a review becomes JSON, and JSON a review.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from api import serializers
from reviews.models import BookReview


class BookReviewSerializer(serializers.HyperlinkedModelSerializer):
    """A review, with the address of its book and the name of its reviewer."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = BookReview
        fields = ["url", "id", "book", "reviewer", "rating", "text", "created_at"]
