"""Translations that moved in are flagged when their source changes, like those that were made here."""

import pytest
from desk_kit import person, publish, text, write
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moving_kit import line, move_lines, move_wxr, write_lines, wxr_post
from test_translating import shown, translate

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.board import Wanted, rows, stories
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
EN = ["The ferry sails at nine.", "It is full."]
RU = ["Паром отходит в девять.", "Он полон."]


def _ferry(language="en", paragraphs=(), **more):
    words = {"en": ("Ferry", EN), "ru": ("Паром", RU), "fa": ("کشتی", ["نه.", "پر."])}[language]
    return line("ferry", language, headline=words[0], paragraphs=list(paragraphs) or words[1], **more)


@pytest.fixture
def site(tmp_path):
    """A story in three languages, and one in one."""
    file = write_lines(tmp_path / "site.jsonl", [_ferry(), _ferry("ru"), _ferry("fa"), line("alone")])
    assert move_lines(file).whole
    return file


def _page(language="en"):
    return StoryPage.objects.get(story_id="ferry", locale__language_code=language)


def _task(language="ru"):
    return Task.objects.select_related("source", "target").get(target=_page(language))


def _counted():
    """To do and changed, by language."""
    found = Task.objects.values_list("target__locale__language_code", "todo", "changed")
    return {language: (todo, changed) for language, todo, changed in found}


def _correct(old="nine", new="ten"):
    """As an editor does it here."""
    page = newest(_page())
    page.body = [{**each, "value": each["value"].replace(old, new)} for each in page.body.get_prep_value()]
    return publish(page)


def test_nothing_is_flagged_right_after_an_import_and_all_of_it_when_the_source_is_corrected(site, client):
    assert _counted() == {"ru": (0, 0), "fa": (0, 0)}
    assert {task.source for task in Task.objects.all()} == {_page()}
    publish(newest(_page()))
    assert _counted() == {"ru": (0, 0), "fa": (0, 0)}, "nothing changed"
    _correct()
    assert _counted() == {"ru": (0, 1), "fa": (0, 1)}
    (row,) = [row for field in shown(_task()) for row in field.rows if row.state != "same"]
    assert (row.before, row.source, row.text) == (
        f"<p>{EN[0]}</p>",
        f"<p>{EN[0].replace('nine', 'ten')}</p>",
        f"<p>{RU[0]}</p>",
    )
    (shown_row,) = rows([each for each in stories(Wanted()) if each.story_id == "ferry"], ["en", "ru", "fa"])
    assert [cell.state for cell in shown_row.cells] == ["source", "stale", "stale"]
    client.force_login(person())
    right = {EN[0].replace("nine", "ten"): "Паром отходит в десять."}
    assert translate(client, _task(), right, confirm=right).changed == 0
    assert "десять" in str(newest(_page("ru")).body.get_prep_value())
    assert RU[1] in str(newest(_page("ru")).body.get_prep_value())
    assert _counted()["fa"] == (0, 1)


def test_an_import_that_comes_again_flags_too(site):
    write_lines(site, [_ferry(paragraphs=[EN[0].replace("nine", "ten"), EN[1]]), _ferry("ru"), _ferry("fa")])
    assert move_lines(site).changed == 1
    assert _counted() == {"ru": (0, 1), "fa": (0, 1)}


def test_what_changed_in_source_and_translation_alike_is_translated(site):
    english = [EN[0].replace("nine", "ten"), EN[1], "And back at six."]
    write_lines(
        site,
        [
            _ferry(paragraphs=english),
            _ferry("ru", [RU[0].replace("девять", "десять"), RU[1], "Обратно в шесть."]),
            _ferry("fa", ["نه.", "پر است."]),
        ],
    )
    assert move_lines(site).changed == 3
    assert _counted() == {"ru": (0, 0), "fa": (1, 1)}, "the other paragraph changed in Persian"
    _correct("six", "seven")
    assert _counted() == {"ru": (0, 1), "fa": (1, 1)}


def test_what_was_corrected_here_stays_flagged_whatever_comes_again(site):
    _correct()
    write_lines(site, [_ferry(), _ferry("ru", [RU[0].replace("девять", "девять утра"), RU[1]]), _ferry("fa")])
    assert move_lines(site).changed == 1
    assert _counted() == {"ru": (0, 1), "fa": (0, 1)}


def test_blocks_are_the_same_ones_in_all_languages_and_after_every_import(site):
    quoted = {"kind": "quote", "paragraphs": ["Full."]}
    blocks = [{"kind": "paragraph", "text": EN[0]}, quoted, {"kind": "paragraph", "text": EN[1]}]
    write_lines(site, [_ferry(blocks=blocks, paragraphs=["x"])])
    move_lines(site)
    before = [block["id"] for block in _page().body.get_prep_value()]
    assert len(set(before)) == len(before)
    assert before[0] == _page("ru").body.get_prep_value()[0]["id"]
    write_lines(site, [_ferry()])
    move_lines(site)
    assert [block["id"] for block in _page().body.get_prep_value()] == before[:1]
    page = _page()
    page.body = [{**page.body.get_prep_value()[0], "id": "as-earlier-versions-made-them"}]
    page.save()
    write_lines(site, [_ferry(lead="In short.")])
    assert move_lines(site).changed == 1
    assert [block["id"] for block in _page().body.get_prep_value()] == ["as-earlier-versions-made-them"]


@pytest.mark.parametrize("translated", [["Всё в одном."], [*RU, "И для наших читателей."]])
def test_translations_with_fewer_or_more_paragraphs_are_flagged_as_well(tmp_path, translated):
    move_lines(write_lines(tmp_path / "s.jsonl", [_ferry(lead="In short."), _ferry("ru", translated)]))
    assert _counted() == {"ru": (0, 0)}
    _correct("It is full", "It is empty")
    assert _counted() == {"ru": (0, 1)}


def test_what_the_translation_left_out_is_flagged_and_can_be_taken_in(tmp_path, client):
    file = tmp_path / "e.xml"
    quoted = "<p>It sails.</p><blockquote><p>We are full.</p></blockquote><p>It is late.</p>"
    move_wxr(file, wxr_post(1, "en", "g", text=quoted), wxr_post(2, "ru", "g", text="<p>Отходит.</p>"))
    assert _counted() == {"ru": (0, 0)}
    page = newest(StoryPage.objects.get(title="Bread 1"))
    page.body = [
        {**each, "value": {**each["value"], "text": "<p>We are empty.</p>"}} if each["type"] == "quote" else each
        for each in page.body.get_prep_value()
    ]
    publish(page)
    assert _counted() == {"ru": (0, 1)}
    client.force_login(person())
    task = Task.objects.select_related("source", "target").get()
    right = {"We are empty.": "Мы пусты."}
    assert translate(client, task, right, confirm=right).changed == 0
    values = [each["value"] for each in newest(Task.objects.get().target).body.get_prep_value()]
    assert values == ["<p>Отходит.</p>", {"text": "<p>Мы пусты.</p>", "attribution": ""}]


def test_the_source_is_what_was_published_first_whichever_came_in_first(tmp_path):
    file = tmp_path / "e.xml"
    move_wxr(file, wxr_post(1, "ru", "g", date="2026-11-24 06:00:00"), wxr_post(2, "en", "g"))
    assert Task.objects.get().source.title == "Bread 2"
    move_wxr(file, wxr_post(3, "fa", "g", date="2020-01-01 06:00:00"))
    assert {task.source.title for task in Task.objects.all()} == {"Bread 2"}, "there is one source already"
    assert Task.objects.count() == 2


@pytest.fixture
def drafts(tmp_path):
    """A story of which drafts came in in two languages."""
    posts = (wxr_post(n, tag, "g").replace("publish", "private") for n, tag in ((1, "en"), (2, "ru")))
    move_wxr(tmp_path / "e.xml", *posts)
    assert not Task.objects.exists()
    return [StoryPage.objects.get(title=f"Bread {n}") for n in (1, 2)]


def _tied():
    return [(task.source.title, task.target.title) for task in Task.objects.all()]


def test_drafts_are_nobodys_source_until_they_are_out(drafts, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        publish(newest(drafts[1]))
    assert _tied() == [("Bread 2", "Bread 1")]


def test_whoever_publishes_the_first_of_them_locks_no_other_language(drafts, django_capture_on_commit_callbacks):
    """At the gate of releases they would wait for whoever holds one, and who waits at the gate."""
    locks = 'SELECT "wagtailcore_page"."id" AS'
    with django_capture_on_commit_callbacks() as callbacks, CaptureQueriesContext(connection) as asked:
        publish(newest(drafts[1]))
    sqls = [each["sql"] for each in asked.captured_queries]
    gate = next(at for at, sql in enumerate(sqls) if "pressroom_gate" in sql)
    assert any(locks in sql for sql in sqls[:gate])
    assert not [sql for sql in sqls[gate:] if locks in sql]
    assert _tied() == []
    for each in callbacks:
        each()
    assert _tied() == [("Bread 2", "Bread 1")]


def test_what_was_not_tied_is_when_it_is_published_again(drafts, django_capture_on_commit_callbacks):
    publish(newest(drafts[1]))  # and the process was killed
    with django_capture_on_commit_callbacks(execute=True):
        publish(newest(StoryPage.objects.get(pk=drafts[1].pk)))
    assert _tied() == [("Bread 2", "Bread 1")]


def test_a_language_that_moves_in_beside_a_story_of_ours_is_tied_to_it(tmp_path):
    ours = publish(write("Ferry", story_id="ferry", body=text("<p>One.</p><p>Two.</p>")))
    Send(ours, ("fa",), person()).execute()
    move_lines(write_lines(tmp_path / "s.jsonl", [_ferry("ru")]))
    assert _task("ru").source_id == ours.pk
    assert (_task("ru").todo, _task("ru").changed, _task("fa").todo) == (0, 0, 3)
    publish(newest(ours))
    assert (_task("ru").todo, _task("ru").changed) == (0, 0)


def test_an_import_that_was_killed_is_tied_by_the_next(site):
    Task.objects.all().delete()
    assert move_lines(site).same == 4
    assert _counted() == {"ru": (0, 0), "fa": (0, 0)}
    assert move_lines(site, dry=True).same == 4


def _luka(language, last):
    words = {"sr": ("Трајект", "Плови у девет."), "sr-Latn": ("Trajekt", "Plovi u devet.")}[language]
    return line("luka", language, headline=words[0], paragraphs=[words[1], last])


@pytest.mark.parametrize("own", ["Prazan je.", "Sasvim je prazan."])
def test_a_site_that_has_its_own_text_in_both_scripts_keeps_it(tmp_path, own):
    file = write_lines(tmp_path / "site.jsonl", [_luka("sr", "Пун је."), _luka("sr-Latn", "Pun je.")])
    assert move_lines(file).whole
    for last in (own, f"{own} Jeste."):
        write_lines(file, [_luka("sr", "Празан је."), _luka("sr-Latn", last)])
        report = move_lines(file)
        assert (report.kept, report.whole) == (0, True)
        page = StoryPage.objects.get(story_id="luka", locale__language_code="sr-Latn")
        assert last in page.body.get_prep_value()[0]["value"]


def test_what_was_made_here_in_the_other_script_follows_an_import(tmp_path):
    user = person()
    file = write_lines(tmp_path / "site.jsonl", [_luka("sr", "Пун је.")])
    assert move_lines(file).whole
    (task,) = Send(StoryPage.objects.get(story_id="luka"), ("sr-Latn",), user).execute()
    publish(newest(StoryPage.objects.get(pk=task.target_id)), user)
    write_lines(file, [_luka("sr", "Празан је.")])
    assert move_lines(file).changed == 1
    page = StoryPage.objects.get(pk=task.target_id)
    assert "Prazan je." in page.body.get_prep_value()[0]["value"]
