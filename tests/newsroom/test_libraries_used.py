"""Pictures and recordings that stories use are not deleted, whichever way somebody tries."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, picture, publish, text, write
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from people_kit import member
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask

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


def _kept(made, *, inside: bool) -> StoryPage:
    """A story of which only what was saved after it went out shows the picture."""
    page = publish(write("Ferries wait"))
    if inside:
        shown = {"image": made.pk, "decorative": False, "alt_text": "Cranes"}
        page.body = [{"type": "picture", "value": {"picture": shown, "caption": "", "credit": ""}}]
    else:
        page.picture = made
    page.save_revision()
    return page


def _draft_lead():
    made = picture()
    _kept(made, inside=False)
    return made


def _draft_inside():
    made = picture()
    _kept(made, inside=True)
    return made


def _draft_sound():
    made = LibraryRecording(title="Dawn")
    made.take(SimpleUploadedFile("dawn.wav", tone(1), "audio/wav"))
    made.save()
    make_waiting()
    page = write("Ferries wait")
    value = {"recording": made.pk, "title": "Dawn", "transcript": "<p>Gulls.</p>"}
    page.body = [{"type": "sound", "value": value}]
    page.save_revision()
    return made


def _scheduled_before_it_was_written_on():
    made = picture()
    page = _kept(made, inside=True)
    page.revisions.update(approved_go_live_at=datetime.now(UTC) + timedelta(days=1))
    page.body = text("<p>Nothing to see.</p>")
    page.save_revision()
    return made


def _submitted_before_it_was_written_on():
    made = picture()
    page = _kept(made, inside=True)
    workflow, task = Workflow.objects.create(name="Look"), GroupApprovalTask.objects.create(name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    workflow.start(page, person("reporter"))
    page.body = text("<p>Nothing to see.</p>")
    page.save_revision()
    return made


USES = [
    _lead,
    _inside,
    _sound,
    _draft_lead,
    _draft_inside,
    _draft_sound,
    _scheduled_before_it_was_written_on,
    _submitted_before_it_was_written_on,
]


def _screens(made) -> list[str]:
    if isinstance(made, LibraryRecording):
        return [reverse("recordings:delete", args=[made.pk])]
    bulk = reverse("wagtail_bulk_action", args=["pictures", "librarypicture", "delete"])
    return [reverse("wagtailimages:delete", args=[made.pk]), f"{bulk}?id={made.pk}&next=/admin/images/"]


@pytest.mark.parametrize("use", USES)
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


def test_what_a_draft_showed_once_and_shows_no_more_can_be_deleted(django_assert_max_num_queries):
    made = picture()
    page = _kept(made, inside=True)
    page.body = text(f"<p>Nothing to see of {made.pk}.</p>")
    page.save_revision()
    for n in range(40):
        write(f"Ferry {n} of {made.pk}").save_revision()
    with django_assert_max_num_queries(30):
        made.delete()
    assert not LibraryPicture.objects.exists()
