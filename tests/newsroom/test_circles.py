"""Two who do something with the same stories at one moment do it one after the other: neither waits for the other."""

import pytest
from desk_kit import person, publish, text, write
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from moving_kit import Said
from people_kit import member
from test_moving_in_links import story
from translating_kit import sent
from two_kit import both, needs_several_writers

from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.holding import hold_story
from tamizdat.newsroom.stories.models import ChangedDraft, StoryPage
from tamizdat.newsroom.translating.acting import Hold, Save, lock_pages
from tamizdat.newsroom.translating.beside import draft_mark, newest, rows_of, source_now
from tamizdat.newsroom.translating.models import Task, Together
from tamizdat.sources.port import Origin
from tamizdat.story import Paragraph, Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _several_write_at_once():
    needs_several_writers()


@pytest.fixture
def user():
    return person()


def fresh(page):
    return StoryPage.objects.get(pk=getattr(page, "pk", page))


def test_a_story_that_others_link_to_goes_out_while_one_of_these_is_corrected(user):
    ferry = write("Ferry", story_id="ferry")
    harbour = write("Harbour", story_id="harbour", body=text(f'<p>See <a linktype="page" id="{ferry.pk}">it</a>.</p>'))
    publish(harbour, user)
    made = Correct("harbour", "correction", {"en": "At nine."}, user)

    def corrects():
        hold_story("harbour")

    assert both(corrects, made.execute, lambda: publish(fresh(ferry), user)) == []
    assert fresh(ferry).live
    assert fresh(harbour).own_links.get().found
    assert Release.objects.filter(story_id="harbour").count() == 3


@pytest.fixture
def task(user):
    return sent(publish(write("Ferry", story_id="ferry"), user), user, "ru")


def test_a_translation_is_saved_while_it_is_published(user, task):
    def saves():
        now = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
        fields = rows_of(now.pairs, source_now(now), newest(now.target))
        texts = {(field.key, at): (row.text, False) for field in fields for at, row in enumerate(field.rows)}
        with pytest.raises(ValidationError, match="while you worked"):
            Save(now, texts, user, draft_mark(now.target), fields).execute()

    def publishes():
        draft = newest(fresh(task.target_id))
        draft.title = "Паром"
        publish(draft, user)

    assert both(lambda: lock_pages([task.target_id]), publishes, saves) == []
    assert fresh(task.target_id).title == "Паром"


@pytest.mark.parametrize("act", ["publish", "delete"])
def test_many_are_published_or_deleted_while_one_of_them_is_published(user, act):
    stories = [publish(write(name, story_id=name.lower()), user) for name in ("One", "Two")]
    client = Client()
    client.force_login(user)
    asked = "&".join(f"id={page.pk}" for page in stories)
    address = f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', act])}?{asked}&next=/admin/"

    def publishes():
        draft = newest(fresh(stories[1]))
        draft.title = "Two and a half"
        publish(draft, user)

    def many():
        assert client.post(address).status_code == 302

    assert both(lambda: lock_pages([stories[1].pk]), publishes, many) == []
    if act == "publish":
        assert fresh(stories[1]).title == "Two and a half"
    else:
        assert not StoryPage.objects.exists()


def test_a_form_saves_the_first_change_of_what_is_out_while_somebody_saves_side_by_side(user):
    page = publish(write("One", story_id="one"), user)

    def form():
        draft = newest(fresh(page))
        draft.title = "Two"
        draft.save_revision(user=user)

    def side_by_side():
        with transaction.atomic():
            StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=page.pk)

    assert both(form, lambda: None, side_by_side) == []
    assert ChangedDraft.objects.filter(page=page.pk).exists()


def test_one_that_is_held_is_deleted_while_the_other_is_called_ready(user, task):
    source = fresh(task.source_id)
    other = sent(source, user, "fa")
    held = Hold(source, (task, other), user, when_ready=True).execute()

    def says_so():
        lock_pages([task.target_id, other.target_id])

    def then():
        Task.objects.filter(pk=task.pk).update(ready=True)

    assert both(says_so, then, lambda: fresh(other.target_id).delete(user=user)) == []
    assert "was deleted before it was ready" in Together.objects.get(pk=held.pk).why


def test_a_story_is_deleted_on_its_screen_while_it_is_published(client, user):
    page = publish(write("One", story_id="one"), user)
    client.force_login(user)
    address = reverse("wagtailadmin_pages:delete", args=[page.pk])

    def publishes():
        draft = newest(fresh(page))
        draft.title = "Two"
        publish(draft, user)

    def deletes():
        assert client.post(address).status_code == 302

    assert both(lambda: lock_pages([page.pk]), publishes, deletes) == []
    assert not StoryPage.objects.exists()
    assert [each.story is None for each in Release.objects.order_by("pk")] == [False, False, True]


@pytest.mark.parametrize("many", [False, True])
def test_nobody_deletes_their_draft_that_is_published_at_that_moment(client, user, many):
    reporter = member("reporter", "reporter:en")
    page = write("One", story_id="one", owner=reporter)
    page.save_revision(user=reporter)
    client.force_login(reporter)
    address = reverse("wagtailadmin_pages:delete", args=[page.pk])
    if many:
        address = f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', 'delete'])}?id={page.pk}"

    def deletes():
        client.post(address)

    assert both(lambda: lock_pages([page.pk]), lambda: publish(fresh(page), user), deletes) == []
    assert fresh(page).live
    assert Release.objects.get().story


def test_links_that_are_made_later_stand_in_what_was_published_while_they_waited(user):
    """Locked and read in one go, a page would come with the text that it had before."""
    first = story("one", Paragraph((Run("Old", href="/two/"),))), Origin("/one/")
    Mover(Said(first), "said").move()
    page = StoryPage.objects.get(story_id="one")
    page.body = text('<p>New <a href="/two/">line</a></p>')
    MovedItem.objects.update(revision=page.save_revision(user=user).pk)  # an import of drafts changed it

    def imports():
        Mover(Said(first, (story("two"), Origin("/two/"))), "said").move()

    publishes = fresh(page).latest_revision.publish
    assert both(lambda: lock_pages([page.pk]), lambda: publishes(user=user), imports) == []
    body, out = str(fresh(page).body.get_prep_value()), Release.objects.get(story_id="one", current=True)
    assert "New" in body
    assert b"New" in bytes(out.story)
    assert f'id="{StoryPage.objects.get(story_id="two").pk}"' in body
    assert b"two.html" in bytes(out.story)
