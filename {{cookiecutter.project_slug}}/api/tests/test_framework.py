"""The framework, as an app that is written with its names alone sees it."""

import json
from datetime import UTC, datetime
from functools import partial
from unittest.mock import Mock

import pytest
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    TooManyFieldsSent,
    ValidationError,
)
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection
from django.db.models import Manager, Prefetch
from django.test.utils import CaptureQueriesContext
from model_bakery import baker
from rest_framework import serializers as drf
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.exceptions import as_api_exception
from api.serializers import HyperlinkedModelSerializer, ModelSerializer, keys_expression
from api.tests.models import Room, Tag, Workshop
from api.tests.urls import RoomSerializer, TagSerializer, WorkshopSerializer, WorkshopViewSet

pytestmark = pytest.mark.usefixtures("workshops")
WORKSHOPS = "/api/v1/workshops/"


@pytest.fixture
def client(api):
    """Return a client of the superuser, which does not raise the exceptions of views."""
    client = api("superuser")
    client.raise_request_exception = False
    return client


@pytest.fixture
def workshop(users):
    """Return a workshop of the superuser, with two tags."""
    workshop = baker.make(Workshop, name="Pottery", owner=users["superuser"])
    workshop.tags.set([baker.make(Tag, name=name) for name in ("wheel", "clay")])
    return workshop


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_view_set_has_the_methods_of_its_mixins_and_no_others(client, method):
    room = client.post("/api/v1/rooms/", {"name": "Kiln"}).json()
    response = getattr(client, method)(f"/api/v1/rooms/{room['id']}/", {"name": "Attic"})
    assert response.status_code == 405
    assert response["Allow"] == "GET, DELETE, HEAD, OPTIONS"
    assert client.get("/api/v1/rooms/").json() == [
        {"id": room["id"], "name": "Kiln", "workshops": []}
    ]
    assert client.delete(f"/api/v1/rooms/{room['id']}/").status_code == 204


@pytest.mark.parametrize("queryset", ["annotated", "distinct", "joined"])
def test_if_match_works_with_any_queryset(client, workshop, monkeypatch, queryset):
    querysets = {
        "annotated": WorkshopViewSet.queryset,
        "distinct": Workshop.objects.distinct(),
        "joined": Workshop.objects.filter(tags__name="clay").select_related("room"),
    }
    monkeypatch.setattr(WorkshopViewSet, "queryset", querysets[queryset])
    url = f"{WORKSHOPS}{workshop.pk}/"
    etag = client.get(url)["ETag"]
    assert client.patch(url, {"seats": 2}, HTTP_IF_MATCH='"old"').status_code == 412
    assert client.patch(url, {"seats": 2}, HTTP_IF_MATCH=etag).json()["seats"] == 2
    assert client.patch(url, {"seats": 3}, HTTP_IF_MATCH=etag).status_code == 412
    assert client.delete(url, HTTP_IF_MATCH=etag).status_code == 412
    assert client.delete(url, HTTP_IF_MATCH=client.get(url)["ETag"]).status_code == 204


def test_a_constraint_that_only_the_database_checks_is_a_conflict_in_its_words(client, workshop):
    response = client.post(WORKSHOPS, {"name": "Pottery"})
    assert response.status_code == 409
    assert response.json()["detail"] == "You already have a workshop with this name."


def test_what_the_serializer_checks_is_a_validation_error(client, workshop):
    response = client.post("/api/v1/tags/", {"name": "clay"})
    assert response.status_code == 400
    assert "already exists" in response.json()["errors"]["name"][0]


def test_json_that_is_too_large_is_not_parsed(client, db, settings, monkeypatch):
    settings.JSON_MAX_BYTES = 1000
    parse = Mock(side_effect=AssertionError("parsed"))
    monkeypatch.setattr("rest_framework.parsers.JSONParser.parse", parse)
    response = client.post(WORKSHOPS, {"name": "x" * 1000})
    assert response.status_code == 413
    assert response.json()["detail"] == "The request body is too large."


def test_a_check_constraint_is_a_conflict_in_its_words(client, workshop, monkeypatch):
    monkeypatch.setattr(WorkshopSerializer, "run_validators", lambda self, value: None)
    validate = "rest_framework.serializers.ModelSerializer.get_validators"
    monkeypatch.setattr(validate, lambda self: [])
    response = client.patch(f"{WORKSHOPS}{workshop.pk}/", {"seats": 0})
    assert response.status_code == 409
    assert "at least one seat" in str(response.json())


def test_a_race_for_a_unique_field_is_a_conflict_in_the_words_of_the_field(
    client, workshop, monkeypatch
):
    monkeypatch.setattr("rest_framework.validators.UniqueValidator.__call__", Mock())
    response = client.post("/api/v1/tags/", {"name": "clay"})
    assert response.status_code == 409
    assert response.json()["detail"] == "Tag with this Name already exists."


def test_a_missing_value_is_a_server_error_that_is_logged(client, monkeypatch, caplog):
    monkeypatch.setattr(
        WorkshopViewSet, "perform_create", lambda self, serializer: serializer.save()
    )
    response = client.post(WORKSHOPS, {"name": "Pottery"})
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "null" in caplog.text.lower()


def test_a_protected_object_names_what_refers_to_it(client, workshop):
    room = baker.make(Room)
    Workshop.objects.update(room=room)
    response = client.delete(f"/api/v1/rooms/{room.pk}/")
    assert response.status_code == 409
    assert "referenced by 1 workshop." in response.json()["detail"]


def test_a_foreign_key_that_only_the_database_checks_is_a_conflict():
    class DriverError(Exception):
        sqlite_errorname = "SQLITE_CONSTRAINT_FOREIGNKEY"

    error = IntegrityError("FOREIGN KEY constraint failed")
    error.__cause__ = DriverError("FOREIGN KEY constraint failed")
    assert as_api_exception(error).status_code == 409


def test_an_unknown_unique_index_is_a_conflict_in_general_words():
    class DriverError(Exception):
        sqlite_errorname = "SQLITE_CONSTRAINT_UNIQUE"

    error = IntegrityError()
    error.__cause__ = DriverError("UNIQUE constraint failed: index 'by_hand'")
    assert "already exists" in str(as_api_exception(error).detail)


@pytest.mark.parametrize("name", ["name", "slug", "text", "website", "contact"])
@pytest.mark.parametrize("value", [1, 1.5, True])
def test_strings_are_strict_about_types(client, workshop, name, value):
    response = client.patch(f"{WORKSHOPS}{workshop.pk}/", {name: value})
    assert response.status_code == 400
    assert name in response.json()["errors"]


@pytest.mark.parametrize("ordering", ["name", "starts_at", "tag_count", None])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_show_each_row_once_in_both_directions(client, users, ordering, sign):
    days = [1, None, 3, 1, None, 2, 3, None]
    for number, day in enumerate(days):
        starts_at = day and datetime(2026, 1, day, 12, 0, 0, 7, tzinfo=UTC)
        workshop = baker.make(
            Workshop, name=f"{'aba'[number % 3]}{number}", starts_at=starts_at, owner=users["user"]
        )
        workshop.tags.set(
            [baker.make(Tag, name=f"{number}-{index}") for index in range(number % 3)]
        )
    parameters = {"page_size": 3} | ({"ordering": sign + ordering} if ordering else {})
    page = client.get(WORKSHOPS, parameters).json()
    pages = [page]
    while page["next"]:
        page = client.get(page["next"]).json()
        pages.append(page)
    rows = [row for page in pages for row in page["results"]]
    assert sorted(row["id"] for row in rows) == sorted(
        Workshop.objects.values_list("pk", flat=True)
    )
    if ordering in ("name", "starts_at"):
        # Null counts as larger than any value.
        values = [row[ordering] or "9" for row in rows]
        assert values == sorted(values, reverse=bool(sign))
    back = [page]
    while page["previous"]:
        page = client.get(page["previous"]).json()
        back.append(page)
    assert [page["results"] for page in reversed(back)] == [page["results"] for page in pages]


@pytest.mark.parametrize(
    ("parameters", "status", "count"),
    [
        ({"name": "Pottery"}, 200, 1),
        ({"name": "Weaving"}, 200, 0),
        ({"seats_min": 5, "seats_max": 20}, 200, 1),
        ({"seats_max": 5}, 200, 0),
        ({"seats": 5}, 400, None),
        ({"search": "a"}, 400, None),
        ({"page": 1}, 400, None),
        ({"ordering": "seats"}, 400, None),
    ],
)
def test_a_list_refuses_parameters_that_nothing_reads(client, workshop, parameters, status, count):
    response = client.get(WORKSHOPS, parameters)
    assert response.status_code == status
    if status == 200:
        assert len(response.json()["results"]) == count


def test_search_uses_search_fields(client, workshop):
    names = [tag["name"] for tag in client.get("/api/v1/tags/?search=CLA").json()["results"]]
    assert names == ["clay"]


def get_context():
    """Return the context of a serializer."""
    return {"request": Request(APIRequestFactory().get("/"))}


@pytest.mark.parametrize("serializer_class", [WorkshopSerializer, TagSerializer, RoomSerializer])
def test_representations_are_those_of_drf(workshop, users, serializer_class):
    Workshop.objects.update(room=baker.make(Room), starts_at=datetime(2026, 1, 1, tzinfo=UTC))
    baker.make(Workshop, name="Weaving", owner=users["user"])
    model = serializer_class.Meta.model
    base = drf.ModelSerializer.to_representation
    serializer = serializer_class(context=get_context())
    expected = [base(serializer, instance) for instance in model.objects.order_by("pk")]
    instances = serializer_class(
        model.objects.order_by("pk"), many=True, context=get_context()
    ).data
    assert instances == expected
    rows = serializer_class.rows(model.objects.order_by("pk"))
    assert serializer_class(rows, many=True, context=get_context()).data == expected


class PlainSerializer(ModelSerializer):
    """Columns of the model's own table."""

    class Meta:
        model = Workshop
        fields = ["id", "name", "seats", "starts_at"]


class SourcesSerializer(ModelSerializer):
    """Sources other than a column of the model."""

    owner_name = drf.CharField(source="owner.username", read_only=True)
    room_name = drf.CharField(source="room.name", read_only=True, allow_null=True)
    label = drf.CharField(source="__str__", read_only=True)
    tag_count = drf.IntegerField(source="tags.count", read_only=True)
    tag_names = drf.SlugRelatedField("name", source="tags", many=True, read_only=True)
    owner_label = drf.StringRelatedField(source="owner")
    nothing = drf.CharField(source="nothing.at_all", read_only=True)

    class Meta:
        model = Workshop
        fields = [
            *("owner_name", "room_name", "label", "tag_count", "tag_names", "owner_label"),
            "nothing",
        ]


@pytest.mark.parametrize("serializer_class", [PlainSerializer, SourcesSerializer])
def test_each_source_is_represented_as_by_drf(workshop, monkeypatch, serializer_class):
    monkeypatch.setattr(Workshop, "nothing", Mock(at_all="something"), raising=False)
    rows = serializer_class.rows(Workshop.objects.all())
    (data,) = serializer_class(rows, many=True).data
    assert data == drf.ModelSerializer.to_representation(serializer_class(), workshop)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "x" * 21), ("name", 1), ("website", 1), ("room", "http://["), ("tags", ["http://["])],
)
def test_a_value_of_another_type_or_length_is_a_validation_error(client, field, value):
    response = client.post(WORKSHOPS, {"name": "Pottery", "tags": [], field: value})
    assert response.status_code == 400
    assert field in response.json()["errors"]


def test_a_list_creates_no_related_objects(client, users):
    for number in range(5):
        workshop = baker.make(Workshop, name=str(number), owner=users["user"])
        workshop.tags.add(baker.make(Tag, name=str(number)))
    client.get(WORKSHOPS)
    with CaptureQueriesContext(connection) as context:
        assert len(client.get(WORKSHOPS).json()["results"]) == 5
    assert len(context) == (1 if connection.vendor == "postgresql" else 2)


def test_a_manager_with_a_queryset_of_its_own_is_asked_for_each_list(monkeypatch):
    class HiddenTags(Manager):
        hidden = "clay"

        def get_queryset(self):
            return super().get_queryset().exclude(name=self.hidden)

    get = partial(keys_expression, Workshop, "tags", "default")
    assert get() is get()
    manager = HiddenTags()
    manager.model = Tag
    monkeypatch.setitem(Tag._meta.__dict__, "default_manager", manager)
    assert "clay" in str(get().query.where)
    manager.hidden = "wool"
    assert "wool" in str(get().query.where)


def test_what_the_base_class_does_not_understand_is_left_to_drf(workshop):
    class Described(HyperlinkedModelSerializer):
        description = drf.SerializerMethodField()
        size = drf.IntegerField(source="tags.count", read_only=True)

        class Meta:
            model = Workshop
            fields = ["url", "description", "size"]

        def get_description(self, workshop):
            return f"{workshop.name} for {workshop.seats}"

    queryset = Workshop.objects.all()
    assert Described.rows(queryset) is queryset
    (data,) = Described(queryset, many=True, context=get_context()).data
    assert data == {
        "url": f"http://testserver{WORKSHOPS}{workshop.pk}/",
        "description": f"Pottery for {workshop.seats}",
        "size": 2,
    }


def test_fields_that_an_instance_removes_are_not_shown(workshop):
    class Short(ModelSerializer):
        class Meta:
            model = Workshop
            fields = ["id", "name", "seats"]

    class Shorter(Short):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            del self.fields["seats"]

    serializer = Short(workshop)
    del serializer.fields["id"]
    assert serializer.data == {"name": "Pottery", "seats": workshop.seats}
    assert Shorter.columns() is None
    assert Shorter(workshop).data == {"id": workshop.pk, "name": "Pottery"}


def test_a_prefetch_with_a_queryset_of_its_own_decides(workshop):
    queryset = Workshop.objects.prefetch_related(
        Prefetch("tags", queryset=Tag.objects.filter(name="clay"))
    )
    rows = WorkshopSerializer.rows(queryset)
    (data,) = WorkshopSerializer(rows, many=True, context=get_context()).data
    assert len(data["tags"]) == 1


def test_a_serializer_with_links_needs_the_request(workshop):
    with pytest.raises(AssertionError, match="context="):
        WorkshopSerializer(workshop).data  # noqa: B018


def test_the_schema_is_built_from_the_views(client, tmp_path):
    file = tmp_path / "schema.json"
    call_command("spectacular", file=str(file), format="openapi-json", validate=True)
    paths = json.loads(file.read_text())["paths"]
    room, workshops = paths["/api/v1/rooms/{id}/"], paths[WORKSHOPS]
    assert set(room) == {"get", "delete"}
    assert {} not in workshops["get"]["security"]
    assert {} in room["get"]["security"]
    assert {} not in room["delete"]["security"]
    assert "referenced by 2 workshops." in str(room["delete"]["responses"]["409"])
    assert "You already have a workshop" in str(workshops["post"]["responses"]["409"])
    assert "412" in paths[f"{WORKSHOPS}{{id}}/"]["patch"]["responses"]
    assert "429" in workshops["get"]["responses"]


@pytest.mark.parametrize("accept", ["application/json; version=%0a", "*/*; version=\n", ";", "/"])
def test_malformed_negotiation_is_no_server_error(client, accept):
    assert client.get(WORKSHOPS, HTTP_ACCEPT=accept).status_code in (200, 406)


def test_a_django_validation_error_and_requests_that_are_too_large_are_client_errors():
    codes = {
        BadRequest(): 400,
        TooManyFieldsSent(): 400,
        RequestDataTooBig(): 413,
        ValidationError("No."): 400,
        DataError(): 400,
    }
    assert [as_api_exception(error).status_code for error in codes] == [*codes.values()]
