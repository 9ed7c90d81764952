from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [
    # The home page of a project that has no other: an app's own comes before it.
    path("", TemplateView.as_view(template_name="website/home.html"), name="home"),
]
