"""What people translated before comes back where the source says the same, or nearly; only to whom it may."""

import time
from collections import Counter

import pytest
from desk_kit import person, publish, text, write
from django.contrib.auth import get_user_model
from hypothesis import given, settings
from hypothesis import strategies as some
from translating_kit import sent, shown, translate, translated, translator, typing

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting import memory
from tamizdat.newsroom.suggesting.beside import offers
from tamizdat.newsroom.suggesting.likeness import TRACES, percent, traces
from tamizdat.newsroom.suggesting.memory import find
from tamizdat.newsroom.suggesting.models import Remembered, Trace
from tamizdat.newsroom.suggesting.words import digest, words_of
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return person()


def another(desk, body, language="ru", headline="Another day"):
    (task,) = Send(write(headline, body=text(body)), (language,), desk).execute()
    return Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)


def suggested(task, user, piece):
    found = offers(task, shown(task), user)
    return [
        (each.percent, each.text)
        for field in shown(task)
        for at, row in enumerate(field.rows)
        if piece in row.source
        for each in found[field.key, at].suggestions
    ]


def test_the_same_piece_comes_back_and_one_click_puts_it_in(client, desk, source):
    translated(client, source, desk)
    task = another(desk, "<p>It is full.</p><p>Nobody knows why.</p>")
    assert suggested(task, desk, "It is full.") == [(100, "Он полон.")]
    assert suggested(task, desk, "Nobody") == []
    screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert 'data-suggestion="Он полон."' in screen
    wish = screen.partition('name="take" value="')[2].partition('"')[0]
    answer = client.post(f"/admin/translating/{task.pk}/", {**typing(task, {"Nobody knows why.": "Мой"}), "take": wish})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert ">Он полон.</textarea>" in page
    assert ">Мой</textarea>" in page, "what was typed elsewhere stays"
    assert Task.objects.get(pk=task.pk).todo == 3, "nothing is saved by that"


def test_a_near_one_says_how_near_and_what_differs(client, desk, source):
    body = text("<p>The ferry to the island sails at nine in the morning from the old harbour.</p>")
    first = write("One", body=body)
    client.force_login(desk)
    task = sent(first, desk, "ru")
    words = "The ferry to the island sails at nine in the morning from the old harbour."
    translate(client, task, {words: "Паром на остров отходит в девять утра из старой гавани."})
    near = another(desk, "<p>The ferry to the island sails at ten in the morning from the old harbour.</p>")
    ((per, said),) = suggested(near, desk, "ferry")
    assert 80 <= per < 100
    assert said.startswith("Паром на остров")
    screen = client.get(f"/admin/translating/{near.pk}/").content.decode()
    assert "<del>nine" in screen
    assert "<ins>ten" in screen
    assert suggested(another(desk, "<p>Nothing here is like that at all.</p>"), desk, "Nothing") == []


def test_what_changed_is_offered_what_its_new_words_were_elsewhere(client, desk, source):
    task = translated(client, publish(source), desk)
    other = another(desk, "<p>The ferry sails at ten.</p>")
    translate(client, other, {"The ferry sails at ten.": "Паром отходит в десять."})
    page = StoryPage.objects.get(pk=source.pk)
    page.body = [{**page.body.get_prep_value()[0], "value": "<p>The ferry sails at ten.</p><p>It is full.</p>"}]
    publish(page)
    task = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
    assert suggested(task, desk, "at ten")[0] == (100, "Паром отходит в десять.")


def test_what_is_corrected_is_remembered_as_corrected(client, desk, source):
    task = translated(client, source, desk)
    assert Remembered.objects.filter(source="It is full.").count() == 1
    translate(client, task, {"It is full.": "Мест нет."})
    assert [row.target for row in Remembered.objects.filter(source="It is full.")] == ["Мест нет."]


def test_a_pair_of_languages_has_its_own_memory(client, desk, source):
    translated(client, source, desk)
    assert suggested(another(desk, "<p>It is full.</p>", "fa"), desk, "full") == []


def test_drafts_are_told_to_nobody_who_may_not_see_them(client, desk, source):
    task = translated(client, source, desk)
    somebody = get_user_model().objects.create_user("own-pages", "", "desk desk desk desk")
    other = another(desk, "<p>It is full.</p>")
    assert suggested(other, somebody, "full") == []
    assert suggested(other, translator("ru"), "full") == [(100, "Он полон.")]
    publish(StoryPage.objects.get(pk=task.target_id).get_latest_revision_as_object())
    assert suggested(other, somebody, "full") == [(100, "Он полон.")]
    StoryPage.objects.get(pk=task.target_id).unpublish()
    assert suggested(other, somebody, "full") == []


def test_a_story_that_is_deleted_is_forgotten(client, desk, source):
    task = translated(client, source, desk)
    StoryPage.objects.get(pk=task.target_id).delete()
    assert not Remembered.objects.exists()
    assert not Trace.objects.exists()


def test_words_that_stand_everywhere_lead_to_few_pieces(client, desk, monkeypatch):
    monkeypatch.setattr(memory, "_MOST_OF_A_TRACE", 5)
    client.force_login(desk)
    for at in range(8):
        task = another(desk, f"<p>The ferry sails at nine on day {at}.</p>", headline=f"Day {at}")
        translate(client, task, {f"The ferry sails at nine on day {at}.": f"День {at}"})
    counts = Counter(Trace.objects.values_list("value", flat=True))
    assert max(counts.values()) == 5
    near = suggested(another(desk, "<p>The ferry sails at nine on day 80.</p>"), desk, "day 80")
    assert len(near) == 3


def fill(task, count):
    """Many remembered pieces, half of which begin alike."""
    words = ["ferry", "harbour", "strike", "island", "council", "bread", "price", "school", "bridge", "night", "road"]
    rows = []
    for at in range(count):
        picked = [words[at // 11**nth % 11] for nth in range(5)]
        said = f"The mayor said on day {at} that the {' '.join(picked)} would be open again in week {at % 997}."
        rows.append(
            Remembered(
                pair="en>ru", digest=digest(said), target_digest=digest(f"{at}"), source=said, target=f"{at}", task=task
            )
        )
    Remembered.objects.bulk_create(rows, batch_size=2_000)
    made, full = [], {}
    for row in Remembered.objects.filter(pair="en>ru").iterator():
        for value in traces(row.source):
            full[value] = full.get(value, 0) + 1
            if full[value] <= 64:
                made.append(Trace(remembered_id=row.pk, pair="en>ru", value=value))
    Trace.objects.bulk_create(made, batch_size=5_000)


@pytest.mark.slow
def test_a_screen_costs_the_same_with_a_hundred_thousand_pieces(
    client, desk, source, django_assert_max_num_queries, django_assert_num_queries
):
    task = another(desk, "".join(f"<p>The mayor said on day {at} the ferry would be open.</p>" for at in range(60)))
    fill(task, 100_000)
    client.force_login(desk)
    client.get(f"/admin/translating/{task.pk}/")
    began = time.monotonic()
    with django_assert_max_num_queries(39):
        answer = client.get(f"/admin/translating/{task.pk}/")
    assert time.monotonic() - began < 3, "and never as long as a search through all of them"
    assert answer.status_code == 200
    texts = [f"The mayor said on day {at} the bread ferry harbour would be open in week 7." for at in range(60)]
    with django_assert_num_queries(4):
        found = find(task, texts, desk)
    assert sum(map(bool, found.values())) > 30


@given(some.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_has_few_traces_and_is_like_itself(said):
    found = traces(said)
    assert len(found) <= TRACES
    assert all(-(2**31) <= each < 2**31 for each in found)
    words = words_of(said)
    assert bool(found) == bool(words)
    assert percent(words, words) in {0, 99}


def test_scripts_without_spaces_have_words():
    assert len(words_of("渡轮九点开船")) == 6
    assert words_of("The ferry, 9:30") == ["the", "ferry", "9", "30"]
