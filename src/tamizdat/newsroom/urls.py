"""Addresses of the newsroom. There is nothing here for readers: theirs is what the press makes."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls

from tamizdat.newsroom.first_run.views import arrival
from tamizdat.newsroom.pictures.views import library_file
from tamizdat.newsroom.pressroom.views import proof_file

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="wagtailadmin_home", permanent=False)),
    path("pictures/<path:name>", library_file, name="library_file"),
    path("proof/<path:name>", proof_file, name="proof_file"),
    path("arrival/<str:ticket>/", arrival, name="arrival"),
    path("admin/", include("tamizdat.newsroom.people.urls")),
    path("admin/", include(wagtailadmin_urls)),
]
