"""A correction without a text in a language is told to those who work in it; what nobody would see is refused."""

import pytest
from desk_kit import publish, write
from django.urls import reverse
from people_kit import member

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.actions import AddText, Correct, Revoke
from tamizdat.newsroom.corrections.models import Correction, CorrectionText, missing_texts
from tamizdat.newsroom.corrections.waiting import waiting_texts
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
HOME, BOARD, RECORD = "/admin/", "/admin/translating/", "/admin/record/ferry/"
WAITS = "Corrections that wait for a text"


@pytest.fixture
def ferry():
    """A story that is out in English and in these."""
    english = publish(write("Ferry sails", story_id="ferry"))

    def also(*languages):
        for tag in languages:
            publish(write("Ferry", language=tag, story_id="ferry", translation_key=english.translation_key))

    return also


def told(language):
    found = Release.objects.get(language=language, story_id="ferry", current=True)
    return [each.text for each in story_from_bytes(bytes(found.story)).corrections]


def shown(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("role", ["translator", "editor"])
def test_who_works_in_the_language_finds_it_on_the_home_page_and_on_the_board(client, desk, ferry, role):
    ferry("ru")
    made = Correct("ferry", "correction", {"en": "At nine."}, desk).execute()
    russian, persian = member("russian", f"{role}:ru"), member("persian", f"{role}:fa")
    for somebody, waits in ((russian, True), (persian, False)):
        client.force_login(somebody)
        for address in (HOME, BOARD):
            assert (WAITS in shown(client, address)) == waits
    client.force_login(russian)
    assert f'href="{RECORD}"' in shown(client, HOME)
    record = shown(client, RECORD)
    assert "still wait for it" in record
    assert (f'action="{reverse("corrections_add_text", args=[made.pk])}"' in record) == (role == "editor")
    AddText(made, "ru", "В девять.", desk).execute()
    assert WAITS not in shown(client, HOME)


def test_what_was_taken_back_waits_no_longer(desk, ferry):
    ferry("ru")
    made = Correct("ferry", "correction", {"en": "At nine."}, desk).execute()
    assert [(each.correction, each.page.locale.language_code) for each in waiting_texts(desk)] == [(made, "ru")]
    Revoke(made, desk).execute()
    assert waiting_texts(desk) == []


@pytest.mark.parametrize("count", [2, 20])
def test_it_costs_the_same_for_any_number(count, desk, ferry, django_assert_num_queries):
    ferry("ru", "fa")
    for _ in range(count):
        made = Correction.objects.create(story_id="ferry", at=desk.date_joined)
        CorrectionText.objects.create(correction=made, language="en", text="At nine.")
    with django_assert_num_queries(4):
        assert len(waiting_texts(desk)) == min(2 * count, 20)


def test_who_corrects_is_told_which_readers_see_nothing(client, desk, ferry):
    ferry("ru")
    sent = {"kind": "correction", "text_en": "At nine."}
    assert "Readers of Русский see nothing of it" in client.post(RECORD, sent, follow=True).content.decode()
    both = {**sent, "text_ru": "В девять."}
    assert "see nothing of it" not in client.post(RECORD, both, follow=True).content.decode()


def test_a_text_in_a_language_that_it_is_not_about_is_refused_and_kept_on_the_screen(client, desk, ferry):
    ferry("fa")
    said = client.post(RECORD, {"kind": "correction", "only": ["fa"], "text_en": "At nine."}).content.decode()
    assert "You wrote in English, but chose other languages only." in said
    assert "At nine." in said
    assert not Correction.objects.exists()
    right = {"kind": "correction", "only": ["fa"], "text_fa": "نه"}
    assert client.post(RECORD, right).status_code == 302
    assert (told("en"), told("fa")) == ([], ["نه"])


def test_a_retraction_of_one_language_may_say_why_in_another(client, desk, ferry):
    ferry("fa")
    client.post(RECORD, {"kind": "retraction", "only": ["fa"], "text_en": "Our source was wrong."})
    assert (told("en"), told("fa")) == ([], ["Our source was wrong."])


def test_serbian_in_latin_letters_is_told_what_is_told_in_cyrillic(desk, ferry):
    ferry("sr", "sr-Latn")
    made = Correct("ferry", "correction", {"en": "At nine."}, desk).execute()
    assert missing_texts("ferry", ["sr", "sr-Latn"]) == {made.pk: ["sr", "sr-Latn"]}
    AddText(made, "sr", "У девет.", desk).execute()
    assert (told("sr"), told("sr-Latn")) == (["У девет."], ["U devet."])
    assert waiting_texts(desk) == []
    AddText(made, "sr-Latn", "U 9.", desk).execute()
    assert (told("sr"), told("sr-Latn")) == (["У девет."], ["U 9."])


@pytest.mark.parametrize("why", ["locked", "said already", "taken back"])
def test_a_text_that_is_refused_is_shown_to_whoever_typed_it(client, desk, ferry, why):
    ferry("ru")
    made = Correct("ferry", "correction", {"en": "At nine."}, desk).execute()
    if why == "locked":
        StoryPage.objects.filter(locale__language_code="ru").update(locked=True, locked_by=member("law", "editor:ru"))
    elif why == "said already":
        AddText(made, "ru", "В девять.", desk).execute()
    else:
        Revoke(made, desk).execute()
    client.force_login(desk)
    form = {"language": "ru", "text": "В девять, <i>и не раньше</i>."}
    said = client.post(reverse("corrections_add_text", args=[made.pk]), form, follow=True).content.decode()
    assert "В девять, &lt;i&gt;и не раньше&lt;/i&gt;." in said
    assert "copy what you need of it" in said
    assert form["text"] not in CorrectionText.objects.values_list("text", flat=True)
