### BEGIN TASK 6
# STEP 6. Route books/<int:pk>/reviews/ to your view, with the name "book_reviews".
# library/urls.py shows how.
urlpatterns = []
### BEGIN SOLUTION
from django.urls import path

from reviews.views import BookReviewsView

urlpatterns = [
    path("books/<int:pk>/reviews/", BookReviewsView.as_view(), name="book_reviews"),
]
### END SOLUTION
