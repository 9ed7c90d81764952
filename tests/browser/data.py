"""Creates what the pages show. `manage.py shell` runs it; it prints what the tests need."""

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
users = {name: User.objects.create_user(name) for name in ("ada", "alan", "grace", "librarian")}
users["reader"] = User.objects.create_user(LONG[:150])
users["admin"] = User.objects.create_superuser("admin")
models = ("author", "book", "loan", "review")
users["librarian"].user_permissions.set(Permission.objects.filter(content_type__model__in=models))

available, reviewed, *others, borrowed, foreign = Book.objects.order_by("title")[:20]
long = Book.objects.create(title=LONG, subtitle=LONG, isbn="9780134685991")
long.authors.set([Author.objects.create(name=LONG), *borrowed.authors.all()])
hebrew = Book.objects.create(title="מסע אל תוך הלילה", isbn="9783161484100")
hebrew.authors.set([Author.objects.create(name="דנה לוי")])

now = timezone.now()


def lend(book, user, days, returned=None):
    """Lend the book to the user, `days` days ago."""
    start = now - timedelta(days=days)
    due = (start + timedelta(days=28)).date()
    Loan.objects.create(
        book=book, borrower=users[user], borrowed_at=start, due=due, returned_at=returned
    )


lend(borrowed, "reader", 1)
lend(long, "reader", 60)
# Two pages of history.
for number in range(60):
    lend(borrowed, "reader", 100 + number, returned=now)
for number, book in enumerate([foreign, *others[:3]]):
    lend(book, "ada", 2 + 9 * number)
for number, book in enumerate(others[6:9]):
    lend(book, "ada", 50 + 9 * number, returned=now - timedelta(days=30))

texts = (
    "I read it in two evenings, and began again with the first page.",
    "The second part is slower than the first. Stay with it: the end is worth it.",
    "A good book for a long journey.",
)
for number, book in enumerate([reviewed, *others]):
    for reviewer, text in zip(("alan", "grace", "ada")[number % 3 :], texts, strict=False):
        rating = 5 - (len(text) + number) % 3
        Review.objects.create(book=book, reviewer=users[reviewer], rating=rating, text=text)
Review.objects.create(book=long, reviewer=users["reader"], rating=1, text=LONG)
Review.objects.create(book=long, reviewer=users["ada"], rating=5, text="Yes.\n\nRead it.")
Review.objects.create(book=hebrew, reviewer=users["ada"], rating=4, text="ספר נפלא")


def session(user):
    """Return the session cookie of a browser in which `user` has logged in."""
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


ids = {
    "available": available.pk,
    "reviewed": reviewed.pk,
    "borrowed": borrowed.pk,
    "foreign": foreign.pk,
    "long": long.pk,
    "hebrew": hebrew.pk,
    "author": reviewed.authors.first().pk,
    "long_author": long.authors.get(name=LONG).pk,
}
sessions = {name: session(user) for name, user in users.items()}
print(json.dumps({"ids": ids, "sessions": sessions, "title": available.title}))
