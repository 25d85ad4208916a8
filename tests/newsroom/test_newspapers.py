"""There is one newspaper for each language, which comes with the settings: no screen makes, copies or hides one."""

import pytest
from desk_kit import newspaper, person, publish, write
from django.urls import reverse
from moving_kit import line, move_lines, write_lines
from people_kit import member
from wagtail.models import Page

from tamizdat.newsroom.people.models import RoleGroup
from tamizdat.newsroom.set_up import set_up
from tamizdat.newsroom.stories.models import Newspaper, StoryPage

pytestmark = pytest.mark.django_db
NO_COMMENTS = {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}


@pytest.fixture(params=["editor:en", "desk_head:en", ""])
def somebody(request, client):
    """Whoever may do most in a language, and an administrator."""
    client.force_login(member("somebody", request.param) if request.param else person())
    return client


def papers():
    return sorted(Newspaper.objects.values_list("pk", "path", "live", "locale__language_code"))


def in_bulk(act, page):
    return f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', act])}?id={page.pk}"


def test_nobody_adds_one(somebody):
    before, root = papers(), Page.get_first_root_node()
    address = reverse("wagtailadmin_pages:add", args=["stories", "newspaper", root.pk])
    somebody.post(address, {"title": "Sports", "slug": "sports", "action-publish": "x", **NO_COMMENTS})
    assert somebody.get(address).status_code == 302
    assert papers() == before
    shown = somebody.get(reverse("wagtailadmin_explore", args=[root.pk]), follow=True).content.decode()
    assert reverse("wagtailadmin_pages:add_subpage", args=[root.pk]) not in shown


@pytest.mark.parametrize("more", [{}, {"alias": "on"}])
def test_nobody_copies_one(somebody, more):
    story, before = publish(write("Harbour closed")), papers()
    form = {
        "new_title": "Copy",
        "new_slug": "copy",
        "new_parent_page": Page.get_first_root_node().pk,
        "copy_subpages": "on",
        "publish_copies": "on",
        **more,
    }
    address = reverse("wagtailadmin_pages:copy", args=[newspaper("en").pk])
    somebody.post(address, form)
    assert somebody.get(address).status_code == 302
    assert papers() == before
    assert StoryPage.objects.get().pk == story.pk


@pytest.mark.parametrize("many", [False, True])
def test_nobody_takes_all_its_stories_from_readers_at_once(somebody, many):
    paper, before = newspaper("en"), papers()
    stories = [publish(write(f"Harbour {n}"), person(f"p{n}")).pk for n in range(2)]
    address = in_bulk("unpublish", paper) if many else reverse("wagtailadmin_pages:unpublish", args=[paper.pk])
    somebody.post(address, {"include_descendants": "on"})
    assert papers() == before
    assert sorted(StoryPage.objects.filter(live=True).values_list("pk", flat=True)) == stories


def test_nobody_lets_all_its_drafts_go_at_once(somebody):
    for name in ("One", "Two"):
        write(name).save_revision()
    somebody.post(in_bulk("publish", newspaper("en")), {"include_descendants": "on"})
    assert not StoryPage.objects.filter(live=True).exists()


def test_none_goes_out_or_ends_at_a_time(somebody):
    paper, before = newspaper("en"), papers()
    form = {"title": "Renamed", "go_live_at": "2031-05-01 12:00", "expire_at": "2031-05-02 12:00", **NO_COMMENTS}
    somebody.post(reverse("wagtailadmin_pages:edit", args=[paper.pk]), {**form, "action-publish": "x"})
    assert newspaper("en").title == "Renamed"
    assert papers() == before
    assert newspaper("en").expire_at is None


def test_nobody_moves_one(somebody):
    paper, other, before = newspaper("en"), newspaper("ru"), papers()
    for to in (other, Page.get_first_root_node()):
        somebody.post(reverse("wagtailadmin_pages:move_confirm", args=[paper.pk, to.pk]))
        somebody.post(in_bulk("move", paper), {"chooser": to.pk, "move_applied": "on"})
    assert papers() == before
    assert somebody.get(reverse("wagtailadmin_pages:move", args=[paper.pk])).status_code == 302


def test_no_button_leads_there(somebody):
    paper = newspaper("en")
    lists = somebody.get(reverse("wagtailadmin_explore", args=[paper.pk])).content.decode()
    form = somebody.get(reverse("wagtailadmin_pages:edit", args=[paper.pk])).content.decode()
    for act in ("copy", "unpublish", "move", "delete"):
        assert reverse(f"wagtailadmin_pages:{act}", args=[paper.pk]) not in lists + form, act


def test_a_newsroom_that_has_two_of_a_language_starts_and_goes_on_with_the_first(tmp_path):
    first = newspaper("en")
    second = Newspaper(title="Sports", slug="sports", locale=first.locale, live=True)
    Page.get_first_root_node().add_child(instance=second)
    RoleGroup.objects.filter(language="en").update(given=[])
    set_up()
    granted = RoleGroup.objects.get(role="editor", language="en").group.page_permissions
    assert set(granted.values_list("page", flat=True)) == {first.pk}
    move_lines(write_lines(tmp_path / "old.jsonl", [line("bread")]))
    assert StoryPage.objects.get().get_parent().pk == first.pk
