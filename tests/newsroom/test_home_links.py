"""Whoever looks at the home page or at the desk may go wherever their links lead."""

import json
from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from lxml import html
from people_kit import member
from translating_kit import sent
from wire_kit import LATELY, subscription

from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.here import here
from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.models import Taken, WireItem
from tamizdat.newsroom.ingest.taking import TakeAsDraft
from tamizdat.newsroom.people.roles import ROLES
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, release_due

pytestmark = pytest.mark.django_db
SOMEBODY = [*(f"{role.name}:{language}" for role in ROLES for language in ("en", "ru")), "administrator"]
ALARM = "Taken back by their source"


@pytest.fixture
def wire(room):
    """A story made of an item that its source took back; it is out, and being translated."""
    place = here().own / "wires" / "agency"
    place.mkdir(parents=True)
    file = place / "item.json"
    words = {"uri": "urn:x:1", "type": "text", "headline": "Strike", "language": "en", "body_xhtml": "<p>Text.</p>"}
    file.write_text(json.dumps({**words, "versioncreated": LATELY.isoformat()}), "utf-8")
    fetch(subscription("agency", kind="ninjs"))
    boss = person("boss")
    TakeAsDraft(WireItem.objects.get(), boss).execute()
    page = StoryPage.objects.get()
    task = sent(page, boss, "ru")
    publish(page, boss)
    WireItem.objects.update(withdrawn=datetime.now(UTC), withdrawn_why="canceled")
    yield task
    file.unlink()
    place.rmdir()


@pytest.fixture
def busy(wire):
    """A newsroom in which there is something of every kind to see to."""
    boss = wire.source.owner or person("desk")
    now = datetime.now(UTC)
    english = publish(write("Ferry", story_id="ferry"), boss)
    publish(write("Паром", language="ru", story_id="ferry", translation_key=english.translation_key), boss)
    Correct("ferry", "correction", {"en": "At nine."}, boss).execute()
    source = write("Harbour", story_id="harbour")
    Hold(source, (sent(source, boss, "ru"),), boss, at=now).execute()
    assert release_due(now) == 0
    locked = write("Locked", owner=boss)
    StoryPage.objects.filter(pk=locked.pk).update(locked=True, locked_by=boss, locked_at=now)
    review = write("In review", owner=boss)
    review.save_revision(user=boss)
    review.get_workflow().start(review, boss)
    return boss


def links(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    page = html.fromstring(answer.content)
    page.make_links_absolute("http://testserver" + address)
    found = {link.get("href").partition("#")[0] for link in page.xpath("//main//a[@href]")}
    return {each.removeprefix("http://testserver") for each in found if each.startswith("http://testserver/admin/")}


@pytest.mark.parametrize("who", SOMEBODY)
def test_every_link_leads_somewhere(client, busy, who):
    somebody = person("admin") if who == "administrator" else member("somebody", who)
    client.force_login(somebody)
    home = reverse("wagtailadmin_home")
    found = links(client, home) | links(client, reverse("publication_desk"))
    assert found
    for address in sorted(found):
        answer = client.get(address)
        leads = answer.headers.get("Location", "")
        assert answer.status_code in {200, 302}, address
        assert leads.partition("?")[0] != home, f"{address} is refused"


@pytest.mark.parametrize("who", ["desk_head:en", "editor:en", "translator:en", "administrator"])
def test_what_was_taken_back_is_told_to_who_may_answer_for_it(client, wire, who):
    client.force_login(person("admin") if who == "administrator" else member("somebody", who))
    assert reverse("wires_changes", args=[Taken.objects.get().pk]) in links(client, reverse("wagtailadmin_home"))
    assert ALARM in client.get(reverse("wagtailadmin_home")).content.decode()


@pytest.mark.parametrize("who", ["reporter:en", "moderator:en", "translator:ru", "editor:ru"])
def test_others_who_know_of_the_story_are_told_without_a_way(client, wire, who):
    client.force_login(member("somebody", who))
    way = reverse("wires_changes", args=[Taken.objects.get().pk])
    shown = client.get(reverse("wagtailadmin_home")).content.decode()
    assert ALARM in shown
    assert way not in shown
    if who.endswith(":ru"):
        shown = client.get(reverse("wagtailadmin_pages:edit", args=[wire.target_id])).content.decode()
        assert "TAKEN BACK" in shown
        assert way not in shown
