"""Style as old phones read it: what they do not know they leave out, and what is left must still be a newspaper.

Chromium before 84 and Safari before 14.1 leave no gap between flex items: sections would read as one sentence. Before
87 (84, 88) Chromium drops what names both logical sides at once (`inset`, `:is`), and the whole declaration or rule.
"""

import re
from importlib.resources import files

import pytest

SHEETS = {path.name: path.read_text("utf-8") for path in (files("tamizdat.press") / "style").iterdir()}
TOO_NEW = {
    "selector": r":(?:is|where|has|dir)\(|&|:not\([^)]*,",
    "at rule": r"@(?:layer|container|supports|property|scope)",
    "function": r"(?<![a-z])(?:color-mix|light-dark|oklch|lch|lab|min|max|round|env)\(",
    "both logical sides": r"(?:margin|padding|border)-(?:inline|block)\s*:",
    "unit": r"\d(?:dvh|svh|lvh|cqw|cqi|lh|rlh)\b",
    "property": r"\b(?:aspect-ratio|accent-color|translate|rotate|scale|content-visibility)\s*:",
}
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_hangs_on_what_old_browsers_do_not_know(name):
    sheet = re.sub(r"/\*.*?\*/", "", SHEETS[name], flags=re.DOTALL)
    assert _RULE.search(sheet)
    assert {what: found for what, pattern in TOO_NEW.items() if (found := re.findall(pattern, sheet))} == {}


@pytest.mark.parametrize("name", SHEETS)
def test_only_grids_have_gaps(name):
    for selector, rule in _RULE.findall(SHEETS[name]):
        if re.search(r"\bgap\s*:", rule):
            assert "display: grid" in rule or _is_grid(selector.strip()), selector


def _is_grid(selector):
    """Whether a rule of some sheet makes a grid of what ``selector`` ends with."""
    last = selector.split()[-1]
    grids = {
        part.strip().split()[-1]
        for sheet in SHEETS.values()
        for each, rule in _RULE.findall(sheet)
        if "display: grid" in rule
        for part in each.split(",")
    }
    return last in grids


def test_entries_of_a_row_are_apart_even_without_logical_sides():
    """Opera Mini and UC know none: a row of sections without any space would be one word."""
    rules = dict(_RULE.findall(SHEETS["base.css"].partition("nav ul {")[2]))
    assert next(rule for selector, rule in rules.items() if selector.strip() == "nav li").startswith(
        " margin-right: 1rem"
    )
