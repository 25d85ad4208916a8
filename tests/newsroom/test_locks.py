"""What somebody locked is changed and published by nobody else, whichever of our doors they come through."""

import html
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from django.urls import reverse
from exchange_kit import back, counts, taken, translate
from machine_kit import libre, served
from moving_kit import line, move_lines, write_lines
from people_kit import member
from translating_kit import WORDS, sent, translated, typing
from wagtail.models import Revision

from tamizdat.newsroom.breaking.acting import BreakNews, Words
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.desk.outlook import outlook
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.models import FAILED, MachineDraft
from tamizdat.newsroom.translating.acting import Hold, Ready, release_due
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = pytest.mark.django_db
SAID = "is locked by Lawyer"


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def lawyer():
    return member("lawyer", "editor:ru", "editor:en", "editor:sr-Latn", first_name="Lawyer")


def lock(page, by):
    StoryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=by, locked_at=datetime.now(UTC))


def drafts(page):
    """How often the story was saved."""
    return StoryPage.objects.get(pk=page.pk).revisions.count()


def test_side_by_side_it_is_refused_in_a_sentence_and_what_was_typed_stays(client, desk, lawyer, source):
    task = sent(source, desk, "ru")
    lock(task.target, lawyer)
    before = drafts(task.target)
    client.force_login(member("translator", "translator:ru"))
    assert SAID in client.get(f"/admin/translating/{task.pk}/").content.decode(), "before anything is typed"
    answer = client.post(f"/admin/translating/{task.pk}/", typing(task, WORDS))
    assert answer.status_code == 200
    assert SAID in answer.content.decode()
    assert "Паром отходит в девять." in answer.content.decode()
    assert drafts(task.target) == before


def test_ones_own_lock_binds_others(client, desk, lawyer, source):
    task = sent(source, desk, "ru")
    lock(task.target, lawyer)
    client.force_login(lawyer)
    assert client.post(f"/admin/translating/{task.pk}/", typing(task, WORDS)).status_code == 302


def test_what_is_in_review_is_its_reviewers(client, desk, source):
    task = sent(source, desk, "ru")
    task.target.get_workflow().start(task.target, desk)
    before = drafts(task.target)
    client.force_login(member("translator", "translator:ru"))
    answer = client.post(f"/admin/translating/{task.pk}/", typing(task, WORDS))
    assert "only its reviewers can change or publish it" in answer.content.decode()
    assert drafts(task.target) == before
    client.force_login(member("reviewer", "editor:ru"))
    assert client.post(f"/admin/translating/{task.pk}/", typing(task, WORDS)).status_code == 302


def test_a_file_that_is_brought_back_changes_nothing_and_says_why(client, desk, lawyer, source):
    task = sent(source, desk, "ru")
    client.force_login(member("translator", "translator:ru"))
    file = translate(taken(client, task, "po"), WORDS, "po")
    lock(task.target, lawyer)
    before = drafts(task.target)
    brought = back(client, file, task, "file.po")
    assert SAID in brought.files.get().fault
    assert counts(brought) == {}
    assert drafts(task.target) == before


def test_what_is_released_together_stays_whole(client, desk, lawyer, source):
    task = translated(client, source, desk)
    Hold(source, (task,), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    lock(task.target, lawyer)
    answer = client.post(f"/admin/translating/release/{Together.objects.get().pk}/", follow=True)
    assert SAID in answer.content.decode()
    assert not Release.objects.exists()
    StoryPage.objects.filter(pk=task.target_id).update(locked=False)
    lock(source, lawyer)
    client.post(f"/admin/translating/release/{Together.objects.get().pk}/")
    assert not Release.objects.exists(), "the source would go out with it"


def test_nobody_holds_it_for_later_either(client, desk, lawyer, source):
    task = sent(source, desk, "ru")
    lock(task.target, lawyer)
    client.force_login(desk)
    chosen = {"task": [str(task.pk)], "when": "click"}
    assert SAID in client.post(f"/admin/translating/together/{source.pk}/", chosen).content.decode()
    assert not Together.objects.exists()


def test_it_gets_no_id_by_being_sent(client, desk, lawyer):
    source = write("Harbour strike ends")
    StoryPage.objects.filter(pk=source.pk).update(story_id="")
    lock(source, lawyer)
    client.force_login(desk)
    answer = client.post(f"/admin/translating/send/{source.pk}/", {"language": ["ru"]})
    assert SAID in answer.content.decode()
    assert not Task.objects.exists()


def test_what_goes_together_at_a_time_stays_and_says_why(client, desk, lawyer, source):
    task = translated(client, source, desk)
    now = datetime.now(UTC)
    Hold(source, (task,), desk, at=now).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    lock(task.target, lawyer)
    assert release_due(now) == 0
    assert SAID in Together.objects.get().why
    assert not Release.objects.exists()


def test_a_machine_drafts_nothing_into_it(client, settings, desk, lawyer, source):
    task = sent(source, desk, "ru")
    client.force_login(desk)
    with served(libre()):
        client.post(f"/admin/suggesting/machine/{task.pk}/")
        lock(task.target, lawyer)
        before = drafts(task.target)
        assert SAID in client.post(f"/admin/suggesting/machine/{task.pk}/", follow=True).content.decode()
        assert draft_waiting() == 0
    draft = MachineDraft.objects.get()
    assert (draft.state, SAID in draft.fault) == (FAILED, True)
    assert drafts(task.target) == before


def test_what_follows_in_the_other_script_waits(desk, lawyer):
    source = publish(write("Штрајк у луци", language="sr", story_id="luka", body=text("<p>Трајект плови.</p>")))
    task = sent(source, desk, "sr-Latn")
    lock(task.target, lawyer)
    before = drafts(task.target)
    source.title = "Штрајк је готов"
    publish(source, desk)
    assert drafts(task.target) == before
    assert Task.objects.get().changed == 1, "it is counted as any change"


def test_it_is_not_corrected(client, desk, lawyer, source):
    page = publish(source)
    lock(page, lawyer)
    client.force_login(desk)
    form = {"kind": "correction", "text_en": "It sails at ten."}
    assert SAID in client.post("/admin/record/harbour/", form).content.decode()
    assert not Correction.objects.exists()
    StoryPage.objects.update(locked=False)
    made = Correct("harbour", "correction", {"en": "It sails at ten."}, desk).execute()
    lock(page, lawyer)
    better = client.post(f"/admin/record/text/{made.pk}/", {"language": "en", "text": "At noon."}, follow=True)
    assert SAID in better.content.decode()
    assert made.texts.get().text == "It sails at ten."
    revoked = client.post(f"/admin/record/revoke/{made.pk}/", follow=True)
    assert SAID in revoked.content.decode()
    assert Correction.objects.get().revoked_at is None


def test_an_import_that_comes_again_keeps_it_as_it_is(tmp_path, lawyer):
    file = write_lines(tmp_path / "site.jsonl", [line("ferry")])
    move_lines(file)
    lock(StoryPage.objects.get(), lawyer)
    report = move_lines(write_lines(file, [line("ferry", headline="Another headline")]))
    assert (report.kept, StoryPage.objects.get().title) == (1, "Headline of ferry")
    assert "is locked here" in report.faults[-1].text


def test_nothing_is_added_to_it_as_breaking_news(client, desk, lawyer):
    flash = BreakNews(desk, "closed-1", {"en": Words("Closed")}, datetime.now(UTC) + timedelta(hours=1)).execute()
    lock(StoryPage.objects.get(), lawyer)
    client.force_login(desk)
    act = {"act": "say", "line-en": "Still closed."}
    assert SAID in client.post(f"/admin/breaking/{flash.pk}/", act, follow=True).content.decode()
    assert Release.objects.count() == 1


@pytest.mark.parametrize(("by", "goes"), [("lawyer", True), ("desk", False)])
def test_a_time_that_somebody_chose_is_not_kept_against_anothers_lock(desk, lawyer, source, by, goes):
    source.go_live_at = datetime.now(UTC) + timedelta(hours=1)
    chosen = source.save_revision(user=desk)
    chosen.publish(user={"desk": desk, "lawyer": lawyer}[by])
    lock(source, lawyer)
    now = datetime.now(UTC)  # the hour has passed
    content = {**chosen.content, "go_live_at": now.isoformat()}
    Revision.objects.filter(pk=chosen.pk).update(approved_go_live_at=now, content=content)
    assert publish_due(now) == goes
    assert StoryPage.objects.get().live == goes
    assert any(SAID in fault for fault, _hint in outlook(now, desk).faults) != goes


def test_its_time_is_taken_from_it_by_nobody_else(client, desk, lawyer, source):
    source.go_live_at = datetime.now(UTC) + timedelta(hours=1)
    revision = source.save_revision(user=lawyer)
    revision.publish(user=lawyer)
    lock(source, lawyer)
    address = reverse("wagtailadmin_pages:revisions_unschedule", args=[source.pk, revision.pk])
    for who, goes in ((member("editor", "editor:en"), True), (lawyer, False)):
        client.force_login(who)
        client.post(address)
        assert StoryPage.objects.get().approved_schedule == goes


@pytest.mark.parametrize("way", ["bulk", "approve", "approve with a time"])
def test_nobody_lets_it_go_past_the_form_either(client, desk, lawyer, source, way):
    """Lists publish many at once, and reviewers approve from their home page."""
    source.go_live_at = datetime.now(UTC) + timedelta(hours=1) if way.endswith("time") else None
    source.save_revision(user=desk)
    page = StoryPage.objects.get()
    page.get_workflow().start(page, desk)
    lock(page, lawyer)
    client.force_login(member("reviewer", "editor:en"))
    if way == "bulk":
        address = f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', 'publish'])}?id={page.pk}&next=/admin/"
    else:
        step = page.current_workflow_state.current_task_state.pk
        address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", step])
    assert SAID in html.unescape(client.post(address, {"comment": ""}, follow=True).content.decode())
    assert not Release.objects.exists()
    page = StoryPage.objects.get()
    assert not page.approved_schedule
    assert page.current_workflow_state.status == "in_progress", "it can be approved once it is unlocked"
    client.force_login(lawyer)
    client.post(address, {"comment": ""})
    page = StoryPage.objects.get()
    assert page.approved_schedule if way.endswith("time") else page.live
