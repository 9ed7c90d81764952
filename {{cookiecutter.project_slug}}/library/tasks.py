from django.core.mail import send_mail
from django.template.loader import render_to_string

from library.models import Loan
from operations.tasks import task


@task
def send_reminder(loan_id):
    """Email the borrower of the loan with the ID `loan_id`, if it is still overdue."""
    loan = Loan.objects.overdue().select_related("book", "borrower").filter(pk=loan_id).first()
    if loan and loan.borrower.email:
        message = render_to_string("library/reminder.txt", {"loan": loan})
        send_mail("Please return your book", message, None, [loan.borrower.email])
