"""Files show no picture: whoever translates elsewhere never says that words fit another one, whatever the file says."""

import exchange_kit as ex
import pytest
from exchange_kit import back, counts, taken
from test_exchange_return import chosen
from test_translating_blocks import (
    OTHER,
    RUSSIAN,
    TEXT,
    begun,
    body,
    draft,
    now,
    pictures,  # noqa: F401 - a fixture
    shot,
    told,
)
from translating_kit import WORDS, sent, translate

from tamizdat.newsroom.translating.parts import parts_of

pytestmark = pytest.mark.django_db


def shows(task):
    return parts_of(draft(task))[OTHER]["picture.image"]


def says(task):
    value = body(task)[-1]["value"]
    return value["picture"]["alt_text"], value["caption"]


@pytest.fixture
def begin(client, desk, pictures):  # noqa: F811 - the fixture that is imported
    """The task of a translated story, and how its source shows another picture with other words."""
    source = begun(shot(pictures[0]))

    def begin(words, *after):
        task = translate(client, sent(source, desk, "ru"), words)
        return task, lambda: now(source, TEXT, shot(pictures[1], *after))

    return begin


def test_words_that_changed_with_their_picture_come_in_and_wait_with_it(client, begin, pictures):  # noqa: F811 - the fixture
    task, change = begin(RUSSIAN, "A ship", "A captain")
    change()
    file = ex.translate(taken(client, task, "xliff12"), {"A ship": "Корабль", "A captain": "Капитан"}, "xliff12")
    back(client, file, task)
    assert (says(task), told(task), shows(task)) == (("Корабль", "Капитан"), (0, 2), pictures[0].pk)
    assert "is another one" in client.get(f"/admin/translating/{task.pk}/").content.decode()
    translate(client, task, {}, confirm=["A ship", "A captain"])
    assert (says(task), told(task), shows(task)) == (("Корабль", "Капитан"), (0, 0), pictures[1].pk)


def test_what_stays_as_it_is_fits_no_other_picture_by_that(client, begin, pictures):  # noqa: F811 - the fixture
    task, change = begin(RUSSIAN, "A woman", "A man")
    change()
    file = ex.translate(taken(client, task, "xliff12"), {"A woman": "Лицо", "A man": "Иван"}, "xliff12")
    assert counts(back(client, file, task))["unchanged"] >= 2
    assert (told(task), shows(task)) == ((0, 2), pictures[0].pk)


def test_the_first_words_of_another_picture_wait_with_it(client, begin, pictures):  # noqa: F811 - the fixture
    task, change = begin(WORDS, "A face", "Ivan")
    change()
    file = ex.translate(taken(client, task, "xliff12"), {"A face": "Лицо", "Ivan": "Иван"}, "xliff12")
    back(client, file, task)
    assert (says(task), told(task), shows(task)) == (("Лицо", "Иван"), (0, 2), pictures[0].pk)


def test_whoever_chooses_words_in_the_report_has_seen_no_picture(client, begin, pictures):  # noqa: F811 - the fixture
    task, change = begin(RUSSIAN, "A face", "Ivan")
    file = ex.translate(taken(client, task, "xliff12"), {"Ivan": "Иванушка"}, "xliff12")
    translate(client, task, {"Ivan": "Ваня", "A face": ""})
    change()
    chosen(client, back(client, file, task), "Ванюша")
    assert (says(task), told(task), shows(task)) == (("", "Ванюша"), (0, 1), pictures[0].pk)


@pytest.mark.parametrize("words", ["Полон.", "Он полный."])
def test_what_a_file_itself_doubts_is_to_be_looked_at(client, task, words):
    file = taken(client, task, "po").decode()
    entry = 'msgid "It is full."\nmsgstr "Он полон."'
    assert entry in file
    begin, _entry, end = file.partition(entry)
    at = begin.rindex("\nmsgctxt")
    data = f'{begin[:at]}\n#, fuzzy{begin[at:]}msgid "It is full."\nmsgstr "{words}"{end}'
    assert counts(back(client, data.encode(), task))["flagged"] == 1
    assert told(task) == (0, 1)
