"""The URLs below /api/v1/ that no router makes.

https://docs.djangoproject.com/en/stable/topics/http/urls/
"""

from django.urls import path

from reviews.api.views import review_detail, review_list

urlpatterns = [
    path("reviews/", review_list, name="bookreview-list"),
    path("reviews/<int:pk>/", review_detail, name="bookreview-detail"),
]
