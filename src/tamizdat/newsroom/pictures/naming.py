"""Names that must not come out by way of a picture: cameras and programs write into it who took it.

Somebody who writes here under another name may have taken the pictures, too. Whoever could see that one name is
treated otherwise than another could try names until one is somebody's. So at upload, in the library, in drafts and in
proofs all names are treated alike: who took a picture goes from its file whoever it is, and what somebody types stays
as it is typed. Only what is let go to readers is held against the real names that are noted behind bylines, and only
who may see these is told before.
"""

from collections.abc import Iterable
from typing import Final

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.folding import folded
from tamizdat.pictures.strip import Stripped, strip

NAMES_SOMEBODY: Final = _("This credit names somebody whose name must not come out. Write another one.")

Names = frozenset[frozenset[str]]
"""Names, each as its words."""


def names_somebody(text: str) -> bool:
    """Whether ``text`` has the real name of somebody whose byline is another, in any order, case or spelling of it."""
    return bool(that_name_somebody([text]))


def that_name_somebody(texts: Iterable[str], secret: Names | None = None) -> frozenset[str]:
    """Those of ``texts`` that do; one query for all, none for no words or if all ``secret`` names are given."""
    words = {text: found for text in texts if (found := frozenset(folded(text).split()))}
    if not words:
        return frozenset()
    secret = secret_names() if secret is None else secret
    return frozenset(text for text, found in words.items() if any(map(found.issuperset, secret)))


def secret_names() -> Names:
    """The real names that readers are not shown: they see labels, and the key where there is none. One query."""
    bylines = apps.get_model("stories", "Byline").objects.exclude(real_name="")
    found = set()
    for key, label, labels, name in bylines.values_list("key", "label", "labels", "real_name"):
        named = folded(name)
        if named and named not in map(folded, (label or key, *labels.values())):
            found.add(frozenset(named.split()))
    return frozenset(found)


def drawn(original: bytes) -> Stripped:
    """The picture drawn anew, without those who took it, whoever they are. Raises ItemError."""
    return strip(original, creators=False)
