"""One story into many languages: sent, translated side by side, followed when its source changes, out at one moment."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, picture, publish, text, write
from django.core.exceptions import PermissionDenied, ValidationError
from translating_kit import WORDS, sent, shown, translate, translated, translator, typing
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import StoryError
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due, seconds_to_next
from tamizdat.newsroom.stories.models import Byline, StoryPage
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether, recount, release_due
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.board import Wanted, counts, rows, stories, window
from tamizdat.newsroom.translating.models import Task, Together
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db


def test_a_story_goes_out_in_three_languages_with_one_id(client, desk, source):
    tasks = sent(source, desk, "ru", "fa")
    client.force_login(desk)
    for task in tasks:
        translate(client, task, WORDS)
    held = Hold(source, tuple(Task.objects.all()), desk, when_ready=True).execute()
    assert not Ready(Task.objects.get(pk=tasks[0].pk), True, desk).execute()
    assert not Release.objects.exists()
    assert Ready(Task.objects.get(pk=tasks[1].pk), True, desk).execute()
    out = {each.language: story_from_bytes(bytes(each.story)) for each in Release.objects.filter(current=True)}
    assert set(out) == {"en", "ru", "fa"}
    assert {each.story_id for each in out.values()} == {"harbour"}
    assert len({each.published for each in out.values()}) == 1
    assert {each.sections for each in out.values()} == {("world",)}
    assert (out["en"].headline, out["ru"].headline) == ("Harbour strike ends", "Забастовка окончена")
    assert not Together.objects.filter(pk=held.pk).exists()


def test_a_draft_without_an_id_gets_one_for_all_its_languages(desk):
    page = write("Not out yet")
    tasks = sent(page, desk, "ru", "fa")
    names = {newest(each).story_id for each in (StoryPage.objects.get(pk=page.pk), *(task.target for task in tasks))}
    assert len(names) == 1
    assert names.pop().startswith("not-out-yet-")


def test_nothing_is_ready_that_is_not_translated(desk, source):
    task = sent(source, desk, "ru")
    assert (task.todo, task.changed) == (4, 0)
    with pytest.raises(ValidationError, match="4 pieces"):
        Ready(task, True, desk).execute()


def test_a_correction_shows_what_changed_and_keeps_the_translation(client, desk, source):
    task = translated(client, publish(source), desk)
    assert (task.todo, task.changed) == (0, 0)
    page = StoryPage.objects.get(pk=source.pk)
    page.body = [{**page.body.get_prep_value()[0], "value": "<p>The ferry sails at ten.</p><p>It is full.</p>"}]
    publish(page)
    task.refresh_from_db()
    assert (task.todo, task.changed) == (0, 1)
    row = shown(task)[2].rows[0]
    assert (row.state, row.before, row.source, row.text) == (
        "changed",
        "<p>The ferry sails at nine.</p>",
        "<p>The ferry sails at ten.</p>",
        "<p>Паром отходит в девять.</p>",
    )
    screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert "<del>nine" in screen
    assert "<ins>ten" in screen
    assert translate(client, task, {}).changed == 1
    assert translate(client, task, {"The ferry sails at ten.": "Паром отходит в десять."}).changed == 1
    assert translate(client, task, {}, confirm={"The ferry sails at ten."}).changed == 0
    assert "Паром отходит в десять." in str(newest(task.target).body.get_prep_value())


def test_free_edits_stay(client, desk, source):
    task = translated(client, publish(source), desk)
    draft = newest(task.target)
    block = draft.body.get_prep_value()[0]
    draft.body = [{**block, "value": "<p>Паром полон и отходит в девять.</p>"}, *text("<p>Для наших читателей.</p>")]
    draft.save_revision(user=desk)
    task.refresh_from_db()
    after = translate(client, task, {"They sail again.": "Снова в море."})
    raw = newest(after.target).body.get_prep_value()
    assert [each["value"] for each in raw] == ["<p>Паром полон и отходит в девять.</p>", "<p>Для наших читателей.</p>"]
    page = StoryPage.objects.get(pk=source.pk)
    page.body = [*page.body.get_prep_value(), *text("<p>And tomorrow?</p>")]
    publish(page)
    after = translate(client, task, {"And tomorrow?": "А завтра?"})
    values = [each["value"] for each in newest(after.target).body.get_prep_value()]
    assert values == ["<p>Паром полон и отходит в девять.</p>", "<p>А завтра?</p>", "<p>Для наших читателей.</p>"]
    assert after.todo == 0


def test_who_saves_after_somebody_else_loses_nothing(client, desk, source):
    task = translated(client, source, desk)
    late = typing(task, {"They sail again.": "Мой перевод."})
    newest(task.target).save_revision(user=desk)
    answer = client.post(f"/admin/translating/{task.pk}/", late)
    assert answer.status_code == 200
    assert "Мой перевод." in answer.content.decode()
    assert newest(Task.objects.get(pk=task.pk).target).lead == "Они снова ходят."


def test_what_is_no_words_follows_the_source_unless_it_was_changed_here(client, desk, source):
    Byline.objects.create(key="ana", label="Ana")
    task = translated(client, publish(source), desk)
    page = StoryPage.objects.get(pk=source.pk)
    page.byline, page.sections, page.picture = ["ana"], ["economy"], picture()
    draft = newest(task.target)
    draft.sections = ["culture"]
    draft.save_revision(user=desk)
    publish(page)
    task = translate(client, task, {})
    draft = newest(task.target)
    assert (draft.byline, draft.sections, draft.picture_id) == (["ana"], ["culture"], page.picture_id)


def test_what_was_typed_becomes_text_and_not_markup(client, desk, source):
    client.force_login(desk)
    task = sent(source, desk, "fa")
    after = translate(client, task, {**WORDS, "It is full.": "<script>1 < 2 & 3"})
    assert newest(after.target).body.get_prep_value()[0]["value"].endswith("<p>&lt;script&gt;1 &lt; 2 &amp; 3</p>")


def test_all_or_none(client, desk, source):
    task = translated(client, source, desk)
    other = sent(source, desk, "fa")
    Hold(source, (task, other), desk).execute()
    with pytest.raises(ValidationError, match="فارسی"):
        ReleaseTogether(Together.objects.get(), desk).execute()
    assert not Release.objects.exists()


def test_one_that_cannot_go_keeps_all_back(client, desk, source):
    ru = translated(client, source, desk)
    fa = translate(client, sent(source, desk, "fa"), WORDS)
    held = Hold(source, (ru, fa), desk).execute()
    for task in (ru, fa):
        Ready(task, True, desk).execute()
    draft = fa.target.latest_revision
    draft.content["body"] = json.dumps([{"type": "embed", "id": "1", "value": {"url": "javascript:x", "title": "x"}}])
    draft.save()
    with pytest.raises((ValidationError, StoryError)):
        ReleaseTogether(held, desk).execute()
    assert not Release.objects.exists()
    assert not StoryPage.objects.filter(live=True).exists()
    assert Together.objects.filter(pk=held.pk).exists()


def test_at_its_time(client, desk, source):
    task = translated(client, source, desk)
    at = datetime.now(UTC) + timedelta(minutes=5)
    Hold(source, (task,), desk, at=at).execute()
    assert seconds_to_next(datetime.now(UTC)) <= 300
    Ready(task, True, desk).execute()
    assert release_due(at - timedelta(seconds=1)) == 0
    assert publish_due(at) == 2
    assert set(Release.objects.values_list("language", flat=True)) == {"en", "ru"}


def test_what_nobody_thought_of_is_told_and_the_others_go(client, desk, source, monkeypatch, caplog):
    task = translated(client, source, desk)
    at = datetime.now(UTC)
    held = Hold(source, (task,), desk, at=at).execute()
    Ready(task, True, desk).execute()
    monkeypatch.setattr(ReleaseTogether, "check", lambda *_arguments: 1 // 0)
    assert publish_due(at) == 0
    assert "ZeroDivisionError" in Together.objects.get(pk=held.pk).why


def test_what_is_not_ready_at_its_time_says_so(client, desk, source):
    task = translated(client, source, desk)
    at = datetime.now(UTC)
    Hold(source, (task,), desk, at=at).execute()
    assert release_due(at) == 0
    assert "русский" in Together.objects.get().why.lower()
    assert not Release.objects.exists()


def test_translators_work_in_their_languages_alone(client, desk, source):
    ru, fa = sent(source, desk, "ru", "fa")
    somebody = translator("ru")
    client.force_login(somebody)
    assert client.get(f"/admin/translating/{ru.pk}/").status_code == 200
    assert client.get(f"/admin/translating/{fa.pk}/").status_code == 302
    with pytest.raises(PermissionDenied):
        Send(write("Another"), ("fa",), somebody).execute()
    with pytest.raises(PermissionDenied):
        Ready(fa, False, somebody).execute()
    with pytest.raises(PermissionDenied):
        Hold(source, (ru,), somebody).execute()
    held = Hold(source, (ru,), desk).execute()
    with pytest.raises(PermissionDenied):
        ReleaseTogether(held, somebody).execute()


@pytest.mark.parametrize("count", [2, 20])
def test_the_board_costs_the_same_for_any_number_of_stories(count, desk, django_assert_num_queries):
    for at in range(count):
        Send(write(f"Story {at}"), ("ru", "fa"), desk).execute()
    with django_assert_num_queries(3):
        found = rows(list(stories(Wanted())[:25]), ("en", "ru", "fa", "sr"))
    assert len(found) == count
    assert {tuple(cell.state for cell in row.cells) for row in found} == {("draft", "draft", "draft", "missing")}


@pytest.mark.parametrize("count", [2, 20])
def test_counts_of_the_board_cost_the_same_for_any_number_of_stories(count, desk, django_assert_num_queries):
    for at in range(count):
        Send(write(f"Story {at}"), ("ru", "fa"), desk).execute()
    Task.objects.filter(target__locale__language_code="fa").update(todo=0, changed=1)
    with django_assert_num_queries(5):
        seen = window(stories(Wanted()))
        found = {each.language: each for each in counts(seen, ("en", "ru", "fa", "sr"))}
    assert not seen.more
    assert [found[tag].missing for tag in ("en", "ru", "fa", "sr")] == [0, 0, 0, count]
    assert (found["ru"].todo, found["ru"].stale, found["fa"].todo, found["fa"].stale) == (count, 0, 0, count)


@pytest.fixture(params=["few", "many"])
def amount(request, monkeypatch):
    """Few stories in a state are looked up; of many the newest are gone through. It finds the same."""
    if request.param == "many":
        monkeypatch.setattr("tamizdat.newsroom.translating.board._FEW", 0)


@pytest.mark.usefixtures("amount")
def test_the_board_finds_translations_that_are_drafts_or_a_machines(client, desk, source):
    write("A draft itself, which nobody translates")
    task = translated(client, source, desk)
    StoryPage.objects.filter(pk=task.target_id).update(translation="machine")
    fresh = write("Fresh")
    sent(fresh, desk, "fa")
    assert {page.title for page in stories(Wanted(state="machine"))} == {source.title}
    assert not stories(Wanted(state="machine", language="fa")).exists()
    assert {page.title for page in stories(Wanted(state="draft"))} == {source.title, "Fresh"}
    StoryPage.objects.filter(pk=task.target_id).update(live=True)
    assert {page.title for page in stories(Wanted(state="draft"))} == {"Fresh"}
    assert {page.title for page in stories(Wanted(state="published"))} == {source.title}
    assert not stories(Wanted(state="draft", language="ru")).exists()


def test_more_than_the_board_looks_at_is_said(client, desk, monkeypatch):
    for at in range(4):
        write(f"Story {at}").save_revision()
    monkeypatch.setattr("tamizdat.newsroom.translating.board.MOST", 3)
    client.force_login(desk)
    screen = client.get("/admin/translating/").content.decode()
    assert "More than 3 stories" in screen
    assert "Story 0<" not in screen
    assert "Story 3<" in screen


def test_the_board_knows_who_reviews_and_what_is_scheduled(client, desk, source):
    task = translated(client, source, desk)
    write("Another")
    page = StoryPage.objects.get(pk=task.target_id)
    workflow = Workflow.objects.create(name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=GroupApprovalTask.objects.create(name="Look"), sort_order=0)
    workflow.start(page, desk)
    for wanted in (Wanted(state="review"), Wanted(state="review", language="ru")):
        assert [each.title for each in stories(wanted)] == ["Harbour strike ends"]
    assert not stories(Wanted(state="review", language="fa")).exists()
    seen = window(stories(Wanted()))
    assert {each.language: each.review for each in counts(seen, ("ru", "fa"))} == {"ru": 1, "fa": 0}
    assert not stories(Wanted(state="scheduled")).exists()
    draft = newest(page)
    draft.go_live_at = datetime.now(UTC) + timedelta(days=1)
    draft.save_revision().publish()
    assert [each.title for each in stories(Wanted(state="scheduled", language="ru"))] == ["Harbour strike ends"]
    screen = client.get("/admin/translating/?state=scheduled").content.decode()
    assert '<option value="review"' in screen
    assert "Harbour strike ends" in screen
    assert "Another" not in screen


def test_a_story_that_came_in_all_its_languages_is_one_row(desk):
    first = write("One story", language="en")
    for language in ("ru", "fa"):
        other = write("One story", language=language)
        other.translation_key = first.translation_key
        other.save()
    alone = write("Another", language="ru")
    assert {page.pk for page in stories(Wanted())} == {first.pk, alone.pk}


@pytest.mark.usefixtures("amount")
def test_the_board_finds_what_is_missing(desk, source):
    Send(source, ("ru",), desk).execute()
    write("Another", language="fa")
    everywhere = write("Everywhere")
    Send(everywhere, ("ru", "fa", "sr", "sr-Latn"), desk).execute()

    def missing(language=""):
        return {page.title for page in stories(Wanted(language=language, state="missing"))}

    assert missing("ru") == {"Another"}
    assert missing("fa") == {source.title}
    assert missing() == {source.title, "Another"}


def test_the_board_finds_what_one_looks_for(client, desk, source):
    task = translated(client, publish(source), desk)
    write("Another", owner=desk)
    assert {page.title for page in stories(Wanted(language="ru", state="missing"))} == {"Another"}
    assert not stories(Wanted(state="stale")).exists()
    Task.objects.filter(pk=task.pk).update(changed=1, urgent=True)
    assert [page.title for page in stories(Wanted(state="stale", language="ru", urgent=True))] == [
        "Harbour strike ends"
    ]
    assert [page.title for page in stories(Wanted(section="world"))] == ["Harbour strike ends"]
    # What they wrote, and what they translated.
    assert {page.title for page in stories(Wanted(mine=desk))} == {"Another", "Harbour strike ends"}
    assert not stories(Wanted(mine=person("other"))).exists()
    screen = client.get("/admin/translating/").content.decode()
    assert "source changed" in screen
    assert f"/admin/translating/{task.pk}/" in screen


def test_screens_of_sending_and_holding(client, desk, source):
    client.force_login(desk)
    assert "فارسی" in client.get(f"/admin/translating/send/{source.pk}/?to=fa").content.decode()
    answer = client.post(f"/admin/localize/submit/page/{source.pk}/", {"language": ["ru", "fa"], "urgent": "1"})
    assert answer.headers["Location"] == "/admin/translating/"
    tasks = list(Task.objects.all())
    assert all(task.urgent for task in tasks)
    form = {"task": [task.pk for task in tasks], "when": "at", "at": "2031-05-01T10:00"}
    assert client.post(f"/admin/translating/together/{source.pk}/", form).status_code == 302
    assert "2031-05-01 10:00" in client.get(f"/admin/translating/together/{source.pk}/").content.decode()
    assert client.post(f"/admin/translating/release/{Together.objects.get().pk}/").status_code == 302
    assert not Release.objects.exists()


def test_counting_anew_writes_nothing_that_somebody_else_has_just_saved():
    source = publish(write("The ferry sails"))
    (task,) = Send(source, ("ru",), person("counting")).execute()
    old = Task.objects.select_related("source", "target").get(pk=task.pk)
    Task.objects.filter(pk=task.pk).update(pairs={"title": "saved meanwhile"}, urgent=True)
    recount(old, source, newest(old.target))
    now = Task.objects.get(pk=task.pk)
    assert now.pairs == {"title": "saved meanwhile"}
    assert now.urgent
