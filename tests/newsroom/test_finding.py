"""A search finds a story by all that readers see of it, also by what stands in other rows, and by no real name."""

from importlib import import_module

import pytest
from desk_kit import person, picture, publish, text, write
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.search.backends import get_search_backend
from wagtail.search.models import IndexEntry

from tamizdat.newsroom.corrections.actions import AddText, Correct, Revoke
from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.stories import finding
from tamizdat.newsroom.stories.finding import find_waiting
from tamizdat.newsroom.stories.models import SearchDue, StoryPage
from tamizdat.newsroom.stories.terms import Agency, Byline, Topic

pytestmark = pytest.mark.django_db
REAL = "Zulfiya Realname"


@pytest.fixture(autouse=True)
def terms():
    Byline.objects.create(key="ilka", label="Ilka Dervané", labels={"ru": "Илька Дерване"}, real_name=REAL)
    Topic.objects.create(key="t-bread", label="Bread prices", labels={"ru": "Цены на хлеб"})
    Agency.objects.create(key="a-north", label="Northwind News", labels={"ru": "Северный ветер"})
    find_waiting()


@pytest.fixture
def page():
    return publish(write("Ferry sails", story_id="ferry", **FIELDS))


FIELDS = {
    "byline": ["ilka", "Unlisted Penname"], "topics": ["t-bread"], "agencies": ["a-north"], "dateline": "PORT VELHAR",
    "picture_alt": "Gulls above a crane", "picture_caption": "The pier at dusk", "picture_credit": "Marolt",
}  # fmt: skip


def found(words):
    return [each.pk for each in StoryPage.objects.search(words)]


def index_text():
    return " ".join(f"{each.title} {each.body} {each.autocomplete}" for each in IndexEntry.objects.all())


@pytest.mark.parametrize(
    "words",
    [
        "ilka",
        "DERVANE",
        "dervané",
        "unlisted penname",
        "bread prices",
        "northwind",
        "velhar",
        "gulls",
        "dusk",
        "marolt",
    ],
)
def test_a_story_is_found_by_what_readers_see_beside_its_text(client, page, words):
    write("Another").save_revision()
    assert found(words) == [page.pk]
    client.force_login(person())
    listed = client.get("/admin/stories/", {"q": words}).context["object_list"]
    assert [each.pk for each in listed] == [page.pk]


def test_a_story_is_found_by_names_in_its_own_language(page):
    other = publish(write("Паром", language="ru", story_id="ferry", translation_key=page.translation_key, **FIELDS))
    for words in ("дерване", "цены на хлеб", "северный"):
        assert found(words) == [other.pk], words
    assert found("dervane") == [page.pk]


def test_a_caption_inside_the_text_is_found():
    shown = {"image": picture().pk, "decorative": False, "alt_text": "A lighthouse"}
    block = {"type": "picture", "value": {"picture": shown, "caption": "Before the storm", "credit": "Oddny"}}
    made = publish(write("Harbour", body=[*text("<p>x</p>"), block]))
    for words in ("lighthouse", "storm", "oddny"):
        assert found(words) == [made.pk], words


def test_nobody_finds_whose_byline_it_is(client, page):
    Byline.objects.get(key="ilka").save()
    find_waiting()
    assert page.pk in found("ilka")
    for words in ("zulfiya", "realname"):
        assert found(words) == []
        assert words not in index_text()
    client.force_login(person())
    assert not client.get("/admin/stories/", {"q": "zulfiya"}).context["object_list"]


def test_a_story_is_found_by_what_readers_were_told(page):
    desk = person()
    other = publish(write("Паром", language="ru", story_id="ferry", translation_key=page.translation_key))
    made = Correct("ferry", "correction", {"en": "It was the Kestrel."}, desk, reason="Anonymous caller").execute()
    assert found("kestrel") == [page.pk]
    assert found("anonymous caller") == [], "what readers never see"
    AddText(made, "ru", "Это была Пустельга.", desk).execute()
    assert found("пустельга") == [other.pk]
    Revoke(made, desk).execute()
    assert (found("kestrel"), found("пустельга")) == ([], [])
    Correct("ferry", "retraction", {"en": "Our witness recanted."}, desk).execute()
    assert sorted(found("recanted")) == sorted([page.pk, other.pk]), "in another language, where there is no text"


def test_stories_are_found_by_what_a_term_is_called_now(page):
    byline = Byline.objects.get(key="ilka")
    byline.label = "Orsolya Venn"
    byline.save()
    assert found("venn") == []
    assert find_waiting() == 1
    assert (found("venn"), found("dervane")) == ([page.pk], [])
    assert not SearchDue.objects.exists()
    assert find_waiting() == 0


def test_stories_from_before_are_found_without_anybody_doing_anything(page, monkeypatch):
    monkeypatch.setattr(finding, "_LOOKED_AT", 2)
    monkeypatch.setattr(finding, "_AT_ONCE", 2)
    others = [publish(write(f"Harbour {at}", topics=["t-bread"])) for at in range(4)]
    IndexEntry.objects.all().delete()
    import_module("tamizdat.newsroom.stories.migrations.0008_find_anew").every_story(apps, None)
    assert find_waiting() == 5
    assert sorted(found("bread")) == sorted([page.pk, *(each.pk for each in others)])
    assert not SearchDue.objects.exists()


def test_a_newsroom_without_stories_has_nothing_to_look_at():
    import_module("tamizdat.newsroom.stories.migrations.0008_find_anew").every_story(apps, None)
    assert not SearchDue.objects.exists()


def test_what_was_cut_off_is_done_the_next_time(page, monkeypatch):
    Topic.objects.get(key="t-bread").save()
    with monkeypatch.context() as broken:
        broken.setattr(finding, "find_anew", lambda pages: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            find_waiting()
    assert find_waiting() == 1
    assert not SearchDue.objects.exists()


def test_a_round_ends_though_much_is_left(page, monkeypatch):
    Topic.objects.get(key="t-bread").save()
    monkeypatch.setattr(finding, "_MOST_SECONDS", 0.0)
    assert find_waiting() == 0
    assert SearchDue.objects.filter(page=page).exists()
    assert find_waiting in {each.work for each in rounds()}


def test_an_index_is_told_what_a_story_says_once(page, monkeypatch):
    asked = []
    monkeypatch.setattr(StoryPage, "said_beside", property(lambda each: asked.append(each.pk) or ["Once"]))
    finding.find_anew([page])
    assert asked == [page.pk]
    assert found("once") == [page.pk]


def test_many_stories_cost_as_few_questions_as_one(page, django_assert_max_num_queries):
    pages = [publish(write(f"Harbour {at}", **FIELDS)) for at in range(10)]
    wanted = list(StoryPage.objects.filter(pk__in=[each.pk for each in pages]).select_related("locale"))
    with django_assert_max_num_queries(5):
        finding.look_beside(wanted)
        assert all("Northwind News" in each.said_beside for each in wanted)


def test_what_thousands_of_headlines_say_is_looked_for_in_headlines_alone(page, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL finds texts as fast as headlines")
    other = publish(write("Tram stops", body=text("<p>The ferry was late.</p>")))
    assert {each.pk for each in StoryPage.objects.autocomplete("ferry")} == {page.pk, other.pk}
    monkeypatch.setattr("tamizdat.newsroom.house.searching._PLENTY", 0)
    assert [each.pk for each in StoryPage.objects.autocomplete("ferry")] == [page.pk]
    assert {each.pk for each in StoryPage.objects.autocomplete("late")} == {other.pk}


def test_a_save_weighs_its_own_title_and_reads_no_others():
    IndexEntry.objects.all().delete()
    publish(write("Four"))
    other = IndexEntry.objects.get()
    # SQLite counts signs, PostgreSQL words: three times as many of them.
    IndexEntry.objects.update(title_norm=1.0, title="x" * 12 if connection.vendor == "sqlite" else "ferry dawn pier")
    with CaptureQueriesContext(connection) as asked:
        page = publish(write("Four"))
    assert IndexEntry.objects.get(object_id=str(page.pk)).title_norm == 2.0, "it is half as long as both are on average"
    assert IndexEntry.objects.get(pk=other.pk).title_norm == 1.0
    weighed = [each["sql"] for each in asked if "LENGTH" in each["sql"]]
    assert weighed
    for sql in weighed:
        assert "LIMIT" in sql or "object_id" in sql


def test_made_anew_the_whole_index_is_weighed():
    publish(write("Four"))
    IndexEntry.objects.update(title_norm=1.0)
    get_search_backend().index_class(get_search_backend())._refresh_title_norms(full=True)
    assert not IndexEntry.objects.filter(title_norm=1.0, title="four").exists()
