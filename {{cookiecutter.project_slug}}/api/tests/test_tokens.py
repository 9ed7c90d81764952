"""Tokens and sessions: https://www.django-rest-framework.org/api-guide/authentication/"""

from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from api.throttling import LoginRateThrottle

TOKEN = "/api/v1/token/"


def get_token(user):
    """Return the token for the right password of `user`."""
    user.set_password("correct horse")
    user.save()
    credentials = {"username": user.username, "password": "correct horse"}
    return APIClient().post(TOKEN, credentials).json()["token"]


def test_a_token_authenticates_until_it_is_revoked(users):
    client = APIClient()
    token = get_token(users["user"])
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    # Anonymous users may not revoke a token.
    assert APIClient().delete(TOKEN).status_code == 401
    assert client.delete(TOKEN).status_code == 204
    assert client.delete(TOKEN).status_code == 401
    assert get_token(users["user"]) != token


def test_a_wrong_password_gets_no_token(users):
    response = APIClient().post(TOKEN, {"username": "user", "password": "wrong"})
    assert response.status_code == 400
    assert "token" not in response.json()


def test_password_guessing_is_throttled(users, monkeypatch):
    monkeypatch.setitem(LoginRateThrottle.THROTTLE_RATES, "login", "3/day")
    wrong = {"username": "user", "password": "wrong"}
    responses = [APIClient().post(TOKEN, wrong) for _ in range(4)]
    assert [response.status_code for response in responses] == [400, 400, 400, 429]
    assert int(responses[-1]["Retry-After"]) > 0


def test_a_session_needs_a_csrf_token(users):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(users["user"])
    assert client.delete(TOKEN).status_code == 403
    client.get("/api-auth/login/")
    csrf_token = client.cookies["csrftoken"].value
    assert client.delete(TOKEN, HTTP_X_CSRFTOKEN=csrf_token).status_code == 204


def test_revoking_a_token_keeps_those_of_other_users(api, users):
    Token.objects.create(user=users["user"])
    other = Token.objects.create(user=users["superuser"])
    assert api("user").delete(TOKEN).status_code == 204
    assert list(Token.objects.all()) == [other]


def test_caches_do_not_store_a_token(users):
    users["user"].set_password("correct horse")
    users["user"].save()
    response = APIClient().post(TOKEN, {"username": "user", "password": "correct horse"})
    assert response.json()["token"]
    assert response["Cache-Control"] == "no-store"
