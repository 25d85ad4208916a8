"""Foreign HTML into blocks: what each element becomes, and that no word is ever lost."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.limits import LIMITS
from tamizdat.markup import plain_text, read_html, read_text
from tamizdat.markup.read import MAX_TAGS
from tamizdat.story import (
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Run,
    Table,
    plain,
    rich,
)

BASE = "https://example.org/news/story.html"
TWEET = (
    '<blockquote class="twitter-tweet"><p>Hi</p>&mdash; N <a href="https://t.example/n/1">May</a></blockquote>'
    '<script async src="https://platform.twitter.com/widgets.js"></script>'
)
TAGS = """
    p div b i a em strong h1 h3 ul ol li dl dt dd table tr td th thead tbody caption blockquote footer cite figure
    figcaption pre q span x-y svg math section center font small br hr img object noscript details summary
"""


def blocks(html, base=BASE):
    return read_html(html, base=base).blocks


def paragraphs(*texts):
    return tuple(Paragraph(rich(text)) for text in texts)


def texts(html):
    return [plain(block.text) for block in blocks(html)]


# --- running text ---


def test_marks_nest_and_white_space_collapses_as_in_html():
    found = blocks("<p>  a\n <b>bold <i>both</i></b>\t<em> e</em></p>")
    assert found == (
        Paragraph((Run("a "), Run("bold ", strong=True), Run("both", emphasis=True, strong=True), Run(" "),
                   Run("e", emphasis=True))),
    )  # fmt: skip


def test_no_break_space_and_direction_marks_stay():
    assert texts("<p>5&nbsp;000\u00a0\u200fنان\u200c \u0085x</p>") == ["5\u00a0000\u00a0\u200fنان\u200c \u0085x"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("one<br>two", ["one two"]),
        ("one<br> <br>two<br><br><br>three", ["one", "two", "three"]),
        ("<br><br>one", ["one"]),
        ("bare<p>inside</p>after<div>box<div>deep</div></div>", ["bare", "inside", "after", "box", "deep"]),
        ("<p>&nbsp;</p><p>\u200b</p><div> </div>x", ["x"]),
        ("<my-tag>word</my-tag><o:p>more</o:p>", ["wordmore"]),
        ("<svg><text>chart</text></svg> <math><mi>x</mi></math>", ["chart x"]),
        ("a<script>bad()</script><style>p{}</style><template>t</template><!-- c -->b", ["ab"]),
        ("<head><title>Page</title></head><body>text</body></html>rest", ["text", "rest"]),
        ("<pre>line one\nline two</pre>", ["line one", "line two"]),
        ("<q>said</q>", ["\u201csaid\u201d"]),
        ("&lt;b&gt; &amp;amp; &#x1F600; &mdash; &bogus;", ["<b> &amp; \U0001f600 — &bogus;"]),
        ("a\x00b\x08c\ud800d\x0be&#1;f", ["abcd ef"]),
        ("<p>x<unclosed", ["x"]),
        ("", []),
    ],
)
def test_text(html, expected):
    assert texts(html) == expected


def test_bold_around_paragraphs_reaches_into_them():
    assert blocks("<b><p>one</p><p>two</p></b>three") == (
        Paragraph((Run("one", strong=True),)),
        Paragraph((Run("two", strong=True),)),
        *paragraphs("three"),
    )


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_struck_out_text_stays_and_is_reported(tag):
    found = read_html(f"<p>now <{tag}>never</{tag}></p>")
    assert found.blocks == paragraphs("now never")
    assert "struck-out" in found.notes[0]


# --- links ---


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("other.html", "https://example.org/news/other.html"),
        ("/a b", "https://example.org/a%20b"),
        ("//cdn.example/x", "https://cdn.example/x"),
        (" https://e.org/\n?q=|ж ", "https://e.org/?q=%7Cж"),
        ("#note", f"{BASE}#note"),
        ("mailto:a@b.org", "mailto:a@b.org"),
        ("tel:+995 32 555-0199", "tel:+99532555-0199"),
        ("TEL:010%20555", "TEL:010555"),
        ("HTTPS://e.org", "https://e.org"),
    ],
)
def test_links_are_made_absolute_and_fit(href, expected):
    assert blocks(f'<a href="{href}">x</a>') == (Paragraph((Run("x", href=expected),)),)


@pytest.mark.parametrize(
    "href",
    [
        "tel:*%2306%23",
        "tel:*21*5550199#",
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "java\nscript:x",
        "\x01javascript:x",
        "&#106;avascript:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "http://[::1",
        "x" * 9_000,
    ],
)
def test_unsafe_links_lose_the_link_and_keep_the_text(href):
    found = read_html(f'<p>a <a href="{href}">word</a></p>', base=BASE)
    assert found.blocks == paragraphs("a word")
    assert "left out" in found.notes[0]


# --- headings, quotations, lists ---


def test_heading_levels_are_clamped():
    found = blocks("".join(f"<h{n}>h{n}</h{n}>" for n in range(1, 7)) + "<h2> </h2>")
    assert [block.level for block in found] == [2, 2, 3, 4, 4, 4]


def test_a_picture_in_a_heading_follows_it():
    found = blocks('<h2>Title <img src="a.jpg" alt="A"></h2>')
    assert isinstance(found[0], Heading)
    assert found[1].picture.alt == "A"


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote><p>One.</p><p>Two.</p><footer>— <cite>Nele</cite></footer></blockquote>",
        "<blockquote><p>One.</p>Two.<p>— <cite>Nele</cite></p></blockquote>",
        "<blockquote><p>One.</p><p>Two.</p><cite>Nele</cite></blockquote>",
        "<figure><blockquote><p>One.</p><p>Two.</p></blockquote><figcaption>Nele</figcaption></figure>",
        "<blockquote>One.<blockquote>Two.</blockquote><footer>Nele</footer></blockquote>",
    ],
)
def test_quotation_and_who_said_it(html):
    assert blocks(html) == (Quote((rich("One."), rich("Two.")), "Nele"),)


def test_a_cited_title_inside_a_quotation_is_no_attribution():
    assert blocks("<blockquote>Read <cite>Pravda</cite> daily.</blockquote>") == (Quote((rich("Read Pravda daily."),)),)


def test_quotation_of_nothing_but_a_name_keeps_the_name():
    assert blocks("<blockquote><footer>Nele</footer></blockquote>") == paragraphs("Nele")


def test_nested_lists_flatten_in_order():
    found = blocks("<ol><li>a<ul><li>b<li>c</ul>d<li><p>e</p><p>f</p></ol>")
    assert found == (ListBlock(tuple(map(rich, ["a", "b", "c", "d", "e f"])), ordered=True),)


@pytest.mark.parametrize(
    ("html", "note"),
    [
        ("<ol><li>a<ul><li>b</ul></ol>", "a list inside a list: its items follow in order in that one"),
        ('<ol start="5"><li>a</ol>', "a list that counts from 5 counts from 1"),
        ("<ol reversed><li>a</ol>", "a list that counts down counts up"),
    ],
)
def test_what_a_list_cannot_say_is_told(html, note):
    assert read_html(html).notes == (note,)
    assert read_html('<ol start="1"><li>a</ol><ul><li>b</ul>').notes == ()


def test_pictures_of_galleries_keep_their_own_captions():
    shown = '<figure><img src="{0}.jpg" alt="{0}">{1}</figure>'
    inside = shown.format("a", "<figcaption>One</figcaption>") + shown.format("b", "")
    found = blocks(f'<figure class="wp-block-gallery">{inside}<figcaption>All</figcaption></figure>')
    assert [block.picture.caption for block in found[:2]] == ["One", ""]
    assert found[2:] == paragraphs("All")
    old = '<dl class="gallery-item"><dt><img src="a.jpg" alt="A"></dt><dd class="wp-caption-text">One</dd></dl>'
    (found,) = blocks(old)
    assert (found.picture.alt, found.picture.caption) == ("A", "One")


def test_pictures_of_quick_pages_are_pictures():
    assert picture('<amp-img src="a.jpg" alt="A"></amp-img>').alt == "A"
    assert picture('<amp-img src="a.jpg" alt="A"><noscript><img src="a.jpg" alt="A"></noscript></amp-img>').alt == "A"


def test_definition_list_and_stray_items():
    assert blocks("<dl><dt>t<dd>d</dl><li>x</li>") == (ListBlock((rich("t"), rich("d"))), *paragraphs("x"))


def test_a_picture_inside_a_list_follows_the_list():
    found = blocks('<ul><li>a<img src="p.jpg" alt="P"></li><li>b</li></ul>')
    assert [type(block) for block in found] == [ListBlock, PictureBlock]
    assert len(found[0].items) == 2


# --- pictures ---


def picture(html, base=BASE):
    found = read_html(html, base=base)
    assert len(found.blocks) == 1, found
    return found.blocks[0].picture


def test_figure_with_caption_and_credit():
    found = picture(
        '<figure><img src="a.jpg" alt="A boat"><figcaption>At <b>dawn</b> <small>Photo: X</small></figcaption></figure>'
    )
    assert found == Picture("A boat", caption="At dawn", credit="Photo: X")
    assert found.origin == "https://example.org/news/a.jpg"


def test_caption_stands_in_for_missing_alt():
    assert picture("<figure><img src=a.jpg><figcaption>Cap</figcaption></figure>") == Picture("Cap", caption="Cap")


def test_wordpress_caption():
    html = '<div class="wp-caption"><a href=x><img src=a.jpg></a><p class="wp-caption-text">Cap</p></div>'
    assert picture(html).caption == "Cap"


def test_without_alt_and_caption_the_picture_is_dropped_and_reported():
    found = read_html("<p>x</p><img src=a.jpg alt=''>", base=BASE)
    assert found.blocks == paragraphs("x")
    assert "a.jpg" in found.notes[0]
    assert "alt" in found.notes[0]


def test_the_credit_of_a_dropped_picture_stays():
    found = read_html("<figure><img src=a.jpg><figcaption><small>Photo: X</small></figcaption></figure>", base=BASE)
    assert found.blocks == paragraphs("Photo: X")
    assert "left out" in found.notes[0]


def test_picture_without_an_address_is_reported_and_its_caption_kept():
    found = read_html("<figure><img src='data:image/png;base64,AA' alt='Map'><figcaption>Cap</figcaption></figure>")
    assert found.blocks == paragraphs("Map", "Cap")
    assert "left out" in found.notes[0]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ('src="data:image/gif;base64,R0" data-src="real.jpg"', "real.jpg"),
        ('srcset="s.jpg 300w, l.jpg 900w, m.jpg 600w"', "l.jpg"),
        ('srcset="s.jpg 1x, l.jpg 2x" src="fallback.jpg"', "fallback.jpg"),
        ('srcset="s.jpg 300w,l.jpg 900w,a,b.jpg 600w"', "l.jpg"),
        ('src="data:image/gif;base64,R0" data-orig-file="real.jpg"', "real.jpg"),
        ('src="real.jpg" data-orig-file="other.jpg"', "real.jpg"),
    ],
)
def test_lazy_and_responsive_pictures(attributes, name):
    assert picture(f'<img alt="A" {attributes}>').origin == f"https://example.org/news/{name}"


def test_picture_element_and_noscript_copy():
    assert picture('<picture><source srcset="a.webp"><img alt="A"></picture>').origin.endswith("a.webp")
    assert picture('<img src="a.jpg" alt="A"><noscript><img src="a.jpg" alt="A"></noscript>').alt == "A"


def test_counting_pixels_show_nothing_and_emoji_are_text():
    assert read_html('<img src="https://t.example/p.gif" width="1" height="1">').blocks == ()
    assert texts('<p>ok <img class="emoji" src="x.png" alt="\U0001f642"></p>') == ["ok \U0001f642"]


def test_a_picture_in_a_sentence_does_not_cut_it():
    found = blocks('<p>one <img src="a.jpg" alt="A"> two</p>')
    assert found[0] == paragraphs("one two")[0]
    assert found[1].picture.alt == "A"


def test_links_in_captions_are_reported():
    found = read_html('<figure><img src=a.jpg alt=A><figcaption><a href="https://e.org/x">C</a></figcaption></figure>')
    assert "https://e.org/x" in found.notes[0]


# --- tables ---


def cells(table):
    return [[plain(cell) for cell in row] for row in table.rows]


def test_table_with_caption_header_and_ragged_rows():
    (table,) = blocks(
        "<table><caption>Prices</caption><thead><tr><th>Good<th>2025<th>2026</thead>"
        "<tbody><tr><td>Bread<td><b>1</b><tr><td>Milk<td>2<td>3</table>"
    )
    assert (table.header, table.caption) == (True, "Prices")
    assert cells(table) == [["Good", "2025", "2026"], ["Bread", "1", ""], ["Milk", "2", "3"]]
    assert table.rows[1][1] == (Run("1", strong=True),)


def test_first_row_of_th_is_the_header():
    (table,) = blocks("<table><tr><th>a<th>b<tr><th>c<td>d</table>")
    assert table.header
    assert not blocks("<table><tr><th>a<td>b</table>")[0].header


def test_spans_leave_empty_cells():
    (table,) = blocks("<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d<tr><td>e<td>f<td>g</table>")
    assert cells(table) == [["a", "b", ""], ["", "c", "d"], ["e", "f", "g"]]


@pytest.mark.parametrize("span", ["0", "-3", "x", "", "999999999999999999999", "65000"])
def test_absurd_spans_are_harmless(span):
    (table,) = blocks(f"<table><tr><td colspan='{span}' rowspan='{span}'>a<tr><td>b</table>")
    assert sum(len(row) for row in table.rows) <= 2 * 65


def test_layout_tables_are_taken_apart():
    html = "<table><tr><td><h2>T</h2><p>a</p></td><td><table><tr><td>b</td><td>c</td></tr></table></td></tr></table>"
    found = blocks(html)
    assert [type(block) for block in found] == [Heading, Paragraph, Table]


def test_too_many_cells_become_paragraphs():
    html = "<table>" + "<tr>" + "<td>x</td>" * 100 + "</tr>" + ("<tr>" + "<td>y</td>" * 100 + "</tr>") * 90 + "</table>"
    found = blocks(html)
    assert all(isinstance(block, Paragraph) for block in found)
    assert len(found) == 9_100


# --- things that would load something foreign ---


@pytest.mark.parametrize(
    ("html", "url", "title"),
    [
        ('<iframe src="//v.example/e/1" title="Film"></iframe>', "https://v.example/e/1", "Film"),
        ('<iframe src="https://www.v.example/e/1">no frames</iframe>', "https://www.v.example/e/1", "v.example"),
        ('<video controls><source src="a.mp4">old browser</video>', "https://example.org/news/a.mp4", "example.org"),
        ('<audio src="a.mp3"></audio>', "https://example.org/news/a.mp3", "example.org"),
        ('<object data="m.swf"><embed src="m.swf"></object>', "https://example.org/news/m.swf", "example.org"),
        ('<figure><iframe src="https://v.example/1"></iframe><figcaption>Film</figcaption></figure>',
         "https://v.example/1", "Film"),
        ('<figure><div>https://v.example/watch</div></figure>', "https://v.example/watch", "https://v.example/watch"),
        (TWEET, "https://t.example/n/1", "Hi — N May"),
    ],
)  # fmt: skip
def test_embeds_are_titled_links(html, url, title):
    assert blocks(html) == (Embed(url, title),)


def test_a_player_without_an_address_is_reported():
    found = read_html("<p>a</p><iframe src='javascript:x' title='Film'></iframe>")
    assert found.blocks == paragraphs("a", "Film")
    assert "player" in found.notes[0]


def test_players_inside_players_hide_only_what_is_inside():
    found = read_html("<video src='https://e.org/v.mp4'><iframe src=x>a</iframe>b<script>c</script></video><p>d</p>")
    assert found.blocks == (Embed("https://e.org/v.mp4", "e.org"), *paragraphs("d"))


# --- limits and hostility ---


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "word" + "</div>" * 100_000,
        "<b>" * 100_000 + "word" + "</i>" * 100_000,
        "<blockquote>" * 30_000 + "word",
        "<ul><li>" * 15_000 + "word",
        "<table><tr><td>" * 10_000 + "word",
        "<b>" * 19_000 + "word" + "</i>" * 19_000,
        "<figure>" * 20_000 + "word",
        "<font color=1>" * 20_000 + "word",
    ],
    ids=["div", "mismatch-many", "quote", "list", "table", "mismatch", "figure", "font"],
)
def test_hostile_nesting_costs_neither_stack_nor_words(html):
    began = time.process_time()
    assert read_html(html).words == "word"
    assert time.process_time() - began < 10


def test_past_the_bound_only_text_is_kept_and_it_is_said():
    found = read_html("<p>a <i>b</i>c</p><script>no</script>" + "<p>x</p>" * MAX_TAGS)
    assert found.blocks[0] == paragraphs("a bc")[0]
    assert "only the text" in found.notes[0]
    assert "no" not in found.words


def test_text_too_long_for_a_story_is_cut_at_spaces():
    limit = LIMITS.max_line_chars
    words = "word " * (limit // 2)
    for html in (
        words,
        f"<ul><li>{words}</ul>",
        f"<h2>{words}</h2>",
        f"<blockquote>{words}</blockquote>",
        f"<table><tr><td>{words}<td>x</table>",
        f"<figure><img src=a.jpg alt=x><figcaption>{words}</figure>",
        f"<blockquote>x<footer>{words}</footer></blockquote>",
        f"<figure><a href='https://e.org'>{words}</a>",
    ):
        found = read_html(html, base=BASE).words.split()
        assert found.count("word") == limit // 2
    assert read_html("x" * (limit * 2 + 1)).words.replace(" ", "") == "x" * (limit * 2 + 1)


def test_many_losses_are_counted_not_listed():
    notes = read_html("".join(f"<img src={n}.jpg>" for n in range(100)), base=BASE).notes
    assert len(notes) == 21
    assert notes[-1] == "and 80 more such losses"


WORD = st.text("abcdefgжñ漢نΩ", min_size=1, max_size=8)
TAG = st.sampled_from(TAGS.split())
PIECE = st.one_of(
    WORD.map(lambda word: f" {word} "),
    TAG.map(lambda tag: f"<{tag}>"),
    TAG.map(lambda tag: f"</{tag}>"),
    st.sampled_from(
        ['<a href="/x">', '<img src="a.jpg" alt="">', '<table role="none">', '<td colspan="3" rowspan=2>',
         '<blockquote class="twitter-tweet">', '<div class="wp-caption">', "<!-- c -->", "&nbsp;", '<img src="b.jpg">']
    ),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECE, max_size=40).map("".join))
def test_every_visible_word_survives_in_any_soup(html):
    words = sorted(word.strip("\u201c\u201d,") for word in read_html(html, base=BASE).words.split())
    visible = sorted(re.sub(r"<!--.*?-->|<[^>]*>", " ", html.replace("&nbsp;", " ")).split())
    assert [word for word in words if word] == visible


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.text("<>/=\"'&;!-abpi \n\x00\ud800")), st.text(max_size=20))
def test_nothing_raises(html, base):
    found = read_html(html, base=base)
    assert all(note for note in found.notes)
    plain_text(html)
    read_text(html)


def test_plain_text_paragraphs():
    assert read_text("a\nb\n\n <i>c</i> &amp;\r\n\r\nd").blocks == paragraphs("a b", "<i>c</i> &amp;", "d")
    assert plain_text("<b>T</b>itle &amp; <p>more") == "Title & more"


def test_an_address_that_nobody_can_follow_stays_text():
    assert blocks("<figure>https://a.example\x80</figure>") == (Paragraph(rich("https://a.example\x80")),)
    assert blocks("<figure>https://a.example/b</figure>") == (Embed("https://a.example/b", "https://a.example/b"),)
