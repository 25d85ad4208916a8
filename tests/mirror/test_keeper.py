"""The half that never sleeps: no upstream can make it deaf, or a burden to the others."""

import threading
import time
from contextlib import contextmanager

import pytest
from mirror_kit import Mirror, Road, files
from mirrors import MemoryMirror
from site_kit import SiteRoom

from publication_kit import NOW
from tamizdat.mirror.keeper import Keeper


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return SiteRoom(tmp_path_factory.mktemp("room") / "news")


@pytest.fixture
def mirror(room, tmp_path):
    with Mirror(tmp_path / "mirror", room.fingerprint, NOW) as mirror:
        yield mirror


class Told(Road):
    """An upstream that has news whenever ``answers`` says so: an exception, or what ``wait`` gives."""

    def __init__(self, room, answers=()):
        super().__init__(MemoryMirror("newsroom", files(room.mirror)))
        self.answers = iter(answers)
        self.silent = threading.Event()
        self.waits = 0

    def wait(self, seconds):
        self.waits += 1
        answer = next(self.answers, None)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            self.silent.wait()
            return False, True
        return answer


@contextmanager
def keeping(mirror, *upstreams, check_seconds=60.0):
    """A keeper at work; the list of what came of its looks, and a semaphore that grows with it."""
    looks, grown = [], threading.Semaphore(0)

    def looked(one):
        looks.append((time.monotonic(), one))
        grown.release()

    keeper = Keeper(mirror.copier, upstreams, looked, check_seconds)
    thread = threading.Thread(target=keeper.run)
    thread.start()
    try:
        yield keeper, looks, lambda: grown.acquire(timeout=30)
    finally:
        keeper.end()
        for upstream in upstreams:
            upstream.silent.set()
        thread.join()


def test_it_looks_at_once_and_then_when_there_is_news(room, mirror):
    with keeping(mirror, Told(room), check_seconds=3600) as (keeper, looks, came):
        assert came()
        keeper.wake()
        assert came()
        assert [look.fault for _, look in looks] == ["", ""]


@pytest.mark.parametrize("error", [RuntimeError("odd"), ValueError("odd"), OSError("odd")])
def test_an_upstream_that_upsets_our_code_is_heard_again(room, mirror, error):
    with keeping(mirror, Told(room, [error, error, *[(True, False)] * 1000]), check_seconds=0.01) as (_, _, came):
        assert came()
        assert came()


@pytest.mark.slow
def test_an_upstream_that_always_has_news_is_listened_to_less_and_less(room, mirror):
    eager = Told(room, [(True, False)] * 1000)
    with keeping(mirror, eager) as (_, looks, came):
        assert all(came() for _ in range(8))
        # 0, 0.1, 0.2, 0.4 and 0.8 seconds at least.
        assert looks[-1][0] - looks[0][0] > 1.0
        assert eager.waits < 16


def test_damage_that_many_find_is_one_look(room, mirror):
    with keeping(mirror, Told(room)) as (keeper, looks, came):
        assert came()
        for _ in range(100):
            keeper.mend()
        assert came()
        keeper.wake()
        assert came()
        assert len(looks) == 3
