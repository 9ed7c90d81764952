"""The page with the reviews of a book.

https://docs.djangoproject.com/en/stable/topics/class-based-views/
"""

from django.views.generic import DetailView

from library.models import Book


class OpinionsOfBook(DetailView):
    """One book, with what its readers think of it."""

    queryset = Book.objects.prefetch_related("reviews__reviewer")
    template_name = "reviews/book_reviews.html"
