"""Stories that cannot leave, and actions that come at one moment: nothing is half done, and people are told."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, write
from django.db import connection
from django.urls import reverse
from moving_kit import line, move_lines, write_lines

from tamizdat.newsroom.breaking.acting import BreakNews, SayMore, SetUntil, Words
from tamizdat.newsroom.corrections.actions import AddText, Correct, Revoke
from tamizdat.newsroom.corrections.models import Correction, CorrectionText
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
UNTIL = datetime.now(UTC) + timedelta(hours=1)
TEXTS = {"en": Words("Harbour closed"), "fa": Words("بندر بسته شد")}


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


def spoil(**which):
    """As what a story shows may be deleted from its library, or be from before a rule that there is now."""
    StoryPage.objects.filter(**which).update(title="")


def test_the_record_says_why_a_story_cannot_leave(desk):
    page = publish(write("Ferry sails", story_id="ferry"))
    made = Correct("ferry", "correction", {"fa": "At nine."}, person("other")).execute()
    spoil()
    releases = Release.objects.count()
    address = reverse("corrections_story", args=["ferry"])
    answer = desk.post(address, {"kind": "correction", "text_en": "At ten.", "text_fa": "", "reason": ""})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "ferry (en): headline" in html[html.index("record-error") :], "of which language it is"
    assert "At ten." in html, "what was typed is there still"
    for name, form in (("corrections_revoke", {}), ("corrections_add_text", {"language": "en", "text": "At ten."})):
        answer = desk.post(reverse(name, args=[made.pk]), form, follow=True)
        assert answer.redirect_chain == [(address, 302)], name
        assert any("headline" in str(each) for each in answer.context["messages"]), name
    assert Release.objects.count() == releases
    assert Correction.objects.get().revoked_at is None
    assert CorrectionText.objects.get().text == "At nine."
    assert StoryPage.objects.get(pk=page.pk).live


def test_breaking_news_says_why_a_story_cannot_leave(desk):
    flash = BreakNews(person("other"), "harbour-k7m2p", TEXTS, UNTIL).execute()
    spoil(locale__language_code="fa")
    releases = Release.objects.count()
    address = reverse("breaking_flash", args=[flash.pk])
    for form in ({"act": "more:60"}, {"act": "end"}):
        answer = desk.post(address, form, follow=True)
        assert answer.redirect_chain == [(reverse("breaking"), 302)], form
        assert any("headline" in str(each) for each in answer.context["messages"]), form
    answer = desk.post(address, {"act": "say", "line-en": "More of it.", "line-fa": "بیشتر."})
    assert any("headline" in str(each) for each in answer.context["messages"])
    for typed in ("More of it.", "بیشتر."):
        assert f">{typed}</textarea>" in answer.content.decode(), "what was typed is there still"
    assert Release.objects.count() == releases
    Correct(flash.story_id, "takedown", {}, flash.by, languages=("en",), reason="a court").execute()
    StoryPage.objects.update(live=True)  # as if somebody had been between the two
    answer = desk.post(address, {"act": "say", "line-en": "More."}, follow=True)
    assert any("taken down" in str(each) for each in answer.context["messages"])


def test_breaking_news_that_cannot_go_out_stays_in_the_form(desk):
    publish(write("Harbour", story_id="harbour-k7m2p"))
    Correct("harbour-k7m2p", "takedown", {}, person("other"), reason="a court").execute()
    form = {"in-en": "1", "headline-en": "Harbour closed", "line-en": "So it is.", "until": "60", "act": "out"}
    answer = desk.post(reverse("breaking"), {**form, "story_id": "harbour-k7m2p"})
    assert answer.status_code == 200
    assert any("taken down" in str(each) for each in answer.context["messages"])
    assert "So it is." in answer.content.decode()
    assert not Release.objects.filter(current=True, story__isnull=False).exists()


# --- at one moment ---


@pytest.fixture
def order(monkeypatch):
    """What is locked and what is read of stories, in its order, as a database that locks rows is asked for it."""
    said: list[str] = []

    def listen(execute, sql, params, many, context):
        asked, sign, _tables = sql.partition(" FOR UPDATE")
        tables = [name for name in ("newspaper", "storypage", "gate") if f'_{name}"' in asked]
        if sql.startswith("SELECT") and tables:
            whole = "" if '"wagtailcore_page"' in asked or tables == ["gate"] else " without its page"
            said.append(("held " if sign else "read ") + tables[0] + whole)
        here = asked if connection.vendor == "sqlite" else sql
        return execute(here, params, many, context)

    for feature in ("has_select_for_update", "has_select_for_update_of"):
        monkeypatch.setattr(connection.features, feature, True)
    with connection.execute_wrapper(listen):
        yield said


def test_breaking_news_changes_stories_that_it_holds(order):
    flash = BreakNews(person(), "harbour-k7m2p", TEXTS, UNTIL).execute()
    assert order[0] == "held newspaper", "all of them, before any goes through the gate"
    for act in (SetUntil(flash.by, flash, None), SayMore(flash.by, flash, {"en": "More."})):
        order.clear()
        act.execute()
        assert order[0] == "held storypage", act
        assert order.index("read storypage") < order.index("held gate"), act


def test_what_is_said_of_a_story_is_said_of_what_is_held(order):
    publish(write("Ferry sails", story_id="ferry"))
    order.clear()
    made = Correct("ferry", "correction", {"fa": "At nine."}, person()).execute()
    assert order[:2] == ["read storypage", "held storypage"], "first only whether newspapers are to be held, too"
    assert "read storypage" in order[2 : order.index("held gate")], "what counts is read again"
    for act in (AddText(made, "en", "At ten.", made.by), Revoke(made, made.by)):
        order.clear()
        act.execute()
        assert order[0] == "held storypage", act


def test_an_import_holds_newspapers_before_it_looks_what_is_there(order, tmp_path):
    order.clear()
    move_lines(write_lines(tmp_path / "site.jsonl", [line("a")]))
    assert order.index("held newspaper") < order.index("held gate")
    assert "read storypage" in order[order.index("held newspaper") :]
