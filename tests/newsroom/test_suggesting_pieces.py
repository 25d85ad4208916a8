"""What a machine makes of single pieces: one that no story can hold is none of the others'."""

import pytest
from desk_kit import person, picture, text, write
from machine_kit import libre, served, upper
from people_kit import member

from tamizdat.limits import LIMITS
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.machines.tags import is_echo, sent
from tamizdat.newsroom.suggesting.models import DONE, FAILED, MachineDraft
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return person()


def _drafted(desk, change, **fields):
    page = write("Harbour strike ends", lead="They sail again.", body=text("<p>It is full.</p>"), **fields)
    (task,) = Send(page, ("ru",), desk).execute()
    then = "2026-01-01T00:00Z"
    made = MachineDraft.objects.create(page=task.target, by=desk, asked=then, due=then)
    with served(libre(change)):
        draft_waiting()
    made.refresh_from_db()
    return made, newest(StoryPage.objects.get(pk=task.target_id))


@pytest.mark.parametrize(
    ("field", "words", "most"),
    [
        ("title", "Harbour", 255),
        ("dateline", "Port", 200),
        ("picture_alt", "Cranes", LIMITS.max_caption_chars),
        ("picture_caption", "Dawn", LIMITS.max_caption_chars),
    ],
)
@pytest.mark.parametrize("more", [0, 1])
def test_a_piece_that_is_too_long_is_left_to_people_and_the_others_are_there(desk, field, words, most, more):
    def change(said):
        return "A" * (most + more) if words in said else upper(said)

    fields = {} if field == "title" else {field: words, "picture": picture()}
    made, page = _drafted(desk, change, **fields)
    assert made.state == DONE
    assert page.lead == "THEY SAIL AGAIN."
    assert (getattr(page, field) == "A" * most) is not bool(more)
    assert ("too long: 1." in made.fault) is bool(more)


def test_a_caption_in_the_text_as_well(desk):
    shown = {"image": picture().pk, "decorative": False, "alt_text": "Cranes"}
    page = write("Tram", body=[{"type": "picture", "value": {"picture": shown, "caption": "Dawn", "credit": ""}}])
    (task,) = Send(page, ("ru",), desk).execute()
    then = "2026-01-01T00:00Z"
    MachineDraft.objects.create(page=task.target, by=desk, asked=then, due=then)
    with served(libre(lambda said: "A" * 50_000 if said == "Dawn" else upper(said))):
        draft_waiting()
    (block,) = newest(StoryPage.objects.get(pk=task.target_id)).body.get_prep_value()
    assert (block["value"]["picture"]["alt_text"], block["value"]["caption"]) == ("CRANES", "Dawn")
    assert MachineDraft.objects.get().state == DONE


def test_what_comes_back_as_it_was_is_no_translation(desk):
    made, page = _drafted(desk, lambda said: said if "full" in said else upper(said), dateline="Radio Orla")
    assert (made.state, page.title) == (DONE, "HARBOUR STRIKE ENDS")
    assert page.body.get_prep_value()[0]["value"] == "<p>It is full.</p>"
    assert "too long: 1." in made.fault
    assert made.filled == 3
    assert page.translation == "machine"


@pytest.mark.parametrize(
    ("said", "back", "is_one"),
    [
        ("It is full", "It is full", True),
        ('It <b>is</b> <a href="/x">full</a>', 'It <b id="n1">is</b> <a id="n2">full</a>', True),
        ("It is full", "Er ist voll", False),
        ("Anna Petrova", "Anna Petrova", False),
        ("1 200 300 404", "1 200 300 404", False),
        ("Radio Free Orla reports", "Radio Free Orla reports", False),
    ],
)
def test_names_and_numbers_may_come_back_as_they_were(said, back, is_one):
    assert is_echo(back, sent(said, ["Radio Free Orla"])) is is_one


@pytest.mark.parametrize("gone", [True, False])
def test_no_machine_is_asked_for_somebody_who_may_not_save(desk, gone):
    asker = member("asker", "translator:ru")
    (task,) = Send(write("Harbour strike ends"), ("ru",), desk).execute()
    then = "2026-01-01T00:00Z"
    MachineDraft.objects.create(page=task.target, by=asker, asked=then, due=then)
    if gone:
        asker.delete()
    else:
        asker.groups.clear()
    with served(libre()) as service:
        assert draft_waiting() == 0
        assert service.requests == []
    made = MachineDraft.objects.get()
    assert (made.state, made.fault) == (FAILED, "Whoever asked for it may not translate into this language.")
