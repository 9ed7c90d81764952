"""Creates what the pages show. Run by `manage.py shell`; prints what the tests have to know."""

import json
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from library.models import Author, Book, Loan
from reviews.models import Review

# A browser breaks a line at a space only, unless the style sheet says otherwise.
LONG = "W" * 200

User = get_user_model()
users = {
    "reader": User.objects.create_user(LONG[:150]),
    "ada": User.objects.create_user("ada"),
    "librarian": User.objects.create_user("librarian"),
    "admin": User.objects.create_superuser("admin"),
}
models = ("author", "book", "loan", "review")
users["librarian"].user_permissions.set(Permission.objects.filter(content_type__model__in=models))

*seeded, borrowed, overdue, foreign, history = Book.objects.order_by("title")[:30]
long = Book.objects.create(title=LONG, subtitle=LONG, isbn="9780134685991")
long.authors.set([Author.objects.create(name=LONG), *borrowed.authors.all()])
hebrew = Book.objects.create(title="מסע אל תוך הלילה", isbn="9783161484100")
hebrew.authors.set([Author.objects.create(name="דנה לוי")])

now = timezone.now()
for book, user, days, returned in (
    (borrowed, "reader", 1, False),
    (overdue, "reader", 60, False),
    (long, "reader", 90, True),
    (history, "ada", 90, True),
    (foreign, "ada", 3, False),
):
    Loan.objects.create(
        book=book,
        borrower=users[user],
        borrowed_at=now - timedelta(days=days),
        due=(now + timedelta(days=28 - days)).date(),
        returned_at=now if returned else None,
    )
# Two pages of history.
for _ in range(60):
    Loan.objects.create(book=history, borrower=users["reader"], borrowed_at=now, returned_at=now)
for book, user, rating, text in (
    (long, "reader", 1, LONG),
    (long, "ada", 5, "A book that one can read again and again.\n\nAnd again."),
    (hebrew, "ada", 4, "ספר נפלא"),
    (borrowed, "ada", 3, ""),
):
    Review.objects.create(book=book, reviewer=users[user], rating=rating, text=text)


def session(user):
    """Return the session cookie of a browser in which `user` has logged in."""
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


ids = {
    "available": seeded[0].pk,
    "borrowed": borrowed.pk,
    "overdue": overdue.pk,
    "foreign": foreign.pk,
    "long": long.pk,
    "hebrew": hebrew.pk,
    "author": seeded[0].authors.first().pk,
    "long_author": long.authors.get(name=LONG).pk,
}
sessions = {name: session(user) for name, user in users.items()}
print(json.dumps({"ids": ids, "sessions": sessions, "title": seeded[0].title}))
