"""What readers get whose browser runs no script: from a mirror and from a disk, by keyboard, and on paper."""

import base64

import pytest
from judging import browse, no_browser, told
from rich_paper import ALSO, JUDGED, everything

from tamizdat.story import plain

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(no_browser()), reason=no_browser())]

PHONE = {"width": 320, "scheme": "light"}
DESK = {"width": 1280, "scheme": "dark"}


def faults(answers, base):
    """Whatever of a page is not as it should be."""
    for answer in answers:
        about = {"url": answer["url"]}
        if answer["scrollWidth"] > answer["width"] or answer["wide"]:
            yield about | {"fault": "wider than the window", "what": answer["wide"][:3]}
        if not answer["styled"]:
            yield about | {"fault": "without style"}
        if missing := [picture["src"] for picture in answer["pictures"] if not picture["there"]]:
            yield about | {"fault": "pictures are missing", "what": missing}
        if foreign := [each for each in answer["requests"] if not each.startswith((base, "data:"))]:
            yield about | {"fault": "asks others", "what": foreign}
        if answer["said"]:
            yield about | {"fault": "the browser complains", "what": answer["said"]}


def measured(addresses, look, base):
    answers = browse("measure", pages=addresses, look=look)
    assert len(answers) == len(addresses)
    found = list(faults(({**answer, "width": look["width"]} for answer in answers), base))
    assert not found, told(found, "fault", "url", "what")
    return answers


@pytest.mark.parametrize("look", [PHONE, DESK], ids=["phone", "desk"])
def test_from_a_mirror(site, look):
    languages = ("", *JUDGED, *ALSO) if look == PHONE else ("", "en", "fa", "ka")
    answers = measured(site.at(languages), look, site.address)
    assert sum(len(answer["pictures"]) for answer in answers) > 100


def test_from_a_disk(site):
    base = site.folder.as_uri() + "/"
    paths = [path for path in site.paths(("", "en", "fa")) if path != "404.html"]
    answers = measured([base + path for path in paths], PHONE, base)
    assert sum(len(answer["pictures"]) for answer in answers) > 20
    assert any(picture["src"].endswith(".avif") for answer in answers for picture in answer["pictures"])


def test_what_is_wrong_is_seen(site):
    """Guards the guard."""
    page = site.pressed.files["en/2026/11/everything.html"].decode()
    broken = page.replace("</main>", f'<pre>{"wide" * 200}</pre><img src="none.jpg" alt=""><p style="x:y"></main>')
    broken = broken.replace("</main>", '<img src="https://example.org/x.jpg" alt=""></main>')
    file = site.folder / "en" / "2026" / "11" / "broken.html"
    file.write_text(broken)
    try:
        answers = browse("measure", pages=[site.address + "en/2026/11/broken.html"], look=PHONE)
    finally:
        file.unlink()
    kinds = {fault["fault"] for fault in faults([answers[0] | {"width": 320}], site.address)}
    assert kinds >= {"wider than the window", "pictures are missing", "the browser complains"}


@pytest.mark.parametrize("look", [PHONE, DESK], ids=["phone", "desk"])
def test_by_keyboard(site, look):
    kinds = ("front", "section-politics", "everything", "archive", "safety", "verify", "chooser", "not-found")
    of_the_whole_site = site.at(("",))
    for answer in browse("keyboard", pages=site.at(("", "en", "fa"), kinds), look=look):
        stops, url = answer["stops"], answer["url"]
        assert [stop["at"] for stop in stops] == list(range(answer["all"])), f"{url}: not in the order of the page"
        lost = [stop for stop in stops if not (stop["outlined"] and stop["inSight"])]
        assert not lost, (url, lost)
        if url in of_the_whole_site:  # where there is nothing to skip
            continue
        assert [stop["href"] for stop in stops[:2]] == ["#news", "#sections"], url
        assert [stop["skip"] for stop in stops].count(True) == 2, url
        assert answer["skipped"], url


@pytest.mark.parametrize("language", ["en", "fa", "ka"])
def test_on_paper(site, language):
    (answer,) = browse("print", pages=site.at((language,), ("everything",)))
    story = everything(language)
    for text in (story.headline, story.lead, plain(story.body[1].text), story.corrections[0].text):
        assert text in answer["text"]
    assert answer["ways"] == []
    assert not answer["wide"]
    assert answer["ground"] == "rgb(255, 255, 255)"
    pdf = base64.b64decode(answer["pdf"])
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 20_000
