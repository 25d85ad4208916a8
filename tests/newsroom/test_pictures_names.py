"""Who took a picture: seen before readers see it, and never somebody whose name must not come out."""

import re
from datetime import UTC, datetime

import pytest
from desk_kit import jpeg, person, picture, publish, write
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from newsroom_settings import PASSPHRASE
from people_kit import member
from wagtail.models import Collection

from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pictures.naming import names_somebody
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.proof import with_pictures
from tamizdat.newsroom.pressroom.story_of import as_written
from tamizdat.newsroom.stories.terms import Byline
from tamizdat.pictures.xmp import xmp_packet
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import Keyring, load_state

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)
REFUSED = "This credit names somebody whose name must not come out"


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


@pytest.fixture
def _bylines():
    Byline.objects.create(key="ilka", label="Ilka Dervane", real_name="Zulfiya Realname")
    Byline.objects.create(key="orla", label="Orla Venn", real_name="Orla Venn")
    Byline.objects.create(key="guest", label="Guest")
    Byline.objects.create(key="Mira Keyname", label="A reporter", real_name="Mira Keyname")
    Byline.objects.create(key="Nour Plain", real_name="Nour Plain")
    Byline.objects.create(key="Lev Elsewhere", labels={"ru": "Лев"}, real_name="Lev Elsewhere")


@pytest.mark.usefixtures("_bylines")
@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("Zulfiya Realname", True),
        ("REALNAME, zulfiya / AFP", True),
        ("Photo: Zulfíya Realname.", True),
        ("Zulfiya", False),
        ("Ilka Dervane", False),
        ("Orla Venn", False),
        ("Mira Keyname", True),
        ("Nour Plain", False),
        ("Lev Elsewhere", False),
        ("", False),
    ],
)
def test_whose_name_a_text_has(text, does):
    assert names_somebody(text) is does


@pytest.fixture
def with_creator():
    """A picture's bytes, in which a program wrote who took it, for which agency, and what it shows."""

    def made(creator, credit="", caption="", *, old=False):
        if old:  # as IPTC-IIM, in Photoshop's resources
            iim = b"".join(
                b"\x1c\x02" + bytes([kind]) + len(text.encode()).to_bytes(2, "big") + text.encode()
                for kind, text in ((80, creator), (110, credit), (120, caption))
                if text
            )
            resource = b"8BIM\x04\x04\x00\x00" + len(iim).to_bytes(4, "big") + iim + bytes(len(iim) % 2)
            data = b"Photoshop 3.0\0" + resource
            plain = jpeg()
            return plain[:2] + b"\xff\xed" + (len(data) + 2).to_bytes(2, "big") + data + plain[2:]
        named = f"<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>"
        packet = xmp_packet(credit or "-", caption).decode().replace("<photoshop:Credit>", f"{named}<photoshop:Credit>")
        return jpeg(xmp=packet.replace("<photoshop:Credit>-</photoshop:Credit>", "").encode())

    return made


def _stored(made):
    with default_storage.open(made.file.name) as file:
        return file.read()


@pytest.mark.usefixtures("_bylines")
@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("name", ["Zulfiya Realname", "Nobody Inparticular"])
def test_who_took_it_goes_from_library_and_file_whoever_it_is(with_creator, name, old):
    made = picture(data=with_creator(name, "Harbour Wire", "Cranes at dawn", old=old))
    assert (made.credit, made.caption) == ("Harbour Wire", "Cranes at dawn")
    assert name.encode() not in _stored(made)
    assert b"Harbour Wire" in _stored(made)
    alone = picture(data=with_creator(name, old=old))
    assert alone.credit == ""
    assert name.encode() not in _stored(alone)


# --- nobody can try names until one is somebody's ---

HIDDEN, OPEN = "Zulfiya Realname", "Zulfiya Otherone"
"""A real name behind a byline, and a name of nobody."""


def _alike(screens):
    """Whether what a screen says is the same for both names, but for the names."""
    said = [text.replace(name, "NAME") for name, text in zip((HIDDEN, OPEN), screens, strict=True)]
    return said[0] == said[1]


@pytest.fixture
def orla(client):
    """A reporter, an editor and a head of desk in one, who may not see real names."""
    client.force_login(member("orla", "reporter:en", "editor:en", "desk_head:en"))
    return client


@pytest.mark.usefixtures("_bylines")
def test_a_file_that_credits_somebody_is_taken_as_any_other(orla):
    found = [picture(data=jpeg(xmp=xmp_packet(name, f"By {name}"))) for name in (HIDDEN, OPEN)]
    assert [(each.credit, each.caption) for each in found] == [(name, f"By {name}") for name in (HIDDEN, OPEN)]
    for made, name in zip(found, (HIDDEN, OPEN), strict=True):
        assert name.encode() in _stored(made)


@pytest.mark.usefixtures("_bylines")
def test_a_typed_credit_that_names_somebody_is_taken_as_any_other(orla):
    answers = []
    for name in (HIDDEN, OPEN):
        made = picture(credit="Harbour Wire")
        answer = orla.post(f"/admin/images/{made.pk}/", _said(credit=name))
        answers.append((answer.status_code, answer.headers.get("Location")))
        made.refresh_from_db()
        assert made.credit == name
    assert answers[0] == answers[1] == (302, "/admin/images/")


@pytest.mark.usefixtures("_bylines")
def test_screens_and_proofs_say_the_same_of_both(orla):
    made = picture(credit=HIDDEN)
    story = write("Ferry", picture=made, picture_credit="", story_id="ferry")
    for address in (f"/admin/picture-cuts/{made.pk}/", f"/admin/images/{made.pk}/"):
        screens = []
        for name in (HIDDEN, OPEN):
            LibraryPicture.objects.filter(pk=made.pk).update(credit=name)
            screens.append(re.sub(r"\b\w{64}\b", "token", orla.get(address).content.decode()))
            assert as_written(story, NOW).picture.credit == name
        assert name in screens[1]
        assert REFUSED not in screens[0]
        assert _alike(screens), address


def _said(**fields):
    return {"title": "q", "description": "A quay", "collection": Collection.get_first_root_node().pk, **fields}


def test_a_dropped_picture_says_nothing_of_who_took_it_either(desk, with_creator):
    file = SimpleUploadedFile("q.jpg", with_creator("Zulfiya Realname"), "image/jpeg")
    given = {"title": "q", "files[]": file, "collection": Collection.get_first_root_node().pk}
    key = desk.post("/admin/images/multiple/add/", given).json()["uploaded_file_id"]
    (name,) = default_storage.listdir("wagtail_uploads")[1]
    with default_storage.open(f"wagtail_uploads/{name}") as stored:
        assert b"Realname" not in stored.read()
    fields = {f"uploaded-image-{key}-{name}": value for name, value in _said().items()}
    assert desk.post(f"/admin/images/multiple/create_from_uploaded_image/{key}/", fields).json()["success"]
    assert LibraryPicture.objects.get().credit == ""


@pytest.mark.usefixtures("_bylines")
def test_whoever_may_see_real_names_is_told_and_nobody_else(client):
    made = picture(credit=HIDDEN)
    story = write("Ferry", picture=made)
    head = member("head", "desk_head:en")
    for told in (False, True):
        if told:
            head.user_permissions.add(Permission.objects.get(codename="see_real_name"))
        client.force_login(type(head).objects.get(pk=head.pk))
        said = client.get(f"/admin/picture-cuts/{made.pk}/").content.decode()
        assert f"Readers see this credit: <bdi>{HIDDEN}</bdi>" in said
        assert (REFUSED in said) == told
        assert REFUSED not in client.get(reverse("wagtailadmin_pages:edit", args=[story.pk])).content.decode()


# --- and readers get none of it ---


@pytest.mark.usefixtures("_bylines")
@pytest.mark.parametrize("where", ["library", "story"])
def test_readers_do_not_get_a_credit_that_names_somebody(room, where):
    made = picture(data=jpeg(xmp=xmp_packet(HIDDEN, "")) if where == "library" else None, credit="")
    credit = {"picture_credit": f"Photo: {HIDDEN.upper()}"} if where == "story" else {}
    shown = {"image": made.pk, "decorative": False, "alt_text": "Cranes"}
    inside = {"picture": shown, "caption": "", "credit": HIDDEN if where == "story" else ""}
    body = [{"type": "picture", "value": inside}]
    publish(write("Ferry", picture=made, body=body, story_id="ferry", **credit))
    assert Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: NOW).run().report["faults"] == []
    files = [path for path in (room / "out").rglob("*") if path.is_file()]
    assert [path for path in files if path.name == "ferry.html"]
    assert not [path for path in files if b"zulf" in path.read_bytes().lower()]


@pytest.mark.parametrize("credit", ["", "a reader", "Zulfiya Realname"])
def test_readers_are_told_what_the_newsroom_says_and_not_what_the_file_says(room, credit):
    made = picture(data=jpeg(xmp=xmp_packet("Zulfiya Realname", "Seen from her window")))
    LibraryPicture.objects.filter(pk=made.pk).update(credit=credit, caption="")
    shown = {"image": made.pk, "decorative": False, "alt_text": "Cranes"}
    body = [{"type": "picture", "value": {"picture": shown, "caption": "", "credit": ""}}]
    page = publish(write("Ferry", picture=made, body=body, story_id="ferry"))
    proof = with_pictures(as_written(page, NOW))
    assert Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: NOW).run().report["faults"] == []
    anchor = Anchor.parse(load_state(room).fingerprint)
    visit = sync([open_inbound(str(room / "out"))], anchor, ["en"], MemoryLibrary(), NOW)
    story = story_from_bytes(visit.editions["en"].stories["ferry"])
    assert {(each.credit, each.caption) for each in story.pictures} == {(credit, "")}
    assert [each.file for each in story.pictures] == [each.file for each in proof.pictures]
    (whole,) = (room / "out" / "pictures").glob(f"{story.picture.file}.jpg")
    files = [path for path in (room / "out").rglob("*") if path.is_file()]
    assert not [path for path in files if b"from her window" in path.read_bytes()]
    named = [path for path in files if b"Zulfiya" in path.read_bytes()]
    assert (whole in named) == bool(named) == (credit == "Zulfiya Realname")
