"""The website: https://docs.djangoproject.com/en/stable/topics/class-based-views/"""

from django.views.generic import DetailView, ListView

from library.forms import SearchForm
from library.models import Author, Book
from website.pagination import BoundedPaginator


class BookListView(ListView):
    """The books, or with ``?q=`` those that match."""

    queryset = Book.objects.prefetch_related("authors")
    paginate_by = 20
    paginator_class = BoundedPaginator

    def get_queryset(self):
        self.form = SearchForm(self.request.GET)
        books = super().get_queryset()
        return books.search(self.form.cleaned_data["q"]) if self.form.is_valid() else books.none()

    def get_context_data(self, **kwargs):
        return super().get_context_data(form=self.form, **kwargs)


class BookDetailView(DetailView):
    """A book."""

    queryset = Book.objects.prefetch_related("authors")


class AuthorDetailView(DetailView):
    """An author, with the books."""

    queryset = Author.objects.prefetch_related("books")
