"""An import lets no language of a story out before the embargo of another, or before those with which it is held."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, text, write
from django.urls import reverse
from moving_kit import move_wxr, wxr_post
from wagtail.models import Locale, Revision
from wagtail.users.models import UserProfile

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.moving_in import coming
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.waiting import why_waiting
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Together
from tamizdat.sources.registry import open_source

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
LAST = "9999-12-31T23:59:59Z"
AHEAD = (NOW + timedelta(days=5)).replace(second=0)


def item(language, story_id="harbour", **more):
    named = [{"role": "story-id", "value": story_id}]
    said = {"uri": f"urn:x:{story_id}:{language}", "altids": named, "type": "text", "headline": f"Strike {language}"}
    written = (NOW - timedelta(days=2)).isoformat()
    return {**said, "language": language, "body_xhtml": "<p>Text.</p>", "versioncreated": written, **more}


@pytest.fixture
def move(tmp_path):
    def run(*items, dry=False):
        (tmp_path / "n.json").write_text(json.dumps(items), "utf-8")
        source = open_source("ninjs", base_dir=tmp_path, now=NOW, path="n.json", embargoed=True)
        return Mover(source, "ninjs", name="n", dry=dry).move()

    return run


def out():
    return set(Release.objects.filter(current=True, story__isnull=False).values_list("language", "story_id"))


@pytest.mark.parametrize("dry", [True, False])
@pytest.mark.parametrize("languages", [("en", "ru"), ("ru", "en")])
def test_a_language_waits_for_the_embargo_of_another_that_comes_with_it(move, languages, dry):
    items = [item(tag, embargoed=AHEAD.isoformat() if tag == "en" else "") for tag in languages]
    report = move(*items, item("en", "ferry"), dry=dry)
    assert (report.new, report.drafts) == (3, 2)
    assert f"Strike ru': embargo: under embargo until {AHEAD:%Y-%m-%d %H:%M} (en)" in "\n".join(report.lines())
    assert out() == (set() if dry else {("en", "ferry")})


@pytest.mark.parametrize("dry", [True, False])
def test_a_language_waits_for_the_embargo_of_another_that_comes_in_a_later_chunk(move, monkeypatch, dry):
    monkeypatch.setattr(coming, "CHUNK_STORIES", 1)
    others = [item("ru", f"story-{number}") for number in range(3)]
    report = move(item("ru"), *others, item("en", embargoed=AHEAD.isoformat()), dry=dry)
    assert (report.new, report.drafts) == (5, 2)
    assert f"Strike ru': embargo: under embargo until {AHEAD:%Y-%m-%d %H:%M} (en)" in "\n".join(report.lines())
    assert out() == (set() if dry else {("ru", f"story-{number}") for number in range(3)})


@pytest.mark.parametrize("stories", [1, 200])
def test_a_change_waits_for_the_embargo_that_another_language_has_got_or_comes_with(move, monkeypatch, stories):
    monkeypatch.setattr(coming, "CHUNK_STORIES", stories)
    move(item("ru"), item("ru", "ferry"), item("en", "ferry"))
    later = AHEAD.isoformat()
    held = [item("en", embargoed=later), item("en", "ferry", version="2", embargoed=later)]
    report = move(*(item("ru", name, headline="Secret", version="2") for name in ("harbour", "ferry")), *held)
    assert (report.new, report.changed) == (1, 3)
    said = Release.objects.filter(current=True, story__isnull=False, language="ru")
    assert {story_from_bytes(bytes(each.story)).headline for each in said} == {"Strike ru"}


def test_a_scheduled_post_holds_its_translations_of_earlier_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(coming, "CHUNK_STORIES", 1)
    later = wxr_post(2, "en", "g", date=f"{AHEAD:%Y-%m-%d %H:%M:%S}").replace(">publish<", ">future<")
    report = move_wxr(tmp_path / "s.xml", wxr_post(1, "ru", "g"), wxr_post(3, "ru"), later)
    assert (report.new, report.drafts) == (3, 2)
    assert len(out()) == 1
    assert "Bread 1" not in {page.title for page in StoryPage.objects.filter(live=True)}


def test_an_embargo_that_was_lifted_or_whose_text_was_taken_back_holds_nothing(move):
    first = item("en", embargoed=AHEAD.isoformat(), version="1")
    lifted = item("en", version="2", versioncreated=NOW.isoformat())
    assert move(first, lifted, item("ru")).drafts == 0
    gone = {"uri": "urn:x:ferry:en", "altids": item("en", "ferry")["altids"], "type": "text", "pubstatus": "canceled"}
    report = move(item("en", "ferry", embargoed=AHEAD.isoformat()), {**gone, "language": "en"}, item("ru", "ferry"))
    assert (report.new, report.drafts) == (1, 0)


def test_a_language_waits_for_the_embargo_that_somebody_set_here(move):
    page = write("Harbour", story_id="harbour", body=text("<p>Secret till noon.</p>"), embargo=AHEAD)
    page.save_revision(user=person())
    report = move(item("ru"), item("ru", "ferry"))
    assert out() == {("ru", "ferry")}
    assert report.drafts == 1
    ru = StoryPage.objects.get(locale__language_code="ru", story_id="harbour")
    assert ru.translation_key == page.translation_key
    ru.get_latest_revision().publish(user=person("boss"))
    assert out() == {("ru", "ferry")}, "nor does it when somebody publishes it"


def test_an_embargo_that_is_over_holds_nothing(move):
    over = (NOW - timedelta(days=1)).isoformat()
    assert move(item("en", embargoed=over), item("ru")).drafts == 0
    assert out() == {("en", "harbour"), ("ru", "harbour")}


def test_a_language_does_not_go_before_those_that_are_held(move):
    page = write("Harbour", story_id="harbour", body=text("<p>One.</p>"))
    Together.objects.create(source=page)
    report = move(item("ru"))
    assert out() == set()
    assert "held here" in "\n".join(report.lines())


def test_a_change_that_waits_is_told(move):
    move(item("ru"))
    page = write("Harbour", story_id="harbour", body=text("<p>One.</p>"), embargo=AHEAD)
    page.translation_key = StoryPage.objects.get(locale__language_code="ru").translation_key
    page.save()
    page.save_revision(user=person())
    report = move(item("ru", headline="Mended", version="2"))
    assert report.changed == 1
    assert f"goes out at {AHEAD:%Y-%m-%d %H:%M}" in "\n".join(report.lines())
    assert out() == {("ru", "harbour")}


def test_an_embargo_ends_with_a_whole_minute_and_not_before_its_time(move):
    at = AHEAD + timedelta(seconds=35)
    move(item("en", embargoed=at.isoformat()))
    assert StoryPage.objects.get().embargo == AHEAD + timedelta(minutes=1)
    assert move(item("en", embargoed=at.isoformat())).same == 1


def test_what_is_to_wait_for_ever_waits(move):
    report = move(item("en", embargoed=LAST), item("en", "ferry"))
    assert (report.new, report.drafts, report.fault) == (2, 1, "")
    assert StoryPage.objects.get(story_id="harbour").embargo.year == 9999


def test_many_stories_are_asked_about_at_once(move, django_assert_max_num_queries):
    move(*(item("ru", f"story-{number}") for number in range(40)))
    there = list(StoryPage.objects.select_related("locale"))
    there[0].embargo = AHEAD
    there[0].save_revision(user=person())
    en = Locale.objects.get(language_code="en")
    new = [StoryPage(locale=en, translation_key=page.translation_key, story_id=page.story_id) for page in there]
    with django_assert_max_num_queries(3):
        whys = why_waiting(new)
    assert [bool(why) for why in whys] == [True] + [False] * 39


def test_what_waited_for_another_language_goes_out_with_the_next_import(tmp_path):
    def move(**more):
        return move_wxr(tmp_path / "s.xml", wxr_post(1, "ru", "g"), wxr_post(2, "en", "g", **more))

    def out():
        return sorted(StoryPage.objects.values_list("locale__language_code", "live"))

    file = tmp_path / "s.xml"
    later = wxr_post(2, "en", "g", date=f"{AHEAD:%Y-%m-%d %H:%M:%S}").replace(">publish<", ">future<")
    move_wxr(file, wxr_post(1, "ru", "g"), later)
    assert out() == [("en", False), ("ru", False)]
    english = StoryPage.objects.get(locale__language_code="en")
    past = NOW - timedelta(minutes=5)
    content = {**english.latest_revision.content, "embargo": past.isoformat()}
    english.revisions.filter(pk=english.latest_revision_id).update(content=content)
    StoryPage.objects.filter(pk=english.pk).update(embargo=past)
    move()
    assert out() == [("en", True), ("ru", True)]
    assert move().same == 2


@pytest.mark.parametrize("done", ["edited", "published", "scheduled", "deleted"])
def test_what_waited_and_somebody_took_up_here_is_no_change(move, done):
    items = [item("ru"), item("en", embargoed=AHEAD.isoformat()), item("ru", "ferry")]
    move(*items)
    page = StoryPage.objects.get(locale__language_code="ru", story_id="harbour")
    boss = person("boss")
    if done == "edited":
        page.lead = "Ours."
        page.save_revision(user=boss)
    elif done == "deleted":
        page.delete()
    else:
        if done == "published":
            StoryPage.objects.get(locale__language_code="en").delete()
        page.get_latest_revision().publish(user=boss)
    versions = Revision.objects.count()
    for dry in (True, False):
        report = move(items[0], items[2], dry=dry)
        assert (report.changed, report.same, report.kept) == (0, 2, 0)
    assert Revision.objects.count() == versions
    report = move(item("ru", version="2", headline="Mended"), items[2])
    assert (report.changed, report.kept) == ((1, 0) if done in {"published", "scheduled"} else (0, 1))


def test_nor_is_it_one_where_its_group_is_called_otherwise_since(tmp_path):
    def move(group):
        later = wxr_post(2, "en", group, date=f"{AHEAD:%Y-%m-%d %H:%M:%S}").replace(">publish<", ">future<")
        return move_wxr(tmp_path / "s.xml", wxr_post(1, "ru", group), later)

    assert move("g").drafts == 2
    page = StoryPage.objects.get(locale__language_code="ru")
    page.lead = "Ours."
    page.save_revision(user=person())
    for group in ("h", "h", "g"):
        report = move(group)
        assert (report.changed, report.same, report.kept) == (0, 2, 0)


def test_a_dry_run_keeps_nothing_that_waits_no_longer(tmp_path, monkeypatch):
    monkeypatch.setattr(coming, "CHUNK_STORIES", 1)
    past = (NOW - timedelta(days=500)).isoformat()
    (tmp_path / "n.json").write_text(json.dumps([item("en", f"s{n}", embargoed=past) for n in range(5)]), "utf-8")
    source = open_source("ninjs", base_dir=tmp_path, now=NOW, path="n.json", embargoed=True)
    asked = []

    def watched(pages):
        asked.append(len(pages))
        return why_waiting(pages)

    monkeypatch.setattr("tamizdat.newsroom.moving_in.moving.why_waiting", watched)
    assert Mover(source, "ninjs", name="n", dry=True).move().new == 5
    assert asked == [1] * 5


@pytest.mark.parametrize("dates", [{"versioncreated": LAST}, {"firstcreated": LAST, "versioncreated": LAST}])
def test_of_a_story_that_is_dated_the_last_moment_there_is_every_clock_shows_the_form(client, move, dates):
    report = move(item("en", **dates))
    assert (report.new, report.drafts, report.fault) == (1, 1, "")
    assert shown_in_tokyo(client)
    assert StoryPage.objects.get().published.year == 9999
    assert move(item("en", **dates)).same == 1


def shown_in_tokyo(client):
    """Whether the form of the one story opens for somebody whose clock is ahead of UTC."""
    client.force_login(desk := person())
    profile = UserProfile.get_for_user(desk)
    profile.current_time_zone = "Asia/Tokyo"
    profile.save()
    client.raise_request_exception = False
    return client.get(reverse("wagtailadmin_pages:edit", args=[StoryPage.objects.get().pk])).status_code == 200
