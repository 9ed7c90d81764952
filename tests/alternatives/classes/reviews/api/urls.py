"""The URLs below /api/v1/ that no router makes.

https://docs.djangoproject.com/en/stable/topics/http/urls/
"""

from django.urls import path

from reviews.api.views import ReviewDetailView, ReviewListView

urlpatterns = [
    path("reviews/", ReviewListView.as_view(), name="review-list"),
    path("reviews/<int:pk>/", ReviewDetailView.as_view(), name="review-detail"),
]
