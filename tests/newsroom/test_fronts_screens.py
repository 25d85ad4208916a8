"""The screens of front pages: every button works without a script, and nobody's work is overwritten unseen."""

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from test_fronts import editor_of, save

from tamizdat.newsroom.fronts.curating import Place, newest, pins_of
from tamizdat.newsroom.fronts.models import FrontVersion
from tamizdat.newsroom.pressroom.models import Order
from tamizdat.newsroom.stories.terms import Section, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(person("mina", first_name="Mina"))
    return client


def address(language="en", name="front_edit", section=""):
    return reverse(name, args=[language]) + (f"?section={section}" if section else "")


def order(answer):
    return [row["story"].story_id for row in answer.context["rows"]]


def saved(language="en", section=""):
    return [pin.story_id for pin in pins_of(newest(Place(language, section)))]


@pytest.mark.parametrize(
    ("act", "after"),
    [
        ("look", ["a", "b", "c"]),
        ("up:c", ["a", "c", "b"]),
        ("up:a", ["a", "b", "c"]),
        ("down:a", ["b", "a", "c"]),
        ("down:c", ["a", "b", "c"]),
        ("first:c", ["c", "a", "b"]),
        ("drop:b", ["a", "c"]),
        ("add:d", ["a", "b", "c", "d"]),
        ("add:a", ["a", "b", "c"]),
        ("add:", ["a", "b", "c"]),
        ("up:zz", ["a", "b", "c"]),
        ("", ["a", "b", "c"]),
    ],
)
def test_each_button_changes_the_screen_and_nothing_else(desk, act, after):
    answer = desk.post(address(), {"pin": ["a", "b", "c"], "base": "0", "act": act})
    assert order(answer) == after
    assert not FrontVersion.objects.exists()


def test_saving_puts_it_out(desk):
    form = {"pin": ["b", "a"], "until-a": "2126-11-28T12:30", "base": "0", "act": "save"}
    assert desk.post(address(), form).status_code == 302
    assert saved() == ["b", "a"]
    assert newest(Place("en")).pins.last().until.year == 2126
    assert Order.objects.count() == 1
    assert "2126-11-28T12:30" in desk.get(address()).content.decode()


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 300, "../x"])
def test_a_pin_that_no_story_can_be_is_refused_in_words(desk, name):
    name = name.encode("utf-8", "replace").decode()
    form = {"pin": ["a", name], "base": "0"}
    assert "There is no such story" in desk.post(address(), {**form, "act": "look"}).content.decode()
    assert desk.post(address(), {**form, "act": f"add:{name}c"}).status_code == 200
    assert desk.post(address(), {**form, "act": "find", "find": name}).status_code == 200
    answer = desk.post(address(), {**form, "act": "save"})
    assert answer.status_code == 200
    assert list(answer.context["messages"])
    assert not FrontVersion.objects.exists()
    assert desk.get(address(name="front_proof"), {"pin": name}).status_code == 200


def test_whoever_was_overtaken_sees_it_and_decides(desk):
    save("a", user=person("ilka", first_name="Ilka"))
    answer = desk.post(address(), {"pin": ["b"], "base": "0", "act": "save"})
    page = answer.content.decode()
    assert saved() == ["a"]
    assert "Ilka" in page
    assert order(answer) == ["b"]
    assert len(answer.context["theirs"]) == 2
    assert desk.post(address(), {"pin": ["b"], "base": "1", "act": "theirs"}).status_code == 302
    assert saved() == ["a"]
    assert desk.post(address(), {"pin": ["b"], "base": str(answer.context["base"]), "act": "save"}).status_code == 302
    assert saved() == ["b"]


def test_warnings_say_why_a_story_is_not_on_top(desk):
    live, draft, gone = publish(write("Live")), write("Draft"), publish(write("Gone"))
    gone.unpublish()
    Section.objects.create(key="ports")
    answer = desk.post(address(), {"pin": [live.story_id, draft.story_id, gone.story_id, "nothing"], "act": "look"})
    rows = [row["story"] for row in answer.context["rows"]]
    assert [bool(row.warnings) for row in rows] == [False, True, True, True]
    assert [row.shown for row in rows] == [True, False, False, False]
    in_section = desk.post(address(section="ports"), {"pin": [live.story_id], "act": "look"})
    assert "not in this section" in in_section.content.decode()
    save(live.story_id, "nothing")
    (group,) = (group for group in desk.get(reverse("fronts")).context["groups"] if group["tag"] == "en")
    assert (group["rows"][0].pins, group["rows"][0].warnings) == (2, 1)


def test_stories_are_found_in_any_script(desk):
    page = publish(write("Паромы снова ходят", language="ru"))
    write("Паромы стоят", language="ru", story_id="paromy-stoyat-abcde")
    write("Паромы без имени", language="ru")  # no id yet: nothing could name it
    found = desk.post(address("ru"), {"find": "паром", "act": "find"}).context["found"]
    assert {story.headline for story in found} == {"Паромы снова ходят", "Паромы стоят"}
    assert [story.headline for story in desk.get(address("ru")).context["next"]] == ["Паромы снова ходят"]
    answer = desk.post(address("ru"), {"pin": [page.story_id], "find": "паром", "act": "find"})
    assert [story.headline for story in answer.context["found"]] == ["Паромы стоят"]
    assert answer.context["next"] == []


def test_the_proof_shows_the_order_of_the_screen(desk):
    old, new = publish(write("Old ferry")), publish(write("New ferry"))
    proof = desk.get(address(name="front_proof"), {"pin": [old.story_id, new.story_id]}).content.decode()
    assert proof.index("Old ferry") < proof.index("New ferry")


def test_history_says_who_changed_what_and_brings_it_back(desk):
    page = publish(write("Old ferry"))
    save(page.story_id, "b", user=person("ilka", first_name="Ilka"))
    save("b", base=1)
    answer = desk.get(address(name="front_history")).content.decode()
    assert "“Old ferry” taken off" in answer
    assert "Ilka" in answer
    desk.post(address(name="front_history"), {"number": "1", "base": "1"})
    assert saved() == ["b"]
    desk.post(address(name="front_history"), {"number": "1", "base": "2"})
    assert saved() == [page.story_id, "b"]


def test_each_to_their_own_languages(client):
    client.force_login(editor_of("fa"))
    assert [group["tag"] for group in client.get(reverse("fronts")).context["groups"]] == ["fa"]
    for name in ("front_edit", "front_proof", "front_history"):
        assert client.get(address("en", name)).status_code == 302
        assert client.get(address("fa", name)).status_code == 200
    client.post(address("en"), {"pin": ["a"], "base": "0", "act": "save"})
    assert not FrontVersion.objects.exists()
    assert client.get(reverse("sections")).status_code == 302


def test_a_section_that_is_none_has_no_front_page(desk):
    assert desk.get(address(section="nowhere")).status_code == 404


def test_the_order_of_sections_by_buttons(desk):
    for at, key in enumerate(("a", "b", "c"), 1):
        Section.objects.create(key=key, position=at)
    moved = desk.post(reverse("sections"), {"pin": ["a", "b", "c"], "act": "up:c"})
    keys = [row["section"].key for row in moved.context["sections"]]
    assert keys == ["a", "c", "b"]
    desk.post(reverse("sections"), {"pin": keys, "act": "save"})
    assert list(Section.objects.values_list("key", flat=True)) == keys


def test_labels_are_written_in_a_row_for_each_language(desk):
    add = reverse(Section.snippet_viewset.get_url_name("add"))
    page = desk.get(add).content.decode()
    for tag in ("en", "ru", "fa", "sr", "sr-Latn"):
        assert f'name="labels-in-{tag}"' in page
    assert 'dir="rtl" lang="fa"' in page
    form = {
        "key": "ports",
        "label": "Ports",
        "labels-in-fa": "بنادر",
        "labels-in-ru": "",
        "labels-more-tag": "tk",
        "labels-more": "Portlar",
    }
    assert desk.post(add, form).status_code == 302
    section = Section.objects.get()
    assert section.labels == {"fa": "بنادر", "tk": "Portlar"}
    long = desk.post(add, {**form, "key": "x", "labels-in-ru": "я" * 61})
    assert "at most 60 characters" in long.content.decode()
    topics = reverse(Topic.snippet_viewset.get_url_name("add"))
    assert desk.post(topics, {"key": "water", "labels-in-ru": "вода"}).status_code == 302
    assert Topic.objects.get().labels == {"ru": "вода"}


def test_pages_with_many_stories_cost_few_queries(desk, django_assert_max_num_queries):
    pages = [publish(write(f"Ferry {at}")) for at in range(14)]
    for at in range(6):
        Section.objects.create(key=f"s{at}", position=at)
    save(*(page.story_id for page in pages[:10]))
    save(pages[1].story_id, section="s1")
    for url in (
        reverse("fronts"),
        address(),
        address(name="front_history"),
        address(name="front_proof"),
        reverse("sections"),
    ):
        desk.get(url)
        with django_assert_max_num_queries(40):
            desk.get(url)
