"""Right and wrong: what readers are told of stories that are out, in every translation, and what the record says."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import newspaper, person, publish, text, write
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from people_kit import member
from wagtail.models import PageLogEntry

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import StoryError
from tamizdat.newsroom.corrections.actions import AddText, Correct, Revoke
from tamizdat.newsroom.corrections.differences import compared
from tamizdat.newsroom.corrections.models import Correction, missing_texts
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.pressroom.models import Order, Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = pytest.mark.django_db


def _story(page):
    found = Release.objects.get(language=page.locale.language_code, story_id=page.story_id, current=True)
    return story_from_bytes(bytes(found.story)) if found.story is not None else None


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def both():
    """A story that is out in English and Russian."""
    english = publish(write("Ferry sails", story_id="ferry"))
    russian = publish(write("Паром идёт", language="ru", story_id="ferry", translation_key=english.translation_key))
    return english, russian


def test_a_correction_reaches_every_translation_that_has_its_text(both, desk):
    orders = Order.objects.count()
    Correct("ferry", "correction", {"en": "It sails at nine.", "ru": "Он идёт в девять."}, desk).execute()
    assert [(each.kind, each.text) for each in _story(both[0]).corrections] == [("correction", "It sails at nine.")]
    assert [each.text for each in _story(both[1]).corrections] == ["Он идёт в девять."]
    assert _story(both[0]).updated is not None
    assert Order.objects.count() == orders + 2


def test_a_translation_without_a_text_waits_and_is_named(both, desk):
    made = Correct("ferry", "clarification", {"en": "Only on weekdays."}, desk).execute()
    assert _story(both[1]).corrections == ()
    assert missing_texts("ferry", ["en", "ru"]) == {made.pk: ["ru"]}
    AddText(made, "ru", "Только по будням.", desk).execute()
    assert [each.text for each in _story(both[1]).corrections] == ["Только по будням."]
    assert missing_texts("ferry", ["en", "ru"]) == {}


def test_a_text_that_readers_have_is_not_replaced(client, both, desk):
    made = Correct("ferry", "correction", {"en": "We were wrong: he never stole."}, desk).execute()
    releases = Release.objects.count()
    with pytest.raises(ValidationError, match="take the correction back"):
        AddText(made, "en", "A comma was missing.", desk).execute()
    client.force_login(desk)
    form = {"language": "en", "text": "A comma was missing."}
    said = client.post(reverse("corrections_add_text", args=[made.pk]), form, follow=True).content.decode()
    assert "take the correction back" in said
    assert [each.text for each in _story(both[0]).corrections] == ["We were wrong: he never stole."]
    assert Release.objects.count() == releases


def test_a_mistake_of_one_translation_is_none_of_the_others(both, desk):
    Correct("ferry", "correction", {"ru": "Не в восемь."}, desk, languages=("ru",)).execute()
    assert _story(both[0]).corrections == ()
    assert len(_story(both[1]).corrections) == 1
    assert missing_texts("ferry", ["en", "ru"]) == {}


def test_a_retraction_withholds_the_text_in_every_language_at_once(both, desk):
    Correct("ferry", "retraction", {"en": "Our source was wrong."}, desk).execute()
    for page in both:
        story = _story(page)
        assert story.retracted
        assert story.body == ()
        assert story.corrections[0].text == "Our source was wrong."


def test_a_takedown_does_not_wait_for_what_is_scheduled(both, desk):
    page = StoryPage.objects.get(story_id="ferry", locale__language_code="en")
    page.title, page.go_live_at = "Later words", datetime.now(UTC) + timedelta(hours=2)
    page.save_revision().publish(user=desk)
    assert StoryPage.objects.get(pk=page.pk).scheduled_revision
    Correct("ferry", "takedown", {}, desk, reason="A witness is in danger").execute()
    assert not Release.objects.filter(current=True, story__isnull=False).exists()
    assert StoryPage.objects.get(pk=page.pk).scheduled_revision is None


def test_a_takedown_removes_the_story_and_keeps_it_from_coming_back(both, desk):
    Correct("ferry", "takedown", {}, desk, reason="A witness is in danger").execute()
    assert [_story(page) for page in both] == [None, None]
    assert not any(StoryPage.objects.get(pk=page.pk).live for page in both)
    with pytest.raises(StoryError, match="taken down"):
        publish(StoryPage.objects.get(pk=both[0].pk))
    assert _story(both[0]) is None
    for release in Release.objects.all():
        assert b"witness" not in bytes(release.story or b"")
    Revoke(Correction.objects.get(), desk).execute()
    publish(StoryPage.objects.get(pk=both[0].pk))
    assert _story(both[0]) is not None


def test_what_was_taken_down_is_neither_scheduled_nor_held(both, desk):
    """Or whoever chose a time would count on it, until it came and nothing went out."""
    task = Task.objects.create(source=both[0], target=both[1])
    Correct("ferry", "takedown", {}, desk, ("ru",), reason="A witness is in danger").execute()
    page = StoryPage.objects.get(pk=both[1].pk)
    page.go_live_at = datetime.now(UTC) + timedelta(hours=2)
    with pytest.raises(StoryError, match="taken down"):
        page.save_revision(user=desk).publish(user=desk)
    assert not StoryPage.objects.get(pk=page.pk).approved_schedule
    task = Task.objects.select_related("target__locale").get(pk=task.pk)
    with pytest.raises(ValidationError, match="was taken down: revoke that in its record first"):
        Hold(both[0], (task,), desk).execute()
    assert not Together.objects.exists()
    Revoke(Correction.objects.get(), desk).execute()
    Hold(both[0], (task,), desk).execute()


def test_a_head_of_desk_takes_down_in_no_language_but_their_own(client, both):
    head = member("head", "editor:en", "desk_head:ru")
    with pytest.raises(PermissionDenied):
        Correct("ferry", "takedown", {}, head, ("en",), "because").execute()
    with pytest.raises(ValidationError, match="in Русский alone"):
        Correct("ferry", "takedown", {}, head, (), "because").execute()
    assert all(StoryPage.objects.get(pk=page.pk).live for page in both)
    client.force_login(member("editor", "editor:en"))
    assert 'value="takedown"' not in client.get(reverse("corrections_story", args=["ferry"])).content.decode()
    client.force_login(head)
    assert 'value="takedown"' in client.get(reverse("corrections_story", args=["ferry"])).content.decode()
    Correct("ferry", "takedown", {}, head, ("ru",), "because").execute()
    assert [StoryPage.objects.get(pk=page.pk).live for page in both] == [True, False]


def test_nor_takes_another_desks_takedown_back(both, desk):
    made = Correct("ferry", "takedown", {}, desk, ("en",), reason="A witness is in danger").execute()
    with pytest.raises(PermissionDenied):
        Revoke(made, member("head", "editor:en", "desk_head:ru")).execute()
    Revoke(made, member("english", "desk_head:en")).execute()
    assert Correction.objects.get().revoked_at


def test_what_is_revoked_is_no_longer_seen_and_stays_in_the_record(both, desk):
    made = Correct("ferry", "retraction", {"en": "Wrong."}, desk).execute()
    Revoke(made, desk).execute()
    assert not _story(both[0]).retracted
    assert _story(both[0]).body
    assert Correction.objects.get().revoked_by == desk


def test_who_did_what_and_why_stands_in_the_history(both, desk):
    made = Correct("ferry", "correction", {"en": "At nine."}, desk, reason="A reader wrote").execute()
    Revoke(made, desk).execute()
    log = PageLogEntry.objects.filter(page=both[0].pk, action__startswith="corrections.").order_by("timestamp")
    assert [(each.action, each.user) for each in log] == [
        ("corrections.correction", desk),
        ("corrections.revoke", desk),
    ]
    assert log[0].data["reason"] == "A reader wrote"


@pytest.mark.parametrize(
    ("kind", "texts", "reason", "words"),
    [
        ("correction", {}, "", "at least one language"),
        ("takedown", {}, " ", "Say why"),
        ("retraction", {"en": " \n"}, "", "at least"),
    ],
)
def test_what_says_nothing_is_refused_and_changes_nothing(both, desk, kind, texts, reason, words):
    with pytest.raises(ValidationError, match=words):
        Correct("ferry", kind, texts, desk, reason=reason).execute()
    assert not Correction.objects.exists()


def test_a_story_that_is_not_out_is_simply_changed(desk):
    page = write("Draft")
    with pytest.raises(ValidationError, match="simply be changed"):
        Correct(page.story_id, "correction", {"en": "x"}, desk).execute()


def test_nobody_corrects_in_a_language_that_is_not_theirs(both):
    with pytest.raises(PermissionDenied):
        Correct("ferry", "correction", {"en": "x"}, Person.objects.create_user("guest")).execute()
    assert _story(both[0]).corrections == ()


def test_every_change_is_dated_and_shown_word_for_word():
    assert [(each.kind, each.text) for each in compared("The ferry sails at eight", "The ferry sails at nine")] == [
        ("same", "The ferry sails at "), ("gone", "eight"), ("new", "nine"),
    ]  # fmt: skip


def test_the_record_of_a_story_costs_few_queries(client, both, desk, django_assert_max_num_queries):
    for at in range(5):
        Correct("ferry", "correction", {"en": f"Number {at}.", "ru": f"Число {at}."}, desk).execute()
    client.force_login(desk)
    with django_assert_max_num_queries(40):
        page = client.get(reverse("corrections_story", args=["ferry"])).content.decode()
    assert "Number 4." in page
    assert "Число 4." in page


def test_a_correction_by_form(client, both, desk):
    client.force_login(desk)
    address = reverse("corrections_story", args=["ferry"])
    answer = client.post(address, {"kind": "correction", "text_en": "At nine.", "text_ru": "", "reason": ""})
    assert answer.status_code == 302
    assert _story(both[0]).corrections[0].text == "At nine."
    answer = client.post(address, {"kind": "correction", "text_en": "", "text_ru": ""})
    assert "at least one language" in answer.content.decode()


def test_nobody_is_told_that_readers_see_what_is_said_of_a_story_that_was_taken_down(client, both, desk):
    client.force_login(desk)
    address = reverse("corrections_story", args=["ferry"])
    Correct("ferry", "takedown", {}, desk, ("en",), reason="A witness is in danger").execute()
    form = {"kind": "retraction", "text_en": "Wrong."}
    assert "in a moment" in client.post(address, form, follow=True).content.decode()
    Correct("ferry", "takedown", {}, desk, ("ru",), reason="A witness is in danger").execute()
    said = client.post(address, form, follow=True).content.decode()
    assert "Readers see nothing of it as long as the story is taken down." in said
    assert "in a moment" not in said


def test_an_embargo_holds_whoever_publishes(desk):
    later = datetime.now(UTC) + timedelta(days=1)
    page = write("Under embargo", embargo=later)
    publish(page, desk)
    assert not Release.objects.exists()
    assert StoryPage.objects.get(pk=page.pk).approved_schedule


def test_an_embargo_holds_a_draft_that_nobody_checked(desk):
    """As when an import, or a script, saves a revision and publishes it."""
    page = write("Under embargo")
    page.embargo = datetime.now(UTC) + timedelta(days=1)
    page.save_revision(user=desk, clean=False).publish(user=desk)
    assert not Release.objects.exists()
    assert StoryPage.objects.get(pk=page.pk).approved_schedule


def test_what_no_story_carries_is_refused_at_its_field():
    page = StoryPage(title="x", body=text('<p><a href="javascript:x()">x</a></p>'))
    with pytest.raises(ValidationError) as error:
        newspaper("en").add_child(instance=page)
    assert "body" in error.value.message_dict
