"""A machine's words are a machine's in both scripts, however somebody joins or parts their paragraphs."""

import pytest
from desk_kit import publish, text, write
from translating_kit import sent, translate, typing

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.marks import mark, standing, unchecked
from tamizdat.newsroom.suggesting.models import DONE, MachineDraft
from tamizdat.newsroom.suggesting.words import digest
from tamizdat.newsroom.translating.beside import newest

pytestmark = pytest.mark.django_db
ONE, TWO = "Трајект плови у девет. Нико не долази.", "Пун је. Галебови вичу."
CYRILLIC = {
    "Harbour strike ends": "Крај штрајка",
    "They sail again.": "Љубав и мир.",
    "The ferry sails at nine.": ONE,
    "It is full.": TWO,
}
LATIN = {
    "Harbour strike ends": "Kraj štrajka",
    "They sail again.": "Injekcija za konja.",
    "The ferry sails at nine.": "Trajekt plovi u devet. Sve je mirno.",
    "It is full.": "Pun je.",
}


def draft(task):
    return newest(StoryPage.objects.get(pk=task.target_id))


def told(language):
    return story_from_bytes(bytes(Release.objects.get(language=language, current=True).story)).translation


def parted(*paragraphs):
    return "".join(f"<p>{each}</p>" for each in paragraphs)


@pytest.mark.parametrize(
    "body",
    [
        parted(f"{ONE} {TWO}"),
        parted("Трајект плови у девет.", "Нико не долази.", "Пун је.", "Галебови вичу."),
        parted(f"{ONE} Пун је.", "Галебови вичу."),
    ],
)
def test_joined_or_parted_a_machines_words_are_its_in_latin_letters_too(client, desk, source, body):
    serbian = sent(publish(source), desk, "sr")
    MachineDraft.objects.create(page=serbian.target, state=DONE, asked=serbian.sent, due=serbian.sent)
    mark(serbian.target_id, [(parted(ONE), "rich"), (parted(TWO), "rich")], "test")
    serbian = translate(client, serbian, CYRILLIC)
    latin = sent(StoryPage.objects.get(pk=source.pk), desk, "sr-Latn")
    for each in (serbian, latin):
        publish(draft(each))
    page = draft(serbian)
    page.body = [{**page.body.get_prep_value()[0], "value": body}]
    publish(page, desk)
    assert (told("sr"), told("sr-Latn")) == ("machine", "machine")
    page = draft(latin)
    page.body = [
        {**page.body.get_prep_value()[0], "value": page.body.get_prep_value()[0]["value"].replace("</p><p>", " ")}
    ]
    page.save_revision(user=desk)
    assert draft(latin).translation == "machine", "and when they are joined there"


def test_parted_what_was_made_out_of_latin_letters_is_still_to_be_checked(client, desk, source):
    translate(client, sent(publish(source), desk, "sr-Latn"), LATIN)
    task = sent(StoryPage.objects.get(pk=source.pk), desk, "sr")
    page = draft(task)
    checked = [digest(each) for each in (page.title, page.lead, "Пун је.")]
    client.post(f"/admin/translating/{task.pk}/", typing(task, {}) | {"checked": checked})
    page = draft(task)
    raw = page.body.get_prep_value()[0]
    page.body = [{**raw, "value": raw["value"].replace(". С", ".</p><p>С")}]
    page.save_revision(user=desk)
    assert "<p>Све је мирно.</p>" in draft(task).body.get_prep_value()[0]["value"]
    assert draft(task).translation == "machine"


@pytest.fixture
def both(client, desk, source):
    """By a machine into Serbian, and that in its Latin letters."""
    serbian = sent(publish(source), desk, "sr")
    MachineDraft.objects.create(page=serbian.target, state=DONE, asked=serbian.sent, due=serbian.sent)
    mark(serbian.target_id, [(parted(ONE), "rich"), (parted(TWO), "rich")], "test")
    return translate(client, serbian, CYRILLIC), sent(StoryPage.objects.get(pk=source.pk), desk, "sr-Latn")


def says(task, *paragraphs):
    page = draft(task)
    page.body = [{**page.body.get_prep_value()[0], "value": parted(*paragraphs)}]
    page.save_revision()


def checks(client, task, *paragraphs):
    data = typing(task, {}) | {"checked": list(map(digest, paragraphs))}
    answer = client.post(f"/admin/translating/{task.pk}/", data)
    assert answer.status_code == 302
    return draft(task).translation


def left(task):
    return standing(draft(task), unchecked(task.target_id))


def test_each_piece_is_checked_in_both_scripts(client, both):
    serbian, latin = both
    assert (left(serbian), left(latin)) == (2, 2)
    assert checks(client, serbian, ONE) == "machine"
    assert (left(serbian), left(latin)) == (1, 1)
    checks(client, serbian, TWO)
    assert (left(serbian), left(latin), draft(latin).translation) == (0, 0, "")


def test_checked_in_one_script_joined_words_are_checked_in_the_other(client, both):
    serbian, latin = both
    says(serbian, f"{ONE} {TWO}")
    assert checks(client, serbian, f"{ONE} {TWO}") == ""
    assert draft(latin).translation == ""


def test_checked_in_one_script_apart_they_are_checked_where_they_are_joined(client, both):
    serbian, latin = both
    says(latin, "Trajekt plovi u devet. Niko ne dolazi. Pun je. Galebovi viču.")
    assert draft(latin).translation == "machine"
    assert checks(client, serbian, ONE, TWO) == ""
    says(latin, "Trajekt plovi u devet. Niko ne dolazi. Pun je. Galebovi viču.")
    assert draft(latin).translation == ""


def test_a_machines_sentence_among_those_of_people_is_its_own_still(client, both):
    serbian, latin = both
    says(serbian, "Пише човек. Пише и други. Пун је. Трећи пише.")
    translate(client, serbian, {})
    assert (draft(serbian).translation, draft(latin).translation) == ("", "")
    for task, words in ((serbian, "Пун је."), (latin, "Pun je.")):
        says(task, words)
        assert draft(task).translation == "machine"


def test_what_reads_the_same_in_both_scripts_needs_nobody_who_looks(desk):
    source = publish(write("Kraj", language="sr-Latn", story_id="luka", lead="2026", body=text("<p>9:30</p>")))
    task = sent(source, desk, "sr")
    assert standing(draft(task), unchecked(task.target_id)) == 1
    assert draft(task).translation == "machine"
