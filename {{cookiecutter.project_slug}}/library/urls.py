from django.urls import path

from library import views

urlpatterns = [
    path("", views.BookListView.as_view(), name="home"),
    path("books/<int:pk>/", views.BookDetailView.as_view(), name="book_detail"),
    path("books/<int:pk>/borrow/", views.BorrowView.as_view(), name="book_borrow"),
    path("books/<int:pk>/return/", views.ReturnView.as_view(), name="book_return"),
    path("authors/<int:pk>/", views.AuthorDetailView.as_view(), name="author_detail"),
    path("loans/", views.LoanListView.as_view(), name="loan_list"),
]
