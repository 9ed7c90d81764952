from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from model_bakery import baker

from library.isbn import check_digit, normalize_isbn
from library.models import Author, Book, Loan
from library.signals import create_librarians


@pytest.mark.parametrize("typed", ["978-0-13-468599-1", " 978 0 13 468599 1 ", "9780134685991"])
def test_isbn_is_stored_as_13_digits_with_or_without_hyphens_and_spaces(db, typed):
    book = Book(title="Clean Architecture", isbn=typed)
    book.full_clean()
    book.save()
    assert Book.objects.values_list("isbn", flat=True).get(isbn=typed) == "9780134685991"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("978-0-13-468599-X", "has digits, hyphens and spaces only"),
        ("٩٧٨٠١٣٤٦٨٥٩٩١", "has digits, hyphens and spaces only"),
        ("0-13-468599-7", "has 13 digits; this one has 10"),
        ("97801346859911", "has 13 digits; this one has 14"),
        ("1230134685991", "starts with 978 or 979"),
        ("978-0-13-468599-2", "it should be 1"),
        ("978-0-31-468599-1", "The check digit is wrong"),
    ],
)
def test_an_invalid_isbn_is_an_error_that_names_the_problem(db, typed, message):
    with pytest.raises(ValidationError) as error:
        Book(title="Clean Architecture", isbn=typed).full_clean()
    assert message in str(error.value.message_dict["isbn"])


def test_check_digit_of_published_isbns():
    assert [check_digit(isbn[:12]) for isbn in ("9780134685991", "9780306406157")] == [1, 7]


def test_a_missing_isbn_stays_none():
    assert Book._meta.get_field("isbn").to_python(None) is None


def test_normalize_removes_typographic_hyphens():
    assert normalize_isbn("978\u20110\u20131") == "97801"


def test_isbn_is_unique_in_the_database(make_book):
    make_book(isbn="9780134685991")
    with pytest.raises(IntegrityError):
        make_book(isbn="978-0-13-468599-1")


def test_books_with_the_same_title_are_ordered_by_primary_key(make_book):
    books = [make_book(title="Poems") for _ in range(3)]
    assert list(Book.objects.all()) == books


def test_authors_are_ordered_by_name(db):
    for name in ("Woolf", "Achebe"):
        baker.make(Author, name=name)
    assert [str(author) for author in Author.objects.all()] == ["Achebe", "Woolf"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dispossessed", True),
        ("AMBIGUOUS utopia", True),
        ("le guin dispossessed", True),
        ("978-0-06-051275-0", True),
        ("9780134685991", False),
        ("guin earthsea", False),
        ("possess", True),
        ("Úrsula", True),
        ("an", True),
        ("am", False),
        ("utopia, guin!", True),
        ("-", False),
        ("", True),
    ],
)
def test_search_covers_title_subtitle_author_and_isbn(make_book, text, found):
    book = make_book(title="The Dispossessed", subtitle="An Ambiguous Utopia", isbn="9780060512750")
    assert list(Book.objects.search(text)) == ([book] if found else [])


def test_search_is_up_to_date_after_every_change(make_book):
    author, other = (baker.make(Author, name=name) for name in ("Ann Smith", "Bob Brown"))
    book = make_book(title="Emma", authors=[author])

    def found(text):
        return Book.objects.search(text).exists()

    author.name = "Ann Miller"
    author.save()
    assert (found("miller"), found("smith")) == (True, False)
    other.books.add(book)
    assert found("brown miller emma")
    other.books.clear()
    assert not found("brown")
    author.books.remove(book)
    assert not found("miller")
    book.authors.set([other])
    book.title = "Persuasion"
    book.save()
    assert (found("persuasion brown"), found("emma")) == (True, False)
    other.delete()
    assert (found("persuasion"), found("brown")) == (True, False)
    author.books.add(book)
    Author.objects.filter(pk=author.pk).delete()
    assert (found("persuasion"), found("miller")) == (True, False)


def test_the_migration_makes_existing_rows_searchable(make_book):
    book = make_book(title="Emma")
    Book.objects.update(search_text="")
    Author.objects.update(search_text="")
    migration = import_module("library.migrations.0003_search_index")
    migration.fill_search_text(apps, None)
    assert list(Book.objects.search("emma guin")) == [book]
    assert Author.objects.search("guin").exists()


def test_search_uses_an_index_on_postgresql(make_book):
    make_book()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "book_search" in Book.objects.search("le guin").order_by().explain()


def test_search_shows_a_book_once_when_two_authors_match(make_book):
    authors = [baker.make(Author, name=name) for name in ("Ann Smith", "Bob Smith")]
    make_book(authors=authors)
    assert Book.objects.search("smith").count() == 1


def test_a_book_has_its_title_as_string_and_a_url(make_book):
    book = make_book(title="Emma")
    assert str(book) == "Emma"
    assert book.get_absolute_url() == f"/books/{book.pk}/"


def test_a_book_has_one_active_loan_at_a_time(make_book, users):
    first = Loan.objects.create(book=make_book(title="Emma"), borrower=users["reader"])
    assert str(first) == "Emma to reader"
    assert (first.due - first.borrowed_at.date()).days == 28
    with pytest.raises(IntegrityError), transaction.atomic():
        Loan.objects.create(book=first.book, borrower=users["librarian"])
    first.returned_at = timezone.now()
    first.save()
    Loan.objects.create(book=first.book, borrower=users["librarian"])


def test_a_book_is_not_returned_before_it_was_borrowed(make_book, users):
    yesterday = timezone.now() - timedelta(days=1)
    with pytest.raises(IntegrityError):
        Loan.objects.create(book=make_book(), borrower=users["reader"], returned_at=yesterday)


def test_the_group_of_librarians_is_created_once_and_not_changed_later(db):
    librarians = Group.objects.get(name="Librarians")
    assert librarians.permissions.count() == 12
    librarians.permissions.clear()
    call_command("migrate", verbosity=0)
    assert librarians.permissions.count() == 0


def test_no_group_of_librarians_without_django_contrib_auth(db):
    class NoApps:
        def get_model(self, *names):
            raise LookupError

    Group.objects.all().delete()
    create_librarians(apps.get_app_config("library"), NoApps())
    assert not Group.objects.exists()
