"""Who took a picture: seen before readers see it, and never somebody whose name must not come out."""

from datetime import UTC, datetime

import pytest
from desk_kit import jpeg, person, picture, publish, write
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from newsroom_settings import PASSPHRASE
from wagtail.models import Collection

from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pictures.naming import names_somebody
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.proof import with_pictures
from tamizdat.newsroom.pressroom.story_of import story_of
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


@pytest.mark.usefixtures("_bylines")
@pytest.mark.parametrize(("credit", "caption"), [("Realname, Zulfiya", "Cranes"), ("AFP", "By Zulfiya Realname")])
def test_what_a_file_says_of_somebody_is_left_out_of_library_and_file(credit, caption):
    made = picture(data=jpeg(xmp=xmp_packet(credit, caption)))
    with default_storage.open(made.file.name) as file:
        stored = file.read()
    assert b"Realname" not in stored
    assert "Realname" not in made.credit + made.caption
    assert (made.credit, made.caption) in {("", "Cranes"), ("AFP", "")}


def _said(**fields):
    return {"title": "q", "description": "A quay", "collection": Collection.get_first_root_node().pk, **fields}


@pytest.mark.usefixtures("_bylines")
def test_a_dropped_picture_says_nothing_of_somebody_either(desk):
    file = SimpleUploadedFile("q.jpg", jpeg(xmp=xmp_packet("Zulfiya Realname", "")), "image/jpeg")
    given = {"title": "q", "files[]": file, "collection": Collection.get_first_root_node().pk}
    key = desk.post("/admin/images/multiple/add/", given).json()["uploaded_file_id"]
    (name,) = default_storage.listdir("wagtail_uploads")[1]
    with default_storage.open(f"wagtail_uploads/{name}") as stored:
        assert b"Realname" not in stored.read()
    fields = {f"uploaded-image-{key}-{name}": value for name, value in _said().items()}
    assert desk.post(f"/admin/images/multiple/create_from_uploaded_image/{key}/", fields).json()["success"]
    assert LibraryPicture.objects.get().credit == ""


@pytest.mark.usefixtures("_bylines")
def test_a_credit_that_somebody_types_is_refused_where_it_names_somebody(desk):
    made = picture(credit="Harbour Wire")
    page = desk.post(f"/admin/images/{made.pk}/", _said(credit="zulfiya realname"))
    assert REFUSED in page.content.decode()
    made.refresh_from_db()
    assert made.credit == "Harbour Wire"


def test_whoever_chooses_a_lead_picture_sees_whom_readers_will_see_credited(desk):
    made = picture(credit="Zulfiya Realname")
    story = write("Ferry", picture=made)
    screens = (f"/admin/picture-cuts/{made.pk}/", reverse("wagtailadmin_pages:edit", args=[story.pk]))
    for address in screens:
        said = desk.get(address).content.decode()
        assert "Readers see this credit: <bdi>Zulfiya Realname</bdi>" in said
        assert REFUSED not in said
    Byline.objects.create(key="ilka", label="Ilka Dervane", real_name="Zulfiya Realname")
    for address in screens:
        assert REFUSED in desk.get(address).content.decode()


@pytest.mark.parametrize("credit", ["", "a reader", "Zulfiya Realname"])
def test_readers_are_told_what_the_newsroom_says_and_not_what_the_file_says(room, credit):
    made = picture(data=jpeg(xmp=xmp_packet("Zulfiya Realname", "Seen from her window")))
    LibraryPicture.objects.filter(pk=made.pk).update(credit=credit, caption="")
    shown = {"image": made.pk, "decorative": False, "alt_text": "Cranes"}
    body = [{"type": "picture", "value": {"picture": shown, "caption": "", "credit": ""}}]
    page = publish(write("Ferry", picture=made, body=body, story_id="ferry"))
    proof = with_pictures(story_of(page, NOW))
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
