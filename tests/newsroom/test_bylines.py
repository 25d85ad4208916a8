"""Whose name a byline stands for: in one field of one form, for those who may see it, and nowhere else."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, write
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse
from exchange_kit import taken
from lxml import html
from newsroom_settings import PASSPHRASE
from people_kit import member, saved
from translating_kit import sent
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry
from wagtail.search.index import get_indexed_models
from wire_kit import LATELY, deliver, fetched, ninjs, subscription, watched_folder

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.exchange.views import KINDS
from tamizdat.newsroom.ingest.models import WireItem
from tamizdat.newsroom.ingest.taking import TakeAsDraft
from tamizdat.newsroom.people.actions import GiveRoles
from tamizdat.newsroom.people.models import RoleGroup
from tamizdat.newsroom.people.roles import ROLES
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.story_of import story_of
from tamizdat.newsroom.set_up import set_up
from tamizdat.newsroom.sharing.wires import FORMATS
from tamizdat.newsroom.stories.finding import beside as said_beside
from tamizdat.newsroom.stories.keys import KeysFormField
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Byline, Topic
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db

REAL = "Zulfiya Realname"
SHOWN = "Ilka Dervane"


@pytest.fixture
def byline():
    return Byline.objects.create(key="ilka", label=SHOWN, labels={"ru": "Илька Дерване"}, real_name=REAL)


def _address(view: str, *arguments: object) -> str:
    return reverse(Byline.snippet_viewset.get_url_name(view), args=arguments)


def _sees(user):
    user.user_permissions.add(Permission.objects.get(codename="see_real_name"))
    return type(user).objects.get(pk=user.pk)


def _screens(byline: Byline) -> Iterator[str]:
    """All screens of this byline and of all bylines, and whatever searches and reports find; not its form."""
    for views in (Byline.snippet_viewset, Byline.snippet_viewset.chooser_viewset):
        for name in (pattern.name for pattern in views.get_urlpatterns()):
            for arguments in ([], [byline.pk]):
                try:
                    address = reverse(views.get_url_name(name), args=arguments)
                except NoReverseMatch:
                    continue
                if name != "edit":
                    yield from (address, f"{address}?q=Zulfiya", f"{address}?q=Ilka")
    terms = reverse("story_terms", args=["byline"])
    yield from (f"{terms}?q={word}" for word in ("Zulfiya", "Realname", "Ilka", ""))
    yield f"{terms}?key=ilka"
    yield from map(reverse, ("wagtailadmin_reports:site_history", "wagtailadmin_home", "wagtailsnippets:index"))


@pytest.mark.parametrize("role", [role.name for role in ROLES])
def test_no_role_shows_it(client, byline, role):
    client.force_login(member("somebody", f"{role}:en"))
    form = client.get(_address("edit", byline.pk)).content.decode()
    assert REAL not in form
    assert 'name="real_name"' not in form
    for address in _screens(byline):
        assert REAL not in client.get(address).content.decode(), address


def test_whoever_may_see_it_sees_it_in_the_form_alone(client, byline):
    client.force_login(_sees(member("head", "desk_head:en")))
    assert REAL in client.get(_address("edit", byline.pk)).content.decode()
    screens = list(_screens(byline))
    assert len(screens) > 20
    for address in screens:
        assert REAL not in client.get(address).content.decode(), address
    assert SHOWN in client.get(_address("list")).content.decode()


def test_an_administrator_sees_it_only_if_that_was_given(client, byline):
    boss = person("boss")
    client.force_login(boss)
    for address in (_address("edit", byline.pk), *_screens(byline)):
        assert REAL not in client.get(address).content.decode(), address
    fields = {"label": "Ilka D.", "real_name": "Typed by hand"}
    assert client.post(_address("edit", byline.pk), fields).status_code == 302
    byline.refresh_from_db()
    assert (byline.label, byline.real_name) == ("Ilka D.", REAL)
    assert not boss.has_perms(["stories.change_byline", "stories.see_real_name"])
    assert boss.has_perms(["stories.change_byline", "stories.delete_byline"])
    GiveRoles(boss, frozenset(), is_administrator=True, sees_real_names=True, by=boss).execute()
    history = client.get(reverse("wagtailadmin_reports:site_history")).content.decode()
    assert "taken —; administrator; sees real names" in history
    assert REAL in client.get(_address("edit", byline.pk)).content.decode()
    boss.is_active = False
    assert not boss.has_perm("stories.see_real_name")


def test_a_group_may_give_it_too():
    keepers, keeper = Group.objects.create(name="Keepers of names"), person("keeper")
    keepers.permissions.add(Permission.objects.get(codename="see_real_name"))
    assert not keeper.has_perm("stories.see_real_name")
    keeper.groups.add(keepers)
    assert keeper.has_perm("stories.see_real_name")


@pytest.mark.parametrize("role", ["editor", "desk_head"])
def test_who_may_not_see_it_cannot_write_it_and_takes_none_away(client, byline, role):
    client.force_login(member("somebody", f"{role}:en"))
    fields = {"label": "Ilka D.", "real_name": "Typed by hand"}
    assert client.post(_address("edit", byline.pk), {"key": "ilka", **fields}).status_code == 302
    byline.refresh_from_db()
    assert (byline.label, byline.real_name) == ("Ilka D.", REAL)
    assert client.post(_address("add"), {"key": "new", **fields}).status_code == 302
    assert Byline.objects.get(key="new").real_name == ""


def test_nobody_copies_a_byline(client, byline):
    client.force_login(person())
    with pytest.raises(NoReverseMatch):
        _address("copy", byline.pk)
    assert client.get(f"{_address('list')}copy/{byline.pk}/").status_code == 404


KEY = "Anna Petrova"
"""Imports make keys of names."""


@pytest.fixture
def imported():
    """A byline whose key is a name, and others before and after it in whatever order; readers see labels alone."""
    Byline.objects.create(key="Zoya", label="Agency desk")
    Byline.objects.create(key="Aaron", label="Weather desk")
    return Byline.objects.create(key=KEY, label="Our correspondent")


@pytest.mark.parametrize("role", ["reporter", "translator", "moderator"])
def test_who_may_not_change_bylines_sees_no_key_on_any_screen(client, imported, role):
    client.force_login(member("somebody", f"{role}:en"))
    for address in _screens(imported):
        for query in ("", "?ordering=key", "?q=Correspondent"):
            assert KEY not in client.get(address.partition("?")[0] + query).content.decode(), address


def _listed(client, **query):
    """The labels of bylines in the order in which the list has them."""
    shown = client.get(_address("list"), query).content.decode()
    labels = ("Agency desk", "Our correspondent", "Weather desk")
    return sorted((label for label in labels if label in shown), key=shown.find)


@pytest.mark.parametrize("role", ["reporter", "translator"])
def test_nor_does_a_list_answer_whoever_guesses(client, imported, role):
    client.force_login(member("somebody", f"{role}:en"))
    assert _listed(client) == ["Agency desk", "Our correspondent", "Weather desk"], "by labels: keys have an order, too"
    assert _listed(client, ordering="key") == _listed(client)
    assert _listed(client, ordering="-key") == _listed(client)
    assert _listed(client, q="petrova") == _listed(client, q="anna") == _listed(client, q="zzz") == []
    assert _listed(client, q="our CORR") == ["Our correspondent"]


@pytest.mark.parametrize("role", ["editor:en", ""])
def test_who_may_change_bylines_finds_them_by_their_keys(client, imported, role):
    client.force_login(member("somebody", role) if role else person())
    assert _listed(client) == ["Weather desk", "Our correspondent", "Agency desk"]
    assert _listed(client, q="petro") == ["Our correspondent"]
    assert _listed(client, q="corr") == ["Our correspondent"]
    assert KEY in client.get(_address("list")).content.decode()


@pytest.mark.parametrize("role", ["moderator:en", "editor:en", ""])
def test_no_chooser_has_bylines(client, imported, role):
    client.force_login(member("somebody", role) if role else person())
    choosers = Byline.snippet_viewset.chooser_viewset
    for name in ("choose", "choose_results"):
        for query in ({}, {"q": "petrova"}, {"q": "correspondent"}):
            answer = client.get(reverse(choosers.get_url_name(name)), query)
            assert (answer.status_code, answer.content) == (302, b""), name
    assert client.get(reverse(choosers.get_url_name("chosen"), args=[imported.pk])).status_code == 302


def _typed(client, page, byline):
    """Publish the page with this line of bylines as somebody types it; the field as the form shows it then."""
    saved(client, page, byline=byline)
    StoryPage.objects.get(pk=page.pk).get_latest_revision().publish()
    form = html.fromstring(client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content)
    return form.get_element_by_id("page-edit-form").fields["byline"].lstrip("\n")


def _shown_to_readers(page):
    release = Release.objects.get(story_id=StoryPage.objects.get(pk=page.pk).story_id, current=True)
    return story_from_bytes(bytes(release.story)).byline


@pytest.fixture
def keyless(client):
    """Somebody who may publish, and may not change bylines."""
    group = RoleGroup.objects.get(role="editor", language="en").group
    group.permissions.remove(Permission.objects.get(codename="change_byline"))
    client.force_login(member("keyless", "editor:en"))


@pytest.mark.usefixtures("keyless")
@pytest.mark.parametrize("typed", [KEY, "Anna Other", "=Anna Other", "="])
def test_a_key_that_somebody_does_not_see_is_a_name_like_any_other(client, imported, typed):
    page = write("Ferry")
    said = typed.removeprefix("=") or typed
    for _again in range(2):
        assert _typed(client, page, typed) == said
        assert _shown_to_readers(page) == (said,)
    assert said in client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).content.decode()
    first, last = page.revisions.order_by("pk").first().pk, page.revisions.order_by("pk").last().pk
    compared = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, first, last])
    assert "Our correspondent" not in client.get(compared).content.decode()
    assert "=" + said not in said_beside(StoryPage.objects.get(pk=page.pk))


@pytest.mark.usefixtures("keyless")
def test_what_somebody_chose_by_its_label_and_did_not_touch_stays(client, imported):
    page = write("Ferry", byline=[KEY, "Zoya", "Guest"])
    line = f"~{imported.pk}\n~{Byline.objects.get(key='Zoya').pk}\nGuest"
    assert _typed(client, page, line) == line
    page.refresh_from_db()
    assert page.byline == [KEY, "Zoya", "Guest"]
    assert _shown_to_readers(page) == ("Our correspondent", "Agency desk", "Guest")


@pytest.mark.usefixtures("keyless")
def test_a_key_that_readers_see_is_one_for_everybody(client):
    Byline.objects.create(key="Ilka D.", labels={"ru": "Илька Д."})
    page = write("Ferry")
    assert _typed(client, page, "Ilka D.") == "Ilka D."
    assert StoryPage.objects.get(pk=page.pk).byline == ["Ilka D."]


def test_a_form_that_nobody_touched_has_not_changed(imported):
    field = KeysFormField(term="byline")
    field.hides_keys = True
    for keys in ([KEY, "Guest"], [f"={KEY}"], []):
        assert not field.has_changed(keys, field.prepare_value(keys))
    assert field.has_changed([KEY], KEY)


def test_who_may_change_bylines_writes_keys_and_keeps_what_others_typed(client, imported):
    client.force_login(member("editor", "editor:en"))
    page = write("Ferry")
    _typed(client, page, KEY)
    assert _shown_to_readers(page) == ("Our correspondent",)
    assert _typed(client, page, f"={KEY}") == f"={KEY}"
    assert _shown_to_readers(page) == (KEY,)


def test_what_changed_between_drafts_is_told_in_labels(client, imported):
    page = write("Ferry", byline=["Zoya", "Guest"])
    first = page.save_revision()
    page.byline = [KEY, "Guest"]
    last = page.save_revision()
    client.force_login(member("somebody", "translator:en"))
    address = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, first.pk, last.pk])
    shown = client.get(address).content.decode()
    for seen in ("Agency desk", "Our correspondent", "Guest"):
        assert seen in shown
    for secret in (KEY, "Petrova", "Zoya"):
        assert secret not in shown


def test_the_history_does_not_have_it(client, byline):
    client.force_login(_sees(person()))
    answer = client.post(_address("edit", byline.pk), {"key": "ilka", "label": SHOWN, "real_name": "Another Realname"})
    assert answer.status_code == 302
    byline.refresh_from_db()
    assert byline.real_name == "Another Realname"
    assert ModelLogEntry.objects.exists()
    for entry in ModelLogEntry.objects.all():
        assert "Realname" not in f"{entry.label} {entry.data}"
    for address in (_address("history", byline.pk), reverse("wagtailadmin_reports:site_history")):
        page = client.get(address).content.decode()
        assert SHOWN in page
        assert "Realname" not in page


def test_no_search_knows_it():
    assert Byline in get_indexed_models()
    assert "real_name" not in {field.field_name for field in Byline.get_search_fields()}
    assert str(Byline(key="x", real_name=REAL)) == "x"


@pytest.fixture
def story(byline):
    return publish(write("Ferry", lead="It sails.", byline=["ilka"], story_id="ferry"))


def test_no_release_and_no_wire_has_it(client, story):
    client.force_login(person())
    release = bytes(Release.objects.get(story_id="ferry", language="en", current=True).story)
    assert SHOWN.encode() in release
    assert REAL.encode() not in release
    for kind in FORMATS:
        answer = client.get(reverse("take_out_story", args=["ferry", "en", kind]))
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert SHOWN.encode() in data
        assert REAL.encode() not in data
    assert REAL not in client.get(reverse("share_story", args=["ferry"])).content.decode()


def test_no_screen_of_the_story_has_it(client, story):
    client.force_login(person())
    page = StoryPage.objects.get(pk=story.pk)
    page.byline = ["ilka", "Guest"]
    page.save_revision()
    first, last = page.revisions.order_by("pk").first().pk, page.revisions.order_by("pk").last().pk
    for name, *arguments in (
        ("wagtailadmin_pages:edit", page.pk),
        ("wagtailadmin_pages:history", page.pk),
        ("wagtailadmin_pages:view_draft", page.pk),
        ("wagtailadmin_pages:revisions_compare", page.pk, first, last),
    ):
        answer = client.get(reverse(name, args=arguments))
        assert answer.status_code == 200, name
        assert REAL not in answer.content.decode(), name
    assert REAL not in str([revision.content for revision in page.revisions.all()])


def test_no_file_for_translators_has_it(client, story):
    desk = person()
    client.force_login(desk)
    task = sent(story, desk, "ru")
    for kind in KINDS:
        assert REAL.encode() not in taken(client, task, kind)


def test_nothing_that_is_pressed_has_it(room, story):
    now = datetime.now(UTC).replace(microsecond=0)
    Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: now).run()
    pressed = [path.read_bytes() for path in (room / "out").rglob("*") if path.is_file()]
    assert [data for data in pressed if SHOWN.encode() in data]
    assert not [data for data in pressed if REAL.encode() in data]


def test_a_name_on_a_wire_is_no_byline_whose_key_readers_do_not_see(room):
    Byline.objects.create(key="Ivan Petrov", label="Anna K.")
    Byline.objects.create(key="Olga Ray", label="Olga Ray")
    with watched_folder() as folder:
        agency = subscription("agency", kind="ninjs")
        for name in ("Ivan Petrov", "Olga Ray"):
            deliver(folder, ninjs(uri=f"urn:x:{name[:4]}", byline=name), name[:4])
        fetched(agency)
        pages = [TakeAsDraft(each, person(f"desk{each.pk}")).execute() for each in WireItem.objects.all()]
    assert sorted(story_of(page, LATELY).byline for page in pages) == [("Ivan Petrov",), ("Olga Ray",)]


def test_a_name_on_a_wire_says_nothing_that_only_a_form_may_say(room):
    """It makes no byline of what stands for a hidden key, by which anybody would know one, nor is it one of ours."""
    ours = Byline.objects.create(key="Ivan Petrov", label="Anna K.")
    with watched_folder() as folder:
        agency = subscription("agency", kind="ninjs")
        names = ["=Ivan Petrov", "= =Olga Ray", f"~{ours.pk}", f"=~{ours.pk} ", "~Tilda~", "="]
        deliver(folder, ninjs(people=[{"rel": "creator", "name": name} for name in names]))
        fetched(agency)
        take = TakeAsDraft(WireItem.objects.get(), person())
        page = take.execute()
    assert story_of(page, LATELY).byline == ("Ivan Petrov", "Olga Ray", str(ours.pk), "~Tilda~")
    assert set(Byline.objects.values_list("key", flat=True)) == {"Ivan Petrov", "Olga Ray", str(ours.pk), "~Tilda~"}
    assert "'=Ivan Petrov' became 'Ivan Petrov'" in " ".join(take.losses)
    field = KeysFormField(term="byline")
    field.hides_keys = True
    assert field.to_python(field.prepare_value(page.byline)) == page.byline
    assert field.prepare_value(field.to_python("Ivan Petrov")) == "Ivan Petrov", "as of any other name"


def test_whoever_types_names_twice_learns_of_no_key(room):
    """Neither with what stands in place of a hidden key, nor by saving what the form shows then."""
    Byline.objects.create(key="Ivan Petrov", label="Anna K.")
    Byline.objects.create(key="=Odd", label="=Odd")
    field = KeysFormField(term="byline")
    field.hides_keys = True

    def shown(typed):
        return field.prepare_value(field.to_python(typed))

    for name in ("Ivan Petrov", "Somebody Else"):
        assert shown(f"{name}\n={name}") == name
        assert field.to_python(shown(f"={name}")) == field.to_python(f"={name}")
    assert field.to_python("=Odd") == ["=Odd"]


def test_the_history_calls_a_byline_what_readers_call_it(client):
    """It was called by its key at first, as imports make them: that is somebody's name."""
    client.force_login(person("admin"))
    add = reverse("wagtailsnippets_stories_byline:add")
    assert client.post(add, {"key": "anna-petrova", "label": "", "labels": "{}"}).status_code == 302
    byline = Byline.objects.get(key="anna-petrova")
    edit = reverse("wagtailsnippets_stories_byline:edit", args=[byline.pk])
    assert client.post(edit, {"label": "A. Winter", "labels": "{}"}).status_code == 302
    translator = Client()
    translator.force_login(member("translator", "translator:en"))
    shown = translator.get(reverse("wagtailadmin_reports:site_history")).content.decode()
    assert "A. Winter" in shown
    assert "anna-petrova" not in shown


def test_what_older_versions_noted_by_a_key_is_called_otherwise_at_the_next_start():
    hidden, open_ = Byline.objects.create(key="anna-petrova", label="A. Winter"), Byline.objects.create(key="Boris")
    for byline in (hidden, open_):
        log(byline, "wagtail.create")
    ModelLogEntry.objects.filter(object_id=str(hidden.pk)).update(label="anna-petrova")
    log(Byline(pk=hidden.pk, key="anna-petrova", label="B. Summer"), "wagtail.edit")
    other = Topic.objects.create(pk=hidden.pk, key="anna-petrova", label="Anna Petrova")
    log(other, "wagtail.create")
    ModelLogEntry.objects.filter(label="Anna Petrova").update(label="anna-petrova")
    set_up()
    assert list(ModelLogEntry.objects.order_by("pk").values_list("label", flat=True)) == [
        "A. Winter",
        "Boris",
        "B. Summer",
        "anna-petrova",
    ]
