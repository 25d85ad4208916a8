"""Every address there is, asked by nobody, by an administrator, and by a thief of an account of other languages.

All that belongs to a foreign draft has the number of that draft, so that each number in an address leads to it.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from desk_kit import person, write
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from people_kit import LOGIN, member
from wagtail.models import Comment, CommentReply, GroupApprovalTask, Workflow, WorkflowTask

from tamizdat.newsroom.breaking.models import Flash, FollowUp
from tamizdat.newsroom.corrections.models import Correction, CorrectionText
from tamizdat.newsroom.exchange.models import Brought, BroughtFile
from tamizdat.newsroom.fronts.models import FrontVersion, Pin
from tamizdat.newsroom.moving_in.models import Move, MovedItem
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.models import MachineDraft, Remembered
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WORD = "Zmeinogorsk"
SECRET = f"{WORD} inquiry"
NUMBER = 4711
STORY = "inquiry-4711"
DECIDED = dict(
    reversed(line.split(" ", 1)) for line in Path(__file__).with_name("addresses.txt").read_text().splitlines()
)
"""Who may come: open (anybody), inside (whoever has a role), rights (whoever has some to what it is about),
administrator, nobody. A new address, of ours or of a package, stands there once somebody has decided."""
WORDS = {
    "language": "en",
    "kind": "topic",
    "app_label": "stories",
    "model_name": "storypage",
    "app_name": "stories",
    "content_type_app_name": "stories",
    "content_type_model_name": "storypage",
    "object_id": str(NUMBER),
    "action": "delete",
    "action_name": "approve",
    "mode": "",
    "form": "nginx",
    "filter_spec": "width-100",
    "name": "x",
    "ticket": "x",
    "uidb64": "x",
    "token": "x",
    "story_id": STORY,
}
MADE_BY_HAND = re.compile(r"admin/(choose-external-link|snippets/choose/.*/create)/")
"""What Wagtail itself answers only to its own forms."""
AWAY = {"/admin/", LOGIN, "/admin/security/again/"}
"""Where somebody is led who may not come, or must say the password again."""
QUERY = {"q": WORD, "id": str(NUMBER), "language": "en", "locale": "en", "p": "1", "state": "draft"}


def addresses(resolver=None, before=""):
    """All of them, as they are written."""
    for each in (resolver or get_resolver()).url_patterns:
        whole = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from addresses(each, whole)
        else:
            yield whole


def filled(pattern):
    """An address with the draft in every place that names something."""

    def fill(found):
        converter, name = found["converter"], found["name"]
        if converter == "int" or name == "pk":
            return str(NUMBER)
        assert name in WORDS, f"{pattern}: say in WORDS what stands for {name!r}"
        return WORDS[name]

    address = re.sub(r"\(\?P<\w+>[^)]*\)", str(NUMBER), pattern)
    address = re.sub(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>", fill, address)
    return "/" + address.replace("^", "").replace("$", "").replace("\\", "").replace(".*", "x")


@pytest.fixture
def secret():
    """An English draft of the desk, and what a newsroom has beside a draft."""
    head, now = person("head"), timezone.now()
    draft = write(SECRET, pk=NUMBER, lead=SECRET, story_id=STORY)
    target = write(SECRET, language="ru", pk=NUMBER + 1, story_id=STORY)
    for page in (draft, target):
        page.save_revision(user=head)
    revision = draft.latest_revision
    revision.pk = NUMBER
    revision.save()
    StoryPage.objects.filter(pk=NUMBER).update(latest_revision=revision)
    said = Comment.objects.create(page=draft, user=head, text=SECRET, contentpath="title")
    CommentReply.objects.create(comment=said, user=head, text=SECRET)
    workflow = Workflow.objects.create(pk=NUMBER, name="Look")
    task = GroupApprovalTask.objects.create(pk=NUMBER, name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    workflow.start(StoryPage.objects.get(pk=NUMBER), head)
    together = Together.objects.create(pk=NUMBER, source=draft, failed=SECRET)
    task = Task.objects.create(pk=NUMBER, source=draft, target=target, together=together, translator=head)
    MachineDraft.objects.create(pk=NUMBER, page=target, asked=now, due=now, fault=SECRET)
    Remembered.objects.create(pair="en>ru", digest="a", target_digest="b", source=SECRET, target=SECRET, task=task)
    brought = Brought.objects.create(pk=NUMBER, name=SECRET, by=head)
    BroughtFile.objects.create(pk=NUMBER, brought=brought, name=SECRET, task=task)
    record = Correction.objects.create(pk=NUMBER, story_id=STORY, reason=SECRET, at=now, by=head)
    CorrectionText.objects.create(correction=record, language="en", text=SECRET)
    flash = Flash.objects.create(pk=NUMBER, story_id=STORY, by=head)
    FollowUp.objects.create(flash=flash, texts={"en": "What readers were told."}, at=now)
    version = FrontVersion.objects.create(language="en", number=1, by=head)
    Pin.objects.create(version=version, position=0, story_id=STORY)
    Move.objects.create(pk=NUMBER, source=SECRET, kind="wxr", by=head, report={"faults": [SECRET]})
    MovedItem.objects.create(
        source="x", story_id=STORY, language="en", mark="", page=draft, revision=1, address=f"/{SECRET}"
    )
    return draft


def state(draft):
    """All that may not change."""
    return (
        StoryPage.objects.order_by("pk").values_list("pk", "title", "live", "latest_revision", "locked", "expire_at"),
        Comment.objects.filter(page=draft).values_list("text", "resolved_at"),
        [list(each.replies.values_list("text")) for each in Comment.objects.filter(page=draft)],
        draft.workflow_states.values_list("status"),
        Task.objects.values_list("ready", "together", "translator", "urgent"),
        MachineDraft.objects.values_list("state", "fault"),
        Correction.objects.values_list("reason", "revoked_at"),
        CorrectionText.objects.values_list("text"),
        FollowUp.objects.values_list("texts"),
        FrontVersion.objects.filter(language="en").values_list("number", "current"),
        Together.objects.values_list("pk", "at", "when_ready"),
        BroughtFile.objects.values_list("pk"),
        Move.objects.values_list("pk", "state"),
    )


def told(state):
    return [list(each) for each in state]


def test_somebody_decided_about_every_address():
    there = set(addresses())
    assert sorted(there - set(DECIDED)) == []
    assert sorted(set(DECIDED) - there) == []


def answered(client, pattern, ask="get", query=None):
    """What a browser would show in the end, and whether it is of the address itself."""
    client.raise_request_exception = False
    answer = getattr(client, ask)(filled(pattern), query or {}, follow=True)
    refused = answer.status_code in {403, 404, 405} or ways_to(answer) & AWAY
    return answer, answer.getvalue().decode() + str(answer.headers), not refused


def ways_to(answer):
    return {urlsplit(to).path for to, _status in answer.redirect_chain}


def test_nobody_from_outside_gets_an_answer(secret):
    faults = []
    for pattern in addresses():
        for ask in ("get", "post"):
            answer, seen, comes = answered(Client(), pattern, ask)
            if SECRET in seen or answer.status_code >= 500 or (comes and DECIDED[pattern] != "open"):
                faults.append((answer.status_code, ask, pattern))
    assert not faults, "\n".join(map(str, faults))


def test_what_is_for_nobody_is_not_for_administrators_either(secret):
    boss = Client()
    boss.force_login(person("boss"))
    closed = [pattern for pattern in addresses() if DECIDED[pattern] == "nobody"]
    assert closed
    assert [pattern for pattern in closed if answered(boss, pattern)[2]] == []


def test_no_address_tells_of_a_foreign_draft_or_changes_it(secret):
    roles = ("reporter:fa", "translator:fa", "editor:sr", "moderator:sr", "desk_head:sr")
    before, thief = told(state(secret)), member("thief", *roles)
    faults = []
    for pattern in addresses():
        for ask, query in (("get", {}), ("get", QUERY), ("post", {"title": "Stolen", "text": "Stolen"})):
            client = Client()
            client.force_login(thief)
            answer, seen, comes = answered(client, pattern, ask, query)
            failed = answer.status_code >= 500 and not (ask == "post" and MADE_BY_HAND.fullmatch(pattern))
            if failed or SECRET in seen or (comes and DECIDED[pattern] in {"administrator", "nobody"}):
                faults.append((answer.status_code, ask, query, pattern))
        assert told(state(secret)) == before, pattern
    assert not faults, "\n".join(map(str, faults))


def test_a_foreign_draft_beside_ones_own_is_not_told_of_either(secret):
    """Where an address names two things, one may be one's own."""
    thief = Client()
    thief.force_login(member("thief", "desk_head:fa"))
    mine = write("بندر", language="fa")
    pairs = [pattern for pattern in addresses() if len(re.findall("<int:", pattern)) == 2]
    assert pairs
    for pattern in pairs:
        for own_first in (True, False):
            keys = iter((mine.pk, NUMBER) if own_first else (NUMBER, mine.pk))
            address = filled(re.sub("<int:[^>]*>", lambda _found, keys=keys: str(next(keys)), pattern))
            answer = thief.get(address, follow=True)
            assert SECRET not in answer.getvalue().decode(), pattern


def test_whoever_has_no_role_is_told_so(client):
    """And is not sent from the newsroom to the log-in and back, for ever."""
    client.force_login(member("anna"))
    answer = client.get("/admin/pages/", follow=True)
    assert answer.redirect_chain == [(LOGIN, 302)]
    assert "Your account has no role here." in answer.content.decode()
    assert not answer.wsgi_request.user.is_authenticated
