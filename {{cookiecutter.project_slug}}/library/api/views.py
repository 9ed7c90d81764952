"""View sets: https://www.django-rest-framework.org/api-guide/viewsets/"""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from api import viewsets
from api.exceptions import Conflict
from api.filters import DjangoFilterBackend
from library.api.filters import BookFilter, LibrarySearchFilter, LoanFilter
from library.api.serializers import AuthorSerializer, BookSerializer, LoanSerializer
from library.models import Author, Book, Loan, LoanError


class AuthorViewSet(viewsets.ModelViewSet):
    """The authors of the books."""

    queryset = Author.objects.prefetch_related("books")
    serializer_class = AuthorSerializer
    filter_backends = [DjangoFilterBackend, LibrarySearchFilter]
    search_fields = ["search_text__contains"]
    ordering_fields = ["name"]
    ordering = ["name"]


class BookViewSet(viewsets.ModelViewSet):
    """The books of the library."""

    queryset = Book.objects.prefetch_related("authors")
    serializer_class = BookSerializer
    filter_backends = [DjangoFilterBackend, LibrarySearchFilter]
    filterset_class = BookFilter
    search_fields = ["search_text__contains"]
    ordering_fields = ["title", "publication_date"]
    ordering = ["title"]

    def get_loan_response(self, loan, status):
        """Return the response that shows `loan`, with its URL as Location."""
        data = LoanSerializer(loan, context=self.get_serializer_context()).data
        return Response(data, status, headers={"Location": data["url"]})

    @extend_schema(
        request=None,
        responses={201: LoanSerializer, 409: OpenApiResponse(description="The book is on loan.")},
    )
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def borrow(self, request, pk):
        """Borrow the book. 409 while it is on loan."""
        try:
            loan = self.get_object().borrow(request.user)
        except LoanError as error:
            self.get_object()  # Http404 if the book has been deleted
            raise Conflict(str(error)) from None
        return self.get_loan_response(loan, 201)

    @extend_schema(
        request=None,
        responses={
            200: LoanSerializer,
            409: OpenApiResponse(description="The book is not on loan."),
        },
    )
    @action(detail=True, methods=["post"], url_path="return", permission_classes=[IsAuthenticated])
    def return_book(self, request, pk):
        """Return the book, as its borrower or as a librarian. 409 while it is not on loan."""
        try:
            loan = self.get_object().return_from(request.user)
        except LoanError as error:
            raise Conflict(str(error)) from None
        return self.get_loan_response(loan, 200)


class LoanViewSet(viewsets.ReadOnlyModelViewSet):
    """Your loans; for librarians, all loans."""

    queryset = Loan.objects.select_related("borrower")
    serializer_class = LoanSerializer
    permission_classes = [IsAuthenticated]
    filterset_class = LoanFilter

    def get_queryset(self):
        loans = super().get_queryset()
        if self.request.user.has_perm("library.view_loan"):
            return loans
        return loans.filter(borrower=self.request.user)
