"""A file is looked at before anybody has to wait for it; what others save in that time is seen all the same."""

import pytest
from desk_kit import publish, text, write
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from exchange_kit import back, counts, fresh, shown, taken, translate
from translating_kit import sent

from tamizdat.newsroom.exchange import bringing
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db
WORDS = {"Harbour strike ends": "Забастовка окончена", "They sail again.": "Они снова ходят."}


@pytest.fixture
def task(desk):
    body = text("<p>The ferry sails.</p><p>It is full.</p>")
    return sent(
        publish(write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)), desk, "ru"
    )


class Looking:
    """Matches as ever, notes how deep in transactions that was, and lets others work after the first time."""

    def __init__(self, meanwhile=lambda: None):
        self.depths, self._meanwhile, self._matched = [], meanwhile, bringing.matched

    def __call__(self, fields, units):
        found = self._matched(fields, units)
        self.depths.append(len(connection.savepoint_ids))
        if len(self.depths) == 1:
            self._meanwhile()
        return found


def looked(monkeypatch, client, task, data, meanwhile=lambda: None):
    """The report, and at which depths of transactions units were matched, from that of this test on."""
    outside = len(connection.savepoint_ids)
    looking = Looking(meanwhile)
    monkeypatch.setattr(bringing, "matched", looking)
    answer = client.post(f"/admin/exchange/{task.pk}/", {"file": SimpleUploadedFile("file.xlf", data)})
    assert answer.status_code == 302
    return bringing.Brought.objects.get(), [depth - outside for depth in looking.depths]


def test_units_are_matched_once_and_outside_of_the_transaction(monkeypatch, client, task):
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")
    report, depths = looked(monkeypatch, client, task, data)
    assert counts(report) == {"taken": 2, "empty": 2}
    assert depths == [0]


def test_what_somebody_saves_in_that_time_is_a_conflict_and_stays(monkeypatch, client, task):
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")

    def meanwhile():
        draft = newest(fresh(task).target)
        draft.lead = "Мы написали сами."
        draft.save_revision()

    report, depths = looked(monkeypatch, client, task, data, meanwhile)
    assert counts(report) == {"taken": 1, "conflict": 1, "empty": 2}
    assert newest(fresh(task).target).lead == "Мы написали сами."
    assert depths == [0, 1]


def test_what_autosave_writes_into_the_same_revision_in_that_time_is_seen(monkeypatch, client, task):
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")
    draft = newest(fresh(task).target)
    draft.save_revision()

    def meanwhile():
        draft = newest(fresh(task).target)
        draft.lead = "Мы написали сами."
        draft.save_revision(overwrite_revision=fresh(task).target.latest_revision)

    before = fresh(task).target.latest_revision_id
    report, _depths = looked(monkeypatch, client, task, data, meanwhile)
    assert counts(report) == {"taken": 1, "conflict": 1, "empty": 2}
    assert fresh(task).target.latest_revision_id != before
    assert newest(fresh(task).target).lead == "Мы написали сами."


def test_a_source_that_is_published_in_that_time_is_the_one_that_counts(monkeypatch, client, task):
    data = translate(taken(client, task, "xliff12"), {"It is full.": "Он полон."}, "xliff12")

    def meanwhile():
        page = StoryPage.objects.get(pk=task.source_id)
        (block,) = page.body.get_prep_value()
        page.body = [{**block, "value": block["value"].replace("It is full.", "It is not full.")}]
        publish(page)

    report, depths = looked(monkeypatch, client, task, data, meanwhile)
    assert counts(report) == {"flagged": 1, "empty": 3}
    assert [rows[-1] for rows in shown(task).values()][-1] == ("changed", "<p>It is not full.</p>", "<p>Он полон.</p>")
    assert depths == [0, 1]


def test_a_translation_that_is_deleted_in_that_time_is_said_to_be_none(monkeypatch, client, task):
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")
    report, _depths = looked(monkeypatch, client, task, data, fresh(task).target.delete)
    assert "no translation" in report.files.get().fault
    assert not Task.objects.exists()


def test_another_file_of_the_same_translation_is_measured_by_what_the_first_left(client, task):
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")
    assert counts(back(client, data, task)) == {"taken": 2, "empty": 2}
    assert counts(back(client, data, task)) == {"unchanged": 2, "empty": 2}
