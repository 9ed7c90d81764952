"""Create sample data of any size. The same seed always gives the same data."""

import json
import random
from contextlib import contextmanager
from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Max
from psycopg import sql
from tqdm import tqdm

from library.isbn import check_digit
from library.models import Author, Book
from library.search import searchable

FIRST_NAMES = (
    "Ada Amara Anders Aisha Boris Camila Chen Clara Daniel Dara Elena Elif Emeka Fatima Felix "
    "Grace Hana Hugo Ines Isaac Jana Joao Kofi Lena Liam Lucia Mariam Mateo Mina Nadia Noah "
    "Olga Omar Priya Rosa Samuel Sofia Tomas Yuki Zoe"
).split()
INITIALS = "A. B. C. D. E. F. G. H. J. K. L. M. N. O. P. R. S. T. V. W.".split()
LAST_NAMES = (
    "Abara Adler Almeida Andersen Bauer Bianchi Brandt Castillo Chowdhury Costa Dimitrov Dubois "
    "Eriksen Farah Ferrari Fischer Fontaine Garcia Haddad Hansen Horvat Ibrahim Ivanova Jensen "
    "Kaya Keller Kimura Kovacs Larsen Lindqvist Marino Mendes Meyer Moreau Nakamura Novak Okafor "
    "Olsen Pereira Petrov Quispe Rahman Rossi Santos Schmidt Silva Suzuki Tanaka Vargas Walker"
).split()
ADJECTIVES = (
    "Ancient Bright Broken Crimson Distant Empty Endless Forgotten Frozen Gentle Golden Hidden "
    "Hollow Last Lost Northern Patient Quiet Restless Second Secret Silent Silver Small Southern "
    "Unfinished Wandering Western Winter Young"
).split()
NOUNS = (
    "Archive Atlas Bridge Clock Coast Compass Country Door Engine Forest Garden Harbour House "
    "Island Journey Kitchen Lantern Letter Library Map Meadow Mirror Mountain Orchard Observatory "
    "Path Question River Season Station Street Summer Theatre Tide Tower Valley Voyage Window"
).split()
TITLES = (
    "The {adjective} {noun}",
    "{adjective} {noun}",
    "The {noun} and the {other}",
    "The {noun} of the {adjective} {other}",
)
SUBTITLES = ("A Novel", "A History", "A Memoir", "Essays", "Selected Poems", "Stories")

FIRST_DAY = date(1950, 1, 1)
DAYS = 27_000  # from the first day to the end of 2023

BATCH_SIZE = 10_000  # books per transaction
MANY = 20_000  # from this many books on, indexes are dropped first and created at the end


def sample_isbn(number):
    """Return the ISBN of the sample book `number`; consecutive numbers get distant ISBNs."""
    digits = f"978{number * 387_420_489 % 10**9:09d}"
    return f"{digits}{check_digit(digits)}"


def sample_book(number):
    """Return the sample book `number`: title, subtitle, ISBN, date and the authors' names."""
    rng = random.Random(number)
    noun, other = rng.sample(NOUNS, 2)
    title = rng.choice(TITLES).format(adjective=rng.choice(ADJECTIVES), noun=noun, other=other)
    subtitle = rng.choice(SUBTITLES) if rng.random() < 0.5 else ""
    day = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
    names = {
        " ".join((rng.choice(FIRST_NAMES), rng.choice(INITIALS), rng.choice(LAST_NAMES)))
        for _ in range(rng.choice((1, 1, 1, 2)))
    }
    return title, subtitle, sample_isbn(number), day, sorted(names)


def allocate_ids(model, count):
    """Return `count` primary keys that no row of `model` has or will get."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [model._meta.db_table, count],
            )
            return [pk for (pk,) in cursor.fetchall()]
    last = model.objects.aggregate(last=Max("pk"))["last"] or 0
    return range(last + 1, last + 1 + count)


def insert(model, columns, rows):
    """Insert `rows`, each a tuple of the values of `columns`.

    On PostgreSQL, COPY is faster than INSERT.
    https://www.psycopg.org/psycopg3/docs/basic/copy.html
    """
    if connection.vendor == "postgresql":
        copy = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row(row)
    else:
        model.objects.bulk_create(
            (model(**dict(zip(columns, row, strict=True))) for row in rows), batch_size=500
        )


def get_indexes():
    """Return the name and the definition of each index of books and authors that may be dropped.

    Primary keys and unique indexes stay, because they guard the data.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
            " AND schemaname = current_schema() AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [["library_author", "library_book", "library_book_authors"]],
        )
        return cursor.fetchall()


@contextmanager
def drop_indexes(books):
    """Drop the indexes while many `books` are inserted on PostgreSQL, and create them again.

    Creating an index from all rows is much faster than updating it row by row. A comment
    on the table holds the definitions until the indexes exist again, so that the next run
    creates them if this one is killed.
    https://www.postgresql.org/docs/current/populate.html
    """
    if connection.vendor != "postgresql" or books < MANY:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('library_book'::regclass)")
        (comment,) = cursor.fetchone()
        if comment:
            definitions = json.loads(comment)
        else:
            definitions = [definition for _, definition in get_indexes()]
        with transaction.atomic():
            comment = json.dumps(definitions)
            cursor.execute(sql.SQL("COMMENT ON TABLE library_book IS {}").format(comment))
            for name, _ in get_indexes():
                cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        try:
            yield
        finally:
            with transaction.atomic():
                for definition in definitions:
                    cursor.execute(definition)
                cursor.execute("COMMENT ON TABLE library_book IS NULL")
            # The query planner needs statistics about the new rows.
            cursor.execute("VACUUM ANALYZE library_author, library_book, library_book_authors")


@transaction.atomic
def create_books(numbers):
    """Create the sample books of `numbers` that do not exist yet; return how many are new."""
    existing = set(
        Book.objects.filter(isbn__in=map(sample_isbn, numbers)).values_list("isbn", flat=True)
    )
    samples = [sample_book(number) for number in numbers if sample_isbn(number) not in existing]
    names = {name for *_, book_names in samples for name in book_names}
    authors = dict(Author.objects.filter(name__in=names).values_list("name", "pk"))
    new_names = sorted(names - authors.keys())
    authors |= dict(zip(new_names, allocate_ids(Author, len(new_names)), strict=True))
    insert(
        Author,
        ("id", "name", "search_text"),
        ((authors[name], name, searchable(name)) for name in new_names),
    )
    books = list(zip(allocate_ids(Book, len(samples)), samples, strict=True))
    insert(
        Book,
        ("id", "title", "subtitle", "isbn", "publication_date", "search_text"),
        (
            (pk, title, subtitle, isbn, day, searchable(title, subtitle, *book_names, isbn))
            for pk, (title, subtitle, isbn, day, book_names) in books
        ),
    )
    insert(
        Book.authors.through,
        ("book_id", "author_id"),
        ((pk, authors[name]) for pk, (*_, book_names) in books for name in book_names),
    )
    return len(samples)


class Command(BaseCommand):
    """``seed_library --books N [--seed S] [--if-empty]``: create the N sample books of seed S.

    A seed always gives the same books. Those that exist already are neither changed nor
    created again. Raises CommandError if N is negative, and on Ctrl-C.
    """

    help = "Creates sample books. Those that exist already are not created again."

    def add_arguments(self, parser):
        parser.add_argument("--books", type=int, default=10, help="how many (default: 10)")
        parser.add_argument("--seed", type=int, default=0, help="any whole number (default: 0)")
        parser.add_argument("--if-empty", action="store_true", help="only if no book exists")

    def handle(self, *, books, seed, if_empty, **options):
        if books < 0:
            raise CommandError(f"--books must be 0 or more; received {books}.")
        if if_empty and Book.objects.exists():
            self.stdout.write("There are books already; no sample books were made.")
            return
        first = random.Random(seed).randrange(10**9)
        created = done = 0
        try:
            # disable=None: no progress bar unless the output is a terminal.
            bar = tqdm(total=books, unit=" books", disable=None)
            with bar, drop_indexes(books):
                while done < books:
                    size = min(BATCH_SIZE, books - done)
                    created += create_books(range(first + done, first + done + size))
                    done += size
                    bar.update(size)
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped after {created} new books, which are kept. Run it again to continue.",
                returncode=130,
            ) from None
        self.stdout.write(f"Created {created} sample books; {done - created} existed already.")
