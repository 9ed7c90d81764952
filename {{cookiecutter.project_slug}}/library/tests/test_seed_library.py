import pytest
from django.core.management import CommandError, call_command

from library.management.commands import seed_library
from library.models import Author, Book


def seed(capsys, *arguments):
    call_command("seed_library", *arguments)
    return capsys.readouterr().out


def titles():
    return list(Book.objects.order_by("isbn").values_list("isbn", "title", "authors__name"))


def test_makes_the_books_with_right_isbns_and_authors(capsys, db):
    assert seed(capsys, "--books=25") == "Made 25 sample books; 0 were there already.\n"
    for book in Book.objects.all():
        book.full_clean()
        assert book.authors.exists()


def test_a_second_run_makes_no_duplicates(capsys, db):
    seed(capsys, "--books=5")
    authors = Author.objects.count()
    assert seed(capsys, "--books=5") == "Made 0 sample books; 5 were there already.\n"
    assert (Book.objects.count(), Author.objects.count()) == (5, authors)
    assert seed(capsys, "--books=8") == "Made 3 sample books; 5 were there already.\n"


def test_the_same_seed_makes_the_same_books(capsys, db):
    seed(capsys, "--books=5", "--seed=7")
    first = titles()
    Book.objects.all().delete()
    Author.objects.all().delete()
    seed(capsys, "--books=5", "--seed=7")
    assert titles() == first
    seed(capsys, "--books=5", "--seed=8")
    assert Book.objects.count() == 10


def test_if_empty_leaves_a_library_alone(capsys, make_book):
    make_book()
    assert "There are books already" in seed(capsys, "--books=5", "--if-empty")
    assert Book.objects.count() == 1


def test_a_negative_number_is_refused(db):
    with pytest.raises(CommandError, match=r"^--books must be 0 or more; received -1\.$"):
        call_command("seed_library", "--books=-1")


def test_stopped_half_way_it_keeps_what_is_done_and_goes_on_later(capsys, db, monkeypatch):
    monkeypatch.setattr(seed_library, "BATCH_SIZE", 2)
    make_books, calls = seed_library.make_books, []

    def interrupt(numbers):
        calls.append(numbers)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return make_books(numbers)

    monkeypatch.setattr(seed_library, "make_books", interrupt)
    with pytest.raises(CommandError, match="Stopped after 2 new books"):
        call_command("seed_library", "--books=5")
    assert Book.objects.count() == 2
    assert seed(capsys, "--books=5") == "Made 3 sample books; 2 were there already.\n"
