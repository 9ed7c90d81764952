"""Serializers: https://www.django-rest-framework.org/api-guide/serializers/"""

### BEGIN TASK 7
# STEP 7. Write the serializer of a review, with the fields url, id, book, reviewer, rating, text
# and created_at. `book` is the URL of the book in the web API, `reviewer` the user name.
# Clients send neither the reviewer nor the time: both fields are read-only.
# library/api/serializers.py is an example.
### BEGIN SOLUTION
from api import serializers
from reviews.models import Review


class ReviewSerializer(serializers.HyperlinkedModelSerializer):
    """A review, with a link to its book and the name of its reviewer."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = Review
        fields = ["url", "id", "book", "reviewer", "rating", "text", "created_at"]
### END SOLUTION
