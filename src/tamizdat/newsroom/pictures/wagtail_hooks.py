"""What the picture library adds to the admin."""

from django.urls import URLPattern, path
from wagtail import hooks

from tamizdat.newsroom.pictures import views


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses that the story's form asks."""
    return [path("picture-cuts/<int:key>/", views.picture_cuts, name="picture_cuts")]
