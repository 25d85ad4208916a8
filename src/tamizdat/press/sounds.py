"""Something to listen to, as a page shows it: a player that loads nothing by itself, links with sizes, every word."""

from html import escape
from typing import Final

from tamizdat.locales import Locale
from tamizdat.markup.write import inline_html
from tamizdat.press.body import SoundPart
from tamizdat.press.shown import balanced
from tamizdat.story import SoundBlock, SoundFile

_NAMES: Final = {"audio/ogg": "Opus", "audio/mpeg": "MP3"}
_SOURCES: Final = {"audio/ogg": "audio/ogg; codecs=opus", "audio/mpeg": "audio/mpeg"}
_MINUTE: Final = 60


def sound_html(block: SoundBlock, root: str, locale: Locale, words_lang: str = "") -> str:
    """A recording with its player, or a later part of its transcript. ``root`` leads to the web root."""
    words = "".join(f"<p>{inline_html(text)}</p>" for text in block.transcript)
    title = escape(balanced(block.title))
    said = f"<span{words_lang}>{escape(locale.texts['transcript'])}</span>"
    if isinstance(block, SoundPart) or block.recording is None:
        return f'<details class="sound"><summary>{said}: {title}</summary>{words}</details>'
    files = block.recording.files
    sources = "".join(f'<source src="{root}{each.path}" type="{_SOURCES[each.media_type]}">' for each in files)
    links = " ".join(
        f'<li><a href="{root}{each.path}"{words_lang}>{escape(file_words(each, locale))}</a></li>' for each in files
    )
    return (
        f'<figure class="sound"><figcaption><span{words_lang}>{escape(locale.texts["listen"])}</span> '
        f'<strong>{title}</strong> <time datetime="PT{block.recording.seconds}S">'
        f"{clock(block.recording.seconds, locale)}</time></figcaption>"
        f'<audio controls preload="none" aria-label="{escape(block.title)}">{sources}</audio>'
        f"<ul>{links}</ul><details><summary>{said}</summary>{words}</details></figure>"
    )


def plain_sound_html(block: SoundBlock, root: str, locale: Locale, words_lang: str = "") -> str:
    """A recording for programs that show no player: links, then every word."""
    links = "".join(
        f'<li><a href="{root}{each.path}"{words_lang}>{escape(file_words(each, locale))}</a></li>'
        for each in (block.recording.files if block.recording else ())
    )
    words = "".join(f"<p>{inline_html(text)}</p>" for text in block.transcript)
    heading = f"<h4>{escape(balanced(block.title))}</h4>"
    return f"{heading}<ul>{links}</ul>{words}" if links else f"{heading}{words}"


def file_words(file: SoundFile, locale: Locale) -> str:
    """What a file is and how much has to be loaded: "Opus, 12 kbit/s: 371 kB"."""
    size = locale.number(-(-file.size // 1_000))
    name = _NAMES[file.media_type]
    # A Latin name would draw the number after it to its own side.
    name = f"\u2068{name}\u2069" if locale.direction == "rtl" else name
    return locale.say("sound_file", format=name, rate=locale.number(file.kilobits), size=size)


def clock(seconds: int, locale: Locale) -> str:
    """A length of time: 4:05, or 1:04:05, in the language's digits."""
    minutes, rest = divmod(seconds, _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return locale.digits(f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}")
