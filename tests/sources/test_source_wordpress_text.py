"""Texts of WordPress: classic ones, blocks, shortcodes, galleries, footnotes, and blocks that posts share."""

import time

import pytest
from wordpress_kit import SHELF, file_of, item, meta, put

from tamizdat.story import Embed, ListBlock, Paragraph, PictureBlock, plain, rich


def test_a_classic_text(take, tmp_path):
    text = """First.\nStill the first.

Second <b>one</b>.

<ul>
<li>a</li>

<li>b</li>
</ul>
[caption id="attachment_7" width="300"]<a href="x"><img class="wp-image-7"
src="https://shore.example/shelf-300x200.jpg" alt="" /></a> At noon[/caption]

https://video.example/watch?v=1

[embed]https://video.example/2[/embed]
[video mp4="https://shore.example/v.mp4"][/video]
[audio src="https://shore.example/a.mp3"]
He said [sic] it.

<pre>one

two</pre>"""
    put(tmp_path, item(text=text), SHELF)
    taken = take("wordpress", path="wp.xml")
    body = taken.stories[0].body
    assert [plain(block.text) for block in body if isinstance(block, Paragraph)] == [
        "First. Still the first.",
        "Second one.",
        "He said [sic] it.",
        "one",
        "two",
    ]
    assert [[plain(each) for each in block.items] for block in body if isinstance(block, ListBlock)] == [["a", "b"]]
    (picture,) = [block.picture for block in body if isinstance(block, PictureBlock)]
    assert (picture.alt, picture.caption) == ("A half-empty shelf", "At noon")
    assert picture.origin == "https://shore.example/shelf.jpg"
    assert [block.url for block in body if isinstance(block, Embed)] == [
        "https://video.example/watch?v=1",
        "https://video.example/2",
        "https://shore.example/v.mp4",
        "https://shore.example/a.mp3",
    ]
    assert (taken.errors, taken.notes) == ([], [])


def test_galleries(take, tmp_path):
    queue = file_of(8, "https://shore.example/queue.jpg", "A queue")
    for text, expected, lost in (
        ('[gallery ids="8,7"]', ["queue.jpg", "shelf.jpg"], False),
        ("[gallery]", ["shelf.jpg"], False),
        ('[gallery ids="7,99"]', ["shelf.jpg"], True),
    ):
        put(tmp_path, item(text=f"<p>Text</p>{text}"), SHELF, queue)
        taken = take("wordpress", path="wp.xml")
        shown = [block.picture.origin for block in taken.stories[0].body if isinstance(block, PictureBlock)]
        assert [address.rpartition("/")[2] for address in shown] == expected
        assert any("the export does not have" in note for note in taken.notes) == lost


def test_blocks(take, tmp_path):
    text = """<!-- wp:paragraph {"align":"left"} -->
<p>One.</p>
<!-- /wp:paragraph -->

<!-- wp:embed {"url":"https://video.example/1"} -->
<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">
https://video.example/1
</div></figure>
<!-- /wp:embed -->
<!-- wp:image {"id":7} -->
<figure class="wp-block-image"><img src="https://shore.example/shelf.jpg" alt="" class="wp-image-7"/></figure>
<!-- /wp:image -->
<!-- wp:latest-posts {"postsToShow":3} /-->"""
    put(tmp_path, item(text=text), SHELF)
    taken = take("wordpress", path="wp.xml")
    assert [type(block) for block in taken.stories[0].body] == [Paragraph, Embed, PictureBlock]
    (note,) = taken.notes
    assert "block latest-posts" in note


def test_shortcodes_that_nobody_knows_stand_as_text(take, tmp_path):
    put(tmp_path, item(text='<p>Before [poll id="3"] after.</p>'))
    taken = take("wordpress", path="wp.xml")
    assert plain(taken.stories[0].body[0].text) == 'Before [poll id="3"] after.'
    assert "[poll" in taken.notes[0]


@pytest.mark.parametrize(
    "shortcode",
    [
        "[youtube https://youtu.be/abc]",
        '[youtube url="https://youtu.be/abc" width="300"]',
        "[youtube]https://youtu.be/abc[/youtube]",
        "[Vimeo https://youtu.be/abc /]",
    ],
)
def test_shortcodes_of_networks_are_titled_links(take, tmp_path, shortcode):
    put(tmp_path, item(text=f"Before {shortcode} after, [tweet 12], [he means YouTube]."))
    taken = take("wordpress", path="wp.xml")
    before, shown, after = taken.stories[0].body
    assert shown == Embed("https://youtu.be/abc", "https://youtu.be/abc")
    assert (plain(before.text), plain(after.text)) == ("Before", "after, [tweet 12], [he means YouTube].")
    assert not taken.notes


def test_footnotes_stand_where_the_post_shows_them(take, tmp_path):
    kept = (
        r'[{"id":"a1","content":"Ministry, <a href=\"https://m.example/\">table 3<\/a>"},{"id":"b2","content":"Ibid."}]'
    )
    text = (
        '<!-- wp:paragraph --><p>It is 61<sup data-fn="a1" class="fn"><a href="#a1" id="a1-link">1</a></sup>.</p>'
        "<!-- /wp:paragraph --><!-- wp:footnotes /-->"
    )
    put(
        tmp_path,
        item(5, text=text, more=meta("footnotes", kept)),
        item(6, text="<p>No.</p>", more=meta("footnotes", kept)),
    )
    put(tmp_path, item(7, text=text, more=meta("footnotes", "{")), name="odd.xml")
    taken = take("wordpress", path="wp.xml")
    paragraph, notes = taken.stories[0].body
    assert paragraph == Paragraph(rich("It is 61[1].")), "no way to the old site, and no other number"
    assert [plain(each) for each in notes.items] == ["Ministry, table 3", "Ibid."]
    assert notes.items[0][1].href == "https://m.example/"
    assert taken.notes == ["wp.xml:18: custom fields left out: footnotes"]
    assert len(take("wordpress", path="odd.xml").notes) == 2


def _block(number, text, status="publish"):
    return item(number, text, "wp_block", status, title=f"Block {number}")


def test_blocks_that_posts_share_stand_in_their_places(take, tmp_path):
    text = '<!-- wp:paragraph --><p>One.</p><!-- /wp:paragraph --><!-- wp:block {"ref":20} /--><p>Two.</p>'
    inner = '<p>Help us.</p><!-- wp:block {"ref":21} /-->'
    put(tmp_path, item(text=text), _block(20, inner), _block(21, "<p>Write.</p>"))
    taken = take("wordpress", path="wp.xml")
    (story,) = taken.stories
    assert [plain(block.text) for block in story.body] == ["One.", "Help us.", "Write.", "Two."]
    assert (taken.errors, taken.notes) == ([], []), "and they are no items that were left out"


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([], "reusable block 20 left out: the export does not have it"),
        ([(20, "x", "trash")], "reusable block 20 left out: the export does not have it"),
        (
            [(20, "<p>Again.</p>" + '<!-- wp:block {"ref":20} /-->' * 9)],
            "reusable block 20 left out: it stands in itself",
        ),
        ([(20, '<!-- wp:block {"ref":21} /-->' * 9), (21, "x" * 500_000)], "reusable block 21 left out"),
    ],
)
def test_shared_blocks_that_are_not_there_or_never_end_are_told(take, tmp_path, blocks, why):
    put(tmp_path, item(text='<p>One.</p><!-- wp:block {"ref":20} /-->'), *(_block(*each) for each in blocks))
    began = time.monotonic()
    taken = take("wordpress", path="wp.xml")
    words = [plain(block.text) for block in taken.stories[0].body]
    assert words[0] == "One."
    assert words.count("Again.") <= 1
    assert why in "\n".join(taken.notes)
    assert time.monotonic() - began < 20


def test_pictures_behind_a_text_stand_before_it_and_files_are_named_once(take, tmp_path):
    cover = (
        '<!-- wp:cover {"id":7} --><div class="wp-block-cover" style="background-image:url(https://shore.example/shelf.jpg)">'
        "<p>Over it.</p></div><!-- /wp:cover -->"
    )
    file = (
        '<div class="wp-block-file"><a href="https://shore.example/d.pdf">Papers</a>'
        '<a href="https://shore.example/d.pdf" class="wp-block-file__button" download>Download</a></div>'
    )
    put(tmp_path, item(text=cover + file), SHELF)
    picture, over, papers = take("wordpress", path="wp.xml").stories[0].body
    assert (picture.picture.origin, picture.picture.alt) == ("https://shore.example/shelf.jpg", "A half-empty shelf")
    assert (plain(over.text), plain(papers.text)) == ("Over it.", "Papers")
