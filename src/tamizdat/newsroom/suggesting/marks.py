"""Which words of a translation are a machine's that nobody has checked, and what readers are told of it.

Marks hang on the words, not on their place: whoever changes the words makes them a person's, whoever moves or copies
them does not. They hang on sentences, too: whoever joins two paragraphs or parts one has not written them, and a piece
is a machine's as long as most of its sentences are.
"""

from collections.abc import Iterable, Iterator, Set
from typing import Any

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.models import MachineDraft, MachinePiece
from tamizdat.newsroom.suggesting.words import DIGEST_CHARS, digest, plain, sentences
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.fields import fields_of
from tamizdat.newsroom.translating.models import Task

MACHINE = "machine"


def unchecked(page_id: int) -> frozenset[str]:
    """The hashes of a machine's words that no person has checked, in one page: of pieces, and of sentences."""
    known = dict(MachinePiece.objects.filter(page_id=page_id).values_list("digest", "checked"))
    right = {_part(each) for each, checked in known.items() if checked}
    return frozenset(each for each, checked in known.items() if not checked) - right


def is_machines(text: str, marks: frozenset[str]) -> bool:
    """Whether the plain words of a piece are a machine's, by ``marks`` as :func:`unchecked` gives them."""
    if not text or not marks:
        return False
    parts = [digest(each) for each in sentences(text)]
    return digest(text) in marks or 2 * sum(each in marks or _part(each) in marks for each in parts) > len(parts)


def _part(hashed: str) -> str:
    """The hash of a sentence as it is kept beside those of pieces: it alone is no piece that anybody sees."""
    return f".{hashed}"[:DIGEST_CHARS]


def standing(page: StoryPage, marks: frozenset[str]) -> int:
    """How many pieces of a page are a machine's."""
    return sum(is_machines(text, marks) for text in _texts(page))


def _texts(page: StoryPage) -> Iterator[str]:
    yield from (plain(piece, each.kind) for each in fields_of(page).values() for piece in each.pieces)


def mark(page_id: int, texts: Iterable[tuple[str, str]], service: str) -> None:
    """Note pieces (and their kinds) as a machine's. Only in the transaction that writes them."""
    MachinePiece.objects.bulk_create(
        _rows(page_id, texts, service),
        update_conflicts=True, update_fields=["service", "checked"], unique_fields=["page", "digest"],
    )  # fmt: skip


def mark_new(page_id: int, texts: Iterable[tuple[str, str]], service: str) -> None:
    """The same, but what a person has checked already stays so."""
    MachinePiece.objects.bulk_create(_rows(page_id, texts, service), ignore_conflicts=True)


def _rows(page_id: int, texts: Iterable[tuple[str, str]], service: str) -> list[MachinePiece]:
    said = {plain(text, kind) for text, kind in texts}
    digests = {digest(text) for text in said}
    digests |= {_part(digest(each)) for text in said if len(parts := sentences(text)) > 1 for each in parts}
    return [MachinePiece(page_id=page_id, digest=each, service=service) for each in digests]


def tick(page_id: int, digests: Iterable[str]) -> None:
    """Note that a person checked pieces of the newest draft, and so their sentences."""
    pieces = set(digests)
    texts = [text for text in _texts(newest(StoryPage.objects.get(pk=page_id))) if digest(text) in pieces]
    _checked(page_id, pieces | {digest(each) for text in texts for each in sentences(text)})


def tick_words(page_id: int, texts: Iterable[str]) -> None:
    """Note that a person checked plain words, whole pieces or sentences, wherever in the page they come to stand."""
    _checked(page_id, {digest(text) for text in texts})


def _checked(page_id: int, digests: Set[str]) -> None:
    wanted = digests | {_part(each) for each in digests}
    MachinePiece.objects.filter(page_id=page_id, digest__in=wanted).update(checked=True)


def say(revision: Any) -> None:
    """Before a translation's draft is stored, give it ``translation``: ``machine`` as long as one such piece stands.

    Drafts that no machine was asked for keep what people chose. So does one whose source is gone, which stands beside
    nothing any more, where its pieces could be ticked: that somebody chose otherwise says that people have checked it.
    """
    content = revision.content
    if not isinstance(content, dict) or not {"story_id", "translation_key"} <= content.keys():
        return
    draft = MachineDraft.objects.filter(page_id=revision.object_id).first()
    if draft is None:
        return
    stands = standing(revision.as_object(), unchecked(draft.page_id)) > 0
    if stands and draft.marked and content["translation"] != MACHINE and _is_alone(draft.page_id):
        MachinePiece.objects.filter(page_id=draft.page_id).update(checked=True)
        stands = False
    if not stands and not draft.marked:
        return
    content["translation"] = MACHINE if stands else ""
    if draft.marked != stands:
        MachineDraft.objects.filter(pk=draft.pk).update(marked=stands)
    # What readers have stays as it is until it is published; a draft of which they have nothing says it on the board.
    StoryPage.objects.filter(pk=revision.object_id, live=False).update(translation=content["translation"])


def _is_alone(page_id: int) -> bool:
    return not Task.objects.filter(target_id=page_id).exists()
