"""A message about a story: headline, lead, address, and other addresses for those who cannot open it."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from tamizdat.config import Config
from tamizdat.locales import open_locale
from tamizdat.pictures.variants import variants
from tamizdat.press.card import story_path
from tamizdat.press.shown import clip
from tamizdat.story import Story

TELEGRAM_CHARS: Final = 1_024
"""How long a caption under a picture may be there; a message without one, four times that."""
SHORT_CHARS: Final = 280
"""Networks that count like this one are what is left of many."""
_WAYS: Final = 3
_LEAD_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Message:
    """What to post about one story in one language. ``card`` is the picture's path below the web root, or empty."""

    language: str
    direction: str
    text: str
    short: str
    card: str
    headline: str
    name: str
    """The publication's, as readers of the language know it."""
    credit: str
    """Whose picture it is."""
    colour: str

    @property
    def chars(self) -> int:
        """How long it is as Telegram counts: in units of UTF-16."""
        return len(self.text.encode("utf-16-le")) // 2


def message_of(story: Story, config: Config, draw: SystemRandom | None = None) -> Message:
    """The message. Mirrors are drawn by lot: whoever posts daily should not burn the same ones for all readers."""
    publication, locale = config.publication, open_locale(story.language)
    path = f"{story.language}/{story_path(story)}"
    address = f"{publication.base_url.rstrip('/')}/{path}" if publication.base_url else ""
    ways = _ways(config, story.language, path, draw or SystemRandom())
    blocked = [locale.texts["share_if_blocked"], *ways] if ways else []
    said = locale.texts["machine_translation"] if story.translation == "machine" else ""
    head = [story.headline]
    for part in filter(None, (clip(story.lead, _LEAD_CHARS), said)):
        head += ["", part]
    text = "\n".join([*head, "", *filter(None, [address]), *([""] if address and blocked else []), *blocked])
    picture = variants(story.picture).card if story.picture and story.picture.file else None
    return Message(
        language=story.language,
        direction=locale.direction,
        text=text.strip(),
        short=_short(story, said, address or next(iter(ways), "")),
        card=picture.path if picture else "",
        headline=story.headline,
        name=publication.name_in(story.language),
        credit=story.picture.credit if story.picture and picture else "",
        colour=config.site.colour,
    )


def _ways(config: Config, language: str, path: str, draw: SystemRandom) -> Sequence[str]:
    """The story at some mirrors that editions in ``language`` name."""
    named = [mirror.url for mirror in config.mirrors if mirror.is_named_in(language)]
    return [f"{url}{path}" for url in draw.sample(named, min(_WAYS, len(named)))]


def _short(story: Story, said: str, address: str) -> str:
    """``said`` of it stays whole: a headline may be shorter, but not a machine's without a word."""
    rest = "\n".join(filter(None, (said, address)))
    return f"{clip(story.headline, SHORT_CHARS - len(rest) - 1)}\n{rest}".strip()
