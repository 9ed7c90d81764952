"""A web API that is written with the names of the framework alone."""

from django.db.models import Count
from django.urls import include, path
from django_filters import rest_framework as filters
from drf_spectacular.views import SpectacularAPIView
from rest_framework.decorators import action
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.response import Response

from api import serializers, viewsets
from api.exceptions import Conflict
from api.routers import DefaultRouter
from api.tests.models import Room, Tag, Workshop
from django_project import urls as project
from django_project.urls import handler400, handler404, handler500  # noqa: F401


class TagSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Tag
        fields = ["url", "id", "name", "workshops"]
        read_only_fields = ["workshops"]


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["id", "name", "workshops"]
        read_only_fields = ["workshops"]


class WorkshopSerializer(serializers.HyperlinkedModelSerializer):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = Workshop
        fields = [
            *("url", "id", "name", "slug", "text", "website", "contact", "seats", "starts_at"),
            *("owner", "room", "tags"),
        ]


class WorkshopFilter(filters.FilterSet):
    seats = filters.RangeFilter()

    class Meta:
        model = Workshop
        fields = ["name"]


class TagViewSet(viewsets.ModelViewSet):
    queryset = Tag.objects.distinct()
    serializer_class = TagSerializer
    search_fields = ["name"]


class RoomViewSet(
    viewsets.CreateModelMixin,
    viewsets.ListModelMixin,
    viewsets.RetrieveModelMixin,
    viewsets.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    queryset = Room.objects.all()
    serializer_class = RoomSerializer
    pagination_class = None


class WorkshopViewSet(viewsets.ModelViewSet):
    queryset = Workshop.objects.select_related("owner", "room").annotate(tag_count=Count("tags"))
    serializer_class = WorkshopSerializer
    permission_classes = [IsAuthenticated]
    filterset_class = WorkshopFilter
    ordering_fields = ["name", "starts_at", "tag_count"]
    ordering = ["name"]

    def perform_create(self, serializer):
        serializer.save(owner=self.request.user)

    def perform_update(self, serializer):
        serializer.save()

    @action(detail=True)
    def seats(self, request, pk):
        return Response({"seats": self.get_object().seats})

    @action(detail=True, methods=["post"])
    def add_seats(self, request, pk):
        workshop = self.get_object()
        if not request.data:
            raise Conflict("How many?")
        return self.save(workshop, request.data["seats"])

    @action(detail=True, methods=["post"])
    def add_seat(self, request, pk):
        return self.save(self.get_object(), 1)

    def save(self, workshop, count):
        workshop.seats += count
        workshop.save()
        return Response({"seats": workshop.seats})

    @action(detail=True, methods=["post"], permission_classes=[IsAdminUser])
    def close(self, request, pk):
        raise Conflict("It is not open.")


router = DefaultRouter()
router.register("tags", TagViewSet)
router.register("rooms", RoomViewSet)
router.register("workshops", WorkshopViewSet)

urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    # The pages, to which the browsable API links. The resources of the project may have
    # the names of those above.
    *(one for one in project.urlpatterns if str(one.pattern) != "api/v1/"),
]
