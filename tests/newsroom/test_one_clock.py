"""Every screen shows and takes UTC and says so, also to somebody who works where clocks show something else."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from test_fronts import save
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield
from wagtail.users.models import UserProfile

import tamizdat.newsroom
from tamizdat.newsroom.fronts.curating import Place, newest
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.set_up import set_up
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Together
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
ZONE = "Asia/Yerevan"
NOON = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
TYPED, SHOWN = "2031-05-01T12:00", "2031-05-01 12:00 UTC"


@pytest.fixture
def mina(client):
    """Mina has asked the account form for her own zone."""
    user = person("mina")
    client.force_login(user)
    account = {"name_email-first_name": "Mina", "name_email-last_name": "M", "name_email-email": "mina@a.example"}
    zone = {"locale-preferred_language": "en", "locale-current_time_zone": ZONE}
    theme = {"theme-theme": "system", "theme-contrast": "system", "theme-density": "default"}
    answer = client.post(reverse("wagtailadmin_account"), {**account, **zone, **theme})
    assert answer.status_code == 302, answer.context["panels_by_tab"]
    return user


def typed(page, **fields):
    """What the form of a story sends."""
    body = {"body": streamfield([("text", rich_text("<p>What happened.</p>"))])}
    lists = {name: inline_formset([]) for name in ("comments", "own_links")}
    return nested_form_data({"title": page.title, "lead": "", **body, **lists, **fields})


def test_nobody_chooses_a_zone(client, mina):
    assert ZONE not in client.get(reverse("wagtailadmin_account")).content.decode()
    assert not UserProfile.objects.exclude(current_time_zone="").exists()


def test_a_zone_that_was_chosen_before_is_forgotten(client):
    user = person("mina")
    UserProfile.objects.update_or_create(user=user, defaults={"current_time_zone": ZONE})
    set_up()
    client.force_login(user)
    story = publish(write("Ferry sails"))
    client.post(
        reverse("front_edit", args=["en"]),
        {"pin": [story.story_id], f"until-{story.story_id}": TYPED, "base": "0", "act": "save"},
    )
    assert newest(Place("en")).pins.get().until == NOON


def test_dates_of_a_story(client, mina):
    page = write("Ferry sails", owner=mina)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    names = ("published", "embargo", "breaking_until", "go_live_at", "expire_at")
    times = dict.fromkeys(names, "2031-05-01 12:00") | {
        "published": "2021-05-01 12:00",
        "expire_at": "2031-05-01 13:00",
    }
    assert client.post(edit, typed(page, **times)).status_code == 302
    draft = StoryPage.objects.get().get_latest_revision_as_object()
    said = {name: getattr(draft, name) for name in names}
    assert said == dict.fromkeys(names, NOON) | {
        "published": NOON.replace(year=2021),
        "expire_at": NOON.replace(hour=13),
    }
    html = client.get(edit).content.decode()
    assert 'value="2031-05-01 12:00"' in html
    assert "08:00" not in html
    assert "16:00" not in html


def test_an_embargo_holds_until_its_hour_in_utc(client, mina):
    page = write("Ferry sails", owner=mina)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client.post(edit, {**typed(page, embargo="2031-05-01 12:00"), "action-publish": "action-publish"})
    assert not Release.objects.exists()
    assert StoryPage.objects.get().scheduled_revision.approved_go_live_at == NOON


def test_the_dialog_of_a_schedule_names_the_clock(client, mina):
    html = client.get(reverse("wagtailadmin_pages:edit", args=[write("Ferry sails", owner=mina).pk])).content.decode()
    for name in ("go_live_at", "expire_at"):
        help_text = html.partition(f'-{name}-helptext" data-field-help>')[2]
        assert '<div class="help">UTC</div>' in help_text.partition("<input")[0]


def test_pins_of_a_front_page(client, mina):
    story = publish(write("Ferry sails"))
    form = {"pin": [story.story_id], f"until-{story.story_id}": TYPED, "base": "0", "act": "save"}
    assert client.post(reverse("front_edit", args=["en"]), form).status_code == 302
    assert newest(Place("en")).pins.get().until == NOON
    html = client.get(reverse("front_edit", args=["en"])).content.decode()
    assert f'value="{TYPED}"> UTC' in html


def test_languages_that_go_out_together(client, mina):
    source = publish(write("Ferry sails"))
    tasks = Send(source, ("ru",), mina).execute()
    address = reverse("translating_together", args=[source.pk])
    assert client.post(address, {"task": [tasks[0].pk], "when": "at", "at": TYPED}).status_code == 302
    assert Together.objects.get().at == NOON
    html = client.get(address).content.decode()
    assert SHOWN in html
    assert f'value="{TYPED}"' in html


def test_breaking_news(client, mina):
    until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=1)
    form = {"in-en": "1", "headline-en": "Harbour closed", "until": "own", "own": f"{until:%Y-%m-%dT%H:%M}"}
    confirmed = client.post(reverse("breaking"), {**form, "act": "confirm"})
    assert f"Breaking until {until:%Y-%m-%d %H:%M} UTC" in confirmed.content.decode()
    client.post(reverse("breaking"), {**form, "act": "out", "story_id": confirmed.context["story_id"]})
    assert StoryPage.objects.get().breaking_until == until
    assert f"Breaking until {until:%Y-%m-%d %H:%M} UTC" in client.get(reverse("breaking")).content.decode()


def test_midnight_is_that_of_utc(client, mina):
    form = {"in-en": "1", "headline-en": "Harbour closed", "until": "tonight", "act": "confirm"}
    until = client.post(reverse("breaking"), form).context["until"]
    assert (until.utcoffset(), until.hour, until.minute) == (timedelta(0), 0, 0)


def test_who_was_faster(client, mina):
    story = publish(write("Ferry sails"))
    save(story.story_id, user=mina)
    html = client.post(reverse("front_edit", args=["en"]), {"pin": [], "base": "0", "act": "save"}).content.decode()
    assert f"at {newest(Place('en')).at:%H:%M} UTC, while you were at it" in html


def test_no_template_shows_an_hour_without_its_clock():
    shown = re.compile(r'\|date:"([^"]*H:i[^"]*)"')
    for template in Path(tamizdat.newsroom.__file__).parent.rglob("*.html"):
        for line in template.read_text("utf-8").splitlines():
            unnamed = [each for each in shown.findall(line) if not each.endswith(" T")]
            assert not unnamed or "}} UTC" in line, template
