from django.contrib.auth.forms import PasswordResetForm

from operations.tasks import task


@task
def send_password_reset(email, domain, use_https):
    """Send a link to choose a new password to each account with the address `email`.

    The link is for the host `domain`.
    """
    form = PasswordResetForm({"email": email})
    form.full_clean()
    form.save(domain_override=domain, use_https=use_https)
