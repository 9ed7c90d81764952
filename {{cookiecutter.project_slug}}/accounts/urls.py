from django.contrib.auth.views import LoginView
from django.urls import include, path

from accounts import views
from api.throttling import throttle_login

login = throttle_login(LoginView.as_view(extra_context={"title": "Log in"}))

urlpatterns = [
    path("login/", login, name="login"),
    path("signup/", throttle_login(views.SignUpView.as_view()), name="signup"),
    path(
        "password_reset/",
        throttle_login(views.PasswordResetView.as_view()),
        name="password_reset",
    ),
    # The other views, with Django's own URLs and names.
    path("", include("django.contrib.auth.urls")),
]
