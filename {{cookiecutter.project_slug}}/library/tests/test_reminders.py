from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from model_bakery import baker

from library.tasks import send_reminder


@pytest.fixture
def make_loan(make_book):
    """Return a function that creates a loan that is due `days` days from today."""

    def make(days, email="ada@example.com", **fields):
        borrower = baker.make("accounts.User", username="ada", email=email)
        due = timezone.localdate() + timedelta(days=days)
        book = make_book(title="The <Dispossessed>")
        return baker.make("library.Loan", book=book, borrower=borrower, due=due, **fields)

    return make


def test_the_borrower_of_an_overdue_loan_gets_an_email(make_loan, mailoutbox, capsys):
    make_loan(days=-1)
    call_command("remind_borrowers")
    assert capsys.readouterr().out == "Reminders enqueued: 1\n"
    (message,) = mailoutbox
    assert message.to == ["ada@example.com"]
    assert "Dear ada,\n\n“The <Dispossessed>” was due on" in message.body


def test_a_loan_that_is_due_today_is_not_overdue(make_loan, mailoutbox, capsys):
    make_loan(days=0)
    call_command("remind_borrowers")
    assert capsys.readouterr().out == "Reminders enqueued: 0\n"
    assert mailoutbox == []


def test_no_email_is_sent_after_the_return(make_loan, mailoutbox):
    loan = make_loan(days=-1)
    loan.returned_at = timezone.now()
    loan.save()
    send_reminder.enqueue(loan.pk)
    assert mailoutbox == []


def test_no_email_is_sent_to_a_borrower_without_an_address(make_loan, mailoutbox):
    send_reminder.enqueue(make_loan(days=-1, email="").pk)
    assert mailoutbox == []
