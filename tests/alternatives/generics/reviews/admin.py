"""What the admin shows of the reviews.

https://docs.djangoproject.com/en/stable/ref/contrib/admin/
"""

from django.contrib import admin

from reviews.models import Review


@admin.register(Review)
class OpinionAdmin(admin.ModelAdmin):
    """Reviews, with their book and their reviewer found by typing."""

    autocomplete_fields = ["book", "reviewer"]
    list_display = ["book", "reviewer", "rating"]
    list_select_related = ["book", "reviewer"]
