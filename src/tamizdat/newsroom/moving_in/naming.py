"""Names that stories bring along, as terms: sections, topics, agencies, bylines. Each by the key that it has here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from django.core.exceptions import ValidationError

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

    def keep(self, *, sections: bool = True) -> dict[str, str]:
        """Make terms of the names that are none yet, so that editors find them; why sections were not made, by name.

        Readers see no difference, but of sections, which stand on every page: only those who may add them make any, so
        wires do not.
        """
        refused: dict[str, str] = {}
        for field, model in _FIELDS.items():
            new = [name for name in self._wanted[field] if name not in self._found[field]]
            if model is Section:
                refused = _add_sections(new, allowed=sections)
            elif new:
                model.objects.bulk_create([model(key=name, label=name) for name in new], ignore_conflicts=True)
        return refused


def _add_sections(names: Iterable[str], *, allowed: bool) -> dict[str, str]:
    """Sections after those that are there, as if somebody had added them. What the settings name stays theirs."""
    of_settings = {label.section for label in publication_settings().sections}
    new = [name for name in names if name not in of_settings]
    if not new or not allowed:
        return dict.fromkeys(new, "whoever asked for this may not add sections")
    room = max(0, MAX_SECTIONS - Section.objects.count() - len(of_settings))
    refused = dict.fromkeys(new[room:], "pages have no room for more")
    for name in new[:room]:
        try:
            section = Section(key=name, label=name)
            section.full_clean()
            section.save()
        except ValidationError as error:
            refused[name] = "; ".join(error.messages)
    return refused
