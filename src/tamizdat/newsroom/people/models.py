"""Accounts."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Person(AbstractUser):  # type: ignore[django-manager-missing] # Wagtail names none for its pictures
    """Somebody who works in the newsroom.

    Neither a real name nor an e-mail address is asked for: whoever gets hold of this database should learn no more
    than people chose to be called.
    """

    username = models.CharField(_("log-in name"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail address"), blank=True, default="")

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()
