"""Everything that people do with a story, each the way that our screens do it.

An act takes the :class:`Room`. It raises what the screen would say no with; :class:`Absent` where the screen has no
such button. What it returns, if anything, is a word of how it ended.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from acts_room_kit import ID, SOON, Absent, Locked, Room, later, now
from desk_kit import text, write
from django.core.exceptions import PermissionDenied
from moving_kit import line, write_lines
from wagtail.actions.delete_page import DeletePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction

from tamizdat.newsroom.breaking.acting import BreakNews, SayMore, SetUntil, Words
from tamizdat.newsroom.breaking.models import Flash
from tamizdat.newsroom.corrections.actions import Correct, Revoke
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.pressroom.renewing import Renew, stale
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Byline
from tamizdat.newsroom.suggesting.acting import SaveChecked, SayReady
from tamizdat.newsroom.translating.acting import Hold, ReleaseTogether, Save
from tamizdat.newsroom.translating.beside import newest, rows_of, source_now
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send
from tamizdat.sources.jsonl import JsonLinesSource

Act = Callable[[Room], str | None]


# --- where it begins ---


def out(room: Room) -> None:
    """It moved in from another site in both languages, is out, and is news that people say more of."""
    _moved(room, "Old")
    Flash.objects.create(story_id=ID, by=room.desk)


def draft(room: Room) -> None:
    """Nobody has it yet: it was written here, sent, and translated; nothing is missing."""
    source = write("Old", story_id=ID, lead="Old lead.", body=text("<p>Old text.</p>"), byline=["Ilka"])
    source.save_revision(user=room.desk)
    Send(room.page("en"), ("fa",), room.desk).execute()
    _translated(room, "Old")


STARTS: dict[str, Callable[[Room], None]] = {"out": out, "draft": draft}


# --- the story's form ---


def _form(room: Room, tag: str, headline: str, **fields: Any) -> Any:
    """What somebody saves in the form of a story: its newest draft with another headline."""
    page = room.page(tag)
    if not page.permissions_for_user(room.desk).can_edit():
        raise PermissionDenied
    _open(page, room.desk)
    made = newest(page)
    made.title = headline
    for name, value in {"go_live_at": None, **fields}.items():
        setattr(made, name, value)
    return made.save_revision(user=room.desk, log_action=True)


def _open(page: StoryPage, user: Any) -> None:
    lock = page.get_lock()
    if lock and lock.for_user(user):
        raise Locked


def _publish(room: Room, tag: str, headline: str, **fields: Any) -> None:
    if not room.page(tag).permissions_for_user(room.desk).can_publish():
        raise PermissionDenied
    _form(room, tag, headline, **fields).publish(user=room.desk)


def change(room: Room) -> None:
    _publish(room, "en", "Changed")


def change_translation(room: Room) -> None:
    _publish(room, "fa", "Changed")


def schedule(room: Room) -> None:
    _publish(room, "en", "Later", go_live_at=now() + SOON)


def schedule_translation(room: Room) -> None:
    _publish(room, "fa", "Later", go_live_at=now() + SOON)


def unschedule(room: Room) -> None:
    page = room.page("en")
    revision = page.scheduled_revision
    if revision is None:
        raise Absent
    if not page.permissions_for_user(room.desk).can_unschedule():
        raise PermissionDenied
    revision.approved_go_live_at = None
    revision.save(user=room.desk, update_fields=["approved_go_live_at"])


def expire(room: Room) -> None:
    _publish(room, "en", "Ending", expire_at=now() + SOON)
    time(room)


def time(room: Room) -> None:
    later(3)
    publish_due(now())


def embargo(room: Room) -> None:
    _form(room, "en", "Secret", embargo=now() + SOON)


def revert(room: Room) -> None:
    page = room.page("en")
    _open(page, room.desk)
    if not page.permissions_for_user(room.desk).can_publish():
        raise PermissionDenied
    before = page.revisions.order_by("pk").first()
    made = before.as_object().save_revision(user=room.desk, log_action=True, previous_revision=before)
    made.publish(user=room.desk, previous_revision=before)


def _unpublish(room: Room, tag: str) -> None:
    page = room.page(tag)
    if not page.live:
        raise Absent
    if not page.permissions_for_user(room.desk).can_unpublish():
        raise PermissionDenied
    UnpublishPageAction(page, user=room.desk).execute(skip_permission_checks=True)


def unpublish(room: Room) -> None:
    _unpublish(room, "en")


def _delete(room: Room, tag: str) -> None:
    page = room.page(tag)
    if not page.permissions_for_user(room.desk).can_delete():
        raise PermissionDenied
    DeletePageAction(page, user=room.desk).execute(skip_permission_checks=True)


def delete(room: Room) -> None:
    _delete(room, "en")


# --- review and locks ---


def submit(room: Room) -> None:
    page = room.page("en")
    if page.current_workflow_state or not page.permissions_for_user(room.desk).can_submit_for_moderation():
        raise Absent
    _form(room, "en", "Reviewed")
    page = room.page("en")
    page.get_workflow().start(page, room.reporter)


def _reviewed(room: Room, action: str) -> None:
    state = room.page("en").current_workflow_state
    if state is None or state.current_task_state is None:
        raise Absent
    step = state.current_task_state
    if action not in {name for name, *_rest in step.task.specific.get_actions(room.page("en"), room.desk)}:
        raise Absent
    step.task.specific.on_action(step, room.desk, action)


def approve(room: Room) -> None:
    _reviewed(room, "approve")


def reject(room: Room) -> None:
    _reviewed(room, "reject")


def lock(room: Room) -> None:
    page = room.page("en")
    if page.locked:
        raise Absent
    StoryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=room.lawyer, locked_at=now())


# --- what readers are told ---


def _say(room: Room, kind: str, texts: dict[str, str], *languages: str) -> None:
    Correct(ID, kind, texts, room.desk, languages, "A reader wrote", now()).execute()


def correct(room: Room) -> None:
    _say(room, "correction", {"en": "At nine.", "fa": "ساعت نه."})


def clarify(room: Room) -> None:
    _say(room, "clarification", {"en": "On weekdays."})


def retract(room: Room) -> None:
    _say(room, "retraction", {"en": "Our source was wrong."})


def take_down(room: Room) -> None:
    _say(room, "takedown", {})


def take_down_translation(room: Room) -> None:
    _say(room, "takedown", {}, "fa")


def revoke(room: Room) -> None:
    Revoke(room.correction(), room.desk).execute()


# --- translating ---


def send(room: Room) -> None:
    Send(room.page("en"), ("ru",), room.desk).execute()


def _translated(room: Room, headline: str) -> None:
    """All pieces are translated, and none is behind its source."""
    task = Task.objects.select_related("source__locale", "target__locale").get(pk=room.task().pk)
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    words = {"title": headline}
    texts = {
        (each.key, at): (words.get(each.key) or row.text or row.source, True)
        for each in fields
        for at, row in enumerate(each.rows)
    }
    SaveChecked(Save(task, texts, room.desk, task.target.latest_revision_id, fields), []).execute()


def translate(room: Room) -> None:
    _translated(room, "Translated")


def _hold(room: Room, at: datetime | None) -> None:
    Hold(room.page("en"), (room.task(),), room.desk, at).execute()


def hold(room: Room) -> None:
    _hold(room, None)


def hold_for_later(room: Room) -> None:
    _hold(room, now() + SOON)
    SayReady(room.task(), True, room.desk, False).execute()


def ready(room: Room) -> None:
    SayReady(room.task(), True, room.desk, False).execute()


def release(room: Room) -> None:
    held = room.together()
    if not room.task().ready:
        ready(room)
    ReleaseTogether(held, room.desk).execute()


# --- breaking news, imports, labels ---


def break_again(room: Room) -> None:
    room.flash()
    BreakNews(room.desk, ID, {"en": Words("Breaking"), "fa": Words("Breaking")}, now() + SOON).execute()


def say_more(room: Room) -> None:
    SayMore(room.desk, room.flash(), {"en": "Trains run.", "fa": "قطار می‌رود."}).execute()


def break_longer(room: Room) -> None:
    SetUntil(room.desk, room.flash(), now() + SOON).execute()


def end_breaking(room: Room) -> None:
    SetUntil(room.desk, room.flash(), None).execute()


def _moved(room: Room, headline: str) -> str | None:
    lines = [
        line(
            ID,
            tag,
            headline=headline,
            paragraphs=[f"{headline} text."],
            byline=["Ilka"],
            published="2030-04-30T10:00:00Z",
        )
        for tag in ("en", "fa")
    ]
    file = write_lines(room.folder / f"{headline}.jsonl", lines)
    report = Mover(JsonLinesSource(file, name="site", now=now()), "jsonl", by=room.desk).move()
    told = {"kept": report.kept, "left out": report.left_out}
    return " ".join(f"{name} {n}" for name, n in told.items() if n) or None


def move_in_anew(room: Room) -> str | None:
    return _moved(room, "Imported")


def renew(room: Room) -> str | None:
    byline = Byline.objects.get(key="Ilka")
    byline.label = "Renamed"
    byline.save()
    act = Renew(stale(byline), room.desk)
    act.execute()
    return f"left {len(act.left)}" if act.left else None


ACTS: dict[str, Act] = {
    "change": change,
    "schedule": schedule,
    "unschedule": unschedule,
    "time comes": time,
    "expire": expire,
    "embargo": embargo,
    "revert": revert,
    "unpublish": unpublish,
    "delete": delete,
    "submit": submit,
    "approve": approve,
    "reject": reject,
    "lock": lock,
    "correct": correct,
    "clarify": clarify,
    "retract": retract,
    "take down": take_down,
    "revoke": revoke,
    "send": send,
    "translate": translate,
    "hold for later": hold_for_later,
    "release": release,
    "break": break_again,
    "say more": say_more,
    "end breaking": end_breaking,
    "move in anew": move_in_anew,
    "renew": renew,
    "fa: change": change_translation,
    "fa: schedule": schedule_translation,
    "fa: take down": take_down_translation,
}
BEFORE: dict[str, Act] = {
    "revert": change,
    "revoke": correct,
    "end breaking": break_longer,
    "release": hold,
    "approve": submit,
    "reject": submit,
    "unschedule": schedule,
}
"""What is done before an act, so that there is something that it ends; in this order, if both acts need something."""
BEFORE_FIRST = {**BEFORE, "time comes": schedule}
"""The same of the first of two acts: whatever it was, time passes after it."""
PAIRED: dict[str, list[str]] = {
    "out": [name for name in ACTS if name != "fa: schedule"],
    "draft": [
        "change", "schedule", "time comes", "embargo", "revert", "delete", "submit", "approve", "lock", "translate",
        "hold for later", "release", "fa: change", "fa: schedule",
    ],
}  # fmt: skip
"""Which acts are tried on which story. Most of what is said to readers has nothing to do with what they do not have."""
