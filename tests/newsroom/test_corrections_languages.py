"""Where a story was deleted in one of its languages, or an old newsroom has two newspapers of one."""

import pytest
from desk_kit import newspaper, publish, write
from django.core.exceptions import ValidationError
from django.urls import reverse
from people_kit import member
from wagtail.models import Page

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.actions import AddText, Correct
from tamizdat.newsroom.corrections.languages import in_languages
from tamizdat.newsroom.corrections.models import missing_texts
from tamizdat.newsroom.corrections.waiting import waiting_texts
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import Newspaper, StoryPage

pytestmark = pytest.mark.django_db
WAIT, BORROW, NOTHING = "still wait for it", "see it in another language", "see nothing of it until"


@pytest.fixture
def russian():
    """The Russian page of a story that is out in two languages."""
    english = publish(write("Ferry sails", story_id="ferry"))
    return publish(write("Паром", language="ru", story_id="ferry", translation_key=english.translation_key))


def record(client, **typed):
    address = reverse("corrections_story", args=["ferry"])
    answer = client.post(address, typed, follow=True) if typed else client.get(address)
    return answer.content.decode()


def test_nobody_waits_for_a_correction_where_the_story_was_deleted(client, desk, russian):
    made = Correct("ferry", "correction", {"en": "At nine."}, desk).execute()
    assert WAIT in record(client)
    russian.delete()
    assert WAIT not in record(client)
    assert waiting_texts(desk) == []
    said = record(client, kind="correction", text_en="At ten.")
    assert "At ten." in said
    assert NOTHING not in said
    for language, text in (("ru", "В девять."), ("en", "At nine o'clock.")):
        with pytest.raises(ValidationError, match="deleted in this" if language == "ru" else "has a text"):
            AddText(made, language, text, desk).execute()
    # It is there again.
    publish(write("Паром", language="ru", story_id="ferry"))
    assert WAIT in record(client)
    assert len(missing_texts("ferry", ["en", "ru"])) == 2


def test_a_retraction_stands_there_all_the_same(client, desk, russian):
    russian.delete()
    made = Correct("ferry", "retraction", {"en": "It did not."}, desk).execute()
    assert BORROW in record(client)
    AddText(made, "ru", "Нет.", desk).execute()
    assert BORROW not in record(client)
    release = Release.objects.get(story_id="ferry", language="ru", current=True)
    assert [each.text for each in story_from_bytes(bytes(release.story)).corrections] == ["Нет."]


def test_what_was_retracted_tells_all_that_was_said_also_where_it_was_deleted(client, desk, russian):
    made = Correct("ferry", "correction", {"en": "At nine."}, desk).execute()
    Correct("ferry", "retraction", {"en": "It did not."}, desk).execute()
    russian.delete()
    assert missing_texts("ferry", ["ru"], deleted={"ru"})[made.pk] == ["ru"]
    AddText(made, "ru", "В девять.", desk).execute()
    release = Release.objects.get(story_id="ferry", language="ru", current=True)
    assert [each.text for each in story_from_bytes(bytes(release.story)).corrections] == ["В девять.", "It did not."]


def test_of_two_newspapers_of_a_language_it_is_the_one_whose_people_have_roles(client, desk, russian):
    paper = newspaper("ru")
    other = Newspaper(title="Old", slug="old-ru", locale=paper.locale)
    Page.get_first_root_node().add_child(instance=other)
    assert other.path > paper.path
    russian.delete()
    assert [(each.language, each.home.pk) for each in in_languages("ferry")] == [
        ("en", StoryPage.objects.get().pk),
        ("ru", paper.pk),
    ]
    head = member("head", "desk_head:ru")
    Correct("ferry", "retraction", {"ru": "Нет."}, head, languages=("ru",)).execute()
    assert Release.objects.get(story_id="ferry", language="ru", current=True).story
