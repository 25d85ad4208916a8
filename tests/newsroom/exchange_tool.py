"""``python exchange_tool.py prepare``, ``python exchange_tool.py save|back|release FOLDER``: who translates is killed.

``TAMIZDAT_NEWSROOM`` names the publication in which a story and its translations are prepared. Then each act is done on
copies of its database, in a process that kills itself (SIGKILL) before one statement that writes: a dozen of them in
turn, the first and the last among them.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tamizdat.newsroom.settings"
django.setup()

from desk_kit import person, text, write  # noqa: E402 - needs loaded models
from django.contrib.auth import get_user_model  # noqa: E402 - only now do they know the newsroom
from django.db import connection  # noqa: E402 - only now do they know the newsroom

from tamizdat.newsroom.exchange.bringing import BringBack  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.exchange.files import read_upload, written  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.exchange.models import Brought, BroughtFile  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.exchange.sheet import DONE, sheet_of  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.pressroom.models import Order, Release  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.stories.models import StoryPage  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether, Save  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.translating.beside import draft_mark, newest, rows_of, source_now  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.translating.models import Task, Together  # noqa: E402 - only now do they know the newsroom
from tamizdat.newsroom.translating.sending import Send  # noqa: E402 - only now do they know the newsroom

WRITES = ("INSERT", "UPDATE", "DELETE")


class Fate:
    """Kills this process before the statement number ``at`` that writes, or before the commit after the last one."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(WRITES):
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def task():
    """The one in Russian."""
    found = Task.objects.select_related("source__locale", "target__locale")
    return found.get(target__locale__language_code="ru")


def prepare() -> None:
    """A story with two translations that are held, all ready; and files of other words for both."""
    desk = person()
    body = text("".join(f"<p>Paragraph {at}.</p>" for at in range(5)))
    source = write("Harbour", story_id="harbour", lead="A lead.", body=body)
    tasks = Send(source, ("ru", "fa"), desk).execute()
    for each in tasks:
        save(each, "old")
    Hold(source, tuple(tasks), desk).execute()
    for each in tasks:
        Ready(Task.objects.get(pk=each.pk), True, desk).execute()


def save(each, word: str) -> None:
    """All rows anew."""
    each = Task.objects.select_related("source__locale", "target__locale").get(pk=each.pk)
    fields = rows_of(each.pairs, source_now(each), newest(each.target))
    texts = {
        (field.key, at): (
            row.source.replace("Paragraph", word) if field.kind == "rich" else f"{word} {field.key}",
            True,
        )
        for field in fields
        for at, row in enumerate(field.rows)
    }
    Save(each, texts, get_user_model().objects.get(), draft_mark(each.target), fields).execute()


def back() -> None:
    """A file that says "new" where the newsroom says "old"."""
    sheet = sheet_of(task())
    units = tuple(
        type(unit)(unit.id, unit.source, tuple(str(each).replace("old", "new") for each in unit.target), DONE, unit.was)
        for unit in sheet.units
    )
    name, data = written(type(sheet)("harbour", "en", "ru", sheet.task, "", units), "xliff12")
    BringBack(name, read_upload(data, name), get_user_model().objects.get()).execute()


def look() -> None:
    """Everything that must be old or new together."""
    each = task()
    draft = newest(each.target)
    words = {
        word for word in ("old", "new") if word in json.dumps([draft.title, draft.lead, draft.body.get_prep_value()])
    }
    pairs = {word for word in ("old", "new") if word in json.dumps(each.pairs)}
    out = Release.objects.filter(current=True, story__isnull=False)
    sys.stdout.write(
        json.dumps(
            {
                "words": sorted(words), "pairs": sorted(pairs), "todo": each.todo, "changed": each.changed,
                "ready": each.ready, "out": sorted(out.values_list("language", flat=True)),
                "live": StoryPage.objects.filter(live=True).count(), "orders": Order.objects.count(),
                "held": Together.objects.count(), "tied": Task.objects.filter(together__isnull=False).count(),
                "reports": BroughtFile.objects.count(), "uploads": Brought.objects.count(),
            }
        )
    )  # fmt: skip


ACTS = {
    "prepare": prepare,
    "save": lambda: save(task(), "new"),
    "back": back,
    "release": lambda: ReleaseTogether(Together.objects.get(), get_user_model().objects.get()).execute(),
    "look": look,
}


def apart(database: Path, act: str, at: int = 0) -> tuple[int, str]:
    """Do it in a process of its own, on this database: how it ended, and what it said.

    Forked before anything is connected: a Python with Django takes seconds to start, and there are many ways to die.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        connection.settings_dict["NAME"] = str(database)
        os.dup2(writing, 1)
        fate = Fate(at)
        with connection.execute_wrapper(fate):
            ACTS[act]()
        if act != "look":
            sys.stdout.write(str(at - fate._left))
        sys.stdout.flush()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def state(database: Path) -> dict[str, object]:
    """What another process finds."""
    code, said = apart(database, "look")
    assert code == 0
    return dict(json.loads(said))


def killed(folder: Path, act: str) -> None:
    """Kill the act before statements that write, and say what was found after each: JSON."""
    database = folder / "newsroom.sqlite"

    def copied(name: str) -> Path:
        to = folder / name
        to.mkdir()
        for file in folder.glob("newsroom.sqlite*"):
            shutil.copy(file, to)
        return to / database.name

    whole = copied("whole")
    code, said = apart(whole, act)
    assert code == 0
    found = {"whole": state(whole), "killed": [], "again": []}
    writes = abs(int(said))
    for at in sorted({*range(1, writes, max(1, writes // 11)), writes}):
        room = copied(f"{at}")
        code, _said = apart(room, act, at)
        assert code == -signal.SIGKILL, at
        found["killed"].append(state(room))
        assert apart(room, act)[0] == 0
        found["again"].append(state(room))
        shutil.rmtree(room.parent)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        killed(Path(sys.argv[2]), sys.argv[1])
