"""What the reviews promise, asked for at their addresses: the page and the web API."""

import pytest

REVIEWS = "/api/v1/reviews/"


@pytest.fixture
def body_of():
    """Return a function that makes what a client sends to review a book."""

    def body(book, **fields):
        return {"book": f"http://testserver/api/v1/books/{book.pk}/", "rating": 4} | fields

    return body


@pytest.fixture
def reviewed(api, make_book, body_of):
    """Return the address of a review by "reader"."""
    response = api("reader").post(REVIEWS, body_of(make_book(), text="Fine."))
    assert response.status_code == 201, response.content
    return f"{REVIEWS}{response.json()['id']}/"


def rows(response):
    """Return the reviews of a list, whether it comes in pages or not."""
    data = response.json()
    return data["results"] if isinstance(data, dict) else data


def test_a_visitor_cannot_write(api, make_book, body_of):
    assert api().post(REVIEWS, body_of(make_book())).status_code == 401
    assert rows(api().get(REVIEWS)) == []


def test_a_reader_writes_changes_and_deletes(api, reviewed):
    client = api("reader")
    assert client.patch(reviewed, {"rating": 2}).status_code == 200
    assert api().get(reviewed).json()["rating"] == 2
    assert client.delete(reviewed).status_code == 204
    assert api().get(reviewed).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("anonymous", 401), ("borrower", 403), ("superuser", 403)]
)
def test_nobody_else_changes_it(api, reviewed, role, status):
    assert api(role).patch(reviewed, {"rating": 1}).status_code == status
    assert api().get(reviewed).json()["rating"] == 4


@pytest.mark.parametrize(
    ("role", "status"), [("anonymous", 401), ("borrower", 403), ("superuser", 403)]
)
def test_nobody_else_deletes_it(api, reviewed, role, status):
    assert api(role).delete(reviewed).status_code == status
    assert api().get(reviewed).status_code == 200


@pytest.mark.parametrize(
    ("rating", "status"), [(-1, 400), (0, 400), (1, 201), (5, 201), (6, 400), ("good", 400)]
)
def test_a_rating_is_from_1_to_5(api, make_book, body_of, rating, status):
    response = api("reader").post(REVIEWS, body_of(make_book(), rating=rating))
    assert response.status_code == status


@pytest.mark.parametrize("rating", [0, 6])
def test_a_changed_rating_is_from_1_to_5(api, reviewed, rating):
    assert api("reader").patch(reviewed, {"rating": rating}).status_code == 400
    assert api().get(reviewed).json()["rating"] == 4


def test_a_book_is_reviewed_once(api, make_book, body_of):
    book = make_book()
    assert api("reader").post(REVIEWS, body_of(book)).status_code == 201
    assert api("reader").post(REVIEWS, body_of(book)).status_code in (400, 409)
    assert len(rows(api().get(REVIEWS))) == 1
    assert api("borrower").post(REVIEWS, body_of(book)).status_code == 201


def test_a_review_is_not_moved_to_a_book_reviewed_before(api, make_book, body_of, reviewed):
    book = make_book()
    api("reader").post(REVIEWS, body_of(book))
    moved = api("reader").patch(reviewed, {"book": body_of(book)["book"]})
    assert moved.status_code in (400, 409)


def test_the_reviewer_is_who_sends_it(api, users, make_book, body_of):
    for name in ("borrower", users["borrower"].pk):
        made = api("reader").post(REVIEWS, body_of(make_book(), reviewer=name))
        assert made.status_code == 201
        assert api().get(f"{REVIEWS}{made.json()['id']}/").json()["reviewer"] == "reader"


def test_the_list_begins_with_the_newest(api, make_book, body_of):
    ids = [api("reader").post(REVIEWS, body_of(make_book())).json()["id"] for _ in range(3)]
    assert [row["id"] for row in rows(api().get(REVIEWS))] == ids[::-1]


def test_the_list_is_filtered_by_book(api, make_book, body_of):
    one, other = make_book(), make_book()
    for book, text in ((one, "Of the one."), (other, "Of the other.")):
        api("reader").post(REVIEWS, body_of(book, text=text))
    for book, text in ((one, "Of the one."), (other, "Of the other.")):
        found = rows(api().get(REVIEWS, {"book": book.pk}))
        assert [row["text"] for row in found] == [text]
    assert api().get(REVIEWS, {"book": "x"}).status_code == 400


def test_the_page_shows_the_reviews_of_its_book_alone(api, client, make_book, body_of):
    one, other = make_book(title="Emma"), make_book(title="Persuasion")
    api("reader").post(REVIEWS, body_of(one, text="Of the one."))
    api("borrower").post(REVIEWS, body_of(other, text="Of the other."))
    page = client.get(f"/books/{one.pk}/reviews/").content.decode()
    assert "Emma" in page
    assert "reader" in page
    assert "Of the one." in page
    assert "Of the other." not in page


def test_the_page_says_when_there_is_no_review(client, make_book):
    book = make_book()
    page = client.get(f"/books/{book.pk}/reviews/").content.decode()
    assert "Nobody has reviewed this book yet." in page
    assert client.get("/books/0/reviews/").status_code == 404
    assert f"/books/{book.pk}/reviews/" in client.get(f"/books/{book.pk}/").content.decode()
