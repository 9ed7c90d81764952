from django.urls import path

from reviews import views

urlpatterns = [
    path("books/<int:pk>/reviews/", views.book_reviews, name="book_reviews"),
]
