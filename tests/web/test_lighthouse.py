"""Lighthouse gives 100 for accessibility, best practices and search engines."""

import pytest
from judging import browse, no_browser, told

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(no_browser()), reason=no_browser())]

KINDS = ("front", "section-politics", "everything")
FULL = {"accessibility": 1, "best-practices": 1, "seo": 1}


@pytest.mark.parametrize("language", ["en", "fa"])
def test_full_marks(site, language):
    addresses = site.at((language,), KINDS)
    assert len(addresses) == len(KINDS)
    for answer in browse("lighthouse", pages=addresses):
        assert not answer["trouble"], answer
        assert answer["scores"] == FULL, told(answer["failed"], "id", "title", "items")
        assert not answer["failed"], told(answer["failed"], "id", "title", "items")
