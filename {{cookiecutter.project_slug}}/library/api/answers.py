"""Answers that are kept for as long as nothing has been written to the database.

What a query of PostgreSQL sees is told by its snapshot: which changes have been
committed, and which not yet. While the snapshot is the same, so is every answer,
and one that has been put together need not be put together again. The snapshot
is asked each time, and each change that is committed makes it another one, in
whichever table. So nothing has to say what it outdates, nor is an old answer given.
https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
"""

from django.conf import settings
from django.db import connection
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

# A snapshot, to what has been answered at it: an address, a form and a user, to JSON.
kept = {}


def current_snapshot():
    """Return the snapshot of the database as a text, or None where it says too little."""
    # Inside of a transaction one sees one's own changes, which are in no snapshot yet.
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()")
        return cursor.fetchone()[0]


class AsItIsRenderer(JSONRenderer):
    """Sends what is JSON already."""

    def render(self, data, *args, **kwargs):
        """Return `data`, which are the bytes of the answer."""
        return data


class KeptAnswersMixin:
    """A view set whose answers depend on the address, the user and the database alone.

    Each process keeps KEPT_ANSWERS of them, as JSON. A view set that shows
    anything else, such as the time of day, must do without this.
    """

    def list(self, request, *args, **kwargs):
        """List them, a page at a time. A parameter that does not exist is refused."""
        return self.answer(super().list, request, *args, **kwargs)

    def retrieve(self, request, *args, **kwargs):
        """Show one of them."""
        return self.answer(super().retrieve, request, *args, **kwargs)

    def answer(self, make, request, *args, **kwargs):
        """Return the answer that was kept, if there is one, or else the one that `make` gives."""
        is_kept = settings.KEPT_ANSWERS and request.accepted_renderer.format == "json"
        if not (is_kept and (snapshot := current_snapshot())):
            return make(request, *args, **kwargs)
        answers = kept.get(snapshot)
        if answers is None:
            kept.clear()
            answers = kept[snapshot] = {}
        # The query as it was sent: two that read alike may be two questions.
        place = request.build_absolute_uri(request.path), request.META["QUERY_STRING"]
        question = (*place, request.accepted_media_type, request.user.pk)
        content = answers.get(question)
        if content is None:
            data = make(request, *args, **kwargs).data
            content = request.accepted_renderer.render(data, request.accepted_media_type)
            if len(answers) >= settings.KEPT_ANSWERS:
                answers.clear()
            answers[question] = content
        request.accepted_renderer = AsItIsRenderer()
        return Response(content)
