"""Lists and forms ask the database as often for a page full of stories as for one. Times are in benchmarks/."""

from itertools import product

import pytest
from desk_kit import newspaper, person, publish, write
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now
from wagtail.models import Revision

from tamizdat.newsroom.people.models import RoleGroup
from tamizdat.newsroom.planning import look_at_tables
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Together

pytestmark = pytest.mark.django_db
MOST_QUERIES = 40


@pytest.fixture
def desk(client):
    client.force_login(person())
    for at in range(55):
        page = write(f"Story {at}", sections=["politics"], byline=["Ilka Dervane"])
        page.save_revision()
    publish(page)
    return client, page


def test_the_list_of_all_stories(desk, django_assert_max_num_queries):
    client, _page = desk
    with django_assert_max_num_queries(MOST_QUERIES):
        html = client.get(reverse("all_stories:index")).content.decode()
    assert html.count("politics") >= 25


def test_the_list_narrowed(desk, django_assert_max_num_queries, subtests):
    client, _page = desk
    for query in ("state=out", "state=draft", "state=changed", "section=politics", "mine=me", "q=Story", "p=2"):
        with subtests.test(query), django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(f"{reverse('all_stories:index')}?{query}").status_code == 200


def test_filters_find_what_they_say(desk):
    client, page = desk
    russian = write("Паром", language="ru")
    russian.save_revision()
    address = reverse("all_stories:index")
    out = client.get(address, {"state": "out"}).content.decode()
    assert page.title in out
    assert "Story 3" not in out
    by_language = client.get(address, {"language": russian.locale_id}).content.decode()
    assert "Паром" in by_language
    assert "Story 54" not in by_language


def test_a_newspaper_in_the_tree(desk, django_assert_max_num_queries):
    client, _page = desk
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse("wagtailadmin_explore", args=[newspaper("en").pk])).status_code == 200


def test_a_storys_form(desk, django_assert_max_num_queries):
    client, page = desk
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200
    with django_assert_max_num_queries(MOST_QUERIES):
        address = reverse("wagtailadmin_pages:add", args=["stories", "storypage", newspaper("en").pk])
        assert client.get(address).status_code == 200


def test_the_home_page(desk, django_assert_max_num_queries):
    client, _page = desk
    with django_assert_max_num_queries(MOST_QUERIES):
        html = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "55 stories" in html


def test_a_search_asks_the_index_of_words_once_and_lists_the_newest_first(desk):
    client, page = desk
    page.title = "Story of the day"
    page.save_revision().publish()
    with CaptureQueriesContext(connection) as asked:
        html = client.get(reverse("all_stories:index"), {"q": "story"}).content.decode()
    # Whatever says how well a word fits is asked for each story that has it, and reads all of them each time.
    assert not [each["sql"] for each in asked if "bm25" in each["sql"] or "ts_rank" in each["sql"].lower()]
    assert 0 < html.index("Story of the day") < html.index("Story 53") < html.index("Story 40")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks at its tables by itself")
def test_sqlite_knows_to_begin_with_the_words(desk):
    del desk
    look_at_tables()
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN QUERY PLAN SELECT entry.object_id FROM wagtailsearch_indexentry_fts AS words "
            "JOIN wagtailsearch_indexentry AS entry ON words.rowid = entry.id "
            "WHERE wagtailsearch_indexentry_fts MATCH '{autocomplete} : (\"story\"*)' "
            "AND entry.content_type_id IN (%s)",
            [ContentType.objects.get_for_model(StoryPage).pk],
        )
        first = cursor.fetchone()[3]
    assert first.startswith("SCAN words"), first


def test_the_list_says_how_many_there_are(desk, client):
    del desk
    write("Паром снова ходит", language="ru").save_revision()
    paginator = client.get(reverse("all_stories:index")).context["page_obj"].paginator
    assert (paginator.count, paginator.num_pages) == (StoryPage.objects.count(), 3)
    assert client.get(reverse("all_stories:index"), {"state": "out"}).context["page_obj"].paginator.count == 1


def test_somebody_of_one_language_sees_its_stories_alone(desk, client):
    del desk
    write("Паром снова ходит", language="ru").save_revision()
    translator = get_user_model().objects.create_user("translator", "", "desk desk desk desk")
    translator.groups.add(RoleGroup.objects.get(role="translator", language="ru").group)
    client.force_login(translator)
    html = client.get(reverse("all_stories:index")).content.decode()
    assert "Паром снова ходит" in html
    assert "Story 5" not in html


def _as_if_many(rows=100_000):
    """Let SQLite plan for so many rows in every table that has some, as selective as they are."""
    look_at_tables()
    with connection.cursor() as cursor:
        cursor.execute("SELECT rowid, stat FROM sqlite_stat1 WHERE idx IS NOT NULL")
        for key, stat in cursor.fetchall():
            count, *each = (int(word) for word in stat.split() if word.isdigit())
            scaled = " ".join(str(rows * alike // count if alike > 1 else 1) for alike in each)
            cursor.execute("UPDATE sqlite_stat1 SET stat = %s WHERE rowid = %s", [f"{rows} {scaled}", key])
        # An import writes so many at one moment; and a look at parts has been seen to guess wrong by as much.
        cursor.execute("UPDATE sqlite_stat1 SET stat = %s WHERE idx = 'translating_newest'", [f"{3 * rows} 134"])
        cursor.execute("ANALYZE sqlite_schema")


def _plans(client, address, part):
    """Queries at ``address`` that have ``part`` in them, each with the steps that SQLite would take."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    for sql in (each["sql"] for each in captured if part in each["sql"]):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            yield sql, [row[3] for row in cursor.fetchall()]


def test_lists_walk_the_stories_from_the_newest_on(desk, subtests):
    client, page = desk
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL looks at its tables by itself")
    _as_if_many()
    screens = ("stories", "translating", f"pages/{page.get_parent().pk}")
    for screen, state in product(screens, ("", "?state=out", "?section=politics", "?language=1")):
        with subtests.test(screen=screen, state=state):
            newest = 'ORDER BY "wagtailcore_page"."latest_revision_created_at" DESC LIMIT'
            plans = list(_plans(client, f"/admin/{screen}/{state}", newest))
            assert plans or "pages" in screen
            for sql, plan in plans:
                assert any("translating_newest" in step for step in plan), (sql, plan)
                assert "USE TEMP B-TREE FOR ORDER BY" not in plan, (sql, plan)


def test_what_waits_is_looked_up_without_all_stories(desk, subtests):
    client, page = desk
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL looks at its tables by itself")
    Together.objects.create(source=page, failed="It could not.")
    _as_if_many()
    parts = '"approved_go_live_at" >', 'FROM "translating_together"'
    for address, part in product(("/admin/desk/", "/admin/translating/", "/admin/"), parts):
        with subtests.test(address=address, part=part):
            for sql, plan in _plans(client, address, part):
                if "EXISTS(" not in sql:
                    assert not any(step.startswith("SCAN wagtailcore") for step in plan), (sql, plan)
                    assert not any("base_content_type_id=?" in step for step in plan), (sql, plan)


def test_sqlite_knows_of_a_column_that_is_everywhere_the_same(desk):
    del desk
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL looks at its tables by itself")
    rows = 450 - Revision.objects.count()
    kind = ContentType.objects.get_for_model(StoryPage)
    like = {"content_type": kind, "base_content_type": kind, "object_id": "1", "content": {}, "created_at": now()}
    Revision.objects.bulk_create(Revision(**like) for _ in range(rows))
    look_at_tables()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx LIKE 'wagtailcore_revision_approved%%'")
        assert cursor.fetchone()[0].split() == ["450", "450"]
