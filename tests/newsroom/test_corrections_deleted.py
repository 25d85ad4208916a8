"""A story that was deleted can be retracted and taken down still: mirrors and readers have kept it."""

import pytest
from desk_kit import person, publish, text, write
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from people_kit import member
from wagtail.models import PageLogEntry

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import StoryError
from tamizdat.newsroom.corrections.actions import AddText, Correct, Revoke
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.fronts.curating import Place
from tamizdat.newsroom.fronts.proofs import released
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.set_up import reconcile
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.story import RETRACTION

pytestmark = pytest.mark.django_db
RECORD = "/admin/record/he-said/"
FORM = {"kind": RETRACTION, "text_en": "He said nothing.", "text_ru": "", "reason": "He wrote to us"}


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def gone():
    """A story that readers had in English and Russian, with a draft that nobody saw, and whose pages are deleted."""
    page = publish(write("He said yes", story_id="he-said", lead="A lead.", body=text("<p>He lied.</p>")))
    publish(write("Он сказал", language="ru", story_id="he-said", translation_key=page.translation_key))
    page.title = "What nobody may read yet"
    page.save_revision()
    for each in StoryPage.objects.filter(story_id="he-said"):
        each.delete()


def _story(language):
    found = Release.objects.get(language=language, story_id="he-said", current=True)
    return story_from_bytes(bytes(found.story)) if found.story is not None else None


def test_a_retraction_goes_out_as_a_notice_of_what_readers_had(gone, desk):
    made = Correct("he-said", RETRACTION, {"en": "He said nothing."}, desk).execute()
    for language, headline in (("en", "He said yes"), ("ru", "Он сказал")):
        story = _story(language)
        assert (story.headline, story.lead, story.body) == (headline, "", ())
        assert [each.text for each in story.corrections] == ["He said nothing."]
        assert story.updated is not None
        assert Release.objects.get(language=language, current=True).by == desk
    assert reconcile() == 0
    assert {story.headline for story in released(Place("en"), [], made.at)} == {"He said yes"}
    AddText(made, "ru", "Он не говорил.", desk).execute()
    assert _story("ru").corrections[0].text == "Он не говорил."
    Revoke(made, desk).execute()
    assert (_story("en"), _story("ru")) == (None, None)


def test_what_was_retracted_stays_so_when_it_is_deleted(desk):
    page = publish(write("He said yes", story_id="he-said"))
    Correct("he-said", RETRACTION, {"en": "He said nothing."}, desk).execute()
    StoryPage.objects.get(pk=page.pk).delete()
    assert _story("en").retracted


def test_a_takedown_keeps_it_from_coming_back_and_may_leave_a_notice(gone, desk):
    made = Correct("he-said", "takedown", {"en": "A court forbade it."}, desk, reason="A court").execute()
    assert (_story("en").headline, _story("ru").headline) == ("Retracted", "Отозвано")
    again = write("He said yes", story_id="he-said")
    with pytest.raises(StoryError, match="taken down"):
        publish(again)
    assert _story("en").headline == "Retracted"
    Revoke(made, desk).execute()
    assert _story("en") is None
    publish(StoryPage.objects.get(pk=again.pk))
    assert _story("en").headline == "He said yes"


def test_one_without_a_text_leaves_nothing(gone, desk):
    Correct("he-said", RETRACTION, {"en": "He said nothing."}, desk).execute()
    Correct("he-said", "takedown", {}, desk, reason="A court").execute()
    assert (_story("en"), _story("ru")) == (None, None)


@pytest.mark.parametrize("kind", ["correction", "clarification", "update"])
def test_what_nobody_would_see_is_refused(gone, desk, kind):
    with pytest.raises(ValidationError, match="was deleted"):
        Correct("he-said", kind, {"en": "x"}, desk).execute()
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        (["editor:en", "editor:ru"], True),
        (["editor:en"], False),
        (["translator:en", "reporter:ru"], False),
        (["editor:fa"], False),
    ],
)
def test_whoever_publishes_in_its_languages_retracts_it(gone, roles, may):
    somebody = member("somebody", *roles)
    if may:
        Revoke(Correct("he-said", RETRACTION, {"en": "x"}, somebody).execute(), somebody).execute()
    else:
        with pytest.raises(PermissionDenied):
            Correct("he-said", RETRACTION, {"en": "x"}, somebody).execute()
    assert _story("en") is None


def test_being_head_of_a_desk_counts_in_its_language_alone(gone, desk):
    head = member("head", "editor:en", "desk_head:ru")
    with pytest.raises(ValidationError, match="in Русский alone"):
        Correct("he-said", "takedown", {}, head, reason="because").execute()
    Correct("he-said", "takedown", {"ru": "x"}, head, ("ru",), "because").execute()
    assert (_story("en"), _story("ru").headline) == (None, "Отозвано")
    english = Correct("he-said", "takedown", {"en": "x"}, desk, ("en",), "because").execute()
    for refused in (Revoke(english, head), AddText(english, "en", "x", head)):
        with pytest.raises(PermissionDenied):
            refused.execute()
    assert _story("en").retracted


def test_from_its_record(client, gone):
    client.force_login(member("editor", "editor:en", "editor:ru"))
    shown = client.get(RECORD).content.decode()
    assert "was deleted here" in shown
    assert 'value="retraction"' in shown
    assert 'value="correction"' not in shown
    assert 'value="takedown"' not in shown
    assert "nobody may read" not in shown
    assert "with the next edition" in client.post(RECORD, FORM, follow=True).content.decode()
    assert _story("en").corrections[0].text == "He said nothing."
    form = {"language": "ru", "text": "Он не говорил."}
    made = Correction.objects.get()
    client.post(reverse("corrections_add_text", args=[made.pk]), form)
    assert _story("ru").corrections[0].text == "Он не говорил."
    client.post(reverse("corrections_revoke", args=[made.pk]))
    assert _story("en") is None


@pytest.mark.parametrize(("role", "status"), [("editor:fa", 404), ("translator:en", 302), ("reporter:en", 302)])
def test_nobody_else_does(client, gone, role, status):
    client.force_login(member("somebody", role))
    assert 'name="kind"' not in client.get(RECORD).content.decode()
    assert client.post(RECORD, FORM).status_code == status
    assert not Correction.objects.exists()


def test_what_was_deleted_in_one_language_is_retracted_by_who_publishes_in_it(client, desk):
    english = publish(write("He said yes", story_id="he-said"))
    russian = publish(write("Он сказал", language="ru", story_id="he-said", translation_key=english.translation_key))
    russian.delete()
    for role, status in (("editor:fa", 302), ("translator:ru", 302)):
        client.force_login(member(role.partition(":")[0] + "-other", role))
        assert client.get(RECORD).status_code == status
    client.force_login(member("russian", "editor:ru"))
    assert client.get(RECORD).status_code == 200
    assert client.post(RECORD, {**FORM, "only": ["ru"]}).status_code == 302
    assert _story("ru").retracted
    assert not _story("en").retracted
    Correct("he-said", "correction", {"en": "He said no."}, desk).execute()
    assert not _story("en").retracted
    assert _story("ru").headline == "Он сказал"


def test_the_newspapers_history_says_who_and_of_which_story(gone, desk):
    made = Correct("he-said", RETRACTION, {"en": "x"}, desk, reason="He wrote").execute()
    Revoke(made, desk).execute()
    paper = Newspaper.objects.get(locale__language_code="en")
    log = PageLogEntry.objects.filter(page=paper.pk, action__startswith="corrections.").order_by("timestamp")
    assert [(each.action, each.user, each.data["reason"]) for each in log] == [
        ("corrections.retraction", desk, "He wrote"),
        ("corrections.revoke", desk, "He wrote"),
    ]
    assert [each.formatter.format_message(each) for each in log] == [
        "Retraction (he-said)",
        "Took a correction back (he-said)",
    ]


def test_one_that_is_out_in_a_second_page_stays_out(desk):
    page = publish(write("He said yes", story_id="he-said"))
    second = write("He said yes", story_id="he-said", slug="second")
    StoryPage.objects.filter(pk=second.pk).update(live=True)
    page.delete()
    assert _story("en").headline == "He said yes"
