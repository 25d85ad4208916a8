"""A picture that the source exchanges does not come in under words that were written for the one before."""

import pytest
from desk_kit import jpeg, picture, publish
from test_translating_blocks import OTHER, RUSSIAN, TEXT, begun, body, draft, edit, now, shot, told
from translating_kit import WORDS, sent, translate, typing

from tamizdat.newsroom.translating.parts import mark_of, parts_of

pytestmark = pytest.mark.django_db
NOTHING = {"decorative": True, "alt_text": ""}


@pytest.fixture
def pictures():
    return picture("One"), picture("Two", jpeg(900, 700))


def quiet(of, caption=""):
    """A picture of which nothing is said but its caption."""
    block = shot(of, "", caption)
    block["value"]["picture"] |= NOTHING
    return block


def captioned(task, caption):
    *others, last = body(task)
    edit(task, *others, {**last, "value": {**last["value"], "caption": caption}})


def stands(task):
    return parts_of(draft(task))[OTHER]["picture.image"], body(task)[-1]["value"]["caption"]


def tick(client, task):
    """Of the line that a picture has."""
    form = typing(task, {}) | {f"c:{mark_of(OTHER)}:0": "1"}
    assert client.post(f"/admin/translating/{task.pk}/", form).status_code == 302


def test_words_that_were_left_out_on_purpose_leave_a_line_for_the_picture(client, desk, pictures):
    one, two = pictures
    source = begun(quiet(one, "Ivan"))
    task = translate(client, sent(source, desk, "ru"), WORDS | {"Ivan": ""}, confirm=["Ivan"])
    assert (told(task), stands(task)) == ((0, 0), (one.pk, ""))
    now(source, TEXT, quiet(two, "Ivan"))
    assert told(task) == (0, 1)
    assert "the picture, recording or address here is another one" in (
        client.get(f"/admin/translating/{task.pk}/").content.decode()
    )
    translate(client, task, {})
    assert (told(task), stands(task)) == ((0, 1), (one.pk, ""))
    tick(client, task)
    assert (told(task), stands(task)) == ((0, 0), (two.pk, ""))


def test_so_do_words_that_are_the_translators_own(client, desk, pictures):
    one, two = pictures
    source = begun(quiet(one))
    task = translate(client, sent(source, desk, "ru"), WORDS)
    captioned(task, "Иван")
    now(source, TEXT, quiet(two))
    assert told(task) == (0, 1)
    translate(client, task, {})
    assert (told(task), stands(task)) == ((0, 1), (one.pk, "Иван"))
    tick(client, task)
    assert (told(task), stands(task)) == ((0, 0), (two.pk, "Иван"))


def test_so_they_do_where_the_source_says_something_of_its_new_picture_that_nobody_translated(client, desk, pictures):
    one, two = pictures
    source = begun(quiet(one))
    task = translate(client, sent(source, desk, "ru"), WORDS)
    captioned(task, "Иван")
    now(source, TEXT, shot(two, "A ship", ""))
    assert told(task) == (1, 1)
    translate(client, task, {})
    assert (told(task), stands(task)) == ((1, 1), (one.pk, "Иван"))
    translate(client, task, RUSSIAN)
    assert (told(task), stands(task)) == ((0, 1), (one.pk, "Иван"))


def test_so_do_own_words_beside_which_nobody_saved_anything_yet(client, desk, pictures):
    one, two = pictures
    source = begun(quiet(one))
    task = sent(source, desk, "ru")
    captioned(task, "Иван")
    now(source, TEXT, quiet(two))
    assert told(task)[1] == 1
    translate(client, task, WORDS)
    assert (told(task), stands(task)) == ((0, 1), (one.pk, "Иван"))


def test_with_words_that_the_source_has_no_more_the_old_one_stays_until_they_are_taken_out(client, desk, pictures):
    one, two = pictures
    source = begun(quiet(one, "Ivan"))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT, quiet(two))
    assert told(task) == (0, 1)
    translate(client, task, {})
    assert stands(task) == (one.pk, "Иван")
    translate(client, task, {}, confirm=["Иван"])
    assert (told(task), stands(task)) == ((0, 0), (two.pk, ""))


def test_emptied_they_are_taken_out(client, desk, pictures):
    one, two = pictures
    source = begun(quiet(one, "Ivan"))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT, quiet(two))
    translate(client, task, {"": ""})
    assert (told(task), stands(task)) == ((0, 0), (two.pk, ""))


@pytest.mark.parametrize("caption", ["", "Иван"])
def test_in_other_letters_own_words_keep_their_picture_until_somebody_looks(client, desk, pictures, caption):
    one, two = pictures
    source = begun(quiet(one, caption), language="sr")
    task = sent(source, desk, "sr-Latn")
    captioned(task, "Naš Ivan")
    publish(draft(task), desk)
    now(source, TEXT, quiet(two))
    assert (told(task), stands(task)) == ((0, 1), (one.pk, "Naš Ivan"))
    if caption:
        translate(client, task, {}, confirm=["Naš Ivan"])
    else:
        tick(client, task)
    assert (told(task), stands(task)) == ((0, 0), (two.pk, "" if caption else "Naš Ivan"))


def test_in_other_letters_what_the_source_takes_out_goes_with_its_picture_at_once(desk, pictures):
    one, two = pictures
    source = begun(quiet(one, "Иван"), language="sr")
    task = sent(source, desk, "sr-Latn")
    publish(draft(task), desk)
    assert stands(task) == (one.pk, "Ivan")
    now(source, TEXT, quiet(two))
    assert (told(task), stands(task)) == ((0, 0), (two.pk, ""))
