"""An embargo holds a story in all its languages, wherever it stands and whenever somebody sets, moves or lifts it."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from django.urls import reverse
from django.utils import timezone
from lxml import html
from people_kit import member
from test_translating import WORDS, sent, translate
from test_writing_unfinished import _fields as fields_of
from wagtail.models import PageLogEntry, Revision

from tamizdat.newsroom.ingest.embargoes import take_over
from tamizdat.newsroom.ingest.models import Subscription, Taken, WireItem
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task, Together
from tamizdat.newsroom.translating.moments import NotYet

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 1, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=6)


@pytest.fixture
def desk(client):
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def source():
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    return write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)


@pytest.fixture
def task(client, desk, source):
    return translate(client, sent(source, desk, "ru"), WORDS)


def fresh(page):
    return StoryPage.objects.get(pk=getattr(page, "pk", page))


def embargo(page, at, user=None):
    """A draft with another embargo."""
    draft = newest(fresh(page))
    draft.embargo = at
    return draft.save_revision(user=user)


def goes_at(page):
    times = fresh(page).revisions.exclude(approved_go_live_at=None).values_list("approved_go_live_at", flat=True)
    return list(times)


def edit(page):
    return reverse("wagtailadmin_pages:edit", args=[getattr(page, "pk", page)])


def let_go(client, page, **more):
    return client.post(edit(page), fields_of(story_id="harbour", **more, **{"action-publish": "on"}), follow=True)


@pytest.mark.parametrize("way", ["form", "bulk", "code"])
def test_a_translation_waits_for_an_embargo_that_came_after_it_was_sent(client, desk, source, task, way):
    embargo(source, NOON, desk).publish(user=desk)
    assert Task.objects.get(pk=task.pk).followed["embargo"] == NOON.isoformat(), "it keeps nothing by itself"
    client.force_login(member("ru", "editor:ru"))
    if way == "form":
        assert "has been scheduled" in let_go(client, task.target_id).content.decode()
    elif way == "bulk":
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        client.post(f"{address}?id={task.target_id}&next=/admin/")
    else:
        fresh(task.target_id).get_latest_revision().publish()
    assert not Release.objects.exists()
    assert goes_at(task.target_id) == [NOON]
    assert newest(fresh(task.target_id)).go_live_at is None


def test_it_waits_for_an_embargo_in_a_draft_and_for_one_that_is_approved(desk, source, task):
    embargo(source, NOON, desk).publish(user=desk)
    embargo(source, None)  # somebody's draft; what is approved still waits
    fresh(task.target_id).get_latest_revision().publish(user=desk)
    assert goes_at(task.target_id) == [NOON]


def test_what_is_approved_waits_when_the_embargo_moves_in_any_language(client, desk, source, task):
    embargo(source, NOON, desk).publish(user=desk)
    fresh(task.target_id).get_latest_revision().publish(user=desk)
    mark = fresh(task.target_id).latest_revision_id
    embargo(source, EVENING, desk)
    assert (goes_at(source), goes_at(task.target_id)) == ([EVENING], [EVENING])
    assert fresh(task.target_id).latest_revision_id == mark
    assert PageLogEntry.objects.filter(page=task.target_id, action="stories.embargo_moved").count() == 1
    history = client.get(reverse("wagtailadmin_pages:history", args=[task.target_id])).content.decode()
    assert "Waits for an embargo until 2031-05-01 18:00 UTC" in history
    assert "18:00" in client.get(edit(task.target_id)).content.decode()


def test_a_time_that_has_come_is_no_way_past_it(desk, source, task):
    now = timezone.now()
    embargo(source, NOON, desk)
    draft = fresh(task.target_id).get_latest_revision()
    Revision.objects.filter(pk=draft.pk).update(approved_go_live_at=now - timedelta(seconds=5))
    publish_due(now)
    assert not Release.objects.exists()
    assert goes_at(task.target_id) == [NOON]


def test_a_lifted_embargo_takes_the_time_along_that_it_had_set(client, desk, source, task):
    embargo(source, NOON, desk).publish(user=desk)
    assert newest(fresh(source)).go_live_at is None
    fresh(task.target_id).get_latest_revision().publish(user=desk)
    embargo(source, None, desk).publish(user=desk)
    assert fresh(source).live
    assert goes_at(task.target_id) == [NOON], "nobody let that one go earlier"
    fresh(task.target_id).get_latest_revision().publish(user=desk)
    assert fresh(task.target_id).live


def test_an_old_version_that_is_brought_back_waits_for_the_embargo_of_now(client, desk, source):
    before = newest(fresh(source)).save_revision(user=desk)
    embargo(source, NOON, desk)
    address = reverse("wagtailadmin_pages:revisions_revert", args=[source.pk, before.pk])
    screen = client.get(address).content.decode()
    assert "Under embargo until 2031-05-01 12:00 UTC" in screen
    hidden = html.fromstring(screen).get_element_by_id("page-edit-form").xpath(".//input[@type='hidden']")
    typed = fields_of(story_id="harbour", headline="As it was", **{"action-publish": "on"})
    client.post(address, {each.name: each.value or "" for each in hidden if each.name} | typed, follow=True)
    assert not Release.objects.exists()
    assert (goes_at(source), newest(fresh(source)).embargo) == ([NOON], NOON)
    assert newest(fresh(source)).title == "As it was"


def test_a_copied_embargo_does_not_keep_its_source(client, desk, source):
    embargo(source, NOON, desk)
    task = translate(client, sent(fresh(source), desk, "ru"), WORDS)
    assert newest(fresh(task.target_id)).embargo == NOON
    embargo(source, None, desk).publish(user=desk)
    assert fresh(source).live


def test_one_of_its_own_keeps_the_source_and_a_chosen_time_is_kept(desk, source, task):
    embargo(task.target_id, NOON, desk)
    draft = newest(fresh(source))
    draft.go_live_at = EVENING
    draft.save_revision(user=desk).publish(user=desk)
    assert goes_at(source) == [EVENING]
    draft.go_live_at = NOON - timedelta(hours=3)
    draft.save_revision(user=desk).publish(user=desk)
    assert goes_at(source) == [NOON]
    assert newest(fresh(source)).go_live_at == NOON - timedelta(hours=3)


def test_together_they_wait_for_a_language_that_is_not_held(client, desk, source, task):
    other = sent(fresh(source), desk, "fa")
    held = Hold(fresh(source), (task,), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    embargo(other.target_id, NOON, desk)
    with pytest.raises(NotYet):
        ReleaseTogether(Together.objects.get(pk=held.pk), desk).execute()


def test_form_and_both_columns_say_so(client, desk, source, task):
    beside = reverse("translating_beside", args=[task.pk])
    said = "Under embargo until 2031-05-01 12:00 UTC (English)"
    assert said not in client.get(beside).content.decode()
    embargo(source, NOON, desk)
    client.force_login(member("ru", "editor:ru"))
    assert said in client.get(beside).content.decode()
    assert said in client.get(edit(task.target_id)).content.decode()


def test_a_wires_embargo_moves_what_is_approved_in_other_languages(desk, source, task):
    embargo(source, NOON, desk)
    fresh(task.target_id).get_latest_revision().publish(user=desk)
    item = WireItem.objects.create(
        subscription=Subscription.objects.create(name="Agency", kind="rss", address="http://127.0.0.1/"),
        story_id="wire", language="en", headline="x", story=b"", mark="m", version=1, embargo=EVENING,
        received=NOON, changed=NOON, published=NOON,
    )  # fmt: skip
    take_over(Taken.objects.create(item=item, page=source, source="Agency", story=b"", mark="m"), desk)
    assert goes_at(task.target_id) == [EVENING]


def test_what_readers_have_is_no_embargo_over(desk, source, task):
    embargo(source, datetime.now(UTC) - timedelta(minutes=1), desk).publish(user=desk)
    assert publish(newest(fresh(task.target_id)), desk).live


def release(source, task, user):
    held = Hold(fresh(source), (Task.objects.get(pk=task.pk),), user).execute()
    Ready(Task.objects.get(pk=task.pk), True, user).execute()
    return ReleaseTogether(held, user).execute()


@pytest.mark.parametrize("name", ["embargo", "go_live_at"])
def test_what_the_source_lifts_keeps_its_translations_no_more(client, desk, source, name):
    draft = newest(source)
    setattr(draft, name, NOON)
    draft.save_revision(user=desk)
    task = translate(client, sent(fresh(source), desk, "ru"), WORDS)
    with pytest.raises(NotYet):
        release(source, task, desk)
    draft = newest(fresh(source))
    setattr(draft, name, None)
    draft.save_revision(user=desk)
    assert len(release(source, task, desk)) == 2


def test_what_the_source_lifts_keeps_no_translation_that_goes_alone(client, desk, source):
    embargo(source, NOON)
    task = translate(client, sent(fresh(source), desk, "ru"), WORDS)
    page = fresh(task.target_id)
    newest(page).save_revision(user=desk).publish(user=desk)
    assert goes_at(page) == [NOON]
    embargo(source, None)
    newest(fresh(page)).save_revision(user=desk).publish(user=desk)
    assert fresh(page).live


def test_an_embargo_of_its_own_keeps_a_translation_when_its_source_lifts_one(client, desk, source):
    embargo(source, NOON)
    task = translate(client, sent(fresh(source), desk, "ru"), WORDS)
    embargo(task.target_id, EVENING)
    embargo(source, None)
    with pytest.raises(NotYet, match="18:00"):
        release(source, task, desk)


def test_an_older_version_keeps_the_embargo_that_it_has(desk, source):
    older = embargo(source, NOON, desk)
    embargo(source, None)
    older.publish(user=desk)
    assert goes_at(source) == [NOON]
    assert not fresh(source).live
