"""The web API of the reviews, asked for at its addresses."""

from django.contrib.auth import get_user_model
from rest_framework.test import APITestCase

from library.models import Book
from reviews.models import Review


class ReviewAPITest(APITestCase):
    def setUp(self):
        self.book = Book.objects.create(title="Emma", isbn="9780134685991")
        self.other_book = Book.objects.create(title="Persuasion", isbn="9780306406157")
        self.ada = get_user_model().objects.create_user("ada")
        self.bob = get_user_model().objects.create_user("bob")

    def address(self, book):
        return f"http://testserver/api/v1/books/{book.pk}/"

    def body(self, **fields):
        return {"book": self.address(self.book), "rating": 4, "text": "Witty."} | fields

    def make_review(self, **fields):
        fields = {"book": self.book, "reviewer": self.ada, "rating": 4, "text": "Witty."} | fields
        return Review.objects.create(**fields)

    def test_a_visitor_cannot_write(self):
        response = self.client.post("/api/v1/reviews/", self.body())
        self.assertEqual(response.status_code, 401)
        self.assertFalse(Review.objects.exists())

    def test_a_reader_writes_a_review(self):
        self.client.force_login(self.ada)
        response = self.client.post("/api/v1/reviews/", self.body())
        self.assertEqual(response.status_code, 201)
        review = Review.objects.get()
        self.assertEqual((review.book, review.reviewer), (self.book, self.ada))
        self.assertEqual((review.rating, review.text), (4, "Witty."))
        answer = response.json()
        self.assertEqual(response["Location"], answer["url"])
        self.assertEqual(self.client.get(answer["url"]).json(), answer)

    def test_the_text_may_be_missing(self):
        self.client.force_login(self.ada)
        body = self.body()
        del body["text"]
        self.assertEqual(self.client.post("/api/v1/reviews/", body).status_code, 201)
        self.assertEqual(Review.objects.get().text, "")

    def test_the_reviewer_is_who_sends_the_request(self):
        self.client.force_login(self.ada)
        response = self.client.post("/api/v1/reviews/", self.body(reviewer="bob"))
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json()["reviewer"], "ada")
        self.assertEqual(Review.objects.get().reviewer, self.ada)
        self.client.patch(response.json()["url"], {"reviewer": "bob"})
        self.assertEqual(Review.objects.get().reviewer, self.ada)

    def test_a_rating_is_from_1_to_5(self):
        self.client.force_login(self.ada)
        for rating in (-1, 0, 6, "x", None):
            with self.subTest(rating=rating):
                response = self.client.post("/api/v1/reviews/", self.body(rating=rating))
                self.assertEqual(response.status_code, 400)
                self.assertFalse(Review.objects.exists())
        for rating in (1, 5):
            with self.subTest(rating=rating):
                response = self.client.post("/api/v1/reviews/", self.body(rating=rating))
                self.assertEqual(response.status_code, 201)
                Review.objects.all().delete()

    def test_a_book_that_does_not_exist_is_refused(self):
        self.client.force_login(self.ada)
        for address in ("http://testserver/api/v1/books/0/", "http://[", 3):
            with self.subTest(address=address):
                response = self.client.post("/api/v1/reviews/", self.body(book=address))
                self.assertEqual(response.status_code, 400)

    def test_a_reader_reviews_a_book_once(self):
        self.make_review()
        self.client.force_login(self.ada)
        response = self.client.post("/api/v1/reviews/", self.body(text="Again."))
        self.assertIn(response.status_code, (400, 409))
        self.assertEqual(Review.objects.get().text, "Witty.")

    def test_a_change_cannot_make_a_second_review(self):
        self.make_review()
        other = self.make_review(book=self.other_book)
        self.client.force_login(self.ada)
        change = {"book": self.address(self.book)}
        response = self.client.patch(f"/api/v1/reviews/{other.pk}/", change)
        self.assertIn(response.status_code, (400, 409))

    def test_only_its_reviewer_changes_a_review(self):
        review = self.make_review()
        address = f"/api/v1/reviews/{review.pk}/"
        self.assertEqual(self.client.patch(address, {"rating": 1}).status_code, 401)
        self.client.force_login(self.bob)
        self.assertEqual(self.client.patch(address, {"rating": 1}).status_code, 403)
        self.assertEqual(self.client.put(address, self.body(rating=1)).status_code, 403)
        review.refresh_from_db()
        self.assertEqual(review.rating, 4)
        self.client.force_login(self.ada)
        self.assertEqual(self.client.patch(address, {"rating": 1}).status_code, 200)
        review.refresh_from_db()
        self.assertEqual(review.rating, 1)
        self.assertEqual(self.client.put(address, self.body(rating=2)).status_code, 200)

    def test_only_its_reviewer_deletes_a_review(self):
        address = f"/api/v1/reviews/{self.make_review().pk}/"
        self.assertEqual(self.client.delete(address).status_code, 401)
        self.client.force_login(self.bob)
        self.assertEqual(self.client.delete(address).status_code, 403)
        self.assertTrue(Review.objects.exists())
        self.client.force_login(self.ada)
        self.assertEqual(self.client.delete(address).status_code, 204)
        self.assertFalse(Review.objects.exists())

    def test_the_list_begins_with_the_newest(self):
        first = self.make_review()
        second = self.make_review(reviewer=self.bob)
        answer = self.client.get("/api/v1/reviews/").json()
        self.assertEqual([review["id"] for review in answer], [second.pk, first.pk])

    def test_the_list_of_one_book(self):
        self.make_review(text="Of this one.")
        self.make_review(text="Of the other one.", book=self.other_book)
        answer = self.client.get("/api/v1/reviews/", {"book": self.book.pk}).json()
        self.assertEqual([review["text"] for review in answer], ["Of this one."])

    def test_a_filter_that_makes_no_sense_is_refused(self):
        for value in ("x", "0", "9" * 30, "\x00"):
            with self.subTest(value=value):
                response = self.client.get("/api/v1/reviews/", {"book": value})
                self.assertEqual(response.status_code, 400)

    def test_the_list_asks_the_database_as_often_for_many_as_for_one(self):
        self.make_review()
        with self.assertNumQueries(1):
            self.client.get("/api/v1/reviews/")
        self.make_review(reviewer=self.bob)
        self.make_review(book=self.other_book)
        with self.assertNumQueries(1):
            self.client.get("/api/v1/reviews/")

    def test_what_does_not_exist_is_not_found(self):
        for number in ("0", "x", "9" * 30):
            with self.subTest(number=number):
                self.assertEqual(self.client.get(f"/api/v1/reviews/{number}/").status_code, 404)
