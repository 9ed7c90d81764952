"""The website: each view picks what a page shows; the page itself is a template."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView

from library.forms import SearchForm
from library.models import Author, Book


class BoundedPaginator(Paginator):
    """Numbered pages, of the first 10,000 rows.

    Nobody leafs through more; and to count further, or to skip what stands
    before a page, the database would read the more, the more there is.
    """

    limit = 10_000

    @cached_property
    def count(self):
        """Return how many rows there are, up to the limit."""
        return self.object_list.order_by()[: self.limit].count()

    @property
    def is_full(self):
        """Return whether there may be more rows than the limit."""
        return self.count == self.limit


class BookListView(ListView):
    """The books, twenty a page; ``?q=`` keeps those that match each word of it."""

    queryset = Book.objects.prefetch_related("authors")
    paginate_by = 20
    paginator_class = BoundedPaginator

    def get_queryset(self):
        """Return the books that the search form asks for."""
        self.form = SearchForm(self.request.GET)
        books = super().get_queryset()
        return books.search(self.form.cleaned_data["q"]) if self.form.is_valid() else books.none()

    def get_context_data(self, **kwargs):
        """Return what the template is given: Django's own names, and the form."""
        return super().get_context_data(form=self.form, **kwargs)


class BookDetailView(DetailView):
    """One book."""

    queryset = Book.objects.prefetch_related("authors")


class AuthorDetailView(DetailView):
    """One author, with the books."""

    queryset = Author.objects.prefetch_related("books")
