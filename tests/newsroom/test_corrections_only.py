"""What somebody may say in some of a story's languages alone: the form comes back as it was typed, and names them."""

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from people_kit import member

from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
RECORD = reverse("corrections_story", args=["ferry"])
TYPED = {"text_en": "At nine, and not at eight.", "reason": "A reader wrote"}


@pytest.fixture(params=["correction", "retraction", "takedown"])
def kind(request):
    return request.param


def put_out(*others):
    desk = person()
    page = publish(write("Ferry", story_id="ferry"), desk)
    return [
        page,
        *(
            publish(write(f"Ferry {tag}", language=tag, story_id="ferry", translation_key=page.translation_key), desk)
            for tag in others
        ),
    ]


def posted(client, **fields):
    return client.post(RECORD, {**TYPED, **fields}, follow=True)


@pytest.mark.parametrize(
    ("out", "draft", "roles", "mine"),
    [
        (("ru",), None, ("desk_head:en",), ["en"]),
        (("ru",), "fa", ("desk_head:en", "desk_head:ru"), ["en", "ru"]),
        ((), "fa", ("desk_head:en",), ["en"]),
    ],
)
def test_it_comes_back_with_the_languages_chosen_that_are_theirs(client, kind, out, draft, roles, mine):
    page, *_others = put_out(*out)
    if draft:
        write("Draft", language=draft, story_id="ferry", translation_key=page.translation_key)
    client.force_login(member("head", *roles))
    form = posted(client, kind=kind).context["form"]
    assert not Correction.objects.exists()
    assert "in English" in str(form.non_field_errors())
    assert form["only"].value() == mine
    assert {name: form[name].value() for name in TYPED} == TYPED
    shown = posted(client, kind=kind).content.decode()
    assert all(f'name="only" value="{tag}"' in shown for tag in mine)
    posted(client, kind=kind, only=mine)
    assert Correction.objects.get().languages == mine


def test_one_who_chose_another_language_is_told_as_well(client, kind):
    put_out("ru")
    client.force_login(member("head", "desk_head:en"))
    form = posted(client, kind=kind, only=["ru"]).context["form"]
    assert form["only"].value() == ["en"]


def test_who_may_say_it_nowhere_says_nothing(client, kind):
    put_out("ru")
    client.force_login(member("reporter", "reporter:en"))
    posted(client, kind=kind)
    assert not Correction.objects.exists()
    assert StoryPage.objects.filter(live=True).count() == 2
