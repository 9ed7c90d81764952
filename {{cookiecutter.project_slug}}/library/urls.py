from django.urls import path

from library import views

urlpatterns = [
    path("", views.BookListView.as_view(), name="home"),
    path("books/<int:pk>/", views.BookDetailView.as_view(), name="book_detail"),
    path("authors/<int:pk>/", views.AuthorDetailView.as_view(), name="author_detail"),
]
