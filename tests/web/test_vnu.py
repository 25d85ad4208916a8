"""The Nu Html Checker finds no error and no warning in any kind of page, in its style, in any language."""

import re

import pytest
from judging import no_vnu, serving, told, validate
from rich_paper import ALSO, JUDGED, press

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(no_vnu()), reason=no_vnu())]

ACCEPTED = {
    # vnu takes linked data for a script. HTML does not: a data block is never prepared as a script, so that no policy
    # applies to it (https://html.spec.whatwg.org/#prepare-the-script-element, step 8 before step 19).
    r"^Inline script violates Content Security Policy \(meta tag\): blocked by “script-src” directive",
}


def findings(addresses):
    return [
        message
        for message in validate(addresses)
        if not any(re.search(accepted, message["message"]) for accepted in ACCEPTED)
    ]


def test_every_kind_of_page_in_every_judged_language(site):
    addresses = site.at(("", *JUDGED, *ALSO))
    assert len(addresses) >= 2 + 8 * 18
    found = findings(addresses)
    assert not found, told(found, "type", "message", "url", "lastLine", "extract")


def test_pages_without_stories_base_address_or_notices(tmp_path):
    pressed = press(("en", "fa"), base_url="", stories=False, rehearsal=False, notices=0)
    pressed.write(tmp_path)
    with serving(tmp_path) as address:
        found = findings([address + path for path in pressed.pages()])
    assert not found, told(found, "type", "message", "url", "lastLine", "extract")


def test_the_checker_sees_what_is_wrong(site, tmp_path):
    """Guards the guard: a page with one error of each sort."""
    page = site.pressed.files["en/index.html"].decode()
    broken = page.replace("</main>", "<p><div>stray</p></main>").replace("<style>", "<style>p{color:no-such}", 1)
    (tmp_path / "404.html").write_text("")
    (tmp_path / "broken.html").write_text(broken)
    with serving(tmp_path) as address:
        messages = " ".join(found["message"] for found in findings([address + "broken.html"]))
    assert "CSS" in messages
    assert "stray" in messages.lower() or "No “p” element" in messages
