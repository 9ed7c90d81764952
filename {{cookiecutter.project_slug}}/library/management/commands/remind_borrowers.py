from django.core.management.base import BaseCommand

from library.models import Loan
from library.tasks import send_reminder


class Command(BaseCommand):
    """``remind_borrowers``: enqueue an email for each overdue loan. Run it once a day."""

    help = "Reminds the borrowers of overdue loans by email."

    def handle(self, **options):
        count = 0
        for loan_id in Loan.objects.overdue().values_list("pk", flat=True):
            send_reminder.enqueue(loan_id)
            count += 1
        self.stdout.write(f"Reminders enqueued: {count}")
