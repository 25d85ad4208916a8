"""Whoever makes a draft of a wire holds its newspaper first: nobody waits in a circle."""

import pytest
from desk_kit import person
from two_kit import both, needs_several_writers
from wire_kit import deliver, fetched, ninjs, subscription, watched_folder

from tamizdat.newsroom.ingest.models import Taken, WireItem
from tamizdat.newsroom.ingest.taking import TakeAsDraft
from tamizdat.newsroom.stories.holding import hold_newspapers
from tamizdat.newsroom.stories.terms import Byline


@pytest.fixture
def item(room):
    needs_several_writers()
    with watched_folder() as folder:
        deliver(folder, ninjs(byline="Olga Ray"))
        fetched(subscription("agency", kind="ninjs"))
        yield WireItem.objects.get()


@pytest.mark.django_db(transaction=True)
def test_an_import_that_keeps_the_same_name_does_not_wait_in_a_circle(item):
    def keeps():
        Byline.objects.bulk_create([Byline(key="Olga Ray", label="Olga Ray")], ignore_conflicts=True)

    take = TakeAsDraft(item, person())
    assert both(hold_newspapers, keeps, take.execute) == []
    assert Taken.objects.count() == 1
