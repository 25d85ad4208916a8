"""Wires: what comes is kept once, shown in its newest version, and becomes a draft with one act."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import jpeg, person, publish
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given
from hypothesis import strategies as st
from wire_kit import LATELY, WORDS, deliver, fetched, item, ninjs, rss, serving, subscription, watched_folder

from tamizdat.colour import BLACK
from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.ingest.fetching import MAX_ITEMS, claim, fetch_due
from tamizdat.newsroom.ingest.keeping import forget_old
from tamizdat.newsroom.ingest.likeness import bands, likeness, shingles
from tamizdat.newsroom.ingest.lists import alarms
from tamizdat.newsroom.ingest.models import Subscription, Taken, WireItem, WireRead, is_safe_name
from tamizdat.newsroom.ingest.taking import TakeAsDraft, know, seen_of
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import Section, StoryPage
from tamizdat.press.language_wires import story_wire
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Settings, Trust
from tamizdat.press.wire import Wire
from tamizdat.publication import Publication
from tamizdat.sources.fetch import FeedState
from tamizdat.sources.wordpress_rest import WordPressRestSource
from tamizdat.story import RETRACTION, Correction, Paragraph, Story, rich

pytestmark = pytest.mark.django_db
NOW = LATELY
PARTNER = Settings(
    publication=Publication("The Far Shore", ("en", "ru"), base_url="https://partner.example"),
    sections=(), notices=(), taglines={}, fronts=(), colour=BLACK, stories_in_feed=5,
    trust=Trust("3f" * 32, "bofad", rehearsal=False),
)  # fmt: skip


@pytest.fixture
def wire():
    with serving() as server:
        server.files["/feed"] = rss(item("one"), item("two"))
        yield server


@pytest.fixture
def harbour(wire):
    return subscription(f"{wire.url}/feed")


def test_items_come_once_and_again_in_a_newer_version(wire, harbour):
    assert fetched(harbour) == 2
    assert fetched(harbour) == 0
    one = WireItem.objects.get(story_id="one")
    WireRead.objects.create(item=one, person=person())
    wire.files["/feed"] = rss(item("one", text="Something else."), item("two"), item("three"))
    assert fetched(harbour) == 2
    one.refresh_from_db()
    assert (one.version, "Something else." in one.text) == (2, True)
    assert not one.reads.exists()
    assert not Release.objects.exists()
    harbour.refresh_from_db()
    assert (harbour.fault, harbour.failures, harbour.claimed_until) == ("", 0, None)


def test_a_source_that_fails_is_left_alone_longer_and_longer(wire, harbour):
    wire.files.clear()
    for failures in (1, 2):
        before = datetime.now(UTC)
        assert fetched(harbour) == 0
        harbour.refresh_from_db()
        assert "404" in harbour.fault
        assert harbour.failures == failures
        assert harbour.next_at >= before + timedelta(minutes=15 * 2**failures)
    wire.files["/feed"] = rss(item("one"))
    assert fetched(harbour) == 1
    harbour.refresh_from_db()
    assert (harbour.fault, harbour.failures) == ("", 0)


def test_one_worker_reads_a_subscription_at_a_time(harbour):
    now = datetime.now(UTC)
    assert claim(harbour, now)
    assert not claim(harbour, now)
    assert claim(harbour, now + timedelta(minutes=21)), "whoever claimed it was killed"


def test_the_round_reads_what_is_due_and_a_fault_of_one_is_none_of_another(wire, harbour):
    subscription(f"{wire.url}/none", name="A broken one")
    subscription(f"{wire.url}/feed", name="A quiet one", active=False)
    fetch_due()
    assert WireItem.objects.count() == 2
    asked = len(wire.asked)
    fetch_due()
    assert len(wire.asked) == asked
    assert {"wires", "old wires"} <= {round_.name for round_ in rounds()}


def test_only_what_is_asked_for_is_kept(wire, harbour):
    wire.files["/feed"] = rss(item("a", text="About the HARBOUR."), item("b", text="About cats."))
    harbour.words = "harbour\nships"
    harbour.save()
    assert fetched(harbour) == 1
    harbour.words, harbour.sections = "", "Ports"
    harbour.save()
    wire.files["/feed"] = rss(item("c", more="<category>ports</category>"), item("d", more="<category>x</category>"))
    fetched(harbour)
    assert set(WireItem.objects.values_list("story_id", flat=True)) == {"a", "c"}


def test_texts_that_are_nearly_the_same_are_folded(wire, harbour):
    other = subscription(f"{wire.url}/other", name="Other")
    wire.files["/feed"] = rss(item("one", text=WORDS), item("short", text="Few words."))
    wire.files["/other"] = rss(
        item("copy", title="Headline of one", text=f"{WORDS} too."),
        item("else", text=" ".join(reversed(WORDS.split()))),
        item("short2", text="Few words."),
    )
    fetched(harbour)
    fetched(other)
    same = {each.story_id: each.same_as and each.same_as.story_id for each in WireItem.objects.all()}
    assert same == {"one": None, "short": None, "copy": "one", "else": None, "short2": None}


@given(st.text())
def test_any_text_has_a_fingerprint_or_none(text):
    groups = shingles(text)
    found = bands(groups)
    assert (found is None) == (not groups)
    assert found is None or all(-(2**31) <= part < 2**31 for part in found)
    assert likeness(groups, groups) == (1.0 if groups else 0.0)


def test_a_draft_has_credit_picture_sections_and_where_it_came_from(wire, harbour):
    wire.files["/q.jpg"] = jpeg()
    words = "<media:description>A quay</media:description><media:credit>Photo Co</media:credit>"
    media = f'<media:content url="{wire.url}/q.jpg" medium="image">{words}</media:content>'
    wire.files["/feed"] = rss(item("one", more=f"<link>https://w.example/one</link><category>Ports</category>{media}"))
    harbour.section_rules = "ports = economy"
    harbour.save()
    Section.objects.create(key="economy", label="Economy", position=1)
    fetched(harbour)
    assert "/q.jpg" not in wire.asked
    take = TakeAsDraft(WireItem.objects.get(), person())
    page = take.execute()
    assert not take.losses
    assert (page.live, page.agencies, page.sections, page.published) == (False, ["Harbour Wire"], ["economy"], None)
    assert page.story_id.startswith("headline-of-one-")
    picture = LibraryPicture.objects.get()
    assert (page.picture, page.picture_credit) == (picture, "Photo Co")
    taken = Taken.objects.get()
    assert (taken.page_id, taken.source) == (page.pk, "Harbour Wire")
    assert not Release.objects.exists()
    assert TakeAsDraft(WireItem.objects.get(), get_user_model().objects.get()).execute().pk == page.pk
    assert StoryPage.objects.count() == 1
    publish(page)
    assert Release.objects.count() == 1


def test_pictures_that_cannot_be_had_are_told(wire, harbour):
    words = "<media:description>A quay</media:description>"
    media = f'<media:content url="{wire.url}/none.jpg" medium="image">{words}</media:content>'
    wire.files["/feed"] = rss(item("one", more=media))
    fetched(harbour)
    take = TakeAsDraft(WireItem.objects.get(), person())
    page = take.execute()
    assert page.picture is None
    assert len(take.losses) == 1
    assert "404" in take.losses[0]


def test_who_may_not_write_takes_nothing(harbour):
    fetched(harbour)
    nobody = get_user_model().objects.create_user("nobody")
    with pytest.raises(PermissionDenied):
        TakeAsDraft(WireItem.objects.first(), nobody).execute()
    assert not StoryPage.objects.exists()


def test_an_item_in_a_language_of_others_goes_where_somebody_says(wire, harbour):
    harbour.language = "de"
    harbour.save()
    wire.files["/feed"] = rss(item("one"), language="de")
    fetched(harbour)
    boss = person()
    with pytest.raises(ValidationError, match="choose a language"):
        TakeAsDraft(WireItem.objects.get(), boss).execute()
    page = TakeAsDraft(WireItem.objects.get(), boss, language="ru").execute()
    assert page.locale.language_code == "ru"


# --- ninjs: embargoes, and items taken back ---


@pytest.fixture
def folder(room):
    with watched_folder() as place:
        yield place


def test_a_watched_folder_an_embargo_and_a_withdrawal(folder):
    said = datetime.now(UTC).replace(second=22, microsecond=0) + timedelta(days=1)
    until = said + timedelta(seconds=38)  # the story's form knows no seconds
    deliver(folder, ninjs(embargoed=said.isoformat(), copyrightholder="Agency"))
    agency = subscription("agency", kind="ninjs")
    assert fetched(agency) == 1, Subscription.objects.get().fault
    found = WireItem.objects.get()
    assert (found.embargo, found.rights) == (until, "Agency")
    page = TakeAsDraft(found, person()).execute()
    assert page.embargo == until
    publish(page)
    assert not Release.objects.exists(), "it waits for the embargo"
    deliver(folder, ninjs(pubstatus="canceled", version="2", versioncreated=(LATELY + timedelta(hours=1)).isoformat()))
    fetched(agency)
    found.refresh_from_db()
    assert found.withdrawn
    assert found.withdrawn_why == "canceled"
    with pytest.raises(ValidationError, match="taken this item back"):
        TakeAsDraft(found, person("other")).execute()


def test_an_item_that_is_taken_back_without_its_language_alarms_who_made_a_story_of_it(folder):
    deliver(folder, ninjs(copyrightholder="Agency"))
    agency = subscription("agency", kind="ninjs", language="ru")
    assert fetched(agency) == 1, Subscription.objects.get().fault
    editor = person()
    TakeAsDraft(WireItem.objects.get(), editor).execute()
    (folder / "kill.json").write_text(
        json.dumps({"uri": "urn:x:1", "version": "2", "pubstatus": "canceled", "ednote": "It was wrong."}), "utf-8"
    )
    try:
        for _round in range(2):
            fetched(agency)
            found = WireItem.objects.get()
            assert (bool(found.withdrawn), found.withdrawn_why, found.version) == (True, "It was wrong.", 1)
            assert [taken.item for taken in alarms(editor)] == [found]
    finally:
        (folder / "kill.json").unlink()


def test_what_could_not_be_read_is_told_and_the_rest_comes(folder):
    deliver(folder, ninjs())
    (folder / "odd.json").write_text(json.dumps({"uri": "urn:x:2", "headline": "x", "embargoed": True}), "utf-8")
    agency = subscription("agency", kind="ninjs")
    try:
        assert fetched(agency) == 1
    finally:
        (folder / "odd.json").unlink()
    agency.refresh_from_db()
    assert agency.fault.startswith("1 items could not be read, the first of them: ")
    assert "embargoed: is no time" in agency.fault
    assert agency.failures == 0, "it is asked as often as before"
    fetched(agency)
    agency.refresh_from_db()
    assert agency.fault == ""


def test_a_subscription_cannot_leave_its_folder(room):
    with pytest.raises(ValidationError):
        Subscription(name="x", kind="folder", address="../../keys").full_clean()
    assert not is_safe_name("/etc")
    assert not is_safe_name("")
    assert is_safe_name("agency/today")


def test_an_editor_who_knows_the_update_is_not_told_again(wire, harbour):
    fetched(harbour)
    page = TakeAsDraft(WireItem.objects.get(story_id="one"), person()).execute()
    wire.files["/feed"] = rss(item("one", text="Corrected."))
    fetched(harbour)
    taken = Taken.objects.get(page=page)
    assert taken.mark != taken.item.mark
    know(taken, seen_of(taken.item))
    taken.refresh_from_db()
    assert taken.mark == taken.item.mark


def test_old_items_go_but_for_those_that_became_drafts(harbour):
    fetched(harbour)
    TakeAsDraft(WireItem.objects.get(story_id="one"), person()).execute()
    assert forget_old(datetime.now(UTC)) == 0
    assert forget_old(datetime.now(UTC) + timedelta(days=31)) == 1
    assert WireItem.objects.get().story_id == "one"


@pytest.mark.parametrize(
    "bytes_",
    [
        b"",
        b"\x00" * 100,
        b"<rss><channel>" + b"<item>" * 5_000,
        b"<html>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss>&a;</rss>",
    ],
)
def test_hostile_feeds_are_a_fault_or_nothing(wire, harbour, bytes_):
    wire.files["/feed"] = bytes_
    fetched(harbour)
    assert not WireItem.objects.exists()
    harbour.refresh_from_db()
    assert harbour.claimed_until is None


def test_a_feed_without_end_is_read_up_to_a_number(wire, harbour, monkeypatch):
    assert MAX_ITEMS == 2_000
    monkeypatch.setattr("tamizdat.newsroom.ingest.fetching.MAX_ITEMS", 3)
    wire.files["/feed"] = rss(*(item(f"n{n}") for n in range(10)))
    assert fetched(harbour) == 3


def test_a_watched_folder_is_read_on_where_it_was_cut_up_to_its_newest_and_says_so(folder, monkeypatch):
    monkeypatch.setattr("tamizdat.newsroom.ingest.fetching.MAX_ITEMS", 2)
    for day in range(1, 6):
        deliver(folder, ninjs(uri=f"urn:x:{day}"))
        (folder / "item.json").rename(folder / f"2026-11-{day:02}.json")
    agency = subscription("agency", kind="ninjs")
    assert [fetched(agency) for _ in range(3)] == [2, 2, 1]
    assert WireItem.objects.count() == 5
    agency.refresh_from_db()
    assert not agency.fault
    for day in range(1, 5):
        deliver(folder, ninjs(uri=f"urn:x:{day}", headline="Changed"))
        (folder / "item.json").rename(folder / f"2026-11-{day:02}.json")
    fetched(agency)
    agency.refresh_from_db()
    assert "cut after 2 new items" in agency.fault
    assert not agency.failures, "it is not asked less often for that"


@pytest.mark.parametrize("kind", ["ninjs", "newsml"])
def test_what_a_partner_with_our_own_wires_retracts_is_taken_back_in_its_language_alone(folder, kind):
    def send(*stories):
        for story in stories:
            sent = Wire.of(Manuscript.of(story), PARTNER.paper(story.language, NOW), {}, "x")
            (folder / f"{story.language}.{'json' if kind == 'ninjs' else 'xml'}").write_bytes(story_wire(kind, sent))

    told = Story("bread", "en", "Bread", NOW, (Paragraph(rich("It is 61.")),))
    send(told, replace(told, language="ru", headline="Хлеб"))
    partner = subscription("agency", kind=kind)
    assert fetched(partner) == 2, Subscription.objects.get().fault
    english = WireItem.objects.get(language="en")
    WireRead.objects.create(item=english, person=person())
    send(Story("bread", "en", "Bread", NOW, revision=2, corrections=(Correction(NOW, "It was 40.", RETRACTION),)))
    assert fetched(partner) == 1
    english.refresh_from_db()
    assert english.withdrawn
    assert "It was 40." in english.withdrawn_why
    assert not english.reads.exists(), "it is unread again"
    assert WireItem.objects.get(language="ru").withdrawn is None
    assert fetched(partner) == 0
    send(replace(told, revision=3))
    assert fetched(partner) == 1
    english.refresh_from_db()
    assert english.withdrawn is None


def test_a_site_is_asked_only_for_what_changed(wire):
    changed = LATELY + timedelta(hours=1)
    post = {
        "id": 1, "guid": {"rendered": "https://shore.example/?p=1"}, "status": "publish",
        "date_gmt": f"{LATELY:%Y-%m-%dT%H:%M:%S}", "modified_gmt": f"{changed:%Y-%m-%dT%H:%M:%S}",
        "title": {"rendered": "Bread"},
        "content": {"rendered": "<p>It is 61.</p>"},
    }  # fmt: skip
    place = "/wp-json/wp/v2/posts"
    wire.files[place] = json.dumps([post]).encode()
    site = subscription(wire.url + place, kind="wordpress", language="en")
    assert fetched(site) == 1, Subscription.objects.get().fault
    site.refresh_from_db()
    assert site.last_modified == changed.isoformat()
    assert fetched(site) == 0
    since = changed - timedelta(seconds=1)
    assert f"modified_after={since:%Y-%m-%dT%H%%3A%M%%3A%S}Z" in wire.asked[-1]


def test_what_cannot_be_read_is_said_and_asked_for_until_it_can(wire):
    post = {
        "id": 1, "guid": {"rendered": "https://shore.example/?p=1"}, "status": "publish",
        "date_gmt": f"{LATELY:%Y-%m-%dT%H:%M:%S}", "modified_gmt": f"{LATELY:%Y-%m-%dT%H:%M:%S}",
        "title": {"rendered": "Bread"},
        "content": {"rendered": "<p>It is 61.</p>"},
    }  # fmt: skip
    wire.files["/wp-json/wp/v2/posts"] = json.dumps([post]).encode()
    site = subscription(wire.url, kind="wordpress", language="")
    for _again in range(2):
        assert fetched(site) == 0
        site.refresh_from_db()
        assert "1 items could not be read" in site.fault
        assert "modified_after" not in wire.asked[-1]
    site.language = "en"
    site.save()
    assert fetched(site) == 1


@pytest.mark.parametrize(
    ("name", "value"), [("language", "ru"), ("words", "tea"), ("sections", "City"), ("address", "https://x.example")]
)
def test_a_subscription_that_asks_for_other_things_asks_for_everything(wire, name, value):
    site = subscription(wire.url)
    Subscription.objects.update(etag="x", last_modified="y")
    site.refresh_from_db()
    site.keep_days = 60
    site.save()
    assert (site.etag, site.last_modified) == ("x", "y")
    setattr(site, name, value)
    site.save()
    site.refresh_from_db()
    assert (site.etag, site.last_modified) == ("", "")


def test_what_is_asked_for_otherwise_while_it_is_read_is_asked_for_again(wire, monkeypatch):
    wire.files["/wp-json/wp/v2/posts"] = b"[]"
    site = subscription(wire.url, kind="wordpress", language="en")
    state = FeedState(wire.url, LATELY.isoformat())
    monkeypatch.setattr(WordPressRestSource, "state", state)
    assert fetched(site) == 0
    site.refresh_from_db()
    assert site.etag == wire.url

    def changed(*_arguments):
        other = Subscription.objects.get()
        other.words = "tea"
        other.save()
        return 0, "", ""

    monkeypatch.setattr("tamizdat.newsroom.ingest.fetching._read", changed)
    fetched(site)
    assert Subscription.objects.get().etag == ""
