import pytest
from pytest_django.asserts import assertContains

from api.throttling import LoginRateThrottle


@pytest.mark.parametrize("url", ["/admin/login/", "/api-auth/login/"])
def test_login_attempts_are_throttled(client, db, monkeypatch, url):
    monkeypatch.setitem(LoginRateThrottle.THROTTLE_RATES, "login", "2/day")
    wrong = {"username": "ada", "password": "wrong"}
    assert [client.post(url, wrong).status_code for _ in range(3)] == [200, 200, 429]
    response = client.post(url, wrong)
    assertContains(response, "Too many attempts", status_code=429)
    assert int(response["Retry-After"]) > 0
    assert client.get(url).status_code == 200


def test_the_admin_lists_users(admin_client):
    assert admin_client.get("/admin/accounts/user/").status_code == 200


@pytest.mark.parametrize("password", ["ada-lovelace", "c0rrect", "password123", "8407251936"])
def test_weak_passwords_are_refused(admin_client, django_user_model, password):
    form = {"username": "ada-lovelace", "password1": password, "password2": password}
    form["usable_password"] = "true"
    assert admin_client.post("/admin/accounts/user/add/", form).status_code == 200
    assert not django_user_model.objects.filter(username="ada-lovelace").exists()
