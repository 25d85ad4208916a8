"""The workflow: what is wanted when, what many mirrors do, what is kept."""

import json

import pytest
from adversary import LANGUAGES, LIFETIME, NOW, Mirror, Newsroom, Reader, new_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tuf.api.metadata import DelegatedRole, Targets

from tamizdat.errors import Failure, LibraryError, TrustError, UsageError
from tamizdat.trust.refresh import FIRST_ROOT, Refresh, Want, bring_up_to_date, find_target
from tamizdat.trust.store import DirectoryStore, MemoryStore
from tamizdat.trust.verify import ExpiryPolicy


@pytest.fixture
def newsroom():
    newsroom = Newsroom()
    newsroom.edition("ru", 2)
    return newsroom


def test_first_contact_asks_for_these_files_in_this_order(newsroom):
    mirror = newsroom.mirror()
    Reader(newsroom).visit(mirror, "ru/index")
    assert mirror.asked == [
        "1.root.json",
        "2.root.json",
        "timestamp.json",
        "2.snapshot.json",
        "1.targets.json",
        "2.ru.json",
    ]


def test_a_visit_with_nothing_new_asks_for_two_files(newsroom):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror(), "ru/index")
    again = newsroom.mirror()
    reader.visit(again, "ru/index")
    assert again.asked == ["2.root.json", "timestamp.json"]


def test_a_visit_after_news_asks_only_for_what_changed(newsroom):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror(), *(f"{language}/index" for language in LANGUAGES))
    newsroom.edition("ru", 3)
    again = newsroom.mirror()
    reader.visit(again, *(f"{language}/index" for language in LANGUAGES))
    assert again.asked == ["2.root.json", "timestamp.json", "3.snapshot.json", "3.ru.json"]


@pytest.mark.parametrize("consistent", [True, False, None])
def test_names_of_files_without_consistent_snapshots(consistent):
    newsroom = Newsroom(consistent=consistent)
    mirror = newsroom.mirror()
    Reader(newsroom).visit(mirror, "ru/index")
    version = "1." if consistent else ""
    assert mirror.asked[3:] == [f"{version}snapshot.json", f"{version}targets.json", f"{version}ru.json"]


def test_the_highest_timestamp_of_many_mirrors_wins(newsroom):
    middle = newsroom.mirror()
    newsroom.edition("ru", 3)
    newest = newsroom.mirror()
    reader = Reader(newsroom)
    refresh = reader.until(newest, "timestamp")
    assert refresh.give(middle.files["timestamp.json"]) is True
    assert refresh.give(newest.files["timestamp.json"]) is True
    assert refresh.give(newest.files["timestamp.json"]) is False
    assert reader.refuses(middle.files["timestamp.json"]) is Failure.ROLLBACK
    assert reader.refuses(b"{}") is Failure.MALFORMED
    refresh.advance()
    bring_up_to_date(refresh, newest.fetch)
    assert refresh.trusted.timestamp.version == 3
    assert refresh.trusted.snapshot.version == 3
    assert refresh.trusted.raw("timestamp") == newest.files["timestamp.json"]


def test_after_a_refusal_the_next_mirror_serves_the_same_want(newsroom):
    reader = Reader(newsroom)
    honest = newsroom.mirror()
    for role in ("root", "timestamp", "snapshot", "targets", "ru"):
        refresh = reader.until(honest, role, "ru/index")
        want = refresh.wanted()
        assert reader.refuses(honest.files["1.app.json"]) is not None
        assert refresh.wanted() == want
        reader.store = MemoryStore()


def test_advance_only_leaves_the_timestamp_stage(newsroom):
    refresh = Reader(newsroom).begin()
    with pytest.raises(UsageError):
        refresh.advance()


def test_giving_what_nobody_wants(newsroom):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror())
    assert reader.refresh.wanted() is None
    with pytest.raises(UsageError):
        reader.refresh.give(newsroom.file("ru"))
    with pytest.raises(TrustError) as refused:
        reader.refresh.missing()
    assert refused.value.failure is Failure.NOT_FOUND


def test_nothing_is_trusted_before_the_first_root(newsroom):
    refresh = Reader(newsroom).begin()
    with pytest.raises(TrustError) as refused:
        _ = refresh.trusted
    assert refused.value.failure is Failure.NOT_FOUND
    assert refresh.find("ru/index") is None


@pytest.mark.parametrize("missing", ["1.root.json", "timestamp.json", "2.snapshot.json", "1.targets.json", "2.ru.json"])
def test_what_no_mirror_has(newsroom, missing):
    mirror = newsroom.mirror()
    del mirror.files[missing]
    reader = Reader(newsroom)
    with pytest.raises(TrustError) as refused:
        reader.visit(mirror, "ru/index")
    assert refused.value.failure is Failure.NOT_FOUND
    before = reader.state()
    with pytest.raises(TrustError):
        reader.refresh.missing()
    assert reader.state() == before
    assert mirror.asked[-1] == missing


def test_paths_that_nobody_vouches_for(newsroom):
    reader = Reader(newsroom)
    mirror = newsroom.mirror()
    reader.visit(mirror)
    for path in ("ru/nothing", "de/index", "nothing", "", "ru/\ud800", "a/b/c"):
        with pytest.raises(TrustError) as refused:
            find_target(reader.refresh, mirror.fetch, path)
        assert refused.value.failure is Failure.NOT_FOUND
    assert find_target(reader.refresh, mirror.fetch, "ru/index").length == 4
    assert reader.refresh.wanted() is None


def test_a_look_up_that_is_given_up_is_asked_for_no_longer(newsroom):
    reader = Reader(newsroom)
    mirror = newsroom.mirror()
    reader.visit(mirror, "fa/index")
    assert reader.refresh.find("ru/index") is None
    assert reader.refresh.wanted().name == "2.ru.json"
    assert reader.refresh.find("fa/index").length == 4
    assert reader.refresh.wanted() is None
    assert reader.refresh.find("ru/index") is None
    with pytest.raises(TrustError):
        reader.refresh.find("ru/\ud800")
    assert reader.refresh.wanted() is None


@pytest.mark.parametrize(("role", "name"), [("../x", "..%2Fx"), ("?", "%3F"), ("ж", "%D0%B6"), ("a/b", "a%2Fb")])
def test_role_names_are_quoted_in_the_names_of_files(newsroom, role, name):
    newsroom.signed["targets"].delegations.roles[role] = DelegatedRole(role, [], 1, True, ["x/*"])
    newsroom.signed[role] = Targets(1, expires=NOW + LIFETIME)
    newsroom.authorise(role, [new_key()])
    newsroom.publish("targets", role)
    wanted = Reader(newsroom).until(newsroom.mirror(), role, "x/y").wanted()
    assert wanted.name == f"2.{name}.json"


def test_find_waits_for_the_top_level_files(newsroom):
    refresh = Reader(newsroom).begin()
    mirror = newsroom.mirror()
    target = find_target(refresh, mirror.fetch, "ru/index")
    assert target.length == 4
    assert mirror.asked[-1] == "2.ru.json"


def test_a_role_that_the_snapshot_does_not_list(newsroom):
    del newsroom.signed["snapshot"].meta["ru.json"]
    newsroom.publish("snapshot")
    with pytest.raises(TrustError) as refused:
        Reader(newsroom).visit(newsroom.mirror(), "ru/index")
    assert refused.value.failure is Failure.NOT_FOUND
    assert refused.value.what == "ru"


# --- What is kept ----------------------------------------------------------------------------------------------------


def test_without_a_fingerprint_the_kept_root_is_trusted(newsroom):
    store = MemoryStore()
    with pytest.raises(TrustError) as refused:
        Refresh(store, now=NOW)
    assert refused.value.failure is Failure.NOT_FOUND
    store.save("root", newsroom.files["1.root.json"])
    refresh = Refresh(store, now=NOW)
    assert refresh.wanted() == Want("2.root.json", "root", 512_000, optional=True)
    store.save("root", b"{")
    with pytest.raises(TrustError):
        Refresh(store, now=NOW)


def test_a_kept_root_that_no_longer_parses_is_fetched_again(newsroom):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror(), "ru/index")
    reader.store.save("root", b"{")
    mirror = newsroom.mirror()
    reader.visit(mirror, "ru/index")
    assert mirror.asked == ["1.root.json", "2.root.json", "timestamp.json"]
    reader.store.delete(FIRST_ROOT)
    assert reader.begin().wanted().name == "1.root.json"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "ru"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b'{"signed":{"_type":"timestamp"}}'])
def test_damaged_memory_is_passed_over_and_mended(newsroom, role, damage):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror(), "ru/index")
    good = reader.store.load(role)
    reader.store.save(role, damage)
    reader.visit(newsroom.mirror(), "ru/index")
    assert reader.store.load(role) == good


def test_marks_that_the_root_no_longer_covers_are_forgotten(newsroom):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror(), "ru/index")
    newsroom.rotate_root(timestamp=[new_key()])
    mirror = newsroom.mirror()  # its timestamp is still the one signed by the old key
    with pytest.raises(TrustError):
        reader.visit(mirror)
    assert reader.store.load("timestamp") is None
    assert reader.store.load("snapshot") == newsroom.file("snapshot")


def test_memory_in_a_folder_gives_the_same_visits(newsroom, tmp_path):
    store = DirectoryStore(tmp_path)
    for _ in range(2):
        refresh = Refresh(store, now=NOW, anchor=newsroom.anchor)
        mirror = newsroom.mirror()
        bring_up_to_date(refresh, mirror.fetch)
        find_target(refresh, mirror.fetch, "ru/index")
    assert mirror.asked == ["2.root.json", "timestamp.json"]
    assert {path.name for path in tmp_path.iterdir()} == {
        ".json",
        "root.json",
        "timestamp.json",
        "snapshot.json",
        "targets.json",
        "ru.json",
    }
    assert (tmp_path / "ru.json").read_bytes() == newsroom.file("ru")


@pytest.mark.parametrize("role", ["plain", "../x", "?", "a/b", "ж" * 200, "\ud800", ".", "", "con"])
def test_a_folder_keeps_any_role_name_inside_itself(tmp_path, role):
    inside = tmp_path / "inside"
    inside.mkdir()
    store = DirectoryStore(inside)
    assert store.load(role) is None
    store.save(role, b"one")
    store.save(role, b"two")
    assert store.load(role) == b"two"
    assert len(list(inside.iterdir())) == 1
    assert list(tmp_path.iterdir()) == [inside]
    store.delete(role)
    store.delete(role)
    assert store.load(role) is None


def test_memory_forgets_what_it_is_told_to():
    store = MemoryStore()
    store.save("ru", b"x")
    store.delete("ru")
    store.delete("ru")
    assert store.load("ru") is None


def test_a_folder_that_cannot_be_written(tmp_path):
    store = DirectoryStore(tmp_path / "nowhere")
    with pytest.raises(LibraryError):
        store.save("root", b"x")
    (tmp_path / "here" / "root.json" / "full").mkdir(parents=True)
    store = DirectoryStore(tmp_path / "here")
    with pytest.raises(LibraryError):
        store.save("root", b"x")
    with pytest.raises(LibraryError):
        store.delete("root")
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["root.json"]


# --- Any bytes at any stage ------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets", "ru"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_bytes_at_any_stage_give_trust_errors_only(newsroom, role, data):
    reader = Reader(newsroom, policy=ExpiryPolicy.REPORT)
    mirror = newsroom.mirror()
    refresh = reader.until(mirror, role, "ru/index")
    genuine = mirror.files[refresh.wanted().name]
    found = json.loads(genuine)
    node, key = found, data.draw(st.sampled_from(sorted(found)))
    while isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
        node = node[key]
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
    change = data.draw(st.sampled_from(["replace", "remove", "bytes", "cut"]))
    if change == "replace":
        node[key] = data.draw(JSON)
    elif change == "remove":
        del node[key]
    hostile = json.dumps(found).encode()
    if change == "bytes":
        hostile = data.draw(st.binary())
    elif change == "cut":
        hostile = genuine[: data.draw(st.integers(0, len(genuine) - 1))]
    before = reader.state()
    try:
        refresh.give(hostile)
    except TrustError:
        assert reader.state() == before


def test_a_mirror_that_answers_every_name_with_the_same_file(newsroom):
    for data in newsroom.files.values():
        reader = Reader(newsroom)
        with pytest.raises(TrustError):
            reader.visit(Always(data), "ru/index")


class Always(Mirror):
    def __init__(self, data):
        super().__init__({})
        self.data = data

    def fetch(self, want):
        return self.data


def test_keys_of_a_language_are_those_of_the_targets(newsroom):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror())
    (key,) = newsroom.keys["ru"]
    assert reader.refresh.trusted.language_keys("ru") == {bytes.fromhex(key.public_key.keyval["public"])}
    with pytest.raises(TrustError) as refused:
        reader.refresh.trusted.language_keys("de")
    assert refused.value.failure is Failure.NOT_FOUND
    newsroom.authorise("ru", [new_key()])
    newsroom.publish("targets", "ru")
    reader.until(newsroom.mirror(), "targets")
    with pytest.raises(TrustError) as refused:
        reader.refresh.trusted.language_keys("ru")
    assert refused.value.failure is Failure.NOT_FOUND
