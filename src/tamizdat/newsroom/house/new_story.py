"""Which language a new story is in: one button for each newspaper that whoever asks may write for."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.stories.models import Newspaper


class NewStoryView(View):
    """The screen; with one newspaper alone there is nothing to ask."""

    header_icon = ""
    model: Any = None
    index_url_name = add_url_name = ""
    page_title = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The buttons."""
        papers = [
            {
                "name": endonym(paper.locale.language_code),
                "tag": paper.locale.language_code,
                "direction": "rtl" if is_right_to_left(paper.locale.language_code) else "ltr",
                "address": reverse("wagtailadmin_pages:add", args=["stories", "storypage", paper.pk]),
            }
            for paper in Newspaper.objects.select_related("locale").order_by("path")
            if paper.permissions_for_user(request.user).can_add_subpage()
        ]
        if not papers:
            raise PermissionDenied
        if len(papers) == 1:
            return redirect(papers[0]["address"])
        return render(request, "house/new_story.html", {"papers": papers})
