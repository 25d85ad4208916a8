"""A publication: a newsroom's identity, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Publication:
    """Name, languages and what an edition says about its newsroom. Languages are BCP 47 tags."""

    name: str
    languages: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """The name in languages where it differs."""
    base_url: str = ""

    def name_in(self, language: str) -> str:
        """The publication's name as readers of ``language`` know it."""
        return self.names.get(language, self.name)


@dataclass(frozen=True, slots=True)
class SectionLabel:
    """A section of the newspaper and its labels by language."""

    section: str
    labels: Mapping[str, str]

    def label_in(self, language: str) -> str:
        """The label in ``language``, or the section's id where none is given."""
        return self.labels.get(language, self.section)


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What editors put on top, in order. ``language`` is empty for a front page that holds for all."""

    language: str
    pins: tuple[str, ...]
    """Story ids; the first is the lead. Newest first follows."""
