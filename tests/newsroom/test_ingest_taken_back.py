"""What a source takes back is told, however short its notice is, until somebody answers for what they saw."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import jpeg, person
from django.urls import reverse
from django.utils import translation
from django.utils.html import strip_tags
from wire_kit import deliver, fetched, form_of, ninjs, subscription, watched_folder

from tamizdat.newsroom.ingest.fetching import claim
from tamizdat.newsroom.ingest.lists import alarms
from tamizdat.newsroom.ingest.models import Subscription, Taken, WireItem, WirePart, WireRead
from tamizdat.newsroom.ingest.shown import Shown
from tamizdat.newsroom.ingest.taking import TakeAsDraft

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
KILL = {"uri": "urn:x:1", "pubstatus": "canceled"}


@pytest.fixture
def folder(room):
    with watched_folder() as place:
        yield place


def _taken_back():
    return set(WireItem.objects.exclude(withdrawn=None).values_list("language", flat=True))


@pytest.mark.parametrize("name", ["item", "kill"])
@pytest.mark.parametrize(
    "notice", [{"language": "ru"}, {"version": "4"}, {}, {"version": "4", "versioncreated": "soon"}], ids=str
)
def test_a_notice_shorter_than_the_item_is_heard(folder, name, notice):
    """Be it beside the item, or instead of it."""
    deliver(folder, ninjs(language="ru"))
    agency = subscription("agency", kind="ninjs", language="en")
    fetched(agency)
    editor = person()
    TakeAsDraft(WireItem.objects.get(), editor, "en").execute()
    deliver(folder, {**KILL, **notice}, name)
    assert fetched(agency) == 1
    assert _taken_back() == {"ru"}
    assert alarms(editor).count() == 1
    assert fetched(agency) == 0, "once"


def test_a_notice_that_names_no_language_is_about_all_of_them(folder):
    deliver(folder, ninjs(), "en")
    deliver(folder, ninjs(language="ru"), "ru")
    deliver(folder, ninjs(uri="urn:x:2"), "other")
    agency = subscription("agency", kind="ninjs")
    fetched(agency)
    deliver(folder, {**KILL, "language": "ru"}, "kill")
    assert fetched(agency) == 1
    assert _taken_back() == {"ru"}
    deliver(folder, {**KILL, "version": "9"}, "kill-all")
    assert fetched(agency) == 1
    assert _taken_back() == {"en", "ru"}
    assert WireItem.objects.filter(withdrawn=None).count() == 1


@pytest.fixture
def editor(client):
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def agency(folder, editor):
    """An agency whose item became a draft; and what it sends next."""
    deliver(folder, ninjs())
    source = subscription("agency", kind="ninjs")
    fetched(source)
    TakeAsDraft(WireItem.objects.get(), editor).execute()

    def send(**fields):
        deliver(folder, ninjs(**fields))
        return fetched(source)

    return send


def _changes():
    return reverse("wires_changes", args=[Taken.objects.get().pk])


def _answer(client):
    """Look, and answer for it."""
    client.post(_changes(), form_of(client.get(_changes()).content, "seen"))


@pytest.mark.parametrize(
    "meanwhile", [{"pubstatus": "canceled", "version": "5"}, {"headline": "Otherwise", "version": "5"}], ids=str
)
def test_nobody_answers_for_what_they_have_not_seen(client, editor, agency, meanwhile):
    agency(headline="More", version="4")
    shown = form_of(client.get(_changes()).content, "seen")
    agency(**meanwhile)
    before = Taken.objects.get().mark
    answer = client.post(_changes(), shown, follow=True).content.decode()
    assert "look again" in answer
    assert Taken.objects.get().mark == before
    assert alarms(editor).count() == len(_taken_back())
    assert client.post(_changes(), follow=True).content.decode().count("look again") == 1, "nor for nothing"
    _answer(client)
    assert Taken.objects.get().mark == WireItem.objects.get().mark
    assert not alarms(editor)


def test_what_is_taken_back_anew_is_told_anew(client, editor, agency):
    agency(pubstatus="withheld", version="4")
    edit = reverse("wagtailadmin_pages:edit", args=[Taken.objects.get().page_id])
    assert "TAKEN BACK" in client.get(edit).content.decode()
    _answer(client)
    assert not alarms(editor)
    WireItem.objects.update(withdrawn=NOW - timedelta(hours=1))
    Taken.objects.update(answered=NOW - timedelta(hours=1))
    assert "TAKEN BACK" not in client.get(edit).content.decode()
    agency(version="5")
    assert not alarms(editor)
    agency(pubstatus="canceled", version="6")
    assert alarms(editor).count() == 1
    assert "TAKEN BACK" in client.get(edit).content.decode()


def test_what_comes_while_somebody_reads_the_list_stays_unread(client, agency, folder):
    shown = form_of(client.get(reverse("wires")).content, "shown")
    deliver(folder, ninjs(uri="urn:x:2", headline="New"), "new")
    agency()
    last, _at = shown["shown"].split()
    client.post(reverse("wires_read_all"), {"shown": f"{last} {Shown.now().at}"})
    assert [read.item.headline for read in WireRead.objects.all()] == ["Strike"]


def test_what_changes_while_somebody_reads_the_list_stays_unread(client, agency):
    WireItem.objects.update(changed=NOW - timedelta(hours=1))
    last, _at = form_of(client.get(reverse("wires")).content, "shown")["shown"].split()
    agency(version="4", headline="Otherwise")
    a_minute_ago = int(NOW.timestamp()) - 60
    client.post(reverse("wires_read_all"), {"shown": f"{last} {a_minute_ago}"})
    assert not WireRead.objects.exists()
    client.post(reverse("wires_read_all"), form_of(client.get(reverse("wires")).content, "shown"))
    assert WireRead.objects.count() == 1


def test_what_is_being_read_while_the_list_is_shown_is_not_taken_for_read(client, agency):
    """It all changes as of when that began."""
    WireItem.objects.update(changed=NOW - timedelta(minutes=5))
    assert claim(Subscription.objects.get(), NOW + timedelta(days=1))
    Subscription.objects.update(claimed_until=NOW - timedelta(minutes=2) + timedelta(minutes=20))
    shown = form_of(client.get(reverse("wires")).content, "shown")
    WireItem.objects.update(changed=NOW - timedelta(minutes=2))
    client.post(reverse("wires_read_all"), shown)
    assert not WireRead.objects.exists()


@pytest.mark.parametrize("shown", ["", "x", "1", "9" * 40 + " 1", "1 " + "9" * 18, "1 -1", "\u0663 1"])
def test_a_list_that_was_never_shown_was_not_read(client, agency, shown):
    WireItem.objects.update(changed=NOW + timedelta(days=1))
    assert client.post(reverse("wires_read_all"), {"shown": shown}).status_code == 302
    assert not WireRead.objects.exists()


PHOTO = {
    "uri": "urn:x:photo",
    "type": "picture",
    "headline": "Quay",
    "renditions": {"full": {"href": "https://wire.example/quay.jpg", "mimetype": "image/jpeg"}},
}
PHOTO_KILL = {**PHOTO, **KILL, "uri": "urn:x:photo", "ednote": "It shows a child."}


def test_with_a_picture_goes_what_shows_it(client, editor, folder):
    deliver(folder, ninjs(associations={"main": PHOTO}))
    deliver(folder, ninjs(uri="urn:x:2", headline="Without"), "other")
    source = subscription("agency", kind="ninjs")
    fetched(source)
    TakeAsDraft(WireItem.objects.get(headline="Without"), editor).execute()
    item = WireItem.objects.get(headline="Strike")
    Taken.objects.create(item=item, page=Taken.objects.get().page, source="agency", story=item.story, mark=item.mark)
    Taken.objects.order_by("pk").first().delete()
    deliver(folder, PHOTO_KILL, "kill")
    assert fetched(source) == 1
    item.refresh_from_db()
    assert item.withdrawn
    assert item.withdrawn_why == "It shows a child."
    assert "It shows a child." in client.get(_changes()).content.decode()
    assert alarms(editor).count() == 1
    assert WireItem.objects.get(headline="Without").withdrawn is None
    _answer(client)
    assert (fetched(source), alarms(editor).count()) == (0, 0), "the text is listed still, and is no news"
    deliver(folder, ninjs(version="4"))
    assert fetched(source) == 1
    item.refresh_from_db()
    assert item.withdrawn is None, "the source sends it without the picture"
    assert not item.parts.exists()


@pytest.mark.parametrize("kept", ["It shows a child.", "A picture of it was taken back: It shows a child."])
def test_that_it_was_taken_back_with_a_picture_is_said_in_the_readers_language(
    client, editor, folder, monkeypatch, kept
):
    deliver(folder, ninjs(associations={"main": PHOTO}))
    source, gettext = subscription("agency", kind="ninjs"), translation._trans.gettext
    fetched(source)
    TakeAsDraft(WireItem.objects.get(), editor).execute()
    said = {"A picture of it was taken back:": "Ihr Bild wurde zurückgezogen:"}
    monkeypatch.setattr(translation._trans, "gettext", lambda text: said.get(text) or gettext(text))
    screens = (_changes(), reverse("wires_pane", args=[WireItem.objects.get().pk]))

    def shown():
        return [strip_tags(client.get(screen).content.decode()) for screen in screens]

    deliver(folder, PHOTO_KILL, "kill")
    fetched(source)
    WireItem.objects.update(withdrawn_why=kept)
    assert all("Ihr Bild wurde zurückgezogen: It shows a child." in screen for screen in shown())
    deliver(folder, {**KILL, "ednote": "It is false."}, "whole")
    fetched(source)
    assert not any("Bild" in screen or "It is false." not in screen for screen in shown())


@pytest.mark.parametrize("picture_first", [True, False])
def test_what_was_taken_back_with_and_without_its_picture_comes_back_once_it_is_sent_again(folder, picture_first):
    source, said = subscription("agency", kind="ninjs"), ninjs(associations={"main": PHOTO})
    deliver(folder, said)
    fetched(source)
    whole = {**KILL, "ednote": "It is false."}
    for name in ("photo", "whole") if picture_first else ("whole", "photo"):
        deliver(folder, PHOTO_KILL if name == "photo" else whole, name)
        fetched(source)
    assert WireItem.objects.get().withdrawn_why == "It is false."
    assert fetched(source) == 0, "both are listed still, and are no news"
    (folder / "whole.json").unlink()
    assert fetched(source) == 2
    assert "It shows a child." in WireItem.objects.get().withdrawn_why, "its picture is still taken back"
    assert fetched(source) == 0
    deliver(folder, whole, "whole")
    fetched(source)
    (folder / "whole.json").unlink()
    (folder / "photo.json").unlink()
    assert fetched(source) == 1
    assert WireItem.objects.get().withdrawn is None


@pytest.mark.parametrize(("left", "said"), [(True, "has taken this item back"), (False, "no longer kept")])
def test_nothing_is_made_of_what_is_taken_back_while_its_pictures_come(client, editor, folder, monkeypatch, left, said):
    deliver(folder, ninjs(associations={"main": PHOTO}))
    source = subscription("agency", kind="ninjs")
    fetched(source)
    item = WireItem.objects.get()

    def come(_take, _origin):
        if left:
            deliver(folder, KILL, "kill")
            fetched(source)
        else:
            WireItem.objects.all().delete()
        return jpeg()

    monkeypatch.setattr(TakeAsDraft, "_open", come)
    answer = client.post(reverse("wires_draft", args=[item.pk]), follow=True)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Taken.objects.exists()


def test_a_second_picture_that_is_taken_back_is_told_too(folder):
    deliver(folder, ninjs(associations={"main": PHOTO, "second": {**PHOTO, "uri": "urn:x:second"}}))
    source = subscription("agency", kind="ninjs")
    fetched(source)
    deliver(folder, PHOTO_KILL, "first")
    fetched(source)
    deliver(folder, {**PHOTO_KILL, "uri": "urn:x:second", "ednote": "It is another quay."}, "second")
    assert (fetched(source), fetched(source)) == (1, 0)
    assert "It is another quay." in WireItem.objects.get().withdrawn_why


def test_what_an_older_version_kept_goes_with_its_picture(folder):
    """It kept no pictures' ids: they come as soon as the source lists the item again."""
    deliver(folder, ninjs(associations={"main": PHOTO}))
    source = subscription("agency", kind="ninjs")
    fetched(source)
    WirePart.objects.all().delete()
    assert fetched(source) == 0, "it is no news"
    assert WirePart.objects.count() == 1
    deliver(folder, PHOTO_KILL, "kill")
    assert fetched(source) == 1
    assert _taken_back() == {"en"}


def test_a_new_version_that_shows_it_again_is_taken_back_again(editor, folder):
    source = subscription("agency", kind="ninjs")
    deliver(folder, ninjs(associations={"main": PHOTO}))
    deliver(folder, PHOTO_KILL, "kill")
    fetched(source)
    assert _taken_back() == {"en"}
    deliver(folder, ninjs(version="4", headline="More", associations={"main": PHOTO}))
    fetched(source)
    assert WireItem.objects.get().headline == "More"
    assert _taken_back() == {"en"}


def test_a_kill_of_the_whole_is_heard_after_one_of_its_pictures(client, editor, folder):
    deliver(folder, ninjs(associations={"main": PHOTO}))
    source = subscription("agency", kind="ninjs")
    fetched(source)
    TakeAsDraft(WireItem.objects.get(), editor).execute()
    deliver(folder, PHOTO_KILL, "photo")
    fetched(source)
    _answer(client)
    assert alarms(editor).count() == 0
    WireItem.objects.update(withdrawn=NOW - timedelta(hours=1))
    Taken.objects.update(answered=NOW - timedelta(hours=1))
    (folder / "item.json").unlink()
    deliver(folder, {**KILL, "ednote": "It is false."}, "kill")
    assert fetched(source) == 1
    assert WireItem.objects.get().withdrawn_why == "It is false."
    assert alarms(editor).count() == 1
    _answer(client)
    assert (fetched(source), alarms(editor).count()) == (0, 0), "it is listed still, and is no news"
