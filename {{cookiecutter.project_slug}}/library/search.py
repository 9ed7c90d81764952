"""Search in a column that holds the text of a row, normalized.

Each word has to occur in ``search_text``: for a book, its title, subtitle, authors
and ISBN. The column has a trigram index on PostgreSQL, so a search reads one table,
and only the rows that match. https://www.postgresql.org/docs/current/pgtrgm.html
"""

import re
import unicodedata

from django.db import models

from library.isbn import normalize_isbn


def words_of(text):
    """Return the words of `text` as a list, without capitals, accents and punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", re.sub(r"[\u0300-\u036f]", "", decomposed))


def searchable(*texts):
    """Return the words of all `texts` as one string, with a space around each word."""
    return f" {' '.join(word for text in texts for word in words_of(text))} "


def search_terms(text):
    """Return strings, each of which occurs in the ``search_text`` of the rows to find.

    A word matches inside of a longer word too. A word of one or two letters has to
    stand alone: the index finds sequences of three characters, and with the spaces
    around it, a short word is that long.
    """
    words = []
    for part in text.split():
        isbn = normalize_isbn(part)
        words += [isbn] if isbn.isdecimal() else words_of(part)
    # Punctuation alone occurs in no row.
    return [word if len(word) > 2 else f" {word} " for word in words] or text.split()


class SearchQuerySet(models.QuerySet):
    """A queryset of a model with the column ``search_text``."""

    def search(self, text):
        """Return the rows that match each word of `text`; all rows if there is none."""
        rows = self
        for term in search_terms(text):
            rows = rows.filter(search_text__contains=term)
        return rows


class Searchable(models.Model):
    """A model that can be searched."""

    search_text = models.TextField(editable=False, default="")

    objects = SearchQuerySet.as_manager()

    class Meta:
        abstract = True
