"""The table of reviews, as a class.

https://docs.djangoproject.com/en/stable/topics/db/models/
"""

from django.conf import settings
from django.db import models

from library.models import Book


class Review(models.Model):
    """One reader's opinion of one book."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews"
    )
    rating = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["book", "reviewer"], name="one_review_per_reader"),
            models.CheckConstraint(
                condition=models.Q(rating__gte=1, rating__lte=5),
                name="rating_from_1_to_5",
                violation_error_message="A rating is a number from 1 to 5.",
            ),
        ]

    def __str__(self):
        return f"{self.reviewer} on {self.book}: {self.rating}"
