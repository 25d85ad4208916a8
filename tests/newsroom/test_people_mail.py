"""What e-mail from the newsroom tells whoever reads it on its way: that there is something to look at, and where."""

import threading
from pathlib import Path

import pytest
import wagtail.admin
from desk_kit import person, write
from django.core import mail
from django.template.loader import get_template
from django.urls import reverse
from people_kit import await_letters, member, saved
from wagtail.models import Comment, PageSubscription

from tamizdat.newsroom.people.models import Person

pytestmark = pytest.mark.django_db
TOLD = ("Harbour", "closed at night", "orla", "Orla", "milan", "Milan", "head", "Review", "reporter", "editor")
"""Of the story, of what is said beside it, of those who work on it, of how they work."""


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.WAGTAIL_EMAIL_MANAGEMENT_ENABLED = settings.WAGTAIL_PASSWORD_RESET_ENABLED = True
    settings.DEFAULT_FROM_EMAIL = settings.WAGTAILADMIN_NOTIFICATION_FROM_EMAIL = "desk@far-shore.example"
    settings.WAGTAILADMIN_BASE_URL = "https://shore.example"


@pytest.fixture
def desk():
    """A reporter, an editor and an administrator, who gave addresses."""
    orla, milan = member("orla", "reporter:en", first_name="Orla"), member("milan", "editor:en", first_name="Milan")
    head = person("head")
    for n, each in enumerate((orla, milan, head)):
        Person.objects.filter(pk=each.pk).update(email=f"{n}@far-shore.example")
    return orla, milan, head


@pytest.fixture
def draft(desk):
    orla, milan, _head = desk
    page = write("Harbour", owner=orla)
    page.save_revision(user=orla)
    for each in (orla, milan):
        PageSubscription.objects.create(page=page, user=each, comment_notifications=True)
    return page


def sent():
    """All letters since this was asked last, whole; each says little and leads to the newsroom."""
    letters, mail.outbox[:] = list(mail.outbox), []
    for letter in letters:
        whole = f"{letter.subject}\n{letter.body}\n{letter.message().as_string()}"
        assert not [each for each in TOLD if each in whole], whole
        assert "https://shore.example/admin/" in letter.body
    return {address for letter in letters for address in letter.recipients()}


def test_a_review_from_submitting_to_the_end_tells_nothing_by_mail(client, desk, draft):
    orla, milan, _head = desk
    client.force_login(orla)
    saved(client, draft, **{"action-submit": "x"})
    assert sent() == {"1@far-shore.example", "2@far-shore.example"}
    client.force_login(milan)
    draft.refresh_from_db()
    task = draft.current_workflow_task_state
    act = {"action-workflow-action": "x", "workflow-action-name": "reject"}
    saved(client, draft, **act, **{"workflow-action-extra-data": '{"comment": "closed at night"}'})
    assert "0@far-shore.example" in sent()
    task.refresh_from_db()
    assert task.comment == "closed at night"
    client.force_login(orla)
    saved(client, draft, **{"action-restart-workflow": "x"})
    sent()
    client.force_login(milan)
    saved(client, draft, **{"action-workflow-action": "x", "workflow-action-name": "approve"})
    assert "0@far-shore.example" in sent()
    draft.refresh_from_db()
    assert draft.live


def test_mail_about_comments_holds_none(client, desk, draft):
    _orla, milan, _head = desk
    client.force_login(milan)
    new = {"text": "closed at night?", "position": "", "contentpath": "title", "DELETE": "", "resolved": "", "id": ""}
    forms = {"comments-TOTAL_FORMS": "1", "comments-0-replies-TOTAL_FORMS": "0"}
    forms |= {name.replace("TOTAL", "INITIAL"): "0" for name in forms}
    saved(client, draft, **forms, **{f"comments-0-{name}": value for name, value in new.items()})
    assert Comment.objects.get().user == milan
    assert sent() == {"0@far-shore.example"}


def test_a_letter_for_a_new_password_names_nobody(client, desk):
    client.post(reverse("wagtailadmin_password_reset"), {"email": "0@far-shore.example"})
    await_letters()
    assert "/password_reset/confirm/" in mail.outbox[0].body
    assert sent() == {"0@far-shore.example"}


def test_the_answer_does_not_wait_for_the_letter(client, desk, monkeypatch):
    """How long it takes would tell who has an account."""
    answered = threading.Event()
    send = mail.EmailMultiAlternatives.send

    def slow(letter, *arguments, **options):
        assert answered.wait(30)
        return send(letter, *arguments, **options)

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", slow)
    address = reverse("wagtailadmin_password_reset")
    said = [client.post(address, {"email": f"{name}@far-shore.example"}, follow=True) for name in ("0", "nobody")]
    assert said[0].redirect_chain == said[1].redirect_chain
    assert not mail.outbox
    answered.set()
    await_letters()
    assert sent() == {"0@far-shore.example"}


def test_no_notification_of_wagtails_is_sent_as_it_came():
    folder = Path(wagtail.admin.__file__).parent / "templates" / "wagtailadmin" / "notifications"
    theirs = [path for path in folder.iterdir() if not path.name.startswith("base.")]
    assert len(theirs) > 20
    page = write("Harbour", owner=person("orla"))
    told = {"page": page, "user": person("milan"), "comment": "closed at night", "editor": page.owner}
    for path in theirs:
        said = get_template(f"wagtailadmin/notifications/{path.name}").render(told)
        assert not [each for each in TOLD if each in said], path.name
        kind = "Something waits" if path.name.endswith("_subject.txt") else "https://shore.example/admin/"
        assert kind in said, path.name
