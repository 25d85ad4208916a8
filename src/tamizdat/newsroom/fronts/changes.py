"""What somebody changed on a front page, in words."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from tamizdat.newsroom.fronts.curating import Pinned


def changes(before: Sequence[Pinned], after: Sequence[Pinned], headlines: Mapping[str, str]) -> list[str]:
    """One sentence for each story that came, went, moved or got another end."""
    old = {pin.story_id: (at, pin) for at, pin in enumerate(before, 1)}
    new = {pin.story_id: (at, pin) for at, pin in enumerate(after, 1)}
    kept = [pin.story_id for pin in before if pin.story_id in new]
    order = [pin.story_id for pin in after if pin.story_id in old]
    said: list[str] = []
    for story_id, (at, pin) in new.items():
        named = {"headline": headlines.get(story_id, story_id), "place": at}
        if story_id not in old:
            said.append(_("“%(headline)s” pinned at %(place)d") % named)
        elif kept.index(story_id) != order.index(story_id):
            said.append(_("“%(headline)s” moved to %(place)d") % named)
        elif pin.until != old[story_id][1].until:
            said.append(_("“%(headline)s” has another end") % named)
    gone = [story_id for story_id in old if story_id not in new]
    return said + [_("“%(headline)s” taken off") % {"headline": headlines.get(name, name)} for name in gone]
