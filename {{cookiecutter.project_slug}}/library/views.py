"""The website: each view picks what a page shows; the page itself is a template."""

from django.views.generic import DetailView, ListView

from library.forms import SearchForm
from library.models import Author, Book


class BookListView(ListView):
    """The books, twenty a page; ``?q=`` keeps those that match each word of it."""

    queryset = Book.objects.prefetch_related("authors")
    paginate_by = 20

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
