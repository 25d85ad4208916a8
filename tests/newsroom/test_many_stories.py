"""Lists and forms ask the database as often for a page full of stories as for one. Times are in benchmarks/."""

import pytest
from desk_kit import newspaper, person, publish, write
from django.urls import reverse

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
    assert html.count("politics") >= 50


@pytest.mark.parametrize(
    "query", ["?state=out", "?state=draft", "?state=changed", "?section=politics", "?mine=me", "?q=Story", "?p=2"]
)
def test_the_list_narrowed(desk, django_assert_max_num_queries, query):
    client, _page = desk
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse("all_stories:index") + query).status_code == 200


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
