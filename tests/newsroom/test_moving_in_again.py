"""Imports that come again after the old site tied its translations together otherwise: nothing stands here twice."""

import json

import pytest
from desk_kit import person, publish, write
from moving_kit import move_wxr, wxr_post
from wire_kit import serving

from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.moving_in.models import MovedItem, ReadState
from tamizdat.newsroom.moving_in.running import move_in
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db


def _pages() -> dict[str, tuple[str, str]]:
    """Language and story id by headline."""
    rows = StoryPage.objects.values_list("title", "locale__language_code", "story_id")
    return {title: (language, story_id) for title, language, story_id in rows}


def _tied(*titles: str) -> bool:
    """Whether these are translations of one another, and nothing else is."""
    keys = set(StoryPage.objects.filter(title__in=titles).values_list("translation_key", flat=True))
    return len(keys) == 1 and StoryPage.objects.filter(translation_key__in=keys).count() == len(titles)


@pytest.fixture
def file(tmp_path):
    """The export of a site with two stories in two languages each."""
    file = tmp_path / "e.xml"
    report = move_wxr(
        file, wxr_post(5, "en", "pll_1"), wxr_post(6, "ru", "pll_1"), wxr_post(7, "en", "pll_2"),
        wxr_post(8, "ru", "pll_2"),
    )  # fmt: skip
    assert (report.new, report.left_out) == (4, 0)
    assert _tied("Bread 5", "Bread 6")
    assert _tied("Bread 7", "Bread 8")
    return file


def test_groups_under_other_names_are_no_change(file):
    before = _pages()
    report = move_wxr(
        file, wxr_post(5, "en", "pll_9"), wxr_post(6, "ru", "pll_9"), wxr_post(7, "en", "pll_1"),
        wxr_post(8, "ru", "pll_1"),
    )  # fmt: skip
    assert (report.new, report.changed, report.same, report.kept, report.faults) == (0, 0, 4, 0, [])
    assert _pages() == before


def test_translations_that_were_untied_or_tied_to_others_stay_where_they_are(file):
    before = _pages()
    report = move_wxr(
        file, wxr_post(5, "en"), wxr_post(6, "ru", "pll_4"), wxr_post(7, "en", "pll_4"), wxr_post(8, "ru"),
    )  # fmt: skip
    assert (report.new, report.changed, report.same, report.left_out) == (0, 0, 4, 0)
    assert _pages() == before
    assert not faults_of_pages()


def test_an_older_post_that_joins_the_group_changes_no_address(file):
    before = _pages()
    report = move_wxr(
        file, wxr_post(2, "fa", "pll_3"), wxr_post(5, "en", "pll_3"), wxr_post(6, "ru", "pll_3"), wxr_post(7, "en"),
        wxr_post(8, "ru"),
    )  # fmt: skip
    assert (report.new, report.same, report.left_out) == (1, 4, 0)
    assert {title: where for title, where in _pages().items() if title != "Bread 2"} == before
    assert _pages()["Bread 2"] == ("fa", before["Bread 5"][1])
    assert _tied("Bread 2", "Bread 5", "Bread 6")
    assert not faults_of_pages()


def test_groups_are_known_by_those_that_are_here_and_come_later(file, monkeypatch):
    monkeypatch.setattr("tamizdat.newsroom.moving_in.coming.CHUNK_STORIES", 1)
    move_wxr(file, wxr_post(2, "fa", "pll_3"), wxr_post(5, "en", "pll_3"), wxr_post(6, "ru", "pll_3"))
    assert _tied("Bread 2", "Bread 5", "Bread 6")


def test_what_changed_there_meanwhile_changes_the_page_that_is_here(file):
    page = StoryPage.objects.get(title="Bread 6")
    report = move_wxr(file, wxr_post(6, "ru", "pll_8", text="<p>It is 99.</p>"), wxr_post(9, "fa", "pll_8"))
    assert (report.new, report.changed) == (1, 1)
    after = StoryPage.objects.get(pk=page.pk)
    assert (after.story_id, "99" in str(after.body)) == (page.story_id, True)
    assert _pages()["Bread 9"] == ("fa", page.story_id)


def test_two_texts_of_one_language_in_a_group_both_come_in(file):
    report = move_wxr(file, wxr_post(11, "en", "pll_5"), wxr_post(12, "en", "pll_5"), wxr_post(13, "ru", "pll_5"))
    assert (report.new, report.left_out) == (3, 0)
    assert _tied("Bread 11", "Bread 13")
    assert _tied("Bread 12")
    assert move_wxr(file, wxr_post(12, "en", "pll_5"), wxr_post(11, "en", "pll_5")).same == 2


def test_a_translation_that_was_made_here_is_not_doubled(file):
    page = StoryPage.objects.get(title="Bread 5")
    made = write("نان", language="fa", story_id=page.story_id, translation_key=page.translation_key)
    publish(made, person())
    for _again in range(2):
        report = move_wxr(file, wxr_post(5, "en", "pll_1"), wxr_post(6, "ru", "pll_1"), wxr_post(9, "fa", "pll_1"))
        assert (report.new, report.same, report.left_out, report.whole) == (0, 2, 1, False)
        assert "stands here already" in report.faults[0].text
        assert list(StoryPage.objects.filter(locale__language_code="fa")) == [made]


def test_what_came_in_under_the_id_of_its_group_is_known_by_its_address(file):
    """As earlier versions wrote it down."""
    first = StoryPage.objects.get(title="Bread 5").story_id
    MovedItem.objects.filter(page__title="Bread 6").update(story_id=first, mark="before")
    before = _pages()
    report = move_wxr(file, wxr_post(5, "en", "pll_9"), wxr_post(6, "ru", "pll_9", text="<p>It is 99.</p>"))
    assert (report.new, report.changed, report.same) == (0, 1, 1)
    assert _pages() == before
    assert move_wxr(file, wxr_post(5, "en"), wxr_post(6, "ru", text="<p>It is 99.</p>")).same == 2
    assert StoryPage.objects.count() == 4


def test_a_site_that_gave_its_posts_other_ids_keeps_its_addresses(file):
    before = _pages()
    report = move_wxr(file, wxr_post(5, "en", guid="https://new.example/?p=5"))
    assert (report.new, report.same) == (0, 1)
    assert _pages() == before
    other = wxr_post(55, "en", guid="https://new.example/?p=55", link="https://shore.example/bread-55/")
    assert move_wxr(file, other).new == 1


def test_two_posts_under_one_address_are_two_stories(file, monkeypatch):
    monkeypatch.setattr("tamizdat.newsroom.moving_in.coming.CHUNK_STORIES", 1)
    posts = wxr_post(1, "en", link="https://shore.example/x/"), wxr_post(2, "en", link="https://shore.example/x/")
    assert move_wxr(file, *posts).new == 2
    assert move_wxr(file, *posts).same == 2


def test_a_post_that_says_another_language_now_is_told_and_not_doubled(file):
    report = move_wxr(file, wxr_post(5, "fa", "pll_1"))
    assert (report.new, report.kept) == (0, 1)
    assert "fa" in report.faults[0].text
    StoryPage.objects.get(title="Bread 5").delete()
    assert move_wxr(file, wxr_post(5, "fa", "pll_1")).new == 1


def test_a_try_writes_no_new_ids_down(file):
    MovedItem.objects.filter(page__title="Bread 6").update(story_id="old", mark="before")
    move_wxr(file, wxr_post(6, "ru", "pll_9"), dry=True)
    assert MovedItem.objects.get(page__title="Bread 6").story_id == "old"


def test_translations_of_a_site_that_is_asked_become_one_story_whichever_came_first():
    def post(number, language, translations):
        return {
            "id": number, "guid": {"rendered": f"https://shore.example/?p={number}"}, "status": "publish",
            "date_gmt": "2026-11-23T06:00:00", "modified_gmt": "2026-11-23T07:00:00", "lang": language,
            "title": {"rendered": f"Bread {number}"}, "content": {"rendered": "<p>It is 61.</p>"},
            "translations": translations, "link": f"https://shore.example/{number}",
        }  # fmt: skip

    with serving() as server:

        def move(*posts):
            ReadState.objects.all().delete()
            server.files["/wp-json/wp/v2/posts"] = json.dumps(posts).encode()
            return move_in(server.url, "wordpress", "en", dry=False, step=lambda _report: None)

        assert move(post(9, "ru", {"en": 5, "ru": 9}), post(5, "en", {"en": 5, "ru": 9}), post(4, "en", {})).new == 3
        assert _tied("Bread 5", "Bread 9")
        before = _pages()
        three = {"en": 5, "ru": 9, "fa": 11}
        assert move(post(11, "fa", three), post(9, "ru", three), post(5, "en", three)).same == 2
        assert _tied("Bread 5", "Bread 9", "Bread 11")
        assert {**_pages(), **before} == _pages()


def test_the_report_says_of_each_fault_which_story_it_is_about(file):
    odd = wxr_post(21, "en", text="<p>[rating stars=3]</p>"), wxr_post(22, "en"), wxr_post(23, "en", text="<s>It</s>")
    report = move_wxr(file, *odd, *(wxr_post(number, "de") for number in range(30, 52)))
    assert [(fault.name, fault.field) for fault in report.faults] == [
        ("Bread 21", ""), ("Bread 23", ""), ("", "language"),
    ]  # fmt: skip
    assert ": 'Bread 21': shortcode" in report.lines()[1]
    assert report.faults[-1].text.endswith(
        "languages: " + ", ".join(f"'Bread {n}'" for n in range(30, 50)) + " and 2 more"
    )
    assert [fault["name"] for fault in report.as_json()["faults"]] == ["Bread 21", "Bread 23", ""]
    assert report.left_out == 22
