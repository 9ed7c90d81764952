from django.contrib import admin

from library.models import Author, Book, Loan


class SearchAdmin(admin.ModelAdmin):
    """An admin with the search of the website, also for autocomplete fields."""

    search_fields = ["search_text"]
    # Do not count all rows on each page.
    show_full_result_count = False

    def get_search_results(self, request, queryset, search_term):
        return queryset.search(search_term), False


@admin.register(Author)
class AuthorAdmin(SearchAdmin):
    """Authors, found by their names."""


@admin.register(Book)
class BookAdmin(SearchAdmin):
    autocomplete_fields = ["authors"]
    list_display = ["title", "subtitle", "isbn", "publication_date"]
    list_filter = ["publication_date"]


@admin.register(Loan)
class LoanAdmin(admin.ModelAdmin):
    autocomplete_fields = ["book", "borrower"]
    list_display = ["book", "borrower", "borrowed_at", "due", "returned_at"]
    list_select_related = ["book", "borrower"]
