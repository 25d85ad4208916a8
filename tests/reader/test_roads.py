"""Fetching from several mirrors: nobody holds up the others, whoever overtakes wins, a lone mirror has all the time."""

import subprocess
import sys
import textwrap
import threading
from queue import SimpleQueue

import pytest

from reader.held_clock import HeldClock
from tamizdat.errors import CarrierError, Failure, FormatError, MissingFileError, NoMirrorError, TrustError
from tamizdat.limits import LIMITS
from tamizdat.roads.attempts import Attempts
from tamizdat.roads.clock import CLOCK
from tamizdat.roads.roads import Roads
from tamizdat.roads.trail import Standing

GOOD = b"good"


class Mirror:
    """Answers with what ``answers`` has for a path (bytes, or an error); holds paths in ``held`` until released."""

    def __init__(self, name, answers=GOOD, held=()):
        self.name = name
        self.answers = answers
        self.held = held
        self.asked = []
        self.abandoned = []
        self.holding = threading.Semaphore(0)
        self._heard = {}
        self.over = threading.Event()
        self.release = threading.Event()

    def fetch(self, path, max_bytes):
        self.asked.append(path)
        self.heard_of(path).set()
        if self.held == "all" or path in self.held:
            self.holding.release()
            assert self.release.wait(60)
            self.over.set()
        answer = self.answers.get(path, GOOD) if isinstance(self.answers, dict) else self.answers
        if isinstance(answer, Exception):
            raise answer
        return answer

    def heard_of(self, path):
        return self._heard.setdefault(path, threading.Event())

    def abandon(self, path):
        self.abandoned.append(path)


@pytest.fixture
def clock():
    return HeldClock()


@pytest.fixture
def released():
    mirrors = []
    yield mirrors
    for mirror in mirrors:
        mirror.release.set()


def missing(path="x"):
    return MissingFileError("no such file", carrier="m", path=path)


def check(data):
    if data != GOOD:
        raise FormatError(Failure.WRONG_HASH, "is not the file", what="x")
    return data.decode()


def is_good(data):
    return data == GOOD


def later(clock, paths):
    """Files of which the first is overdue before the others are."""
    for path in paths:
        yield path, 9, check
        clock.go_to(3.0)


def names(answers):
    return [trail.name for trail, _ in answers]


def standings(roads):
    return {trail.name: trail.standing(None) for trail in roads.trails}


# --- rounds in which everybody is asked ---


def test_everybody_is_heard_in_the_order_of_preference(clock):
    mirrors = [Mirror("a", b"bad"), Mirror("b"), Mirror("c", missing()), Mirror("d")]
    roads = Roads(mirrors, clock)
    assert names(roads.ask_all("x", 9, is_good)) == ["a", "b", "d"]
    assert standings(roads)["c"] is Standing.INCOMPLETE
    assert not any(trail.slow for trail in roads.trails)


def test_who_answers_long_after_a_good_answer_is_left_behind_and_named(clock, released):
    slow = Mirror("slow", held="all")
    released.append(slow)
    roads = Roads([slow, Mirror("quick")], clock)
    started = threading.Thread(target=lambda: (slow.holding.acquire(timeout=60), clock.run_out()))
    started.start()
    assert names(roads.ask_all("x", 9, is_good)) == ["quick"]
    started.join()
    assert standings(roads) == {"slow": Standing.SLOW, "quick": Standing.UNKNOWN}
    assert roads.trails[0].slow == ["x"]
    assert slow.abandoned == ["x"]
    # For the rest of the visit nobody waits for it.
    assert names(roads.ask_all("y", 9, is_good)) == ["quick"]
    assert slow.asked == ["x"]


@pytest.mark.parametrize("bad", [b"bad", missing(), CarrierError("broken", carrier="m", path="x")])
def test_a_quick_bad_answer_leaves_nobody_behind(clock, bad):
    honest = Mirror("honest", held="all")
    roads = Roads([Mirror("bad", bad), honest], clock)
    clock.run_out()

    def deliver():
        assert honest.holding.acquire(timeout=60)
        honest.release.set()

    thread = threading.Thread(target=deliver)
    thread.start()
    assert names(roads.ask_all("x", 9, is_good))[-1:] == ["honest"]
    thread.join()
    assert not roads.trails[1].slow


def test_where_nobody_having_the_file_is_an_answer_it_ends_the_waiting_too(clock, released):
    slow = Mirror("slow", held="all")
    released.append(slow)
    roads = Roads([slow, Mirror("none", missing())], clock)
    clock.run_out()
    assert roads.ask_all("x", 9, lambda data: data is None, optional=True) == []
    assert standings(roads) == {"slow": Standing.SLOW, "none": Standing.UNKNOWN}


def test_who_was_left_behind_is_asked_where_the_others_are_no_good(clock, released):
    slow = Mirror("slow", held={"x"})
    released.append(slow)
    roads = Roads([slow, Mirror("liar", {"y": b"bad"})], clock)
    clock.run_out()
    roads.ask_all("x", 9, is_good)
    assert names(roads.ask_all("y", 9, is_good)) == ["slow", "liar"]


def test_the_grace_is_two_seconds_or_twice_the_first_good_answers_time(released):
    class Scripted:
        """A clock on which the first answer comes after ``seconds``; tells how long the others were given."""

        def __init__(self, seconds):
            self.seconds, self.until, self.calls = seconds, None, 0

        def now(self):
            return 0.0 if threading.current_thread() is threading.main_thread() else self.seconds

        def take(self, queue, until):
            self.until = until
            return queue.get() if until is None else None

    for seconds, grace in ((0.1, LIMITS.grace_seconds), (30.0, 60.0)):
        slow, timing = Mirror("slow", held="all"), Scripted(seconds)
        released.append(slow)
        Roads([slow, Mirror("quick")], timing).ask_all("x", 9, is_good)
        assert timing.until == seconds + grace


# --- one good copy is enough ---


def test_the_next_mirror_is_asked_when_one_has_no_good_copy(clock):
    mirrors = [Mirror("none", missing()), Mirror("liar", b"bad"), Mirror("honest")]
    roads = Roads(mirrors, clock)
    assert roads.first_good("x", 9, check) == "good"
    assert standings(roads) == {
        "none": Standing.INCOMPLETE,
        "liar": Standing.LIES,
        "honest": Standing.UNKNOWN,
    }


def test_no_good_copy_anywhere_names_every_reason(clock):
    roads = Roads([Mirror("none", missing()), Mirror("liar", b"bad")], clock)
    with pytest.raises(NoMirrorError) as caught:
        roads.first_good("x", 9, check)
    assert "none: m: x: no such file" in str(caught.value)
    assert "liar: x: is not the file" in str(caught.value)
    with pytest.raises(NoMirrorError):
        Roads([], clock).first_good("x", 9, check)


def test_a_file_that_is_late_is_asked_of_the_next_mirror_and_the_late_one_sinks(clock, released):
    slow, quick = Mirror("slow", held={"x"}), Mirror("quick")
    released.append(slow)
    roads = Roads([slow, quick], clock)
    clock.run_out()
    assert roads.first_good("x", 9, check) == "good"
    assert standings(roads) == {"slow": Standing.SLOW, "quick": Standing.UNKNOWN}
    assert slow.abandoned == ["x"]
    assert roads.first_good("y", 9, check) == "good"
    assert (slow.asked, quick.asked) == (["x"], ["x", "y"])


def test_nothing_is_asked_twice_before_the_hedge_time(released):
    deadlines = []

    class Watched(HeldClock):
        def take(self, queue, until):
            deadlines.append(until)
            return queue.get()

    first, second = Mirror("first"), Mirror("second")
    assert Roads([first, second], Watched()).first_good("x", 9, check) == "good"
    assert deadlines == [LIMITS.hedge_seconds]
    assert (first.asked, second.asked) == (["x"], [])


def test_a_mirror_that_wins_after_all_is_not_slow(clock, released):
    """The second was asked too, but the first was only late: all roads are slow, not this one."""
    first, second = Mirror("first", held={"x"}), Mirror("second", held={"x"})
    released += [first, second]
    roads = Roads([first, second], clock)

    def deliver():
        assert second.holding.acquire(timeout=60)
        first.release.set()

    clock.run_out()
    thread = threading.Thread(target=deliver)
    thread.start()
    assert roads.first_good("x", 9, check) == "good"
    thread.join()
    assert not any(trail.slow for trail in roads.trails)
    assert second.abandoned == ["x"]


def test_two_stalling_mirrors_are_both_overtaken(clock, released):
    one, two = Mirror("one", held="all"), Mirror("two", held="all")
    released += [one, two]
    roads = Roads([one, two, Mirror("honest")], clock)
    clock.run_out()
    assert roads.first_good("x", 9, check) == "good"
    assert standings(roads) == {"one": Standing.SLOW, "two": Standing.SLOW, "honest": Standing.UNKNOWN}


def test_a_stalling_mirror_and_one_that_has_no_copy_do_not_hide_the_third(clock, released):
    stalling = Mirror("stalling", held="all")
    released.append(stalling)
    roads = Roads([stalling, Mirror("none", missing()), Mirror("honest")], clock)
    clock.let_one_limit_come()
    assert roads.first_good("x", 9, check) == "good"


def test_nobody_more_is_asked_while_one_that_was_asked_later_may_still_deliver(clock):
    first, second, third = Mirror("first", b"bad", {"x"}), Mirror("second", held={"x"}), Mirror("third")
    roads = Roads([first, second, third], clock)

    def deliver():
        assert second.holding.acquire(timeout=60)
        first.release.set()
        assert first.checked.acquire(timeout=60)
        second.release.set()

    def watched(data):
        if data == b"bad":
            first.checked.release()
        return check(data)

    first.checked = threading.Semaphore(0)
    clock.let_one_limit_come()
    thread = threading.Thread(target=deliver)
    thread.start()
    assert roads.first_good("x", 9, watched) == "good"
    thread.join()
    assert third.asked == []


def test_a_slow_mirror_is_the_last_resort(clock, released):
    slow, liar = Mirror("slow", held={"x"}), Mirror("liar", {"y": b"bad"})
    released.append(slow)
    roads = Roads([slow, liar], clock)
    clock.let_one_limit_come()
    roads.first_good("x", 9, check)
    roads.first_good("y", 9, check)
    assert standings(roads) == {"slow": Standing.SLOW, "liar": Standing.LIES}
    roads.first_good("z", 9, check)
    assert slow.asked == ["x", "y"]


def test_a_lone_mirror_has_all_the_time_that_its_carrier_gives(clock):
    lone = Mirror("lone", held="all")
    roads = Roads([lone], clock)
    clock.run_out()

    def deliver():
        assert lone.holding.acquire(timeout=60)
        lone.release.set()

    def all_of_them():
        return [data for _, data in roads.ask_all("x", 9, is_good)]

    for fetch, result in ((lambda: roads.first_good("x", 9, check), "good"), (all_of_them, [GOOD])):
        thread = threading.Thread(target=deliver)
        thread.start()
        assert fetch() == result
        thread.join()
    assert standings(roads) == {"lone": Standing.UNKNOWN}


def test_many_files_come_in_their_order_and_faults_in_their_places(clock):
    paths = [f"f{number}" for number in range(40)]
    mirrors = [Mirror("a", {"f7": b"bad"}), Mirror("b", {"f7": missing()})]
    results = list(Roads(mirrors, clock).many([(path, 9, check) for path in paths]))
    assert [number for number, result in enumerate(results) if result != "good"] == [7]
    assert isinstance(results[7], NoMirrorError)
    assert len(mirrors[0].asked) + len(mirrors[1].asked) == 41


def test_many_files_are_spread_over_the_mirrors(clock):
    mirrors = [Mirror("a"), Mirror("b"), Mirror("c")]
    assert list(Roads(mirrors, clock).many([(f"f{number}", 9, check) for number in range(30)])) == ["good"] * 30
    assert [len(mirror.asked) for mirror in mirrors] == [10, 10, 10]


def test_all_that_a_stalling_mirror_owes_is_asked_elsewhere_at_once(clock, released):
    stalling, honest = Mirror("stalling", held="all"), Mirror("honest")
    released.append(stalling)
    roads = Roads([stalling, honest], clock)
    clock.let_one_limit_come()
    paths = [f"f{number}" for number in range(30)]
    results = roads.many(later(clock, paths))
    assert next(results) == "good"
    assert stalling.abandoned == ["f0"]
    assert list(results) == ["good"] * 29
    assert sorted(honest.asked) == sorted(paths)
    assert len(stalling.asked) <= 8
    assert {*stalling.asked, *honest.asked} == set(paths)


def test_after_a_hedge_that_failed_another_file_is_hedged(clock, released):
    stalling, other = Mirror("stalling", held="all"), Mirror("other", {"f0": missing()})
    released.append(stalling)
    results = Roads([stalling, other], clock).many([(f"f{number}", 9, check) for number in range(3)])
    clock.let_one_limit_come()
    clock.let_one_limit_come()

    def deliver():
        for _ in range(2):
            assert stalling.holding.acquire(timeout=60)
        assert other.heard_of("f2").wait(60)
        stalling.release.set()

    thread = threading.Thread(target=deliver)
    thread.start()
    assert list(results) == ["good"] * 3
    thread.join()


def test_after_a_hedge_that_lost_another_file_is_hedged(clock, released):
    first, second = Mirror("first", held={"f0"}), Mirror("second", held={"f0"})
    third = Mirror("third", held={"f2"})
    released += [first, second, third]

    def deliver():
        assert second.holding.acquire(timeout=60)
        first.release.set()

    def watched(data):
        clock.let_one_limit_come()
        return check(data)

    results = Roads([first, second, third], clock).many([("f0", 9, watched), ("f1", 9, check), ("f2", 9, check)])
    clock.let_one_limit_come()
    thread = threading.Thread(target=deliver)
    thread.start()
    assert list(results) == ["good"] * 3
    thread.join()
    assert third.abandoned == ["f2"]


def test_an_answer_that_comes_after_all_is_thrown_away(clock, released):
    first, second = Mirror("first", b"bad", held={"f0"}), Mirror("second", held={"f1"})
    released += [first, second]
    roads = Roads([first, second], clock)
    results = roads.many(later(clock, ["f0", "f1"]))
    clock.let_one_limit_come()
    assert next(results) == "good"
    first.release.set()
    assert first.over.wait(60)  # and its answer comes, sooner or later
    second.release.set()
    assert next(results) == "good"
    assert standings(roads)["first"] is Standing.SLOW


def test_only_one_file_at_a_time_is_hedged(released, monkeypatch):
    """Where everything is late, because the reader's own network is slow, nearly nothing is asked for twice."""
    begun = []
    begin = Attempts.begin
    monkeypatch.setattr(Attempts, "begin", lambda self, *what: (begun.append(what[:2]), begin(self, *what)))

    class Watched(HeldClock):
        def take(self, queue, until):
            if until is None:  # no limit is left: all that can be asked was asked
                asked.append(len(begun))
                for mirror in mirrors:
                    mirror.release.set()
            return super().take(queue, until)

    mirrors, asked, clock = [Mirror("a", held="all"), Mirror("b", held="all")], [], Watched()
    released += mirrors
    clock.run_out()
    assert list(Roads(mirrors, clock).many([(f"f{number}", 9, check) for number in range(8)])) == ["good"] * 8
    assert asked[0] == 9


def test_what_is_none_of_our_errors_comes_through(clock):
    class PowerCutError(Exception):
        pass

    for fetch in (
        lambda roads: roads.first_good("x", 9, check),
        lambda roads: roads.ask_all("x", 9, is_good),
        lambda roads: list(roads.many([("x", 9, check)])),
    ):
        with pytest.raises(PowerCutError):
            fetch(Roads([Mirror("a", PowerCutError()), Mirror("b")], clock))


def test_a_visit_that_is_given_up_abandons_what_is_under_way(clock, released):
    mirror = Mirror("a", held={"f1"})
    released.append(mirror)
    results = Roads([mirror], clock).many([("f0", 9, check), ("f1", 9, check)])
    assert next(results) == "good"
    results.close()
    assert mirror.abandoned == ["f1"]


def test_the_process_ends_while_a_mirror_hangs():
    script = """
        import threading
        from dataclasses import replace
        from tamizdat.limits import LIMITS
        from tamizdat.roads.roads import Roads

        class Hanging:
            name = "hanging"
            def fetch(self, path, max_bytes):
                threading.Event().wait()

        class Prompt:
            name = "prompt"
            def fetch(self, path, max_bytes):
                return b"good"

        roads = Roads([Hanging(), Prompt()], limits=replace(LIMITS, grace_seconds=0.0, hedge_seconds=0.0))
        assert len(roads.ask_all("x", 9, lambda data: True)) == 1
        roads = Roads([Hanging(), Prompt()], limits=replace(LIMITS, grace_seconds=0.0, hedge_seconds=0.0))
        print(roads.first_good("x", 9, bytes.decode), roads.trails[0].standing(None).value)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "good slow\n", "")


def test_the_machines_clock_waits_no_longer_than_it_should():
    queue = SimpleQueue()
    assert CLOCK.take(queue, CLOCK.now()) is None
    queue.put("late")
    assert CLOCK.take(queue, CLOCK.now() - 1) == "late"
    queue.put("soon")
    assert CLOCK.take(queue, None) == "soon"


def test_a_refusal_keeps_its_class(clock):
    roads = Roads([Mirror("a", TrustError(Failure.ROLLBACK, "older", what="x"))], clock)
    with pytest.raises(NoMirrorError):
        roads.first_good("x", 9, check)
    assert [refusal.failure for refusal in roads.trails[0].refusals] == [Failure.ROLLBACK]
