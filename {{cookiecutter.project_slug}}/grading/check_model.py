"""Step 5: the model, its migration, and the admin."""

from pathlib import Path

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from grading import Fault, answer


def check_fields(Review, review, book, user):  # noqa: N803
    """A review has a book, a reviewer, a rating, a text that may be empty, and created_at."""
    names = {field.name for field in Review._meta.fields}
    missing = {"book", "reviewer", "rating", "text", "created_at"} - names
    assert not missing, f"{', '.join(sorted(missing))}: not there"
    emma, ann = book(), user("ann")
    made = Review(book=emma, reviewer=ann, rating=4, text="")
    made.full_clean()
    made.save()
    assert made.created_at, "created_at stays empty when a review is saved"
    related = getattr(emma, "reviews", None)
    assert related, "book.reviews does not exist: a ForeignKey has an argument for that name"
    assert list(related.all()) == [made], "book.reviews does not lead to the reviews"
    try:
        emma.delete()
    except ProtectedError:
        raise AssertionError("a book that has reviews cannot be deleted") from None
    assert not Review.objects.exists(), "a deleted book leaves its reviews behind"


def check_rating_from_1_to_5(Review, book, user):  # noqa: N803
    """full_clean() takes the ratings 1 to 5, and refuses 0 and 6."""
    emma, ann = book(), user("ann")
    for rating in range(1, 6):
        Review(book=emma, reviewer=ann, rating=rating, text="Witty.").full_clean()
    for rating in (0, 6):
        try:
            Review(book=emma, reviewer=ann, rating=rating, text="Witty.").full_clean()
        except ValidationError:
            continue
        raise Fault("any_rating", f"{rating} is taken")


def check_one_review_each(review, book, user):
    """The database refuses a second review of a book by the same reader, and takes others'."""
    emma, ann = book(), user("ann")
    review(book=emma, reviewer=ann)
    review(book=emma)
    review(book=book("Persuasion"), reviewer=ann)
    try:
        with transaction.atomic():
            review(book=emma, reviewer=ann)
    except IntegrityError:
        return
    raise Fault("reviews_twice", "the second review was saved")


def check_newest_first(Review, review):  # noqa: N803
    """Review.objects.all() begins with the newest review."""
    made = [review() for _ in range(3)]
    found = list(Review.objects.all())
    assert found == made[::-1], "another order" if found != made else "the oldest comes first"


def check_migration(Review, settings):  # noqa: N803
    """A migration makes the table, and python manage.py makemigrations finds nothing to do."""
    # The other checks do without migrations, so that one that is missing costs this one alone.
    settings.MIGRATION_MODULES = {}
    folder = Path(settings.BASE_DIR, "reviews/migrations")
    assert list(folder.glob("[0-9a-zA-Z]*.py")), "there is no migration in reviews/migrations/"
    try:
        call_command("makemigrations", "reviews", check=True, dry_run=True, verbosity=0)
    except SystemExit:
        raise AssertionError("the model and the migrations differ") from None


def check_admin(Review, review, admin_client):  # noqa: N803
    """The admin lists the reviews with book, reviewer and rating, and has a form for a new one."""
    assert admin.site.is_registered(Review), "the model is not registered"
    review(rating=3)
    address = f"/admin/reviews/{Review._meta.model_name}/"
    page = admin_client.get(address).content.decode()
    missing = [name for name in ("book", "reviewer", "rating") if f"field-{name}" not in page]
    assert not missing, f"the list has no column {', '.join(missing)}"
    response = admin_client.get(f"{address}add/")
    assert response.status_code == 200, answer(response)
