"""Drafts by a machine: asked for by people, made in the background, marked until people have checked them."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from machine_kit import libre, served, set_to
from newsroom_settings import ROOM
from translating_kit import translate, translator, typing

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting import drafting
from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.models import DONE, FAILED, MachineDraft, MachinePiece, Remembered
from tamizdat.newsroom.suggesting.words import digest
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def source():
    return write(
        "Harbour strike ends",
        story_id="harbour",
        lead="They sail again.",
        body=text(
            '<p>The ferry <b>sails</b> at <a href="https://ferry.example/?a=1&amp;b=2">nine</a>.</p><p>It is full.</p>'
        ),
    )


@pytest.fixture
def task(source, desk):
    (made,) = Send(source, ("ru",), desk).execute()
    return made


def asked(client, desk, task):
    client.force_login(desk)
    answer = client.post(f"/admin/suggesting/machine/{task.pk}/", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def draft(task):
    return newest(StoryPage.objects.get(pk=task.target_id))


def out(language="ru"):
    return story_from_bytes(bytes(Release.objects.get(current=True, language=language).story))


def test_a_draft_by_a_machine_reaches_readers_marked(client, desk, source, task):
    publish(source)
    with served(libre()) as service:
        assert "is drafting" in asked(client, desk, task)
        assert not service.requests, "no web request asks a machine"
        assert draft_waiting() == 1
        screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert "href" not in "".join(service.texts()), "addresses stay here"
    assert screen.count("by a machine, not checked") == 4
    page = draft(task)
    assert (page.title, page.translation) == ("HARBOUR STRIKE ENDS", "machine")
    assert page.body.get_prep_value()[0]["value"] == (
        "<p>THE FERRY <strong>SAILS</strong> AT "
        '<a href="https://ferry.example/?a=1&amp;b=2">NINE</a>.</p><p>IT IS FULL.</p>'
    )
    publish(page)
    assert out().translation == "machine"
    assert "machine" in str(StoryPage.objects.get(pk=task.target_id).translation)


def test_it_is_marked_until_each_piece_is_edited_or_ticked(client, desk, source, task):
    with served(libre()):
        asked(client, desk, task)
        draft_waiting()
        marks = set(MachinePiece.objects.values_list("digest", flat=True))
        assert len(marks) == 4
        form = typing(task, {"Harbour strike ends": "Забастовка окончена"})
        form["checked"] = list(marks)[:0]
        assert client.post(f"/admin/translating/{task.pk}/", form).status_code == 302
        assert draft(task).translation == "machine"
        answer = client.post(f"/admin/translating/{task.pk}/ready/", {"ready": "1"}, follow=True)
        assert "3 pieces are by a machine" in answer.content.decode()
        assert not Task.objects.get(pk=task.pk).ready
        form = typing(task, {})
        form["checked"] = list(marks)
        assert client.post(f"/admin/translating/{task.pk}/", form).status_code == 302
        assert draft(task).translation == ""
        client.post(f"/admin/translating/{task.pk}/ready/", {"ready": "1"})
    assert Task.objects.get(pk=task.pk).ready
    publish(draft(task))
    assert out().translation == ""


def test_only_what_nobody_translated_is_drafted(client, desk, source, task):
    client.force_login(desk)
    translate(client, task, {"They sail again.": "Они снова ходят."})
    with served(libre()) as service:
        asked(client, desk, task)
        assert draft_waiting() == 1
        assert not any("sail again" in each for each in service.texts())
        assert draft(task).lead == "Они снова ходят."
        again = len(service.requests)
        asked(client, desk, task)
        draft_waiting()
        assert MachineDraft.objects.get().state == DONE
        assert "They sail again." not in service.texts()
        assert len(service.requests) > again
    assert MachinePiece.objects.count() == 3


def test_what_somebody_translates_meanwhile_stays(client, desk, task, monkeypatch):
    real = drafting.ask

    def slow(*arguments):
        found = real(*arguments)
        translate(client, task, {"It is full.": "Он полон."})
        return found

    monkeypatch.setattr(drafting, "ask", slow)
    with served(libre()):
        asked(client, desk, task)
        assert draft_waiting() == 1
    page = draft(task)
    assert page.title == "HARBOUR STRIKE ENDS"
    assert "Он полон." in page.body.get_prep_value()[0]["value"]
    assert MachinePiece.objects.count() == 3


def test_a_worker_that_is_killed_has_done_nothing_and_another_does_it_once(client, desk, task, monkeypatch):
    revisions = task.target.revisions.count()
    with served(libre()):
        asked(client, desk, task)
        with monkeypatch.context() as broken:
            broken.setattr(drafting, "_left", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                draft_waiting()
        assert task.target.revisions.count() == revisions
        assert not MachinePiece.objects.exists()
        assert draft_waiting() == 0, "it is claimed still"
        MachineDraft.objects.update(claimed_until=datetime.now(UTC) - timedelta(seconds=1))
        assert draft_waiting() == 1
        assert draft_waiting() == 0
    assert task.target.revisions.count() == revisions + 1


def test_a_worker_that_comes_too_late_changes_nothing(client, desk, task, monkeypatch):
    revisions = task.target.revisions.count()
    real = drafting.ask

    def overtaken(*arguments):
        found = real(*arguments)
        monkeypatch.setattr(drafting, "ask", real)
        MachineDraft.objects.update(claimed_until=datetime.now(UTC) - timedelta(seconds=1))
        assert draft_waiting() == 1
        return found

    monkeypatch.setattr(drafting, "ask", overtaken)
    with served(libre()):
        asked(client, desk, task)
        assert draft_waiting() == 0
    assert task.target.revisions.count() == revisions + 1
    assert MachineDraft.objects.get().state == DONE
    assert MachineDraft.objects.get().filled == 4, "it does not even say so of itself"


def test_who_asked_must_still_be_allowed(client, source, task):
    somebody = translator("ru")
    with served(libre()):
        asked(client, somebody, task)
        somebody.groups.clear()
        assert draft_waiting() == 0
    assert MachineDraft.objects.get().state == FAILED
    assert "may not translate" in MachineDraft.objects.get().fault
    assert draft(task).title == "Harbour strike ends"


def test_who_may_not_translate_asks_no_machine(client, desk, source):
    (fa,) = Send(source, ("fa",), desk).execute()
    client.force_login(translator("ru"))
    with served(libre()):
        client.post(f"/admin/suggesting/machine/{fa.pk}/")
        assert client.get(f"/admin/suggesting/machine/{fa.pk}/state/").status_code == 302
        client.post("/admin/suggesting/machine/", {"task": [fa.pk]})
    assert not MachineDraft.objects.exists()


def test_without_a_machine_there_is_no_button(client, desk, task):
    client.force_login(desk)
    assert "Draft by machine" not in client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert "Draft by machine" not in client.get("/admin/translating/").content.decode()
    assert "No machine is set up" in asked(client, desk, task)


GOES = "The text goes to {}, outside this newsroom."
EARLY = "The story is not out yet"
SOME = "Some of these stories are not out yet"


@pytest.mark.parametrize(
    ("kind", "url", "host"),
    [
        ("deepl", "", "deepl.com"),
        ("deepl", "https://translate.far-shore.example", "translate.far-shore.example"),
        ("libretranslate", "https://translate.far-shore.example", "translate.far-shore.example"),
        ("libretranslate", "http://203.0.114.9:5000", "203.0.114.9"),
        ("libretranslate", "http://127.0.0.1:5000", ""),
        ("libretranslate", "http://192.168.1.4:5000", ""),
        ("libretranslate", "http://translate:5000", ""),
        ("libretranslate", "http://translate.local:5000", ""),
    ],
)
def test_who_asks_a_machine_is_told_first_where_the_text_goes(client, desk, source, task, kind, url, host):
    client.force_login(desk)

    def screens():
        with set_to(translate=kind, translate_url=url):
            return [client.get(f"/admin/translating/{part}").content.decode() for part in (f"{task.pk}/", "")]

    beside, board = screens()
    for screen in (beside, board):
        assert "Draft by machine" in screen
        assert (GOES.format(host) in screen) == bool(host)
        assert ("outside this newsroom" in screen) == bool(host)
    assert (EARLY in beside) == (SOME in board) == bool(host)
    publish(source)
    beside, board = screens()
    assert EARLY not in beside
    assert SOME not in board


def test_what_is_no_number_asks_for_nothing(client, desk):
    client.force_login(desk)
    answer = client.post("/admin/suggesting/machine/", {"task": ["\u00b2", "9" * 40, "x"]})
    assert answer.status_code == 302
    assert not MachineDraft.objects.exists()


def test_the_board_asks_for_all_that_it_shows(client, desk, source, task):
    Send(source, ("fa",), desk).execute()
    client.force_login(desk)
    with served(libre()):
        screen = client.get("/admin/translating/").content.decode()
        assert "Draft by machine what is untranslated here" in screen
        assert screen.count('name="task"') == 2
        client.post("/admin/suggesting/machine/", {"task": list(Task.objects.values_list("pk", flat=True))})
        assert draft_waiting() == 2
        assert "by a machine, unchecked" in client.get("/admin/translating/").content.decode()
        state = client.get(f"/admin/suggesting/machine/{task.pk}/state/").json()
    assert state["state"] == DONE


def test_it_goes_out_openly_as_a_machines_if_somebody_says_so(client, desk, source, task):
    publish(source)
    with served(libre()):
        asked(client, desk, task)
        draft_waiting()
        assert "Ready, marked as by a machine" in client.get(f"/admin/translating/{task.pk}/").content.decode()
        client.post(f"/admin/translating/{task.pk}/ready/", {"ready": "1", "openly": "1"})
    assert Task.objects.get(pk=task.pk).ready
    publish(draft(task))
    assert out().translation == "machine"


def test_marks_hang_on_words_wherever_they_are_edited(client, desk, task):
    with served(libre()):
        asked(client, desk, task)
        draft_waiting()
    page = draft(task)
    page.title, page.lead = "Забастовка окончена", "Они снова ходят."
    page.translation = ""  # chosen in the story's own form, while a machine's words stand
    page.body = text("<p>Сначала наше.</p><p>IT IS FULL.</p>")
    page.save_revision(user=desk)
    assert draft(task).translation == "machine"
    page = draft(task)
    page.body = text("<p>Сначала наше.</p>")
    page.save_revision(user=desk)
    assert draft(task).translation == "", "nothing of a machine's stands there any more"
    page = draft(task)
    page.translation = "machine"  # somebody knows better
    page.save_revision(user=desk)
    assert draft(task).translation == "machine"


def test_a_tick_says_yes_to_the_words_that_were_shown(client, desk, task):
    with served(libre()):
        asked(client, desk, task)
        draft_waiting()
    marks = list(MachinePiece.objects.values_list("digest", flat=True))
    late = {**typing(task, {}), "checked": marks}
    draft(task).save_revision(user=desk)
    answer = client.post(f"/admin/translating/{task.pk}/", late)
    assert answer.status_code == 200
    assert not MachinePiece.objects.filter(checked=True).exists(), "what was not saved is not checked either"


def test_what_a_machine_wrote_is_not_remembered_as_peoples(client, desk, task):
    with served(libre()):
        asked(client, desk, task)
        draft_waiting()
    assert not Remembered.objects.exists()
    marks = list(MachinePiece.objects.filter(digest=digest("IT IS FULL.")).values_list("digest", flat=True))
    client.post(f"/admin/translating/{task.pk}/", {**typing(task, {}), "checked": marks})
    assert [row.target for row in Remembered.objects.all()] == ["IT IS FULL."]


def test_who_typed_while_the_machine_drafted_loses_neither(client, desk, task):
    client.force_login(desk)
    late = typing(task, {"It is full.": "Он полон."})
    with served(libre()):
        asked(client, desk, task)
        draft_waiting()
    page = client.post(f"/admin/translating/{task.pk}/", late).content.decode()
    assert ">Он полон.</textarea>" in page
    assert ">HARBOUR STRIKE ENDS</textarea>" in page, "what was empty shows what came in"


def test_a_story_by_hand_keeps_what_people_chose(desk):
    page = write("By hand", translation="machine")
    page.save_revision(user=desk)
    assert newest(page).translation == "machine"


def test_settings_that_cannot_be_read_close_no_screen(client, desk, task):
    client.force_login(desk)
    file = ROOM / "tamizdat.toml"
    before = file.read_text("utf-8")
    file.write_text(before + "\n[newsroom\n", "utf-8")
    try:
        assert client.get(f"/admin/translating/{task.pk}/").status_code == 200
        assert client.get("/admin/translating/").status_code == 200
    finally:
        file.write_text(before, "utf-8")
