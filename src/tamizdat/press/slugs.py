"""Names of sections, topics and stories as parts of addresses.

A slug depends on its text alone, never on what else is published or in which order, so an address once given out stays.
Two texts never share one, because only texts that can be read back from their slug go without a fingerprint. It has 80
bits: nobody comes upon two texts with the same by accident, or on purpose with less than a trillion tries. There are
disks and buckets on which capitals are the same as small letters, so there are no capitals:

    press freedom       press_freedom          (lower-case ASCII; a space is written _)
    human-rights        human-rights
    Press freedom       press_freedom-<fingerprint>
    свобода прессы      svoboda_pressy-<fingerprint>
    🗳                   x-<fingerprint>

The readable part is for people and search engines; it follows no standard of transliteration and knows no language.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from tamizdat.limits import LIMITS

MAX_SLUG_CHARS: Final = 60
_FINGERPRINT_CHARS: Final = 20
_MARK_CHARS: Final = 1 + _FINGERPRINT_CHARS
_PLAIN_ID: Final = re.compile(r"[a-z0-9][a-z0-9._~-]*")
_PLAIN: Final = re.compile(r"[a-z0-9]+(?:[ -][a-z0-9]+)*")
_LIKE_A_FINGERPRINT: Final = re.compile(rf"-[0-9a-f]{{{_FINGERPRINT_CHARS}}}$")
# Names that Windows gives to devices, whatever ending follows.
_DEVICE: Final = re.compile(r"aux|con|nul|prn|com[0-9]|lpt[0-9]")
# Blocks of Latin and of full-width letters that are complete in every version of Unicode since 5.1, so that every
# Python takes them apart alike.
_DECOMPOSABLE: Final = re.compile("[\u00c0-\u024f\u1e00-\u1eff\uff01-\uff5e]")

_FROM: Final = (
    # Cyrillic: Russian first, then what other languages add.
    "а б в г д е ё ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я "
    "є і ї ґ ў ђ ј љ њ ћ џ ѓ ѕ ќ ѐ ѝ ә ғ җ ҙ қ ҡ ҝ ң ҥ ө ҫ ү ұ ҳ һ ҷ ҹ ӣ ӯ ӏ ӑ ӗ ӧ ӱ ѣ ѳ "
    # Georgian.
    "ა ბ გ დ ე ვ ზ თ ი კ ლ მ ნ ო პ ჟ რ ს ტ უ ფ ქ ღ ყ შ ჩ ც ძ წ ჭ ხ ჯ ჰ "
    # Armenian.
    "ա բ գ դ ե զ է ը թ ժ ի լ խ ծ կ հ ձ ղ ճ մ յ ն շ ո չ պ ջ ռ ս վ տ ր ց ւ փ ք օ ֆ և "
    # Arabic, Persian, Pashto, Urdu. Short vowels are not written, so they are missing here too.
    "ا آ أ إ ٱ ب پ ت ټ ٹ ث ج چ ح خ ځ څ د ډ ڈ ذ ر ړ ڑ ز ژ ږ س ش ښ ص ض ط ظ ع غ ف ق ک ك ګ گ ل م ن ڼ ں "
    "و ؤ ه ھ ہ ۀ ة ۂ ی ي ې ۍ ئ ے ى ء "
    # Latin letters that Unicode does not take apart.
    "ı ə ø ł đ ð þ ß æ œ ħ ŧ ŋ ɓ ɗ ƙ "
    # Digits.
    "٠ ١ ٢ ٣ ٤ ٥ ٦ ٧ ٨ ٩ ۰ ۱ ۲ ۳ ۴ ۵ ۶ ۷ ۸ ۹"
)
_TO: Final = (
    "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya "
    "ye i yi g w dj j lj nj c dz gj dz kj e i a gh j dh q q g ng ng o th u u h h j j i u - a e o u e f "
    "a b g d e v z t i k l m n o p zh r s t u p k gh q sh ch ts dz ts ch kh j h "
    "a b g d e z e y t zh i l kh ts k h dz gh ch m y n sh o ch p j r s v t r ts v p k o f ev "
    "a a a a a b p t t t s j ch h kh dz ts d d d z r r r z zh zh s sh sh s z t z - gh f q k k g g l m n n n "
    "v v h h h h h h y y e y y e y - "
    "i e o l d d th ss ae oe h t ng b d k "
    "0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9"
)
# Signs inside words that leave no gap: apostrophes, hard and soft signs, joiners, Arabic vowel marks.
_SILENT: Final = "'’‘ʼʻ`´՚\u00ad\u0640\u200c\u200d\u200e\u200f"


def slug(text: str) -> str:
    """``text`` as one part of an address: ``a-z 0-9 _ -``, begins and ends with a letter or digit, at most 60 long."""
    if _can_be_read_back(text):
        return text.replace(" ", "_")
    return _marked(_readable(text)[: MAX_SLUG_CHARS - _MARK_CHARS].strip("_-") or "x", text)


def id_slug(story_id: str) -> str:
    """A story's id as one part of an address: ``a-z 0-9 . _ ~ -``, at most as long as an id may be.

    The id itself, unless it has capitals or would name a device: ``b1Xq`` is ``b1xq-<fingerprint>``.
    """
    device = _DEVICE.fullmatch(story_id.partition(".")[0])
    if _PLAIN_ID.fullmatch(story_id) and not device and not _LIKE_A_FINGERPRINT.search(story_id):
        return story_id
    return _marked(story_id.lower().replace(".", "-")[: LIMITS.max_story_id_bytes - _MARK_CHARS], story_id)


def _marked(readable: str, text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{readable}-{digest[:_FINGERPRINT_CHARS]}"


def _can_be_read_back(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or len(text) > MAX_SLUG_CHARS:
        return False
    return not _DEVICE.fullmatch(text) and not _LIKE_A_FINGERPRINT.search(text)


def _readable(text: str) -> str:
    """What can be told of ``text`` in ``a-z 0-9 _ -``; may be empty."""
    lower = unicodedata.normalize("NFC", text).lower().replace("ու", "u")  # two letters in Armenian, one sound
    letters = "".join(_letters(lower, _table()))
    return re.sub(r"[_-]*_[_-]*", "_", re.sub(r"-+", "-", letters))


@cache
def _table() -> dict[str, str]:
    return dict(zip(_FROM.split(), _TO.split(), strict=True))


def _letters(text: str, table: dict[str, str]) -> Iterator[str]:
    for letter in text:
        if letter in table:
            yield table[letter].strip("-")
        elif letter == "-" or "a" <= letter <= "z" or "0" <= letter <= "9":
            yield letter
        elif _DECOMPOSABLE.match(letter):
            yield re.sub("[^a-z0-9]", "", unicodedata.normalize("NFKD", letter).lower()) or "_"
        elif letter not in _SILENT and not _is_mark(letter):
            yield "_"


def _is_mark(letter: str) -> bool:
    return "\u0300" <= letter <= "\u036f" or "\u064b" <= letter <= "\u065f" or letter == "\u0670"
