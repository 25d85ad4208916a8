"""A story of elsewhere becomes a page, and the page becomes the same story."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Locale

import strategies
from tamizdat.markup.line import has_ink
from tamizdat.newsroom.moving_in.kinds import guess_kind
from tamizdat.newsroom.moving_in.redirects import path_of
from tamizdat.newsroom.pressroom.story_of import story_of
from tamizdat.newsroom.stories.from_story import fitted, page_fields, slug_of, translation_key
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import (
    Block,
    Heading,
    ListBlock,
    Paragraph,
    PictureBlock,
    Quote,
    SoundBlock,
    Story,
    Table,
    clean_text,
    plain,
)

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def _seen(block: Block) -> bool:
    match block:
        case Paragraph(text) | Heading(text, _):
            return has_ink(plain(text))
        case ListBlock(texts, _) | Quote(texts, _):
            return all(has_ink(plain(text)) for text in texts)
        case Table(rows, _, _):
            return all(has_ink(plain(cell)) for row in rows for cell in row if cell)
        case PictureBlock() | SoundBlock():
            return False
        case _:
            return True


def _expected(story: Story) -> Story:
    """The documented differences, and lines and terms without the spaces around them."""
    one_line = {name: clean_text(getattr(story, name)) for name in ("headline", "lead", "dateline")}
    terms = {name: tuple(map(str.strip, getattr(story, name))) for name in ("byline", "sections", "topics", "agencies")}
    return replace(story, revision=1, corrections=(), recordings=(), **one_line, **terms)


def _sayable(story: Story) -> bool:
    return bool(clean_text(story.headline)) and not story.retracted


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None, max_examples=60)
@given(strategies.stories(language=st.just("en")).filter(_sayable))
def test_a_story_becomes_a_page_and_the_same_story(story):
    story = replace(story, body=tuple(filter(_seen, story.body)), picture=None, recordings=())
    fit = fitted(story)
    fields = page_fields(fit.story, lambda _picture: 0, fit.story.published)
    page = StoryPage(locale=Locale.objects.get(language_code="en"), **fields)
    assert story_of(page, NOW) == _expected(fit.story)
    if not fit.losses:
        assert _expected(story) == _expected(fit.story)


@given(strategies.stories())
def test_what_fits_is_not_touched_and_what_does_not_is_told(story):
    fit = fitted(story)
    assert fitted(fit.story).losses == ()
    unsaid = replace(story, recordings=()) if not story.body else story
    same = replace(fit.story, recordings=()) == replace(unsaid, recordings=())
    assert same == (not fit.losses) or {field for field, _text in fit.losses} <= {"corrections"}


def test_each_loss_names_its_field():
    story = Story("id", "en", "h" * 300, NOW, dateline="d" * 201, topics=("t", "t", "u" * 300), translation="by-hand")
    fit = fitted(story)
    assert [field for field, _text in fit.losses] == ["headline", "dateline", "topics", "topics", "translation"]
    assert len(fit.story.headline) == 255
    assert fit.story.headline.endswith("h…")


def test_slugs_and_keys_are_the_same_every_time():
    assert slug_of("A.b~c_D") == "a-b-c_d"
    assert translation_key("x") == translation_key("x") != translation_key("y")


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://old.example/2024/a b.html", "/2024/a%20b.html"),
        ("https://old.example/новости/1", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1"),
        ("https://old.example/?p=12", "/?p=12"),
        ("https://old.example/", ""),
        ('https://old.example/"; return 200; #', "/%22;%20return%20200;%20"),
        ("https://old.example/a\nb", "/ab"),
        ("https://[bad", ""),
        ("", ""),
    ],
)
def test_old_addresses_cannot_say_more_than_a_path(address, path):
    assert path_of(address) == path


@given(st.text())
def test_any_address_becomes_a_path_or_nothing(address):
    old = path_of(address)
    assert old == "" or (old.startswith("/") and old.isascii() and not set(old) & set(' "\\\n\r\t{}$`<>'))


def test_kinds_are_told_by_what_stands_in_the_file(tmp_path):
    (tmp_path / "a.jsonl").write_text("{}\n")
    (tmp_path / "feed.xml").write_text('<?xml version="1.0"?><rss version="2.0"><channel/></rss>')
    assert guess_kind(str(tmp_path / "feed.xml")) == "feed"
    assert guess_kind(str(tmp_path)) == "jsonl"
    assert guess_kind("https://wire.example/feed") == "feed"
    (tmp_path / "a.jsonl").unlink()
    assert guess_kind(str(tmp_path)) == "folder"
