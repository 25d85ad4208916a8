"""Drafts, and those whom they are not for."""

import re
from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, write
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from people_kit import member
from wire_kit import item, rss, serving, subscription

from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.models import Taken, WireItem
from tamizdat.newsroom.ingest.shown import Shown
from tamizdat.newsroom.stories.models import Section, StoryPage
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db


# --- copies ---


def test_a_draft_is_sent_only_by_those_who_may_edit_it(client):
    draft = write("Not out yet")
    somebody = member("fa", "translator:fa", "reporter:en")
    with pytest.raises(PermissionDenied):
        Send(draft, ("fa",), somebody).execute()
    client.force_login(somebody)
    address = reverse("translating_send", args=[draft.pk])
    assert client.get(address).status_code == 302
    client.post(address, {"language": "fa"})
    assert StoryPage.objects.count() == 1
    Send(draft, ("fa",), member("both", "translator:fa", "translator:en")).execute()


def test_what_is_out_and_what_is_ones_own_is_sent_by_whoever_translates(client):
    somebody = member("fa", "translator:fa", "reporter:en")
    client.force_login(somebody)
    own = write("My own", owner=somebody)
    for page in (publish(write("Out")), own):
        assert client.post(reverse("translating_send", args=[page.pk]), {"language": "fa"}).status_code == 302
    assert StoryPage.objects.filter(locale__language_code="fa").count() == 2


# --- headlines ---


def titles(client, name, *arguments, **asked):
    answer = client.get(reverse(name, args=arguments), asked)
    return answer.content.decode() if answer.status_code == 200 else f"refused: {answer.status_code}"


@pytest.fixture
def stories():
    """Two drafts in English, one of them sent into Persian, and a story that is out."""
    secret, sent, out = write("Secret inquiry"), write("Ferry timetable"), publish(write("Harbour closed"))
    Send(sent, ("fa",), person("sender")).execute()
    return secret, sent, out


def test_the_board_shows_drafts_to_those_who_have_to_do_with_them(client, stories):
    seen = {
        "reporter:en": (True, True),
        "translator:fa": (False, True),
        "editor:ru": (False, False),
        "moderator:en": (False, False),
    }
    for role, expected in seen.items():
        client.force_login(member(role.replace(":", "-"), role))
        board = titles(client, "translating_board")
        assert "Harbour closed" in board, role
        assert ("Secret inquiry" in board, "Ferry timetable" in board) == expected, role
    client.force_login(person())
    board = titles(client, "translating_board")
    assert "Secret inquiry" in board
    assert "Ferry timetable" in board


def test_the_board_leads_to_sending_only_where_one_may_send(client, stories):
    secret, sent, out = stories

    def ways(user):
        client.force_login(user)
        page = client.get(reverse("translating_board")).content.decode()
        return {story.pk: set(re.findall(rf"/send/{story.pk}/\?to=([\w-]+)", page)) for story in stories}

    everywhere = {"ru", "fa", "sr", "sr-Latn"}
    assert ways(person()) == {secret.pk: everywhere, sent.pk: everywhere - {"fa"}, out.pk: everywhere}
    assert ways(member("t", "translator:ru")) == {secret.pk: set(), sent.pk: set(), out.pk: {"ru"}}
    assert ways(member("r", "reporter:en")) == {secret.pk: set(), sent.pk: set(), out.pk: set()}
    both = member("e", "editor:en", "translator:fa")
    assert ways(both) == {secret.pk: {"fa"}, sent.pk: set(), out.pk: {"fa"}}
    own = write("Own inquiry", owner=member("o", "reporter:en", "translator:fa"))
    client.force_login(own.owner)
    assert f"/send/{own.pk}/?to=fa" in client.get(reverse("translating_board")).content.decode()


def test_what_goes_out_together_is_shown_to_those_who_may_know_of_it(client, stories):
    _secret, sent, _out = stories
    client.force_login(member("ru", "editor:ru"))
    assert titles(client, "translating_together", sent.pk) == "refused: 302"
    client.force_login(member("fa", "translator:fa"))
    assert "Ferry timetable" in titles(client, "translating_together", sent.pk)


def test_lists_to_choose_from_have_no_drafts_of_other_languages(client, stories):
    secret, _sent, _out = stories
    asked = ({"in": "en"}, {"in": "en", "q": "Secret"}, {"in": "en", "key": secret.story_id}, {"q": "inquiry"})
    client.force_login(member("ru", "editor:ru"))
    for each in asked:
        assert "Secret" not in titles(client, "story_terms", "story", **each), each
    assert "Harbour closed" in titles(client, "story_terms", "story", **{"in": "en", "q": "harbour"})
    below = secret.get_parent().pk
    assert "Secret" not in titles(client, "wagtailadmin_choose_page_child", below)
    assert "Harbour closed" in titles(client, "wagtailadmin_choose_page_child", below)
    assert "Secret" not in titles(client, "wagtailadmin_choose_page_search", q="secret")
    client.force_login(member("en", "reporter:en"))
    for each in asked:
        assert "Secret" in titles(client, "story_terms", "story", **each), each
    assert "Secret" in titles(client, "wagtailadmin_choose_page_child", below)
    assert "Secret" in titles(client, "wagtailadmin_choose_page_search", q="secret")


# --- wires ---


def test_wires_are_for_those_who_write(client, stories):
    secret, _sent, _out = stories
    with serving() as server:
        server.files["/feed"] = rss(item("pier"))
        fetch(subscription(f"{server.url}/feed"))
    wire = WireItem.objects.get()
    Taken.objects.create(item=wire, page=secret, source="Wire", story=bytes(wire.story), mark=wire.mark)
    WireItem.objects.update(withdrawn=datetime.now(UTC))
    client.force_login(member("mod", "moderator:en"))
    for name, arguments in (("wires", ()), ("wires_pane", (wire.pk,))):
        assert titles(client, name, *arguments) == "refused: 302"
    client.post(reverse("wires_read_all"), {"shown": str(Shown.now())})
    assert not wire.reads.exists()
    assert reverse("wires") not in titles(client, "wagtailadmin_home")
    client.force_login(member("ru", "reporter:ru"))
    assert "pier" in titles(client, "wires")
    assert "pier" in titles(client, "wires_pane", wire.pk)
    home = titles(client, "wagtailadmin_home")
    assert reverse("wires") in home
    assert "Secret" not in home, "its wire was taken back, but the draft is none of theirs"
    client.force_login(member("en", "reporter:en"))
    assert "Secret" in titles(client, "wagtailadmin_home")


def test_sections_of_a_wire_that_are_left_out_are_told(client):
    Section.objects.create(key="economy", label="Economy")
    with serving() as server:
        names = "".join(f"<category>{name}</category>" for name in ("Ports", "Trade", "Harbour talk"))
        server.files["/feed"] = rss(item("pier", more=names))
        rules = "Ports = economy\nTrade = Buy now"
        fetch(subscription(f"{server.url}/feed", section_rules=rules))
        client.force_login(person())
        wire = WireItem.objects.get()
        answer = client.post(reverse("wires_draft", args=[wire.pk]), follow=True)
    page = StoryPage.objects.get()
    assert page.sections == ["economy"]
    assert [str(each) for each in answer.context["messages"]] == ["sections (left out): Buy now"]
