"""The page with the reviews of a book.

https://docs.djangoproject.com/en/stable/topics/class-based-views/
"""

from django.shortcuts import get_object_or_404, render

from library.models import Book


def book_reviews(request, pk):
    """Show the reviews of one book."""
    book = get_object_or_404(Book, pk=pk)
    reviews = book.reviews.select_related("reviewer")
    return render(request, "reviews/book_reviews.html", {"book": book, "reviews": reviews})
