"""Settings: every error names file, line and key; what is right comes out as frozen values."""

import dataclasses
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.colour import TEXT_CONTRAST, WHITE, contrast
from tamizdat.config import DEFAULT_COLOUR, ENCODINGS, SiteSettings, load_config, parse_config
from tamizdat.errors import ConfigError
from tamizdat.notices import Act, NoticeState, Who
from tamizdat.publication import LocalText, Publication
from tamizdat.settings_table import line_of

FILE = Path("tamizdat.toml")
HEAD = '[publication]\nname = "N"\nlanguages = ["ru", "fa"]\n'
NOWHERE = (
    "https://",
    "https:///x",
    "https://[x/",
    "https://a.example:99999/",
    "https://a.example:0/",
    "ftp://a/",
    "//a/",
)
NOTICE = """[[notices]]
country = "TM"
who = ["citizens", "residents"]
acts = ["sharing", "reading"]
penalty = { en = "A fine", ru = "Штраф" }
law = "Art. 1"
reviewer = "A. Lawyer"
reviewed = 2026-11-01
expires = 2027-11-01
"""


def parsed(text):
    return parse_config(HEAD + text, FILE)


def refused(text, head=HEAD):
    with pytest.raises(ConfigError) as caught:
        parse_config(head + text, FILE)
    fields = caught.value.fields
    assert fields["file"] == "tamizdat.toml"
    return fields["line"], fields["key"], caught.value.detail


# --- The publication ----------------------------------------------------------------------------------------------


def test_about_is_paragraphs_by_language():
    text = 'about.fa = "متن"\nabout.ru = """\nПервый\nабзац.\n  \t\nВторой. \n\n\n\n  Третий."""\n'
    publication = parsed(text).publication
    assert publication.about_in("ru").paragraphs == ("Первый абзац.", "Второй.", "Третий.")
    assert publication.about_in("fa") == LocalText("متن", "fa")
    assert publication.about_in("ka").language == "ru"
    assert Publication("N", ("ru",)).about_in("ru") is None


def test_about_prefers_english_for_readers_whose_language_it_lacks():
    assert parsed('about.en = "A"\nabout.ru = "Б"\n').publication.about_in("ka") == LocalText("A", "en")


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        ('about.fa = "x"\n', 4, "publication.about", "needs a text in en or ru"),
        ('about = "x"\n', 4, "publication.about", "texts by language"),
        ('about.ru = "x"\nabout.fa = " "\n', 5, "publication.about.fa", "is empty; leave the language out"),
        (f'about.ru = "x"\nabout.fa = "{"x" * 6001}"\n', 5, "publication.about.fa", "longer than 6000"),
        ('about.ru = "x\\u0000"\n', 4, "publication.about.ru", "control character U+0000"),
        ('[publication.names]\nru = "x"\nRu = "y"\n', 6, "publication.names.Ru", "not a language tag"),
        ('[publication.names]\nru = "x"\nfa = "a\\nb"\n', 6, "publication.names.fa", "control character"),
        ('base_url = "https://a\\u0007"\n', 4, "publication.base_url", "control character U+0007"),
        *((f'base_url = "{address}"\n', 4, "publication.base_url", "is not a web address") for address in NOWHERE),
        ('base_url = "https://me:pw@a.example/"\n', 4, "publication.base_url", "everybody would read that"),
        ('base_url = "https://a.example/?page="\n', 4, "publication.base_url", "neither ? nor #"),
        ('base_url = "https://a.example/#"\n', 4, "publication.base_url", "neither ? nor #"),
        (f'names.ru = "{"x" * 121}"\n', 4, "publication.names.ru", "longer than 120"),
        (f'[[sections]]\nid = "a"\nlabels.ru = "{"x" * 61}"\n', 6, "sections.labels.ru", "longer than 60"),
        ('[[sections]]\nid = "a"\n[[sections]]\nid = "a"\n', 7, "sections.id", "a stands twice"),
        ("".join(f'[[sections]]\nid = "{at}"\n' for at in range(41)), 84, "sections", "one more than the 40"),
        ("[[front]]\npins = []\n[[front]]\npins = []\n", 6, "front.language", "one for all languages stands twice"),
        ('[[front]]\nlanguage = "fa"\n[[front]]\nlanguage = "fa"\n', 7, "front.language", "fa stands twice"),
        ('[[front]]\nlanguage = "ka"\n', 5, "front.language", "is not among the publication's languages"),
        ('[[front]]\nsection = "sport"\n', 5, "front.section", "'sport' is not the id of one of the [[sections]]"),
        (
            '[[sections]]\nid = "a"\n[[front]]\nsection = "a"\n[[front]]\nsection = "a"\n',
            8,
            "front.language",
            "all languages, section a stands twice",
        ),
        ("# \u2028\nname2 = 1\n", 5, "publication.name2", "is not a setting"),
        ('name2 = "x"\n', 4, "publication.name2", "is not a setting"),
        ('[[publication2]]\nx = "x"\n', 4, "publication2", "is not a table"),
        ('[[site]]\nx = "x"\n', 4, "site", "must be written as [site]"),
        ("[notices]\nx = 1\n", 4, "notices", "must be written as [[notices]]"),
    ],
)
def test_errors_of_the_publication_say_where(text, line, key, says):
    found = refused(text)
    assert found[:2] == (line, key)
    assert says in found[2]


def test_a_name_that_would_fill_the_page_is_refused():
    head = f'[publication]\nname = "{"x" * 121}"\nlanguages = ["ru"]\n'
    assert refused("", head=head) == (2, "publication.name", "is longer than 120 characters (121)")


@pytest.mark.parametrize(
    "address", ["https://a.example", "http://a.onion/b/c/", "https://[::1]:8000/", "https://ж.example"]
)
def test_where_the_site_will_be_found(address):
    assert parsed(f'base_url = "{address}"\n').publication.base_url == address


def test_a_file_without_a_publication_is_refused():
    assert refused("[site]\n", head="") == (0, "[publication]", "is missing")
    assert "[publication]" in refused("[[publication]]\n", head="")[2]
    assert refused("name = \n")[0] == 4


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="tamizdat init"):
        load_config(tmp_path)
    (tmp_path / "tamizdat.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(tmp_path)


# --- The site -----------------------------------------------------------------------------------------------------


def test_the_site_has_good_defaults():
    site = parsed("").site
    assert site == SiteSettings() == SiteSettings(True, ENCODINGS, 30, DEFAULT_COLOUR, {})
    assert contrast(DEFAULT_COLOUR, WHITE) >= TEXT_CONTRAST
    assert parsed("[site]\n").site == site


def test_the_site_as_somebody_set_it():
    site = parsed(
        '[site]\nenabled = false\nprecompress = ["br"]\nstories_in_feed = 200\ncolour = "#0B3D91"\n'
        'tagline = { ru = "Новости" }\n'
    ).site
    assert site == SiteSettings(False, ("br",), 200, "#0b3d91", {"ru": "Новости"})
    assert (site.tagline_in("ru"), site.tagline_in("ru-BY"), site.tagline_in("fa")) == ("Новости", "Новости", "")
    assert parsed("[site]\nstories_in_feed = 1\n").site.stories_in_feed == 1
    assert site.wires == ()
    assert parsed('[site]\nwires = ["newsml", "ninjs"]\n').site.wires == ("ninjs", "newsml")
    assert parsed("[site]\nprecompress = []\n").site.precompress == ()


@pytest.mark.parametrize(
    ("setting", "key", "says"),
    [
        ('enabled = "yes"', "enabled", "true or false"),
        ("enabled = 1", "enabled", "true or false"),
        ('precompress = ["deflate"]', "precompress", "'deflate' is not one of gzip, br, zstd"),
        ('precompress = ["br", "br"]', "precompress", "br stands twice"),
        ('precompress = "br"', "precompress", "list of texts"),
        ("stories_in_feed = 0", "stories_in_feed", "from 1 to 200, not 0"),
        ("stories_in_feed = 201", "stories_in_feed", "from 1 to 200"),
        ("stories_in_feed = true", "stories_in_feed", "whole number"),
        ("stories_in_feed = 3.0", "stories_in_feed", "whole number"),
        ('colour = "red"', "colour", "must be written like #8a1c1c"),
        ("colour = 0", "colour", "text in quotes"),
        # 4.478: rounding would call it 4.48, and 4.4996 even 4.5.
        ('colour = "#777777"', "colour", "has a contrast of 4.47:1 on white, and text needs 4.5:1; #767676 has it"),
        ('tagline.ru = ""', "tagline.ru", "is empty"),
        (f'tagline.ru = "{"x" * 121}"', "tagline.ru", "longer than 120"),
        ('wires = ["nitf"]', "wires", "ninjs, newsml"),
        (
            "color = 1",
            "color",
            "is not a setting; settings here: colour, enabled, precompress, stories_in_feed, tagline, wires",
        ),
    ],
)
def test_errors_of_the_site_say_where(setting, key, says):
    line, found, detail = refused(f"[site]\n# a comment\n{setting}\n")
    assert (line, found) == (6, f"site.{key}")
    assert says in detail


@given(st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}"))
def test_a_colour_is_taken_or_a_better_one_is_named_that_is_taken(colour):
    try:
        taken = parsed(f'[site]\ncolour = "{colour}"\n').site.colour
    except ConfigError as error:
        better = error.detail.rpartition("; ")[2][:7]
        taken = parsed(f'[site]\ncolour = "{better}"\n').site.colour
    assert contrast(taken, WHITE) >= TEXT_CONTRAST


# --- Notices ------------------------------------------------------------------------------------------------------


def test_a_notice_comes_out_as_it_went_in():
    more = 'since = 2022-03-04\nlaw_url = "https://law.example/"\nlanguages = ["fa"]\ntext.en = "Beware"\n'
    (notice,) = parsed(NOTICE + more).notices
    assert (notice.country, notice.reviewer, notice.languages) == ("TM", "A. Lawyer", ("fa",))
    assert (notice.since, notice.reviewed, notice.expires) == (date(2022, 3, 4), date(2026, 11, 1), date(2027, 11, 1))
    assert notice.penalty == {"en": "A fine", "ru": "Штраф"}
    assert notice.law_in("fa") == LocalText("Art. 1", "")
    assert notice.law_url == "https://law.example/"
    assert notice.text_in("fa") == LocalText("Beware", "en")
    assert notice.first_language == "ru"


def test_who_and_acts_have_one_order_whatever_the_file_has():
    (notice,) = parsed(NOTICE).notices
    assert notice.who == (Who.RESIDENTS, Who.CITIZENS)
    assert notice.acts == (Act.READING, Act.SHARING)


def test_notices_stay_in_the_order_of_the_file():
    other = NOTICE.replace('"TM"', '"AZ"')
    assert [notice.country for notice in parsed(NOTICE + other).notices] == ["TM", "AZ"]
    assert [notice.country for notice in parsed(other + NOTICE).notices] == ["AZ", "TM"]


def test_a_notice_cannot_be_changed():
    (notice,) = parsed(NOTICE).notices
    with pytest.raises(dataclasses.FrozenInstanceError):
        notice.country = "AZ"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ('"TM"', '"UK"', 5, "country", "ISO 3166-1"),
        ('country = "TM"', "", 4, "country", "is missing; give a code like TM, or country_name"),
        ('"citizens"', '"tourists"', 6, "who", "'tourists' is not one of residents, citizens, stateless"),
        ('who = ["citizens", "residents"]', "", 4, "who", "is missing"),
        ('"reading"]', '"tweeting"]', 7, "acts", "not one of reading, sharing, liking"),
        ('"reading"]', '"sharing"]', 7, "acts", "sharing stands twice"),
        ('en = "A fine", ru = ', "fa = ", 8, "penalty", "needs a text in en or ru"),
        ('ru = "Штраф"', 'rus1 = "Штраф"', 8, "penalty.rus1", "not a language tag"),
        ('ru = "Штраф"', 'ru = "a\\u0007"', 8, "penalty.ru", "control character"),
        ('"Art. 1"', "1", 9, "law", "texts by language"),
        ('"Art. 1"', '""', 9, "law", "is missing"),
        ('"Art. 1"', '{ fa = "x" }', 9, "law", "needs a text in en or ru"),
        ('"Art. 1"', '"1"\nlaw_url = "x"', 10, "law_url", "not a web address"),
        ('"A. Lawyer"', '" "', 10, "reviewer", "is missing"),
        ("2026-11-01", '"2026-11-01"', 11, "reviewed", "a day without quotes, like 2026-11-23"),
        ("2026-11-01", "2026-11-01T00:00:00Z", 11, "reviewed", "a day without quotes"),
        ("reviewed = 2026-11-01", "", 4, "reviewed", "is missing; a day"),
        ("expires = 2027-11-01", "", 4, "expires", "is missing; a day"),
        ("2027-11-01", "2026-10-01", 12, "expires", "before the review"),
        ("2027-11-01", "2036-11-01", 12, "expires", "2028-11-01 at the latest"),
        ("2027-11-01", '2027-11-01\nlanguages = ["en"]', 13, "languages", "'en' is not one of ru, fa"),
        ("2027-11-01", "2027-11-01\nlanguages = []", 13, "languages", "leave it out"),
        ("2027-11-01", "2027-11-01\nfine = 1", 13, "fine", "is not a setting"),
        ("2027-11-01", '2027-11-01\n[notices.text]\nen = "x"\nfa = "a\\nb"', 15, "text.fa", "control character"),
    ],
)
def test_errors_of_a_notice_say_where(old, new, line, key, says):
    assert old in NOTICE
    found = refused(NOTICE.replace(old, new, 1))
    assert found[:2] == (line, f"notices.{key}")
    assert says in found[2]


def test_the_second_notice_is_found_too():
    line, key, _ = refused(NOTICE + "\n" + NOTICE.replace('"TM"', '"T"'))
    assert (line, key) == (15, "notices.country")
    assert refused(NOTICE + NOTICE)[:2] == (13, "notices")


def test_the_sample_publication_warns_in_all_its_languages_and_has_let_one_review_expire():
    config = load_config(Path(__file__).parents[1] / "demo" / "publication")
    assert [notice.state_at(datetime(2026, 11, 24, tzinfo=UTC)) for notice in config.notices] == [
        NoticeState.CURRENT,
        NoticeState.CURRENT,
        NoticeState.EXPIRED,
    ]
    assert {act for notice in config.notices for act in notice.acts} == set(Act)
    languages = set(config.publication.languages)
    assert len(languages) == 27
    said = languages | {"sr-Latn"}  # made of what is said in sr, if it is ever published
    for notice in config.notices:
        assert set(notice.penalty) == set(notice.law) == set(notice.country_name) == said
    texts = [config.publication.about, config.site.tagline, *(section.labels for section in config.sections)]
    assert all(set(text) == said for text in texts)


# --- Lines --------------------------------------------------------------------------------------------------------

TEXT = '''
# x = 1
[publication]
name = "N"
about.ru = """
[site]
colour = "no setting but a text"
"""
"about" . 'sr-Latn' = "x"

[ publication . names ]
ru = "x"
[[notices]]
a = 1
[notices.penalty]
en = 1
[[notices]]
b = 1
[notices.penalty]
ru = 1
en = 1
[site]
colour = "x"
'''
LINES = TEXT.split("\n")


@pytest.mark.parametrize(
    ("table", "nth", "key", "line"),
    [
        ("publication", 0, "", 3),
        ("publication", 0, "name", 4),
        ("publication", 0, "about", 5),
        ("publication", 0, "about.ru", 5),
        ("publication", 0, "about.sr-Latn", 9),
        ("publication", 0, "names", 11),
        ("publication", 0, "names.ru", 12),
        ("publication", 0, "names.fa", 11),
        ("publication", 0, "nothing", 3),
        ("notices", 0, "a", 14),
        ("notices", 0, "b", 13),
        ("notices", 0, "penalty.en", 16),
        ("notices", 1, "", 17),
        ("notices", 1, "penalty", 19),
        ("notices", 1, "penalty.en", 21),
        ("notices", 2, "penalty", 0),
        ("site", 0, "colour", 23),
    ],
)
def test_lines_are_found(table, nth, key, line):
    assert line_of(LINES, table, nth, key) == line


@given(st.text("[]publication.=\"\\n'#", max_size=60), st.text("publication.", max_size=5))
def test_any_text_has_lines(text, key):
    lines = text.split("\n")
    assert 0 <= line_of(lines, "publication", 0, key) <= len(lines)


@given(st.text("[]notices.=\n\"'{},01-ab ", max_size=80))
def test_no_settings_raise_anything_but_our_error(text):
    try:
        parsed(text)
    except ConfigError as error:
        assert error.fields["line"] <= 3 + text.count("\n") + 1


VALUES = st.sampled_from(["1", "true", '"x"', '["x"]', "[]", "{}", '{ en = "x" }', "2026-11-01", "1.5", '""'])


@given(st.dictionaries(st.sampled_from([line.split(" =")[0] for line in NOTICE.split("\n")[1:-1]]), VALUES))
def test_values_of_any_type_are_refused_with_a_reason(changes):
    table = tomllib.loads(NOTICE)["notices"][0]
    lines = [changes.get(key) and f"{key} = {changes[key]}" for key in table]
    original = NOTICE.split("\n")[1:-1]
    text = "\n".join(["[[notices]]", *(new or old for new, old in zip(lines, original, strict=True))])
    try:
        assert parsed(text).notices
    except ConfigError as error:
        assert error.fields["line"] >= 4


# --- The newsroom as a source -------------------------------------------------------------------------------------


def test_the_newsroom_needs_no_place():
    sources = parsed('[[sources]]\nkind = "newsroom"\n').sources
    assert [(source.kind, source.name) for source in sources] == [("newsroom", "newsroom")]


@pytest.mark.parametrize("key", ["path", "url", "language"])
def test_the_newsroom_takes_no_place(key):
    assert refused(f'[[sources]]\nkind = "newsroom"\n{key} = "ru"\n')[:2] == (6, f"sources.{key}")


def test_there_is_one_newsroom():
    assert refused('[[sources]]\nkind = "newsroom"\n[[sources]]\nkind = "newsroom"\n')[:2] == (7, "sources.kind")
