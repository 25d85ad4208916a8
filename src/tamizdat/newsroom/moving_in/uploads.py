"""Imports that somebody asked for in the browser: a file that waits, and the background worker that takes it in."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from tamizdat.errors import TamizdatError
from tamizdat.newsroom.clock import LITTLE, shared_now
from tamizdat.newsroom.desk.beating import beating, silence
from tamizdat.newsroom.here import here
from tamizdat.newsroom.moving_in.kinds import guess_kind
from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.moving_in.moving import MAY_NOT, Mover
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.newsroom.moving_in.writing import moment
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.stories.models import Newspaper
from tamizdat.sources.registry import open_source

FOLDER: Final = "moving"
MAX_BYTES: Final = 500_000_000
_CHUNK_BYTES: Final = 1 << 20
_ELSEWHERE: Final = timedelta(hours=1)
_ENDING: Final = re.compile(r"\.[a-z0-9]{1,8}$")


def may_move_in(user: Any) -> bool:
    """Whether ``user`` may import sites: administrators, and whom they let who may publish in every language.

    A file says itself in which language a story is, and what comes in of a site is out at once.
    """
    if user.is_superuser:
        return True
    papers = list(Newspaper.objects.all())
    may_publish = papers and all(paper.permissions_for_user(user).can_publish_subpage() for paper in papers)
    return bool(may_publish and user.has_perm("moving_in.move_in"))


def ask_to_move(upload: "UploadedFile[Any]", name: str, language: str, *, dry: bool, by: Any) -> Move:
    """Keep the file, and have a worker take it in. Raises PermissionDenied, or ValidationError that says why not."""
    if not may_move_in(by):
        raise PermissionDenied
    if (upload.size or 0) > MAX_BYTES:
        raise ValidationError(_("The file is too large for the browser. `tamizdat newsroom import` has no such limit."))
    move = Move.objects.create(source=name[:500], kind="", language=language, dry=dry, by=by, state=Move.MAKING)
    ending = _ENDING.search((upload.name or "").lower())
    file = here().own / FOLDER / f"{move.pk}{ending[0] if ending else ''}"
    try:
        _write(upload, file)
        move.kind = guess_kind(str(file))
    except TamizdatError as error:
        forget_file(move, file)
        move.delete()
        raise ValidationError(_("This is no export that we know: %(why)s") % {"why": _plain(error, file)}) from error
    move.file, move.state = f"{FOLDER}/{file.name}", Move.WAITING
    move.save()
    return move


def _write(upload: "UploadedFile[Any]", file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("wb") as out:
        for chunk in upload.chunks(_CHUNK_BYTES):
            out.write(chunk)
    file.chmod(0o600)


def _plain(error: TamizdatError, file: Path) -> str:
    return str(error).replace(str(file), _("the file"))


def forget_file(move: Move, file: Path | None = None) -> None:
    """Delete what was uploaded."""
    place = file or (here().own / move.file if move.file else None)
    if place:
        place.unlink(missing_ok=True)


def move_waiting() -> None:
    """Take in what waits, and what another worker left unfinished; one after the other."""
    while move := _claim(shared_now()):
        run(move)


def _claim(now: datetime) -> Move | None:
    """The oldest that nobody works on, and now ours. What was uploaded to another machine is for the workers there."""
    silent = Q(beat__lt=now - silence()) | Q(beat__gt=now + LITTLE)
    free = Q(state=Move.WAITING) | Q(silent, state=Move.RUNNING)
    for move in Move.objects.filter(free).order_by("pk"):
        if _is_elsewhere(move, now):
            continue
        taken = Move.objects.filter(free, pk=move.pk).update(state=Move.RUNNING, beat=now)
        if taken:
            move.refresh_from_db()
            return move
    return None


def _is_elsewhere(move: Move, now: datetime) -> bool:
    """Whether its file lies on another machine; there is none where the database is a file of this one.

    What no worker could begin for an hour lies nowhere: whoever takes it then says so.
    """
    if connection.vendor == "sqlite" or (here().own / move.file).is_file():
        return False
    return now - _ELSEWHERE < (move.beat or move.made) <= now + LITTLE


def run(move: Move) -> None:
    """Do it, and write down how far it is after each chunk."""

    def step(report: MoveReport) -> None:
        Move.objects.filter(pk=move.pk).update(beat=shared_now(), report=report.as_json())

    def beat() -> None:
        # A chunk with many slow pictures takes minutes.
        Move.objects.filter(pk=move.pk, state=Move.RUNNING).update(beat=shared_now())

    state = Move.FAILED
    try:
        with beating(beat):
            report = _moved(move, step)
        state = Move.FAILED if report.fault else Move.DONE
    except Exception as error:
        fault = {**(Move.objects.get(pk=move.pk).report or {}), "fault": f"{type(error).__name__}: {error}"[:500]}
        Move.objects.filter(pk=move.pk).update(report=fault)
        raise
    finally:
        Move.objects.filter(pk=move.pk).update(state=state, ended=shared_now())


def ask_again(move: Move, by: Any) -> bool:
    """Have an import that ended run again, in earnest, for ``by``; whether it had. Raises PermissionDenied."""
    if not may_move_in(by):
        raise PermissionDenied
    ended = Move.objects.filter(pk=move.pk, state__in=[Move.DONE, Move.FAILED]).exclude(file="")
    return bool(ended.update(state=Move.WAITING, dry=False, ended=None, by=by, beat=shared_now()))


def _may_still(move: Move) -> bool:
    """Whether whoever asked for it may at this moment: a role may be taken, or an account closed, while it runs."""
    by = Person.objects.filter(pk=move.by_id, is_active=True).first() if move.by_id else None
    return by is not None and may_move_in(by)


def _moved(move: Move, step: Callable[[MoveReport], None]) -> MoveReport:
    if not _may_still(move):
        refused = MoveReport(move.source, move.kind, dry=move.dry, fault=MAY_NOT)
        step(refused)
        return refused
    source = open_source(
        move.kind,
        base_dir=here().own,
        now=moment(),
        path=str(here().own / move.file),
        # JSON Lines would take lines in this language alone; they name their own.
        language=(move.language or None) if move.kind != "jsonl" else None,
        embargoed=True,
        drafts=True,
    )
    return Mover(
        source, move.kind, name=move.source, by=move.by, dry=move.dry, may=lambda: _may_still(move), step=step
    ).move()
