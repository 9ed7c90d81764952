from django.contrib import admin

from library.models import Author, Book


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    """Authors, found by name; the search also serves the book's autocomplete."""

    search_fields = ["name"]


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    """Books, with their authors picked by typing a part of the name."""

    autocomplete_fields = ["authors"]
    list_display = ["title", "subtitle", "isbn", "publication_date"]
    list_filter = ["publication_date"]
    search_fields = ["title", "subtitle", "isbn", "authors__name"]
