from django.contrib.auth import get_user_model
from django.contrib.auth.forms import PasswordResetForm, UserCreationForm

from accounts.tasks import send_password_reset


class SignUpForm(UserCreationForm):
    """Django's form for a new user, with an optional email address."""

    class Meta(UserCreationForm.Meta):
        model = get_user_model()
        fields = ["username", "email"]
        help_texts = {"email": "Optional. You need it to reset a forgotten password."}


class PasswordResetTaskForm(PasswordResetForm):
    """Django's form, whose email is sent by a task.

    With a worker, the response time does not reveal whether an account has the address.
    """

    def save(self, request, use_https, **options):
        """Enqueue the task."""
        send_password_reset.enqueue(self.cleaned_data["email"], request.get_host(), use_https)
