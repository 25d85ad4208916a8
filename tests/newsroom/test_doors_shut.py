"""Screens of Wagtail's that nobody needs here are shut: each of them went past something that the newsroom promises."""

import pytest
from desk_kit import newspaper, person, publish, text, write
from django.urls import reverse
from lxml import html
from people_kit import member
from wagtail.models import Collection, Locale, Page, PageViewRestriction
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield
from wagtail_localize.models import LocaleSynchronization

from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
NO_BUTTON = ("copy", "move")


@pytest.fixture(params=["editor:en", "desk_head:en", ""])
def somebody(request, client):
    """Whoever may do most in a language, and an administrator."""
    client.force_login(member("somebody", request.param) if request.param else person())
    return client


def _typed(client, address, **fields):
    """What the form sends, with ``fields`` typed into it."""
    form = html.fromstring(client.get(address).content).get_element_by_id("page-edit-form")
    typed = {name: value or "" for name, value in form.form_values()}
    typed |= nested_form_data({"body": streamfield([("text", rich_text("<p>What happened.</p>"))])})
    return {**typed, **fields}


def test_no_language_is_filled_with_copies_of_another(client):
    publish(write("Harbour closed"))
    russian, english = (Locale.objects.get(language_code=tag) for tag in ("ru", "en"))
    client.force_login(person())
    part = "component-wagtail_localize_localesynchronization"
    form = {"language_code": "ru", f"{part}-enabled": "on", f"{part}-sync_from": english.pk}
    client.post(reverse("wagtaillocales:edit", args=[russian.pk]), form)
    assert not LocaleSynchronization.objects.exists()
    assert [each.language for each in Release.objects.all()] == ["en"]
    assert StoryPage.objects.get().locale == english


def test_where_a_language_once_followed_another_no_new_story_is_copied(client):
    """An older version let administrators have that."""
    russian, english = (Locale.objects.get(language_code=tag) for tag in ("ru", "en"))
    LocaleSynchronization.objects.create(locale=russian, sync_from=english)
    client.force_login(member("reporter", "reporter:en"))
    address = reverse("wagtailadmin_pages:add", args=["stories", "storypage", newspaper("en").pk])
    answer = client.post(address, _typed(client, address, title="Harbour closed"))
    assert answer.status_code == 302
    assert StoryPage.objects.get().locale == english


def test_a_copy_of_then_becomes_no_story_of_its_own(client):
    alias = publish(write("Harbour closed")).create_alias(parent=newspaper("ru"), update_locale=newspaper("ru").locale)
    client.force_login(person())
    client.post(reverse("wagtailadmin_pages:convert_alias", args=[alias.pk]))
    assert StoryPage.objects.get(pk=alias.pk).alias_of_id


def test_nobody_moves_a_story_or_puts_it_elsewhere_in_its_newspaper(somebody):
    first, second = publish(write("One")), publish(write("Two"))
    before = list(Page.objects.order_by("path").values_list("pk", flat=True))
    somebody.post(reverse("wagtailadmin_pages:set_page_position", args=[second.pk]) + "?position=0")
    somebody.post(reverse("wagtailadmin_pages:set_page_position", args=[newspaper("ru").pk]) + "?position=0")
    somebody.post(reverse("wagtailadmin_pages:move_confirm", args=[first.pk, newspaper("en").pk]))
    in_bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "move"])
    somebody.post(f"{in_bulk}?id={first.pk}", {"chooser": newspaper("en").pk, "move_applied": "on"})
    assert list(Page.objects.order_by("path").values_list("pk", flat=True)) == before


@pytest.mark.parametrize("kind", ["story", "paper"])
def test_nobody_is_told_that_something_is_private_which_readers_get(somebody, kind):
    page = publish(write("One")) if kind == "story" else newspaper("en")
    somebody.post(reverse("wagtailadmin_pages:set_privacy", args=[page.pk]), {"restriction_type": "login"})
    assert not PageViewRestriction.objects.exists()


def test_no_button_leads_to_what_is_shut(somebody):
    story = publish(write("One", body=text("<p>x</p>")))
    addresses = (
        reverse("wagtailadmin_pages:edit", args=[story.pk]),
        reverse("wagtailadmin_explore", args=[newspaper("en").pk]),
        reverse("wagtailadmin_explore", args=[newspaper("en").pk]) + "?ordering=ord",
        reverse("wagtailadmin_explore", args=[Page.get_first_root_node().pk]),
        reverse("all_stories:index"),
        "/admin/",
    )
    for address in addresses:
        shown = somebody.get(address, follow=True).content.decode()
        assert not [act for act in NO_BUTTON if f"/admin/pages/{story.pk}/{act}/" in shown], address
        assert not [act for act in ("set-privacy", "set_position") if act in shown], address
        assert "bulk/wagtailcore/page/move/" not in shown, address
        for shut in ("documents", "locales", "sites"):
            assert f'"/admin/{shut}/' not in shown, (shut, address)


def test_collections_offer_no_privacy_either(client):
    client.force_login(person())
    shelf = Collection.get_first_root_node().add_child(name="Quays")
    shown = client.get(reverse("wagtailadmin_collections:edit", args=[shelf.pk])).content.decode()
    assert "Quays" in shown
    assert "set-privacy" not in shown


def test_a_search_leads_to_no_screen_that_is_shut(client):
    client.force_login(person())
    shown = client.get(reverse("wagtailadmin_pages:search") + "?q=x").content.decode()
    assert "/admin/images/" in shown
    assert "/admin/documents/" not in shown
