"""A picture or a label that is changed: whoever changes it learns what readers see, and can renew that."""

import pytest
from desk_kit import jpeg, person, picture, publish, write
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from people_kit import member
from wagtail.models import Collection, PageLogEntry

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.people.sessions import SEEN
from tamizdat.newsroom.pressroom import renewing, renewing_views
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.renewing import RENEWED, stale
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


def _out(page):
    release = Release.objects.get(story_id=page.story_id, language=page.locale.language_code, current=True)
    return story_from_bytes(bytes(release.story))


def _replaced(client, made, **fields):
    """The warnings after a file is put in a picture's place."""
    address = reverse("wagtailimages:edit", args=[made.pk])
    client.get(address)  # shows what was told before
    given = {"title": made.title, "description": made.description, "collection": Collection.objects.first().pk}
    return _warned(client.post(address, {**given, **fields}))


def _warned(answer):
    assert answer.status_code == 302
    return " ".join(str(each) for each in get_messages(answer.wsgi_request) if each.level_tag == "warning")


def _blurred():
    return SimpleUploadedFile("blurred.jpg", jpeg(400, 300), "image/jpeg")


def _inside(made):
    shown = {"image": made.pk, "decorative": False, "alt_text": "Cranes"}
    return [{"type": "picture", "value": {"picture": shown, "caption": "", "credit": ""}}]


def test_whoever_replaces_a_picture_is_told_of_stories_and_renews_them(desk):
    made = picture()
    lead, inside = publish(write("Ferry", picture=made)), publish(write("Tram", body=_inside(made)))
    write("Draft", picture=made)
    publish(write("Other", picture=picture(data=jpeg(500, 500))))
    before = made.digest
    told = _replaced(desk, made, file=_blurred())
    address = reverse("renew_stories", args=["picture", made.pk])
    assert "2 published stories still show the old one." in told
    assert address in told
    assert {each.file for page in (lead, inside) for each in _out(page).pictures} == {before}
    screen = desk.get(address).content.decode()
    assert "Ferry" in screen
    assert "Tram" in screen
    assert "Other" not in screen
    assert "2 stories are up to date." in desk.post(address, follow=True).content.decode()
    made.refresh_from_db()
    assert {each.file for page in (lead, inside) for each in _out(page).pictures} == {made.digest} != {before}
    assert _out(lead).updated is not None
    assert {each.by.username for each in Release.objects.filter(current=True, story_id=lead.story_id)} == {"desk"}
    assert PageLogEntry.objects.filter(page=lead.pk, action=RENEWED, user__username="desk").exists()
    assert "Readers have all stories as they are here." in desk.get(address).content.decode()
    assert _replaced(desk, made) == ""


@pytest.mark.parametrize(("model", "field"), [(Byline, "byline"), (Topic, "topics"), (Agency, "agencies")])
def test_a_label_that_is_changed(desk, model, field):
    term = model.objects.create(key="ilka", label="Ilka Dervane", labels={"ru": "Илька"})
    page = publish(write("Ferry", **{field: ["ilka"]}))
    russian = publish(write("Паром", language="ru", **{field: ["ilka"]}))
    publish(write("Tram", **{field: ["ilka2"]}))
    edit = reverse(model.snippet_viewset.get_url_name("edit"), args=[term.pk])
    told = _warned(desk.post(edit, {"key": "ilka", "label": "Our correspondent", "labels-in-ru": "Илька"}))
    assert "1 published story still shows the old one." in told
    assert getattr(_out(page), field) == ("Ilka Dervane",)
    assert [each.pk for each in stale(model.objects.get())] == [page.pk]
    address = reverse("renew_stories", args=[model._meta.model_name, term.pk])
    desk.post(address)
    assert getattr(_out(page), field) == ("Our correspondent",)
    assert getattr(_out(russian), field) == ("Илька",)
    assert _out(russian).updated is None


def test_words_of_a_draft_do_not_go_out_with_it(desk):
    made = picture()
    page = publish(write("Ferry", picture=made))
    page.title = "Not yet"
    page.save_revision()
    _replaced(desk, made, file=_blurred())
    desk.post(reverse("renew_stories", args=["picture", made.pk]))
    made.refresh_from_db()
    assert (_out(page).headline, _out(page).picture.file) == ("Ferry", made.digest)


def test_languages_of_others_and_what_is_locked_stay(client):
    made = picture()
    pages = [publish(write(name, language=tag, picture=made)) for name, tag in (("Ferry", "en"), ("Паром", "ru"))]
    locked = publish(write("Locked", picture=made))
    lawyer = member("lawyer", "desk_head:en")
    StoryPage.objects.filter(pk=locked.pk).update(locked=True, locked_by=lawyer)
    before = made.digest
    client.force_login(member("editor", "editor:en"))
    _replaced(client, made, file=_blurred())
    made.refresh_from_db()
    said = client.post(reverse("renew_stories", args=["picture", made.pk]), follow=True).content.decode()
    assert [_out(page).picture.file for page in (*pages, locked)] == [made.digest, before, before]
    assert "1 story is up to date." in said
    assert "“Паром” (ru): You may not publish in this language." in said
    assert "is locked by lawyer" in said


@pytest.mark.parametrize("role", ["reporter:en", "translator:en", "moderator:en"])
def test_who_publishes_nothing_has_no_such_screen(client, role):
    made = picture()
    page = publish(write("Ferry", picture=made))
    made.take(jpeg(400, 300))
    made.save()
    client.force_login(member("somebody", role))
    address = reverse("renew_stories", args=["picture", made.pk])
    assert client.get(address).status_code == client.post(address).status_code == 302
    assert _out(page).picture.file != made.digest


@pytest.mark.parametrize("who", ["", "reporter:en", "boss"])
@pytest.mark.parametrize("kind", ["picture", "topic"])
def test_who_saved_nothing_learns_of_no_stories(client, who, kind):
    made, topic = picture(), Topic.objects.create(key="ferries", label="Ferries")
    publish(write("Ferry", picture=made, topics=["ferries"]))
    made.take(jpeg(400, 300))
    made.save()
    Topic.objects.update(label="Boats")
    address = reverse("wagtailimages:edit", args=[made.pk])
    if kind == "topic":
        address = reverse(Topic.snippet_viewset.get_url_name("edit"), args=[topic.pk])
    if who:
        client.force_login(person(who) if who == "boss" else member("somebody", who))
    if who == "boss":  # too long ago
        session = client.session
        session[SEEN] = 1
        session.save()
    assert _warned(client.post(address, {"title": "Cranes", "label": "Boats"})) == ""


def test_of_very_many_some_are_renewed_at_a_time(desk, monkeypatch):
    for module in (renewing, renewing_views):
        monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(renewing_views, "stale", lambda thing, **options: stale(thing, 2, **options))
    made = picture()
    for name in ("One", "Two", "Three"):
        publish(write(name, picture=made))
    assert "2 published stories or more" in _replaced(desk, made, file=_blurred())
    address = reverse("renew_stories", args=["picture", made.pk])
    assert "1 published story still" in desk.post(address, follow=True).content.decode()


@pytest.mark.parametrize("kind", ["picture", "topic"])
def test_behind_very_many_of_other_desks_an_editor_renews_their_own(client, monkeypatch, kind):
    monkeypatch.setattr(renewing_views, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(renewing_views, "stale", lambda thing, **options: stale(thing, 2, **options))
    made, topic = picture(), Topic.objects.create(key="war", label="War")
    pages = [
        publish(write(tag, language=tag, story_id=f"{tag}-{n}", picture=made, topics=["war"]))
        for tag, n in (("ru", 1), ("en", 1), ("en", 2))
    ]
    before = [_out(page) for page in pages]
    if kind == "picture":
        made.take(jpeg(400, 300))
        made.save()
    else:
        Topic.objects.update(label="Battles")
    client.force_login(member("editor", "editor:ru"))
    address = reverse("renew_stories", args=[kind, made.pk if kind == "picture" else topic.pk])
    assert client.get(address).context["may"]
    client.post(address)
    assert [_out(page) == was for page, was in zip(pages, before, strict=True)] == [False, True, True]


def test_a_story_that_was_taken_back_stays_so(desk):
    made = picture()
    publish(write("Ferry", picture=made)).unpublish()
    assert _replaced(desk, made, file=_blurred()) == ""
    assert desk.get(reverse("renew_stories", args=["section", 1])).status_code == 404
    assert not stale(Section.objects.create(key="ports"))
