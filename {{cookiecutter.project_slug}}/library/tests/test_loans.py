"""Loans, in the web API and on the website."""

from datetime import timedelta

from django.contrib.auth.models import Permission
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from library.models import Loan


def test_readers_see_their_own_loans_and_librarians_all(api, users, make_book):
    for role in ("reader", "borrower"):
        Loan.objects.create(book=make_book(), borrower=users[role])

    def borrowers(role):
        results = api(role).get("/api/v1/loans/").json()["results"]
        return [loan["borrower"] for loan in results]

    assert borrowers("reader") == ["reader"]
    assert borrowers("librarian") == ["borrower", "reader"]


def test_permission_to_view_loans_is_not_enough_to_return_the_book_of_another_user(
    api, users, make_book
):
    users["reader"].user_permissions.add(Permission.objects.get(codename="view_loan"))
    loan = Loan.objects.create(book=make_book(), borrower=users["borrower"])
    assert api("reader").get(f"/api/v1/loans/{loan.pk}/").status_code == 200
    assert api("reader").post(f"/api/v1/books/{loan.book.pk}/return/").status_code == 403


def test_a_book_is_borrowed_and_returned_on_its_page(client, users, make_book):
    book = make_book(title="Emma")
    page = book.get_absolute_url()
    assertContains(client.get(page), f"/accounts/login/?next={page}")
    client.force_login(users["reader"])
    assertContains(client.get(page), f'action="{page}borrow/"')
    borrowed = client.post(f"{page}borrow/", follow=True)
    assertRedirects(borrowed, page)
    loan = book.loans.get()
    assert loan.borrower == users["reader"]
    assertContains(borrowed, f"You have borrowed “Emma”. Return it by {date_format(loan.due)}.")
    assertContains(borrowed, f'action="{page}return/"')
    returned = client.post(f"{page}return/", {"next": "/loans/"}, follow=True)
    assertRedirects(returned, "/loans/")
    assertContains(returned, "“Emma” has been returned.")
    assert not book.is_on_loan()


def test_a_book_on_loan_cannot_be_borrowed_or_returned_by_others(client, users, make_book):
    book = make_book(title="Emma")
    book.borrow(users["borrower"])
    client.force_login(users["reader"])
    assertNotContains(client.get(book.get_absolute_url()), "<button type=")
    for action, message in (
        ("borrow", "Emma: The book is on loan."),
        ("return", "Emma: Somebody else has borrowed the book."),
    ):
        response = client.post(f"{book.get_absolute_url()}{action}/", follow=True)
        assertContains(response, f'role="alert">{message}')
    assert book.loans.get().borrower == users["borrower"]


def test_a_librarian_returns_the_book_of_another_user(client, users, make_book):
    book = make_book()
    book.borrow(users["borrower"])
    client.force_login(users["librarian"])
    assertContains(client.get(book.get_absolute_url()), "return/")
    client.post(f"{book.get_absolute_url()}return/")
    assert not book.is_on_loan()


def test_a_book_that_is_not_on_loan_cannot_be_returned(client, users, make_book):
    client.force_login(users["reader"])
    response = client.post(f"{make_book().get_absolute_url()}return/", follow=True)
    assertContains(response, "The book is not on loan.")


def test_anonymous_users_log_in_and_come_back_to_the_book(client, make_book, users):
    book = make_book()
    borrow = f"{book.get_absolute_url()}borrow/"
    assertRedirects(client.post(borrow), f"/accounts/login/?next={borrow}")
    client.force_login(users["reader"])
    assertRedirects(client.get(borrow), book.get_absolute_url())
    assert not book.is_on_loan()
    assert client.post("/books/0/borrow/").status_code == 404


def test_a_user_sees_active_loans_by_due_day_then_the_history(client, users, make_book):
    reader = users["reader"]
    for title, days in (("Returned", 1), ("Later", 2), ("Overdue", -1)):
        loan = make_book(title=title).borrow(reader)
        Loan.objects.filter(pk=loan.pk).update(due=timezone.localdate() + timedelta(days=days))
    loan = Loan.objects.get(book__title="Returned")
    loan.book.return_from(reader)
    make_book(title="Of another user").borrow(users["borrower"])
    assertRedirects(client.get("/loans/"), "/accounts/login/?next=/loans/")
    client.force_login(reader)
    response = client.get("/loans/")
    titles = [loan.book.title for loan in response.context["loan_list"]]
    assert titles == ["Overdue", "Later", "Returned"]
    assertContains(response, ">Overdue</strong>", count=1)


def test_the_number_of_queries_does_not_grow_with_the_loans(
    client, users, make_book, django_assert_max_num_queries
):
    client.force_login(users["reader"])
    for _ in range(30):
        make_book().borrow(users["reader"])
    with django_assert_max_num_queries(4):
        assertContains(client.get("/loans/"), "Page 1 of 2")
