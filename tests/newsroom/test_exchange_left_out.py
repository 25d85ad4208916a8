"""What somebody left out on purpose does not come back in a file."""

import re

import pytest
from desk_kit import publish
from exchange_kit import back, counts, fresh, taken, texts
from exchange_kit import translate as elsewhere
from translating_kit import WORDS, sent, translate

from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
FORMATS = ["po", "xliff12", "xliff21"]
LEFT = "It is full."
BACK = "<p>Он полон.</p>"


@pytest.fixture
def untouched(desk, source):
    return sent(publish(source), desk, "ru")


def left_out(client, task):
    translate(client, task, {key: text for key, text in WORDS.items() if key != LEFT}, confirm=[LEFT])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("only_open", ["", "1"])
def test_it_is_not_in_the_file(client, untouched, kind, only_open):
    left_out(client, untouched)
    data = taken(client, untouched, kind, open=only_open)
    assert LEFT.encode() not in data
    assert (b"ferry sails" in data) == (not only_open)
    assert set(counts(back(client, data, untouched))) <= {"unchanged"}


@pytest.mark.parametrize("kind", FORMATS)
def test_what_the_source_says_there_now_is_in_the_file(client, untouched, kind):
    left_out(client, untouched)
    source = StoryPage.objects.get(pk=untouched.source_id)
    (block,) = source.body.get_prep_value()
    source.body = [{**block, "value": block["value"].replace(LEFT, "It is half full.")}]
    publish(source)
    assert b"It is half full." in taken(client, untouched, kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_left_out_while_the_file_was_away_people_choose(client, untouched, kind):
    data = elsewhere(taken(client, untouched, kind), {LEFT: "Он полон."}, kind)
    left_out(client, untouched)
    report = back(client, data, untouched)
    assert counts(report)["conflict"] == 1
    assert BACK not in texts(fresh(untouched))
    page = client.get(f"/admin/exchange/report/{report.pk}/").content.decode()
    file = report.files.get()
    seen = re.search('name="seen:0" value="([^"]+)"', page)[1]
    form = {"unit": [file.units[0]["id"]], "seen:0": seen, "text:0": "Он полон.", "do:0": "take"}
    client.post(f"/admin/exchange/choose/{file.pk}/", form)
    assert BACK in texts(fresh(untouched))
