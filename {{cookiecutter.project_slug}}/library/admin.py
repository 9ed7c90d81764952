from django.contrib import admin

from library.models import Author, Book, Loan


class SearchAdmin(admin.ModelAdmin):
    """A list with the search of the website, which also serves autocomplete fields."""

    search_fields = ["search_text"]
    # The total of all rows would be counted on each page.
    show_full_result_count = False

    def get_search_results(self, request, queryset, search_term):
        """Return the rows that match, and that none of them comes twice."""
        return queryset.search(search_term), False


@admin.register(Author)
class AuthorAdmin(SearchAdmin):
    """Authors, found by name."""


@admin.register(Book)
class BookAdmin(SearchAdmin):
    """Books, with their authors picked by typing a part of the name."""

    autocomplete_fields = ["authors"]
    list_display = ["title", "subtitle", "isbn", "publication_date"]
    list_filter = ["publication_date"]


@admin.register(Loan)
class LoanAdmin(admin.ModelAdmin):
    """Loans, of books and to borrowers that are found by typing."""

    autocomplete_fields = ["book", "borrower"]
    list_display = ["book", "borrower", "borrowed_at", "due", "returned_at"]
    list_select_related = ["book", "borrower"]
