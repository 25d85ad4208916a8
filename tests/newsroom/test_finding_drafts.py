"""A search finds stories by what nobody has let out yet, for those who may read it, and for nobody else."""

import pytest
from desk_kit import person, publish, text, write
from django.urls import reverse
from people_kit import member

from tamizdat.newsroom.stories.changed import found_in_changes
from tamizdat.newsroom.stories.finding import EVERY, find_waiting
from tamizdat.newsroom.stories.models import ChangedDraft, SearchDue, StoryPage

pytestmark = pytest.mark.django_db


def draft(page, words, **fields):
    """A newer draft that says ``words``."""
    page = StoryPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    page.body = text(f"<p>{words}</p>")
    for name, value in fields.items():
        setattr(page, name, value)
    return page.save_revision()


def found(words):
    return [page.get_admin_display_title() for page in StoryPage.objects.autocomplete(words)]


def in_changes(words, user):
    return [page.get_admin_display_title() for page in found_in_changes(words, user)]


def test_what_is_not_out_is_found_as_it_is_now():
    page = write("Harbour", body=text("<p>Cranes stand.</p>"))
    assert found("cranes") == ["Harbour"]
    draft(page, "Ferries sail.", title="Quay")
    assert (found("cranes"), found("harbour"), found("ferr"), found("quay")) == ([], [], ["Quay"], ["Quay"])
    assert StoryPage.objects.search("ferries").count() == 1


def test_changes_of_what_is_out_are_found_apart_until_they_are_out():
    desk = person()
    page = publish(write("Harbour", body=text("<p>Cranes stand.</p>")))
    draft(page, "Ferries sail.", lead="Café opens")
    assert (found("cranes"), found("ferries")) == (["Harbour"], [])
    assert in_changes("ferries", desk) == in_changes("cafe FERR", desk) == ["Harbour"]
    assert [in_changes(words, desk) for words in ("cranes", "erries", "", "  ")] == [[]] * 4
    draft(page, "Trains run.")
    assert (in_changes("ferries", desk), in_changes("trains", desk)) == ([], ["Harbour"])
    publish(StoryPage.objects.get(pk=page.pk).get_latest_revision_as_object())
    assert (found("trains"), in_changes("trains", desk)) == (["Harbour"], [])
    assert not ChangedDraft.objects.exists()


def test_taken_back_it_is_found_as_its_draft():
    page = publish(write("Harbour", body=text("<p>Cranes stand.</p>")))
    draft(page, "Ferries sail.")
    StoryPage.objects.get(pk=page.pk).unpublish()
    assert (found("cranes"), found("ferries")) == ([], ["Harbour"])
    assert in_changes("ferries", person()) == []
    StoryPage.objects.get(pk=page.pk).delete()
    assert found("ferries") == []
    assert not ChangedDraft.objects.exists()


def test_nobody_is_told_of_changes_in_a_language_of_others(client):
    page = publish(write("Harbour", body=text("<p>Cranes stand.</p>")))
    draft(page, "Ferries sail.")
    for roles, is_told in (("editor:en", True), ("reporter:en", True), ("editor:ru", False), ("translator:ru", False)):
        user = member(roles.replace(":", "-"), roles)
        assert in_changes("ferries", user) == ["Harbour"] * is_told
        client.force_login(user)
        for address in (reverse("all_stories:index"), reverse("wagtailadmin_pages:search")):
            answer = client.get(address, {"q": "ferries"})
            assert answer.status_code == 200
            assert ("Found in changes" in answer.content.decode()) is is_told, (roles, address)
        assert (f"/{page.pk}/edit/" in answer.content.decode()) is (roles == "editor:en")


def test_choosers_find_no_changes_of_what_is_out(client):
    page = publish(write("Harbour", body=text("<p>Cranes stand.</p>")))
    draft(page, "Ferries sail.")
    client.force_login(member("other", "editor:ru"))
    for address in ("/admin/api/main/pages/?search=ferries&fields=title", "/admin/choose-page/search/?q=ferries"):
        assert "Harbour" not in client.get(address).content.decode(), address


def test_those_of_before_are_found_once_all_were_gone_through():
    page = publish(write("Harbour", body=text("<p>Cranes stand.</p>")))
    draft(page, "Ferries sail.")
    ChangedDraft.objects.all().delete()
    assert in_changes("ferries", desk := person()) == []
    SearchDue.objects.create(term=EVERY)
    assert find_waiting() == 1
    assert in_changes("ferries", desk) == ["Harbour"]


def test_a_whole_article_may_stand_where_words_are_asked_for(client):
    page = publish(write("Harbour", body=text("<p>Cranes stand.</p>")))
    draft(page, "Ferries sail.")
    client.force_login(person())
    many = " ".join(f"word{number}" for number in range(3_000))
    for words in (many, "x" * 60_000, f"{many} {'x' * 60_000}"):
        for address in ("/admin/stories/", "/admin/pages/search/", "/admin/choose-page/search/"):
            assert client.get(address, {"q": words}).status_code == 200, (address, words[:10])
    assert in_changes("ferries sail " * 1_000, person("other")) == ["Harbour"]
