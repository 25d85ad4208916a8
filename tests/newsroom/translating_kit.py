"""A story at a harbour, sent for translation, translated side by side; fixtures for whoever imports none of that."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from desk_kit import person, text, write
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from tamizdat.newsroom.people.models import RoleGroup
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import FieldRows, draft_mark, newest, rows_of, source_mark, source_now
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send
from tamizdat.newsroom.translating.typed import pieces_of

WORDS = {
    "Harbour strike ends": "Забастовка окончена",
    "They sail again.": "Они снова ходят.",
    "The ferry sails at nine.": "Паром отходит в девять.",
    "It is full.": "Он полон.",
}


@pytest.fixture
def desk(client: Any) -> Any:
    """Somebody who may do everything, logged in."""
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def source() -> StoryPage:
    """A draft in English; ``publish`` lets it out."""
    return write(
        "Harbour strike ends",
        story_id="harbour",
        lead="They sail again.",
        body=text("<p>The ferry sails at nine.</p><p>It is full.</p>"),
        sections=["world"],
    )


def sent(source: StoryPage, desk: Any, *languages: str) -> Any:
    """Tasks of a story that was sent, or the one."""
    tasks = Send(source, languages, desk).execute()
    return tasks[0] if len(tasks) == 1 else tasks


def shown(task: Task) -> list[FieldRows]:
    """The rows that a translator sees."""
    task = Task.objects.get(pk=task.pk)
    return rows_of(task.pairs, source_now(task), newest(task.target))


def typing(task: Task, words: Mapping[str, str], confirm: Collection[str] = ()) -> dict[str, str]:
    """What the form of the two columns sends."""
    task = Task.objects.select_related("source", "target").get(pk=task.pk)
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    data = {"seen": draft_mark(task.target), "source": source_mark(task), "pieces": pieces_of(fields)}
    for field in fields:
        for at, row in enumerate(field.rows):
            plain = row.source.removeprefix("<p>").removesuffix("</p>")
            now = row.text.removeprefix("<p>").removesuffix("</p>")
            data[f"t:{field.key}:{at}"] = words.get(plain, now)
            if plain in confirm or now in confirm:
                data[f"c:{field.key}:{at}"] = "1"
    return data


def translate(client: Any, task: Task, words: Mapping[str, str], confirm: Collection[str] = ()) -> Task:
    """Save it with these words, by what they translate; the task then."""
    answer = client.post(f"/admin/translating/{task.pk}/", typing(task, words, confirm))
    assert answer.status_code == 302, answer.content.decode()[:4000]
    return Task.objects.get(pk=task.pk)


def translated(client: Any, source: StoryPage, desk: Any, language: str = "ru") -> Task:
    """The task of a story that was sent and translated."""
    client.force_login(desk)
    return translate(client, sent(source, desk, language), WORDS)


def translator(language: str) -> Any:
    """Somebody who may translate into one language."""
    somebody = get_user_model().objects.create_user(f"translator-{language}", "", "desk desk desk desk")
    role = RoleGroup.objects.get(role="translator", language=language)
    somebody.groups.add(Group.objects.get(pk=role.group_id))
    return somebody


@pytest.fixture
def task(client: Any, desk: Any, source: StoryPage) -> Task:
    """Its translation into Russian, which is done and not called ready."""
    return translate(client, sent(source, desk, "ru"), WORDS)
