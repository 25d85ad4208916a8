"""Serbian Cyrillic into Latin: exact, letter for letter; and back, as well as that goes without a person."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.locales import in_other_script, other_script, to_cyrillic, to_latin

LOWER = "абвгдђежзијклљмнњопрстћуфхцчџш"
CYRILLIC = LOWER + LOWER.upper()
# Another way to the same letters: Gaj's alphabet read backwards, longest first.
GAJ = {
    "lj": "љ", "nj": "њ", "dž": "џ", "a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "đ": "ђ", "e": "е", "ž": "ж",
    "z": "з", "i": "и", "j": "ј", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с",
    "t": "т", "ć": "ћ", "u": "у", "f": "ф", "h": "х", "c": "ц", "č": "ч", "š": "ш",
}  # fmt: skip


def back(text):
    for latin, cyrillic in GAJ.items():
        text = text.replace(latin, cyrillic)
    return text


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("љубав", "ljubav"),
        ("Љубав", "Ljubav"),
        ("ЉУБАВ", "LJUBAV"),
        ("Њујорк", "Njujork"),
        ("КОЊ", "KONJ"),
        ("ЏЏ", "DŽDŽ"),
        ("Љ. Петровић", "Lj. Petrović"),
        ("ИЗА ЊЕ", "IZA NJE"),
        ("Џ", "Dž"),
        ("У Њ.", "U Nj."),
        ("МЉ", "MLJ"),
        ("мЉ", "mLj"),
        ("Њ\u0301ЕГА", "NJ\u0301EGA"),
        ("КОЊ\u0301", "KONJ\u0301"),
        ("КО\u0301Њ", "KO\u0301NJ"),
        ("ђак, џеп, ћуран, чешаљ, шљива, жуљ", "đak, džep, ćuran, češalj, šljiva, žulj"),
        ("сѐ ѝ", "sè ì"),
        ("Tor и VPN: {date}", "Tor i VPN: {date}"),
        ("ы, ї and ქ stay", "ы, ї and ქ stay"),
    ],
)
def test_words(cyrillic, latin):
    assert to_latin(cyrillic) == latin


@given(st.text())
def test_what_is_not_cyrillic_stays(text):
    others = "".join(letter for letter in text if "CYRILLIC" not in unicodedata.name(letter, ""))
    assert to_latin(others) == others


@given(st.text(CYRILLIC + " .-{}"))
def test_no_cyrillic_is_left_and_each_letter_has_its_own(text):
    latin = to_latin(text)
    assert not set(latin) & set(CYRILLIC)
    assert to_latin(latin) == latin
    assert latin.lower() == "".join(to_latin(letter) for letter in text.lower())


@given(st.text(sorted(set(LOWER) - set("лндј"))))
def test_the_way_back_is_exact_where_no_two_letters_look_like_one(text):
    assert back(to_latin(text)) == text


@given(st.text(LOWER, min_size=2))
def test_capitals_of_a_word_stay_capitals(word):
    assert to_latin(word.upper()) == to_latin(word).upper()
    title = to_latin(word[0].upper() + word[1:])
    assert title == to_latin(word)[0].upper() + to_latin(word)[1:]


@given(st.lists(st.text(CYRILLIC), max_size=6))
def test_words_do_not_change_their_neighbours(words):
    assert to_latin(" ".join(words)) == " ".join(map(to_latin, words))


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Ljubav, LJUBAV, konj, KONJ, džep, DŽEP, Dž", "Љубав, ЉУБАВ, коњ, КОЊ, џеп, ЏЕП, Џ"),
        ("injekcija, INJEKCIJA, konjugacija, Tanjug", "инјекција, ИНЈЕКЦИЈА, конјугација, Танјуг"),
        ("nadživeti, odžaliti, ali odžak i Nadžida", "надживети, оджалити, али оџак и Наџида"),
        ("sè ì", "сѐ ѝ"),
        ("XX vek, II rat, IV deo; I onda", "XX век, II рат, IV део; И онда"),
        ("wifi i Müller", "wifi и Müller"),
        ("na n1info.rs, https://x.rs/vesti i a@b.rs, d.o.o.", "на n1info.rs, https://x.rs/vesti и a@b.rs, д.о.о."),
        ("@vesti #vesti", "@vesti #vesti"),
        ("уже ћирилица, već ne", "уже ћирилица, већ не"),
    ],
)
def test_words_back(latin, cyrillic):
    assert to_cyrillic(latin) == cyrillic


@given(st.text(CYRILLIC + " .-"))
def test_the_way_back_and_again_loses_no_letter(text):
    latin = to_latin(text)
    assert to_latin(to_cyrillic(latin)).lower() == latin.lower()


@given(st.text())
def test_the_way_back_takes_any_text_and_leaves_what_is_not_latin(text):
    others = "".join(letter for letter in text if "LATIN" not in unicodedata.name(letter, ""))
    assert to_cyrillic(others) == others
    to_cyrillic(text)


def test_only_one_way_is_exact():
    assert other_script("sr", "sr-Latn").exact
    assert not other_script("sr-Latn", "sr").exact
    assert other_script("sr", "hr") is other_script("sr", "sr") is None
    assert (in_other_script("sr"), in_other_script("sr-Latn"), in_other_script("hr")) == ("sr-Latn", "sr", "")
