"""A form that is older than the story takes the place of nothing before whoever sent it knows; nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from desk_kit import person, publish, text, write
from django.urls import reverse
from test_breaking import put_out, released

from tamizdat.newsroom.breaking.acting import SayMore, SetUntil
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
BODY = (
    '{"blocks":[{"key":"a","text":"Typed here","type":"unstyled","depth":0,"inlineStyleRanges":[],"entityRanges":[],'
    '"data":{}}],"entityMap":{}}'
)
BLOCK = {"body-count": "1", "body-0-deleted": "", "body-0-order": "0", "body-0-type": "text", "body-0-id": ""}


def fields(html):
    """What a browser would send of the story's form, wherever on the page its fields stand."""
    page = BeautifulSoup(html, "html.parser")
    found = {**BLOCK, "body-0-value": BODY}
    inside = page.find("form", id="page-edit-form").find_all(["input", "textarea", "select"])
    for each in [*inside, *page.find_all("input", form="page-edit-form")]:
        kind, name = each.get("type"), each.get("name")
        if not name or kind in {"submit", "button"} or (kind == "checkbox" and not each.has_attr("checked")):
            continue
        if each.name == "select":
            chosen = each.find("option", selected=True)
            found[name] = chosen.get("value", "") if chosen else ""
        else:
            found[name] = each.get("value", "") if each.name == "input" else each.text.lstrip("\n")
    return found


class Desk:
    """Somebody at a story's form."""

    def __init__(self, client, user, page):
        self.client, self.user, self.page = client, user, page
        self.url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        self.form = self.load()

    def load(self):
        self.client.force_login(self.user)
        return fields(self.client.get(self.url).content)

    def send(self, **changes):
        self.client.force_login(self.user)
        return self.client.post(self.url, {**self.form, **changes})

    def publish(self, **changes):
        return self.send(**changes, **{"action-publish": "1"})

    def autosave(self, **changes):
        self.client.force_login(self.user)
        answer = self.client.post(self.url, {**self.form, **changes}, headers={"accept": "application/json"})
        return answer.json()


@pytest.fixture
def story():
    return publish(write("Ivanov took bribes", body=text("<p>x</p>")), person("author"))


def now_out(page):
    return released("en", page.story_id)


def test_an_older_form_does_not_take_the_place_of_what_was_mended_meanwhile(client, story):
    first, second = Desk(client, person("first"), story), Desk(client, person("second"), story)
    assert first.publish(title="Nobody took bribes").status_code == 302
    answer = second.publish(dateline="Riga")
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "first saved this story meanwhile" in said
    assert now_out(story).headline == "Nobody took bribes"
    assert StoryPage.objects.get(pk=story.pk).revisions.count() == 2
    compare = BeautifulSoup(said, "html.parser").find("a", string="What changed")
    shown = client.get(compare["href"])
    assert "Nobody took bribes" in shown.content.decode()
    typed = fields(answer.content)
    assert (typed["dateline"], typed["title"]) == ("Riga", "Ivanov took bribes")
    assert "Typed here" in said
    second.form = typed
    assert second.publish().status_code == 302
    assert (now_out(story).headline, now_out(story).dateline) == ("Ivanov took bribes", "Riga")


def test_who_was_told_of_one_version_is_told_of_the_next(client, story):
    first, second = Desk(client, person("first"), story), Desk(client, person("second"), story)
    first.publish(title="One")
    second.form = fields(second.publish(dateline="Riga").content)
    first.form = first.load()
    first.publish(title="Two")
    assert second.publish().status_code == 200
    assert now_out(story).headline == "Two"


@pytest.mark.parametrize("button", ["send", "publish"])
def test_what_is_typed_beside_a_fault_comes_back_too(client, story, button):
    first, second = Desk(client, person("first"), story), Desk(client, person("second"), story)
    first.publish(title="One")
    answer = getattr(second, button)(title="", dateline="Riga")
    assert answer.status_code == 200
    assert fields(answer.content)["dateline"] == "Riga"


def test_a_form_that_was_told_saves_nothing_by_itself(client, story):
    first, second = Desk(client, person("first"), story), Desk(client, person("second"), story)
    first.publish(title="One")
    second.form = fields(second.publish(dateline="Riga").content)
    assert second.autosave()["error_code"] == "invalid_revision"


def test_somebody_alone_is_never_told(client, story):
    desk = Desk(client, person("alone"), story)
    first = desk.autosave(title="One")
    again = desk.autosave(title="Two", overwrite_revision_id=first["revision_id"])
    assert again["success"]
    # Its browser has not heard of either save yet.
    assert desk.publish(title="Three").status_code == 302
    assert now_out(story).headline == "Three"


def test_what_went_out_is_written_over_by_no_form_that_saves_by_itself(client, story):
    desk = Desk(client, person("alone"), story)
    first = desk.autosave(title="One")
    StoryPage.objects.get(pk=story.pk).latest_revision.publish(user=person("editor"))
    again = desk.autosave(title="Two", overwrite_revision_id=first["revision_id"])
    assert again["revision_id"] != first["revision_id"]
    assert StoryPage.objects.get(pk=story.pk).live_revision.content["title"] == "One", "the history says what went out"
    third = desk.autosave(title="Three", overwrite_revision_id=again["revision_id"])
    assert third["revision_id"] == again["revision_id"]


@pytest.mark.parametrize("became", ["taken back", "timed", "timed elsewhere"])
def test_nor_is_what_went_out_once_or_is_to_go_out(story, became):
    alone = person("alone")
    story.go_live_at = datetime(2031, 5, 1, 12, tzinfo=UTC) if became != "taken back" else None
    elsewhere = story.go_live_at if became == "timed elsewhere" else None
    version = story.save_revision(user=alone, approved_go_live_at=elsewhere)
    if elsewhere is None:
        version.publish(user=person("editor"))
    if became == "taken back":
        StoryPage.objects.get(pk=story.pk).unpublish()
    page = StoryPage.objects.get(pk=story.pk)
    page.title = "Two"
    assert page.save_revision(user=alone, overwrite_revision=version).pk != version.pk
    assert page.revisions.get(pk=version.pk).content["title"] == story.title
    assert bool(page.approved_schedule) == (became != "taken back")


@pytest.mark.parametrize("said", ["", "yesterday", "2026-13-41T00:00:00Z"])
def test_a_form_that_says_nothing_sensible_of_its_version_is_an_older_one(client, story, said):
    first, second = Desk(client, person("first"), story), Desk(client, person("second"), story)
    first.publish(title="One")
    assert second.publish(loaded_revision_created_at=said).status_code == 200
    assert second.publish(loaded_revision_id="x" + said).status_code == 200


def test_an_account_that_is_gone_is_somebody(client, story):
    first, second = Desk(client, person("first"), story), Desk(client, person("second"), story)
    first.publish(title="One")
    StoryPage.objects.get(pk=story.pk).revisions.update(user=None)
    assert "Somebody saved this story" in second.publish().content.decode()


def test_what_the_same_person_does_in_another_window_later_is_told(client, story):
    desk = Desk(client, person("alone"), story)
    other = Desk(client, desk.user, story)
    other.publish(title="Nobody took bribes")
    StoryPage.objects.get(pk=story.pk).revisions.filter(user=desk.user).update(
        created_at=datetime.now(UTC) - timedelta(minutes=2)
    )
    assert desk.publish(dateline="Riga").status_code == 200
    assert now_out(story).headline == "Nobody took bribes"


@pytest.mark.parametrize("act", ["end", "say"])
def test_a_form_does_not_undo_what_was_said_or_ended_meanwhile(client, act):
    user = person()
    flash = put_out(user, story_id="quake-abcde")
    desk = Desk(client, user, StoryPage.objects.get(story_id="quake-abcde", locale__language_code="en"))
    if act == "end":
        SetUntil(user, flash, None).execute()
    else:
        SayMore(user, flash, {"en": "Twelve are dead."}).execute()
    assert desk.publish(title="The full story").status_code == 200
    story = released("en", "quake-abcde")
    assert story.headline == "Harbour closed"
    assert story.breaking_until is None if act == "end" else "Twelve are dead." in str(story.body)


def test_nobody_approves_in_an_older_form_what_was_written_meanwhile(client, story):
    reporter = person("reporter")
    story.title = "Somebody took bribes"
    story.save_revision(user=reporter)
    story.get_workflow().start(StoryPage.objects.get(pk=story.pk), reporter)
    first, second = Desk(client, person("first"), story), Desk(client, person("second"), story)
    assert first.send(title="Petrov took bribes").status_code == 302
    approve = {"action-workflow-action": "true", "workflow-action-name": "approve"}
    answer = second.send(**approve)
    assert "first saved this story meanwhile" in answer.content.decode()
    assert now_out(story).headline == "Ivanov took bribes"
    second.form = fields(answer.content)
    assert second.send(**approve).status_code == 302, "who was told may let their own go"
    assert now_out(story).headline == "Somebody took bribes"
