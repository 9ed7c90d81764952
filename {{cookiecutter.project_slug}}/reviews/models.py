"""Models: https://docs.djangoproject.com/en/stable/topics/db/models/"""

### BEGIN TASK 5
# STEP 5. Write the model Review: a user's review of a book.
# - book: the book (library.models.Book). Deleting the book deletes its reviews.
# - reviewer: the user (settings.AUTH_USER_MODEL) who wrote it. Deleting the user deletes them, too.
# - rating: an integer from 1 to 5.
# - text: up to 2,000 characters; may be blank.
# - created_at: the time when it was written; Django sets it.
# The database guarantees one review per book and user. The newest come first.
### BEGIN SOLUTION
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from library.models import Book


class Review(models.Model):
    """A user's review of a book."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="From 1, the worst, to 5.",
    )
    text = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "reviewer"],
                name="one_review_of_a_book_each",
                violation_error_message="You have reviewed this book already.",
            ),
        ]

    def __str__(self):
        return f"{self.rating} of 5 for {self.book}, by {self.reviewer}"
### END SOLUTION
