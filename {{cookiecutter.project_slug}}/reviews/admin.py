"""The admin: https://docs.djangoproject.com/en/stable/ref/contrib/admin/"""

### BEGIN TASK 5
# STEP 5. Register the model with the admin. Its list shows the book, the reviewer and the rating.
# library/admin.py is an example: autocomplete fields avoid a menu of all books.
### BEGIN SOLUTION
from django.contrib import admin

from reviews.models import Review


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    autocomplete_fields = ["book", "reviewer"]
    list_display = ["book", "reviewer", "rating", "created_at"]
    list_filter = ["rating"]
    list_select_related = ["book", "reviewer"]
### END SOLUTION
