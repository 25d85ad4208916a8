"""One language's newspaper in memory, changed at random: every story, topic and month is drawn from a few."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tamizdat.colour import BLACK
from tamizdat.press.card import Card, Issue, more_parts
from tamizdat.press.paper import Paper, Settings, Trust
from tamizdat.press.site import LanguageSite
from tamizdat.publication import FrontPage, Publication, SectionLabel
from tamizdat.story import Correction, Paragraph, Picture, Story, rich

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECTIONS = ("politics", "culture")
WORDS = ("harbour", "strike", "water", "council", "road", "winter", "signal", "bread", "library", "fishers")


def paper(language: str = "en", **more: object) -> Paper:
    """A newspaper in ``language``."""
    settings = Settings(
        publication=Publication("The Far Shore", (language,), base_url=str(more.pop("base_url", ""))),
        sections=tuple(SectionLabel(name, {"en": name.title()}) for name in SECTIONS),
        notices=(),
        taglines={},
        fronts=(FrontPage(language, tuple(more.pop("pins", ()))),),  # type: ignore[arg-type] # names of stories
        colour=BLACK,
        stories_in_feed=5,
        trust=Trust("3f" * 32, "bofad " * 8 + "zazaz", rehearsal=False),
    )
    return replace(settings.paper(language, NOW), **more)


class Desk:
    """Stories of one language, the pages that a site pressed of them, and what should have been pressed."""

    def __init__(self, paper_: Paper, seed: int = 0) -> None:
        self.paper = paper_
        self.random = random.Random(seed)
        self.stories: dict[str, Story] = {}
        self.issues: dict[str, Issue] = {}
        self.others: dict[str, dict[str, str]] = {}
        self.issue = Issue(1, NOW)
        self.now = NOW
        self.site = LanguageSite(paper_)
        self.pages: dict[str, bytes] = {}
        self.pressed: dict[str, bytes | None] = {}

    def story(self, story_id: str, **more: object) -> Story:
        """A story with drawn headline, sections, topics and date; it may be long, breaking or corrected."""
        draw = self.random
        published = NOW - timedelta(days=draw.randrange(120), minutes=draw.randrange(3))
        paragraphs = [" ".join(draw.choices(WORDS, k=draw.randrange(4, 60))) for _ in range(draw.randrange(1, 4))]
        if draw.random() < 0.05:
            paragraphs = [f"{draw.getrandbits(9000):x}" for _ in range(draw.randrange(8, 20))]
        fields: dict[str, object] = {
            "story_id": story_id,
            "language": self.paper.language,
            "headline": " ".join(draw.choices(WORDS, k=4)),
            "published": published,
            "lead": draw.choice(["", "A lead."]),
            "body": tuple(Paragraph(rich(text)) for text in paragraphs),
            "sections": tuple(draw.sample(("politics", "culture", "unlisted"), draw.randrange(3))),
            "topics": tuple(draw.sample([f"topic {n}" for n in range(7)], draw.randrange(4))),
            "breaking_until": NOW + timedelta(minutes=draw.randrange(-50, 200)) if draw.random() < 0.06 else None,
            "corrections": (Correction(published + timedelta(days=40), "It was wrong."),) * (draw.random() < 0.1),
            "picture": Picture("Alt", "ab" * 32, width=1280, height=960) if draw.random() < 0.2 else None,
        }
        return Story(**fields | more)  # type: ignore[arg-type] # the right ones, by name

    def card(self, story_id: str) -> Card:
        """The card of a current story."""
        return Card.of(self.stories[story_id], self.issues[story_id])

    def put(self, story: Story) -> None:
        """Add or replace a story in the current edition."""
        self.stories[story.story_id], self.issues[story.story_id] = story, self.issue
        path = f"{story.language}/{Card.of(story, self.issue).path}"
        self.others.setdefault(story.story_id, {})[story.language] = path

    def remove(self, story_id: str) -> None:
        """Remove a story."""
        del self.stories[story_id], self.issues[story_id], self.others[story_id][self.paper.language]

    def build(self) -> dict[str, bytes]:
        """Everything, pressed by a site that knows nothing yet."""
        return self._whole(LanguageSite(self.paper))

    def begin(self) -> None:
        """Press everything by the site that will be changed."""
        self.pages = self._whole(self.site)

    def _whole(self, site: LanguageSite) -> dict[str, bytes]:
        cards = [self.card(story_id) for story_id in self.stories]
        pressed = list(site.build(cards, self.stories.__getitem__, self.others, self.issue, self.now))
        assert len({path for path, _ in pressed}) == len(pressed), "a page was pressed twice"
        return {path: page for path, page in pressed if page is not None}

    def rearrange(self, pins: Iterable[str], sections: Mapping[str, tuple[str, ...]]) -> set[str]:
        """Pin other stories, by a site that goes on with the pages pressed last; the sections that are concerned."""
        before, now = dict(self.paper.section_pins), {name: ids for name, ids in sections.items() if ids}
        self.paper = replace(self.paper, pins=tuple(pins), section_pins=tuple(now.items()))
        self.restart()
        return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}

    def restart(self) -> None:
        """Let another site go on with the pages that were pressed last. Nothing may have changed since."""
        self.site = LanguageSite(self.paper)
        cards = [self.card(story_id) for story_id in self.stories]
        self.site.resume(cards, self.now, more_parts(cards, self.pages))

    def update(self, changed: Iterable[str], translated: Iterable[str] = (), rearranged: Iterable[str] = ()) -> None:
        """Press what changed into ``pages``."""
        changes: Mapping[str, Card | None] = {
            story_id: self.card(story_id) if story_id in self.stories else None for story_id in changed
        }
        self.pressed = dict(
            self.site.update(
                changes, self.stories.__getitem__, self.others, self.issue, self.now, translated, rearranged
            )
        )
        for path, page in self.pressed.items():
            if page is None:
                self.pages.pop(path, None)
            else:
                self.pages[path] = page
