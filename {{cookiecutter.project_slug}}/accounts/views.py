"""Sign-up and password reset; the other pages are Django's own.

https://docs.djangoproject.com/en/stable/topics/auth/default/#module-django.contrib.auth.views
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import CreateView

from accounts.forms import PasswordResetTaskForm, SignUpForm


def forbidden(request, title, message):
    """Return a 403 with a title and a message, for what the settings do not allow."""
    context = {"title": title, "message": message}
    return render(request, "website/message.html", context, status=403)


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class SignUpView(views.RedirectURLMixin, CreateView):
    """Creates a user and logs them in, unless SIGNUP_OPEN is off."""

    form_class = SignUpForm
    extra_context = {"title": "Sign up"}
    template_name = "registration/signup.html"
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request, *args, **kwargs):
        if not settings.SIGNUP_OPEN:
            message = "Sign-up is closed. Ask an administrator for an account."
            return forbidden(request, self.extra_context["title"], message)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            with transaction.atomic():
                self.object = form.save()
        except IntegrityError:
            # The same form has been sent twice at the same moment.
            form.add_error(
                "username", form.instance.unique_error_message(type(form.instance), ["username"])
            )
            return self.form_invalid(form)
        login(self.request, self.object)
        messages.success(self.request, f"Welcome, {self.object.get_username()}.")
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs):
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


class PasswordResetView(views.PasswordResetView):
    """Django's view, in a project that can send email."""

    form_class = PasswordResetTaskForm

    def dispatch(self, request, *args, **kwargs):
        if not settings.CAN_SEND_EMAIL:
            message = "This site cannot send email. Ask an administrator for a new password."
            return forbidden(request, self.title, message)
        return super().dispatch(request, *args, **kwargs)
