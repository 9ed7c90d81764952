"""How a review becomes JSON, and JSON a review.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from rest_framework import serializers

from api.serializers import HyperlinkedRelatedField
from library.models import Book
from reviews.models import Review


class ReviewSerializer(serializers.Serializer):
    """A review, with the address of its book and the name of its reviewer."""

    url = serializers.HyperlinkedIdentityField(view_name="review-detail")
    id = serializers.IntegerField(read_only=True)
    book = HyperlinkedRelatedField(view_name="book-detail", queryset=Book.objects.all())
    reviewer = serializers.CharField(source="reviewer.username", read_only=True)
    rating = serializers.IntegerField(min_value=1, max_value=5)
    text = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    created_at = serializers.DateTimeField(read_only=True)

    def create(self, validated_data):
        """Save a new review, and return it."""
        return Review.objects.create(**validated_data)

    def update(self, instance, validated_data):
        """Change the review, and return it."""
        instance.book = validated_data.get("book", instance.book)
        instance.rating = validated_data.get("rating", instance.rating)
        instance.text = validated_data.get("text", instance.text)
        instance.save()
        return instance
