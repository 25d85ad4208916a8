"""The desk of wires: what editors see of it, how many queries it costs, and who may do what."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from lxml import html
from wagtail.users.models import UserProfile
from wire_kit import WORDS, deliver, form_of, item, ninjs, rss, serving, subscription, watched_folder

from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.models import Subscription, Taken, WireItem, WireRead
from tamizdat.newsroom.moving_in.marks import mark_of
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def wire():
    with serving() as server:
        server.files["/feed"] = rss(item("one", "<script>alert(1)</script> & one"), item("two"))
        yield server


@pytest.fixture
def harbour(wire):
    made = subscription(f"{wire.url}/feed")
    fetch(made)
    return made


@pytest.fixture
def editor(client):
    made = person()
    client.force_login(made)
    return made


def _see(client, query=""):
    answer = client.get(reverse("wires") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_pane_leads_to_the_copies_and_a_copy_back(client, editor, harbour):
    one, two = WireItem.objects.get(story_id="one"), WireItem.objects.get(story_id="two")
    other = WireItem.objects.get(pk=two.pk)
    other.pk, other.story_id = None, "three"
    other.save()
    WireItem.objects.exclude(pk=one.pk).update(same_as=one)
    for shown in (one, two, other):
        page = html.fromstring(_see(client, f"?item={shown.pk}"))
        ways = {link.get("href") for link in page.xpath("//*[@id='wires-pane']//p[@class='wires-about']//a")}
        assert ways == {f"{reverse('wires')}?item={each.pk}" for each in (one, two, other) if each != shown}
        for way in ways:
            assert client.get(way).status_code == 200


def test_the_list_shows_and_the_pane_reads(client, editor, harbour):
    html = _see(client)
    assert html.count("wires-unread") == 2
    assert "<script>alert(1)" not in html
    one = WireItem.objects.get(story_id="one")
    shown = client.get(reverse("wires_pane", args=[one.pk])).content.decode()
    assert "What one says." in shown
    assert "<script>alert(1)" not in shown
    assert WireRead.objects.get().person == editor
    assert _see(client).count("wires-unread") == 1
    assert "What one says." in _see(client, f"?item={one.pk}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=two", {"two"}), ("?q=says+two", {"two"}), ("?q=nothing", set()), ("?in=en", {"one", "two"}),
        ("?in=ru", set()), ("?from=0", {"one", "two"}), ("?from=999999", set()), ("?state=unread", {"one", "two"}),
        ("?state=taken", set()), ("?state=withdrawn", set()), ("?state=embargo", set()),
        ("?state=x&page=x&item=x&from=x", {"one", "two"}), ("?item=99999999999999999999", {"one", "two"}),
        ("?q=%00%ff", None),
    ],
)  # fmt: skip
def test_filters(client, editor, harbour, query, found):
    answer = client.get(reverse("wires") + query)
    assert answer.status_code == 200
    if found is not None:
        assert {row["item"].story_id for row in answer.context["rows"]} == found


def test_many_items_cost_no_more_queries(client, editor, harbour, django_assert_max_num_queries):
    source = WireItem.objects.get(story_id="one")
    now = datetime.now(UTC)
    WireItem.objects.bulk_create(
        WireItem(
            subscription=harbour, story_id=f"n{n}", language="en", mark="", story=source.story, headline=f"N {n}",
            text="t", published=now, received=now, changed=now,
        )
        for n in range(400)
    )  # fmt: skip
    _see(client)
    with django_assert_max_num_queries(40):
        _see(client)


def test_one_click_makes_a_draft_and_opens_it(client, editor, harbour):
    one = WireItem.objects.get(story_id="two")
    answer = client.post(reverse("wires_draft", args=[one.pk]))
    page = StoryPage.objects.get()
    assert answer.url == reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert client.get(answer.url).status_code == 200
    assert page.agencies == ["Harbour Wire"]
    assert client.get(reverse("wires_draft", args=[one.pk])).status_code == 405


def test_what_is_taken_back_is_said_loudly_until_somebody_answers_for_it(client, editor, harbour):
    two = WireItem.objects.get(story_id="two")
    client.post(reverse("wires_draft", args=[two.pk]))
    page = publish(StoryPage.objects.get())
    WireItem.objects.update(withdrawn=datetime.now(UTC), withdrawn_why="canceled")
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    taken = Taken.objects.get()
    for place in (edit, reverse("wagtailadmin_home"), reverse("wires")):
        html = client.get(place).content.decode()
        assert "taken back" in html.lower(), place
    shown = client.get(reverse("wires_changes", args=[taken.pk])).content.decode()
    assert "Readers have the story" in shown
    client.post(reverse("wires_changes", args=[taken.pk]), form_of(shown, "seen"))
    assert "TAKEN BACK" not in client.get(edit).content.decode()
    assert "Taken back by their source" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_an_update_is_shown_word_for_word(client, editor, wire, harbour):
    two = WireItem.objects.get(story_id="two")
    client.post(reverse("wires_draft", args=[two.pk]))
    client.get(reverse("wires"))
    wire.files["/feed"] = rss(item("two", text="What somebody else says."))
    fetch(harbour)
    edit = reverse("wagtailadmin_pages:edit", args=[StoryPage.objects.get().pk])
    assert "has changed the item" in client.get(edit).content.decode()
    assert "changed since" in _see(client)
    taken = Taken.objects.get()
    shown = client.get(reverse("wires_changes", args=[taken.pk])).content.decode()
    assert "<ins>somebody" in shown
    client.post(reverse("wires_changes", args=[taken.pk]), form_of(shown, "seen"))
    assert "has changed the item" not in client.get(edit).content.decode()


@pytest.fixture
def agency(room):
    """A watched folder with one item; call it to deliver the item anew."""
    with watched_folder() as place:

        def send(**fields):
            deliver(place, ninjs(**fields))
            source = Subscription.objects.filter(name="Agency").first()
            return fetch(source or subscription("agency", kind="ninjs", name="Agency"))

        yield send


def test_rights_are_told_where_the_draft_is_edited_and_so_is_that_they_changed(client, editor, agency):
    agency(usageterms="Free to use")
    item = WireItem.objects.get()
    client.post(reverse("wires_draft", args=[item.pk]))
    edit = reverse("wagtailadmin_pages:edit", args=[StoryPage.objects.get().pk])
    assert "Free to use" in client.get(edit).content.decode()
    client.get(reverse("wires_pane", args=[item.pk]))
    assert agency(usageterms="<b>Not for print</b>", ednote="Hold the photo") == 1
    assert not WireRead.objects.exists(), "it is unread again"
    told = client.get(edit).content.decode()
    assert "has changed the item" in told
    assert "&lt;b&gt;Not for print" in told
    assert "Hold the photo" in told
    changes = reverse("wires_changes", args=[Taken.objects.get().pk])
    shown = client.get(changes).content.decode()
    assert "<del>Free to use</del> <ins>&lt;b&gt;Not for print" in shown
    client.post(changes, form_of(shown, "seen"))
    told = client.get(edit).content.decode()
    assert "has changed the item" not in told
    assert "Not for print" in told
    assert "<del>" not in client.get(changes).content.decode()
    WireItem.objects.all().delete()
    assert "Not for print" in client.get(edit).content.decode(), "what was known of it stays"


def test_an_embargo_that_came_or_moved_is_told_shown_and_taken_over(client, editor, agency):
    agency()
    client.post(reverse("wires_draft", args=[WireItem.objects.get().pk]))
    page, taken = StoryPage.objects.get(), Taken.objects.get()
    edit, changes = (
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        reverse("wires_changes", args=[taken.pk]),
    )
    first, later = (datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=days) for days in (1, 3))
    agency(embargoed=first.isoformat())
    assert f"embargo until {first:%Y-%m-%d %H:%M} UTC" in client.get(edit).content.decode()
    assert f"<ins>{first:%Y-%m-%d %H:%M} UTC</ins>" in client.get(changes).content.decode()
    client.post(changes, form_of(client.get(changes).content, "seen"))
    assert "does not wait" in client.get(edit).content.decode(), "to know is not to wait"
    client.post(changes, {"embargo": "1"})
    assert "does not wait" not in client.get(edit).content.decode()
    publish(StoryPage.objects.get().get_latest_revision_as_object())
    page.refresh_from_db()
    assert not page.live
    assert page.revisions.filter(approved_go_live_at=first).exists()
    assert "does not wait" not in client.get(edit).content.decode()
    agency(embargoed=later.isoformat())
    told = client.get(edit).content.decode()
    assert f"embargo until {later:%Y-%m-%d %H:%M} UTC" in told
    shown = client.get(changes).content.decode()
    assert f"<del>{first:%Y-%m-%d %H:%M} UTC</del> <ins>{later:%Y-%m-%d %H:%M} UTC</ins>" in shown
    client.post(changes, {"embargo": "1"})
    assert not page.revisions.exclude(approved_go_live_at=None).exists(), "nothing goes out by itself before that"
    assert StoryPage.objects.get().get_latest_revision_as_object().embargo == later
    assert "does not wait" not in client.get(edit).content.decode()


def test_an_embargo_that_comes_too_late_is_told_and_no_lock_is_passed_over(client, editor, agency):
    agency()
    client.post(reverse("wires_draft", args=[WireItem.objects.get().pk]))
    page = publish(StoryPage.objects.get())
    agency(embargoed=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    changes = reverse("wires_changes", args=[Taken.objects.get().pk])
    assert "does not wait" in client.get(edit).content.decode()
    assert "Readers have the story" in client.get(changes).content.decode()
    StoryPage.objects.update(locked=True, locked_by=person("other"), locked_at=datetime.now(UTC))
    before = page.revisions.count()
    client.post(changes, {"embargo": "1"})
    assert page.revisions.count() == before
    StoryPage.objects.update(locked=False)
    client.post(changes, {"embargo": "1"})
    assert page.revisions.count() == before + 1
    assert "does not wait" in client.get(edit).content.decode(), "readers have it all the same"


def test_a_draft_waits_too_short_by_its_own_embargo_until_that_is_moved_and_its_time_with_it(client, editor, agency):
    first, later = (datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=days) for days in (1, 3))
    agency(embargoed=first.isoformat())
    client.post(reverse("wires_draft", args=[WireItem.objects.get().pk]))
    edit = reverse("wagtailadmin_pages:edit", args=[StoryPage.objects.get().pk])
    assert "does not wait" not in client.get(edit).content.decode()
    agency(embargoed=later.isoformat())
    assert "does not wait" in client.get(edit).content.decode()
    draft = publish(StoryPage.objects.get()).get_latest_revision_as_object()
    draft.embargo = later
    draft.save_revision()
    assert "does not wait" not in client.get(edit).content.decode()
    assert StoryPage.objects.get().scheduled_revision.approved_go_live_at == later


def test_what_was_kept_before_marks_spoke_of_rights_is_no_news(client, editor, agency, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr("tamizdat.newsroom.ingest.keeping.wire_mark_of", mark_of)
        assert agency(usageterms="Free to use", ednote="Hold") == 1
    assert agency(usageterms="Free to use", ednote="Hold") == 0
    assert agency(usageterms="Free to use", ednote="Kill the photo") == 1
    assert agency(usageterms="Free to use", ednote="Kill the photo") == 0


def test_an_update_under_another_id_stands_in_the_list_by_itself(client, editor, wire, harbour):
    wire.files["/feed"] = rss(item("first", text=WORDS), item("second", "UPDATE 2: Harbour", f"{WORDS} again."))
    fetch(harbour)
    assert "UPDATE 2: Harbour" in _see(client)


def test_mark_as_read_is_about_what_is_asked_for(client, editor, harbour):
    shown = form_of(client.get(reverse("wires")).content, "shown")
    client.post(reverse("wires_read_all") + "?q=two", shown)
    assert [read.item.story_id for read in WireRead.objects.all()] == ["two"]
    client.post(reverse("wires_read_all"), shown)
    assert WireRead.objects.count() == 2


def test_who_may_not_edit_sees_and_takes_nothing(client, harbour):
    assert client.get(reverse("wires")).status_code == 302
    reader = get_user_model().objects.create_user("reader")
    reader.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(reader)
    two = WireItem.objects.get(story_id="two")
    client.post(reverse("wires_draft", args=[two.pk]))
    assert not StoryPage.objects.exists()


def test_an_empty_desk_says_what_to_do(client, editor):
    assert "Add one" in _see(client)
    assert client.get(reverse("wagtailsnippets_ingest_subscription:add")).status_code == 200


def test_an_embargo_is_shown(client, editor, harbour):
    WireItem.objects.filter(story_id="two").update(embargo=datetime.now(UTC) + timedelta(hours=2))
    assert "Embargo" in _see(client)
    two = WireItem.objects.get(story_id="two")
    assert "Under embargo until" in client.get(reverse("wires_pane", args=[two.pk])).content.decode()


@pytest.mark.parametrize(("field", "second"), [("embargoed", 59), ("embargoed", 0), ("firstcreated", 59)])
def test_the_last_moment_that_there_is_stops_neither_a_source_nor_a_screen(client, editor, room, field, second):
    """Systems write it for what is to wait for ever; the clock of whoever looks is ahead of it."""
    profile = UserProfile.get_for_user(editor)
    profile.current_time_zone = "Asia/Tokyo"
    profile.save()
    with watched_folder() as folder:
        agency = subscription("agency", kind="ninjs")
        deliver(folder, ninjs(**{field: f"9999-12-31T23:59:{second:02}Z"}), "a")
        deliver(folder, ninjs(uri="urn:x:2", headline="Next"), "b")
        assert fetch(agency) == 2
        agency.refresh_from_db()
        assert agency.fault == ""
        item = WireItem.objects.get(headline="Strike")
        assert item.embargo is None or item.embargo > datetime.now(UTC)
        assert "Strike" in _see(client, f"?item={item.pk}")
        assert client.post(reverse("wires_draft", args=[item.pk]), follow=True).status_code == 200
        page = StoryPage.objects.get(title="Strike")
        assert page.embargo == item.embargo
