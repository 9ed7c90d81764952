"""How a review becomes JSON, and JSON a review.

https://www.django-rest-framework.org/api-guide/serializers/
"""

### BEGIN TASK 7
# STEP 7. Write the serializer of a review, with the fields url, id, book, reviewer, rating, text
# and created_at. `book` is the address of the book in the web API, `reviewer` the user
# name. Who writes a review does not say who they are, nor when: both are only read.
# LinkedSerializer in library/api/serializers.py makes addresses of relations.
### BEGIN SOLUTION
from django.db import IntegrityError, transaction
from rest_framework import serializers

from library.api.errors import Conflict
from library.api.serializers import LinkedSerializer
from reviews.models import Review


class ReviewSerializer(LinkedSerializer):
    """A review, with the address of its book and the name of its reviewer."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = Review
        fields = ["url", "id", "book", "reviewer", "rating", "text", "created_at"]

    def save(self, **kwargs):
        """Save the review; raise Conflict where this reader has reviewed the book already.

        Nobody asks first: between the question and the saving another request could come.
        """
        try:
            with transaction.atomic():
                return super().save(**kwargs)
        except IntegrityError:
            raise Conflict("You have reviewed this book already.") from None
### END SOLUTION
