from django.urls import path

from reviews.views import BookReviewsView

urlpatterns = [
    path("books/<int:pk>/reviews/", BookReviewsView.as_view(), name="book_reviews"),
]
