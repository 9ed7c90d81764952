"""Views: https://docs.djangoproject.com/en/stable/topics/class-based-views/"""

### BEGIN TASK 6
# STEP 6. Write the view for the URL /books/<id>/reviews/. It shows the reviews of this
# book, the newest first, and returns 404 if there is no such book. Write a class or a
# function. The number of queries is the same for a hundred reviews as for one.
### BEGIN SOLUTION
from django.shortcuts import get_object_or_404
from django.views.generic import ListView

from library.models import Book


class BookReviewsView(ListView):
    """The reviews of a book."""

    template_name = "reviews/book_reviews.html"
    paginate_by = 20

    def get_queryset(self):
        self.book = get_object_or_404(Book, pk=self.kwargs["pk"])
        return self.book.reviews.select_related("reviewer")

    def get_context_data(self, **kwargs):
        return super().get_context_data(book=self.book, **kwargs)
### END SOLUTION
