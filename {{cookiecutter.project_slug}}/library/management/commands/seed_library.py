"""Sample data of any size, the same for the same seed."""

import random
from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from library.isbn import check_digit
from library.models import Author, Book

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

BATCH_SIZE = 5_000  # books made, and committed, at a time


def sample_isbn(number):
    """Return an ISBN for the whole number `number`; neighbours get ISBNs far apart."""
    digits = f"978{number * 387_420_489 % 10**9:09d}"
    return f"{digits}{check_digit(digits)}"


def sample_book(number):
    """Return the unsaved book of the whole number `number`, and its authors' names."""
    pick = random.Random(number)
    noun, other = pick.sample(NOUNS, 2)
    book = Book(
        title=pick.choice(TITLES).format(adjective=pick.choice(ADJECTIVES), noun=noun, other=other),
        subtitle=pick.choice(SUBTITLES) if pick.random() < 0.5 else "",
        isbn=sample_isbn(number),
        publication_date=FIRST_DAY + timedelta(days=pick.randrange(DAYS)),
    )
    names = {
        " ".join((pick.choice(FIRST_NAMES), pick.choice(INITIALS), pick.choice(LAST_NAMES)))
        for _ in range(pick.choice((1, 1, 1, 2)))
    }
    return book, sorted(names)


@transaction.atomic
def make_books(numbers):
    """Save the sample books of `numbers` that are not there yet; return how many that were."""
    there = set(
        Book.objects.filter(isbn__in=map(sample_isbn, numbers)).values_list("isbn", flat=True)
    )
    samples = [sample_book(number) for number in numbers if sample_isbn(number) not in there]
    names = {name for _, book_names in samples for name in book_names}
    authors = {author.name: author for author in Author.objects.filter(name__in=names)}
    new_authors = [Author(name=name) for name in sorted(names - authors.keys())]
    authors |= {author.name: author for author in Author.objects.bulk_create(new_authors)}
    Book.objects.bulk_create(book for book, _ in samples)
    Book.authors.through.objects.bulk_create(
        Book.authors.through(book=book, author=authors[name])
        for book, book_names in samples
        for name in book_names
    )
    return len(samples)


class Command(BaseCommand):
    """``seed_library --books N [--seed S] [--if-empty]``: see to it that N sample books exist.

    The books of a seed are always the same ones: those that are there already
    are left as they are. Raises CommandError for a negative N, and when it is
    stopped by Ctrl-C.
    """

    help = "Makes sample books. Those that are there already are not made again."

    def add_arguments(self, parser):
        """Name the options."""
        parser.add_argument("--books", type=int, default=10, help="how many (10)")
        parser.add_argument("--seed", type=int, default=0, help="which ones: any number (0)")
        parser.add_argument("--if-empty", action="store_true", help="only where no book exists")

    def handle(self, *, books, seed, if_empty, **options):
        """Make the books batch by batch, showing how far it is."""
        if books < 0:
            raise CommandError(f"--books must be 0 or more; received {books}.")
        if if_empty and Book.objects.exists():
            self.stdout.write("There are books already: no sample books made.")
            return
        first = random.Random(seed).randrange(10**9)
        made = done = 0
        try:
            # Where nobody watches, such as in a log, there is no bar.
            with tqdm(total=books, unit=" books", disable=None) as bar:
                while done < books:
                    size = min(BATCH_SIZE, books - done)
                    made += make_books(range(first + done, first + done + size))
                    done += size
                    bar.update(size)
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped after {made} new books, which stay. Run the command again to go on.",
                returncode=130,
            ) from None
        self.stdout.write(f"Made {made} sample books; {done - made} were there already.")
