"""The page with the reviews of a book.

https://docs.djangoproject.com/en/stable/topics/class-based-views/
"""

from django.shortcuts import get_object_or_404
from django.views.generic import ListView

from library.models import Book
from reviews.models import Review


class BookReviewsView(ListView):
    """The reviews of one book."""

    model = Review
    template_name = "reviews/book_reviews.html"

    def get_queryset(self):
        """Return the reviews of the book of the address."""
        self.book = get_object_or_404(Book, pk=self.kwargs["pk"])
        return self.book.reviews.with_reviewers()

    def get_context_data(self, **kwargs):
        """Return what the template is given: the reviews, and their book."""
        return super().get_context_data(book=self.book, **kwargs)
