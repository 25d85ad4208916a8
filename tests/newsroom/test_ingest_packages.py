"""A picture of a package of NewsML-G2 goes from its text as it is taken back; who made a story of both is told."""

from datetime import timedelta
from functools import partial

import pytest
from desk_kit import person
from wire_kit import LATELY, fetched, subscription, watched_folder

from tamizdat.newsroom.ingest.lists import alarms
from tamizdat.newsroom.ingest.models import Subscription, Taken, WireItem
from tamizdat.newsroom.ingest.taking import TakeAsDraft, know, seen_of

pytestmark = pytest.mark.django_db
_ITEM = """<newsItem guid="urn:x:{name}" version="{version}" xml:lang="en">
<itemMeta><itemClass qcode="ninat:{kind}"/><versionCreated>{at}</versionCreated><pubStatus qcode="stat:{status}"/>
</itemMeta><contentMeta><headline>{name}</headline></contentMeta><contentSet>{content}</contentSet></newsItem>"""
_PACKAGE = """<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>
<packageItem guid="p"><groupSet root="r"><group id="r"><itemRef residref="urn:x:text"/><itemRef residref="urn:x:photo"/>
</group></groupSet></packageItem>{}</itemSet></newsMessage>"""


@pytest.fixture
def send(room):
    """Send the package: its picture in its first version, or taken back. How many items are new or changed."""
    with watched_folder() as folder:
        source = subscription("agency", kind="newsml")

        def run(photo="usable", text="1", own=""):
            shown = '<remoteContent href="https://wire.example/quay.jpg" contenttype="image/jpeg"/>'
            words = f'<inlineData contenttype="text/html">They sail again.{own}</inlineData>'
            said = {"at": (LATELY + timedelta(minutes=int(text))).isoformat()}
            items = _ITEM.format(name="text", version=text, kind="text", status="usable", content=words, **said)
            version = "1" if photo == "usable" else "2"
            items += _ITEM.format(name="photo", version=version, kind="picture", status=photo, content=shown, **said)
            (folder / "n.xml").write_text(_PACKAGE.format(items), "utf-8")
            return fetched(source)

        yield run


@pytest.mark.parametrize("own", ["", '&lt;img src="https://wire.example/quay.jpg" alt="Quay"/>'], ids=["", "shows it"])
def test_whoever_made_a_story_of_a_text_is_told_that_its_picture_was_taken_back(send, own):
    send = partial(send, own=own)
    editor = person()
    assert send() == 1, Subscription.objects.get().fault
    assert len(WireItem.objects.get().as_story().pictures) == 1
    TakeAsDraft(WireItem.objects.get(), editor).execute()
    assert send("canceled") == 2, "it comes without the picture, and is taken back with it"
    assert WireItem.objects.get().as_story().pictures == ()
    assert alarms(editor).count() == 1
    item = WireItem.objects.get()
    assert item.is_taken_back_with_picture
    know(Taken.objects.get(), seen_of(item))
    assert (send("canceled"), alarms(editor).count()) == (0, 0)
    assert send("canceled", text="2") == 1
    assert WireItem.objects.get().withdrawn is None, "another version of the text is without it"


def test_a_newer_text_without_the_picture_may_be_used_where_nobody_has_the_older_one(send):
    assert send() == 1
    assert send("canceled", text="2") == 1
    assert WireItem.objects.get().withdrawn is None
    TakeAsDraft(WireItem.objects.get(), person()).execute()
