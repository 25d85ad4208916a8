"""The record of a story tells who may not see real names nothing of words that went because they name somebody."""

import pytest
from desk_kit import person, picture, publish, write
from django.urls import reverse
from lxml import html
from people_kit import member
from test_bylines import _sees
from test_names_kept_in import REAL, SAID, WRITTEN, _byline, _out
from wagtail.models import ModelLogEntry, PageLogEntry

from tamizdat.newsroom.corrections import versions as record
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.releasing import is_as_released
from tamizdat.newsroom.pressroom.withholding import Withholding
from tamizdat.newsroom.sharing.wires import FORMATS
from tamizdat.newsroom.stories.terms import Byline

pytestmark = pytest.mark.django_db
WORD = "Petrova"
ROLES = ("translator", "editor", "desk_head")


def record_of(client, page, somebody, **asked):
    """How many versions somebody sees, and the part of the screen with them."""
    client.force_login(somebody)
    address = reverse("corrections_story", args=[page.story_id])
    (shown,) = html.fromstring(client.get(address, asked).content).xpath("//section[@aria-labelledby='versions']")
    return len(shown.xpath(".//li")), html.tostring(shown, encoding="unicode")


def withheld(where="the story's credit", **more):
    """A story that went out with a name, and then without."""
    page = publish(write("Ferry", **{**WRITTEN[where](), **more}), person("first"))
    _byline()
    assert Withholding()() == 1
    return page


@pytest.mark.parametrize("where", WRITTEN)
def test_others_see_neither_the_name_nor_that_there_is_a_version_without_it(client, where):
    page = withheld(where)
    boss = person()
    for somebody in (*(member(role, f"{role}:en") for role in ROLES), boss):
        count, shown = record_of(client, page, somebody)
        assert (count, WORD in shown) == (1, False), somebody
    count, shown = record_of(client, page, _sees(boss))
    assert (count, WORD in shown) == (2, True)


def test_what_comes_after_is_compared_without_the_name(client):
    page = publish(write("Ferry", picture=picture(), picture_credit="AFP"))
    page.picture_credit = SAID
    publish(page)
    _byline()
    assert Withholding()() == 1
    page.title = "The ferry"
    publish(page)
    count, shown = record_of(client, page, member("editor", "editor:en"))
    assert count == 3
    assert "Headline" in shown
    assert WORD not in shown
    count, shown = record_of(client, page, _sees(person()))
    assert (count, WORD in shown) == (4, True)


@pytest.mark.parametrize("later", [{"real_name": "Anna Petrovna"}, {"real_name": ""}, {"label": REAL}, None])
def test_what_is_noted_of_the_byline_later_tells_nothing_either(client, later):
    page = withheld()
    if later:
        Byline.objects.update(**later)
    else:
        Byline.objects.all().delete()
    assert record_of(client, page, member("editor", "editor:en"))[0] == 1
    page.title = "The ferry"
    page.picture_credit = ""
    publish(page)
    count, shown = record_of(client, page, member("other", "editor:en"))
    assert (count, WORD in shown) == (2, False)


def test_a_story_that_is_published_anew_meanwhile_tells_no_more(client):
    page = publish(write("Ferry", picture=picture(), picture_credit=SAID))
    _byline()
    assert is_as_released(page), "nobody is asked to bring it up to date"
    publish(page)
    assert (Release.objects.count(), _out(page).updated) == (2, None), "a date would show where to look"
    assert Withholding()() == 0
    count, shown = record_of(client, page, member("editor", "editor:en"))
    assert (count, WORD in shown) == (1, False)


def test_what_was_taken_back_before_is_a_version_still(client):
    page = publish(write("Ferry", picture=picture(), picture_credit=SAID))
    page.unpublish()
    _byline()
    page.refresh_from_db()
    publish(page)
    count, shown = record_of(client, page, member("editor", "editor:en"))
    assert (count, WORD in shown) == (3, False)


def test_pages_of_versions_are_full(client, monkeypatch):
    monkeypatch.setattr(record, "PER_PAGE", 2)
    page = publish(write("Ferry 0", picture=picture(), picture_credit=SAID))
    _byline()
    assert Withholding()() == 1
    for number in range(1, 4):
        page.title = f"Ferry {number}"
        publish(page)
    editor = member("editor", "editor:en")
    counts = [record_of(client, page, editor, language="en", p=number)[0] for number in (1, 2)]
    assert counts == [2, 2]
    assert "2 / 2" in record_of(client, page, editor, p=2)[1]
    assert "2 / 3" in record_of(client, page, _sees(person()), p=2)[1]


def test_once_it_stands_in_no_draft_no_screen_search_or_file_has_it(client):
    page = withheld("the library's credit")
    shown = LibraryPicture.objects.get()
    shown.credit = ""
    shown.save()
    first = page.save_revision()
    page.lead = "It sails."
    last = page.save_revision()
    api, images = "wagtailadmin_api:pages:detail", "wagtailadmin_api:images:detail"
    screens = [
        reverse("corrections_story", args=[page.story_id]),
        *(reverse(f"wagtailadmin_pages:{name}", args=[page.pk]) for name in ("edit", "history", "view_draft", "usage")),
        *(reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, each.pk]) for each in (first, last)),
        reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, first.pk, last.pk]),
        *map(reverse, ("wagtailadmin_reports:site_history", "wagtailadmin_home", "publication_desk")),
        reverse("share_story", args=[page.story_id]),
        *(reverse("take_out_story", args=[page.story_id, "en", kind]) for kind in FORMATS),
        reverse(api, args=[page.pk]),
        reverse(images, args=[page.picture_id]),
    ]
    for somebody in (member("editor", "editor:en"), member("head", "desk_head:en"), person()):
        client.force_login(somebody)
        for address in screens:
            answer = client.get(address)
            assert answer.status_code == 200 or not somebody.is_superuser, address
            said = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert WORD.encode() not in said, address
        for name in ("wagtailadmin_pages:search", "wagtailimages:index", "all_stories:index"):
            found = client.get(reverse(name), {"q": WORD}).content.decode()
            assert not [title for title in ("Ferry", "quay.jpg") if title in found], name
    for entry in (*ModelLogEntry.objects.all(), *PageLogEntry.objects.all()):
        assert WORD not in f"{entry.label} {entry.data}"


@pytest.mark.parametrize("later", [{"real_name": "Anna Petrovna"}, {"real_name": ""}, {"label": REAL}, None])
def test_a_name_that_came_with_a_later_version_is_told_by_none(client, later):
    page = publish(write("Ferry", picture=picture()))
    page.picture_credit = SAID
    page.title = "The ferry"
    publish(page)
    _byline()
    assert Withholding()() == 1
    if later:
        Byline.objects.update(**later)
    else:
        Byline.objects.all().delete()
    count, shown = record_of(client, page, member("editor", "editor:en"))
    assert "Headline" in shown
    assert (count, WORD in shown) == (2, False)
