"""Front pages that editors arrange: saved whole, never over somebody else's, and what readers get is what they said."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import newspaper, person, publish, write
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from newsroom_settings import PASSPHRASE
from wagtail.models import GroupPagePermission

from tamizdat.newsroom.fronts import proofs
from tamizdat.newsroom.fronts.curating import MAX_PINS, Overtaken, Pinned, Place, SaveFront, newest, pins_of
from tamizdat.newsroom.fronts.endings import order_what_ended, seconds_to_ending
from tamizdat.newsroom.fronts.models import Ending, FrontVersion
from tamizdat.newsroom.fronts.permits import languages_of
from tamizdat.newsroom.fronts.proofs import front_proof
from tamizdat.newsroom.fronts.sections import OrderSections, TakeOverSections, current_sections
from tamizdat.newsroom.fronts.standing import suggestions
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.pressroom.models import Order
from tamizdat.newsroom.pressroom.newsroom import PressNewsroom, settled
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.scheduling import publish_due, seconds_to_next
from tamizdat.newsroom.stories.terms import Section
from tamizdat.publication import FrontPage, SectionLabel, pins_in
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def settle(**fields):
    return PressNewsroom().settle(replace(publication_settings(), **fields))


def save(*ids, language="en", section="", base=0, user=None, until=None):
    pins = [Pinned(story_id, until) for story_id in ids]
    return SaveFront(user or somebody(), Place(language, section), pins, base).execute()


def somebody():
    return get_user_model().objects.filter(is_superuser=True).first() or person()


def editor_of(*languages, name="editor"):
    """Somebody who may publish in these languages and nothing else."""
    group = Group.objects.create(name=name)
    publishing = Permission.objects.get(codename="publish_page", content_type__app_label="wagtailcore")
    for language in languages:
        GroupPagePermission.objects.create(group=group, page=newspaper(language), permission=publishing)
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    user = get_user_model().objects.create_user(name, "", "desk desk desk desk")
    user.groups.add(group)
    return user


def test_what_is_saved_is_on_top_of_that_front_page_alone():
    save("b", "a")
    save("c", language="fa", section="world")
    fronts = settle(fronts=(FrontPage("", ("z",)), FrontPage("ru", ("y",)), FrontPage("en", ("x",)))).fronts
    assert pins_in(fronts, "en") == ("b", "a")
    assert pins_in(fronts, "ru") == ("y",)
    assert pins_in(fronts, "fa") == ("z",)
    assert pins_in(fronts, "fa", "world") == ("c",)
    assert pins_in(fronts, "en", "world") == ()


def test_an_emptied_front_page_is_newest_first_again_whatever_the_settings_say():
    save("b")
    save(base=1)
    assert pins_in(settle(fronts=(FrontPage("", ("z",)),)).fronts, "en") == ()


def test_saving_orders_an_edition_and_says_who_did_it():
    user = person("mina")
    version = save("b", user=user)
    assert Order.objects.get().by == user
    assert (version.number, version.by) == (1, user)


def test_two_who_began_with_the_same_do_not_overwrite_each_other():
    save("a")
    save("b", "a", base=1)
    with pytest.raises(Overtaken) as refused:
        save("c", base=1)
    assert [pin.story_id for pin in pins_of(refused.value.newest)] == ["b", "a"]
    assert [pin.story_id for pin in pins_of(newest(Place("en")))] == ["b", "a"]
    assert FrontVersion.objects.filter(current=True).count() == 1


def test_two_who_began_with_none_do_not_overwrite_each_other():
    save("a")
    with pytest.raises(Overtaken):
        save("b")
    assert Order.objects.count() == 1


def test_older_versions_stay_as_they_were():
    save("a")
    save("b", base=1)
    assert [pin.story_id for pin in pins_of(FrontVersion.objects.get(number=1))] == ["a"]


@pytest.mark.parametrize("ids", [["a"] * 2, ["A B"], [f"s{at}" for at in range(MAX_PINS + 1)]])
def test_what_no_front_page_can_be_is_refused(ids):
    with pytest.raises(ValidationError):
        save(*ids)
    assert not Order.objects.exists()


def test_only_those_who_may_publish_in_a_language_arrange_its_front_page():
    user = editor_of("fa", "ru")
    assert languages_of(user) == ("ru", "fa")
    save("a", language="fa", user=user)
    with pytest.raises(PermissionDenied):
        save("a", language="en", user=user)
    user.is_active = False
    assert languages_of(user) == ()


def test_a_pin_ends_by_itself_and_an_edition_is_ordered_then():
    first, second = NOW + timedelta(minutes=10), NOW + timedelta(minutes=20)
    SaveFront(somebody(), Place("en"), [Pinned("a", second), Pinned("b"), Pinned("c", first)], 0).execute()
    assert pins_in(settled(publication_settings(), NOW).fronts, "en") == ("a", "b", "c")
    assert pins_in(settled(publication_settings(), first).fronts, "en") == ("a", "b")
    assert 590 < seconds_to_next(NOW) <= 601
    orders = Order.objects.count()
    assert order_what_ended(NOW) == 0
    publish_due(first)
    assert Order.objects.count() == orders + 1
    assert Ending.objects.get().at == second
    publish_due(second)
    assert Order.objects.count() == orders + 2
    assert not Ending.objects.exists()
    assert seconds_to_ending(NOW) == 3600


def test_breaking_news_ends_by_itself_and_an_edition_is_ordered_then():
    until = NOW + timedelta(minutes=30)
    page = publish(write("Flash", breaking_until=until))
    orders = Order.objects.count()
    publish_due(until - timedelta(seconds=1))
    assert Order.objects.count() == orders
    publish_due(until)
    assert Order.objects.count() == orders + 1
    page.breaking_until = NOW + timedelta(hours=1)
    page = publish(page)
    assert Ending.objects.count() == 1
    page.unpublish()
    assert not Ending.objects.exists()


def test_the_proof_is_pressed_with_pins_that_nobody_saved_yet():
    old, middle = publish(write("Old ferry")), publish(write("Middle ferry"))
    publish(write("New ferry"))
    html = front_proof("en", "", [old.story_id, middle.story_id], NOW).decode()
    assert html.index("Old ferry") < html.index("Middle ferry") < html.index("New ferry")
    assert '<base href="/proof/en/index.html"' in html
    assert "Old ferry" not in front_proof("fa", "", [old.story_id], NOW).decode()


def test_the_proof_of_a_section():
    Section.objects.create(key="ports", label="Ports", labels={"fa": "بنادر"})
    old = publish(write("Old ferry", sections=["ports"]))
    publish(write("New ferry", sections=["ports"]))
    publish(write("Elsewhere"))
    html = front_proof("en", "ports", [old.story_id], NOW).decode()
    assert html.index("Old ferry") < html.index("New ferry")
    assert "Elsewhere" not in html


def old_and_new():
    """Stories of today, and then an archive that came after them; the names of the former."""
    Section.objects.create(key="ports", label="Ports")
    names = [
        publish(write(f"Today {at}", sections=["ports"] * (at > 1), published=NOW - timedelta(hours=at))).story_id
        for at in range(4)
    ]
    for at in range(15):
        publish(write(f"Long ago {at}", sections=["ports"], published=NOW - timedelta(days=999 + at)))
    return names


def test_the_newest_stories_are_offered_whatever_came_after_them():
    names = old_and_new()
    offered = suggestions(Place("en"), ())
    assert [each.story_id for each in offered][:4] == names
    assert [each.headline for each in offered][4:] == [f"Long ago {at}" for at in range(8)]
    assert suggestions(Place("en", "ports"), [Pinned(names[2])])[0].story_id == names[3]


def test_the_proof_is_the_page_though_an_archive_came_after_the_news(room, monkeypatch):
    old_and_new()
    publish(write("Fire", published=NOW - timedelta(days=500), breaking_until=NOW + timedelta(hours=1)))
    monkeypatch.setattr(proofs, "NEWEST", 30)
    now = NOW.replace(microsecond=0)
    whole = front_proof("en", "", [], now)
    monkeypatch.setattr(proofs, "NEWEST", 4)
    few, of_section = front_proof("en", "", [], now).decode(), front_proof("en", "ports", [], now).decode()
    for headline in ("Today 0", "Today 1", "Today 2", "Today 3", "Fire"):
        assert headline in few
    assert "Long ago" not in few
    assert "Today 2" in of_section
    assert "Long ago 1" in of_section
    assert "Today 1" not in of_section
    Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: now).run()
    made = (room / "out" / "en" / "index.html").read_bytes()
    assert re.sub(rb'<base href="[^"]*" target="_blank">', b"", whole) == made


# --- sections ---


def test_sections_reach_readers_in_the_newsrooms_order_and_none_of_the_settings_is_lost():
    Section.objects.create(key="ports", label="Ports", labels={"fa": "بنادر"}, position=2)
    Section.objects.create(key="world", position=1)
    sections = settle(sections=(SectionLabel("sport", {"en": "Sport"}), SectionLabel("ports", {"en": "Old"}))).sections
    assert [label.section for label in sections] == ["world", "ports", "sport"]
    assert [sections[1].label_in(language) for language in ("en", "ru", "fa")] == ["Ports", "Ports", "بنادر"]
    assert sections[0].label_in("en") == "world"


def test_settings_stand_where_the_newsroom_has_none():
    settings = (SectionLabel("sport", {"en": "Sport"}),)
    assert settle(sections=settings).sections == settings


def test_a_changed_section_is_an_order():
    section = Section.objects.create(key="ports")
    section.delete()
    assert Order.objects.count() == 2


def test_ordering_sections():
    for at, key in enumerate(("a", "b", "c")):
        Section.objects.create(key=key, position=at)
    user = person()
    OrderSections(user, ["c", "a", "b"]).execute()
    assert [label.section for label in current_sections(publication_settings())] == ["c", "a", "b"]
    assert Order.objects.last().by == user
    with pytest.raises(ValidationError):
        OrderSections(user, ["c", "a"]).execute()
    with pytest.raises(PermissionDenied):
        OrderSections(editor_of("en"), ["c", "a", "b"]).execute()


def test_taking_sections_over_from_the_settings():
    Section.objects.create(key="ports", label="Ports", position=5)
    config = replace(
        publication_settings(),
        sections=(SectionLabel("sport", {"en": "Sport", "fa": "ورزش"}), SectionLabel("ports", {"en": "Old"})),
    )
    assert TakeOverSections(person(), config).execute() == 1
    sport = Section.objects.get(key="sport")
    assert (sport.position, sport.label, sport.label_in("fa")) == (6, "Sport", "ورزش")
    assert Section.objects.get(key="ports").label == "Ports"
    with pytest.raises(ValidationError, match="60"):
        Section(key="x", label="x" * 61).full_clean()
