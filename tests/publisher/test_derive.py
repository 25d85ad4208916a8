"""Serbian in Latin letters out of Serbian in Cyrillic: in step with it, and never in place of what somebody wrote."""

from datetime import UTC, datetime, timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.locales import to_latin
from tamizdat.publisher.derive import in_script
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.roads.trail import Standing
from tamizdat.story import (
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Run,
    Story,
    Table,
    rich,
)
from tamizdat.trust.fingerprint import Anchor


@pytest.fixture
def newsroom(tmp_path):
    return Newsroom(tmp_path / "room", languages=("sr", "sr-Latn"))


def headlines(newsroom, now=NOW, language="sr-Latn"):
    inbound = open_inbound(str(newsroom.carriers[0]))
    visit = sync([inbound], Anchor.parse(newsroom.fingerprint), [language], MemoryLibrary(), now)
    return {name: story_from_bytes(data).headline for name, data in visit.editions[language].stories.items()}


def hours(number):
    return NOW + timedelta(hours=number)


def test_what_nobody_wrote_in_latin_is_made(newsroom):
    newsroom.write([item("konj", "sr", "Коњ и ЉУБАВ", "Џак, инјекција."), item("dan", "sr", "Дан")])
    report = newsroom.publish()
    assert headlines(newsroom) == {"konj": "Konj i LJUBAV", "dan": "Dan"}
    assert {edition.language: edition.stories for edition in report.editions} == {"sr": 2, "sr-Latn": 2}
    page = next((newsroom.folder / "out" / "sr-Latn").rglob("konj.html")).read_text("utf-8")
    assert "<p>Džak, injekcija.</p>" in page
    assert 'href="../../../sr/' in page
    assert newsroom.publish(hours(1)).gathering.changed == 0
    assert newsroom.publish(hours(2)).editions[1].number == 1


def test_it_follows_corrections_and_removals(newsroom):
    newsroom.write([item("a", "sr", "Прво"), item("b", "sr", "Друго")])
    newsroom.publish()
    newsroom.write([item("a", "sr", "Треће")])
    report = newsroom.publish(hours(1))
    assert headlines(newsroom, hours(1)) == {"a": "Treće"}
    assert (report.gathering.changed, report.gathering.removed) == (2, 2)
    newsroom.write([item("a", "sr", "Треће"), item("b", "sr", "Опет")])
    newsroom.publish(hours(2))
    assert headlines(newsroom, hours(2)) == {"a": "Treće", "b": "Opet"}


def test_what_somebody_wrote_comes_first_as_long_as_it_stands(newsroom):
    cyrillic = item("a", "sr", "Ђак Џон")
    newsroom.write([cyrillic])
    newsroom.publish()
    newsroom.write([cyrillic, item("a", "sr-Latn", "Đak John")])
    newsroom.publish(hours(1))
    assert headlines(newsroom, hours(1)) == {"a": "Đak John"}
    newsroom.write([item("a", "sr", "Ђак и Џон"), item("a", "sr-Latn", "Đak John")])
    newsroom.publish(hours(2))
    assert headlines(newsroom, hours(2)) == {"a": "Đak John"}
    newsroom.write([item("a", "sr", "Ђак и Џон")])
    newsroom.publish(hours(3))
    assert headlines(newsroom, hours(3)) == {"a": "Đak i Džon"}
    newsroom.write([item("a", "sr", "Ђак")])
    newsroom.publish(hours(4))
    assert headlines(newsroom, hours(4)) == {"a": "Đak"}


def test_what_somebody_wrote_stays_when_the_other_script_goes(newsroom):
    newsroom.write([item("a", "sr", "Ђак")])
    newsroom.publish()
    newsroom.write([item("a", "sr-Latn", "Đak")])
    newsroom.publish(hours(1))
    assert headlines(newsroom, hours(1)) == {"a": "Đak"}


def test_what_only_latin_readers_get_stays(newsroom):
    newsroom.write([item("a", "sr-Latn", "Samo latinica"), item("b", "sr", "Оба")])
    newsroom.publish()
    newsroom.write([item("a", "sr-Latn", "Samo latinica")])
    newsroom.publish(hours(1))
    assert headlines(newsroom, hours(1)) == {"a": "Samo latinica"}


@pytest.mark.parametrize("languages", [(), ("sr",)])
def test_what_is_withdrawn_in_cyrillic_goes_at_once_in_both(newsroom, languages):
    newsroom.write([item("a", "sr", "Име"), item("b", "sr", "Остало")])
    newsroom.publish()
    newsroom.publisher().withdraw("a", languages, hours(1))
    for language in ("sr", "sr-Latn"):
        assert set(headlines(newsroom, hours(1), language)) == {"b"}
    newsroom.publish(hours(2))
    assert set(headlines(newsroom, hours(2))) == {"b"}
    assert not list(newsroom.carriers[0].rglob("a.html"))


def test_what_is_withdrawn_in_latin_is_not_made_again(newsroom):
    newsroom.write([item("a", "sr", "Име"), item("b", "sr", "Остало")])
    newsroom.publish()
    newsroom.publisher().withdraw("a", ("sr-Latn",), hours(1))
    newsroom.write([item("a", "sr", "Ново име"), item("b", "sr", "Остало")])
    newsroom.publish(hours(2))
    assert set(headlines(newsroom, hours(2))) == {"b"}
    assert set(headlines(newsroom, hours(2), "sr")) == {"a", "b"}


def test_nothing_is_made_for_a_publication_without_the_other_script(tmp_path):
    newsroom = Newsroom(tmp_path / "room", languages=("sr-Latn",))
    newsroom.write([item("a", "sr", "Име")])
    newsroom.publish()
    assert headlines(newsroom) == {}


def test_settings_are_turned_too_where_they_are_not_written(newsroom):
    newsroom.settings(
        """
[[sections]]
id = "world"
labels = { sr = "Свет" }
[[sections]]
id = "home"
labels = { sr = "Код куће", sr-Latn = "Doma" }
[site]
tagline = { sr = "Вести" }
[[notices]]
who = ["residents"]
acts = ["reading"]
country_name = { sr = "Весмара" }
penalty = { sr = "Казна" }
law = { sr = "Закон" }
reviewer = "Ана"
reviewed = 2026-11-01
expires = 2027-11-01
"""
    )
    newsroom.write([item("a", "sr", sections=["world"])])
    newsroom.publish()
    page = (newsroom.folder / "out" / "sr-Latn" / "index.html").read_text("utf-8")
    for words in (">Svet<", ">Doma<", ">Vesti<", "Vesmara", "Kazna"):
        assert words in page
    assert not set("абвгдежзијклмнопрстуфхцчџш") & set(page.lower().replace("српски", ""))


def test_mirrors_of_both_scripts_are_whole(newsroom):
    newsroom.write([item("a", "sr", "Име")])
    newsroom.publish()
    (seen,) = audit_mirrors([open_inbound(str(newsroom.carriers[0]))], Anchor.parse(newsroom.fingerprint), NOW).mirrors
    assert seen.standing(seen.trail.timestamp_version) is Standing.CURRENT


def test_everything_that_people_read_is_turned_and_nothing_else():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    picture = Picture("Алт", "a" * 64, caption="Опис", credit="Аутор")
    words = (Run("Ово "), Run("је", strong=True, href="/вест"))
    story = Story(
        "prica", "sr", "Наслов", at, revision=7, lead="Увод", byline=("Ана",), dateline="Ниш", sections=("политика",),
        topics=("Лука",), agencies=("Агенција",), translation="machine", picture=picture,
        corrections=(Correction(at, "Исправка"),),
        body=(
            Paragraph(words), Heading(rich("Поднаслов"), 3), Quote((words,), "Неко"), ListBlock((words,), ordered=True),
            PictureBlock(picture), Table((((), words),), header=True, caption="Табела"),
            Embed("https://example.org/видео", "Видео"),
        ),
    )  # fmt: skip
    latin = Picture("Alt", "a" * 64, caption="Opis", credit="Autor")
    turned = (Run("Ovo "), Run("je", strong=True, href="/вест"))
    assert in_script(story, "sr-Latn", to_latin) == Story(
        "prica", "sr-Latn", "Naslov", at, lead="Uvod", byline=("Ana",), dateline="Niš", sections=("политика",),
        topics=("Luka",), agencies=("Agencija",), translation="machine", picture=latin,
        corrections=(Correction(at, "Ispravka"),),
        body=(
            Paragraph(turned), Heading(rich("Podnaslov"), 3), Quote((turned,), "Neko"),
            ListBlock((turned,), ordered=True), PictureBlock(latin),
            Table((((), turned),), header=True, caption="Tabela"), Embed("https://example.org/видео", "Video"),
        ),
    )  # fmt: skip
