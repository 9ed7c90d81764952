"""The table of reviews, as a class.

https://docs.djangoproject.com/en/stable/topics/db/models/
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from library.models import Book


class Review(models.Model):
    """One reader's opinion of one book."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    rating = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    text = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "reviewer"],
                name="one_review_each",
                violation_error_message="You have reviewed this book already.",
            ),
        ]

    def __str__(self):
        return f"{self.book}: {self.rating} of 5, by {self.reviewer}"
