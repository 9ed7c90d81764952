"""What the admin shows of the reviews.

https://docs.djangoproject.com/en/stable/ref/contrib/admin/
"""

from django.contrib import admin

from reviews.models import Review


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    """The reviews."""

    list_display = ["book", "reviewer", "rating"]
    autocomplete_fields = ["book", "reviewer"]
