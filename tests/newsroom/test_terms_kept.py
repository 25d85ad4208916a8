"""Terms that stories name stay, and the keys of bylines are seen by those who keep them."""

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from people_kit import member
from test_writing_unfinished import _fields

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Topic
from tamizdat.newsroom.stories.using import FIELDS, InUseError

pytestmark = pytest.mark.django_db
NAME = "Анна Petrova"


def _address(model, view, *arguments):
    return reverse(model.snippet_viewset.get_url_name(view), args=arguments)


def _out(term):
    publish(write("Ferry", **{FIELDS[type(term)]: [term.key]}))


def _never_out(term):
    write("Ferry", **{FIELDS[type(term)]: [term.key]}).save_revision()


def _without_a_revision(term):
    write("Ferry", **{FIELDS[type(term)]: [term.key]})


def _out_and_drafted_anew(term):
    page = publish(write("Ferry"))
    setattr(page, FIELDS[type(term)], [term.key])
    page.save_revision()


@pytest.mark.parametrize("model", [Section, Topic, Agency, Byline])
@pytest.mark.parametrize("use", [_out, _never_out, _without_a_revision, _out_and_drafted_anew])
def test_a_term_that_a_story_names_stays(client, model, use):
    term = model.objects.create(key=NAME, label="Our correspondent")
    use(term)
    client.force_login(person())
    screen = client.get(_address(model, "delete", term.pk)).content.decode()
    assert "referenced 1 time." in screen
    assert "Yes, delete" not in screen
    client.post(_address(model, "delete", term.pk))
    bulk = reverse("wagtail_bulk_action", args=["stories", model._meta.model_name, "delete"])
    answer = client.post(f"{bulk}?id={term.pk}")
    assert "Stories use it: “Ferry”. Take it out of them first." in client.get(answer["Location"]).content.decode()
    assert model.objects.filter(pk=term.pk).exists()
    with pytest.raises(InUseError):
        term.delete()


def test_a_term_that_no_story_names_any_more_goes(client):
    term = Byline.objects.create(key=NAME, label="Our correspondent")
    other = Byline.objects.create(key="Petrova", label="Another")
    page = publish(write("Ferry", byline=[NAME], topics=["Petrova"]))
    page.byline = []
    publish(page)
    page.unpublish()
    client.force_login(person())
    for each in (term, other):
        assert client.post(_address(Byline, "delete", each.pk)).status_code == 302
    assert not Byline.objects.exists()


def test_the_screen_of_uses_lists_stories_and_no_foreign_draft(client):
    term = Byline.objects.create(key=NAME, label="Our correspondent")
    write("Ferry", byline=[NAME])
    write("Secret tram", language="ru", byline=[NAME])
    client.force_login(member("head", "desk_head:en"))
    screen = client.get(_address(Byline, "usage", term.pk)).content.decode()
    assert "Ferry" in screen
    assert "Secret tram" not in screen
    assert "referenced 2 times." in client.get(_address(Byline, "delete", term.pk)).content.decode()


@pytest.fixture
def byline():
    Byline.objects.create(key="Plain Name", label="Plain Name")
    return Byline.objects.create(key=NAME, label="Our correspondent", labels={"ru": "Наш корреспондент"})


def _terms(client, **asked):
    return client.get(reverse("story_terms", args=["byline"]), asked).json()["terms"]


@pytest.mark.parametrize("role", ["reporter:en", "translator:en", "moderator:en"])
def test_keys_of_bylines_are_not_shown_to_those_who_only_choose_them(client, byline, role):
    client.force_login(member("somebody", role))
    number = f"~{byline.pk}"
    assert _terms(client, q="corr") == [{"key": number, "label": "Our correspondent"}]
    assert _terms(client, q="корр", **{"in": "ru"}) == [{"key": number, "label": "Наш корреспондент"}]
    assert _terms(client, key=number) == [{"key": number, "label": "Our correspondent"}]
    assert _terms(client, q="petrova") == _terms(client, q="анна") == _terms(client, key=NAME) == []
    assert _terms(client, q="plain") == [{"key": "Plain Name", "label": "Plain Name"}]


def test_those_who_keep_bylines_find_them_by_their_keys(client, byline):
    client.force_login(member("editor", "editor:en"))
    assert _terms(client, q="petrova") == [{"key": NAME, "label": "Our correspondent"}]
    assert _terms(client, key=NAME) == [{"key": NAME, "label": "Our correspondent"}]


def test_a_reporter_chooses_a_byline_without_seeing_its_key(client, byline):
    who = member("reporter", "reporter:en")
    page = write("Ferry", owner=who, byline=[NAME, "Guest"])
    page.save_revision(user=who)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client.force_login(who)
    form = client.get(address).content.decode()
    assert NAME not in form
    assert f"~{byline.pk}\nGuest" in form
    assert client.post(address, _fields(byline=f"Guest\n~{byline.pk}")).status_code == 302
    assert StoryPage.objects.get(pk=page.pk).get_latest_revision_as_object().byline == ["Guest", NAME]
    refused = client.post(address, _fields(byline="~999999"))
    assert "A byline that you chose is gone" in str(refused.context["form"].errors["byline"])
    client.force_login(person())
    assert NAME in client.get(address).content.decode()


def test_readers_see_the_label(byline):
    page = publish(write("Ferry", byline=[NAME]))
    release = Release.objects.get(story_id=page.story_id, current=True)
    assert story_from_bytes(bytes(release.story)).byline == ("Our correspondent",)
