"""Whoever let something go to readers is named by the record for good: such an account is closed, not deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, write
from django.db import transaction
from django.urls import reverse
from people_kit import ask, log_in, member
from wagtail.log_actions import log
from wagtail.models import Comment, CommentReply

from tamizdat.newsroom.breaking.acting import BreakNews, SayMore, Words
from tamizdat.newsroom.corrections.actions import Correct, Revoke
from tamizdat.newsroom.fronts.curating import Pinned, Place, SaveFront
from tamizdat.newsroom.people.keeping import AccountStaysError
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Together

pytestmark = pytest.mark.django_db
UNTIL = datetime.now(UTC) + timedelta(hours=1)


def releases(user, _boss):
    publish(write("Ferry"), user)


def corrects(user, boss):
    Correct(publish(write("Ferry"), boss).story_id, "correction", {"en": "At nine."}, user).execute()


def revokes(user, boss):
    story_id = publish(write("Ferry"), boss).story_id
    # Nothing goes out by that.
    Revoke(Correct(story_id, "takedown", {}, boss, reason="A witness").execute(), user).execute()


def puts_on_top(user, boss):
    SaveFront(user, Place("en"), [Pinned(publish(write("Ferry"), boss).story_id)], 0).execute()


def breaks_news(user, _boss):
    BreakNews(user, "quake-abcde", {"en": Words("Quake")}, UNTIL).execute()


def says_more(user, boss):
    SayMore(user, BreakNews(boss, "quake-abcde", {"en": Words("Quake")}, UNTIL).execute(), {"en": "More."}).execute()


def comments(user, boss):
    said = Comment.objects.create(page=write("Ferry"), user=user, text="Leave the source out", contentpath="title")
    CommentReply.objects.create(comment=said, user=boss, text="Then we wait for the lawyer")


def answers(user, boss):
    said = Comment.objects.create(page=write("Ferry"), user=boss, text="Leave the source out", contentpath="title")
    CommentReply.objects.create(comment=said, user=user, text="Then we wait for the lawyer")


ACTS = [releases, corrects, revokes, puts_on_top, breaks_news, says_more, comments, answers]


@pytest.mark.parametrize("act", ACTS)
def test_whoever_the_record_names_is_not_deleted_whichever_way(act):
    user, boss = person("anna"), person("boss")
    act(user, boss)
    for way in (user.delete, Person.objects.filter(pk=user.pk).delete):
        with pytest.raises(AccountStaysError, match="anna published, corrected or commented on"), transaction.atomic():
            way()
    assert Person.objects.filter(pk=user.pk).exists()


def test_a_comment_is_there_as_long_as_its_story():
    user, boss = person("anna"), person("boss")
    comments(user, boss)
    with pytest.raises(AccountStaysError), transaction.atomic():
        user.delete()
    assert [each.replies.count() for each in Comment.objects.all()] == [1]
    StoryPage.objects.get().delete()
    user.delete()
    assert not Person.objects.filter(pk=user.pk).exists()


def test_a_draft_keeps_nobody():
    user = person("anna")
    write("Ferry").save_revision(user=user)
    user.delete()
    assert not Person.objects.exists()


@pytest.mark.parametrize("bulk", [False, True])
def test_the_screen_says_to_close_it_instead(client, bulk):
    user = person("anna")
    publish(write("Ferry"), user)
    person("boss")
    log_in(client, "boss")
    ask(client)
    address = reverse("wagtailusers_users:delete", args=[user.pk])
    if bulk:
        address = f"{reverse('wagtail_bulk_action', args=['people', 'person', 'delete'])}?id={user.pk}"
    said = client.post(address, follow=True).content.decode()
    assert "Close the account instead" in said
    assert Person.objects.filter(username="anna").exists()


def schedules(user, at=UNTIL):
    """A draft that goes out by itself, of somebody else, at a time that ``user`` chose."""
    page = write("Ferry", go_live_at=at)
    writer = member(f"writer{user.pk}", "reporter:en")
    page.save_revision(user=writer, approved_go_live_at=at)
    log(instance=page, action="wagtail.publish.schedule", user=user)
    return page


def holds(user, **when):
    Together.objects.create(source=write("Ferry"), by=user, **when)


COMING = [schedules, lambda user: holds(user, at=UNTIL), lambda user: holds(user, when_ready=True)]


@pytest.mark.parametrize("act", COMING)
def test_whoever_lets_something_go_later_is_not_deleted_until_then(act):
    user = person("anna")
    act(user)
    with pytest.raises(AccountStaysError, match="still to go out in the name of anna"), transaction.atomic():
        user.delete()
    assert Person.objects.filter(pk=user.pk).exists()


def test_nobody_stays_for_a_time_that_somebody_else_chose_since_or_for_a_click():
    user, boss = person("anna"), person("boss")
    log(instance=schedules(user), action="wagtail.publish.schedule", user=boss)
    holds(user)
    user.delete()
    assert not Person.objects.filter(username="anna").exists()
    with pytest.raises(AccountStaysError, match="in the name of boss"), transaction.atomic():
        boss.delete()


@pytest.mark.parametrize("waits", [True, False])
def test_whoever_closes_such_an_account_is_told(client, waits):
    user = person("anna")
    if waits:
        schedules(user)
    person("boss")
    log_in(client, "boss")
    ask(client)
    address = reverse("wagtailusers_users:edit", args=[user.pk])
    said = client.post(address, {"username": "anna", "first_name": ""}, follow=True).content.decode()
    assert not Person.objects.get(username="anna").is_active
    assert ("still to go out in the name of anna" in said) == waits


def test_whoever_closes_or_opens_many_is_told_of_each_such_account(client):
    anna, bert, cleo = (person(name) for name in ("anna", "bert", "cleo"))
    for user in (anna, bert):
        schedules(user)
    Person.objects.filter(pk=bert.pk).update(is_active=False)
    person("boss")
    log_in(client, "boss")
    ask(client)
    ids = "&".join(f"id={user.pk}" for user in (anna, bert, cleo))
    action = reverse("wagtail_bulk_action", args=["people", "person", "set_active_state"])
    address = f"{action}?next=/admin/users/&{ids}"
    said = client.post(address, {"mark_as_active": "False"}, follow=True).content.decode()
    assert not Person.objects.filter(username__in=["anna", "bert", "cleo"], is_active=True).exists()
    assert [name for name in ("anna", "bert", "cleo") if f"in the name of {name}" in said] == ["anna"]
    said = client.post(address, {"mark_as_active": "True"}, follow=True).content.decode()
    assert "still to go out" not in said
