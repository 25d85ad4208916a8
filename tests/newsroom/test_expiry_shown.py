"""A form that was open, or shows an older version, does not keep a translation out longer than its source."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import publish
from test_embargoes import NOON, embargo
from test_expiry import expires
from test_writing_brought_back import OldVersion
from test_writing_meanwhile import Desk
from translating_kit import WORDS, sent, translate

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
MINUTES = NOW.replace(second=0)
"""As forms write times."""
ENDS = {"none": None, "a later one": MINUTES + 9 * HOUR}


def fresh(page):
    return StoryPage.objects.get(pk=getattr(page, "pk", page))


@pytest.fixture
def target(client, desk, source, task):
    """A translation that is out, as its source is."""
    publish(fresh(source), desk)
    return publish(newest(fresh(task.target_id)), desk)


def ends(page):
    return fresh(page).expire_at


@pytest.mark.parametrize("before", ENDS.values(), ids=ENDS)
def test_what_a_form_shows_still_of_the_source_is_not_its_own(client, desk, source, target, before):
    expires(source, before, desk)
    form = Desk(client, desk, fresh(target))
    expires(source, MINUTES + 2 * HOUR, desk)
    assert form.publish(title="Забастовка").status_code == 302
    assert (fresh(target).title, ends(target)) == ("Забастовка", MINUTES + 2 * HOUR)
    expires(source, None, desk)
    assert ends(target) is None


def test_what_saves_itself_keeps_it_too(client, desk, source, target):
    form = Desk(client, desk, fresh(target))
    expires(source, MINUTES + 2 * HOUR, desk)
    assert form.autosave(title="Забастовка")["success"]
    assert (newest(fresh(target)).title, newest(fresh(target)).expire_at) == ("Забастовка", MINUTES + 2 * HOUR)


@pytest.mark.parametrize("before", ENDS.values(), ids=ENDS)
def test_nor_is_what_an_older_version_has_of_it(client, desk, source, target, before):
    expires(source, before, desk)
    old = newest(fresh(target)).save_revision(user=desk)
    draft = newest(fresh(target))
    draft.lead = "Ещё раз."
    draft.save_revision(user=desk)
    expires(source, MINUTES + 2 * HOUR, desk)
    form = OldVersion(client, desk, fresh(target), old)
    assert form.publish(title="Забастовка").status_code == 302
    assert (fresh(target).title, ends(target)) == ("Забастовка", MINUTES + 2 * HOUR)


def test_what_a_translator_took_over_by_saving_is_known_as_well(client, desk, source):
    """The source was never out: its translations learn of its end when they are saved."""
    task = translate(client, sent(source, desk, "ru"), WORDS)
    old = fresh(task.target_id).latest_revision
    draft = newest(fresh(source))
    draft.expire_at = MINUTES + 2 * HOUR
    draft.save_revision(user=desk)
    translate(client, task, {})
    assert newest(fresh(task.target_id)).expire_at == MINUTES + 2 * HOUR
    OldVersion(client, desk, fresh(task.target_id), old).publish()
    assert ends(task.target_id) == MINUTES + 2 * HOUR


@pytest.mark.parametrize("own", [None, MINUTES + 5 * HOUR])
def test_what_somebody_chooses_there_is_the_translations_own(client, desk, source, target, own):
    expires(source, MINUTES + 2 * HOUR, desk)
    form = Desk(client, desk, fresh(target))
    expires(source, MINUTES + 3 * HOUR, desk)
    assert form.publish(expire_at=f"{own:%Y-%m-%d %H:%M}" if own else "").status_code == 302
    assert ends(target) == own
    expires(source, MINUTES + 4 * HOUR, desk)
    assert ends(target) == own


def test_what_somebody_writes_again_after_another_time_is_the_translations_own(client, desk, source, target):
    expires(source, MINUTES + 2 * HOUR, desk)
    form = Desk(client, desk, fresh(target))
    expires(source, MINUTES + 3 * HOUR, desk)
    assert form.autosave(expire_at=f"{MINUTES + 5 * HOUR:%Y-%m-%d %H:%M}")["success"]
    assert form.publish().status_code == 302
    assert ends(target) == MINUTES + 2 * HOUR


def test_an_older_version_with_a_time_of_its_own_has_it_again(client, desk, source, target):
    own = MINUTES + 9 * HOUR
    old = expires(target, own, desk).latest_revision
    expires(target, None, desk)
    expires(source, MINUTES + 2 * HOUR, desk)
    assert OldVersion(client, desk, fresh(target), old).publish().status_code == 302
    assert ends(target) == own


def test_an_older_version_does_not_bring_back_an_embargo_that_the_source_lifted(client, desk, source):
    embargo(source, NOON, desk)
    task = translate(client, sent(fresh(source), desk, "ru"), WORDS)
    old = fresh(task.target_id).latest_revision
    draft = newest(fresh(task.target_id))
    draft.lead = "Ещё раз."
    draft.save_revision(user=desk)
    embargo(source, None, desk)
    assert OldVersion(client, desk, fresh(task.target_id), old).send(dateline="Рига").status_code == 302
    assert (newest(fresh(task.target_id)).dateline, newest(fresh(task.target_id)).embargo) == ("Рига", None)


@pytest.mark.parametrize("shown", ["", "tomorrow", "2031-13-01T12:00:00", "2031-05-01T12:00:00"])
def test_a_form_that_says_something_else_of_what_it_showed_is_saved_as_typed(client, desk, source, target, shown):
    expires(source, MINUTES + 2 * HOUR, desk)
    form = Desk(client, desk, fresh(target))
    assert form.publish(expire_at_shown=shown).status_code == 302
    assert ends(target) == MINUTES + 2 * HOUR
