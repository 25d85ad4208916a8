"""What breaking news adds to the admin."""

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from tamizdat.newsroom.breaking.views import BreakingProofView, BreakingView, FlashView
from tamizdat.newsroom.fronts.wagtail_hooks import PublishersItem


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the screens."""
    return [
        path("breaking/", BreakingView.as_view(), name="breaking"),
        path("breaking/proof/", BreakingProofView.as_view(), name="breaking_proof"),
        path("breaking/<int:pk>/", FlashView.as_view(), name="breaking_flash"),
    ]


@hooks.register("register_admin_menu_item")
def breaking_item() -> MenuItem:
    """Breaking news."""
    return PublishersItem(_("Breaking news"), reverse("breaking"), name="breaking", icon_name="warning", order=140)
