"""The permission table of the library: the status code for each method, URL and role."""

from django.contrib.auth.models import Group
from model_bakery import baker

from library.isbn import check_digit
from library.models import Author, Book, Loan

ROLES = ["anonymous", "reader", "borrower", "librarian", "superuser"]

# The book {book} is available; the borrower has an active loan, {loan}, of the book {lent}.
# fmt: off
ROWS = [
    # method   URL                       anonymous reader borrower librarian superuser
    ("get",    "/api/v1/books/",                    200,  200,  200,  200,  200),
    ("post",   "/api/v1/books/",                    401,  403,  403,  201,  201),
    ("get",    "/api/v1/books/{book}/",             200,  200,  200,  200,  200),
    ("put",    "/api/v1/books/{book}/",             401,  403,  403,  200,  200),
    ("patch",  "/api/v1/books/{book}/",             401,  403,  403,  200,  200),
    ("delete", "/api/v1/books/{book}/",             401,  403,  403,  204,  204),
    ("delete", "/api/v1/books/{lent}/",             401,  403,  403,  409,  409),
    ("post",   "/api/v1/books/{book}/borrow/",      401,  201,  201,  201,  201),
    ("post",   "/api/v1/books/{lent}/borrow/",      401,  409,  409,  409,  409),
    ("post",   "/api/v1/books/{book}/return/",      401,  409,  409,  409,  409),
    ("post",   "/api/v1/books/{lent}/return/",      401,  403,  200,  200,  200),
    ("get",    "/api/v1/authors/",                  200,  200,  200,  200,  200),
    ("post",   "/api/v1/authors/",                  401,  403,  403,  201,  201),
    ("get",    "/api/v1/authors/{author}/",         200,  200,  200,  200,  200),
    ("put",    "/api/v1/authors/{author}/",         401,  403,  403,  200,  200),
    ("patch",  "/api/v1/authors/{author}/",         401,  403,  403,  200,  200),
    ("delete", "/api/v1/authors/{author}/",         401,  403,  403,  204,  204),
    ("get",    "/api/v1/loans/",                    401,  200,  200,  200,  200),
    ("get",    "/api/v1/loans/{loan}/",             401,  404,  200,  200,  200),
]
# fmt: on


def create_users():
    """Return a dictionary of roles to users, for the roles that only this table has."""
    librarian = baker.make("accounts.User", username="librarian")
    librarian.groups.add(Group.objects.get(name="Librarians"))
    return {
        "reader": baker.make("accounts.User", username="reader"),
        "borrower": baker.make("accounts.User", username="borrower"),
        "librarian": librarian,
    }


def create_objects(users):
    """Create the objects of the URLs; return their primary keys by name, and a request body."""
    numbers = [f"978{Book.objects.count() + index:09d}" for index in range(2)]
    author = baker.make(Author)
    book, lent = (
        baker.make(Book, isbn=f"{number}{check_digit(number)}", authors=[author])
        for number in numbers
    )
    loan = Loan.objects.create(book=lent, borrower=users["borrower"])
    body = {
        "name": "Jane Austen",
        "title": "Emma",
        "authors": [f"http://testserver/api/v1/authors/{author.pk}/"],
        "isbn": "9780134685991",
    }
    keys = {"author": author.pk, "book": book.pk, "lent": lent.pk, "loan": loan.pk}
    return keys, body
