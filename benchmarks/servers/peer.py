"""Plain DRF: a ModelViewSet with the defaults of DRF and gunicorn.

It reads the project's tables and serves /api/v1/books/, 20 books per page, with
page numbers.
"""

import os

import django
import environ
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"])},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    REST_FRAMEWORK={
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "PAGE_SIZE": 20,
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="a benchmark",
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework import serializers, viewsets  # noqa: E402
from rest_framework.routers import DefaultRouter  # noqa: E402

# A model needs an app label. This file is no app, so it borrows an installed one.
APP = "contenttypes"


class Author(models.Model):
    """An author of the project's table."""

    name = models.CharField(max_length=200)

    class Meta:
        app_label = APP
        db_table = "library_author"
        managed = False


class Book(models.Model):
    """A book of the project's table."""

    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200)
    authors = models.ManyToManyField(Author, db_table="library_book_authors")
    isbn = models.CharField(max_length=13)
    publication_date = models.DateField(null=True)

    class Meta:
        app_label = APP
        db_table = "library_book"
        managed = False
        ordering = ["title", "pk"]


class AuthorSerializer(serializers.HyperlinkedModelSerializer):
    """An author as JSON."""

    class Meta:
        model = Author
        fields = ["url", "id", "name"]


class BookSerializer(serializers.HyperlinkedModelSerializer):
    """A book as JSON."""

    class Meta:
        model = Book
        fields = ["url", "id", "title", "subtitle", "authors", "isbn", "publication_date"]


class AuthorViewSet(viewsets.ModelViewSet):
    """The authors."""

    queryset = Author.objects.all()
    serializer_class = AuthorSerializer


class BookViewSet(viewsets.ModelViewSet):
    """The books."""

    queryset = Book.objects.all()
    serializer_class = BookSerializer


router = DefaultRouter()
router.register("books", BookViewSet)
router.register("authors", AuthorViewSet)
urlpatterns = [path("api/v1/", include(router.urls))]
application = get_wsgi_application()
