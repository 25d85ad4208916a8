"""Headlines of drafts, asked for in ways in which no screen asks, and where Wagtail shows them beside what is out."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from people_kit import member
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask

from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold
from tamizdat.newsroom.translating.models import Together
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
SECRET = "Secret inquiry"
OUT = "Harbour closed"
PUBLISHING = ["wagtailcore", "page", "publish"]


def seen(client, address, query=None):
    """All that a browser would show of it, also after it was led elsewhere."""
    answer = client.get(address, query or {}, follow=True)
    assert answer.status_code < 500, (address, query)
    return answer.content.decode() + str(answer.headers)


@pytest.fixture
def changed():
    """A story that is out, with another headline in a draft that is not, and in review."""
    page = publish(write(OUT))
    page.title = SECRET
    page.save_revision(user=(head := person("head")))
    workflow = Workflow.objects.create(name="Look")
    task = GroupApprovalTask.objects.create(pk=1, name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    workflow.start(StoryPage.objects.get(pk=page.pk), head)
    return StoryPage.objects.get(pk=page.pk)


SPELLINGS = ("{} ", " {}", "+{}", "00{}", "0000000000000000000{}", "_{}", "4_2")


@pytest.mark.parametrize("written", [*SPELLINGS, "x", "", "99999999999999999999", "-1"])
def test_a_number_that_no_screen_writes_so_leads_to_no_draft(client, written):
    secret = write(SECRET, pk=42)
    client.force_login(member("thief", "editor:ru"))
    client.raise_request_exception = False
    asked = {"id": written.format(secret.pk), "next": "/admin/"}
    assert SECRET not in seen(client, reverse("wagtailadmin_choose_page_chosen_multiple"), asked)
    assert SECRET not in seen(client, reverse("wagtail_bulk_action", args=PUBLISHING), asked)


def ways(page):
    """Addresses that name the story, or list it, for people of other languages."""
    below = page.get_parent().pk
    return [
        (reverse("wagtailadmin_choose_page_child", args=[below]), {}),
        (reverse("wagtailadmin_choose_page_child", args=[page.pk]), {}),
        (reverse("wagtailadmin_choose_page_search"), {"q": "harbour"}),
        (reverse("wagtailadmin_choose_page_chosen_multiple"), {"id": page.pk}),
        (reverse("wagtail_bulk_action", args=PUBLISHING), {"id": page.pk, "next": "/admin/"}),
        (reverse("wagtailadmin_explore", args=[page.pk]), {}),
        (reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", 1]), {}),
        (reverse("wagtailadmin_pages:workflow_preview", args=[page.pk, 1]), {}),
        (reverse("wagtailadmin_pages:confirm_workflow_cancellation", args=[page.pk]), {}),
        (reverse("wagtailadmin_pages:lock", args=[page.pk]), {}),
        (reverse("wagtailadmin_pages:delete", args=[page.pk]), {}),
    ]


@pytest.mark.parametrize("roles", [("editor:ru",), ("reporter:fa", "translator:ru"), ("moderator:en",)])
def test_of_what_is_out_others_see_the_headline_that_readers_have(client, changed, roles):
    client.force_login(member("other", *roles))
    for address, query in ways(changed):
        assert SECRET not in seen(client, address, query), address
    assert OUT in seen(client, reverse("wagtailadmin_choose_page_child", args=[changed.get_parent().pk]))
    assert OUT in seen(client, reverse("wagtailadmin_choose_page_search"), {"q": "harbour"})


@pytest.mark.parametrize("role", ["reporter:en", "translator:en", "editor:en", ""])
def test_those_of_its_language_see_the_newest(client, changed, role):
    client.force_login(member("own", role) if role else person())
    for address in (
        reverse("wagtailadmin_choose_page_child", args=[changed.get_parent().pk]),
        reverse("wagtailadmin_explore", args=[changed.get_parent().pk]),
        reverse("all_stories:index"),
    ):
        assert SECRET in seen(client, address), address


def test_why_a_draft_could_not_go_out_is_told_to_those_who_may_read_it(client):
    soon = datetime.now(UTC) + timedelta(hours=1)
    page = publish(write(OUT))
    page.title, page.go_live_at = SECRET, soon
    page.save_revision(user=(head := person("head"))).publish(user=head)
    lawyer = member("lawyer", "editor:en")
    StoryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=lawyer, locked_at=datetime.now(UTC))
    publish_due(soon + timedelta(seconds=1))
    assert StoryPage.objects.get().title == OUT
    desk = reverse("publication_desk")
    client.force_login(member("other", "editor:ru"))
    shown = seen(client, desk)
    assert (SECRET in shown, "is locked by" in shown, OUT in shown) == (False, False, True)
    client.force_login(member("own", "reporter:en"))
    shown = seen(client, desk)
    assert (SECRET in shown, "is locked by" in shown) == (True, True)


def test_a_story_is_not_told_with_drafts_in_languages_of_others(client):
    source = publish(write(OUT))
    Send(source, ("ru", "fa"), person("sender")).execute()
    StoryPage.objects.filter(locale__language_code="ru").update(title=SECRET, draft_title=SECRET)
    address = reverse("wagtailadmin_api:pages:detail", args=[source.pk])
    persian = reverse("wagtailadmin_api:pages:detail", args=[StoryPage.objects.get(locale__language_code="fa").pk])
    for roles, is_told in (
        (("reporter:en",), False),
        (("reporter:en", "translator:fa"), False),
        (("reporter:en", "translator:ru", "translator:fa"), True),
    ):
        client.force_login(member("-".join(roles).replace(":", ""), *roles))
        assert (SECRET in seen(client, address)) is is_told, roles
        assert (SECRET in seen(client, persian)) is is_told, roles
    paper = reverse("wagtailadmin_api:pages:detail", args=[source.get_parent().pk])
    assert client.get(paper).json()["meta"]["type"] == "stories.Newspaper"


@pytest.mark.parametrize(("is_out", "named"), [(True, OUT), (False, "Русский")])
def test_why_a_release_of_several_languages_failed_names_no_draft_of_another(client, is_out, named):
    head, now = person("head"), datetime.now(UTC)
    source = publish(write("Ferry", story_id="ferry"), head)
    tasks = Send(source, ("ru", "fa"), head).execute()
    page = StoryPage.objects.get(pk=tasks[0].target_id)
    page.title = OUT
    if is_out:
        publish(page, head)
    page.title = SECRET
    page.save_revision(user=head)
    Hold(source, tasks, head, now - timedelta(minutes=1)).execute()
    StoryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=member("lawyer", "editor:ru"), locked_at=now)
    assert not publish_due(now)
    assert Together.objects.get().failed
    history = reverse("wagtailadmin_pages:history", args=[source.pk])
    screens = ["/admin/", "/admin/translating/", reverse("translating_together", args=[source.pk])]
    for name, addresses in (("fa", [*screens, reverse("publication_desk")]), ("en", [*screens, history])):
        client.force_login(member(name, f"editor:{name}"))
        for address in addresses:
            told = seen(client, address)
            assert SECRET not in told, (name, address)
            assert f"“{named}” (ru) is locked by lawyer" in told, (name, address)
