"""A translation in the other script of its language is made from it, whatever language the story was written in."""

import pytest
from desk_kit import publish, write
from django.core.exceptions import ValidationError
from people_kit import member
from translating_kit import WORDS, sent, translate, typing

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import knows
from tamizdat.newsroom.suggesting import acting
from tamizdat.newsroom.suggesting.acting import AskMachine, SayReady
from tamizdat.newsroom.suggesting.marks import mark, standing, unchecked
from tamizdat.newsroom.suggesting.models import DONE, MachineDraft
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.board import Wanted, counts, rows, stories, window
from tamizdat.newsroom.translating.models import Task, root_of, tasks_of
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
SERBIAN = {
    "Harbour strike ends": "Крај штрајка",
    "They sail again.": "Љубав и мир.",
    "The ferry sails at nine.": "Трајект плови у девет.",
    "It is full.": "Пун је.",
}
LATIN = {
    "Harbour strike ends": "Kraj štrajka",
    "They sail again.": "Injekcija za konja.",
    "The ferry sails at nine.": "Trajekt plovi u devet.",
    "It is full.": "Pun je.",
}


def fresh(task):
    return Task.objects.select_related("source__locale", "target__locale", "target__latest_revision").get(pk=task.pk)


def draft(task):
    return newest(StoryPage.objects.get(pk=task.target_id))


def said(task):
    page = draft(task)
    return page.title, page.lead, page.body.get_prep_value()[0]["value"]


@pytest.fixture
def both(client, desk, source):
    """English into Serbian, and that into its Latin letters."""
    serbian = translate(client, sent(publish(source), desk, "sr"), SERBIAN)
    return serbian, sent(StoryPage.objects.get(pk=source.pk), desk, "sr-Latn")


def test_what_was_translated_is_there_in_the_other_letters_at_once(both, source):
    serbian, latin = map(fresh, both)
    assert latin.source_id == serbian.target_id
    assert said(latin) == ("Kraj štrajka", "Ljubav i mir.", "<p>Trajekt plovi u devet.</p><p>Pun je.</p>")
    assert (latin.todo, latin.changed, draft(latin).translation) == (0, 0, "")
    assert root_of(latin.target) == StoryPage.objects.get(pk=source.pk)
    assert set(tasks_of(source)) == {serbian, latin}


def test_it_follows_the_translation_and_no_edit_is_lost(client, desk, both):
    serbian, latin = both
    publish(draft(serbian))
    translate(client, latin, {"Љубав и мир.": "Ljubav & mir po našem."})
    publish(draft(latin))
    translate(client, serbian, {"Harbour strike ends": "Нема штрајка", "They sail again.": "Плове опет."})
    assert said(latin)[0] == "Kraj štrajka", "what is not out is not followed"
    publish(draft(serbian))
    assert said(latin)[:2] == ("Nema štrajka", "Ljubav & mir po našem.")
    latin = fresh(latin)
    assert (latin.todo, latin.changed, latin.target.title) == (0, 1, "Kraj štrajka")
    translate(client, latin, {}, confirm={"Плове опет."})
    assert (fresh(latin).changed, said(latin)[1]) == (0, "Ljubav & mir po našem.")
    del desk


def test_sent_at_once_it_waits_for_the_translation_and_is_made_with_it(client, desk, source, monkeypatch):
    serbian, latin = sent(source, desk, "sr-Latn", "sr")
    assert (serbian.target.locale.language_code, latin.source_id) == ("sr", serbian.target_id)
    assert fresh(latin).todo == 4, "English in a Serbian draft is not Serbian"
    with pytest.raises(ValidationError, match="4 pieces are not translated"):
        Ready(fresh(latin), True, desk).execute()
    serbian = translate(client, serbian, {"Harbour strike ends": "Крај штрајка"})
    assert (fresh(latin).todo, said(latin)[:2]) == (3, ("Kraj štrajka", "They sail again."))
    translate(client, serbian, SERBIAN)
    assert (fresh(latin).todo, said(latin)[1]) == (0, "Ljubav i mir.")
    monkeypatch.setattr(acting, "machine_name", lambda: "Machine")
    with pytest.raises(ValidationError, match="letter for letter"):
        AskMachine([latin], desk).check()


def test_all_go_out_at_one_moment(client, desk, source):
    russian, serbian, latin = sent(source, desk, "ru", "sr-Latn", "sr")
    translate(client, russian, WORDS)
    translate(client, serbian, SERBIAN)
    html = client.get(f"/admin/translating/together/{latin.target_id}/").content.decode()
    assert html.count('name="task"') == 3
    held = Hold(source, tuple(tasks_of(source)), desk, when_ready=True).execute()
    assert [Ready(fresh(each), True, desk).execute() for each in (russian, serbian, latin)] == [False, False, True]
    out = {each.language: story_from_bytes(bytes(each.story)) for each in Release.objects.filter(current=True)}
    assert {tag: story.headline for tag, story in out.items()} == {
        "en": "Harbour strike ends",
        "ru": "Забастовка окончена",
        "sr": "Крај штрајка",
        "sr-Latn": "Kraj štrajka",
    }
    assert len({each.published for each in out.values()}) == 1
    assert not tasks_of(source).filter(together=held.pk).exists()


def test_what_the_translation_says_last_is_what_goes_out(client, desk, source):
    serbian, latin = sent(source, desk, "sr-Latn", "sr")
    serbian = translate(client, serbian, SERBIAN)
    for each in (serbian, latin):
        Ready(fresh(each), True, desk).execute()
    page = draft(serbian)
    page.title = "Нема штрајка"
    page.save_revision(user=desk)
    Ready(fresh(serbian), True, desk).execute()
    assert not fresh(latin).ready, "nobody has said so of this draft"
    Ready(fresh(latin), True, desk).execute()
    held = Hold(source, tuple(tasks_of(source)), desk).execute()
    ReleaseTogether(held, desk).execute()
    out = {each.language: story_from_bytes(bytes(each.story)) for each in Release.objects.filter(current=True)}
    assert (out["sr"].headline, out["sr-Latn"].headline) == ("Нема штрајка", "Nema štrajka")


@pytest.mark.parametrize("state", ["stale", "urgent", "mine", "held"])
def test_the_board_shows_it_in_the_row_of_the_story(client, desk, both, source, state):
    _serbian, latin = both
    wanted = {
        "urgent": Wanted(urgent=True),
        "mine": Wanted(mine=member("latin", "translator:sr-Latn")),
        "stale": Wanted(language="sr-Latn", state="stale"),
        "held": Wanted(language="sr-Latn", state="held"),
    }[state]
    assert not stories(wanted).exists()
    match state:
        case "urgent":
            Task.objects.filter(pk=latin.pk).update(urgent=True)
        case "mine":
            Task.objects.filter(pk=latin.pk).update(translator=wanted.mine)
        case "stale":
            Task.objects.filter(pk=latin.pk).update(changed=1)
        case "held":
            Hold(source, (fresh(latin),), desk).execute()
    seen = list(stories(wanted))
    assert seen == [StoryPage.objects.get(pk=source.pk)]
    (row,) = rows(seen, ["en", "sr", "sr-Latn"])
    assert [cell.task for cell in row.cells] == [None, both[0].pk, latin.pk]
    assert row.urgent == (state == "urgent")
    (count,) = counts(window(stories(wanted)), ["sr-Latn"])
    assert (count.missing, count.stale) == (0, int(state == "stale"))


def test_whoever_has_only_the_other_letters_knows_of_the_story(desk, source):
    _serbian, latin = sent(source, desk, "sr", "sr-Latn")
    somebody = member("latin", "translator:sr-Latn")
    assert knows(somebody, source)
    assert knows(somebody, latin.source)
    assert not knows(member("persian", "translator:fa"), source)


def test_whoever_may_not_have_the_translation_translates_the_story(desk, source):
    sent(publish(source), desk, "sr")
    somebody = member("latin", "translator:sr-Latn")
    task = sent(StoryPage.objects.get(pk=source.pk), somebody, "sr-Latn")
    assert (task.source_id, fresh(task).todo) == (source.pk, 4)


def test_nothing_else_is_made_from_a_translation(client, desk, both):
    serbian, _latin = both
    with pytest.raises(ValidationError, match="translation itself"):
        Send(fresh(serbian).target, ("fa",), desk).execute()
    html = client.get(f"/admin/translating/send/{serbian.target_id}/").content.decode()
    assert 'value="fa"' in html


def test_the_screen_says_from_what_it_is_made(client, desk, source):
    sent(publish(source), desk, "sr")
    html = client.get(f"/admin/translating/send/{source.pk}/?to=sr-Latn").content.decode()
    assert html.count("in other letters") == 1
    client.post(f"/admin/translating/send/{source.pk}/", {"language": ["sr-Latn"]})
    assert Task.objects.get(target__locale__language_code="sr-Latn").source.locale.language_code == "sr"


def test_a_machines_words_are_its_words_in_any_letters(client, desk, both):
    serbian, latin = both
    MachineDraft.objects.create(page=serbian.target, state=DONE, asked=serbian.sent, due=serbian.sent)
    mark(serbian.target_id, [("Нема мира.", "line")], "test")
    translate(client, serbian, {"They sail again.": "Нема мира."})
    assert (draft(serbian).translation, draft(latin).translation) == ("machine", "machine")
    with pytest.raises(ValidationError, match="1 pieces are by a machine"):
        SayReady(fresh(latin), True, desk).execute()
    data = typing(serbian, {}) | {"checked": list(unchecked(serbian.target_id))}
    client.post(f"/admin/translating/{serbian.pk}/", data)
    assert (draft(serbian).translation, draft(latin).translation) == ("", "")


@pytest.fixture
def cyrillic(client, desk, source):
    """English into Serbian in Latin letters, and that into Cyrillic."""
    latin = translate(client, sent(publish(source), desk, "sr-Latn"), LATIN)
    return latin, sent(StoryPage.objects.get(pk=source.pk), desk, "sr")


def test_the_way_back_is_made_too_and_a_person_looks_at_it(client, desk, cyrillic):
    _latin, task = cyrillic
    assert said(task)[:2] == ("Крај штрајка", "Инјекција за коња.")
    assert (fresh(task).todo, draft(task).translation) == (0, "machine")
    with pytest.raises(ValidationError, match="4 pieces are by a machine"):
        SayReady(fresh(task), True, desk).execute()
    data = typing(task, {}) | {"checked": list(unchecked(task.target_id))}
    client.post(f"/admin/translating/{task.pk}/", data)
    assert draft(task).translation == ""
    SayReady(fresh(task), True, desk).execute()
    assert fresh(task).ready


def test_what_is_new_on_the_way_back_does_not_go_out_unseen(client, desk, cyrillic, source):
    latin, task = cyrillic
    publish(draft(latin))
    client.post(f"/admin/translating/{task.pk}/", typing(task, {}) | {"checked": list(unchecked(task.target_id))})
    publish(draft(task))
    translate(client, latin, {"It is full.": "Prazan je."})
    publish(draft(latin))
    assert said(task)[2].endswith("<p>Празан је.</p>")
    assert standing(draft(task), unchecked(task.target_id)) == 1
    out = story_from_bytes(bytes(Release.objects.get(language="sr", current=True).story))
    assert (out.translation, "Празан" in str(out.body)) == ("", False)
    del source, desk


def test_what_is_made_while_all_wait_is_looked_at_first(client, desk):
    source = write("Kraj štrajka", language="sr-Latn", story_id="luka", lead="Ljubav i mir.")
    task = sent(source, desk, "sr")
    client.post(f"/admin/translating/{task.pk}/", typing(task, {}) | {"checked": list(unchecked(task.target_id))})
    Ready(fresh(task), True, desk).execute()
    page = newest(source)
    page.title = "Nema štrajka"
    page.save_revision(user=desk)
    held = Hold(StoryPage.objects.get(pk=source.pk), (fresh(task),), desk).execute()
    with pytest.raises(ValidationError, match="Not ready yet"):
        ReleaseTogether(held, desk).execute()
    assert not Release.objects.exists()


def test_what_people_say_of_a_story_made_by_a_machine_is_said_in_both_scripts(desk):
    source = publish(write("Крај штрајка", language="sr", story_id="luka", translation="machine"))
    task = sent(source, desk, "sr-Latn")
    assert draft(task).translation == "machine"
    page = StoryPage.objects.get(pk=source.pk)
    page.translation = ""
    publish(page)
    assert draft(task).translation == ""


def test_the_other_letters_are_in_the_name_of_whoever_saved_and_kept_by_nobody_elses_lock(client, source, desk):
    serbian, latin = sent(source, desk, "sr", "sr-Latn")
    ana, bob = (member(name, "translator:sr", "translator:sr-Latn") for name in ("ana", "bob"))
    client.force_login(ana)
    translate(client, serbian, {"Harbour strike ends": "Крај штрајка"})
    client.force_login(bob)
    StoryPage.objects.filter(pk=latin.target_id).update(locked=True, locked_by=bob)
    translate(client, serbian, {"They sail again.": "Плове опет."})
    page = StoryPage.objects.get(pk=latin.target_id)
    assert (newest(page).lead, page.latest_revision.user) == ("Plove opet.", bob)


def readers_have(language):
    story = Release.objects.get(language=language, current=True).story
    return story_from_bytes(bytes(story)).headline if story else ""


def test_whoever_may_publish_serbian_alone_lets_its_other_letters_follow(both):
    serbian, _latin = both
    for each in both:
        publish(draft(each))
    page = draft(serbian)
    page.title = "Нема штрајка"
    publish(page, member("ed", "editor:sr"))
    assert (readers_have("sr"), readers_have("sr-Latn")) == ("Нема штрајка", "Nema štrajka")


@pytest.mark.parametrize("role", ["translator:sr", "editor:sr"])
def test_a_draft_that_nobody_let_out_does_not_go_out_in_other_letters(client, both, role):
    serbian, latin = both
    for each in both:
        publish(draft(each))
    StoryPage.objects.get(pk=serbian.target_id).unpublish()
    client.force_login(member("somebody", role))
    translate(client, serbian, {"Harbour strike ends": "Још се преговара"})
    assert (said(latin)[0], readers_have("sr-Latn")) == ("Još se pregovara", "Kraj štrajka")
