"""The web API of the reviews: everything in this one file.

https://www.django-rest-framework.org/api-guide/generic-views/
"""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import generics, permissions, serializers
from rest_framework.reverse import reverse

from library.models import Book
from reviews.models import Review


class OpinionPermission(permissions.IsAuthenticatedOrReadOnly):
    """Everybody reads, who is signed in writes, and changes what is their own."""

    def has_object_permission(self, request, view, obj):
        """Return whether the request only reads, or comes from the reviewer."""
        return request.method in permissions.SAFE_METHODS or obj.reviewer == request.user


class OpinionSerializer(serializers.ModelSerializer):
    """A review; its reviewer is whoever sends it."""

    url = serializers.SerializerMethodField()
    book = serializers.HyperlinkedRelatedField(view_name="book-detail", queryset=Book.objects.all())
    reviewer = serializers.SerializerMethodField()
    # Never shown and never asked for: what is saved as the reviewer.
    writer = serializers.HiddenField(source="reviewer", default=serializers.CurrentUserDefault())
    rating = serializers.IntegerField(min_value=1, max_value=5)

    class Meta:
        model = Review
        fields = ["url", "id", "book", "reviewer", "writer", "rating", "text", "created_at"]
        # validate() below says it in a better sentence.
        validators = []

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, review):
        """Return the address of the review."""
        return reverse("review-detail", args=[review.pk], request=self.context.get("request"))

    def get_reviewer(self, review) -> str:
        """Return the name of the reviewer."""
        return review.reviewer.username

    def validate(self, data):
        """Refuse a second review of the same book by the same reader."""
        # A PATCH may leave out what the review has already.
        book = data.get("book") or self.instance.book
        reviewer = data.get("reviewer") or self.instance.reviewer
        others = Review.objects.filter(book=book, reviewer=reviewer)
        if self.instance:
            others = others.exclude(pk=self.instance.pk)
        if others.exists():
            raise serializers.ValidationError({"book": ["You have reviewed this book already."]})
        return data


@extend_schema_view(
    get=extend_schema(
        parameters=[OpenApiParameter("book", OpenApiTypes.INT, description="The id of a book.")]
    )
)
class OpinionList(generics.ListCreateAPIView):
    """The reviews, the newest first."""

    queryset = Review.objects.select_related("reviewer")
    serializer_class = OpinionSerializer
    permission_classes = [OpinionPermission]
    # No search: ?book= is looked at below.
    filter_backends = []

    def get_queryset(self):
        """Return the reviews, or with ?book= those of one book."""
        opinions = super().get_queryset()
        book = self.request.query_params.get("book")
        if not book:
            return opinions
        try:
            number = serializers.IntegerField().run_validation(book)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"book": error.detail}) from None
        # Asked of the books, of which none has a number that is too long for a column.
        return opinions.filter(book__in=Book.objects.filter(pk=number))


class OpinionDetail(generics.RetrieveUpdateDestroyAPIView):
    """One review."""

    queryset = Review.objects.select_related("reviewer")
    serializer_class = OpinionSerializer
    permission_classes = [OpinionPermission]
