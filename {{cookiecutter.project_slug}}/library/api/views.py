"""The web API: a view set answers the verbs for one kind of thing.

https://www.django-rest-framework.org/api-guide/viewsets/
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import FormParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.routers import APIRootView

from library.api.answers import KeptAnswersMixin
from library.api.conditional import CachingMixin, ConditionalChangeMixin
from library.api.errors import Conflict
from library.api.filters import BookFilter, FilterBackend, LoanFilter, SearchBackend
from library.api.parsers import BoundedJSONParser
from library.api.serializers import (
    AuthorSerializer,
    BookSerializer,
    LoanSerializer,
    TokenSerializer,
)
from library.api.throttling import LoginThrottle
from library.models import UNKNOWN_DAY, Author, Book, Loan


@extend_schema(exclude=True)
class RootView(CachingMixin, APIRootView):
    """The lists of the library."""


class ListMixin:
    """A view set whose list refuses a parameter that it does not know, such as a mistyped one."""

    # What stands in an address is a number.
    lookup_value_regex = "[0-9]+"
    filterset_class = None

    def list(self, request, *args, **kwargs):
        """List them, a page at a time. A parameter that does not exist is refused."""
        known = {"format"} | self.pagination_class.parameters
        if SearchBackend in self.filter_backends:
            known.add("search")
        if self.filterset_class:
            known |= self.filterset_class.base_filters.keys()
        if unknown := request.query_params.keys() - known:
            message = f"There is no such parameter. There are: {', '.join(sorted(known))}."
            raise ValidationError({name: [message] for name in sorted(unknown)})
        return super().list(request, *args, **kwargs)


class AuthorViewSet(
    CachingMixin, KeptAnswersMixin, ConditionalChangeMixin, ListMixin, viewsets.ModelViewSet
):
    """The authors of the books."""

    queryset = Author.objects.prefetch_related("books")
    serializer_class = AuthorSerializer
    orderings = {"name": None}
    ordering = "name"


class BookViewSet(
    CachingMixin, KeptAnswersMixin, ConditionalChangeMixin, ListMixin, viewsets.ModelViewSet
):
    """The books of the library."""

    queryset = Book.objects.all()
    # What a list shows, as rows: to make objects of them would be more work.
    rows = queryset.with_author_ids().values_list(
        *("pk", "title", "subtitle", "isbn", "publication_date", "author_ids"), named=True
    )
    serializer_class = BookSerializer
    filterset_class = BookFilter
    orderings = {"title": None, "publication_date": UNKNOWN_DAY}
    ordering = "title"

    def get_queryset(self):
        """Return the books; for a list, rows of them."""
        return self.rows.all() if self.action == "list" else super().get_queryset()

    def loan_response(self, loan, status):
        """Return the response that shows `loan`, with its address as Location."""
        data = LoanSerializer(loan, context=self.get_serializer_context()).data
        # A plain text: some servers refuse a header that is DRF's Hyperlink.
        return Response(data, status, headers={"Location": str(data["url"])})

    @extend_schema(request=None, responses={201: LoanSerializer})
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def borrow(self, request, pk):
        """Borrow the book, for oneself. 409 while somebody has it."""
        book = self.get_object()
        try:
            # Nobody asks first whether the book is in: between the question and
            # the loan somebody else could take it. The constraint decides.
            with transaction.atomic():
                loan = Loan.objects.create(book=book, borrower=request.user)
        except IntegrityError:
            self.get_object()  # 404 if it is the book that is gone
            raise Conflict("The book is out. Try again when it is back.") from None
        return self.loan_response(loan, 201)

    @extend_schema(request=None, responses=LoanSerializer)
    @action(detail=True, methods=["post"], url_path="return", permission_classes=[IsAuthenticated])
    def give_back(self, request, pk):
        """Return the book: who has borrowed it may, and librarians. 409 while it is in."""
        loan = self.get_object().loans.open().select_related("borrower").first()
        if loan is None:
            raise Conflict("The book is not out.")
        if loan.borrower != request.user and not request.user.has_perm("library.change_loan"):
            raise PermissionDenied("Somebody else has borrowed the book.")
        loan.returned_at = timezone.now()
        if not Loan.objects.open().filter(pk=loan.pk).update(returned_at=loan.returned_at):
            raise Conflict("The book has just been returned.")
        return self.loan_response(loan, 200)


class LoanViewSet(CachingMixin, ListMixin, viewsets.ReadOnlyModelViewSet):
    """One's own loans; for librarians, everybody's."""

    queryset = Loan.objects.select_related("borrower")
    serializer_class = LoanSerializer
    permission_classes = [IsAuthenticated]
    filter_backends = [FilterBackend]
    filterset_class = LoanFilter

    def get_queryset(self):
        """Return the loans that the caller may see."""
        loans = super().get_queryset()
        if self.request.user.has_perm("library.view_loan"):
            return loans
        return loans.filter(borrower=self.request.user)


class TokenView(CachingMixin, ObtainAuthToken):
    """The token with which a program signs in."""

    # A form too: it is what `curl --data` sends.
    parser_classes = [BoundedJSONParser, FormParser]
    throttle_classes = [LoginThrottle]

    def get_permissions(self):
        """Return who may: everybody asks for a token; who has one may revoke it."""
        return [IsAuthenticated()] if self.request.method == "DELETE" else []

    @extend_schema(request=AuthTokenSerializer, responses=TokenSerializer)
    def post(self, request, *args, **kwargs):
        """Return the token for a user name and a password; always the same one until revoked."""
        return super().post(request, *args, **kwargs)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request, *args, **kwargs):
        """Revoke one's token: it signs nobody in any more."""
        Token.objects.filter(user=request.user).delete()
        return Response(status=204)
