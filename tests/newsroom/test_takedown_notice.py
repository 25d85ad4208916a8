"""Whoever takes a story down may leave a notice at its address: it says that the story is gone, and no word of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, picture, publish, text, write
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from lxml import html
from newsroom_settings import PASSPHRASE
from people_kit import member
from test_corrections import _story
from test_finding import found

from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.breaking.acting import BreakNews, Words
from tamizdat.newsroom.breaking.views import flashes
from tamizdat.newsroom.corrections.actions import AddText, Correct, Revoke
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.fronts.curating import Pinned, Place
from tamizdat.newsroom.fronts.models import Ending
from tamizdat.newsroom.fronts.proofs import front_proof, released
from tamizdat.newsroom.fronts.standing import standings
from tamizdat.newsroom.pressroom.beside import cards_beside
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.set_up import reconcile
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.press.card import Issue
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.story import RETRACTION, UPDATE, Story
from tamizdat.story import Correction as Said
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import Keyring, load_state

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 11, 20, 9, tzinfo=UTC)
WHY = "A witness is in danger"
RECORD = "/admin/record/harbour-7/"
FORMS = ("feed.atom.xml", "wire/ninjs/2026/11/harbour-7.json", "wire/newsml.xml")
WORDS = (
    "Zmeinogorsk",
    "Dervane",
    "Imbel",
    "sea-trade",
    "harbours",
    "Wire Agency",
    "pier-1",
    "Quayside",
    "It was Tuesday",
)
"""What the story says of itself, anywhere."""


@pytest.fixture
def desk(client):
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def both(desk):
    """A story with everything that stories have, out in English and Russian, and corrected before."""
    fields = {
        "story_id": "harbour-7", "published": WHEN, "lead": "Zmeinogorsk, again.", "byline": ["Dervane"],
        "dateline": "Imbel", "sections": ["sea-trade"], "topics": ["harbours"], "agencies": ["Wire Agency"],
        "related": ["pier-1"], "picture": picture(), "picture_alt": "Quayside",
        "breaking_until": datetime.now(UTC) + timedelta(hours=3),
    }  # fmt: skip
    english = publish(write("Zmeinogorsk harbour", body=text("<p>Zmeinogorsk.</p>"), **fields))
    russian = publish(write("Zmeinogorsk", language="ru", translation_key=english.translation_key, **fields))
    Correct("harbour-7", UPDATE, {"en": "It was Tuesday.", "ru": "It was Tuesday."}, desk).execute()
    return english, russian


def take_down(user, texts, languages=()):
    return Correct("harbour-7", "takedown", texts, user, languages, WHY).execute()


def test_the_notice_has_address_and_date_of_the_story_and_no_word_of_it(both, desk):
    made = take_down(desk, {"en": "A court forbade it.", "ru": "Суд запретил."})
    at = made.at.replace(microsecond=0)
    for page, word, said in zip(both, ("Retracted", "Отозвано"), ("A court forbade it.", "Суд запретил."), strict=True):
        story = _story(page)
        assert story.updated is not None
        assert story == Story(
            "harbour-7", page.locale.language_code, word, WHEN, updated=story.updated,
            corrections=(Said(at, said, RETRACTION),),
        )  # fmt: skip
    for release in Release.objects.filter(current=True):
        assert not [word for word in (*WORDS, WHY) if word.encode() in bytes(release.story)]
    assert not StoryPage.objects.filter(live=True).exists()


def test_without_a_text_nothing_is_said(both, desk):
    take_down(desk, {"en": " \n", "ru": ""})
    assert [_story(page) for page in both] == [None, None]


def test_where_there_is_no_text_it_borrows_another(both, desk):
    take_down(desk, {"ru": "Суд запретил."})
    assert [_story(page).corrections[0].text for page in both] == ["Суд запретил."] * 2


def test_a_takedown_of_one_language_leaves_the_others_as_they_are(both, desk):
    take_down(desk, {"en": "A court forbade it."}, ("ru",))
    assert _story(both[0]).headline == "Zmeinogorsk harbour"
    assert _story(both[1]).corrections[0].text == "A court forbade it."


def test_it_stays_through_whatever_happens_to_the_page_and_nothing_else_comes_out(both, desk):
    made = take_down(desk, {"en": "A court forbade it."})
    before = [_story(page) for page in both]
    with pytest.raises(StoryError, match="taken down"):
        publish(StoryPage.objects.get(pk=both[0].pk))
    Correct("harbour-7", "correction", {"en": "It was Monday.", "ru": "x"}, desk).execute()
    retracted = Correct("harbour-7", RETRACTION, {"en": "Dervane lied."}, desk).execute()
    again = StoryPage.objects.get(pk=both[0].pk)
    again.go_live_at, again.title = datetime.now(UTC) + timedelta(hours=1), "Another"
    with pytest.raises(StoryError, match="taken down"):
        again.save_revision().publish()
    assert reconcile() == 0
    StoryPage.objects.get(pk=both[1].pk).delete()
    assert [_story(page) for page in both] == before
    Revoke(retracted, desk).execute()
    assert [_story(page) for page in both] == before
    assert Correction.objects.get(pk=made.pk).revoked_at is None


def test_what_is_revoked_leaves_no_notice_and_the_story_can_be_published_again(both, desk):
    made = take_down(desk, {"en": "A court forbade it."})
    Revoke(made, desk).execute()
    assert [_story(page) for page in both] == [None, None]
    publish(StoryPage.objects.get(pk=both[0].pk))
    story = _story(both[0])
    assert story.headline == "Zmeinogorsk harbour"
    assert [each.text for each in story.corrections] == ["It was Tuesday."]
    assert story.updated is not None, "readers had something else"


def test_a_retraction_that_stands_behind_it_has_the_storys_own_headline_again(both, desk):
    Correct("harbour-7", RETRACTION, {"en": "He lied."}, desk).execute()
    made = take_down(desk, {"en": "A court forbade it."})
    assert _story(both[0]).headline == "Retracted"
    Revoke(made, desk).execute()
    assert _story(both[0]).headline == "Zmeinogorsk harbour"
    assert [each.text for each in _story(both[0]).corrections] == ["It was Tuesday.", "He lied."]


def test_the_newest_takedown_decides_what_is_said(both, desk):
    first = take_down(desk, {"en": "A court forbade it."})
    second = take_down(desk, {})
    assert _story(both[0]) is None
    Revoke(second, desk).execute()
    assert [each.text for each in _story(both[0]).corrections] == ["A court forbade it."]
    third = take_down(desk, {"en": "Another court, too."})
    assert [each.text for each in _story(both[0]).corrections] == ["Another court, too."]
    Revoke(first, desk).execute()
    Revoke(third, desk).execute()
    assert _story(both[0]) is None


def test_heads_of_desk_add_the_text_of_their_language_and_nobody_else(client, both, desk):
    made = take_down(desk, {"en": "A court forbade it."})
    for who, may in ((member("editor", "editor:ru"), False), (member("head", "desk_head:ru"), True)):
        client.force_login(who)
        shown = client.get(RECORD).content.decode()
        assert "see it in another language" in shown
        assert (reverse("corrections_add_text", args=[made.pk]) in shown) == may
    with pytest.raises(PermissionDenied):
        AddText(made, "ru", "Суд.", member("other", "editor:ru")).execute()
    AddText(made, "ru", "Суд запретил.", who).execute()
    assert [_story(page).corrections[0].text for page in both] == ["A court forbade it.", "Суд запретил."]
    assert _story(both[1]).headline == "Отозвано"


def test_nobody_makes_a_notice_of_one_that_was_to_say_nothing(client, both, desk):
    made = take_down(desk, {})
    with pytest.raises(ValidationError, match="leaves no notice"):
        AddText(made, "ru", "Суд запретил.", desk).execute()
    shown = client.get(RECORD).content.decode()
    assert "another language" not in shown
    assert "still wait" not in shown
    assert "Nothing is said of it" in shown
    assert _story(both[1]) is None


def test_the_form_says_what_a_notice_does_and_leaves_one(client, both, desk):
    asked = client.get(RECORD).content.decode()
    assert "shows others where to look" in asked
    form = {"kind": "takedown", "text_en": "A court forbade it.", "text_ru": "", "reason": WHY}
    said = client.post(RECORD, form, follow=True).content.decode()
    assert "with the next edition" in said
    assert "Readers of Русский see it in another language" in said
    assert "without any word of the story" in said
    assert _story(both[1]).corrections[0].text == "A court forbade it."
    client.force_login(member("editor", "editor:en", "editor:ru"))
    assert "shows others where to look" not in client.get(RECORD).content.decode()


def test_a_text_that_no_story_carries_is_refused(both, desk):
    with pytest.raises(ValidationError):
        take_down(desk, {"en": "x" * (LIMITS.max_line_chars + 1)})
    assert not Correction.objects.filter(kind="takedown").exists()
    assert _story(both[0]).headline == "Zmeinogorsk harbour"


def test_the_search_finds_it_by_the_notice_and_not_by_what_was_said_before(both, desk):
    assert set(found("tuesday")) == {page.pk for page in both}
    made = take_down(desk, {"en": "A court forbade it."})
    assert found("tuesday") == []
    assert set(found("forbade")) == {page.pk for page in both}
    Revoke(made, desk).execute()
    assert found("forbade") == []


def test_stories_that_link_to_it_lead_to_the_notice_and_to_nothing_without_one(both, desk):
    html = f'<p><a linktype="page" id="{both[0].pk}">As we wrote</a></p>'
    other = publish(write("Other", body=text(html), related=["harbour-7"]))
    with_link = _story(other)
    made = take_down(desk, {"en": "A court forbade it."})
    assert _story(other) == with_link
    Revoke(made, desk).execute()
    assert not _story(other).body[0].text[0].href
    assert b"Zmeinogorsk" not in bytes(Release.objects.get(current=True, story_id=other.story_id).story)


def test_it_is_on_top_of_nothing_and_proofs_know_it_as_the_notice_alone(both, desk):
    other = publish(write("Other"))
    take_down(desk, {"en": "A court forbade it."})
    now, place = datetime.now(UTC).replace(microsecond=0), Place("en", "")
    assert {story.headline for story in released(place, [], now)} == {"Retracted", "Other"}
    assert "Zmeinogorsk" not in front_proof("en", "", ["harbour-7"], now).decode()
    (pinned,) = standings(place, [Pinned("harbour-7")], now)
    assert not pinned.shown
    (card,) = cards_beside(_story(other), [], Issue(1, now), now)
    assert (card.headline, card.retracted) == ("Retracted", True)


def test_news_that_was_breaking_is_so_no_more(desk):
    soon = datetime.now(UTC) + timedelta(hours=1)
    BreakNews(desk, "harbour-7", {"en": Words("Zmeinogorsk")}, soon).execute()
    assert Ending.objects.exists()
    take_down(desk, {"en": "A court forbade it."})
    assert not Ending.objects.exists()
    assert [out.said for out in flashes(["en"], {})] == [[]]
    assert _story(StoryPage.objects.get()).breaking_until is None


@pytest.mark.parametrize("kind", ["ninjs", "newsml"])
def test_partners_who_take_it_by_file_learn_that_it_is_canceled(client, both, desk, kind):
    address = reverse("take_out_story", args=["harbour-7", "en", kind])
    take_down(desk, {"en": "A court forbade it."})
    assert "takes it back" in client.get(reverse("share_story", args=["harbour-7"])).content.decode()
    taken = client.get(address).content.decode()
    assert "canceled" in taken
    assert "A court forbade it." in taken
    assert not [word for word in WORDS if word in taken]


def test_page_feeds_wires_and_pack_carry_the_notice_and_no_word_of_the_story(both, desk, room):
    settings = room / "tamizdat.toml"
    before = settings.read_text("utf-8")
    settings.write_text(before.replace("[site]", '[site]\nwires = ["ninjs", "newsml"]'), "utf-8")
    try:
        now = datetime.now(UTC).replace(microsecond=0)
        publish(write("Other", related=["harbour-7"]))
        press = Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: now)
        assert not press.run().failed
        site = room / "out" / "en"
        assert "Zmeinogorsk" in (site / "2026/11/harbour-7.html").read_text("utf-8")
        take_down(desk, {"en": "A court forbade it."}, ("en",))
        now += timedelta(seconds=60)
        assert not press.run().failed
        for path in ("2026/11/harbour-7.html", *FORMS):
            assert "A court forbade it." in (site / path).read_text("utf-8"), path
        for path in ("2026/11/harbour-7.html", "index.html", FORMS[0]):
            shown = html.fromstring((site / path).read_bytes())
            titles = [each.text_content().strip() for each in shown.xpath("//title | //h1 | //h2 | //h3")]
            (said,) = {title.partition(" — ")[0] for title in titles if "Retracted" in title}
            assert said == "Retracted", path
        assert "creativeWorkStatus" in (site / "2026/11/harbour-7.html").read_text("utf-8")
        item = json.loads((site / "wire/ninjs/2026/11/harbour-7.json").read_bytes())
        assert item["pubStatus"] == "canceled"
        assert "stat:canceled" in (site / "wire/newsml.xml").read_text("utf-8")
        for file in site.rglob("*.*"):
            if file.suffix in {".html", ".xml", ".json", ".txt"}:
                assert not [word for word in WORDS if word in file.read_text("utf-8")], file
        anchor = Anchor.parse(load_state(room).fingerprint)
        visit = sync([open_inbound(str(room / "out"))], anchor, ["en"], MemoryLibrary(), now)
        story = story_from_bytes(visit.editions["en"].stories["harbour-7"])
        assert (story.headline, story.retracted, story.sections) == ("Retracted", True, ())
    finally:
        settings.write_text(before, "utf-8")
