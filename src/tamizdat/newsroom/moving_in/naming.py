"""Names that stories bring along, as terms: sections, topics, agencies, bylines. Each by the key that it has here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from django.db.models import Max

from tamizdat.config import MAX_SECTIONS
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Term, Topic
from tamizdat.story import Story

_FIELDS: Final[Mapping[str, type[Term]]] = {"byline": Byline, "sections": Section, "topics": Topic, "agencies": Agency}


class Names:
    """The names in ``stories``, looked up at once."""

    def __init__(self, stories: Iterable[Story]) -> None:
        self._found: dict[str, dict[str, Term]] = {}
        self._wanted: dict[str, list[str]] = {}
        listed = list(stories)
        for field, model in _FIELDS.items():
            wanted = dict.fromkeys(name for story in listed for name in getattr(story, field))
            self._wanted[field] = list(wanted)
            self._found[field] = {term.key: term for term in model.objects.filter(key__in=wanted)} if wanted else {}

    def in_known_sections(self, story: Story) -> Story:
        """The story in those of its sections that the newsroom has."""
        known = {*self._found["sections"], *(label.section for label in publication_settings().sections)}
        return replace(story, sections=tuple(name for name in story.sections if name in known))

    def keep(self, *, sections: bool = True) -> None:
        """Make terms of the names that are none yet, so that editors find them.

        Readers see no difference, but of sections, which stand on every page: those of wires are none of ours.
        """
        for field, model in _FIELDS.items():
            if model is Section and not sections:
                continue
            new = [name for name in self._wanted[field] if name not in self._found[field]]
            if model is Section:
                _add_sections(new)
            elif new:
                model.objects.bulk_create([model(key=name, label=name) for name in new], ignore_conflicts=True)


def _add_sections(names: Iterable[str]) -> None:
    """Sections after those that are there, as many as a newspaper has room for. What the settings name stays theirs."""
    of_settings = {label.section for label in publication_settings().sections}
    new = [name for name in names if name not in of_settings]
    if not new:
        return
    last = Section.objects.aggregate(last=Max("position"))["last"] or 0
    room = max(0, MAX_SECTIONS - Section.objects.count() - len(of_settings))
    Section.objects.bulk_create(
        [Section(key=name, label=name, position=at) for at, name in enumerate(new[:room], last + 1)],
        ignore_conflicts=True,
    )
