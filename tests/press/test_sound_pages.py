"""Something to listen to: a player that loads nothing by itself, sizes before the choice, every word; a podcast."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from feed_kit import ATOM, atom_entries, contents, urn
from lxml import etree
from press_kit import NOW, Desk, paper

from tamizdat.press.address import up
from tamizdat.press.card import Issue
from tamizdat.press.served import media_type
from tamizdat.press.sounds import clock, file_words
from tamizdat.story import Paragraph, Recording, SoundBlock, SoundFile, Story, plain, rich
from web.page_elements import Page

BASE = "https://news.example/a/"
FILES = (
    SoundFile("1a" * 32, "audio/ogg", 12, 371_204),
    SoundFile("2b" * 32, "audio/ogg", 24, 735_010),
    SoundFile("3c" * 32, "audio/mpeg", 32, 980_412),
)
WORDS = (rich("Ilka: Why do you wait?"), rich("A docker: <Because> & so."))
BLOCK = SoundBlock("On the quay", WORDS, Recording(245, FILES))
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"


BODY = (BLOCK, Paragraph(rich("Text.")))


def story(story_id="talk", language="en", body=BODY, **more):
    return Story(story_id, language, "Dockers speak", NOW, body, lead="They wait.", **more)


def desk_of(*stories, language="en", base_url=BASE):
    desk = Desk(paper(language, base_url=base_url))
    for each in stories:
        desk.put(each)
    desk.begin()
    return desk


def sound_of(desk, story_id="talk"):
    """The page, and the elements inside its recording."""
    page = Page("x", desk.pages[desk.card(story_id).path])
    (figure,) = [each for each in page.every("figure") if each.get("class") == "sound"]
    return page, [each for each in page.elements if any(other is figure for other in each.inside)]


def test_a_page_loads_no_sound_by_itself_and_says_what_each_file_weighs():
    _, inside = sound_of(desk_of(story()))
    (audio,) = [each for each in inside if each.tag == "audio"]
    assert audio.get("preload") == "none"
    assert "controls" in audio.attributes
    assert "autoplay" not in audio.attributes
    sources = [(each.get("src"), each.get("type")) for each in inside if each.tag == "source"]
    assert sources == [
        (f"../../../sound/{'1a' * 32}.ogg", "audio/ogg; codecs=opus"),
        (f"../../../sound/{'2b' * 32}.ogg", "audio/ogg; codecs=opus"),
        (f"../../../sound/{'3c' * 32}.mp3", "audio/mpeg"),
    ]
    links = [(each.get("href"), each.text) for each in inside if each.tag == "a"]
    assert [href for href, _ in links] == [src for src, _ in sources]
    assert [text for _, text in links] == [
        "Opus at 12 kbit/s: 372 kB", "Opus at 24 kbit/s: 736 kB", "MP3 at 32 kbit/s: 981 kB"
    ]  # fmt: skip


def test_every_word_stands_on_the_page():
    page, inside = sound_of(desk_of(story()))
    assert [each.text for each in inside if each.tag == "p"] == [plain(text) for text in WORDS]
    assert "On the quay" in page.one("figcaption").text
    assert "4:05" in page.one("figcaption").text
    assert not list(page.every("iframe", "object", "embed"))


def test_the_policy_lets_in_sound_of_the_site_alone():
    page = Page("x", desk_of(story()).pages["2026/11/talk.html"])
    (policy,) = [each.get("content") for each in page.every("meta") if "http-equiv" in each.attributes]
    assert "media-src 'self' file:;" in policy
    assert "script-src" not in policy
    mute = Page("x", desk_of(story(body=())).pages["2026/11/talk.html"])
    (policy,) = [each.get("content") for each in mute.every("meta") if "http-equiv" in each.attributes]
    assert "media-src" not in policy


def test_numbers_and_labels_are_in_the_language():
    desk = desk_of(story(language="fa"), language="fa")
    page, inside = sound_of(desk)
    assert "۴:۰۵" in page.one("figcaption").text
    assert "بشنوید" in page.one("figcaption").text
    (first, *_) = [each.text for each in inside if each.tag == "a"]
    assert first == "\u2068Opus\u2069، ۱۲ کیلوبیت بر ثانیه: ۳۷۲ کیلوبایت"


def test_lengths_of_time():
    locale = paper("en").locale
    assert [clock(seconds, locale) for seconds in (9, 60, 3_599, 3_600, 14_400)] == [
        "0:09", "1:00", "59:59", "1:00:00", "4:00:00"
    ]  # fmt: skip
    assert file_words(FILES[0], paper("ru").locale) == "Opus, 12 кбит/с: 372 КБ"


def test_a_long_transcript_goes_on_over_pages_and_no_word_is_lost():
    words = tuple(rich(" ".join(f"word{part}x{at}" for at in range(400))) for part in range(30))
    desk = desk_of(story(body=(replace(BLOCK, transcript=words), Paragraph(rich("The end.")))))
    pages = [Page(path, page) for path, page in desk.pages.items() if path.endswith("/talk.html")]
    assert len(pages) > 1
    said = re.findall(r"word\d+x\d+", " ".join(page.one("main").text for page in pages))
    assert len(set(said)) == 30 * 400
    assert sum(len(list(page.every("audio"))) for page in pages) == 1


@pytest.mark.parametrize("base_url", [BASE, ""])
def test_feeds_link_to_the_files_and_carry_the_words(base_url):
    desk = desk_of(story(), base_url=base_url)
    for path in ("feed.atom.xml", "rss.xml", "feed.json"):
        (html,) = contents(path, desk.pages[path]).values()
        assert "Why do you wait?" in html
        (first, *_) = re.findall(r'href="([^"]*\.ogg)"', html)
        wanted = f"{BASE}sound/{'1a' * 32}.ogg" if base_url else f"2026/11/../../../sound/{'1a' * 32}.ogg"
        assert first == wanted
    if base_url:
        (entry,) = atom_entries(desk.pages["feed.atom.xml"]).values()
        (enclosure,) = [each for each in entry.iter(f"{ATOM}link") if each.get("rel") == "enclosure"]
        assert (enclosure.get("type"), enclosure.get("length")) == ("audio/mpeg", "980412")
        (attachment,) = json.loads(desk.pages["feed.json"])["items"][0]["attachments"]
        assert attachment["duration_in_seconds"] == 245
        assert etree.fromstring(desk.pages["rss.xml"]).find("channel/item/enclosure").get("length") == "980412"


def test_the_podcast_has_what_players_ask_for():
    second = replace(BLOCK, title="Later", recording=Recording(61, FILES[:2]))
    desk = desk_of(story(body=(BLOCK, second)), story("mute", body=()))
    channel = etree.fromstring(desk.pages["podcast.rss.xml"])[0]
    assert channel.findtext("title") == "The Far Shore: podcast"
    assert channel.findtext("link") == f"{BASE}en/index.html"
    assert channel.findtext("language") == "en"
    assert channel.findtext("description")
    assert channel.findtext(f"{ITUNES}author") == "The Far Shore"
    assert channel.findtext(f"{ITUNES}explicit") == "false"
    assert channel.find(f"{ITUNES}category").get("text") == "News"
    assert channel.find(f"{ATOM}link").get("href") == f"{BASE}en/podcast.rss.xml"
    first, later = channel.findall("item")
    assert (first.findtext("title"), later.findtext("title")) == ("On the quay", "Later")
    assert [each.findtext("guid") for each in (first, later)] == [f"{urn(desk, 'talk')}:sound:{at}" for at in (1, 2)]
    assert parsedate_to_datetime(first.findtext("pubDate")) == NOW
    enclosure = first.find("enclosure")
    assert dict(enclosure.attrib) == {"url": f"{BASE}sound/{'3c' * 32}.mp3", "length": "980412", "type": "audio/mpeg"}
    assert later.find("enclosure").get("type") == "audio/ogg"
    assert (first.findtext(f"{ITUNES}duration"), later.findtext(f"{ITUNES}duration")) == ("245", "61")
    assert first.find(f"{PODCAST}transcript").get("url") == first.findtext("link") == f"{BASE}en/2026/11/talk.html"
    assert first.findtext("description") == "They wait."


def test_the_podcast_comes_and_goes_with_its_stories():
    desk = desk_of(story("mute", body=()))
    links = b'href="podcast.rss.xml"'
    assert "podcast.rss.xml" not in desk.pages
    assert links not in desk.pages["index.html"]
    desk.issue = Issue(2, NOW + timedelta(hours=1))
    desk.put(story())
    desk.update({"talk"})
    assert "podcast.rss.xml" in desk.pages
    assert desk.pages["index.html"].count(links) == 2
    assert up("2026/11/talk.html").encode() + b"podcast.rss.xml" in desk.pages["2026/11/talk.html"]
    assert desk.pages == desk.build()
    desk.put(story(body=()))
    desk.update({"talk"})
    assert "podcast.rss.xml" not in desk.pages
    assert links not in desk.pages["index.html"]
    assert desk.pages == desk.build()


def test_without_a_base_address_there_is_no_podcast():
    desk = desk_of(story(), base_url="")
    assert "podcast.rss.xml" not in desk.pages
    assert b"podcast" not in desk.pages["index.html"]


@pytest.mark.parametrize(("path", "kind"), [("sound/a.ogg", "audio/ogg"), ("sound/a.mp3", "audio/mpeg")])
def test_the_preview_serves_sound_as_what_it_is(path, kind):
    assert media_type(path) == kind
