"""Carriers that fail, and carriers that lie about what they hold: each harms itself alone, and is resumed."""

import errno
from dataclasses import replace

import pytest
from push_kit import (
    GONE,
    OTHERS,
    PAGES,
    TIMESTAMP,
    EveryOther,
    Shelf,
    Small,
    check_order,
    push_all,
    puts,
    shelves,
    wanted,
    web_root,
)

from tamizdat.errors import CarrierError

# --- those that fail ---


def test_one_that_fails_every_other_time_is_resumed_until_it_has_everything(root, clock):
    flapping = EveryOther()
    carriers = [flapping, *shelves()]
    results = push_all(root, carriers, clock)
    assert not any(result.fault for result in results.values())
    assert {path: flapping.files[path] for path in wanted(root)} == wanted(root)
    check_order(flapping.steps, root)
    # Resumed, not begun anew: whatever has arrived is not sent again.
    assert sorted(puts(flapping)) == sorted(wanted(root))
    assert results[flapping.name].attempts == len(wanted(root))
    assert results[flapping.name].files <= len(wanted(root))


def test_pauses_grow_and_then_it_is_given_up(root, clock):
    times = []

    class Dead(Shelf):
        def marks(self):
            times.append(clock.now())
            raise CarrierError("unreachable", carrier=self.name, path=".")

    results = push_all(root, [Dead(), *shelves()], clock)
    assert times == [0.0, 1.0, 5.0, 20.0]
    assert (results["shelf"].fault, results["shelf"].attempts) == ("shelf: .: unreachable", 4)
    assert sum(not result.fault for result in results.values()) == OTHERS


@pytest.mark.parametrize("room", [0, 60, 200])
def test_a_full_one_fails_alone_and_in_order(root, clock, room):
    small = Small(room)
    carriers = [small, *shelves()]
    results = push_all(root, carriers, clock)
    assert results[small.name].fault.endswith("refused")
    assert results[small.name].attempts >= 4
    assert TIMESTAMP not in small.files
    assert GONE not in small.files  # a takedown goes out even so
    check_order(small.steps, root)
    assert all(carrier.files == wanted(root) for carrier in carriers[1:])


def test_a_full_one_has_room_once_what_must_go_is_gone(root, clock):
    small = Small(sum(map(len, wanted(root).values())) + 10)
    small.files[GONE] = bytes(60)
    assert not push_all(root, [small], clock)[small.name].fault
    assert small.files == wanted(root)
    check_order(small.steps, root)
    assert [path for path, _ in small.steps].count(f"-{GONE}") == 1


def test_a_full_one_goes_on_where_it_was_when_somebody_makes_room(root, clock):
    small, known = Small(200), {}
    assert push_all(root, [small], clock, known)[small.name].fault
    before = puts(small)
    small.room = 10_000
    assert not push_all(root, [small], clock, known)[small.name].fault
    assert sorted(puts(small)) == sorted(wanted(root))
    assert puts(small)[: len(before)] == before
    check_order(small.steps, root)


def test_a_disk_that_is_read_only_is_not_tried_again(root, clock):
    readonly = Small(150, errno.EROFS, "read-only")
    results = push_all(root, [readonly, *shelves()], clock)
    assert (results["read-only"].attempts, results["read-only"].fault.endswith("refused")) == (1, True)
    assert clock.now() == 0.0
    check_order(readonly.steps, root)
    assert readonly.steps[-1] == (f"-{GONE}", b"")


def test_whatever_a_carrier_raises_is_its_own_fault_alone(root, clock):
    class Odd(Shelf):
        def put_many(self, files):
            next(iter(files))
            raise ZeroDivisionError

    results = push_all(root, [Odd("odd"), *shelves()], clock)
    assert (results["odd"].fault, results["odd"].attempts) == ("ZeroDivisionError", 1)
    assert sum(not result.fault for result in results.values()) == OTHERS


def test_what_was_altered_here_goes_nowhere_and_is_not_tried_again(root, clock):
    (root.folder / PAGES[0]).write_bytes(b"altered")
    carrier = Shelf()
    result = push_all(root, [carrier], clock)[carrier.name]
    assert result.fault.endswith("is not the page that was pressed; publish again")
    assert (result.attempts, GONE in carrier.files, TIMESTAMP in carrier.files) == (1, False, False)
    assert b"altered" not in carrier.files.values()


# --- those that lie ---


@pytest.mark.parametrize("answer", [True, False])
def test_one_that_lies_about_what_it_holds_harms_itself_alone(tmp_path, root, clock, answer):
    class Liar(Shelf):
        def holds(self, path, data):
            return answer

    liar, others, known = Liar("liar"), shelves(), {}
    for edition in (1, 2, 3):
        new = web_root(tmp_path, edition)
        liar.steps.clear()
        before = dict(liar.files)
        results = push_all(new, [liar, *others], clock, known)
        assert all(other.files.items() >= wanted(new).items() for other in others)
        assert not any(result.fault for result in results.values())
        if not answer:
            check_order(liar.steps, new, before)
            assert liar.files.items() >= wanted(new).items()
        assert puts(liar)[-1] == TIMESTAMP


def test_one_that_says_no_marks_is_read(root, clock):
    class Markless(Shelf):
        def _mark(self, path):
            return ""

    carrier, known = Markless(), {}
    for _ in range(4):
        carrier.compared.clear()
        push_all(root, [carrier], clock, known)
    assert sorted(carrier.compared) == sorted(wanted(root).keys() - {TIMESTAMP})
    carrier.files[PAGES[0]] = b"altered"
    push_all(root, [carrier], clock, known)
    assert carrier.files == wanted(root)


def test_one_whose_marks_lie_is_found_out_when_the_turn_of_the_file_comes(tmp_path, root, clock):
    carrier, known = Shelf(), {}
    for _ in range(3):
        push_all(root, [carrier], clock, known)
    carrier.alter(PAGES[0], b"altered", quietly=True)
    digest = next(file.digest for file in root.files if file.path == PAGES[0])
    push_all(root, [carrier], clock, known)
    assert carrier.files[PAGES[0]] == b"altered"
    push_all(replace(root, turn=digest[0]), [carrier], clock, known)
    assert carrier.files == wanted(root)


def test_what_was_altered_in_the_tick_in_which_it_was_put_is_put_right(root, clock):
    carrier, known = Shelf(), {}
    push_all(root, [carrier], clock, known)
    carrier.alter(PAGES[0], b"altered", quietly=True)
    push_all(root, [carrier], clock, known)
    assert carrier.files == wanted(root)
