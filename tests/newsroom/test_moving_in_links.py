"""Links between stories of a site that moves in lead to the stories here, in whatever order those come."""

import json

import pytest
from moving_kit import NOW, Said, line, move_lines, move_wxr, write_lines, wxr_post
from wagtail.models import Revision

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.moving_in.linking import Linking
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.places import Places, address_of
from tamizdat.newsroom.moving_in.running import move_in
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.set_up import reconcile
from tamizdat.newsroom.stories.models import StoryLink, StoryPage
from tamizdat.newsroom.stories.terms import Topic
from tamizdat.newsroom.translating.models import Task
from tamizdat.sources.port import Origin
from tamizdat.story import Embed, Paragraph, Run, Story, plain, rich

pytestmark = pytest.mark.django_db
OLD = "https://shore.example"


@pytest.fixture(autouse=True)
def _chunks_of_two(monkeypatch):
    """So that later stories are in later chunks."""
    monkeypatch.setattr("tamizdat.newsroom.moving_in.coming.CHUNK_STORIES", 2)


def _to(href, words="there"):
    return f'<p>See <a href="{href}">{words}</a>.</p>'


def _released(number):
    page = StoryPage.objects.get(title=f"Bread {number}")
    release = Release.objects.get(
        story_id=page.story_id, language=page.locale.language_code, current=True, story__isnull=False
    )
    return story_from_bytes(bytes(release.story))


def _hrefs(number):
    return [run.href for block in _released(number).body for run in block.text if run.href]


def _address(number):
    page = StoryPage.objects.get(title=f"Bread {number}")
    return f"../../{page.published:%Y/%m}/{page.story_id}.html"


def _body(number):
    page = StoryPage.objects.get(title=f"Bread {number}")
    assert json.loads(page.latest_revision.content["body"]) == page.body.get_prep_value()
    return str(page.body.get_prep_value())


def _is_linked(number, to):
    key = StoryPage.objects.get(title=f"Bread {to}").pk
    return f'<a linktype="page" id="{key}">' in _body(number) and _hrefs(number) == [_address(to)]


def test_links_lead_to_earlier_later_and_neighbouring_stories(tmp_path):
    posts = [
        wxr_post(1, text=_to(f"{OLD}/bread-6/")),
        wxr_post(2, text=_to(f"{OLD}/bread-1/")),
        wxr_post(3, text=_to(f"{OLD}/bread-4/")),
        wxr_post(4, text=_to(f"{OLD}/bread-3/")),
        wxr_post(5, text=_to(f"{OLD}/bread-1/")),
        wxr_post(6),
    ]
    report = move_wxr(tmp_path / "e.xml", *posts)
    assert report.faults == []
    for number, to in [(1, 6), (2, 1), (3, 4), (4, 3), (5, 1)]:
        assert _is_linked(number, to), number
    assert Revision.objects.count() == 6, "that a story came later is no version of another"
    assert all(_released(number).updated is None for number in range(1, 7)), "and no update"
    assert Release.objects.count() == 7, "only the first had to wait"
    assert StoryLink.objects.filter(found=True).count() == 5
    assert not faults_of_pages()
    assert reconcile() == 0, "readers have every story as it stands"


def test_a_second_time_nothing_happens(tmp_path):
    posts = [wxr_post(1, text=_to(f"{OLD}/bread-3/")), wxr_post(2), wxr_post(3)]
    move_wxr(tmp_path / "e.xml", *posts)
    before = Release.objects.count(), Revision.objects.count(), _body(1)
    report = move_wxr(tmp_path / "e.xml", *posts)
    assert (report.same, report.faults) == (3, [])
    assert before == (Release.objects.count(), Revision.objects.count(), _body(1))


def test_what_was_killed_before_its_links_were_made_gets_them_with_the_next_run(tmp_path, monkeypatch):
    posts = [wxr_post(1, text=_to(f"{OLD}/bread-3/")), wxr_post(2), wxr_post(3)]

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Linking, "mend", killed)
        with pytest.raises(SystemExit):
            move_wxr(tmp_path / "e.xml", *posts)
    assert _hrefs(1) == [f"{OLD}/bread-3/"]
    assert move_wxr(tmp_path / "e.xml", *posts).same == 3
    assert _is_linked(1, 3)
    assert _released(1).updated is None
    assert Revision.objects.count() == 3


def test_a_story_that_changed_at_the_source_keeps_its_links(tmp_path):
    posts = [wxr_post(1, text=_to(f"{OLD}/bread-3/")), wxr_post(2), wxr_post(3)]
    move_wxr(tmp_path / "e.xml", *posts)
    assert move_wxr(tmp_path / "e.xml", wxr_post(1, text=_to(f"{OLD}/bread-3/", "here")), *posts[1:]).changed == 1
    assert _is_linked(1, 3)
    assert "here" in _body(1)
    assert Release.objects.count() == 3 + 1 + 1, "no reader ever gets the old link again"


@pytest.mark.parametrize(
    "href",
    [
        "http://shore.example/bread-3/",
        "https://www.shore.example/bread-3",
        "//shore.example:443/bread-3/#comments",
        "/bread-3/?utm_source=letter",
        "https://SHORE.example/bread%2D3/",
        f"{OLD}/?p=3",
        f"{OLD}/?p=3&preview=true",
        "http://www.shore.example/?p=3",
    ],
)
def test_addresses_are_compared_as_servers_do(tmp_path, href):
    report = move_wxr(tmp_path / "e.xml", wxr_post(1, text=_to(href)), wxr_post(2), wxr_post(3))
    assert _is_linked(1, 3)
    assert report.faults == []


def test_letters_of_any_script_are_the_same_encoded_or_not(tmp_path):
    link = f"{OLD}/%d1%85%d0%bb%d0%b5%d0%b1/"
    posts = [wxr_post(1, text=_to(f"{OLD}/хлеб")), wxr_post(2, text=_to(f"{OLD}/%D1%85леб/")), wxr_post(3, link=link)]
    move_wxr(tmp_path / "e.xml", *posts)
    assert _is_linked(1, 3)
    assert _is_linked(2, 3)


def test_a_number_is_a_posts_also_when_its_guid_is_of_another_site(tmp_path):
    posts = [wxr_post(1, text=_to(f"{OLD}/?p=3")), wxr_post(2), wxr_post(3, guid="https://older.example/?p=77")]
    file = tmp_path / "e.xml"
    move_wxr(file, *posts)
    assert _hrefs(1) == [f"{OLD}/?p=3"], "the export does not say where its site is"
    file.write_text(file.read_text().replace("<channel>", f"<channel><link>{OLD}</link>"), "utf-8")
    move_in(str(file), "wordpress", "", dry=False, step=lambda _report: None)
    assert _is_linked(1, 3)


@pytest.mark.parametrize("dry", [True, False])
def test_what_leads_to_no_story_stays_and_is_counted(tmp_path, dry):
    text = (
        _to(f"{OLD}/about/") + _to(f"{OLD}/wp-content/uploads/a.pdf") + _to(f"{OLD}/about/")
        + _to("https://else.example/") + _to(f"{OLD}/bread-2/")
    )  # fmt: skip
    report = move_wxr(tmp_path / "e.xml", wxr_post(1, text=text), wxr_post(2), dry=dry)
    assert [(fault.field, fault.text) for fault in report.faults] == [
        ("links", f"3 links still lead to the old site: {OLD}/about/, {OLD}/wp-content/uploads/a.pdf")
    ]
    assert report.left_out == 0
    if not dry:
        assert _hrefs(1).count(f"{OLD}/about/") == 2


def test_a_story_that_was_edited_here_keeps_its_links_and_the_report_says_so(tmp_path):
    posts = [wxr_post(1, text=_to(f"{OLD}/bread-3/")), wxr_post(2)]
    move_wxr(tmp_path / "e.xml", *posts)
    page = StoryPage.objects.get(title="Bread 1")
    page.lead = "Edited."
    page.save_revision().publish()
    report = move_wxr(tmp_path / "e.xml", *posts, wxr_post(3))
    assert [fault.text for fault in report.faults] == [
        "1 stories were edited, locked, held or unpublished here and keep their old links: Bread 1"
    ]
    assert _hrefs(1) == [f"{OLD}/bread-3/"]


def test_a_text_has_no_link_to_itself(tmp_path):
    report = move_wxr(tmp_path / "e.xml", wxr_post(1, text=_to("#figures")), wxr_post(2, text=_to("#top")))
    assert _hrefs(1) == _hrefs(2) == []
    assert "See there." in _body(1)
    (fault,) = report.faults
    named = f"{OLD}/bread-1/#figures ('Bread 1'), {OLD}/bread-2/#top ('Bread 2')"
    assert fault.text == f"2 links of a story to a place in itself left out, their words kept: {named}"


def test_a_story_shown_by_its_address_alone_becomes_a_line_with_a_link(tmp_path):
    text = f"<p>Before.</p>\n{OLD}/bread-3/\n<p>After.</p>"
    move_wxr(tmp_path / "e.xml", wxr_post(1, text=text), wxr_post(2), wxr_post(3))
    assert _is_linked(1, 3)
    assert ">Bread 3</a>" in _body(1)


def test_links_in_quotations_lists_and_tables_lead_there_too(tmp_path):
    link = f'<a href="{OLD}/bread-3/?a=1&amp;b=2">there</a>'
    text = f"""<blockquote><p>So {link}.</p></blockquote><ul><li>{link}</li></ul><h2>{link}</h2>
<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>x {link}</td></tr></table>"""
    report = move_wxr(tmp_path / "e.xml", wxr_post(1, text=text), wxr_post(2), wxr_post(3))
    assert report.faults == []
    assert _body(1).count('<a linktype="page"') == 4
    assert OLD not in _body(1)


def test_links_to_drafts_wait_for_them(tmp_path):
    draft = wxr_post(3).replace("<wp:status>publish", "<wp:status>draft")
    report = move_wxr(tmp_path / "e.xml", wxr_post(1, text=_to(f"{OLD}/bread-3/")), wxr_post(2), draft)
    assert not any(fault.field == "links" for fault in report.faults)
    assert _hrefs(1) == []
    StoryPage.objects.get(title="Bread 3").get_latest_revision().publish()
    assert _hrefs(1) == [_address(3)]


def test_drafts_get_links_too(tmp_path):
    draft = wxr_post(1, text=_to(f"{OLD}/bread-3/")).replace("<wp:status>publish", "<wp:status>draft")
    move_wxr(tmp_path / "e.xml", draft, wxr_post(2), wxr_post(3))
    assert f'id="{StoryPage.objects.get(title="Bread 3").pk}"' in _body(1)
    assert Release.objects.count() == 2


def test_readers_get_the_story_in_their_language(tmp_path):
    posts = [
        wxr_post(1, "ru", text=_to(f"{OLD}/bread-2/")),
        wxr_post(2, "en", "g"),
        wxr_post(3, "fa"),
        wxr_post(4, "ru", "g"),
    ]
    move_wxr(tmp_path / "e.xml", *posts)
    story = StoryPage.objects.get(title="Bread 2")
    assert _hrefs(1) == [f"../../{story.published:%Y/%m}/{story.story_id}.html"]


def test_translations_are_not_flagged_for_links_that_are_made_later(tmp_path):
    table = "<table><thead><tr><th>Loaf</th></tr></thead><tbody><tr><td>61</td></tr></tbody></table>"
    posts = [
        wxr_post(1, "en", "g", text=_to(f"{OLD}/bread-5/") + table),
        wxr_post(2, "ru", "g", text=_to(f"{OLD}/bread-5/") + table),
    ]
    move_wxr(tmp_path / "e.xml", *posts)
    task = Task.objects.get()
    move_wxr(tmp_path / "e.xml", *posts, wxr_post(5, "en"))
    page = StoryPage.objects.get(title="Bread 5")
    for number in (1, 2):
        assert f'id="{page.pk}"' in _body(number)
    source = StoryPage.objects.get(title="Bread 1")
    source.lead = "A lead."
    source.save_revision().publish()
    task.refresh_from_db()
    assert (task.changed, task.todo) == (0, 1), "the lead alone"


def story(key, *body, **more):
    return Story(key, "en", f"Bread {key}", NOW, body=body or (Paragraph(rich("Text.")),), **more)


def test_links_that_are_made_later_bring_no_label_that_nobody_let_go():
    first = story("a1", Paragraph((Run("x", href="/two/"),)), topics=("War",)), Origin("/one/")
    Mover(Said(first), "said").move()
    Topic.objects.update(label="Special operation")
    Mover(Said(first, (story("a2"), Origin("/two/"))), "said").move()
    release = Release.objects.get(story_id="a1", current=True)
    assert story_from_bytes(bytes(release.story)).topics == ("War",)
    assert b"a2.html" in bytes(release.story)


def test_sources_whose_addresses_are_paths_alone_have_links_too():
    first = story("a1", Paragraph((Run("x", href="/two/"), Run(" y "), Run("z", href="/tag/"))), Embed("/two/", "Two"))
    report = Mover(Said((first, Origin("/one/")), (story("a2"), Origin("/two/"))), "said").move()
    page = StoryPage.objects.get(story_id="a2")
    assert str(StoryPage.objects.get(story_id="a1").body.get_prep_value()).count(f'id="{page.pk}"') == 2
    assert [fault.text for fault in report.faults] == ["1 links still lead to the old site: /tag/"]


def test_what_is_no_address_is_none():
    assert address_of("mailto:a@shore.example", OLD) is None
    assert address_of("https://[::1", OLD) is None
    assert address_of("https://shore.example:99999/", "") is None
    assert address_of("relative", "") is None
    assert Places("nothing").page_at(address_of(f"{OLD}/?p=" + "9" * 99)) is None
    assert address_of(f"{OLD}/%ff/") != address_of(f"{OLD}/%fe/")


def test_lines_without_addresses_have_no_old_site(tmp_path):
    assert move_lines(write_lines(tmp_path / "s.jsonl", [line("a"), line("b")])).faults == []


@pytest.mark.parametrize("status", ["future", "private"])
@pytest.mark.parametrize("first", [1, 2])
def test_no_story_names_the_headline_of_one_that_readers_do_not_have(tmp_path, status, first):
    """Whichever of them comes first, and of those that change: a headline may be what is secret."""
    date = {"future": "2036-11-23 06:00:00"}.get(status, "2026-11-23 06:00:00")
    secret = wxr_post(2, date=date).replace(">publish<", f">{status}<")
    shows = wxr_post(1, text=f"<p>Read.</p>\n{OLD}/bread-2/\n{OLD}/bread-3/")
    others = [wxr_post(number) for number in (3, 4)]
    move_wxr(tmp_path / "s.xml", *((shows, *others, secret) if first == 1 else (secret, *others, shows)))
    for _again in range(2):
        words = [plain(block.text) for block in _released(1).body]
        assert words[0] == "Read."
        assert "Bread 3" in words[-1]
        assert "Bread 2" not in "".join(words) + _body(1)
        assert str(StoryPage.objects.get(title="Bread 2").pk) in _body(1), "it is a link all the same"
        shows = wxr_post(1, text=f"<p>Read.</p>\n{OLD}/bread-2/\n<p>More.</p>\n{OLD}/bread-3/")
        move_wxr(tmp_path / "s.xml", shows, *others, secret)
