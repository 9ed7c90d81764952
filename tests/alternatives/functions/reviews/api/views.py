"""The web API of the reviews: functions answer the verbs.

https://www.django-rest-framework.org/api-guide/views/#function-based-views
"""

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.response import Response

from api.exceptions import Conflict
from library.models import Book
from reviews.api.permissions import check_reviewer
from reviews.api.serializers import BookReviewSerializer
from reviews.models import BookReview


def save_review(serializer, **fields):
    """Save what was sent in; raise Conflict for a second review of the same book."""
    try:
        # The database decides, as in `borrow`.
        with transaction.atomic():
            serializer.save(**fields)
    except IntegrityError:
        raise Conflict("You have reviewed this book already.") from None


@extend_schema(
    methods=["GET"],
    parameters=[OpenApiParameter("book", int, description="The number of a book.")],
    responses=BookReviewSerializer(many=True),
)
@extend_schema(
    methods=["POST"], request=BookReviewSerializer, responses={201: BookReviewSerializer}
)
@api_view(["GET", "POST"])
@permission_classes([IsAuthenticatedOrReadOnly])
def review_list(request):
    """List the reviews, the newest first, or write one."""
    if request.method == "POST":
        serializer = BookReviewSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        save_review(serializer, reviewer=request.user)
        location = str(serializer.data["url"])
        return Response(serializer.data, status=201, headers={"Location": location})
    reviews = BookReview.objects.select_related("reviewer")
    if book := request.query_params.get("book"):
        try:
            reviews = reviews.filter(book__in=Book.objects.filter(pk=int(book)))
        except ValueError:
            raise ValidationError({"book": ["A whole number is needed."]}) from None
    serializer = BookReviewSerializer(reviews, many=True, context={"request": request})
    return Response(serializer.data)


@extend_schema(methods=["GET"], responses=BookReviewSerializer)
@extend_schema(methods=["PATCH"], request=BookReviewSerializer, responses=BookReviewSerializer)
@extend_schema(methods=["DELETE"], responses={204: None})
@api_view(["GET", "PATCH", "DELETE"])
@permission_classes([IsAuthenticatedOrReadOnly])
def review_detail(request, pk):
    """Show one review, change it, or delete it."""
    review = get_object_or_404(BookReview.objects.select_related("reviewer"), pk=pk)
    if request.method == "GET":
        return Response(BookReviewSerializer(review, context={"request": request}).data)
    check_reviewer(request, review)
    if request.method == "DELETE":
        review.delete()
        return Response(status=204)
    serializer = BookReviewSerializer(
        review, data=request.data, partial=True, context={"request": request}
    )
    serializer.is_valid(raise_exception=True)
    save_review(serializer)
    return Response(serializer.data)
