from django.templatetags.static import static
from django.urls import path
from django.utils.functional import lazy
from django.views.generic import RedirectView, TemplateView

urlpatterns = [
    # The home page of a project that has no other: an app's own comes before it.
    path("", TemplateView.as_view(template_name="website/home.html"), name="home"),
    # What browsers and robots request without being told to. The URL of the icon is not
    # known before `collectstatic`.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("website/icon.svg"))),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain")),
]
