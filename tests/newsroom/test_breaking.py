"""Breaking news: all languages or none, once however often it is confirmed, and a story that grows."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from desk_kit import person, text
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from test_fronts import editor_of

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.breaking.acting import BreakNews, SayMore, SetUntil, Words, clock
from tamizdat.newsroom.breaking.models import Flash, FollowUp
from tamizdat.newsroom.pressroom.models import Order, Release, Run
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import plain

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
UNTIL = NOW + timedelta(hours=1)
TEXTS = {
    "en": Words("Harbour closed", "The ferry office says so."),
    "fa": Words("بندر بسته شد"),
    "ru": Words("Порт закрыт", "Так сообщили <в порту>."),
}


def put_out(user=None, texts=TEXTS, story_id="harbour-closed-k7m2p", until=UNTIL):
    return BreakNews(user or person(), story_id, texts, until).execute()


def released(language, story_id="harbour-closed-k7m2p"):
    found = Release.objects.get(language=language, story_id=story_id, current=True)
    return story_from_bytes(bytes(found.story))


def page_in(language):
    return StoryPage.objects.get(locale__language_code=language, story_id="harbour-closed-k7m2p")


def test_it_is_a_story_in_every_language_with_one_id():
    user = person()
    put_out(user)
    assert set(Release.objects.values_list("language", flat=True)) == {"en", "fa", "ru"}
    ru = released("ru")
    assert (ru.headline, ru.lead, ru.body) == ("Порт закрыт", "Так сообщили <в порту>.", ())
    assert ru.breaking_until == UNTIL.replace(microsecond=0)
    assert len(set(StoryPage.objects.values_list("translation_key", flat=True))) == 1
    assert all(page.live and page.owner == user for page in StoryPage.objects.all())
    assert {order.by for order in Order.objects.all()} == {user}


def test_confirming_twice_puts_it_out_once():
    user = person()
    first = put_out(user)
    assert put_out(user, {"en": Words("Another")}) == first
    assert StoryPage.objects.count() == 3
    assert Release.objects.count() == 3


def test_a_fault_in_one_language_lets_nothing_out(monkeypatch):
    published = StoryPage.publish

    def fail(page, *arguments, **options):
        if page.locale.language_code == "ru":
            raise RuntimeError("the disk is full")
        return published(page, *arguments, **options)

    monkeypatch.setattr(StoryPage, "publish", fail)
    with pytest.raises(RuntimeError):
        put_out()
    for model in (Flash, StoryPage, Release, Order):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    ("texts", "until"),
    [
        ({}, UNTIL),
        ({"en": Words(" ")}, UNTIL),
        ({"en": Words("x" * 161)}, UNTIL),
        ({"en": Words("x", "y" * 301)}, UNTIL),
        ({"en": Words("x")}, NOW - timedelta(minutes=1)),
        ({"en": Words("x")}, NOW + timedelta(days=3)),
    ],
)
def test_what_cannot_go_out_is_refused(texts, until):
    with pytest.raises(ValidationError):
        put_out(texts=texts, until=until)
    assert not Release.objects.exists()


def test_only_in_languages_in_which_one_may_publish():
    with pytest.raises(PermissionDenied):
        put_out(editor_of("en", "fa"))
    assert not Release.objects.exists()


def test_a_line_stands_with_its_time_above_what_was_said():
    user = person()
    flash = put_out(user)
    SayMore(user, flash, {"en": "Trains <still> run.", "ru": ""}).execute()
    SayMore(user, flash, {"en": "And buses."}).execute()
    said = [plain(block.text) for block in released("en").body]
    assert [line.partition("UTC ")[2] for line in said] == ["And buses.", "Trains <still> run."]
    assert released("ru").body == ()
    assert [more.texts for more in flash.follow_ups.all()] == [{"en": "And buses."}, {"en": "Trains <still> run."}]
    assert released("en").breaking_until


def test_the_draft_of_the_full_story_neither_goes_out_nor_is_lost():
    user = person()
    flash = put_out(user)
    draft = page_in("en").get_latest_revision_as_object()
    draft.body = text("<p>Half a sentence that nobody</p>")
    draft.title = "Why the harbour is closed"
    draft.save_revision(user=user)
    SayMore(user, flash, {"en": "Trains still run."}).execute()
    SetUntil(user, flash, None).execute()
    assert released("en").headline == "Harbour closed"
    assert "Half a sentence" not in repr(released("en"))
    page = page_in("en")
    kept = page.get_latest_revision_as_object()
    assert page.has_unpublished_changes
    assert kept.title == "Why the harbour is closed"
    assert "Half a sentence" in str(kept.body.get_prep_value())
    assert "Trains still run." in str(kept.body.get_prep_value())
    assert kept.breaking_until is None


def test_it_is_extended_and_ended():
    user = person()
    flash = put_out(user)
    SetUntil(user, flash, UNTIL + timedelta(hours=2)).execute()
    assert released("fa").breaking_until == (UNTIL + timedelta(hours=2)).replace(microsecond=0)
    SetUntil(user, flash, None).execute()
    assert released("fa").breaking_until is None
    with pytest.raises(ValidationError):
        SetUntil(user, flash, NOW - timedelta(minutes=1)).execute()


def test_others_change_their_own_languages_alone():
    flash = put_out()
    user = editor_of("fa")
    SetUntil(user, flash, None).execute()
    assert (released("fa").breaking_until, bool(released("en").breaking_until)) == (None, True)
    with pytest.raises(PermissionDenied):
        SayMore(user, flash, {"en": "No."}).execute()
    with pytest.raises(PermissionDenied):
        SetUntil(editor_of("sr", name="other"), flash, None).execute()


def test_times_are_written_as_pages_of_the_language_do():
    when = datetime(2026, 11, 28, 14, 5, tzinfo=UTC)
    assert clock("en", when) == "14:05 UTC"
    assert "۱۴:۰۵" in clock("fa", when)
    assert "2026" not in clock("ru", when)


# --- screens ---


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


FORM = {
    "in-en": "1",
    "headline-en": "Harbour closed",
    "line-en": "So it is.",
    "in-fa": "1",
    "headline-fa": "بندر",
    "until": "60",
}


def test_first_the_proof_then_the_news(desk):
    assert desk.get(reverse("breaking")).status_code == 200
    confirm = desk.post(reverse("breaking"), {**FORM, "act": "confirm"})
    assert not Release.objects.exists()
    story_id = confirm.context["story_id"]
    assert story_id.startswith("harbour-closed-")
    for column in confirm.context["columns"]:
        for _title, address in column.proofs:
            page = desk.get(address).content.decode()
            assert column.headline in page
            assert "<html" in page
    hidden = {**FORM, "act": "out", "story_id": story_id, "until": "own", "own": confirm.context["until"].isoformat()}
    assert desk.post(reverse("breaking"), hidden).status_code == 302
    assert desk.post(reverse("breaking"), hidden).status_code == 302
    assert set(Release.objects.values_list("language", flat=True)) == {"en", "fa"}
    assert Release.objects.count() == 2
    page = desk.get(reverse("breaking")).content.decode()
    assert "Harbour closed" in page
    assert "data-waiting" in page


@pytest.mark.parametrize(
    "change", [{"headline-en": ""}, {"until": ""}, {"until": "own", "own": "yesterday"}, {"in-en": None, "in-fa": None}]
)
def test_what_is_missing_is_said_and_nothing_goes_out(desk, change):
    form = {name: value for name, value in {**FORM, **change}.items() if value is not None}
    for act in ("confirm", "out"):
        answer = desk.post(reverse("breaking"), {**form, "act": act, "story_id": "x-abcde"})
        assert answer.status_code == 200
        assert "story_id" not in answer.context or not answer.context["story_id"]
    assert not Release.objects.exists()


def test_the_screen_ends_extends_and_says_more(desk):
    flash = put_out(person("other"))
    address = reverse("breaking_flash", args=[flash.pk])
    desk.post(address, {"act": "more:60"})
    assert released("en").breaking_until > UNTIL + timedelta(minutes=58)
    desk.post(address, {"act": "say", "line-en": "More.", "line-fa": ""})
    assert "More." in plain(released("en").body[0].text)
    desk.post(address, {"act": "end"})
    assert released("en").breaking_until is None


def test_nobody_without_a_language_sees_it(client):
    client.force_login(editor_of(name="nobody"))
    for address in (reverse("breaking"), reverse("fronts")):
        assert client.get(address).status_code == 302  # the admin sends them home, with a word
    client.force_login(editor_of("fa", name="fa"))
    page = client.post(reverse("breaking"), {**FORM, "act": "confirm"})
    assert [column.language for column in page.context["columns"]] == ["fa"]
    proof = reverse("breaking_proof")
    assert client.get(proof, {"language": "en", "headline": "x", "until": UNTIL.isoformat()}).status_code == 302


def test_many_flashes_cost_few_queries(desk, django_assert_max_num_queries):
    user = person("other")
    for at in range(6):
        put_out(user, story_id=f"s{at}-abcde")
    desk.get(reverse("breaking"))
    with django_assert_max_num_queries(40):
        desk.get(reverse("breaking"))


def test_the_newest_news_is_out_however_many_runs_there_were_since_the_oldest(desk, django_assert_max_num_queries):
    user = person("other")
    old, new = put_out(user, story_id="old-abcde"), put_out(user, story_id="new-abcde")
    Flash.objects.filter(pk=old.pk).update(at=NOW - timedelta(days=30))
    assert 0 < old.ordered < new.ordered == Order.objects.latest("pk").pk
    began = [NOW - timedelta(days=30) + timedelta(hours=hour) for hour in range(1, 30 * 24)]
    report = {"carriers": [{"carrier": "a", "fault": ""}, {"carrier": "b", "fault": "full"}]}
    Run.objects.bulk_create(
        Run(upto=old.ordered, started=when, ended=when + timedelta(seconds=5), report=report) for when in began
    )
    waiting = desk.get(reverse("breaking"))
    assert [out.run and out.run.started for out in waiting.context["flashes"]] == [None, began[0]]
    assert waiting.content.decode().count("data-waiting") == 1
    Run.objects.create(upto=9_999, started=new.at, failed=True, ended=new.at)
    Run.objects.create(upto=9_999, started=new.at + timedelta(seconds=1))
    # It began after the news was put out, by its clock, and yet had looked before: the clocks of two machines differ.
    late = new.at + timedelta(seconds=2)
    Run.objects.create(upto=new.ordered - 1, started=late, ended=late, report=report)
    assert "data-waiting" in desk.get(reverse("breaking")).content.decode()
    done = Run.objects.create(upto=9_999, started=new.at, ended=new.at + timedelta(seconds=3), report=report)
    with django_assert_max_num_queries(25):
        shown = desk.get(reverse("breaking"))
    newest = shown.context["flashes"][0]
    assert (newest.run, newest.seconds, newest.places) == (done, 3, 1)
    assert "data-waiting" not in shown.content.decode()


def test_news_of_before_gets_the_number_of_its_last_order(desk):
    flash = put_out(person("other"), story_id="old-abcde")
    later = Order.objects.create(what="something else")
    Order.objects.filter(pk=later.pk).update(at=flash.at + timedelta(minutes=1))
    Flash.objects.update(ordered=0)
    import_module("tamizdat.newsroom.breaking.migrations.0002_flash_ordered").number(apps, None)
    assert Flash.objects.get().ordered == flash.ordered
    del desk


# --- say more ---


@pytest.fixture
def line(desk):
    """Says more of news that is out; the answer."""
    flash = put_out(person("other"))

    def say(**lines):
        form = {f"line-{language}": text for language, text in lines.items()}
        return desk.post(reverse("breaking_flash", args=[flash.pk]), {"act": "say", **form})

    return say


def test_a_button_pressed_twice_says_it_once(line):
    for _ in range(2):
        assert line(en="Trains still run.", ru="Поезда ходят.").status_code == 302
    line(en="And buses.")
    line(en="Trains still run.", ru="Поезда ходят.")
    assert [plain(block.text).partition("UTC ")[2] for block in released("en").body] == [
        "And buses.",
        "Trains still run.",
    ]
    assert len(released("ru").body) == 1
    assert FollowUp.objects.count() == 2
    FollowUp.objects.update(at=NOW - timedelta(minutes=11))
    line(en="And buses.")
    assert len(released("en").body) == 3


def test_the_same_words_of_somebody_else_are_said(line, client):
    line(en="Trains still run.")
    SayMore(person("third"), Flash.objects.get(), {"en": "Trains still run."}).execute()
    assert len(released("en").body) == 2


def test_lines_that_cannot_be_said_are_in_their_form_still(line):
    page_in("ru").unpublish()
    answer = line(en="Trains still run.", fa="x" * 301)
    html = answer.content.decode()
    assert ">Trains still run.</textarea>" in html
    assert f">{'x' * 301}</textarea>" in html
    assert 'value="Trains' not in html
    assert ">Trains" not in html[: html.index('id="breaking-out"')], "not in the form of new news"
    answer = line(en="Trains still run.", ru="Поезда <ходят>.")
    html = answer.content.decode()
    assert ">Trains still run.</textarea>" in html
    assert "Поезда &lt;ходят&gt;." in html
    assert any("ru" in str(each) for each in answer.context["messages"])
    assert released("en").body == ()


# --- until when ---


def test_until_midnight_says_what_it_did_where_that_is_sooner(desk):
    flash = put_out(person("other"), until=NOW + timedelta(hours=47))
    answer = desk.post(reverse("breaking_flash", args=[flash.pk]), {"act": "more:tonight"}, follow=True)
    until = released("en").breaking_until
    assert (until.hour, until.minute) == (0, 0)
    assert [str(each).strip() for each in answer.context["messages"]] == [f"Breaking until {until:%Y-%m-%d %H:%M} UTC"]
