"""Search: what is looked for, and in which text.

Each word that is typed has to stand somewhere in the text of a row: a book's
title, subtitle, authors and ISBN. The text is kept ready in a column,
``search_text``, with an index on PostgreSQL; so a search reads one table, and
only the rows that match. https://www.postgresql.org/docs/current/pgtrgm.html
"""

import re
import unicodedata

from django.db import models

from library.isbn import normalize_isbn


def words_of(text):
    """Return the words of `text` as a list: lower case, no accents, no punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", re.sub(r"[\u0300-\u036f]", "", decomposed))


def searchable(*texts):
    """Return the words of all `texts` as one text, with a blank around each word."""
    return f" {' '.join(word for text in texts for word in words_of(text))} "


class SearchQuerySet(models.QuerySet):
    """Questions to a table that has a column ``search_text``."""

    def search(self, text):
        """Return the rows in whose text each word of `text` stands; all of them for no word.

        A word matches inside a longer one too. A word of one or two letters
        has to stand alone: the index finds three characters in a row, and with
        the blanks around it, a short word is that long.
        """
        rows, typed = self, text.split()
        words = []
        for part in typed:
            isbn = normalize_isbn(part)
            words += [isbn] if isbn.isdecimal() else words_of(part)
        if typed and not words:
            return self.none()
        for word in words:
            pattern = word if len(word) > 2 else f" {word} "
            rows = rows.filter(search_text__contains=pattern)
        return rows


class Searchable(models.Model):
    """What has a text to be searched."""

    search_text = models.TextField(editable=False, default="")

    objects = SearchQuerySet.as_manager()

    class Meta:
        abstract = True
