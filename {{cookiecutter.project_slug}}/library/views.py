"""The website: https://docs.djangoproject.com/en/stable/topics/class-based-views/"""

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import RedirectURLMixin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import date_format
from django.views.generic import DetailView, ListView, View
from django.views.generic.detail import SingleObjectMixin

from library.forms import SearchForm
from library.models import Author, Book, Loan, LoanError
from website.pagination import BoundedPaginator


class BookListView(ListView):
    """The books, or with ``?q=`` those that match."""

    model = Book
    paginate_by = 20
    paginator_class = BoundedPaginator

    def get_queryset(self):
        self.form = SearchForm(self.request.GET)
        if not self.form.is_valid():
            return Book.objects.none()
        return Book.objects.for_pages().search(self.form.cleaned_data["q"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(form=self.form, **kwargs)


class BookDetailView(DetailView):
    """A book, and its active loan."""

    def get_queryset(self):
        return Book.objects.for_pages()

    def get_context_data(self, **kwargs):
        loan = self.object.loans.active().first()
        can_return = loan and loan.can_be_returned_by(self.request.user)
        return super().get_context_data(loan=loan, can_return=can_return, **kwargs)


class AuthorDetailView(ListView):
    """An author, and the books."""

    template_name = "library/author_detail.html"
    paginate_by = 20
    paginator_class = BoundedPaginator

    def get_queryset(self):
        self.author = get_object_or_404(Author, pk=self.kwargs["pk"])
        return self.author.books.for_pages()

    def get_context_data(self, **kwargs):
        return super().get_context_data(author=self.author, **kwargs)


class BookActionView(LoginRequiredMixin, RedirectURLMixin, SingleObjectMixin, View):
    """Calls `act(book)` in response to POST, and redirects to `next`, or to the book.

    Subclasses implement `act()`, which returns the message that the user sees.
    """

    model = Book

    def get(self, request, **kwargs):
        # The login page redirects here: show the book, so that users press the button again.
        return redirect(self.get_object())

    def post(self, request, **kwargs):
        book = self.get_object()
        try:
            messages.success(request, self.act(book))
        except (LoanError, PermissionDenied) as error:
            messages.error(request, f"{book}: {error}")
        return redirect(self.get_redirect_url() or book)


class BorrowView(BookActionView):
    """Lends the book to the user."""

    def act(self, book):
        loan = book.borrow(self.request.user)
        return f"You have borrowed “{book}”. Return it by {date_format(loan.due)}."


class ReturnView(BookActionView):
    """Returns the book, for its borrower or for a librarian."""

    def act(self, book):
        book.return_from(self.request.user)
        return f"“{book}” has been returned. Thank you."


class LoanListView(LoginRequiredMixin, ListView):
    """The user's loans: first the active ones, by their due day, then the history."""

    paginate_by = 20
    paginator_class = BoundedPaginator

    def get_queryset(self):
        loans = Loan.objects.filter(borrower=self.request.user).select_related("book")
        return loans.order_by(F("returned_at").desc(nulls_first=True), "due", "-pk")
