"""Why a release or a schedule failed is read by everybody in their own language, whoever or whatever failed first."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import publish, write
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.urls import reverse
from django.utils.translation import gettext_lazy, override
from people_kit import member
from wagtail.models import PageLogEntry
from wagtail.users.models import UserProfile

from tamizdat.newsroom.pressroom.scheduling import FAILED, publish_due
from tamizdat.newsroom.reasons import as_data, kept, said, sayable, sentences_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, release_due
from tamizdat.newsroom.translating.models import Together

pytestmark = pytest.mark.django_db
PROCESSES = ("ru", "fa", "en")
NOT_READY = {"en": "Not ready yet: Русский", "ru": "Ещё не готово: Русский"}
TAKEN_BACK = {"en": "The source was taken back since", "ru": "С тех пор как их придержали"}


def read(client, somebody, address):
    """The screen as everybody sees it in their language."""
    found = {}
    for language in ("en", "ru"):
        UserProfile.get_for_user(somebody).delete()
        UserProfile.objects.create(user=somebody, preferred_language=language)
        client.force_login(type(somebody).objects.get(pk=somebody.pk))
        found[language] = client.get(address).content.decode()
    return found


@pytest.mark.parametrize("process", PROCESSES)
def test_a_release_that_could_not_go(client, desk, source, task, process):
    now = datetime.now(UTC)
    Hold(source, (task,), desk, at=now).execute()
    with override(process):
        assert release_due(now) == 0
    together = reverse("translating_together", args=[source.pk])
    history = reverse("wagtailadmin_pages:history", args=[source.pk])
    for address in (reverse("wagtailadmin_home"), reverse("publication_desk"), together, history):
        for language, shown in read(client, desk, address).items():
            others = set(NOT_READY) - {language}
            assert NOT_READY[language] in shown, (address, language)
            assert not [other for other in others if NOT_READY[other] in shown], (address, language)


@pytest.mark.parametrize("process", PROCESSES)
def test_one_whose_source_was_taken_back(desk, source, task, process):
    source = publish(source, desk)
    Hold(source, (task,), desk, at=datetime.now(UTC) + timedelta(days=1)).execute()
    with override(process):
        source.unpublish(user=desk)
    for language, text in TAKEN_BACK.items():
        with override(language):
            assert Together.objects.get().why.startswith(text)


@pytest.mark.parametrize("process", PROCESSES)
def test_a_schedule_that_could_not_be_kept(client, desk, monkeypatch, process):
    now = datetime.now(UTC)
    soon = now + timedelta(hours=1)
    page = write("Ferry", go_live_at=soon)
    page.save_revision(user=desk).publish(user=desk)
    lawyer = member("lawyer", "editor:en")
    StoryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=lawyer, locked_at=now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
    with override(process):
        assert publish_due(soon + timedelta(seconds=1)) == 0
    monkeypatch.undo()
    assert "is locked by lawyer" in PageLogEntry.objects.get(action=FAILED).data["reason"]
    for address in (reverse("publication_desk"), reverse("wagtailadmin_pages:history", args=[page.pk])):
        shown = read(client, desk, address)
        assert "is locked by lawyer" in shown["en"]
        assert "is locked by lawyer" not in shown["ru"]
        assert "lawyer" in shown["ru"]


def test_all_that_an_error_says_is_kept():
    lazy = gettext_lazy("Not ready yet: %(languages)s")
    with sayable():
        listed = [ValidationError(lazy, params={"languages": lazy, "n": 2}), ValidationError("%(n)d", params={"n": 2})]
        several = ValidationError({"a": ["One."], "b": listed})
        parts = sentences_of(several)
        assert sentences_of(ValueError("5% lost")) == [("5% lost", {})]
    assert parts == [
        ("One.", {}),
        ("Not ready yet: %(languages)s", {"languages": "Not ready yet: %(languages)s"}),
        ("%(n)d", {"n": 2}),
    ]
    assert said(kept([("5% lost", {}), ("", {})])) == "5% lost; "
    with override("ru"):
        for stored in (kept(parts), as_data(parts)):
            assert said(stored) == "One.; Ещё не готово: Not ready yet: %(languages)s; 2"


@pytest.mark.parametrize("old", ["Not ready yet: русский", "[1]", "7", '{"a": 1}', "[[1, 2]]", ""])
def test_what_older_versions_kept_is_shown_as_it_is(old):
    assert said(old) == old
    assert said({"reason": old}) == old
    assert said({}) == ""


def test_what_django_counts_has_its_number_and_no_value_is_kept():
    with sayable(), pytest.raises(ValidationError) as raised:
        MaxLengthValidator(3)("A secret.")
    parts = sentences_of(raised.value)
    assert "3" in said(kept(parts))
    assert "secret" not in kept(parts)
