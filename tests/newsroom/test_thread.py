"""One story through every stop: written, released, pressed, signed, carried, and read from a mirror."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import picture, publish, text, write
from newsroom_settings import PASSPHRASE

from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.desk.state import state_now
from tamizdat.newsroom.pressroom.bell import Bell
from tamizdat.newsroom.pressroom.models import Run
from tamizdat.newsroom.pressroom.press import Press, finished_upto, newest_order
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.publisher.pipeline import Publisher
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import Keyring, load_state

pytestmark = pytest.mark.django_db


class Clock:
    """The press's time, which a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def press(room, clock):
    return Press(room, Keyring.open(room, lambda _file: PASSPHRASE), clock)


@pytest.fixture
def read(room, clock):
    def stories(language="en"):
        anchor = Anchor.parse(load_state(room).fingerprint)
        visit = sync([open_inbound(str(room / "out"))], anchor, [language], MemoryLibrary(), clock.now)
        return {name: story_from_bytes(data) for name, data in visit.editions[language].stories.items()}

    return stories


def test_what_is_published_in_the_browser_is_read_from_a_mirror(press, read):
    page = publish(
        write(
            "The ferry sails again",
            lead="After three weeks, twice a day.",
            body=text("<h2>Port Imbel</h2><p>The ferry <b>sails</b>.</p><ul><li>at nine</li><li>at five</li></ul>"),
            picture=picture("The quay at dawn", credit="Harbour Wire"),
        )
    )
    run = press.run()
    assert not run.failed, run.report
    story = read()[page.story_id]
    assert story.headline == "The ferry sails again"
    assert story.lead == "After three weeks, twice a day."
    assert [type(block).__name__ for block in story.body] == ["Heading", "Paragraph", "ListBlock"]
    assert (story.picture.alt, story.picture.credit) == ("The quay at dawn", "Harbour Wire")


def test_a_draft_is_read_by_nobody(press, read):
    write("Not yet").save_revision()
    press.run()
    assert read() == {}


def test_a_change_a_correction_and_a_taking_back_are_read(press, read, clock, admin_user):
    page = publish(write("Ferry sails", story_id="ferry"))
    press.run()
    page.title = "Ferry sails at nine"
    page = publish(page)
    clock.later(60)
    press.run()
    assert read()["ferry"].headline == "Ferry sails at nine"
    assert read()["ferry"].updated is not None
    Correct("ferry", "retraction", {"en": "It does not."}, admin_user).execute()
    clock.later(60)
    press.run()
    assert read()["ferry"].retracted
    StoryPage.objects.get(pk=page.pk).unpublish()
    clock.later(60)
    press.run()
    assert read()["ferry"].retracted, "whoever kept it has nothing else to learn that from"
    Correct("ferry", "takedown", {}, admin_user, reason="A witness is in danger").execute()
    clock.later(60)
    press.run()
    assert read() == {}


def test_the_press_is_due_by_orders_and_by_time(press, clock):
    assert press.is_due()
    press.run()
    assert not press.is_due()
    publish(write("Ferry"))
    assert press.is_due()
    press.run()
    assert finished_upto() == newest_order()
    assert not press.is_due()
    clock.later(3_601)
    assert press.is_due()


def test_what_a_killed_run_did_not_finish_is_still_ordered(press, clock):
    press.run()
    publish(write("Ferry"))
    Run.objects.create(upto=newest_order(), started=clock.now)
    assert finished_upto() < newest_order()
    assert press.is_due()


def test_a_failure_is_written_down_and_tried_again_later(press, room, clock):
    publish(write("Ferry"))
    settings = (room / "tamizdat.toml").read_text("utf-8")
    (room / "tamizdat.toml").write_text("this is no toml", "utf-8")
    try:
        run = press.run()
        assert run.failed
        assert "tamizdat.toml" in run.report["error"]
        assert finished_upto() < newest_order()
        assert not press.is_due()
        clock.later(3)
        assert press.is_due()
    finally:
        (room / "tamizdat.toml").write_text(settings, "utf-8")
    assert not press.run().failed


def test_after_a_clock_that_was_ahead_the_press_neither_stands_still_nor_looks_at_less(press, room, clock, monkeypatch):
    clock.later(30 * 86_400)
    settings = (room / "tamizdat.toml").read_text("utf-8")
    (room / "tamizdat.toml").write_text("this is no toml", "utf-8")
    try:
        assert press.run().failed
    finally:
        (room / "tamizdat.toml").write_text(settings, "utf-8")
    clock.later(-30 * 86_400)
    assert press.is_due(), "it failed at a moment that is yet to come"

    looked, really = [], Publisher.publish

    def publish(self, now, *, thorough):
        looked.append(thorough)
        return really(self, now, thorough=thorough)

    monkeypatch.setattr(Publisher, "publish", publish)
    for seconds in (0, 60, -86_400):
        clock.later(seconds)
        press.run()
    assert looked == [True, False, True]
    assert Run.objects.filter(failed=True).count() == 1
    assert finished_upto() == newest_order()


class _Bell:
    """Nobody rings."""

    def __init__(self):
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)


def test_a_schedule_that_fails_keeps_the_press_from_nothing_and_is_told(press, read, monkeypatch, caplog):
    def fail(_now):
        raise RuntimeError("nobody thought of it")

    page, bell = publish(write("Ferry")), _Bell()
    monkeypatch.setattr("tamizdat.newsroom.pressroom.press.publish_due", fail)
    monkeypatch.setattr("tamizdat.newsroom.pressroom.press.seconds_to_next", lambda _now: 0.0)
    monkeypatch.setattr("tamizdat.newsroom.pressroom.press.close_old_connections", lambda: None)  # the test's own
    press.work(bell, lambda: len(bell.waits) == 3)
    assert read()[page.story_id].headline == "Ferry"
    failed = Run.objects.filter(failed=True)
    assert Run.objects.order_by("-id").first() in failed
    assert failed.count() == 2, "before the run and after it, and not each second"
    assert min(bell.waits) > 0, "and it does not spin"
    state = state_now(datetime.now(UTC))
    assert state.kind == "stuck"
    assert "nobody thought of it" in state.text


def test_a_bell_without_time_to_wait_waits_not_at_all(tmp_path):
    bell = Bell(tmp_path / "bell")
    bell.wait(0)
    bell.close()
