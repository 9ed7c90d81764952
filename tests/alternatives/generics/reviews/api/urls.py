"""The URLs below /api/v1/ that no router makes.

https://docs.djangoproject.com/en/stable/topics/http/urls/
"""

from django.urls import path

from reviews.api.views import OpinionDetail, OpinionList

urlpatterns = [
    path("reviews/", OpinionList.as_view(), name="review-list"),
    path("reviews/<int:pk>/", OpinionDetail.as_view(), name="review-detail"),
]
