"""The permissions of loans."""

from django.contrib.auth.models import Permission

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
