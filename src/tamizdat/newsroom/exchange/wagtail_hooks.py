"""What the exchange adds to the admin."""

from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from tamizdat.newsroom.exchange import views


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the screens."""
    return [
        path("exchange/", views.many, name="exchange_many"),
        path("exchange/take/", views.take_many, name="exchange_take_many"),
        path("exchange/<int:key>/", views.one, name="exchange_one"),
        path("exchange/<int:key>/take/", views.take_one, name="exchange_take_one"),
        path("exchange/report/<int:key>/", views.report, name="exchange_report"),
        path("exchange/choose/<int:key>/", views.choose, name="exchange_choose"),
    ]


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls them."""
    actions.register_action("exchange.out", _("Take out to translate"), _("Taken out to be translated elsewhere"))
    actions.register_action("exchange.back", _("Bring back"), _("Brought back from translating elsewhere"))
