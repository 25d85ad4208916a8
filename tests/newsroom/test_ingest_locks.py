"""Whoever makes a draft of a wire holds its newspaper first: nobody waits in a circle."""

import threading

import pytest
from desk_kit import person
from django.db import DatabaseError, connection, connections, transaction
from test_pages_before_the_gate import until_somebody_waits
from wire_kit import deliver, fetched, ninjs, subscription, watched_folder

from tamizdat.newsroom.ingest.models import Taken, WireItem
from tamizdat.newsroom.ingest.taking import TakeAsDraft
from tamizdat.newsroom.stories.holding import hold_newspapers
from tamizdat.newsroom.stories.terms import Byline


@pytest.fixture
def item(room):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    with watched_folder() as folder:
        deliver(folder, ninjs(byline="Olga Ray"))
        fetched(subscription("agency", kind="ninjs"))
        yield WireItem.objects.get()


def _meanwhile(begin, then, main):
    """Begin a transaction in another thread, and end it with ``then`` as soon as ``main`` waits; what failed."""
    began, waits, faults = threading.Event(), threading.Event(), []

    def other():
        try:
            with transaction.atomic():
                begin()
                began.set()
                waits.wait(60)
                then()
        except DatabaseError as error:
            faults.append(error)
        finally:
            began.set()
            connections.close_all()

    threads = [threading.Thread(target=other)]
    threads.append(threading.Thread(target=until_somebody_waits, args=(threads[0], waits)))
    threads[0].start()
    began.wait(60)
    threads[1].start()
    try:
        main()
    except DatabaseError as error:
        faults.append(error)
    for thread in threads:
        thread.join()
    return faults


@pytest.mark.django_db(transaction=True)
def test_an_import_that_keeps_the_same_name_does_not_wait_in_a_circle(item):
    def keeps():
        Byline.objects.bulk_create([Byline(key="Olga Ray", label="Olga Ray")], ignore_conflicts=True)

    take = TakeAsDraft(item, person())
    assert _meanwhile(hold_newspapers, keeps, take.execute) == []
    assert Taken.objects.count() == 1
