"""Names that must not come out by way of a picture: cameras and programs write into it who took it.

Somebody who writes here under another name may have taken the pictures, too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.folding import folded
from tamizdat.pictures.strip import Stripped, strip
from tamizdat.pictures.words import Words, all_said

NAMES_SOMEBODY: Final = _("This credit names somebody whose name must not come out. Write another one.")


def names_somebody(text: str) -> bool:
    """Whether ``text`` has the real name of somebody whose byline is another, in any order, case or spelling of it."""
    return bool(that_name_somebody([text]))


def that_name_somebody(texts: Iterable[str]) -> frozenset[str]:
    """Those of ``texts`` that do; one query for all, none for no words."""
    words = {text: found for text in texts if (found := frozenset(folded(text).split()))}
    if not words:
        return frozenset()
    secret = list(_secret_names())
    return frozenset(text for text, found in words.items() if any(map(found.issuperset, secret)))


def _secret_names() -> Iterator[list[str]]:
    """The words of each real name that readers are not shown: they see labels, and the key where there is none."""
    bylines = apps.get_model("stories", "Byline").objects.exclude(real_name="")
    for key, label, labels, name in bylines.values_list("key", "label", "labels", "real_name"):
        named = folded(name)
        if named and named not in map(folded, (label or key, *labels.values())):
            yield named.split()


def drawn(original: bytes) -> Stripped:
    """The picture drawn anew; what it says of itself is left out where that names somebody. Raises ItemError."""
    made = strip(original)
    credit, caption = ("" if names_somebody(text) else text for text in (made.words.credit, made.words.caption))
    words = Words(credit, caption)
    if words == made.words:
        return made
    return replace(strip(original, all_said(words)), words=words)
