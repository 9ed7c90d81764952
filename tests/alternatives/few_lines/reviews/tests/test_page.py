"""The page with the reviews of a book."""

from reviews.tests.helpers import new_book, new_review, new_user


def page_of(client, book):
    response = client.get(f"/books/{book.pk}/reviews/")
    assert response.status_code == 200
    return response.content.decode()


def test_page_shows_the_reviews_of_its_own_book_alone(client, django_user_model):
    emma, persuasion = new_book(1), new_book(2, "Persuasion")
    ada = new_user(django_user_model, "ada-the-reader")
    bob = new_user(django_user_model, "bob-the-other")
    new_review(emma, ada, text="Could not put it down.")
    new_review(persuasion, bob, text="Rather long-winded.")
    page = page_of(client, emma)
    for shown in ("Emma", "ada-the-reader", "Could not put it down."):
        assert shown in page
    for hidden in ("bob-the-other", "Rather long-winded."):
        assert hidden not in page


def test_page_says_so_where_there_is_no_review(client, db):
    assert "Nobody has written" in page_of(client, new_book())


def test_page_of_no_book_is_not_found(client, db):
    assert client.get("/books/1/reviews/").status_code == 404


def test_number_of_queries_does_not_grow(client, django_user_model, django_assert_num_queries):
    book = new_book()
    for number in range(3):
        new_review(book, new_user(django_user_model, f"reader{number}"))
        with django_assert_num_queries(2):
            page_of(client, book)


def test_page_of_the_book_links_to_its_reviews(client, db):
    book = new_book()
    assert f'href="/books/{book.pk}/reviews/"' in client.get(f"/books/{book.pk}/").content.decode()
