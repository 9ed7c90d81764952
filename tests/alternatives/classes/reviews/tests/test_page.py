"""The page with the reviews of a book, asked for at its address."""

from django.contrib.auth import get_user_model
from django.test import TestCase

from library.models import Book
from reviews.models import Review


class ReviewPageTest(TestCase):
    def setUp(self):
        self.book = Book.objects.create(title="Emma", isbn="9780134685991")
        self.other_book = Book.objects.create(title="Persuasion", isbn="9780306406157")
        self.ada = get_user_model().objects.create_user("ada")

    def test_the_page_shows_the_reviews_of_its_book_alone(self):
        Review.objects.create(book=self.book, reviewer=self.ada, rating=4, text="Witty.")
        Review.objects.create(book=self.other_book, reviewer=self.ada, rating=2, text="Sad.")
        response = self.client.get(f"/books/{self.book.pk}/reviews/")
        for text in ("Emma", "ada", "4 of 5", "Witty."):
            self.assertContains(response, text)
        self.assertNotContains(response, "Sad.")

    def test_the_page_says_so_where_there_is_none(self):
        response = self.client.get(f"/books/{self.book.pk}/reviews/")
        self.assertContains(response, "Nobody has reviewed this book yet.")

    def test_a_book_that_does_not_exist(self):
        self.assertEqual(self.client.get("/books/0/reviews/").status_code, 404)

    def test_the_book_links_to_its_reviews(self):
        response = self.client.get(f"/books/{self.book.pk}/")
        self.assertContains(response, f'href="/books/{self.book.pk}/reviews/"')
