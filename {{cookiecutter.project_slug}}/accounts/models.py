from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who can sign in.

    It is Django's user, unchanged. Being our own from the first migration on,
    it can be given fields later, which Django's cannot.
    https://docs.djangoproject.com/en/stable/topics/auth/customizing/#using-a-custom-user-model-when-starting-a-project
    """
