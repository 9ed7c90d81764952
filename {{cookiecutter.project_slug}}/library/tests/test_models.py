import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from model_bakery import baker

from library.isbn import check_digit, normalize_isbn
from library.models import Author, Book


@pytest.mark.parametrize("typed", ["978-0-13-468599-1", " 978 0 13 468599 1 ", "9780134685991"])
def test_isbn_is_stored_as_13_digits_however_it_is_typed(db, typed):
    book = Book(title="Clean Architecture", isbn=typed)
    book.full_clean()
    book.save()
    assert Book.objects.values_list("isbn", flat=True).get(isbn=typed) == "9780134685991"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("978-0-13-468599-X", "is made of digits, hyphens and blanks only"),
        ("٩٧٨٠١٣٤٦٨٥٩٩١", "is made of digits, hyphens and blanks only"),
        ("0-13-468599-7", "has 13 digits; this one has 10"),
        ("97801346859911", "has 13 digits; this one has 14"),
        ("1230134685991", "begins with 978 or 979"),
        ("978-0-13-468599-2", "the last one should be 1"),
        ("978-0-31-468599-1", "The check digit does not fit"),
    ],
)
def test_a_wrong_isbn_is_refused_with_what_is_wrong(db, typed, sentence):
    with pytest.raises(ValidationError) as refusal:
        Book(title="Clean Architecture", isbn=typed).full_clean()
    assert sentence in str(refusal.value.message_dict["isbn"])


def test_check_digit_of_numbers_printed_on_books():
    assert [check_digit(isbn[:12]) for isbn in ("9780134685991", "9780306406157")] == [1, 7]


def test_no_isbn_stays_none():
    assert Book._meta.get_field("isbn").to_python(None) is None


def test_normalize_removes_typographic_hyphens():
    assert normalize_isbn("978\u20110\u20131") == "97801"


def test_isbn_is_unique_in_the_database(make_book):
    make_book(isbn="9780134685991")
    with pytest.raises(IntegrityError):
        make_book(isbn="978-0-13-468599-1")


def test_books_with_the_same_title_keep_one_order(make_book):
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
        ("-", False),
        ("", True),
    ],
)
def test_search_looks_at_title_subtitle_author_and_isbn(make_book, text, found):
    book = make_book(title="The Dispossessed", subtitle="An Ambiguous Utopia", isbn="9780060512750")
    assert list(Book.objects.search(text)) == ([book] if found else [])


def test_search_shows_a_book_once_when_two_authors_match(make_book):
    authors = [baker.make(Author, name=name) for name in ("Ann Smith", "Bob Smith")]
    make_book(authors=authors)
    assert Book.objects.search("smith").count() == 1


def test_models_name_themselves(make_book):
    book = make_book(title="Emma")
    assert str(book) == "Emma"
    assert book.get_absolute_url() == f"/books/{book.pk}/"
