"""The page with the reviews of a book.

https://docs.djangoproject.com/en/stable/topics/class-based-views/
"""

### BEGIN TASK 6
# STEP 6. Write the view for the address /books/<id>/reviews/. It shows the reviews of this one
# book, the newest first; where there is no such book, it answers 404. A class or a
# function, as you like. It asks the database as often for a hundred reviews as for one.
### BEGIN SOLUTION
from django.shortcuts import get_object_or_404
from django.views.generic import ListView

from library.models import Book


class BookReviewsView(ListView):
    """The reviews of one book, twenty a page."""

    template_name = "reviews/book_reviews.html"
    paginate_by = 20

    def get_queryset(self):
        """Return the reviews of the book that the address names."""
        self.book = get_object_or_404(Book, pk=self.kwargs["pk"])
        return self.book.reviews.select_related("reviewer")

    def get_context_data(self, **kwargs):
        """Return what the template is given: Django's own names, and the book."""
        return super().get_context_data(book=self.book, **kwargs)
### END SOLUTION
