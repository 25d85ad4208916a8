"""What expires: a source with its translations, and nothing that is to come later."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from desk_kit import person, publish, text, write
from django.urls import reverse
from moving_kit import line, move_lines, write_lines
from test_breaking import page_in, put_out
from test_translating import WORDS, sent, translate
from wagtail.models import PageLogEntry, Revision

from tamizdat.errors import StoryError
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import FAILED, publish_due, seconds_to_next
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task, Together
from tamizdat.newsroom.translating.sending import Send
from tamizdat.newsroom.translating.tying import tie

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(client):
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def source(desk):
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    page = write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)
    return publish(page, desk)


@pytest.fixture
def task(client, desk, source):
    return translate(client, sent(source, desk, "ru"), WORDS)


def fresh(page):
    return StoryPage.objects.get(pk=getattr(page, "pk", page))


def expires(page, at, user):
    draft = newest(fresh(page))
    draft.expire_at = at
    return publish(draft, user)


def live(*pages):
    return [fresh(page).live for page in pages]


def test_a_translation_expires_with_its_source_whose_time_came_later(desk, source, task):
    publish(newest(fresh(task.target_id)), desk)
    expires(source, NOW + HOUR, desk)
    publish_due(NOW + HOUR)
    assert live(source, task.target_id) == [False, False]


def test_a_time_that_moves_or_goes_holds_for_the_translation(desk, source, task):
    expires(source, NOW + HOUR, desk)
    target = publish(newest(fresh(task.target_id)), desk)
    assert target.expire_at == NOW + HOUR
    draft = newest(target)
    draft.lead = "Ещё не вышло."
    draft.save_revision(user=desk)
    expires(source, NOW + 3 * HOUR, desk)
    assert fresh(target).expire_at == NOW + 3 * HOUR
    assert (newest(fresh(target)).expire_at, newest(fresh(target)).lead) == (NOW + 3 * HOUR, "Ещё не вышло.")
    expires(source, None, desk)
    publish_due(NOW + 4 * HOUR)
    assert live(source, target) == [True, True]


def test_what_is_approved_to_go_out_later_expires_with_its_source(desk, source, task):
    draft = newest(fresh(task.target_id))
    draft.go_live_at = NOW + HOUR
    draft.save_revision(user=desk).publish(user=desk)
    expires(source, NOW + 5 * HOUR, desk)
    assert fresh(task.target_id).get_scheduled_revision_as_object().expire_at == NOW + 5 * HOUR


def test_a_time_of_its_own_is_kept(desk, source, task):
    expires(task.target_id, NOW + 9 * HOUR, desk)
    expires(source, NOW + HOUR, desk)
    publish_due(NOW + HOUR)
    assert live(source, task.target_id) == [False, True]


def test_a_task_of_before_takes_nothing_from_a_translation(client, desk, source, task):
    task = Task.objects.get(pk=task.pk)
    del task.followed["expire_at"]
    task.save()
    expires(task.target_id, NOW + 9 * HOUR, desk)
    translate(client, task, WORDS)
    assert newest(fresh(task.target_id)).expire_at == NOW + 9 * HOUR


SERBIAN = {
    "Harbour strike ends": "Крај штрајка",
    "They sail again.": "Поново плове.",
    "The ferry sails at nine.": "Трајект плови у девет.",
    "It is full.": "Пун је.",
}


@pytest.fixture
def letters(client, desk, source):
    """The story in Serbian and, made of that, in its other letters; both are out."""
    serbian = translate(client, sent(source, desk, "sr"), SERBIAN)
    latin = sent(fresh(source), desk, "sr-Latn")
    return [publish(newest(fresh(each.target_id)), desk) for each in (serbian, latin)]


def test_what_is_made_of_a_translation_expires_with_the_story(desk, source, letters):
    expires(source, NOW + HOUR, desk)
    publish_due(NOW + HOUR)
    assert live(source, *letters) == [False, False, False]


def test_a_time_of_its_own_is_kept_in_the_other_letters_too(desk, source, letters):
    serbian, latin = letters
    expires(serbian, NOW + 9 * HOUR, desk)
    expires(source, NOW + HOUR, desk)
    publish_due(NOW + HOUR)
    assert live(source, serbian, latin) == [False, True, True]
    publish_due(NOW + 9 * HOUR)
    assert live(serbian, latin) == [False, False]


def test_drafts_in_other_letters_expire_with_the_story_as_well(client, desk, source):
    serbian = translate(client, sent(source, desk, "sr"), SERBIAN)
    latin = sent(fresh(source), desk, "sr-Latn")
    expires(source, NOW + HOUR, desk)
    assert [newest(fresh(each.target_id)).expire_at for each in (serbian, latin)] == [NOW + HOUR] * 2


def test_what_goes_out_with_its_source_expires_with_it(client, desk):
    body = text("<p>It is full.</p>")
    draft = write("Harbour strike ends", story_id="together", lead="They sail again.", body=body)
    task = translate(client, sent(draft, desk, "ru"), WORDS)
    draft = newest(fresh(draft))
    draft.expire_at = NOW + HOUR
    draft.save_revision(user=desk)
    Hold(fresh(draft), (Task.objects.get(pk=task.pk),), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    ReleaseTogether(Together.objects.get(), desk).execute()
    publish_due(NOW + HOUR)
    assert live(draft, task.target_id) == [False, False]


def test_breaking_news_that_is_translated_later_expires_with_its_story(desk):
    put_out(desk)
    page = page_in("en").get_latest_revision_as_object()
    page.expire_at = NOW + 5 * HOUR
    page.body = [*page.body.get_prep_value(), *text("<p>It began.</p>")]
    english = publish(page, desk)
    (task,) = Send(english, ("ru",), desk).execute()
    assert fresh(task.target_id).expire_at == NOW + 5 * HOUR
    expires(english, NOW + HOUR, desk)
    publish_due(NOW + HOUR)
    assert live(english, task.target_id) == [False, False]


def test_breaking_news_whose_story_is_a_draft_when_sent_expires_with_it_later(desk):
    put_out(desk)
    page_in("en").unpublish()
    draft = newest(page_in("en"))
    draft.expire_at = NOW + 5 * HOUR
    draft.save_revision(user=desk)
    (task,) = Send(page_in("en"), ("ru",), desk).execute()
    assert fresh(task.target_id).expire_at is None
    publish(newest(page_in("en")), desk)
    publish_due(NOW + 5 * HOUR)
    assert live(page_in("en"), task.target_id) == [False, False]


def test_no_end_of_its_own_is_kept(desk, source, task):
    expires(source, NOW + HOUR, desk)
    publish(newest(fresh(task.target_id)), desk)
    expires(task.target_id, None, desk)
    expires(source, NOW + 3 * HOUR, desk)
    publish_due(NOW + 3 * HOUR)
    assert live(source, task.target_id) == [False, True]


@pytest.mark.parametrize(("own", "ends"), [(None, 5), (9, 9)])
def test_what_came_in_ready_expires_with_its_source_unless_it_has_a_time(desk, own, ends):
    key, own_time = uuid4(), own and NOW + own * HOUR
    english = publish(write("Ferry", story_id="ferry", translation_key=key, expire_at=NOW + 5 * HOUR), desk)
    page = write("Паром", language="ru", story_id="ferry", translation_key=key, expire_at=own_time)
    assert tie([key], [publish(page, desk).pk]) == 1
    assert fresh(page).expire_at == NOW + ends * HOUR
    expires(english, NOW + HOUR, desk)
    publish_due(NOW + HOUR)
    assert live(english, page) == [False, own is not None]


def next_one(page, user, at, **fields):
    """An update that goes out at a time."""
    draft = newest(fresh(page))
    for name, value in {"title": "The next one", "go_live_at": at, **fields}.items():
        setattr(draft, name, value)
    draft.save_revision(user=user).publish(user=user)


def test_what_is_approved_for_later_goes_out_after_the_story_expired(desk, source):
    expires(source, NOW + HOUR, desk)
    next_one(source, desk, NOW + 2 * HOUR, expire_at=NOW + 9 * HOUR)
    publish_due(NOW + HOUR)
    assert live(source) == [False]
    assert fresh(source).approved_schedule
    Revision.page_revisions.filter(approved_go_live_at__isnull=False).update(approved_go_live_at=NOW - HOUR)
    assert goes_out(source, desk)


def goes_out(page, user):
    """Whether what is approved is out once its time is over, which it has in its draft, too."""
    revision = Revision.page_revisions.get(approved_go_live_at__isnull=False)
    Revision.objects.filter(pk=revision.pk).update(content={**revision.content, "go_live_at": None})
    publish_due(NOW)
    return (fresh(page).live, fresh(page).title) == (True, "The next one")


def test_what_would_be_over_by_then_does_not_go_out(desk, source):
    expires(source, NOW + HOUR, desk)
    next_one(source, desk, NOW + 2 * HOUR)
    publish_due(NOW + HOUR)
    assert not fresh(source).approved_schedule


def test_what_is_over_already_does_not_go_out_for_a_minute(client, desk, source, task):
    """Lists and reviewers publish past the form, which asks for a time that is to come."""
    draft = newest(fresh(source))
    draft.title, draft.expire_at = "Over", NOW - HOUR
    draft.save_revision(user=desk)
    address = f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', 'publish'])}?id={source.pk}&next=/admin/"
    assert "It would expire before it goes out." in client.post(address, follow=True).content.decode()
    assert fresh(source).title == "Harbour strike ends"


def test_what_was_over_before_the_newsroom_ran_again_is_told_and_not_let_out(desk, task):
    draft = newest(fresh(task.target_id))
    draft.go_live_at, draft.expire_at = NOW + HOUR, NOW + 2 * HOUR
    draft.save_revision(user=desk).publish(user=desk)
    revision = Revision.page_revisions.get(approved_go_live_at__isnull=False)
    content = {**revision.content, "go_live_at": None, "expire_at": (NOW - HOUR).isoformat()}
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=NOW - 2 * HOUR, content=content)
    assert publish_due(NOW) == 0
    assert not Release.objects.filter(language="ru").exists()
    assert "expire before" in PageLogEntry.objects.get(page=task.target_id, action=FAILED).data["reason"]


def test_an_import_leaves_out_what_is_over_here_and_goes_on(tmp_path, desk):
    file = tmp_path / "lines.jsonl"
    move_lines(write_lines(file, [line("one", published="2031-11-20T10:00:00Z"), line("two")]), by=desk)
    StoryPage.objects.filter(story_id="one").update(expire_at=NOW - HOUR)
    report = move_lines(write_lines(file, [line("one"), line("two", headline="Another")]), by=desk)
    assert (report.left_out, report.changed) == (1, 1)
    assert "expire before" in report.faults[-1].text


def test_an_update_that_cannot_go_out_takes_no_end_from_what_is_out(desk, source):
    expires(source, NOW + 9 * HOUR, desk)
    next_one(source, desk, NOW + HOUR)
    StoryPage.objects.filter(pk=source.pk).update(locked=True)
    Revision.page_revisions.filter(approved_go_live_at__isnull=False).update(approved_go_live_at=NOW - HOUR)
    assert publish_due(NOW) == 0
    assert (fresh(source).expire_at, fresh(source).approved_schedule) == (NOW + 9 * HOUR, False)
    publish_due(NOW + 10 * HOUR)
    assert live(source) == [False]


@pytest.fixture
def stuck(desk, source, monkeypatch):
    """A story whose time is over, that cannot be taken back; what makes that possible. And an update for later."""
    expires(source, NOW + HOUR, desk)
    next_one(source, desk, NOW + 5 * HOUR, expire_at=NOW + 9 * HOUR)
    StoryPage.objects.filter(pk=source.pk).update(expire_at=NOW - HOUR)

    def fail(*_arguments, **_options):
        raise StoryError("is stuck", field="story")

    monkeypatch.setattr(StoryPage, "unpublish", fail)
    return monkeypatch


def tries(page):
    return PageLogEntry.objects.filter(page=page.pk, action=FAILED).count()


def test_what_could_not_be_taken_back_is_tried_again_until_it_is(client, source, stuck):
    start = datetime.now(UTC)
    assert publish_due(start) == 0
    assert seconds_to_next(start) > 0, "and it does not spin"
    assert (live(source), tries(source), fresh(source).approved_schedule) == ([True], 1, True)
    for seconds, tried in ((60, 1), (130, 2), (200, 2)):
        publish_due(start + timedelta(seconds=seconds))
        assert tries(source) == tried, seconds
    said = client.get(reverse("publication_desk")).content.decode()
    assert said.count("is stuck") == 1
    assert "Readers have it still. It is tried again by itself" in said
    stuck.undo()
    assert publish_due(start + HOUR) == 1
    assert live(source) == [False]
    assert fresh(source).approved_schedule
    assert "is stuck" not in client.get(reverse("publication_desk")).content.decode()


def test_what_got_another_time_is_told_no_more(client, source, stuck):
    publish_due(datetime.now(UTC))
    assert "is stuck" in client.get(reverse("publication_desk")).content.decode()
    StoryPage.objects.filter(pk=source.pk).update(expire_at=NOW + 9 * HOUR)
    assert "is stuck" not in client.get(reverse("publication_desk")).content.decode()


def test_it_is_tried_at_least_each_hour(source, stuck):
    for each in range(1, 12):
        publish_due(datetime.now(UTC) + timedelta(minutes=61))
        assert tries(source) == each


def test_only_what_cannot_go_out_is_forgotten(desk, source):
    next_one(source, desk, NOW + HOUR)
    later = newest(fresh(source)).save_revision(user=desk)
    Revision.objects.filter(pk=later.pk).update(approved_go_live_at=NOW + 5 * HOUR)
    StoryPage.objects.filter(pk=source.pk).update(locked=True)
    Revision.page_revisions.filter(approved_go_live_at=NOW + HOUR).update(approved_go_live_at=NOW - HOUR)
    assert publish_due(NOW) == 0
    assert [each.pk for each in Revision.page_revisions.filter(approved_go_live_at__isnull=False)] == [later.pk]


def test_taken_back_by_hand_nothing_goes_out_later(desk, source):
    next_one(source, desk, NOW + 2 * HOUR)
    fresh(source).unpublish()
    assert not fresh(source).approved_schedule


def test_an_update_that_was_due_before_the_expiry_is_not_lost_while_nothing_runs(desk, source):
    expires(source, NOW + 2 * HOUR, desk)
    next_one(source, desk, NOW + HOUR, expire_at=NOW + 9 * HOUR)
    StoryPage.objects.filter(pk=source.pk).update(expire_at=NOW - HOUR)
    Revision.page_revisions.filter(approved_go_live_at__isnull=False).update(approved_go_live_at=NOW - 2 * HOUR)
    assert goes_out(source, desk)
