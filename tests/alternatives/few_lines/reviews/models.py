"""The table of reviews, as a class.

https://docs.djangoproject.com/en/stable/topics/db/models/
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from library.models import Book


class ReviewQuerySet(models.QuerySet):
    """Questions to the table of reviews."""

    def with_reviewers(self):
        """Return the reviews together with who wrote them, in one query."""
        return self.select_related("reviewer")


class Review(models.Model):
    """One reader's opinion of one book."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    rating = models.IntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["book", "reviewer"], name="one_review_each"),
            models.CheckConstraint(
                condition=Q(rating__gte=1) & Q(rating__lte=5), name="rating_from_1_to_5"
            ),
        ]

    def __str__(self):
        return f"{self.reviewer} on {self.book}: {self.rating}"
