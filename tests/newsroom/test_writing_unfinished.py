"""Unfinished stories: what is typed is kept, whatever is missing elsewhere; whoever lets a story go is told what is."""

import pytest
from desk_kit import person, picture, publish, text, write
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from sound_kit import tone
from tamizdat.newsroom.pressroom import releasing
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.recordings.models import FAILED, WAITING, LibraryRecording
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db


def _embed(url: str = "", title: str = "") -> tuple[str, dict[str, object]]:
    return ("embed", {"url": url, "title": title})


def _sound(recording: LibraryRecording | None = None, title: str = "", transcript: str = "") -> tuple[str, object]:
    key = recording.pk if recording else ""
    return ("sound", {"recording": key, "title": title, "transcript": rich_text(transcript)})


def _shown(alt: str = "", key: object = "", **fields: object) -> tuple[str, object]:
    shown = {"image": key, "alt_text": alt, **fields}
    return ("picture", {"picture": shown, "caption": "", "credit": ""})


def _recording(state: str = WAITING) -> LibraryRecording:
    made = LibraryRecording(title="The harbour at dawn")
    made.take(SimpleUploadedFile("harbour.wav", tone(1), "audio/wav"))
    made.save()
    if state == FAILED:
        LibraryRecording.objects.filter(pk=made.pk).update(state=FAILED, fault="It is no sound at all.")
    return made


UNFINISHED = {
    "an embed with nothing": _embed,
    "an embed with half an address": lambda: _embed("javascript:", "A film"),
    "a sound with nothing": _sound,
    "a sound without a recording": lambda: _sound(None, "Dawn", "<p>Gulls.</p>"),
    "a sound without a transcript": lambda: _sound(_recording(), "Dawn"),
    "a sound that is not made yet": lambda: _sound(_recording(), "Dawn", "<p>Gulls.</p>"),
    "a sound that cannot be made": lambda: _sound(_recording(FAILED), "Dawn", "<p>Gulls.</p>"),
    "a picture block without a picture": lambda: _shown("A quay"),
    "a picture of which nothing is said": lambda: _shown("", picture().pk),
    "a picture of which spaces are said": lambda: _shown("  ", picture().pk),
    "a picture that is called decorative": lambda: _shown("", picture().pk, decorative="on"),
}


def _fields(*blocks: object, headline: str = "Ferries wait", **more: object) -> dict[str, object]:
    words = ("text", rich_text("<p>Every word counts.</p>"))
    return nested_form_data({
        "title": headline,
        "lead": "",
        "body": streamfield([words, *blocks]),
        **dict.fromkeys(("byline", "dateline", "sections", "topics", "agencies", "related"), ""),
        **dict.fromkeys(("picture", "picture_alt", "picture_caption", "picture_credit", "translation"), ""),
        "comments": inline_formset([]),
        **more,
    })  # fmt: skip


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


def _kept(page: StoryPage) -> StoryPage:
    return StoryPage.objects.get(pk=page.pk).get_latest_revision_as_object()


@pytest.mark.parametrize("name", UNFINISHED)
def test_what_is_typed_beside_it_is_kept_and_publishing_asks_for_it(desk, name):
    page = write("Ferries")
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    fields = _fields(UNFINISHED[name]())
    answer = desk.post(address, fields, headers={"Accept": "application/json"})
    assert answer.json()["success"], answer.json()
    assert _kept(page).title == "Ferries wait"
    assert len(_kept(page).body) == 2
    assert desk.get(address).status_code == 200
    assert desk.post(reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk]), fields).json()["is_valid"]
    assert desk.get(reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])).status_code == 200
    for act in ("action-publish", "action-submit"):
        refused = desk.post(address, {**fields, act: "on"})
        assert refused.status_code == 200
        assert "Every word counts." in refused.content.decode()
        assert refused.context["form"].errors.get("body"), name
    assert not StoryPage.objects.get(pk=page.pk).live
    assert not Release.objects.exists()


@pytest.mark.parametrize("name", UNFINISHED)
def test_a_new_story_is_kept_as_well(desk, name):
    parent = write("Ferries").get_parent()
    address = reverse("wagtailadmin_pages:add", args=["stories", "storypage", parent.pk])
    answer = desk.post(address, _fields(UNFINISHED[name](), headline="New"), headers={"Accept": "application/json"})
    assert answer.json()["success"], answer.json()
    assert len(_kept(StoryPage.objects.get(pk=answer.json()["pk"])).body) == 2


@pytest.mark.parametrize("act", [{}, {"action-publish": "on"}, {"action-submit": "on"}])
def test_a_new_story_without_a_headline_comes_back_as_it_was_typed_and_says_what_is_missing(desk, act):
    parent = write("Ferries").get_parent()
    address = reverse("wagtailadmin_pages:add", args=["stories", "storypage", parent.pk])
    answer = desk.post(address, {**_fields(headline=" "), **act})
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"title": ["This field is required."]}
    assert "Every word counts." in answer.content.decode()
    assert StoryPage.objects.count() == 1
    assert desk.post(address, {**_fields(headline="A ferry"), **act}).status_code == 302
    assert StoryPage.objects.count() == 2


def test_what_saves_by_itself_says_that_it_waits_for_a_headline_and_keeps_all_once_it_is_there(desk):
    page = write("Ferries")
    new = reverse("wagtailadmin_pages:add", args=["stories", "storypage", page.get_parent().pk])
    for address in (new, reverse("wagtailadmin_pages:edit", args=[page.pk])):
        answer = desk.post(address, _fields(headline=""), headers={"Accept": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["error_message"] == "Not saved yet: the headline is missing."
        faulty = _fields(published="never")
        said = desk.post(address, faulty, headers={"Accept": "application/json"}).json()["error_message"]
        assert "headline" not in said
        assert desk.post(address, _fields(), headers={"Accept": "application/json"}).json()["success"]
        kept = StoryPage.objects.order_by("-latest_revision_created_at").first()
        assert "Every word counts." in str(_kept(kept).body)
        assert kept.story_id


def test_what_is_wrong_with_what_the_form_does_not_show_is_said_above_it(desk, monkeypatch):
    parent = write("Ferries").get_parent()

    def fail(_page):
        raise ValidationError({"slug": "The slug is already in use."})

    monkeypatch.setattr(StoryPage, "_check_slug_is_unique", fail)
    answer = desk.post(reverse("wagtailadmin_pages:add", args=["stories", "storypage", parent.pk]), _fields())
    assert answer.status_code == 200
    assert "The slug is already in use." in answer.content.decode()
    assert "Every word counts." in answer.content.decode()


@pytest.mark.parametrize("live", [True, False])
def test_a_recording_that_is_deleted_leaves_a_story_that_can_be_edited(desk, live):
    made = _recording()
    make_waiting()
    page = write("Harbour", body=text("<p>Gulls.</p>"))
    page.body = [{"type": "sound", "value": {"recording": made.pk, "title": "x", "transcript": "<p>Gulls.</p>"}}]
    page = publish(page) if live else page
    page.save_revision()
    LibraryRecording.objects.filter(pk=made.pk)._raw_delete("default")  # as older versions let people do
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert desk.get(address).status_code == 200
    assert desk.post(address, _fields(_sound(made, "x", "<p>Gulls.</p>"))).status_code == 302
    refused = desk.post(address, {**_fields(_sound(made, "x", "<p>Gulls.</p>")), "action-publish": "on"})
    assert refused.context["form"].errors["body"]


def test_a_finished_story_goes_out(desk, room):
    page = write("Ferries")
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    finished = _fields(_embed("https://film.example/1", "A film"), _shown("A quay", picture().pk))
    assert desk.post(address, {**finished, "action-publish": "on"}).status_code == 302
    assert StoryPage.objects.get(pk=page.pk).live


@pytest.fixture
def unfinished(desk):
    """A draft with an embed that leads nowhere."""
    page = write("Ferries")
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), _fields(_embed()))
    return page


def _is_refused(desk, page: StoryPage, answer: object) -> None:
    """Nobody has it, and whoever tried is told why on the next screen."""
    assert not StoryPage.objects.get(pk=page.pk).live
    assert not Release.objects.exists()
    where = answer.json()["redirect"] if answer["Content-Type"] == "application/json" else answer["Location"]
    assert "It cannot go out yet: block 2: embed" in desk.get(where).content.decode()


def test_an_unfinished_draft_is_not_published_in_bulk(desk, unfinished):
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    _is_refused(desk, unfinished, desk.post(f"{address}?id={unfinished.pk}&next=/admin/"))


@pytest.mark.parametrize("headers", [{}, {"X-Requested-With": "XMLHttpRequest"}])
def test_an_unfinished_draft_is_not_approved_from_the_list(desk, unfinished, headers):
    workflow = Workflow.objects.create(name="Look")
    task = GroupApprovalTask.objects.create(name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    workflow.start(unfinished, person("head"))
    state = unfinished.current_workflow_state
    address = reverse(
        "wagtailadmin_pages:workflow_action", args=[unfinished.pk, "approve", state.current_task_state.pk]
    )
    _is_refused(desk, unfinished, desk.post(address, {"comment": ""}, headers=headers))
    state.refresh_from_db()
    assert state.status == state.STATUS_IN_PROGRESS


def test_a_story_that_was_taken_down_is_refused_in_words(desk, monkeypatch):
    page = write("Ferries")
    monkeypatch.setattr(releasing, "is_taken_down", lambda *_of: True)
    answer = desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), {**_fields(), "action-publish": "on"})
    said = answer.content.decode()
    assert "was taken down" in said
    assert "Every word counts." in said
    assert not StoryPage.objects.get(pk=page.pk).live


def test_an_unfinished_draft_breaks_no_screen(desk, unfinished):
    for address in (
        reverse("wagtail_localize:submit_page_translation", args=[unfinished.pk]),
        reverse("wagtailadmin_pages:history", args=[unfinished.pk]),
        reverse("wagtailadmin_pages:view_draft", args=[unfinished.pk]),
    ):
        assert desk.get(address).status_code in {200, 302}


@pytest.mark.parametrize("name", UNFINISHED)
def test_an_unfinished_draft_goes_to_no_translator(desk, name):
    page = write("Ferries")
    desk.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), _fields(UNFINISHED[name]()))
    answer = desk.post(reverse("translating_send", args=[page.pk]), {"language": "ru"})
    assert answer.status_code in {200, 302}
    sent = StoryPage.objects.filter(locale__language_code="ru")
    assert bool(sent) == (answer.status_code == 302)
    assert sent or "block 2: " in answer.content.decode()
