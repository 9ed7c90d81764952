"""The table of reviews, as a class.

https://docs.djangoproject.com/en/stable/topics/db/models/
"""

from django.conf import settings
from django.db import models

from library.models import Book

RATINGS = [(number, str(number)) for number in range(1, 6)]


class Review(models.Model):
    """One reader's opinion of one book."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews"
    )
    rating = models.PositiveSmallIntegerField(choices=RATINGS)
    text = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "reviewer"],
                name="one_review_of_a_book_each",
                violation_error_message="You have reviewed this book before.",
            ),
        ]

    def __str__(self):
        return f"{self.book} by {self.reviewer}: {self.rating}"
