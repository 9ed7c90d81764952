"""What the tests of several files do."""

from library.models import Book
from reviews.models import Review

REVIEWS = "/api/v1/reviews/"


def new_user(django_user_model, name, **fields):
    return django_user_model.objects.create_user(username=name, **fields)


def new_book(number=0, title="Emma"):
    return Book.objects.create(title=title, isbn=f"{9780000000000 + number}")


def new_review(book, reviewer, rating=4, text=""):
    return Review.objects.create(book=book, reviewer=reviewer, rating=rating, text=text)


def body_for(book, **fields):
    return {"book": f"http://testserver/api/v1/books/{book.pk}/", "rating": 5} | fields


def send(client, method, address, body=None):
    return getattr(client, method)(address, body or {}, content_type="application/json")
