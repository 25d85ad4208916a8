"""What is held goes out with the others, whichever way somebody lets it out; and holding can be stopped."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import publish, write
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from people_kit import member
from test_writing_unfinished import _fields as fields_of
from translating_kit import WORDS, sent, translate
from wagtail.models import PageLogEntry, Revision

from tamizdat.newsroom.breaking.acting import BreakNews, SetUntil, Words
from tamizdat.newsroom.breaking.models import Flash
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.marks import mark
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.board import Wanted, rows, stories
from tamizdat.newsroom.translating.holding import StopHolding, failed_releases
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SAID = "It is held, to go out at one moment"


@pytest.fixture
def held(desk, source, task):
    return Hold(source, (task,), desk).execute()


def page_of(task, whose):
    return StoryPage.objects.get(pk=task.source_id if whose == "source" else task.target_id)


def nothing_is_out():
    assert not Release.objects.exists()
    assert not StoryPage.objects.filter(live=True).exists()
    assert not Revision.objects.filter(approved_go_live_at__isnull=False).exists()


@pytest.mark.parametrize("whose", ["source", "target"])
@pytest.mark.parametrize("when", ["", "2099-01-01 10:00"])
@pytest.mark.usefixtures("held")
def test_the_button_and_a_later_schedule_say_why_not_and_keep_what_was_typed(client, task, whose, when):
    page = page_of(task, whose)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert reverse("translating_together", args=[page.pk]) in client.get(address).content.decode()
    more = {"go_live_at": when, "story_id": "harbour", "action-publish": "on"}
    said = client.post(address, fields_of(headline="Typed just now", **more)).content.decode()
    assert SAID in said
    assert "Typed just now" in said
    nothing_is_out()


@pytest.mark.parametrize("whose", ["source", "target"])
@pytest.mark.usefixtures("held")
def test_nor_does_an_old_version_that_is_brought_back_go_out(client, desk, task, whose):
    page = page_of(task, whose)
    before = page.latest_revision or page.save_revision(user=desk)
    address = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, before.pk])
    typed = fields_of(headline="Typed just now", story_id="harbour", **{"action-publish": "on"})
    said = client.post(address, typed).content.decode()
    assert SAID in said
    assert "Typed just now" in said
    nothing_is_out()


@pytest.mark.parametrize("where", ["list", "form"])
def test_what_its_reviewers_approve_is_approved_and_waits(client, desk, task, held, where):
    page = page_of(task, "target")
    page.get_workflow().start(page, member("writer", "reporter:ru"))
    state = StoryPage.objects.get(pk=page.pk).current_workflow_state
    if where == "list":
        arguments = [page.pk, "approve", state.current_task_state.pk]
        answer = client.post(reverse("wagtailadmin_pages:workflow_action", args=arguments), {"comment": ""})
    else:
        more = {"story_id": "harbour", "action-workflow-action": "on", "workflow-action-name": "approve"}
        answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), fields_of(**more))
    assert answer.status_code in {200, 302}
    state.refresh_from_db()
    assert state.status == state.STATUS_APPROVED
    nothing_is_out()
    assert PageLogEntry.objects.filter(page=page.pk, action="stories.approved_held", user=desk).exists()
    history = client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()
    assert "Approved, and held until it goes out with its other languages" in history
    assert Task.objects.get(pk=task.pk).ready, "who approves it says so"
    assert len(ReleaseTogether(held, desk).execute()) == 2


def approved(client, task, by):
    """Its reviewers approve the translation; what its history says then."""
    page = page_of(task, "target")
    page.get_workflow().start(page, member("writer", "reporter:ru"))
    state = StoryPage.objects.get(pk=page.pk).current_workflow_state
    client.force_login(by)
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.current_task_state.pk])
    client.post(address, {"comment": ""})
    state.refresh_from_db()
    assert state.status == state.STATUS_APPROVED
    return client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()


def test_the_last_one_that_is_approved_lets_all_go(client, desk, source, task):
    Hold(source, (task,), desk, when_ready=True).execute()
    approved(client, task, member("chief", "editor:ru"))
    assert set(Release.objects.filter(current=True).values_list("language", flat=True)) == {"en", "ru"}
    assert not Together.objects.exists()


def screen(client, source, *tasks, when="ready"):
    """Somebody presses “Hold them”; what the screen says then."""
    address = reverse("translating_together", args=[source.pk])
    answer = client.post(address, {"task": [task.pk for task in tasks], "when": when}, follow=True)
    return answer.content.decode()


def test_what_waits_until_all_are_ready_goes_at_once_if_they_are(client, desk, source, task):
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    assert "Released. Readers get all languages" in screen(client, source, task)
    assert set(Release.objects.filter(current=True).values_list("language", flat=True)) == {"en", "ru"}
    assert not Together.objects.exists()


@pytest.mark.parametrize("when", ["ready", "click"])
def test_what_is_not_ready_or_waits_for_a_click_is_held(client, desk, source, task, when):
    Ready(Task.objects.get(pk=task.pk), when == "click", desk).execute()
    assert "They are held until then." in screen(client, source, task, when=when)
    nothing_is_out()
    assert failed_releases() == []


def test_held_anew_without_the_one_that_was_not_ready_the_others_go(client, desk, source, task):
    other = sent(source, desk, "fa")
    assert "They are held until then." in screen(client, source, task, other)
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    nothing_is_out()
    assert "Released. Readers get all languages" in screen(client, source, task)
    assert set(Release.objects.filter(current=True).values_list("language", flat=True)) == {"en", "ru"}


def test_ready_and_held_until_they_are_they_wait_for_an_embargo(client, desk, source, task):
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    draft = newest(StoryPage.objects.get(pk=source.pk))
    draft.embargo = NOW + DAY
    draft.save_revision(user=desk)
    assert f"Held until {NOW + DAY:%Y-%m-%d %H:%M} UTC." in screen(client, source, task)
    nothing_is_out()


@pytest.fixture
def left(desk, source, task):
    """What waits until all are ready: one is, and one that was not is deleted."""
    other = sent(source, desk, "fa")
    Hold(source, (task, other), desk, when_ready=True).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    StoryPage.objects.get(pk=other.target_id).delete(user=desk)
    return task


DELETED = "A translation was deleted before it was ready."


def test_without_one_that_was_deleted_the_others_do_not_go_and_everybody_is_told(client, source, left):
    nothing_is_out()
    assert publish_due(NOW + DAY) == 0
    nothing_is_out()
    together = reverse("translating_together", args=[source.pk])
    for address in (together, "/admin/", "/admin/translating/", reverse("publication_desk")):
        assert DELETED in client.get(address).content.decode(), address
    assert "Held until all are ready." not in client.get(together).content.decode()
    assert DELETED in client.get(reverse("wagtailadmin_pages:history", args=[source.pk])).content.decode()
    assert [cell.state for cell in rows([source], ("ru",))[0].cells] == ["failed"]


@pytest.mark.parametrize("how", ["held", "released", "called ready"])
def test_held_again_or_released_the_others_go_without_it(client, desk, source, left, how):
    if how == "held":
        assert "Released. Readers get all languages" in screen(client, source, left)
    elif how == "released":
        client.post(reverse("translating_release", args=[Together.objects.get().pk]))
    else:  # somebody looked at it once more
        newest(StoryPage.objects.get(pk=left.target_id)).save_revision(user=desk)
        assert Ready(Task.objects.get(pk=left.pk), True, desk).execute()
    assert set(Release.objects.filter(current=True).values_list("language", flat=True)) == {"en", "ru"}
    assert not Together.objects.exists()


def test_nor_do_the_others_go_because_their_source_is_out_again(client, desk, source, task):
    publish(source, desk)
    other = sent(source, desk, "fa")
    Hold(StoryPage.objects.get(pk=source.pk), (task, other), desk, when_ready=True).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    StoryPage.objects.get(pk=source.pk).unpublish(user=desk)
    StoryPage.objects.get(pk=other.target_id).delete(user=desk)
    publish(StoryPage.objects.get(pk=source.pk), desk)
    assert publish_due(NOW + DAY) == 0
    assert DELETED in Together.objects.get().why
    StoryPage.objects.get(pk=source.pk).unpublish(user=desk)
    publish(StoryPage.objects.get(pk=source.pk), desk)
    assert publish_due(NOW + DAY) == 0
    assert not StoryPage.objects.get(pk=task.target_id).live


def test_one_that_is_deleted_while_another_is_not_ready_is_waited_for_no_more(desk, source, task):
    other = sent(source, desk, "fa")
    Hold(source, (task, other), desk, when_ready=True).execute()
    StoryPage.objects.get(pk=other.target_id).delete(user=desk)
    assert failed_releases() == []
    assert Ready(Task.objects.get(pk=task.pk), True, desk).execute()


def test_what_was_ready_and_is_deleted_keeps_the_others_from_nothing(desk, source, task):
    other = sent(source, desk, "fa")
    Task.objects.filter(pk=other.pk).update(ready=True)
    Hold(source, (task, other), desk, when_ready=True).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()  # the other one may not go yet
    Together.objects.update(failed="", at=NOW + DAY, not_before=NOW + DAY)
    Task.objects.filter(pk=other.pk).update(ready=True)
    StoryPage.objects.get(pk=other.target_id).delete(user=desk)
    assert failed_releases() == []


@pytest.mark.parametrize("when", ["click", "time"])
def test_of_what_waits_for_somebody_or_a_time_nothing_is_told(desk, source, task, when):
    other = sent(source, desk, "fa")
    Hold(source, (task, other), desk, at=NOW + DAY if when == "time" else None).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    StoryPage.objects.get(pk=other.target_id).delete(user=desk)
    assert failed_releases() == []


def test_what_reviewers_may_approve_they_call_ready_though_they_may_not_write(client, task, held, monkeypatch):
    monkeypatch.setattr("tamizdat.newsroom.translating.acting.may_edit", lambda *_: False)
    approved(client, task, member("chief", "editor:ru"))
    assert Task.objects.get(pk=task.pk).ready
    assert held


def test_an_approval_that_is_not_enough_says_why(client, desk, source):
    task = sent(source, desk, "ru")
    Hold(source, (task,), desk, when_ready=True).execute()
    history = approved(client, task, desk)
    assert "Approved, and held until it goes out with its other languages. 4 pieces are not translated" in history
    assert not Task.objects.get(pk=task.pk).ready
    nothing_is_out()


@pytest.mark.usefixtures("held")
def test_a_machines_unchecked_words_are_not_ready_by_an_approval(client, desk, task):
    mark(task.target_id, [("Он полон.", "line")], "test")
    assert "1 pieces are by a machine, unchecked" in approved(client, task, desk)
    assert not Task.objects.get(pk=task.pk).ready


def test_what_is_not_held_goes_out_when_approved(client, desk, task):
    page = page_of(task, "target")
    page.get_workflow().start(page, desk)
    state = StoryPage.objects.get(pk=page.pk).current_workflow_state
    arguments = [page.pk, "approve", state.current_task_state.pk]
    client.post(reverse("wagtailadmin_pages:workflow_action", args=arguments), {"comment": ""})
    assert page_of(task, "target").live


@pytest.mark.usefixtures("held")
def test_in_bulk_none_goes_if_one_is_held(client, task):
    other = write("Another")
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    answer = client.post(f"{address}?id={other.pk}&id={task.target_id}&next=/admin/", follow=True)
    assert SAID in answer.content.decode()
    nothing_is_out()


@pytest.mark.usefixtures("held")
def test_a_source_that_readers_have_goes_on_changing(desk, source, task):
    StoryPage.objects.filter(pk=source.pk).update(live=True)
    assert publish(StoryPage.objects.get(pk=source.pk), desk).live
    assert Together.objects.filter(tasks=task).exists()


def test_what_cannot_go_is_still_held(desk, task, held, monkeypatch):
    Ready(task, True, desk).execute()
    monkeypatch.setattr("tamizdat.newsroom.translating.acting.log", lambda **_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        ReleaseTogether(held, desk).execute()
    assert Together.objects.get().pk == held.pk
    assert Task.objects.get(pk=task.pk).together_id == held.pk
    nothing_is_out()


def test_news_that_is_out_stops_being_breaking_while_its_full_translation_is_held(desk):
    words = {tag: Words("Harbour strike ends", "They sail again.") for tag in ("en", "ru")}
    until = datetime.now(UTC) + timedelta(hours=1)
    BreakNews(desk, "closed-1", words, until).execute()
    source, target = (StoryPage.objects.get(locale__language_code=tag) for tag in ("en", "ru"))
    task = Task.objects.create(source=source, target=target)
    target.title = "Весь рассказ"
    target.save_revision(user=desk)
    Hold(source, (task,), desk).execute()
    SetUntil(desk, Flash.objects.get(), None).execute()
    target.refresh_from_db()
    assert (target.live, target.title, target.breaking_until) == (True, "Harbour strike ends", None)


def test_what_readers_have_keeps_the_time_of_its_update_while_its_translation_is_held(desk, source, task):
    publish(source, desk)
    soon = datetime.now(UTC) + timedelta(hours=1)
    for page in (page_of(task, "source"), page_of(task, "target")):
        draft = page.get_latest_revision_as_object()
        draft.title, draft.go_live_at = "Updated", soon
        draft.save_revision(user=desk).publish(user=desk)
    Hold(source, (task,), desk).execute()
    assert page_of(task, "source").scheduled_revision.approved_go_live_at == soon
    assert not page_of(task, "target").approved_schedule
    told = PageLogEntry.objects.get(action="wagtail.schedule.cancel")
    assert (told.page_id, told.user) == (task.target_id, desk)


@pytest.mark.usefixtures("task")
def test_held_no_longer_each_goes_by_itself(client, desk, source, held):
    screen = reverse("translating_together", args=[source.pk])
    assert "Stop holding" in client.get(screen).content.decode()
    answer = client.post(reverse("translating_stop", args=[held.pk]), follow=True)
    assert "They are no longer held" in answer.content.decode()
    assert not Together.objects.exists()
    nothing_is_out()
    assert PageLogEntry.objects.filter(page=source.pk, action="translating.stop", user=desk).exists()
    assert publish(StoryPage.objects.get(locale__language_code="ru"), desk).live


@pytest.mark.usefixtures("task")
def test_who_may_not_publish_in_all_of_them_stops_nothing(held):
    with pytest.raises(PermissionDenied):
        StopHolding(held, member("russian", "editor:ru")).execute()
    assert Together.objects.exists()


def test_a_release_that_could_not_go_is_told_to_those_who_can_let_it_go(client, desk, source, task):
    at = datetime.now(UTC)
    held = Hold(source, (task,), desk, at=at).execute()
    assert publish_due(at) == 0
    why, way = Together.objects.get().why, reverse("translating_together", args=[source.pk])
    assert why
    for name, role, learns in (("ru", "editor:ru", True), ("fa", "editor:fa", False), ("tr", "translator:ru", False)):
        client.force_login(member(name, role))
        for address in ("/admin/", "/admin/translating/", reverse("publication_desk")):
            screen = client.get(address).content.decode()
            assert (why in screen and way in screen) == learns, (name, address)
    client.force_login(desk)
    assert "None of them went out." in client.get(reverse("publication_desk")).content.decode()
    assert [each.pk for each in failed_releases()] == [held.pk]
    assert [row.source.pk for row in rows(stories(Wanted(state="failed")), ("ru",))] == [source.pk]
    assert [cell.state for cell in rows([source], ("ru",))[0].cells] == ["failed"]
    StopHolding(held, desk).execute()
    assert failed_releases() == []
    assert not stories(Wanted(state="failed")).exists()
    assert [cell.state for cell in rows([source], ("ru",))[0].cells] == ["draft"]


def test_released_together_they_have_the_date_that_the_source_has_in_its_draft(desk, source, task):
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    draft = newest(StoryPage.objects.get(pk=source.pk))
    draft.published = at
    draft.save_revision(user=desk)
    held = Hold(StoryPage.objects.get(pk=source.pk), (task,), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    ReleaseTogether(held, desk).execute()
    assert [page.published for page in StoryPage.objects.filter(live=True)] == [at, at]


def test_beside_a_source_that_is_out_they_have_its_date_and_not_its_next_one(desk, source, task):
    published = publish(source).published
    draft = newest(StoryPage.objects.get(pk=source.pk))
    draft.published = published - timedelta(days=2)
    draft.save_revision(user=desk)
    held = Hold(StoryPage.objects.get(pk=source.pk), (task,), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    ReleaseTogether(held, desk).execute()
    assert StoryPage.objects.get(pk=task.target_id).published == published


def dated(page, at, desk):
    draft = newest(StoryPage.objects.get(pk=getattr(page, "pk", page)))
    draft.published = at
    return draft.save_revision(user=desk)


def published(*pages):
    return [StoryPage.objects.get(pk=getattr(page, "pk", page)).published for page in pages]


@pytest.fixture
def copied(client, desk, source):
    """A translation that has its source's date, and is ready."""
    dated(source, NOW - 3 * DAY, desk)
    task = translate(client, sent(StoryPage.objects.get(pk=source.pk), desk, "ru"), WORDS)
    assert newest(task.target).published == NOW - 3 * DAY
    return task


def released(source, task, desk):
    held = Hold(StoryPage.objects.get(pk=source.pk), (task,), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    ReleaseTogether(held, desk).execute()


@pytest.mark.parametrize("at", [None, NOW - DAY])
def test_a_date_that_a_translation_has_from_its_source_is_the_one_of_now(desk, source, copied, at):
    dated(source, at, desk)
    released(source, copied, desk)
    first, second = published(source, copied.target_id)
    assert first == second
    assert first == at or first > NOW - DAY


def test_one_of_its_own_stays_and_a_copied_one_goes_on_following(client, desk, source, copied):
    released(source, copied, desk)
    dated(source, NOW - 2 * DAY, desk).publish(user=desk)
    translate(client, copied, {})
    assert newest(StoryPage.objects.get(pk=copied.target_id)).published == NOW - 2 * DAY
    dated(copied.target_id, NOW - DAY, desk)
    released(source, copied, desk)
    assert published(source, copied.target_id) == [NOW - 2 * DAY, NOW - DAY]


def test_one_that_neither_had_goes_on_following(client, desk, source, task):
    released(source, task, desk)
    dated(source, NOW - 2 * DAY, desk).publish(user=desk)
    translate(client, task, {})
    assert newest(StoryPage.objects.get(pk=task.target_id)).published == NOW - 2 * DAY
