"""Step 5: the model, its migration, and the admin."""

from pathlib import Path

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from grading import Fault, describe


def check_fields(Review, review, book, user):  # noqa: N803
    """A review has book, reviewer, rating, text (which may be empty) and created_at."""
    names = {field.name for field in Review._meta.fields}
    missing = {"book", "reviewer", "rating", "text", "created_at"} - names
    assert not missing, f"the model has no field {', '.join(sorted(missing))}"
    emma, ann = book(), user("ann")
    made = Review(book=emma, reviewer=ann, rating=4, text="")
    made.full_clean()
    made.save()
    assert made.created_at, "created_at is empty after a review is saved"
    related = getattr(emma, "reviews", None)
    assert related, "book.reviews does not exist: ForeignKey has an argument for this name"
    assert list(related.all()) == [made], "book.reviews does not return the reviews"
    try:
        emma.delete()
    except ProtectedError:
        raise AssertionError("a book with reviews cannot be deleted") from None
    assert not Review.objects.exists(), "deleting a book does not delete its reviews"


def check_rating_from_1_to_5(Review, book, user):  # noqa: N803
    """full_clean() accepts the ratings 1 to 5 and rejects 0 and 6."""
    emma, ann = book(), user("ann")
    for rating in range(1, 6):
        Review(book=emma, reviewer=ann, rating=rating, text="Witty.").full_clean()
    for rating in (0, 6):
        try:
            Review(book=emma, reviewer=ann, rating=rating, text="Witty.").full_clean()
        except ValidationError:
            continue
        raise Fault("any_rating", f"{rating} is accepted")


def check_one_review_each(review, book, user):
    """The database rejects a second review of a book by the same reader, but no other review."""
    emma, ann = book(), user("ann")
    review(book=emma, reviewer=ann)
    review(book=emma)
    review(book=book("Persuasion"), reviewer=ann)
    try:
        with transaction.atomic():
            review(book=emma, reviewer=ann)
    except IntegrityError:
        return
    raise Fault("reviews_twice", "the second review is saved")


def check_newest_first(Review, review):  # noqa: N803
    """Review.objects.all() returns the newest review first."""
    made = [review() for _ in range(3)]
    found = list(Review.objects.all())
    assert found == made[::-1], (
        "the oldest comes first" if found == made else "the order is different"
    )


def check_migration(Review, settings):  # noqa: N803
    """A migration creates the table, and python manage.py makemigrations finds no changes."""
    # The other checks run without migrations, so that a missing one costs only this check.
    settings.MIGRATION_MODULES = {}
    folder = Path(settings.BASE_DIR, "reviews/migrations")
    assert list(folder.glob("[0-9a-zA-Z]*.py")), "there is no migration in reviews/migrations/"
    try:
        call_command("makemigrations", "reviews", check=True, dry_run=True, verbosity=0)
    except SystemExit:
        raise AssertionError("the model has changes that no migration contains") from None


def check_admin(Review, review, admin_client):  # noqa: N803
    """The admin lists the reviews with book, reviewer and rating, and can add a review."""
    assert admin.site.is_registered(Review), "the model is not registered in the admin"
    review(rating=3)
    url = f"/admin/reviews/{Review._meta.model_name}/"
    page = admin_client.get(url).content.decode()
    missing = [name for name in ("book", "reviewer", "rating") if f"field-{name}" not in page]
    assert not missing, f"the list has no column {', '.join(missing)}"
    response = admin_client.get(f"{url}add/")
    assert response.status_code == 200, describe(response)
