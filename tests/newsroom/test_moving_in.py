"""Whole sites move in: once, exactly, and so that everything afterwards works as if an editor had written them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import jpeg, newspaper, person, write
from django.contrib.auth import get_user_model
from django.urls import reverse
from moving_kit import NOW, Said, line, move_folder, move_lines, write_lines
from newsroom_settings import PASSPHRASE
from wagtail.models import PageLogEntry
from wire_kit import serving

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.models import TAKEDOWN, Correction
from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.moving_in.models import MovedItem, MovedPicture
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.redirects import redirect_lines
from tamizdat.newsroom.moving_in.running import move_in
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.models import Order, Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.releasing import release
from tamizdat.newsroom.set_up import reconcile
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Byline, Section
from tamizdat.newsroom.translating.models import Together
from tamizdat.newsroom.translating.sourcing import mark_held
from tamizdat.press.slugs import id_slug
from tamizdat.sources.jsonl import JsonLinesSource
from tamizdat.sources.port import Origin
from tamizdat.story import Paragraph, Story, rich
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(tmp_path):
    """Three stories, one of them in three languages."""
    return write_lines(
        tmp_path / "site.jsonl",
        [
            line("harbour", byline=["Anna K."], sections=["politics"], topics=["ports"], agencies=["Harbour Wire"]),
            line("harbour", "ru", headline="Порт"),
            line("harbour", "fa", headline="بندر"),
            line("A.b", lead="In short."),
            line("a-b", published=None),
        ],
    )


def _out() -> dict[tuple[str, str], object]:
    rows = Release.objects.filter(current=True, story__isnull=False)
    return {(row.language, row.story_id): story_from_bytes(bytes(row.story)) for row in rows}


def test_what_readers_get_is_what_the_source_had(site):
    report = move_lines(site)
    assert (report.read, report.new, report.left_out, report.faults) == (5, 5, 0, [])
    assert report.whole
    stories = {
        (s.language, s.story_id): s for s in (g.story for g in JsonLinesSource(site, name="", now=NOW).stories(print))
    }
    out = _out()
    assert out.keys() == stories.keys()
    for key, story in stories.items():
        assert replace(out[key], published=story.published) == story
        assert story.story_id == "a-b" or out[key].published == story.published
    assert not faults_of_pages()


def test_languages_of_a_story_are_translations_of_one_another(site):
    move_lines(site)
    pages = StoryPage.objects.filter(story_id="harbour")
    assert len({page.translation_key for page in pages}) == 1
    assert {page.locale.language_code for page in pages} == {"en", "ru", "fa"}
    assert pages.get(locale__language_code="en").get_translations().count() == 2


def test_a_language_that_is_here_already_is_joined(site):
    here = write("Порт", language="ru", story_id="harbour")
    report = move_lines(site)
    assert [fault.text for fault in report.faults] == [
        "a story of this id stands here already and did not come from this source"
    ]
    assert (report.new, report.left_out) == (4, 1)
    assert StoryPage.objects.get(story_id="harbour", locale__language_code="fa").translation_key == here.translation_key


def test_a_second_time_nothing_happens(site):
    move_lines(site)
    before = list(StoryPage.objects.values("pk", "latest_revision_id", "last_published_at").order_by("pk"))
    counts = (
        Release.objects.count(),
        Order.objects.count(),
        LibraryPicture.objects.count(),
        PageLogEntry.objects.count(),
    )
    report = move_lines(site)
    assert (report.new, report.changed, report.same) == (0, 0, 5)
    assert before == list(StoryPage.objects.values("pk", "latest_revision_id", "last_published_at").order_by("pk"))
    assert counts == (
        Release.objects.count(), Order.objects.count(), LibraryPicture.objects.count(), PageLogEntry.objects.count(),
    )  # fmt: skip


def test_what_changed_at_the_source_changes_here_unless_somebody_edited_it(site):
    move_lines(site)
    edited = StoryPage.objects.get(story_id="harbour", locale__language_code="ru")
    edited.title = "Порт: отредактировано"
    edited.save_revision().publish()
    deleted = StoryPage.objects.get(story_id="A.b")
    deleted.delete()
    write_lines(
        site,
        [
            line("harbour", headline="Harbour, later"),
            line("harbour", "ru", headline="Другой порт"),
            line("harbour", "fa", headline="بندر"),
            line("A.b", lead="Otherwise."),
            line("a-b", published=None),
        ],
    )
    report = move_lines(site)
    assert (report.changed, report.kept, report.same, report.left_out) == (1, 2, 2, 0)
    assert not report.whole
    assert StoryPage.objects.get(story_id="harbour", locale__language_code="en").title == "Harbour, later"
    assert _out()["en", "harbour"].headline == "Harbour, later"
    assert _out()["ru", "harbour"].headline == "Порт: отредактировано"
    assert not StoryPage.objects.filter(story_id="A.b").exists()
    assert {fault.story_id for fault in report.faults} == {"harbour", "A.b"}
    assert not faults_of_pages()


def _unpublish(client, page):
    """As an editor does it."""
    client.force_login(get_user_model().objects.first() or person())
    assert client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk])).status_code == 302


def test_what_an_editor_took_off_the_site_stays_off_whatever_the_source_changes(site, client):
    move_lines(site)
    write_lines(site, [line("A.b", headline="Second version")])
    assert move_lines(site).changed == 1
    for number, story_id in enumerate(["harbour", "A.b"]):
        page = StoryPage.objects.get(story_id=story_id, locale__language_code="en")
        _unpublish(client, page)
        write_lines(site, [line(story_id, headline=f"Later {number}")])
        report = move_lines(site)
        assert (report.changed, report.kept) == (0, 1)
        assert "unpublished here" in report.faults[-1].text
        assert not StoryPage.objects.get(pk=page.pk).live
        assert ("en", story_id) not in _out()
    write_lines(site, [line("harbour", headline="Later 0")])
    assert move_lines(site).kept == 1, "it is told each time"


def test_a_try_writes_nothing(site, tmp_path):
    report = move_lines(site, dry=True)
    assert report.new == 5
    assert "would come in" in report.lines()[0]
    assert not StoryPage.objects.exists()
    assert not MovedItem.objects.exists()
    assert not Release.objects.exists()


def test_ids_that_differ_only_in_signs_get_slugs_of_their_own(site):
    move_lines(site)
    assert set(StoryPage.objects.filter(story_id__in=["A.b", "a-b"]).values_list("slug", flat=True)) == {"a-b", "a-b-2"}


def test_a_page_that_moved_in_is_edited_published_and_taken_back_like_any_other(site, client):
    move_lines(site)
    client.force_login(person())
    page = StoryPage.objects.get(story_id="harbour", locale__language_code="en")
    assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200
    assert client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).status_code == 200
    assert release(page) is None
    draft = page.get_latest_revision_as_object()
    draft.title = "Edited"
    draft.save_revision().publish()
    assert _out()["en", "harbour"].headline == "Edited"
    StoryPage.objects.get(pk=page.pk).unpublish()
    assert ("en", "harbour") not in _out()
    after = write("One more", story_id="one-more")
    assert after.path > StoryPage.objects.exclude(pk=after.pk).filter(locale=after.locale).order_by("path").last().path
    assert reconcile() == 0
    assert not faults_of_pages()


def test_what_moved_in_is_found(site):
    move_lines(site)
    assert [page.story_id for page in StoryPage.objects.search("порт")] == ["harbour"]
    assert StoryPage.objects.autocomplete("Headl").count() == 3


def test_names_become_terms_that_change_no_word(site):
    Byline.objects.create(key="Anna K.", label="Anna K. Petrova")
    report = move_lines(site)
    assert report.whole
    assert Section.objects.get(key="politics").label == "politics"
    assert _out()["en", "harbour"].byline == ("Anna K. Petrova",)
    assert _out()["en", "harbour"].agencies == ("Harbour Wire",)


def test_languages_that_the_publication_has_not_are_counted(tmp_path):
    report = move_lines(write_lines(tmp_path / "s.jsonl", [line("x", "de"), line("y", "de"), line("z")]))
    assert (report.read, report.new, report.left_out) == (3, 1, 2)
    assert report.faults[0].text == (
        "2 stories left out: de is not among the publication's languages: 'Headline of x', 'Headline of y'"
    )


def test_what_was_taken_down_does_not_come_back_by_an_import(site):
    Correction.objects.create(story_id="harbour", kind=TAKEDOWN, languages=["ru"], reason="r", at=NOW)
    report = move_lines(site)
    assert report.drafts == 1
    assert ("ru", "harbour") not in _out()
    assert ("en", "harbour") in _out()


def test_dates_ahead_of_time_do_not_go_out(tmp_path):
    report = move_lines(write_lines(tmp_path / "s.jsonl", [line("x", published="2099-01-01T00:00:00Z")]))
    assert (report.new, report.drafts) == (1, 1)
    assert not Release.objects.exists()
    assert report.faults[0].field == "published"


@pytest.mark.parametrize(
    "bytes_", [b"\x00\xff", b"[" * 5_000, b'{"id": 1}', b'{"id": "x", "lang": "en", "headline": "\\u0000"}']
)
def test_hostile_lines_are_reported_and_the_rest_comes_in(tmp_path, bytes_):
    file = tmp_path / "s.jsonl"
    file.write_bytes(bytes_ + b"\n" + json.dumps(line("ok")).encode() + b"\n")
    report = move_lines(file)
    assert report.new == 1
    assert report.left_out == 1 or report.faults == []


def test_the_report_is_json_and_lines(site):
    tried = move_lines(site, dry=True)
    assert tried.lines()[1] == f"languages: {', '.join(f'{tag} {n}' for tag, n in sorted(tried.languages.items()))}"
    assert sum(tried.languages.values()) == 5
    report = move_lines(site)
    said = json.loads(json.dumps(report.as_json()))
    assert (said["read"], said["new"], said["faults"]) == (5, 5, [])
    assert report.lines() == [
        "5 stories read from site: 5 came in (0 as drafts), 0 changed, 0 as before, 0 left out; 0 new pictures"
    ]


# --- pictures ---


def _folder(tmp_path, *, second="quay.jpg", alt="A quay"):
    folder = tmp_path / "stories"
    folder.mkdir(exist_ok=True)
    head = "---\ntitle: Strike\ndate: 2026-11-20T10:00:00Z\n---\n"
    (folder / "strike.en.md").write_text(f"{head}Text.\n\n![{alt}](quay.jpg)\n\nMore.\n\n![Again]({second})\n", "utf-8")
    return folder


def test_pictures_come_once_without_their_metadata(tmp_path, room):
    folder = _folder(tmp_path, second="copy.jpg")
    exif = (
        b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x0f\x00\x02\x00\x00\x00\x0cSECRET-CAM\x00\x00\x00\x00\x00\x00"
    )
    for name in ("quay.jpg", "copy.jpg"):
        (folder / name).write_bytes(jpeg(exif=exif))
    report = move_folder(folder)
    assert (report.new, report.pictures, report.faults) == (1, 1, [])
    (picture,) = LibraryPicture.objects.all()
    with picture.file.open() as file:
        assert b"SECRET" not in file.read()
    assert MovedPicture.objects.count() == 2
    (story,) = _out().values()
    assert [(each.alt, each.caption, each.file) for each in story.pictures] == [
        ("A quay", "", picture.digest),
        ("Again", "", picture.digest),
    ]
    assert not faults_of_pages()
    run = Press(room, _keyring(room)).run()
    assert not run.failed, run.report
    assert not run.report["faults"]


def _keyring(room):
    return Keyring.open(room, lambda _file: PASSPHRASE)


def test_a_picture_that_cannot_be_had_is_told_and_tried_again(tmp_path):
    folder = _folder(tmp_path)
    (folder / "quay.jpg").write_bytes(b"no picture")
    report = move_folder(folder)
    assert report.new == 1
    assert {fault.field for fault in report.faults} == {"picture"}
    assert MovedItem.objects.get().lacking == 2
    assert move_folder(folder).same == 1
    (folder / "quay.jpg").write_bytes(jpeg())
    report = move_folder(folder)
    assert (report.changed, report.pictures) == (1, 1)
    assert len(next(iter(_out().values())).pictures) == 2
    assert move_folder(folder).same == 1


def test_what_an_editor_took_off_stays_off_when_a_missing_picture_arrives(tmp_path, client):
    folder = _folder(tmp_path)
    (folder / "quay.jpg").write_bytes(b"no picture")
    move_folder(folder)
    _unpublish(client, StoryPage.objects.get())
    (folder / "quay.jpg").write_bytes(jpeg())
    assert move_folder(folder).kept == 1
    assert not StoryPage.objects.get().live
    assert not _out()


def test_redirects_lead_from_old_addresses_to_new_ones(site):
    move_lines(site)
    MovedItem.objects.filter(story_id="harbour").update(address="https://old.example/?p=1")
    MovedItem.objects.filter(story_id="A.b").update(address="https://old.example/news/ab.html")
    base = "https://new.example/"
    assert list(redirect_lines("nginx", base)) == [
        '"/?p=1" "https://new.example/en/2026/11/harbour.html";',
        f'"/news/ab.html" "https://new.example/en/2026/11/{id_slug("A.b")}.html";',
    ]
    assert [each.split()[0] for each in redirect_lines("apache", base)] == ["/news/ab.html"]
    StoryPage.objects.get(story_id="A.b").unpublish()
    assert not list(redirect_lines("apache", base))


def test_the_newspaper_knows_its_children(site):
    move_lines(site)
    assert newspaper("en").numchild == 3


# --- what a source says besides ---


def _story(story_id, language="en"):
    return Story(story_id, language, f"Headline of {story_id}", NOW, body=(Paragraph(rich("Text.")),))


def test_translations_that_have_ids_of_their_own_become_one_story():
    items = [
        (_story(f"{tag}-1", tag), Origin(group="g", link=f"https://o.example/{tag}")) for tag in ("en", "ru", "fa")
    ]
    twice = (_story("en-2"), Origin(group="g"))
    Mover(Said(items[0], twice, items[1]), "said").move()
    report = Mover(Said(items[0], twice, items[1], items[2]), "said").move()
    assert (report.new, report.same, report.left_out) == (1, 3, 0)
    assert {*_out()} == {("en", "en-1"), ("ru", "en-1"), ("fa", "en-1"), ("en", "en-2")}
    assert len(set(StoryPage.objects.filter(story_id="en-1").values_list("translation_key", flat=True))) == 1
    lines = [each.split() for each in redirect_lines("apache", "https://n.example")]
    assert [old for old, _new in lines] == ["/en", "/fa", "/ru"]
    assert {new.rpartition("/")[2] for _old, new in lines} == {f"{id_slug('en-1')}.html"}, "where the pages are"
    later = (replace(items[1][0], headline="Other"), items[1][1])
    assert Mover(Said(later), "said").move().changed == 1
    assert _out()["ru", "en-1"].headline == "Other"
    assert not faults_of_pages()


def test_what_is_under_embargo_waits_as_a_draft():
    until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=2)
    report = Mover(
        Said((_story("x"), Origin(embargoed=until)), (_story("y"), Origin(embargoed=NOW - timedelta(days=900)))), "said"
    ).move()
    assert (report.new, report.drafts) == (2, 1)
    page = StoryPage.objects.get(story_id="x")
    assert (page.live, page.embargo) == (False, until)
    assert page.get_latest_revision_as_object().embargo == until
    assert {*_out()} == {("en", "y")}


WXR = """<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"
xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><language>en</language>{items}</channel></rss>"""


def _post(number, status="publish", gmt="2026-11-23 06:00:00", text="<p>It is 61.</p>"):
    return f"""<item><title>Bread {number}</title><guid>https://shore.example/?p={number}</guid>
<content:encoded><![CDATA[{text}]]></content:encoded><wp:post_id>{number}</wp:post_id>
<wp:post_date>2026-11-23 09:00:00</wp:post_date><wp:post_date_gmt>{gmt}</wp:post_date_gmt>
<wp:status>{status}</wp:status><wp:post_type>post</wp:post_type></item>"""


def _move_wxr(file, *posts):
    file.write_text(WXR.format(items="".join(posts)), "utf-8")
    return move_in(str(file), "wordpress", "", dry=False, step=lambda _report: None)


def test_drafts_of_wordpress_come_in_as_drafts(tmp_path):
    file, never = tmp_path / "e.xml", "0000-00-00 00:00:00"
    report = _move_wxr(file, _post(1), _post(2, "draft", never), _post(3, "private"), _post(4, "trash"))
    assert (report.new, report.drafts) == (3, 2)
    assert [story.headline for story in _out().values()] == ["Bread 1"]
    draft, private = StoryPage.objects.get(title="Bread 2"), StoryPage.objects.get(title="Bread 3")
    assert (draft.live, draft.published) == (False, None)
    assert (private.live, private.published) == (False, datetime(2026, 11, 23, 6, tzinfo=UTC))
    assert any("there it is private" in fault.text for fault in report.faults)
    again = _move_wxr(file, _post(1), _post(2, "draft", never), _post(3, "private"))
    assert (again.new, again.changed, again.same) == (0, 0, 3)
    assert _move_wxr(file, _post(1), _post(2), _post(3, "private")).changed == 1
    assert sorted(story.headline for story in _out().values()) == ["Bread 1", "Bread 2"]


def test_what_is_held_here_is_kept_and_the_rest_moves_in(tmp_path):
    file = tmp_path / "site.xml"
    _move_wxr(file, _post(1, status="draft"))
    page = StoryPage.objects.get()
    held = Together.objects.create(source=page, source_mark=mark_held(page))
    report = _move_wxr(file, _post(1), _post(2))
    assert "held here" in "\n".join(report.lines())
    assert {each.live for each in StoryPage.objects.filter(pk=page.pk)} == {False}
    assert StoryPage.objects.filter(live=True).count() == 1
    held.delete()
    _move_wxr(file, _post(1), _post(2))
    assert StoryPage.objects.filter(live=True).count() == 2


def test_what_the_source_itself_took_from_its_readers_comes_back_with_it(tmp_path):
    file = tmp_path / "e.xml"
    _move_wxr(file, _post(1))
    assert _move_wxr(file, _post(1, "private")).changed == 1
    assert not _out()
    assert _move_wxr(file, _post(1)).changed == 1
    assert [story.headline for story in _out().values()] == ["Bread 1"]


def test_drafts_and_what_is_for_members_of_ghost_come_in_as_drafts(tmp_path):
    post = {"type": "post", "html": "<p>It is 61.</p>", "locale": "en", "published_at": "2026-11-23T06:00:00.000Z"}
    posts = [
        {**post, "id": "1", "title": "Bread", "status": "published"},
        {**post, "id": "2", "title": "Salt", "status": "draft", "published_at": None},
        {**post, "id": "3", "title": "Oil", "status": "published", "visibility": "members"},
        {**post, "id": "4", "title": "Tea", "status": "scheduled", "published_at": "2099-01-01T06:00:00.000Z"},
    ]
    (tmp_path / "g.json").write_text(json.dumps({"db": [{"data": {"posts": posts}}]}), "utf-8")
    report = move_in(str(tmp_path / "g.json"), "ghost", "", dry=False, step=lambda _report: None)
    assert (report.new, report.drafts, report.left_out) == (4, 3, 0)
    assert [story.headline for story in _out().values()] == ["Bread"]
    assert StoryPage.objects.get(title="Tea").embargo == datetime(2099, 1, 1, 6, tzinfo=UTC)


def test_a_site_of_wordpress_is_asked_only_for_what_changed_since():
    post = {
        "id": 1, "guid": {"rendered": "https://shore.example/?p=1"}, "status": "publish",
        "date_gmt": "2026-11-23T06:00:00", "modified_gmt": "2026-11-23T07:00:00", "title": {"rendered": "Bread"},
        "content": {"rendered": "<p>It is 61.</p>"},
    }  # fmt: skip
    with serving() as server:

        def move(*, dry=False):
            return move_in(server.url, "wordpress", "en", dry=dry, step=lambda _report: None)

        server.files["/wp-json/wp/v2/posts"] = b"["
        assert move().fault
        server.files["/wp-json/wp/v2/posts"] = json.dumps([post]).encode()
        assert move(dry=True).new == 1
        assert move().new == 1
        assert not any("modified_after" in path for path in server.asked)
        assert move().same == 1
        assert "modified_after=2026-11-23T06%3A59%3A59Z" in server.asked[-1]
        assert move(dry=True).same == 1
        assert "modified_after" not in server.asked[-1], "to try is to look at everything"
        server.files["/wp-json/wp/v2/posts"] = json.dumps([{**post, "title": {}, "content": {}}]).encode()
        assert move().left_out == 1
        move()
        assert "modified_after" not in server.asked[-1], "what was left out may fit another time"
