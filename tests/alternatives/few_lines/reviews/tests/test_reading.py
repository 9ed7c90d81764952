"""Reading reviews with the web API, and in the admin."""

from reviews.tests.helpers import REVIEWS, new_book, new_review, new_user


def ids(client, question=""):
    return [review["id"] for review in client.get(f"{REVIEWS}{question}").json()["results"]]


def test_the_newest_come_first(client, django_user_model):
    ada = new_user(django_user_model, "ada")
    made = [new_review(new_book(number), ada).pk for number in range(3)]
    assert ids(client) == made[::-1]


def test_book_lists_the_reviews_of_one_book_alone(client, django_user_model):
    ada = new_user(django_user_model, "ada")
    for number in range(3):
        review = new_review(new_book(number), ada)
        assert ids(client, f"?book={review.book.pk}") == [review.pk]
    assert client.get(f"{REVIEWS}?book=0").status_code == 400


def test_one_review(client, django_user_model):
    review = new_review(new_book(), new_user(django_user_model, "ada"), text="Good.")
    address = f"http://testserver{REVIEWS}{review.pk}/"
    shown = client.get(address).json()
    assert shown.pop("created_at")
    assert shown == {
        "url": address,
        "id": review.pk,
        "book": f"http://testserver/api/v1/books/{review.book.pk}/",
        "reviewer": "ada",
        "rating": 4,
        "text": "Good.",
    }
    assert client.get(f"{REVIEWS}0/").status_code == 404


def test_the_admin_lists_reviews(admin_client, django_user_model):
    review = new_review(new_book(), new_user(django_user_model, "ada"))
    assert str(review) == "ada on Emma: 4"
    page = admin_client.get("/admin/reviews/review/").content.decode()
    for shown in ("Emma", "ada"):
        assert shown in page
