"""Pictures and recordings that stories use are not deleted, whichever way somebody tries."""

import pytest
from desk_kit import person, picture, publish, text, write
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from people_kit import member

from sound_kit import tone
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.using import InUseError

pytestmark = pytest.mark.django_db

SAID = "Stories use it: “Ferries wait”. Take it out of them first."


def _lead():
    made = picture()
    write("Ferries wait", picture=made)
    return made


def _inside():
    made = picture()
    shown = {"image": made.pk, "decorative": False, "alt_text": "Cranes"}
    publish(write("Ferries wait", body=[{"type": "picture", "value": {"picture": shown, "caption": "", "credit": ""}}]))
    return made


def _sound():
    made = LibraryRecording(title="Dawn")
    made.take(SimpleUploadedFile("dawn.wav", tone(1), "audio/wav"))
    made.save()
    make_waiting()
    value = {"recording": made.pk, "title": "Dawn", "transcript": "<p>Gulls.</p>"}
    publish(write("Ferries wait", body=[{"type": "sound", "value": value}]))
    return made


def _screens(made) -> list[str]:
    if isinstance(made, LibraryRecording):
        return [reverse("recordings:delete", args=[made.pk])]
    bulk = reverse("wagtail_bulk_action", args=["pictures", "librarypicture", "delete"])
    return [reverse("wagtailimages:delete", args=[made.pk]), f"{bulk}?id={made.pk}&next=/admin/images/"]


@pytest.mark.parametrize("use", [_lead, _inside, _sound])
def test_what_a_story_uses_is_not_deleted_and_the_screen_says_where_it_is(client, use):
    made = use()
    client.force_login(person())
    for address in _screens(made):
        answer = client.post(address)
        assert SAID in client.get(answer["Location"]).content.decode()
        assert type(made).objects.filter(pk=made.pk).exists()
    with pytest.raises(InUseError):
        made.delete()


@pytest.mark.parametrize("use", [_lead, _inside, _sound])
def test_what_is_taken_out_of_all_stories_can_be_deleted(client, use):
    made = use()
    page = StoryPage.objects.get()
    page.picture, page.body = None, text("<p>Nothing to see.</p>")
    publish(page)
    client.force_login(person())
    assert client.post(_screens(made)[0]).status_code == 302
    assert not type(made).objects.filter(pk=made.pk).exists()


def test_no_headline_of_a_foreign_draft_is_told(client):
    made = picture()
    foreign = write("Secret ferry", language="ru", picture=made)
    client.force_login(member("head", "desk_head:en"))
    said = client.get(client.post(_screens(made)[0])["Location"]).content.decode()
    assert f"Stories use it: #{foreign.pk}." in said
    assert "Secret ferry" not in said
    assert LibraryPicture.objects.exists()
