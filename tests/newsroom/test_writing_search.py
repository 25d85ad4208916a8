"""Search finds stories, pictures, people, terms and wires by words as people type them, on both databases."""

from datetime import UTC, datetime

import pytest
from desk_kit import person, picture, publish, text, write
from django.http import QueryDict
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Locale
from wagtail.users.models import UserProfile

from tamizdat.newsroom.folding import folded, folded_for_index, spellings
from tamizdat.newsroom.ingest.keeping import keep
from tamizdat.newsroom.ingest.lists import Asked
from tamizdat.newsroom.ingest.models import Subscription
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Byline, Section, Topic
from tamizdat.sources.port import Gathered
from tamizdat.story import Paragraph, Story, rich

pytestmark = pytest.mark.django_db
BODIES = {
    "en": ("Café strike in Łódź", "<p>Naïve ferrymen wait.</p>"),
    "ru": ("Паром у причала", "<p>Ещё всё впереди, Ёлкин.</p>"),
    "fa": ("کشتی‌ها می‌روند", "<p>بندرِ شهر در سال ۱۴۰۳ بسته شد. ناخدای يک كشتی</p>"),
}
ASKED = [
    ("en", "cafe"), ("en", "CAFÉ"), ("en", "naive ferrymen"), ("en", "cafe\u0301"),
    ("ru", "паром"), ("ru", "ПАРОМ"), ("ru", "еще"), ("ru", "ёлкин"), ("ru", "елкин"),
    ("fa", "کشتی‌ها"), ("fa", "كشتی ها"), ("fa", "میروند"), ("fa", "می روند"), ("fa", "می‌روند"),
    ("fa", "بندر"), ("fa", "بندرِ"), ("fa", "1403"), ("fa", "۱۴۰۳"), ("fa", "یک کشتی"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "words"), ASKED)
def test_stories_are_found_however_their_words_are_typed(language, words):
    made = {tag: write(title, language=tag, body=text(body)) for tag, (title, body) in BODIES.items()}
    for story in made.values():
        publish(story)
    assert [story.pk for story in StoryPage.objects.all().search(words)] == [made[language].pk]


def test_the_lists_and_choosers_of_the_admin_find_them(client):
    client.force_login(person())
    made = {tag: publish(write(title, language=tag, body=text(body))) for tag, (title, body) in BODIES.items()}
    shown = picture("Порт на рассвете", caption="Ещё")
    LibraryPicture.objects.get(pk=shown.pk).save()
    for words, tag in (("ПАРО", "ru"), ("caf", "en"), ("کشتی", "fa")):
        answer = client.get(reverse("story_terms", args=["story"]), {"q": words, "in": tag}).json()
        assert [each["key"] for each in answer["terms"]] == [made[tag].story_id]
        assert BODIES[tag][0] in client.get("/admin/pages/search/", {"q": words}).content.decode()
    assert str(shown.pk) in client.get("/admin/images/", {"q": "quay"}).content.decode()


def test_the_list_of_stories_calls_sections_what_the_newsroom_calls_them(client, django_assert_max_num_queries):
    Section.objects.update_or_create(key="society", defaults={"label": "Society", "labels": {"fa": "جامعه"}})
    publish(write("Harbour", sections=["society", "unknown"]))
    desk = person()
    client.force_login(desk)
    with django_assert_max_num_queries(40):
        assert "Society, unknown" in client.get("/admin/stories/").content.decode()
    UserProfile.objects.update_or_create(user=desk, defaults={"preferred_language": "fa"})
    assert "جامعه, unknown" in client.get("/admin/stories/").content.decode()


@pytest.mark.parametrize("few", [2_000, 0])
def test_words_are_looked_for_in_what_the_filters_leave(client, monkeypatch, few):
    monkeypatch.setattr("tamizdat.newsroom.house.searching._FEW", few)
    Section.objects.create(key="sport", label="Sport")
    for number, sections in enumerate([["sport"], ["world"], ["sport"]]):
        publish(write(f"Harbour {number}", sections=sections))
    write("Harbour 3", sections=["sport"]).save_revision()
    publish(write("Ferry", sections=["sport"]))
    client.force_login(person())

    def found(**asked):
        page = client.get("/admin/stories/", {"q": "harb", **asked})
        return [each.title for each in page.context["object_list"]]

    assert found() == ["Harbour 3", "Harbour 2", "Harbour 1", "Harbour 0"]
    assert found(section="sport") == ["Harbour 3", "Harbour 2", "Harbour 0"]
    assert found(section="sport", state="out") == ["Harbour 2", "Harbour 0"]
    assert found(section="sport", state="draft", mine="me") == []
    assert found(ordering="title", section="sport") == ["Harbour 0", "Harbour 2", "Harbour 3"]
    page = Locale.objects.get(language_code="ru")
    assert found(language=page.pk) == []


def test_of_many_stories_with_a_word_no_more_are_counted_than_anybody_looks_at(client, monkeypatch):
    monkeypatch.setattr("tamizdat.newsroom.house.stories_list._MOST", 2)
    for number in range(4):
        publish(write(f"Harbour {number}"))
    client.force_login(person())
    page = client.get("/admin/stories/", {"q": "harb"})
    assert page.context["paginator"].count == 2
    assert [each.title for each in page.context["object_list"]] == ["Harbour 3", "Harbour 2"]


def test_pictures_are_found_by_what_they_show():
    shown, _other = picture("Порт на рассвете", credit="Агентство Ёж"), picture("A tower")
    for words in ("порт", "РАССВЕТЕ", "еж"):
        assert [each.pk for each in LibraryPicture.objects.search(words)] == [shown.pk]


def test_people_and_topics_are_found_in_every_language(client):
    client.force_login(person("Ольга", first_name="Ольга Ёлкина"))
    Byline.objects.create(key="olga", label="Olga Yolkina", labels={"ru": "Ольга Ёлкина", "fa": "اولگا"})
    Topic.objects.create(key="harbour", label="Harbour")
    for words in ("ёлкина", "ЕЛКИНА", "اولگا", "yolk"):
        answer = client.get(reverse("story_terms", args=["byline"]), {"q": words, "in": "ru"}).json()
        assert answer["terms"] == [{"key": "olga", "label": "Ольга Ёлкина"}], words
        listed = client.get("/admin/snippets/stories/byline/", {"q": words}).content.decode()
        assert "Olga Yolkina" in listed, words
    for words in ("ольга", "ОЛЬГА", "елкин"):
        assert "Ёлкина" in _results(client.get("/admin/users/", {"q": words}).content.decode()), words


def _results(html):
    return html.partition('id="listing-results"')[2]


def test_wires_are_found_in_any_case():
    feed = Subscription.objects.create(name="Wire", kind="feed")
    now = datetime(2026, 11, 28, tzinfo=UTC)
    for tag, (title, _body) in BODIES.items():
        story = Story(f"wire-{tag}", tag, title, now, (Paragraph(rich("Ещё один паром")),))
        keep(feed, Gathered(story, dated=True, where="here"), now)
    user = person()

    def found(words):
        query = QueryDict(mutable=True)
        query["q"] = words
        return [item.headline for item in Asked.of(query).items(user)]

    assert BODIES["ru"][0] in found("ПАРОМ у")
    assert found("كشتی‌ها") == [BODIES["fa"][0]]


@pytest.mark.parametrize(
    "address",
    [
        "/admin/pages/search/", "/admin/images/", "/admin/images/chooser/results/", "/admin/choose-page/search/",
        "/admin/snippets/stories/byline/", "/admin/users/", "/admin/stories/", "/admin/recordings/",
        "/admin/groups/", "/admin/reports/site-history/", "/admin/terms/topic/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", ["\0", "harbour\0strike", '"', "(", "a AND", "*", "'", "%", "\ud7ff\U0001f600"])
def test_no_words_break_a_search(client, address, words):
    client.force_login(person())
    publish(write("harbour strike"))
    answer = client.get(address, {"q": words})
    assert answer.status_code == 200
    assert client.get(address, {"q": "harbour", "p": "1\0"}).status_code in {200, 404}


@given(st.text())
def test_folding_is_done_once_and_for_all(words):
    assert folded(folded(words)) == folded(words)
    assert "\0" not in folded_for_index(words)
    assert folded(words) == folded(words.casefold())
    assert words in spellings(words)
