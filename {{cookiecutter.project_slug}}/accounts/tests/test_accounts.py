import re

import pytest
from django.core import mail
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.checks import check_email
from accounts.forms import SignUpForm
from api.throttling import LoginRateThrottle

PASSWORD = "correct-horse-9"
NEW_USER = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def ada(django_user_model):
    """Return a user with a password and an email address."""
    return django_user_model.objects.create_user("ada", "ada@example.com", PASSWORD)


@pytest.mark.parametrize(
    "url",
    [
        "/admin/login/",
        "/api-auth/login/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password_reset/",
    ],
)
def test_attempts_are_throttled(client, db, monkeypatch, url):
    monkeypatch.setitem(LoginRateThrottle.THROTTLE_RATES, "login", "2/day")
    form = {"username": "ada", "password": "wrong", "email": "wrong"}
    assert [client.post(url, form).status_code for _ in range(3)] == [200, 200, 429]
    response = client.post(url, form)
    assertContains(response, "Too many attempts", status_code=429)
    assert int(response["Retry-After"]) > 0
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("url", ["/accounts/login/", "/api-auth/login/", "/admin/login/"])
def test_all_login_pages_are_the_same_and_return_to_the_page_before(client, ada, url):
    assertContains(client.get(url), "<h1>Log in</h1>", html=True)
    form = {"username": "ada", "password": PASSWORD}
    response = client.post(f"{url}?next=/api/v1/", form)
    assertRedirects(response, "/api/v1/", fetch_redirect_response=False)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("/accounts/login/", {"username": "ada", "password": PASSWORD}),
        ("/accounts/signup/", NEW_USER | {"username": "eve"}),
    ],
)
def test_a_link_to_another_host_is_not_followed(client, ada, url, form):
    response = client.post(f"{url}?next=https://evil.example/", form)
    assertRedirects(response, "/", fetch_redirect_response=False)


def test_a_failed_login_is_announced_and_reveals_no_account(client, ada):
    def error(username):
        page = client.post("/accounts/login/", {"username": username, "password": "wrong"})
        return re.search(r'role="alert">(.*?)</div>', page.content.decode(), re.DOTALL)[1]

    assert error("ada") == error("nobody") != ""


def test_users_without_access_to_a_page_can_log_in_as_somebody_else(client, ada):
    client.force_login(ada)
    response = client.get("/admin/", follow=True)
    assertContains(response, "Your account does not have access to this page.")


def test_sign_up_creates_a_user_and_logs_in(client, db, django_user_model):
    response = client.post("/accounts/signup/?next=/api/v1/", NEW_USER)
    assertRedirects(response, "/api/v1/", fetch_redirect_response=False)
    user = django_user_model.objects.get()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.username, user.email, user.is_staff) == ("ada", "", False)
    assertContains(client.get("/"), "Welcome, ada.")


@pytest.mark.parametrize("password", ["ada-lovelace", "c0rrect", "password123", "8407251936"])
def test_weak_passwords_are_refused(client, db, django_user_model, password):
    form = {"username": "ada-lovelace", "password1": password, "password2": password}
    assert client.post("/accounts/signup/", form).status_code == 200
    assert not django_user_model.objects.exists()


def test_a_user_name_that_is_taken_is_refused(client, ada, django_user_model):
    response = client.post("/accounts/signup/", NEW_USER | {"username": "Ada"})
    assertContains(response, "A user with that username already exists.")
    assert django_user_model.objects.count() == 1


def test_a_user_name_that_is_taken_at_the_same_moment_is_refused(client, ada, monkeypatch):
    # Validation finds no such user; the database does.
    monkeypatch.setattr(SignUpForm, "clean_username", lambda self: self.cleaned_data["username"])
    monkeypatch.setattr(SignUpForm, "validate_unique", lambda self: None)
    response = client.post("/accounts/signup/", NEW_USER)
    assertContains(response, "A user with that username already exists.")
    assert "_auth_user_id" not in client.session


def test_sign_up_can_be_closed(client, db, settings):
    settings.SIGNUP_OPEN = False
    for response in (client.get("/accounts/signup/"), client.post("/accounts/signup/", NEW_USER)):
        assertContains(response, "Sign-up is closed.", status_code=403)
    assertNotContains(client.get("/accounts/login/"), "signup")


def test_a_password_is_reset_by_email_once(client, ada):
    assertContains(client.get("/accounts/login/"), "/accounts/password_reset/")
    response = client.post("/accounts/password_reset/", {"email": "ADA@example.com"}, follow=True)
    assertContains(response, "If there is an account with this email address")
    (message,) = mail.outbox
    assert message.subject == "Reset your password for testserver"
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    page = client.get(link, follow=True)
    assertContains(page, "New password")
    form = {"new_password1": "battery-staple-7", "new_password2": "battery-staple-7"}
    done = client.post(page.request["PATH_INFO"], form, follow=True)
    assertContains(done, "Your password has been set.")
    assert client.login(username="ada", password="battery-staple-7")
    client.logout()
    assertContains(client.get(link, follow=True), "Request a new link")


def test_a_password_reset_reveals_no_account(client, ada):
    known = client.post("/accounts/password_reset/", {"email": "ada@example.com"}, follow=True)
    unknown = client.post("/accounts/password_reset/", {"email": "eve@example.com"}, follow=True)
    assert known.content == unknown.content
    assert len(mail.outbox) == 1


def test_without_a_mail_server_no_password_is_reset(client, ada, settings):
    settings.CAN_SEND_EMAIL = False
    response = client.post("/accounts/password_reset/", {"email": "ada@example.com"})
    assertContains(response, "This site cannot send email.", status_code=403)
    assertNotContains(client.get("/accounts/login/"), "password_reset")
    assert not mail.outbox


@pytest.mark.parametrize(("can_send_email", "warnings"), [(False, ["accounts.W001"]), (True, [])])
def test_the_check_for_deployment_warns_without_a_mail_server(settings, can_send_email, warnings):
    settings.CAN_SEND_EMAIL = can_send_email
    assert [warning.id for warning in check_email(None)] == warnings


def test_a_password_is_changed(client, ada):
    client.force_login(ada)
    form = {"old_password": PASSWORD, "new_password1": "battery-staple-7"}
    form["new_password2"] = form["new_password1"]
    response = client.post("/accounts/password_change/", form, follow=True)
    assertContains(response, "Your password has been changed.")
    assert client.login(username="ada", password="battery-staple-7")


def test_the_header_shows_the_account(client, ada):
    assertContains(client.get("/accounts/login/"), ">Log in</a>")
    client.force_login(ada)
    page = client.get("/accounts/password_change/")
    assertContains(page, "<bdi>ada</bdi>")
    assertRedirects(client.post("/accounts/logout/"), "/", fetch_redirect_response=False)
    assert "_auth_user_id" not in client.session


def test_the_admin_lists_users(admin_client):
    assert admin_client.get("/admin/accounts/user/").status_code == 200
