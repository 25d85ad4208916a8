"""No picture or recording goes out under somebody's real name, whoever wrote that beside it, and whenever."""

import pytest
from desk_kit import person, picture, publish, write
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from people_kit import member
from test_bylines import _sees
from test_writing_unfinished import _fields

from sound_kit import tone
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pictures.naming import NAMES_SOMEBODY
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.withholding import Withholding
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Byline

pytestmark = pytest.mark.django_db

REAL = "Anna Petrova"
SAID = f"Photo: {REAL}"


@pytest.fixture
def desk(client):
    client.force_login(_sees(person()))
    return client


def _byline():
    return Byline.objects.create(key="anon", label="Our correspondent", real_name=REAL)


def _shown(made, **words):
    shown = {"image": made.pk, "decorative": False, "alt_text": words.pop("alt", "Cranes")}
    return {"type": "picture", "value": {"picture": shown, "caption": "", "credit": "", **words}}


def _sound(title):
    made = LibraryRecording(title="Dawn")
    made.take(SimpleUploadedFile("dawn.wav", tone(1), "audio/wav"))
    made.save()
    make_waiting()
    return {"type": "sound", "value": {"recording": made.pk, "title": title, "transcript": "<p>Gulls.</p>"}}


def _out(page):
    release = Release.objects.get(story_id=page.story_id, language="en", current=True)
    return story_from_bytes(bytes(release.story))


WRITTEN = {
    "the story's credit": lambda: {"picture": picture(), "picture_credit": SAID},
    "its caption": lambda: {"picture": picture(), "picture_caption": SAID},
    "what its picture shows": lambda: {"picture": picture(), "picture_alt": SAID},
    "the library's credit": lambda: {"picture": picture(credit=SAID)},
    "the library's description": lambda: {"picture": picture(SAID)},
    "a block's credit": lambda: {"body": [_shown(picture(), credit=SAID)]},
    "a block's caption": lambda: {"body": [_shown(picture(), caption=SAID)]},
    "what a block shows": lambda: {"body": [_shown(picture(), alt=SAID)]},
    "the library's credit of a block": lambda: {"body": [_shown(picture(credit=SAID))]},
    "a recording's title": lambda: {"body": [_sound(SAID)]},
}


@pytest.mark.parametrize("where", WRITTEN)
def test_a_name_beside_a_picture_stays_here_whichever_way_the_story_goes_out(where):
    fields = WRITTEN[where]()
    _byline()  # after the picture has its credit
    page = publish(write("Ferry", byline=["anon"], **fields))
    release = Release.objects.get(story_id=page.story_id, language="en", current=True)
    assert b"Petrova" not in bytes(release.story)
    assert b"Our correspondent" in bytes(release.story)
    assert len(_out(page).pictures) == (where != "a recording's title")


def test_what_is_out_loses_the_name_with_the_next_release(desk):
    made = picture(credit=SAID)
    page = publish(write("Ferry", picture=made, body=[_shown(made, caption="Cranes at dawn")]))
    assert [each.credit for each in _out(page).pictures] == [SAID, SAID]
    _byline()
    Correct(page.story_id, "correction", {"en": "A date was wrong."}, person("head")).execute()
    assert [(each.credit, each.caption) for each in _out(page).pictures] == [("", ""), ("", "Cranes at dawn")]


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("picture_credit", lambda: {"picture": picture().pk, "picture_credit": SAID}),
        ("picture_caption", lambda: {"picture": picture().pk, "picture_caption": SAID}),
        ("picture_alt", lambda: {"picture": picture().pk, "picture_alt": SAID}),
        ("picture_credit", lambda: {"picture": picture(credit=SAID).pk}),
    ],
)
def test_the_form_refuses_to_let_it_go_and_keeps_it_as_a_draft(desk, field, fields):
    page = write("Ferry")
    written = _fields(**fields())
    _byline()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    answer = desk.post(address, {**written, "action-publish": "on"})
    assert answer.context["form"].errors[field] == [str(NAMES_SOMEBODY)]
    assert REAL not in str(answer.context["form"].errors)
    assert not StoryPage.objects.get(pk=page.pk).live
    assert desk.post(address, written).status_code == 302


@pytest.mark.parametrize(("words", "library"), [({"credit": SAID}, ""), ({"caption": SAID}, ""), ({}, SAID)])
def test_of_a_block_the_form_says_it_too(desk, words, library):
    page = write("Ferry")
    shown = {"image": picture(credit=library).pk, "alt_text": "Cranes"}
    written = _fields(("picture", {"picture": shown, "caption": "", "credit": "", **words}))
    _byline()
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    answer = desk.post(address, {**written, "action-publish": "on"})
    assert answer.context["form"].errors["body"] == [str(NAMES_SOMEBODY)]
    assert desk.post(address, written).status_code == 302


def test_whoever_may_not_see_real_names_learns_nothing_by_publishing(client):
    client.force_login(member("editor", "editor:en"))
    _byline()
    for headline, credit in (("Ferry", SAID), ("Tram", "Photo: Anna Other")):
        page = write(headline)
        written = {**_fields(picture=picture().pk, picture_credit=credit), "action-publish": "on"}
        answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), written, follow=True)
        assert str(NAMES_SOMEBODY) not in answer.content.decode()
        page = StoryPage.objects.get(pk=page.pk)
        assert page.live
        assert _out(page).picture.credit == ("" if credit == SAID else credit)


def test_other_names_go_out(desk):
    _byline()
    page = publish(write("Ferry", picture=picture(credit="Ilka Dervane"), picture_caption="Anna at the quay"))
    assert (_out(page).picture.credit, _out(page).picture.caption) == ("Ilka Dervane", "Anna at the quay")


def _told(client, **fields):
    edit = Byline.snippet_viewset.get_url_name("edit")
    made = Byline.objects.get(key="anon")
    client.get(reverse(edit, args=[made.pk]))  # shows what was told before
    answer = client.post(reverse(edit, args=[made.pk]), {"key": "anon", "label": made.label, **fields})
    assert answer.status_code == 302
    return " ".join(str(each) for each in get_messages(answer.wsgi_request) if each.level_tag == "warning")


def test_whoever_notes_a_name_is_told_where_it_stands_already(desk):
    picture(credit="PETROVA, Ánna")
    LibraryPicture.objects.update(title="quay at night")
    publish(write("Ferry", picture=picture(credit=SAID)))
    publish(write("Tram", picture=picture(credit="Anna Other")))
    write("Draft", lead=SAID)
    Byline.objects.create(key="anon", label="Our correspondent")
    told = _told(desk, real_name=REAL)
    assert "this name: “quay at night”, “quay.jpg”." in told
    assert "in which this name stands: “Ferry”." in told
    Byline.objects.filter(key="anon").update(label=REAL)
    assert _told(desk, real_name=REAL) == ""


def test_who_may_not_see_the_name_is_told_nothing(client):
    publish(write("Ferry", picture=picture(credit=SAID)))
    _byline()
    client.force_login(member("editor", "editor:en"))
    assert _told(client) == ""
    client.force_login(_sees(member("head", "desk_head:en")))
    assert "“Ferry”" in _told(client, real_name=REAL)


@pytest.mark.parametrize("title", ["Anna Petrova sings", "A song of Anna Petrova"])
def test_a_name_that_is_noted_later_goes_from_titles_of_recordings_wherever_it_stands(title):
    page = publish(write("Ferry", body=[_sound(title)]))
    Byline.objects.create(key="anon", label="Our correspondent", real_name="Anna Petrova")
    assert Withholding()() == 1
    assert [block.title for block in _out(page).body] == ["—"]
