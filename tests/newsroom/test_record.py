"""The record of a story: every version that readers got, in a language, page by page, and all that each changed."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import jpeg, newspaper, person, picture, publish, text, write
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.models import GroupPagePermission

from tamizdat.newsroom.corrections import versions as record
from tamizdat.newsroom.corrections.changes import changed_parts
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import Section, StoryPage
from tamizdat.newsroom.translating.models import Task
from tamizdat.story import (
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Recording,
    Run,
    SoundBlock,
    SoundFile,
    Story,
    Table,
    rich,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 1, 8, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
PICTURE = Picture("A quay", file="a" * 64, caption="At noon", credit="Maro", focus=(100, 200))
OTHER = Picture("A pier", file="b" * 64, caption="At dawn", credit="Lena", focus=(300, 200))
SOUND = Recording(65, (SoundFile("c" * 64, "audio/ogg", 24, 9_000),))
STORY = Story(
    "ferry", "en", "Ferry sails", AT, lead="It sails.", byline=("A. Penname",), dateline="PORT", sections=("sea",),
    topics=("ships",), updated=AT, breaking_until=AT, agencies=("Agency",), translation="machine", picture=PICTURE,
    corrections=(Correction(AT, "At nine."),), related=("pier",), body=(Paragraph(rich("It sails at eight.")),),
)  # fmt: skip
ELSE = {
    "headline": "Ferry waits", "published": LATER, "lead": "It waits.", "byline": ("B. Penname",), "dateline": "CITY",
    "sections": ("land",), "topics": ("trains",), "updated": LATER, "breaking_until": LATER, "agencies": ("Other",),
    "translation": "", "picture": OTHER, "related": ("quay",), "body": (Paragraph(rich("It waits.")),),
    "corrections": (Correction(AT, "At nine."), Correction(LATER, "At ten.", "update")),
}  # fmt: skip
NO_CHANGE = {"story_id", "language", "revision"}
"""What a story's versions have in common; and "recordings" are those of the body."""
BLOCKS = [
    (Paragraph(rich("At eight.")), Paragraph(rich([Run("At "), Run("eight", strong=True), Run(".")]))),
    (Paragraph(rich("At eight.")), Paragraph(rich([Run("At "), Run("eight", emphasis=True), Run(".")]))),
    (Paragraph(rich([Run("See", href="https://a.example/")])), Paragraph(rich([Run("See", href="https://b.example/")]))),
    (Paragraph(rich("When")), Heading(rich("When"))),
    (Heading(rich("When")), Heading(rich("When"), 3)),
    (ListBlock((rich("Bread"),)), ListBlock((rich("Bread"),), ordered=True)),
    (Quote((rich("I saw it."),), "Anna"), Quote((rich("I saw it."),), "Maria")),
    (Table(((rich("a"), rich("b")),), caption="x"), Table(((rich("a"), rich("b")),), caption="y")),
    (Table(((rich("a"), ()),)), Table((((), rich("a")),))),
    (Table(((rich("a"),),)), Table(((rich("a"),),), header=True)),
    (Embed("https://a.example/", "A map"), Embed("https://b.example/", "A map")),
    (Embed("https://a.example/", "A map"), Embed("https://a.example/", "The map")),
    (SoundBlock("Waves", (rich("Sh."),), SOUND), SoundBlock("Waves", (rich("Sh."),), replace(SOUND, seconds=66))),
    (SoundBlock("Waves", (rich("Sh."),), SOUND), SoundBlock("Waves", (rich("Shh."),), SOUND)),
    (SoundBlock("Waves", (rich("Sh."),), SOUND), SoundBlock("Wind", (rich("Sh."),), SOUND)),
    *((PictureBlock(PICTURE), PictureBlock(replace(PICTURE, **{name: getattr(OTHER, name)})))
      for name in ("alt", "file", "caption", "credit", "focus")),
]  # fmt: skip


def names(before, after):
    return [part.name for part in changed_parts(before, after, {})]


def out(page, **changes):
    """Publish the page with changes."""
    for name, value in changes.items():
        setattr(page, name, value)
    return publish(page)


def editor(name, language, *may):
    """Somebody who works in one language."""
    made = Person.objects.create_user(name)
    group = Group.objects.create(name=f"{name}'s")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    for each in may or ("change_page", "publish_page"):
        permission = Permission.objects.get(codename=each, content_type__app_label="wagtailcore")
        GroupPagePermission.objects.create(group=group, page=newspaper(language), permission=permission)
    made.groups.add(group)
    return made


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


def shown(client, story_id="ferry", **asked):
    return client.get(reverse("corrections_story", args=[story_id]), asked)


def test_there_is_a_change_for_every_field_that_a_story_has():
    assert {each.name for each in fields(Story)} == NO_CHANGE | {"recordings"} | set(ELSE)


@pytest.mark.parametrize("name", sorted(ELSE))
def test_whatever_changes_of_a_story_is_said(name):
    after = replace(STORY, **{name: ELSE[name]})
    assert len(names(STORY, after)) == len(names(after, STORY)) == 1
    assert names(STORY, STORY) == []


@pytest.mark.parametrize(("old", "new"), BLOCKS)
def test_whatever_changes_of_a_block_is_said_and_nothing_else(old, new):
    around = (Paragraph(rich("First.")), Paragraph(rich("Second.")))
    [part] = changed_parts(*(replace(STORY, body=(*around, block, *around)) for block in (old, new)), {})
    assert part.name == "Body"
    kinds = [row.kind for row in part.rows]
    assert kinds[:2] == ["skipped", "same"]
    assert kinds[-2:] == ["same", "skipped"]
    assert set(kinds[2:-2]) <= {"changed", "gone", "new", "same"}
    assert {"changed", "gone", "new"} & set(kinds)


@pytest.mark.parametrize("name", ["alt", "file", "caption", "credit", "focus"])
def test_of_the_lead_picture_only_what_changed_is_shown(name):
    after = replace(STORY, picture=replace(PICTURE, **{name: getattr(OTHER, name)}))
    [part] = changed_parts(STORY, after, {})
    assert (part.name, [row.kind for row in part.rows]) == ("Lead picture", ["changed"])


def test_words_that_changed_stand_where_they_stood():
    after = replace(STORY, body=(Paragraph(rich("It sails at nine.")), Heading(rich("Bread"))))
    [part] = changed_parts(STORY, after, {})
    changed, new = part.rows
    assert [(each.kind, each.text) for each in changed.pieces] == [
        ("same", "It sails at "), ("gone", "eight"), ("new", "nine"), ("same", "."),
    ]  # fmt: skip
    assert (new.kind, new.label, new.pieces[0].text) == ("new", "H2", "Bread")


def test_the_page_shows_pictures_sections_links_and_marks(desk):
    Section.objects.create(key="sea", label="At sea")
    page = out(write("Ferry sails", story_id="ferry", body=text("<p>It <b>sails</b>.</p>")))
    shore = picture()
    linked = text('<p>It <b>sails</b>. <a href="https://a.example/">More</a></p>')
    out(page, sections=["sea"], picture=shore, picture_caption="At noon", body=linked)
    html = shown(desk).content.decode()
    for said in ("At sea", "quay.jpg", "At noon", "A quay", "https://a.example/", "<strong>sails</strong>"):
        assert said in html, said
    assert f'src="{shore.get_rendition("max-165x165").url}"' in html


def test_versions_are_shown_by_language_and_page_and_only_the_first_is_called_first(desk, monkeypatch):
    monkeypatch.setattr(record, "PER_PAGE", 3)
    page = write("Ferry 0", story_id="ferry")
    for at in range(7):
        page = out(page, title=f"Ferry {at}")
    russian = write("Паром", language="ru", story_id="ferry", translation_key=page.translation_key)
    out(russian)
    seen = [shown(desk, language="en", p=number) for number in (1, 2, 3)]
    assert [len(each.context["versions"]) for each in seen] == [3, 3, 1]
    firsts = [version.is_first for each in seen for version in each.context["versions"]]
    assert firsts == [False] * 6 + [True]
    for at, version in zip(range(6, 0, -1), [each for page in seen for each in page.context["versions"]], strict=False):
        pieces = {(piece.kind, piece.text) for part in version.parts for row in part.rows for piece in row.pieces}
        assert {("gone", f"{at - 1}"), ("new", f"{at}")} <= pieces
    assert "first version" not in seen[0].content.decode()
    assert "Паром" not in seen[0].content.decode().partition('id="versions"')[2]
    [only] = shown(desk, language="ru").context["versions"]
    assert (only.is_first, only.release.language) == (True, "ru")


@pytest.mark.parametrize("per_page", [1, 2, 3, 20])
def test_what_came_back_is_compared_with_what_readers_had_before_it_went(desk, monkeypatch, per_page):
    monkeypatch.setattr(record, "PER_PAGE", per_page)
    page = out(write("Ferry sails", story_id="ferry"))
    page.unpublish()
    out(StoryPage.objects.get(pk=page.pk), title="Ferry waits")
    found = [version for at in range(1, 4) for version in shown(desk, p=at).context["versions"]][:3]
    back, away, first = found
    assert [(each.is_back, each.is_first) for each in found] == [(True, False), (False, False), (False, True)]
    assert [part.name for part in back.parts][:1] == ["Headline"]
    assert away.release.story is None
    assert not away.parts
    assert not first.parts


def test_an_editor_sees_versions_of_the_languages_that_are_theirs(client):
    english = out(write("Ferry sails", story_id="ferry"))
    russian = write("Паром идёт", language="ru", story_id="ferry", translation_key=english.translation_key)
    out(russian)
    draft = write("کشتی", language="fa", story_id="ferry", translation_key=english.translation_key)
    client.force_login(editor("yana", "ru"))
    answer = shown(client, language="en")
    assert answer.context["languages"] == [("ru", "Русский")]
    assert answer.context["language"] == "ru"
    Release.objects.filter(language="en").update(language="fa")
    assert shown(client, language="fa").context["language"] == "ru"
    assert draft.title not in shown(client).content.decode()


def test_who_translates_a_story_sees_its_versions(client):
    english = out(write("Ferry sails", story_id="ferry"))
    russian = write("Паром идёт", language="ru", story_id="ferry", translation_key=english.translation_key)
    Task.objects.create(source=english, target=russian)
    client.force_login(editor("yana", "ru"))
    assert [tag for tag, _name in shown(client).context["languages"]] == ["en"]


def test_the_record_outlives_its_story(desk, client):
    page = out(write("Ferry sails", story_id="ferry"))
    page.delete()
    answer = shown(desk)
    assert answer.status_code == 200
    assert [bool(each.release.story) for each in answer.context["versions"]] == [False, True]
    client.force_login(editor("yana", "ru"))
    assert shown(client).status_code == 404


def test_the_record_costs_the_same_whatever_there_is(desk, django_assert_max_num_queries):
    page = write("Ferry 0", story_id="ferry", picture=picture())
    for at in range(12):
        page = out(page, title=f"Ferry {at}", picture=picture(data=jpeg(200 + at)))
    shown(desk)
    with django_assert_max_num_queries(40):
        assert len(shown(desk).context["versions"]) == 12
