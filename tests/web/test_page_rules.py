"""The rules that every page keeps, in every language of the interface; no browser is needed to see them."""

import base64
import gzip
import hashlib
import json
import re
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest
from page_elements import Page
from rich_paper import ALSO, BASE_URL, JUDGED, NOW, paper, press, words

from tamizdat.locales import open_locale
from tamizdat.locales.locale import INTERFACE_LANGUAGES
from tamizdat.press.card import Card, Issue
from tamizdat.press.site import LanguageSite
from tamizdat.story import Story

PAGE_BYTES = 14_600
BOILERPLATE_BYTES = 4_000
LANGUAGES = (*INTERFACE_LANGUAGES, *(language for language in ALSO if language not in INTERFACE_LANGUAGES))
_LOADING = {("img", "src"), ("img", "srcset"), ("source", "srcset"), ("source", "src"), ("iframe", "src"),
            ("script", "src"), ("video", "src"), ("audio", "src"), ("object", "data"), ("embed", "src"),
            ("link", "href"), ("input", "src"), ("track", "src"), ("use", "href"), ("image", "href")}  # fmt: skip
_NOT_LOADED = {"canonical", "alternate"}
"""Links that say something of the page and bring nothing into it."""


@cache
def pressed(language):
    """A whole site in ``language`` and one more, so that there are others to lead to."""
    return press(tuple(dict.fromkeys((language, "en" if language != "en" else "fa"))), old=36)


@cache
def pages(language):
    files = pressed(language).files
    mine = {path: data for path, data in files.items() if path.startswith(f"{language}/") or "/" not in path}
    return [Page(path, data) for path, data in mine.items() if path.endswith(".html")]


def wire(data):
    return len(gzip.compress(data, 6))


in_every_language = pytest.mark.parametrize("language", LANGUAGES)


@in_every_language
def test_a_page_fits_in_the_first_flight_of_a_connection(language):
    size, path = max((wire(page.data), page.path) for page in pages(language))
    assert size <= PAGE_BYTES, path


@in_every_language
def test_little_of_a_page_is_not_the_story(language):
    """A story without a body, alone in a paper with six sections: what is left is boilerplate."""
    story = Story("bare", language, words(language).few(7), NOW)
    issue = Issue(1, NOW)
    site = LanguageSite(paper(language, (language,), rehearsal=False, notices=0))
    files = dict(site.build([Card.of(story, issue)], {"bare": story}.__getitem__, {}, issue, NOW))
    assert wire(files["2026/11/bare.html"]) < BOILERPLATE_BYTES


@in_every_language
def test_nothing_runs_and_nothing_is_loaded_from_elsewhere(language):
    for page in pages(language):
        for element in page.every():
            if element.tag == "script":
                assert element.attributes == {"type": "application/ld+json"}, page.path
            assert not [name for name in element.attributes if name.startswith("on") or name == "style"], page.path
            if element.tag == "link" and element.get("rel") in _NOT_LOADED:
                continue
            for name, value in element.attributes.items():
                if (element.tag, name) in _LOADING:
                    assert all(_is_near(address) for address in _addresses(value)), (page.path, value)
        assert not re.search(r"url\(|@import|image-set|expression", page.one("style").text), page.path
        for tag in ("base", "iframe", "object", "embed", "form", "video"):
            assert not list(page.every(tag)), page.path
        # Sound is loaded by whoever asks for it, and by nobody else.
        assert all(element.get("preload") == "none" for element in page.every("audio")), page.path


def _addresses(value):
    """The addresses in ``src`` or ``srcset``."""
    if value.startswith("data:"):
        return [value]
    return [part.split()[0] for part in value.split(", ")]


def _is_near(address):
    return address.startswith("data:image/") or not (urlsplit(address).scheme or urlsplit(address).netloc)


@in_every_language
def test_the_policy_comes_first_and_names_the_style(language):
    for page in pages(language):
        in_head = [element for element in page.every() if [each.tag for each in element.inside] == ["html", "head"]]
        assert in_head[0].attributes == {"charset": "utf-8"}
        assert in_head[1].get("http-equiv") == "Content-Security-Policy"
        digest = base64.b64encode(hashlib.sha256(page.one("style").text.encode()).digest()).decode()
        policy = dict(part.split(" ", 1) for part in in_head[1].get("content").split("; "))
        assert policy == {
            "default-src": "'none'",
            "style-src": f"'sha256-{digest}'",
            "img-src": "'self' file: data:",
            "connect-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'none'",
            **({"media-src": "'self' file:"} if list(page.every("audio")) else {}),
        }, page.path


@in_every_language
def test_every_way_leads_somewhere(language):
    files = pressed(language).files
    for page in pages(language):
        for element in page.every():
            for name in ("href", "src", "srcset"):
                for address in _addresses(element.get(name)) if element.get(name) else ():
                    assert _is_somewhere(address, page, files), (page.path, address)
            for name in ("aria-labelledby", "aria-describedby", "headers", "for"):
                assert set(element.get(name).split()) <= set(page.ids), page.path


def _is_somewhere(address, page, files):
    if address.startswith(BASE_URL):
        target = address.removeprefix(BASE_URL)
        return not target or target in files
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return parts.scheme in {"https", "data"}
    if not parts.path:
        return parts.fragment in page.ids
    # The error page is shown in place of any page, so its ways begin at the top; all others must work anywhere.
    assert parts.path.startswith("/") == (page.path == "404.html"), page.path
    target = normpath(join(dirname(page.path), unquote(parts.path))).lstrip("/")
    assert not target.startswith(".."), f"{page.path} leads out of the site: {address}"
    return target in files


@in_every_language
def test_outlines_are_in_order(language):
    for page in pages(language):
        assert len(set(page.ids)) == len(page.ids), page.path
        levels = [int(element.tag[1]) for element in page.every("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels[0] == 1, page.path
        assert levels.count(1) == 1, page.path
        assert all(below <= above + 1 for above, below in pairwise(levels)), (page.path, levels)
        for tag in ("main", "title", "style", "h1"):
            assert page.one(tag).text.strip(), page.path
        for picture in page.every("img"):
            assert {"alt", "width", "height", "src"} <= picture.attributes.keys(), page.path


@in_every_language
def test_languages_and_directions_are_said(language):
    directions = {tag: open_locale(tag).direction for tag in (*LANGUAGES, "en")}
    for page in pages(language):
        root = page.one("html")
        said = language if page.path.startswith(f"{language}/") else "en"
        assert root.attributes == {"lang": said, "dir": directions[said]}, page.path
        for element in page.every():
            if "lang" in element.attributes:
                assert element.get("dir") == directions[element.get("lang")], page.path
            if element.tag == "a":
                target = _language_of(element.get("href"), page)
                if target and target != said:
                    assert element.get("hreflang") == element.get("lang") == target, (page.path, element.attributes)


def _language_of(address, page):
    """The language of the page that a link leads to, if it is one of ours."""
    if urlsplit(address).scheme:
        return ""
    target = normpath(join(dirname(page.path), urlsplit(address).path or page.path)).lstrip("/")
    folder = target.split("/")[0] if "/" in target else ""
    return "" if folder == "sound" else folder


@in_every_language
def test_times_can_be_read_by_machines(language):
    times = [element for page in pages(language) for element in page.every("time")]
    assert len(times) > 100
    for element in times:
        if element.get("datetime").startswith("P"):  # how long, not when (ISO 8601)
            assert re.fullmatch(r"PT[1-9]\d*S", element.get("datetime"))
            continue
        assert datetime.strptime(element.get("datetime"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) <= NOW
        assert element.text.strip()


@in_every_language
def test_stories_tell_machines_what_they_are(language):
    """What schema.org and those who read it ask of a NewsArticle."""
    files = pressed(language).files
    told = 0
    for page in pages(language):
        scripts = list(page.every("script"))
        assert len(scripts) == (1 if re.fullmatch(rf"{language}/\d{{4}}/\d\d/.*", page.path) else 0), page.path
        for script in scripts:
            article = json.loads(script.text)
            told += 1
            assert (article["@context"], article["@type"]) == ("https://schema.org", "NewsArticle")
            retracted = page.path.endswith("/retracted.html")
            assert page.one("h1").text.endswith(article["headline"])
            assert (article.get("creativeWorkStatus") == "Retracted") == retracted
            assert retracted or page.one("h1").text == article["headline"]
            assert article["inLanguage"] == language
            assert article["mainEntityOfPage"] == BASE_URL + page.path
            assert article["publisher"]["@type"] == "NewsMediaOrganization"
            assert article["publisher"]["name"]
            assert all(author["name"] and author["@type"] for author in article["author"])
            assert article["dateModified"] >= article["datePublished"]
            assert all(picture.removeprefix(BASE_URL) in files for picture in article.get("image", ()))
    assert told > 36
    whole = next(page for page in pages(language) if page.path.endswith("/everything.html"))
    article = json.loads(whole.one("script").text)
    assert len(article["correction"]) == 3
    assert len(article["author"]) == 2
    assert article["image"]


@in_every_language
def test_pages_say_what_they_are_about(language):
    """Titles differ, and there is a description."""
    titles = {}
    for page in pages(language):
        titles.setdefault(page.one("title").text, []).append(page.path)
        described = [meta.get("content") for meta in page.every("meta") if meta.get("name") == "description"]
        assert all(described), page.path
        assert len(described) == 1, page.path
    assert {title: paths for title, paths in titles.items() if len(paths) > 1} == {}


def test_the_judged_languages_are_all_here():
    assert set(JUDGED) <= set(LANGUAGES)
    assert len(INTERFACE_LANGUAGES) >= 29
