"""``mirrors.json``: what browser extensions make of it, by a schema of ours and by what the extension does with it."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edition.test_ways_in import onion, web_addresses
from tamizdat.config import MirrorSettings
from tamizdat.press.mirror_list import PATH, mirror_list

ONION = f"http://{onion()}/"
MIRRORS = (
    MirrorSettings("https://one.example/", since=date(2026, 11, 20)),
    MirrorSettings("http://two.example:8080/a/", ("ru",)),
    MirrorSettings(ONION),
)


def check(document):
    """The form, from what the Bypass Censorship extension (2.1.0) declares and uses. Every key is a text or a list."""
    assert set(document) == {"version", "sites"}
    assert document["version"] == "2.0"
    for site in document["sites"]:
        assert set(site) == {"main_domain", "available_alternatives"}
        assert isinstance(site["main_domain"], str)
        assert isinstance(site["available_alternatives"], list)
        for alternative in site["available_alternatives"]:
            assert set(alternative) == {"created_at", "updated_at", "type", "proto", "url"}
            assert all(isinstance(value, str) for value in alternative.values())
            assert (alternative["type"], alternative["proto"]) in {
                ("mirror", "https"),
                ("mirror", "http"),
                ("eotk", "tor"),
            }


def found_by(document, page_host):
    """As the extension goes about it: a map by domain, looked up with the page's host less the first ``www.``."""
    sites = {site["main_domain"]: site["available_alternatives"] for site in document["sites"]}
    return sites.get(page_host.replace("www.", "", 1), [])


def written(base_url, mirrors=MIRRORS):
    files = mirror_list(base_url, mirrors)
    assert list(files) == [PATH]
    document = json.loads(files[PATH])
    check(document)
    return document


def test_an_extension_finds_every_mirror_of_the_site():
    document = written("https://www.Far-Shore.example:8443/news/")
    assert document["sites"][0]["main_domain"] == "far-shore.example"
    for host in ("far-shore.example", "www.far-shore.example"):
        assert [(a["type"], a["proto"], a["url"]) for a in found_by(document, host)] == [
            ("mirror", "https", "https://one.example/"),
            ("mirror", "http", "http://two.example:8080/a/"),
            ("eotk", "tor", ONION),
        ]
    assert found_by(document, "other.example") == []


def test_times_are_those_of_the_settings_and_else_empty():
    dated, undated, _ = written("https://far.example")["sites"][0]["available_alternatives"]
    assert dated["created_at"] == dated["updated_at"] == "2026-11-20 00:00:00"
    assert undated["created_at"] == undated["updated_at"] == ""
    assert mirror_list("https://far.example", MIRRORS) == mirror_list("https://far.example", MIRRORS)


def test_a_host_in_other_letters_is_looked_up_as_browsers_spell_it():
    document = written("https://далеко.example/")
    assert document["sites"][0]["main_domain"] == "xn--80aheudu.example"


@pytest.mark.parametrize("base_url", ["", "https://" + "ж" * 80 + ".example/"])
def test_without_a_host_that_can_be_looked_up_there_is_no_list(base_url):
    assert mirror_list(base_url, MIRRORS) == {}


def test_without_mirrors_there_is_no_list():
    assert mirror_list("https://far.example/", ()) == {}


@given(st.lists(web_addresses().map(MirrorSettings), min_size=1, max_size=5))
def test_every_mirror_fits_the_form(mirrors):
    document = written("https://far.example/", mirrors)
    assert [a["url"] for a in found_by(document, "far.example")] == [mirror.url for mirror in mirrors]
