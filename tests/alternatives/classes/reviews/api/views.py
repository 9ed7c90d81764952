"""The web API of the reviews: a class for the list, and one for a single review.

https://www.django-rest-framework.org/api-guide/views/
"""

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.exceptions import Conflict
from library.models import Book
from reviews.api.permissions import IsReviewerOrReadOnly
from reviews.api.serializers import ReviewSerializer
from reviews.models import Review


def save(serializer, **fields):
    """Save what the serializer holds; raise Conflict where it is a second review of the book."""
    try:
        with transaction.atomic():
            serializer.save(**fields)
    except IntegrityError:
        raise Conflict("You have reviewed this book before.") from None


class ReviewListView(APIView):
    """All reviews, the newest first."""

    permission_classes = [IsReviewerOrReadOnly]

    @extend_schema(
        parameters=[OpenApiParameter("book", int, description="The number of a book.")],
        responses=ReviewSerializer(many=True),
    )
    def get(self, request):
        """List the reviews, the newest first; with ``?book=`` those of one book."""
        reviews = Review.objects.select_related("reviewer")
        if number := request.query_params.get("book"):
            field = serializers.PrimaryKeyRelatedField(queryset=Book.objects.all())
            try:
                book = field.run_validation(number)
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"book": error.detail}) from None
            reviews = reviews.filter(book=book)
        serializer = ReviewSerializer(reviews, many=True, context={"request": request})
        return Response(serializer.data)

    @extend_schema(request=ReviewSerializer, responses={201: ReviewSerializer})
    def post(self, request):
        """Review a book. 409 if one has reviewed it before."""
        serializer = ReviewSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        save(serializer, reviewer=request.user)
        data = serializer.data
        return Response(data, status=201, headers={"Location": str(data["url"])})


class ReviewDetailView(APIView):
    """One review."""

    permission_classes = [IsReviewerOrReadOnly]

    def get_review(self, pk):
        """Return the review; 404 where there is none, 401 or 403 for who may not."""
        review = get_object_or_404(Review.objects.select_related("reviewer"), pk=pk)
        self.check_object_permissions(self.request, review)
        return review

    def change(self, request, pk, partial):
        """Change the review, and return the response."""
        serializer = ReviewSerializer(
            self.get_review(pk), data=request.data, partial=partial, context={"request": request}
        )
        serializer.is_valid(raise_exception=True)
        save(serializer)
        return Response(serializer.data)

    @extend_schema(responses=ReviewSerializer)
    def get(self, request, pk):
        """Show the review."""
        return Response(ReviewSerializer(self.get_review(pk), context={"request": request}).data)

    @extend_schema(request=ReviewSerializer, responses=ReviewSerializer)
    def put(self, request, pk):
        """Change the review as a whole."""
        return self.change(request, pk, partial=False)

    @extend_schema(request=ReviewSerializer, responses=ReviewSerializer)
    def patch(self, request, pk):
        """Change a part of the review."""
        return self.change(request, pk, partial=True)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, pk):
        """Delete the review."""
        self.get_review(pk).delete()
        return Response(status=204)
