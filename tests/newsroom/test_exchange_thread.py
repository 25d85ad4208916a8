"""A story leaves as XLIFF or PO, is translated elsewhere, comes back, and readers get it."""

import pytest
from desk_kit import publish
from exchange_kit import back, counts, fresh, shown, taken, translate
from translating_kit import sent

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.translating.acting import Hold, Ready

pytestmark = pytest.mark.django_db
KINDS = ("xliff12", "xliff21", "po")
WORDS = {
    "Harbour strike ends": "Забастовка окончена",
    "They sail again.": "Они снова ходят.",
    "The ferry sails at nine.": "Паром отходит в девять.",
    "It is full.": "Он полон & ждёт.",
}


@pytest.mark.parametrize("kind", KINDS)
def test_out_in_and_published(client, desk, source, kind):
    task = sent(publish(source), desk, "ru")
    data = translate(taken(client, task, kind), WORDS, kind)
    assert counts(back(client, data, task)) == {"taken": 4}
    assert (fresh(task).todo, fresh(task).changed) == (0, 0)
    assert {state for rows in shown(task).values() for state, _source, _text in rows} == {"same"}
    Hold(source, (task,), desk, when_ready=True).execute()
    Ready(task, True, desk).execute()
    story = story_from_bytes(bytes(Release.objects.get(language="ru").story))
    assert (story.headline, story.lead) == ("Забастовка окончена", "Они снова ходят.")
    assert story.body[1].text[0].text == "Он полон & ждёт."
