from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Django's user, unchanged.

    A project that starts with a custom model can add fields to it later.
    https://docs.djangoproject.com/en/stable/topics/auth/customizing/#using-a-custom-user-model-when-starting-a-project
    """
