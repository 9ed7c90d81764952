"""Views: https://docs.djangoproject.com/en/stable/topics/class-based-views/"""

### BEGIN TASK 11
### BEGIN SOLUTION
from django.contrib import messages
from django.contrib.auth.decorators import login_required
### END SOLUTION
### BEGIN TASK 6
# STEP 6. Write the view for the URL /books/<id>/reviews/. It shows the reviews of this
# book, the newest first, and returns 404 if there is no such book. Write a class or a
# function. The number of queries is the same for a hundred reviews as for one.
### BEGIN SOLUTION
from django.shortcuts import get_object_or_404, redirect
### END SOLUTION
### BEGIN TASK 11
### BEGIN SOLUTION
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
### END SOLUTION
### BEGIN TASK 6
### BEGIN SOLUTION
from django.views.generic import ListView

from library.models import Book
### END SOLUTION
### BEGIN TASK 11
### BEGIN SOLUTION
from reviews.forms import ReviewForm
from reviews.models import Review
### END SOLUTION
### BEGIN TASK 6
### BEGIN SOLUTION


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
### BEGIN TASK 11
# STEP 11. A bonus: On the same page, authenticated users write their review of the book,
# change it and delete it. Write the form in reviews/forms.py, show it in the template,
# and respond to POST here. Anonymous users are told to log in.
### BEGIN SOLUTION

    @cached_property
    def form(self):
        """The form of the user's own review: a new one, or what the user wrote before."""
        own = {"book": self.book, "reviewer": self.request.user}
        review = Review.objects.filter(**own).first() or Review(**own)
        return ReviewForm(self.request.POST or None, instance=review)

    @method_decorator(login_required)
    def post(self, request, **kwargs):
        """Save the user's review, or delete it if the button `delete` was used."""
        self.object_list = self.get_queryset()
        own = {"book": self.book, "reviewer": request.user}
        if "delete" in request.POST:
            Review.objects.filter(**own).delete()
            messages.success(request, "Your review has been deleted.")
        elif self.form.is_valid():
            # A form that is sent twice at the same moment changes the first review.
            Review.objects.update_or_create(**own, defaults=self.form.cleaned_data)
            messages.success(request, "Your review has been saved.")
        else:
            return self.render_to_response(self.get_context_data())
        return redirect(request.path)
### END SOLUTION
