"""A machine's words stay its own in whichever paragraph they stand, until somebody writes most of it or checks it."""

import pytest
from desk_kit import person, text, write
from machine_kit import libre, served

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.marks import is_machines, tick, unchecked
from tamizdat.newsroom.suggesting.models import MachineDraft, MachinePiece
from tamizdat.newsroom.suggesting.words import digest, sentences
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
BODY = "<p>The ferry sails at nine. It is full.</p><p>Gulls cry. Nobody comes. Who knows why?</p><p>We wait.</p>"


@pytest.fixture
def task():
    desk = person()
    (made,) = Send(write("Harbour", body=text(BODY)), ("ru",), desk).execute()
    then = "2026-01-01T00:00Z"
    MachineDraft.objects.create(page=made.target, by=desk, asked=then, due=then)
    with served(libre()):
        draft_waiting()
    return made


def _mark(task, body, title="Гавань"):
    """What readers are told of a draft with these words."""
    page = newest(StoryPage.objects.get(pk=task.target_id))
    page.title, page.body = title, text(body)
    page.save_revision()
    return newest(StoryPage.objects.get(pk=task.target_id)).translation


@pytest.mark.parametrize(
    ("body", "mark"),
    [
        ("<p>THE FERRY SAILS AT NINE. IT IS FULL. WE WAIT.</p>", "machine"),
        ("<p>WE WAIT.</p>", "machine"),
        ("<p>GULLS CRY.</p><p>Никого.</p>", "machine"),
        ("<p>GULLS CRY. NOBODY COMES. Кто знает?</p>", "machine"),
        ("<p>GULLS CRY. Никого. Кто знает?</p>", ""),
        ("<p>THE FERRY SAILS AT NINE. Мест нет.</p>", ""),
        ("<p>Мы ждём.</p>", ""),
    ],
)
def test_whose_a_paragraph_is(task, body, mark):
    assert _mark(task, body) == mark


def test_whoever_checks_a_joined_paragraph_checks_its_sentences(task):
    joined = "GULLS CRY. NOBODY COMES. WHO KNOWS WHY? WE WAIT."
    assert _mark(task, f"<p>{joined}</p>") == "machine"
    assert is_machines(joined, unchecked(task.target_id))
    tick(task.target_id, [digest(joined)])
    assert not is_machines(joined, unchecked(task.target_id))
    for each in sentences(joined):
        assert not is_machines(each, unchecked(task.target_id))
    assert is_machines("IT IS FULL.", unchecked(task.target_id))
    assert _mark(task, f"<p>{joined}</p>") == ""


def test_a_piece_that_somebody_checked_stays_so_beside_a_like_sentence(task):
    tick(task.target_id, [digest("WE WAIT.")])
    MachinePiece.objects.create(page=task.target, digest=f".{digest('WE WAIT.')}"[:32], service="x")
    assert not is_machines("WE WAIT.", unchecked(task.target_id))


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("He said “go.” She went.", ["He said “go.”", "She went."]),
        ("In 3.5 hours", ["In 3.5 hours"]),
        ("一。二！", ["一。", "二！"]),
        ("رفت؟ آمد۔", ["رفت؟", "آمد۔"]),
        ("", []),
    ],
)
def test_sentences(words, parts):
    assert sentences(words) == parts
    assert [each for part in parts for each in sentences(part)] == parts
