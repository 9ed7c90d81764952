"""The page with the reviews of a book.

https://docs.djangoproject.com/en/stable/topics/class-based-views/
"""

from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView

from library.models import Book


class BookReviewsView(TemplateView):
    """The reviews of one book, the newest first."""

    template_name = "reviews/book_reviews.html"

    def get_context_data(self, **kwargs):
        """Return the book and its reviews, with their reviewers."""
        context = super().get_context_data(**kwargs)
        book = get_object_or_404(Book, pk=self.kwargs["pk"])
        context["book"] = book
        context["reviews"] = book.reviews.select_related("reviewer")
        return context
