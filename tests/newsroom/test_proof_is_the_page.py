"""The proof of a story is the page that the press then makes of it, byte for byte."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, picture, publish, write
from django.urls import reverse
from newsroom_settings import PASSPHRASE

from tamizdat.newsroom.pressroom import beside
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.proof import paper_in, proof_of
from tamizdat.newsroom.pressroom.story_of import story_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Section, Topic
from tamizdat.press import site
from tamizdat.press.card import story_path
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db
BASE = re.compile(rb'<base href="[^"]*" target="_blank">')
EDITION = re.compile(rb'(?<=<meta name="edition" content="en )\d+|(?<=>Edition )\d+')
NOW = datetime.now(UTC).replace(microsecond=0)


def ago(**span):
    return NOW - timedelta(**span)


@pytest.fixture
def press(room):
    return Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: NOW)


@pytest.fixture
def archive(monkeypatch):
    """What is out: neighbours by topic, section and time, breaking news, another language. Few count as recent."""
    for place in (site, beside):
        monkeypatch.setattr(place, "RECENT", 4)
    Section.objects.create(key="ports", label="Ports", labels={"ru": "Порты"})
    Topic.objects.create(key="strike", label="Забастовка")
    Topic.objects.create(key="забастовка 2", label="Strike two")
    for at in range(6):
        publish(write(f"Strike {at}", topics=["strike"], sections=["ports"], published=ago(days=at)))
        publish(write(f"Second {at}", topics=["забастовка 2"], published=ago(days=2)))
        publish(write(f"Any {at}", sections=["ports"], published=ago(hours=at)))
    publish(write("Chosen long ago", story_id="chosen-abcde", published=ago(days=900)))
    publish(write("Fire in the harbour", breaking_until=NOW + timedelta(hours=2), published=ago(days=99)))
    publish(write("Над портом дым", language="ru", story_id="harbour-abcde", published=ago(days=40)))
    write("A draft that nobody may see", topics=["strike"], published=ago(days=4))


def draft(**fields):
    """A draft with everything that its page can show."""
    about = {"lead": "Smoke over the quay.", "picture": picture(), "related": ["chosen-abcde", "nothing-abcde"]}
    fields = {"topics": ["strike", "забастовка 2", "alone"], "sections": ["ports"], **about, **fields}
    return write("Smoke over the harbour", story_id="harbour-abcde", **fields)


def proof(page):
    return proof_of(story_of(page, NOW), paper_in(page.locale.language_code, NOW), NOW, page.topics)


def pressed(room, page, press):
    publish(page)
    run = press.run()
    assert not run.failed, run.report
    return (room / "out" / "en" / story_path(story_of(StoryPage.objects.get(pk=page.pk), NOW))).read_bytes()


@pytest.mark.parametrize(
    "fields",
    [
        {"published": NOW - timedelta(days=3)},
        {"published": NOW - timedelta(days=2), "topics": []},
        {"published": NOW - timedelta(days=800), "topics": [], "sections": []},
        {"published": NOW, "breaking_until": NOW + timedelta(hours=1), "related": []},
        {"published": NOW - timedelta(days=3), "topics": ["alone"], "related": []},
    ],
    ids=["topics", "sections", "old", "breaking", "alone"],
)
def test_but_for_where_its_addresses_lead(room, press, archive, fields):
    page = draft(**fields)
    seen = proof(page)
    assert BASE.search(seen)
    assert BASE.sub(b"", seen) == pressed(room, page, press)
    assert b"nobody may see" not in seen


def test_later_but_for_the_number_of_the_edition_too(room, press, archive):
    press.run()
    page = draft(published=ago(days=3))
    seen, made = BASE.sub(b"", proof(page)), pressed(room, page, press)
    assert seen != made
    assert EDITION.sub(b"", seen) == EDITION.sub(b"", made)


def test_a_change_of_what_is_out_is_seen_beside_what_it_was_beside(room, press, archive):
    page = publish(draft(published=ago(days=3)))
    page.title, page.topics = "Smoke clears", ["strike"]
    seen = proof(page)
    assert b"Strike 2" in seen
    assert b"Strike 4" in seen
    assert b'href="ru/' not in seen
    assert "Над портом" not in seen.decode()
    assert "Русский".encode() in seen


def test_breaking_news_names_the_languages_that_go_out_with_it(client, room, press, archive):
    client.force_login(person("other"))
    form = {"in-en": "1", "headline-en": "Harbour closed", "in-fa": "1", "headline-fa": "بندر بسته شد", "until": "60"}
    confirmed = client.post(reverse("breaking"), {**form, "act": "confirm"}).context
    english = confirmed["columns"][0]
    seen = client.get(english.proofs[1][1]).content
    assert "فارسی".encode() in seen
    assert b"Fire in the harbour" in seen


def test_the_preview_of_the_editor_is_this_proof(client, archive):
    page = draft(published=ago(days=3))
    client.force_login(person("desk"))
    page.save_revision()
    shown = client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).content
    for headline in ("Strike 2", "Chosen long ago"):
        assert headline.encode() in shown
