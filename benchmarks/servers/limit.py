"""The limit: the same JSON from psycopg and json, in a bare WSGI function.

It does nothing that a framework does: no throttling, no permissions, no ETag, no
content negotiation, no validation of parameters. It serves the first page only.
"""

import json
import os
import threading

import psycopg

QUERY = """
SELECT id, title, subtitle, isbn, publication_date, array(
    SELECT author_id FROM library_book_authors WHERE book_id = library_book.id ORDER BY author_id
) FROM library_book ORDER BY title, id LIMIT 21
"""

local = threading.local()


def application(environ, start_response):
    """Return the first page of books, whatever the request is."""
    if not hasattr(local, "connection"):
        local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    rows = local.connection.execute(QUERY).fetchall()
    root = f"http://{environ['HTTP_HOST']}/api/v1"
    books = [
        {
            "url": f"{root}/books/{pk}/",
            "id": pk,
            "title": title,
            "subtitle": subtitle,
            "authors": [f"{root}/authors/{author}/" for author in authors],
            "isbn": isbn,
            "publication_date": day and day.isoformat(),
        }
        for pk, title, subtitle, isbn, day, authors in rows[:20]
    ]
    following = f"{root}/books/?after={rows[20][0]}" if len(rows) > 20 else None
    page = {"next": following, "previous": None, "results": books}
    body = json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
