"""Models for the tests of the framework. Their tables exist during these tests only."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Tag(models.Model):
    name = models.CharField(max_length=20, unique=True)

    class Meta:
        app_label = "api"
        ordering = ["name"]

    def __str__(self):
        return self.name


class Room(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "api"

    def __str__(self):
        return self.name


class Workshop(models.Model):
    name = models.CharField(max_length=20)
    slug = models.SlugField(blank=True)
    text = models.TextField(blank=True)
    website = models.URLField(blank=True)
    contact = models.EmailField(blank=True)
    seats = models.IntegerField(default=10)
    starts_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="workshops")
    tags = models.ManyToManyField(Tag, blank=True, related_name="workshops")

    class Meta:
        app_label = "api"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="one_workshop_of_a_name_per_owner",
                violation_error_message="You already have a workshop with this name.",
            ),
            models.CheckConstraint(
                condition=Q(seats__gt=0),
                name="has_seats",
                violation_error_message="A workshop has at least one seat.",
            ),
        ]

    def __str__(self):
        return self.name


MODELS = [Tag, Room, Workshop]
