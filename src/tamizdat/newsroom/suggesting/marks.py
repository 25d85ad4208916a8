"""Which words of a translation are a machine's that nobody has checked, and what readers are told of it.

Marks hang on the words, not on their place: whoever changes the words makes them a person's, whoever moves or copies
them does not.
"""

from collections.abc import Iterable
from typing import Any

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.models import MachineDraft, MachinePiece
from tamizdat.newsroom.suggesting.words import digest, plain
from tamizdat.newsroom.translating.fields import fields_of
from tamizdat.newsroom.translating.models import Task

MACHINE = "machine"


def unchecked(task_id: int) -> frozenset[str]:
    """The hashes of a machine's words that no person has checked, in one translation."""
    return frozenset(MachinePiece.objects.filter(task_id=task_id, checked=False).values_list("digest", flat=True))


def standing(page: StoryPage, marks: Iterable[str]) -> int:
    """How many pieces of a page have a hash among ``marks``."""
    known = frozenset(marks)
    return sum(digest(plain(piece, each.kind)) in known for each in fields_of(page).values() for piece in each.pieces)


def mark(task: Task, texts: Iterable[tuple[str, str]], service: str) -> None:
    """Note pieces (and their kinds) as a machine's. Only in the transaction that writes them."""
    digests = {digest(plain(text, kind)) for text, kind in texts}
    MachinePiece.objects.bulk_create(
        [MachinePiece(task=task, digest=each, service=service) for each in digests],
        update_conflicts=True, update_fields=["service", "checked"], unique_fields=["task", "digest"],
    )  # fmt: skip


def mark_new(task: Task, texts: Iterable[tuple[str, str]], service: str) -> None:
    """The same, but what a person has checked already stays so."""
    digests = {digest(plain(text, kind)) for text, kind in texts}
    MachinePiece.objects.bulk_create(
        [MachinePiece(task=task, digest=each, service=service) for each in digests], ignore_conflicts=True
    )


def tick(task: Task, digests: Iterable[str]) -> None:
    """Note that a person checked pieces."""
    MachinePiece.objects.filter(task=task, digest__in=list(digests)).update(checked=True)


def say(revision: Any) -> None:
    """Before a translation's draft is stored, give it ``translation``: ``machine`` as long as one such piece stands.

    Drafts that no machine was asked for keep what people chose.
    """
    content = revision.content
    if not isinstance(content, dict) or not {"story_id", "translation_key"} <= content.keys():
        return
    draft = MachineDraft.objects.filter(task__target_id=revision.object_id).first()
    if draft is None:
        return
    stands = standing(revision.as_object(), unchecked(draft.task_id)) > 0
    if not stands and not draft.marked:
        return
    content["translation"] = MACHINE if stands else ""
    if draft.marked != stands:
        MachineDraft.objects.filter(pk=draft.pk).update(marked=stands)
    # What readers have stays as it is until it is published; a draft of which they have nothing says it on the board.
    StoryPage.objects.filter(pk=revision.object_id, live=False).update(translation=content["translation"])
