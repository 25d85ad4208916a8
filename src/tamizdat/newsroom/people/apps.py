"""The app of people, and Wagtail's of users, with our screens."""

from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class PeopleConfig(AppConfig):
    """Accounts."""

    default = True
    name = "tamizdat.newsroom.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """Listen for log-ins and for accounts that are to go; have choosers write no scripts."""
        from tamizdat.newsroom.people import audit, keeping, starting  # noqa: PLC0415 - models are loaded only now

        audit.listen()
        keeping.listen()
        starting.without_inline_scripts()


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's screens of users, without what we do not ask people for."""

    default = False
    user_viewset = "tamizdat.newsroom.people.viewsets.PersonViewSet"
