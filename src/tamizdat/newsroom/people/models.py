"""Accounts, their sessions, and how often somebody guessed wrong."""

import hashlib
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.people.real_names import SEES_REAL_NAMES, sees_real_names


class Person(AbstractUser):  # type: ignore[django-manager-missing] # Wagtail names none for its pictures
    """Somebody who works in the newsroom.

    Neither a real name nor an e-mail address is asked for: whoever gets hold of this database should learn no more
    than people chose to be called.
    """

    username = models.CharField(_("log-in name"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail address"), blank=True, default="")

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """As Django; but whose name a byline stands for nobody sees by being administrator."""
        if perm == SEES_REAL_NAMES:
            return sees_real_names(self)
        found: bool = super().has_perm(perm, obj)
        return found


class PersonSession(AbstractBaseSession):
    """A session that knows whose it is, so that it can be ended. Where from, it does not know."""

    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="sessions")
    began = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Its store."""
        from tamizdat.newsroom.people.sessions import SessionStore  # noqa: PLC0415 - it needs this class

        return SessionStore

    @property
    def digest(self) -> str:
        """What a page may call it: the key itself would open it."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()


class Attempts(models.Model):
    """How often in a row somebody tried to log in to one account, or to any, and failed. Never from where.

    ``key`` is a keyed hash: a name that was mistyped may be a password.
    """

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class RoleGroup(models.Model):
    """Which group of Django's stands for a role in a language; ``language`` is empty for roles that know none.

    ``given`` are the permissions that a set-up gave it: what an administrator takes away is not given again.
    """

    role = models.CharField(max_length=32)
    language = models.CharField(max_length=35, blank=True, default="")
    group = models.OneToOneField("auth.Group", on_delete=models.CASCADE, related_name="role")
    given = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "language"], name="one_group_per_role")]

    def __str__(self) -> str:
        return str(self.group)
