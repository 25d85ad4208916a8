"""Turns at the processor: few at a time, and whoever is held up keeps nobody from working."""

import threading

import pytest

from tamizdat.publisher.turns import Turns


def in_threads(work, count):
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_at_most_so_many_have_a_turn():
    turns, together = Turns(3, held_up_seconds=60), threading.Barrier(3)
    lock, inside, most = threading.Lock(), set(), []

    def work(number):
        with turns.turn(number):
            with lock:
                inside.add(number)
                most.append(len(inside))
            together.wait(60)
            with lock:
                inside.discard(number)

    for thread in in_threads(work, 9):
        thread.join(60)
    assert len(most) == 9
    assert max(most) == 3


def test_who_is_held_up_keeps_nobody_from_working():
    turns, release = Turns(2, held_up_seconds=0.01), threading.Event()
    held, finished, done = threading.Semaphore(0), threading.Semaphore(0), []

    def hold(number):
        with turns.turn(f"held up {number}"):
            held.release()
            assert release.wait(60)

    stuck = in_threads(hold, 2)
    for _ in stuck:
        assert held.acquire(timeout=60)

    def work(number):
        with turns.turn(number):
            done.append(number)
        finished.release()

    for _ in in_threads(work, 20):
        assert finished.acquire(timeout=20)
    assert sorted(done) == list(range(20))
    release.set()
    for thread in stuck:
        thread.join(60)
    # A turn that was passed on is not given back as well.
    assert turns._free._value == 2
    # And whoever was held up needs none, even while all are taken.
    with turns.turn("a"), turns.turn("b"), turns.turn("held up 0"), turns.turn("held up 1"):
        assert turns._since.keys() == {"a", "b"}


def test_a_turn_is_given_back_whatever_happens():
    turns = Turns(1, held_up_seconds=60)
    with pytest.raises(KeyError), turns.turn("a"):
        raise KeyError
    with turns.turn("b"):
        assert turns._free._value == 0
