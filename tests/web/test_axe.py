"""axe-core finds nothing on any kind of page, on a phone and on a desk, by day and by night."""

import pytest
from judging import browse, no_browser, told
from rich_paper import JUDGED

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(no_browser()), reason=no_browser())]

PHONE, DESK = 320, 1280
LOOKS = [{"width": width, "scheme": scheme} for width in (PHONE, DESK) for scheme in ("light", "dark")]
WHOLE = ("en", "fa")
"""Languages, one of each direction, of which every page is judged in every look."""
KINDS = ("front", "section-politics", "everything", "safety", "verify")
# Beyond what axe does unasked: the new criterion of WCAG 2.2 AA.
RULES = {"target-size": {"enabled": True}}


def judged(addresses, looks):
    """What axe found. What it could not judge counts, too, but for one thing on phones."""
    return [each for each in browse("axe", pages=addresses, looks=looks, rules=RULES) if not accepted(each)]


def accepted(finding):
    if finding["kind"] == "passes":
        return True
    # Where text is scrolled out of sight on a phone, in the sections and in wide tables, axe sees no background behind
    # it. Colours are the same on a desk, where all of it is in sight and nothing of this is accepted.
    return (finding["kind"], finding["rule"], finding["width"]) == ("incomplete", "color-contrast", PHONE)


def told_of(found):
    return told(found, "kind", "rule", "help", "url", "width", "scheme", "target", "html", "why")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page(site, scheme):
    found = judged(site.at(("", *WHOLE)), [look for look in LOOKS if look["scheme"] == scheme])
    assert not found, told_of(found)


def test_the_chief_pages_in_the_other_languages(site):
    others = tuple(language for language in JUDGED if language not in WHOLE)
    found = judged(site.at(others, KINDS), [LOOKS[0], LOOKS[-1]])
    assert not found, told_of(found)


def test_axe_sees_what_is_wrong(site):
    """Guards the guard: a page with one fault of each sort, and the rules that must have been applied."""
    page = site.pressed.files["en/index.html"].decode()
    faults = (
        '<p style="color:#bbb;background:#fff">pale</p><img src="x.jpg"><h5>far down</h5><div lang="no such">x</div>'
    )
    broken = site.folder / "en" / "broken.html"
    broken.write_text(page.replace("</main>", f"{faults}</main>"))
    try:
        answers = browse("axe", pages=[site.address + "en/broken.html"], looks=LOOKS[:1], rules=RULES)
    finally:
        broken.unlink()
    rules = {answer["rule"] for answer in answers if answer["kind"] == "violations"}
    assert rules >= {"image-alt", "heading-order", "valid-lang"}
    applied = {rule for answer in answers if answer["kind"] == "passes" for rule in answer["rules"]}
    assert applied >= {"color-contrast", "target-size", "region", "landmark-unique", "bypass"}
