from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Django's user, unchanged.

    A custom model from the first migration on can get more fields later.
    https://docs.djangoproject.com/en/stable/topics/auth/customizing/#using-a-custom-user-model-when-starting-a-project
    """
