"""Django REST framework's model serializers: strict about types, and fast.

https://www.django-rest-framework.org/api-guide/serializers/

DRF asks each field of each object for its value and calls ``reverse()`` for each
link. Here, a serializer looks at its fields once. For a list, it also tells the
queryset which columns it needs, so that no model instance has to be created.
Whatever it does not understand, such as a method field or a nested serializer,
is left to DRF: slower, with the same result.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models
from django.db.models.expressions import RawSQL
from django.db.models.query_utils import DeferredAttribute
from django.utils.functional import cached_property
from rest_framework import relations, serializers
from rest_framework.fields import SkipField

# An integer that stands for the primary key while a link is prepared.
PLACEHOLDER = 2**63 - 1


class StrictStringMixin:
    """A field that accepts JSON strings only, and counts the spaces around them."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        # DRF trims before it validates. The length in the OpenAPI schema is that of
        # the string as it is sent.
        if self.max_length and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class CharField(StrictStringMixin, serializers.CharField):
    """DRF's ``CharField``, which does not turn numbers into strings."""


class EmailField(StrictStringMixin, serializers.EmailField):
    """DRF's ``EmailField``, strict about types."""


class SlugField(StrictStringMixin, serializers.SlugField):
    """DRF's ``SlugField``, strict about types."""


class URLField(StrictStringMixin, serializers.URLField):
    """DRF's ``URLField``, strict about types."""


class HyperlinkedRelatedField(serializers.HyperlinkedRelatedField):
    """DRF's field, for which a malformed URL is a validation error."""

    def to_internal_value(self, data):
        try:
            return super().to_internal_value(data)
        except ValueError:  # urlsplit() raises it, for instance for "http://["
            self.fail("no_match")


class Column(NamedTuple):
    """How one field is read from a row or from an instance, and represented."""

    #: The name of the value in a row: what ``values_list()`` is asked for.
    lookup: str
    #: Returns the same value for an instance.
    get: Callable
    #: Returns the representation of a value other than None; None keeps the value.
    represent: Callable | None = None
    #: The hyperlinked field that makes a URL of the value, which is a primary key.
    link: relations.HyperlinkedRelatedField | None = None
    #: The name of the relation of which the value is the list of primary keys.
    many: str = ""


def is_simple(field: serializers.Field) -> bool:
    """Return whether the representation of a field depends on nothing but the column's value."""
    return (
        type(field).get_attribute is serializers.Field.get_attribute
        and type(field).to_representation.__module__ == "rest_framework.fields"
        and not isinstance(
            field,
            serializers.FileField
            | serializers.SerializerMethodField
            | serializers.ReadOnlyField
            | serializers.ModelField
            | serializers.ListField
            | serializers.DictField,
        )
    )


def is_plain_relation(field: serializers.Field) -> bool:
    """Return whether a relation is represented by its primary key, or by a link made from it."""
    if isinstance(field, serializers.PrimaryKeyRelatedField):
        return (
            type(field).to_representation is serializers.PrimaryKeyRelatedField.to_representation
            and field.pk_field is None
        )
    if isinstance(field, serializers.HyperlinkedRelatedField):
        base = serializers.HyperlinkedRelatedField
        return (
            type(field).to_representation is base.to_representation
            and type(field).get_url is base.get_url
            and field.lookup_field == "pk"
        )
    return False


def has_integer_key(model: type[models.Model]) -> bool:
    """Return whether the primary key of `model` is an integer, which a URL needs no quoting for."""
    return isinstance(model._meta.pk, models.IntegerField)


def follow(model, path):
    """Return the model field at the end of `path`, a list of names; None where there is none.

    The relations on the way must not be null.
    """
    for name in path[:-1]:
        try:
            relation = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        if not (relation.concrete and (relation.many_to_one or relation.one_to_one)):
            return None
        if relation.null:
            return None
        model = relation.related_model
    try:
        return model._meta.get_field(path[-1])
    except FieldDoesNotExist:
        return None


def related_keys(relation_name):
    """Return a function that returns the primary keys of an instance's related objects."""

    def get(instance):
        return [related.pk for related in getattr(instance, relation_name).all()]

    return get


def related_keys_array(model, relation_name):
    """Return the same as an expression: an array, in the order of the related model.

    https://docs.djangoproject.com/en/stable/ref/contrib/postgres/expressions/
    """
    relation = model._meta.get_field(relation_name)
    related = relation.related_model._default_manager
    condition = {relation.remote_field.name: models.OuterRef("pk")}
    return ArraySubquery(related.filter(**condition).values("pk"))


@cache
def compiled_keys_array(model, relation_name, using):
    """Return `related_keys_array` as SQL.

    To compile it for each request took a fifth of the time of a list.
    """
    query = model._base_manager.annotate(keys=related_keys_array(model, relation_name)).query
    array = query.annotations["keys"]
    sql, params = query.get_compiler(using).compile(array)
    return RawSQL(sql, params, array.output_field)


def keys_expression(model, relation_name, using):
    """Return the array of related keys, compiled where it is the same for each request."""
    manager = model._meta.get_field(relation_name).related_model._default_manager
    # A queryset of the manager's own may depend on the time, or on the language.
    if type(manager).get_queryset is models.Manager.get_queryset:
        return compiled_keys_array(model, relation_name, using)
    return related_keys_array(model, relation_name)


def value_by_drf(field):
    """Return a function of an instance that returns what DRF passes to ``to_representation``."""

    def get(instance):
        value = field.get_attribute(instance)
        is_null = isinstance(value, relations.PKOnlyObject) and value.pk is None
        return None if is_null else value

    return get


def column_of(model, field):
    """Return the `Column` that reads the serializer's `field`, or None where DRF has to."""
    if field.source == "*":
        if isinstance(field, serializers.HyperlinkedIdentityField) and is_plain_relation(field):
            return Column("pk", attrgetter("pk"), link=field) if has_integer_key(model) else None
        return None
    path = field.source.split(".")
    model_field = follow(model, path)
    if model_field is None:
        return None
    lookup, attribute = "__".join(path), ".".join(path)
    if isinstance(field, relations.ManyRelatedField):
        child = field.child_relation
        if (
            len(path) > 1
            or type(field) is not relations.ManyRelatedField
            or not is_plain_relation(child)
            or not (model_field.many_to_many or model_field.one_to_many)
            or not has_integer_key(model_field.related_model)
            or getattr(model_field.remote_field, "hidden", False)
        ):
            return None
        link = child if isinstance(child, serializers.HyperlinkedRelatedField) else None
        return Column(f"{lookup}_keys", related_keys(lookup), link=link, many=lookup)
    if not model_field.concrete or model_field.many_to_many:
        return None
    if is_plain_relation(field):
        if not (model_field.is_relation and model_field.target_field.primary_key):
            return None
        if not has_integer_key(model_field.related_model):
            return None
        link = field if isinstance(field, serializers.HyperlinkedRelatedField) else None
        prefix = path[:-1]
        lookup = "__".join([*prefix, model_field.attname])
        return Column(lookup, attrgetter(".".join([*prefix, model_field.attname])), link=link)
    if model_field.is_relation or model_field.descriptor_class is not DeferredAttribute:
        return None
    if not is_simple(field):
        return None
    return Column(lookup, attrgetter(attribute), field.to_representation)


class FastModelSerializerMixin:
    """A model serializer that looks at its fields once, instead of once for each object."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: CharField,
        models.EmailField: EmailField,
        models.SlugField: SlugField,
        models.TextField: CharField,
        models.URLField: URLField,
    }

    @classmethod
    @cache
    def columns(cls):
        """Return a dictionary of a `Column` for each field, or None if one of them needs DRF.

        Also None if the class overrides what makes the fields: instances may differ then.
        """
        if (
            cls.get_fields is not serializers.ModelSerializer.get_fields
            or cls.get_field_names is not serializers.ModelSerializer.get_field_names
            or cls.__init__ is not serializers.BaseSerializer.__init__
        ):
            return None
        columns = {
            field.field_name: column_of(cls.Meta.model, field) for field in cls()._readable_fields
        }
        return None if None in columns.values() else columns

    @classmethod
    def rows(cls, queryset, *names):
        """Return `queryset` as the named tuples that this serializer needs, if that is possible.

        They also have the columns and annotations that `names` names.

        Lists of related objects become arrays of primary keys, which PostgreSQL has;
        with another database, the related objects are prefetched. A queryset with
        `Prefetch` objects or ``values()`` of its own is returned as it is.
        """
        columns = cls.columns()
        if (
            columns is None
            or cls.to_representation is not FastModelSerializerMixin.to_representation
            or not isinstance(queryset, models.QuerySet)
            or queryset.model is not cls.Meta.model
            or queryset._fields is not None
            or not all(isinstance(name, str) for name in queryset._prefetch_related_lookups)
        ):
            return queryset
        many = [column.many for column in columns.values() if column.many]
        if many and connections[queryset.db].vendor != "postgresql":
            return queryset.prefetch_related(*many)
        model, using = queryset.model, queryset.db
        arrays = {f"{name}_keys": keys_expression(model, name, using) for name in many}
        lookups = dict.fromkeys(["pk", *(c.lookup for c in columns.values()), *names])
        rows = queryset.prefetch_related(None).annotate(**arrays)
        return rows.values_list(*lookups, named=True)

    def link_of(self, field):
        """Return a function of a primary key that returns the URL that `field` would make.

        ``reverse()`` is called once: URLs of one route differ by the primary key alone.
        """
        request = self.context.get("request")
        assert request is not None, (
            f"{type(self).__name__} makes links, and needs the request for them: "
            "pass context={'request': request}."
        )
        stand_in = relations.PKOnlyObject(pk=PLACEHOLDER)
        url = field.get_url(stand_in, field.view_name, request, self.context.get("format"))
        before, after = url.split(str(PLACEHOLDER))
        return lambda key: f"{before}{key}{after}"

    def read(self, column, get):
        """Return a pair of functions for `column`: `get`, and the representation of its value."""
        if not column.link:
            return get, column.represent
        link = self.link_of(column.link)
        if column.many:
            return get, lambda keys: [link(key) for key in keys]
        return get, link

    @cached_property
    def instance_readers(self):
        """How each field is read from an instance: name, function, representation."""
        # Somebody may have changed the fields of this instance, if they were asked for.
        columns = None if "fields" in self.__dict__ else self.columns()
        if columns is not None:
            return [(name, *self.read(column, column.get)) for name, column in columns.items()]
        readers = []
        for field in self._readable_fields:
            if column := column_of(self.Meta.model, field):
                readers.append((field.field_name, *self.read(column, column.get)))
            else:
                readers.append((field.field_name, value_by_drf(field), field.to_representation))
        return readers

    @cached_property
    def row_readers(self):
        """How each field is read from a row of `rows`."""
        return [
            (name, *self.read(column, attrgetter(column.lookup)))
            for name, column in self.columns().items()
        ]

    def to_representation(self, instance):
        readers = self.row_readers if isinstance(instance, tuple) else self.instance_readers
        representation = {}
        for name, get, represent in readers:
            try:
                value = get(instance)
            except SkipField:
                continue
            if value is not None and represent is not None:
                value = represent(value)
            representation[name] = value
        return representation


class ModelSerializer(FastModelSerializerMixin, serializers.ModelSerializer):
    """DRF's ``ModelSerializer``, strict about types and fast; relations are primary keys."""


class HyperlinkedModelSerializer(FastModelSerializerMixin, serializers.HyperlinkedModelSerializer):
    """DRF's ``HyperlinkedModelSerializer``, strict about types and fast."""

    serializer_related_field = HyperlinkedRelatedField
