"""A machine's unchecked words leave the newsroom as such: translators elsewhere are asked to look at them."""

import pytest
from desk_kit import person, text, write
from exchange_kit import back, counts, fresh, taken, translate
from translating_kit import sent

from tamizdat.newsroom.exchange.files import FORMATS
from tamizdat.newsroom.exchange.sheet import CHECK, DONE, sheet_of
from tamizdat.newsroom.suggesting.marks import mark, tick, unchecked
from tamizdat.newsroom.translating.fields import LINE

pytestmark = pytest.mark.django_db
WORDS = {
    "Harbour strike ends": "Забастовка окончена",
    "They sail again.": "Они снова ходят.",
    "The ferry sails.": "Паром отходит.",
}
SAID = "by a machine, unchecked"


@pytest.fixture
def task(client):
    desk = person()
    client.force_login(desk)
    page = write(
        "Harbour strike ends", story_id="harbour", lead="They sail again.", body=text("<p>The ferry sails.</p>")
    )
    task = sent(page, desk, "ru")
    back(client, translate(taken(client, task, "po"), WORDS, "po"), task)
    mark(task.target_id, [("Они снова ходят.", LINE)], "libretranslate")
    return fresh(task)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_file_asks_to_look_at_what_a_machine_wrote(client, task, kind):
    file = taken(client, task, kind).decode()
    assert file.count(SAID) == 1
    assert [(unit.state, SAID in unit.notes) for unit in sheet_of(task).units] == [
        (DONE, False),
        (CHECK, True),
        (DONE, False),
    ]
    assert SAID in taken(client, task, kind, open="1").decode()
    # Sent back as it was, it is a machine's still, and nothing is new.
    assert set(counts(back(client, file.encode(), task))) == {"unchanged"}
    assert SAID in taken(client, task, kind).decode()
    tick(task.target_id, unchecked(task.target_id))
    assert SAID not in taken(client, task, kind).decode()
    assert SAID not in taken(client, task, kind, open="1").decode()
