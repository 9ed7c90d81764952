"""How a review becomes JSON, and JSON a review.

https://www.django-rest-framework.org/api-guide/serializers/
"""

from django.db import IntegrityError, transaction
from rest_framework import serializers

from reviews.models import Review

TWICE = "You have reviewed this book already."


class ReviewSerializer(serializers.HyperlinkedModelSerializer):
    """A review, by whoever is signed in."""

    reviewer = serializers.ReadOnlyField(source="reviewer.username")

    class Meta:
        model = Review
        fields = ["url", "id", "book", "reviewer", "rating", "text", "created_at"]

    def validate(self, attrs):
        """Refuse a second review of the same book by the same reader."""
        reviews = Review.objects.filter(reviewer=self.context["request"].user)
        if self.instance:
            reviews = reviews.exclude(pk=self.instance.pk)
        if "book" in attrs and reviews.filter(book=attrs["book"]).exists():
            raise serializers.ValidationError(TWICE)
        return attrs

    def save(self, **kwargs):
        """Save the review; the database refuses one that was sent at the same moment."""
        try:
            with transaction.atomic():
                return super().save(**kwargs)
        except IntegrityError:
            raise serializers.ValidationError(TWICE) from None
