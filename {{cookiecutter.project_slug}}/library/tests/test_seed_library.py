import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from library.management.commands import seed_library
from library.models import Author, Book


def seed(capsys, *arguments):
    call_command("seed_library", *arguments)
    return capsys.readouterr().out


def get_rows():
    return list(Book.objects.order_by("isbn").values_list("isbn", "title", "authors__name"))


def test_creates_books_with_valid_isbns_and_authors(capsys, db):
    assert seed(capsys, "--books=25") == "Created 25 sample books; 0 existed already.\n"
    for book in Book.objects.all():
        book.full_clean()
        assert book.authors.exists()


def test_a_second_run_creates_no_duplicates(capsys, db):
    seed(capsys, "--books=5")
    authors = Author.objects.count()
    assert seed(capsys, "--books=5") == "Created 0 sample books; 5 existed already.\n"
    assert (Book.objects.count(), Author.objects.count()) == (5, authors)
    assert seed(capsys, "--books=8") == "Created 3 sample books; 5 existed already.\n"


def test_the_same_seed_creates_the_same_books(capsys, db):
    seed(capsys, "--books=5", "--seed=7")
    first = get_rows()
    Book.objects.all().delete()
    Author.objects.all().delete()
    seed(capsys, "--books=5", "--seed=7")
    assert get_rows() == first
    seed(capsys, "--books=5", "--seed=8")
    assert Book.objects.count() == 10


def test_if_empty_creates_nothing_where_a_book_exists(capsys, make_book):
    make_book()
    assert "There are books already" in seed(capsys, "--books=5", "--if-empty")
    assert Book.objects.count() == 1


def get_index_names():
    with connection.cursor() as cursor:
        return {
            name
            for model in (Author, Book, Book.authors.through)
            for name in connection.introspection.get_constraints(cursor, model._meta.db_table)
        }


def test_seeding_many_books_keeps_every_index(capsys, transactional_db, monkeypatch):
    monkeypatch.setattr(seed_library, "MANY", 5)
    before = get_index_names()
    assert seed(capsys, "--books=5") == "Created 5 sample books; 0 existed already.\n"
    assert get_index_names() == before


def test_a_run_creates_the_indexes_that_a_killed_run_has_dropped(
    capsys, transactional_db, monkeypatch
):
    monkeypatch.setattr(seed_library, "MANY", 5)
    before = get_index_names()
    if connection.vendor == "postgresql":
        definitions = json.dumps([definition for _, definition in seed_library.get_indexes()])
        with connection.cursor() as cursor:
            comment = "COMMENT ON TABLE library_book IS {}"
            cursor.execute(sql.SQL(comment).format(definitions))
            for name, _ in seed_library.get_indexes():
                cursor.execute(f"DROP INDEX {name}")
        assert get_index_names() < before
    seed(capsys, "--books=5")
    assert get_index_names() == before


def test_sample_books_can_be_searched(capsys, db):
    seed(capsys, "--books=5")
    book = Book.objects.first()
    text = book.search_text
    book.save()
    assert book.search_text == text
    assert book in Book.objects.search(f"{book.title} {book.authors.first()}")


def test_a_negative_number_is_an_error(db):
    with pytest.raises(CommandError, match=r"^--books must be 0 or more; received -1\.$"):
        call_command("seed_library", "--books=-1")


def test_an_interrupted_run_keeps_its_books_and_can_be_continued(capsys, db, monkeypatch):
    monkeypatch.setattr(seed_library, "BATCH_SIZE", 2)
    create_books, calls = seed_library.create_books, []

    def interrupt(numbers):
        calls.append(numbers)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return create_books(numbers)

    monkeypatch.setattr(seed_library, "create_books", interrupt)
    with pytest.raises(CommandError, match="Stopped after 2 new books"):
        call_command("seed_library", "--books=5")
    assert Book.objects.count() == 2
    assert seed(capsys, "--books=5") == "Created 3 sample books; 2 existed already.\n"
