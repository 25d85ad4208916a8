"""What readers will see of breaking news, before anybody sees it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tamizdat.newsroom.breaking.acting import Words
from tamizdat.newsroom.fronts.curating import Place, newest, pins_of
from tamizdat.newsroom.fronts.proofs import front_proof
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.pressroom.newsroom import settled
from tamizdat.newsroom.pressroom.proof import paper_in, proof_of
from tamizdat.publication import pins_in
from tamizdat.story import Story, clean_text


def story_for(story_id: str, language: str, words: Words, until: datetime, now: datetime) -> Story:
    """The story that would be released. Raises StoryError."""
    return Story(
        story_id=story_id,
        language=language,
        headline=clean_text(words.headline),
        published=now,
        lead=clean_text(words.line),
        breaking_until=until.astimezone(UTC).replace(microsecond=0),
    )


def breaking_proof(story: Story, page: str, now: datetime, also: Iterable[str] = ()) -> bytes:
    """The front page with ``story`` on it, or (``page``: story) its own page. Raises StoryError.

    ``also``: languages in which it goes out with it.
    """
    if page == "story":
        return proof_of(story, paper_in(story.language, now), now, also=also)
    version = newest(Place(story.language))
    if version is not None:
        pins = tuple(pin.story_id for pin in pins_of(version) if pin.holds(now))
    else:
        pins = pins_in(settled(publication_settings(), now).fronts, story.language)
    return front_proof(story.language, "", pins, now, (story,))
