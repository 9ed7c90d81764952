from django.urls import path

from reviews.views import OpinionsOfBook

urlpatterns = [
    path("books/<int:pk>/reviews/", OpinionsOfBook.as_view(), name="book_reviews"),
]
