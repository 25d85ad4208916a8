"""What is called ready goes out as it was, or not; times are kept; pages go and come; two at once lose nothing."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import publish, text
from django.core.exceptions import ValidationError
from translating_kit import WORDS, translate, typing

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, NotYet, Ready, ReleaseTogether, is_ready, release_due
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=1)


def now_in(task):
    return Task.objects.select_related("target", "source").get(pk=task.pk)


def edit(page, user=None, over=None, **fields):
    """Somebody saves the usual form; ``over`` is the revision that autosave writes over."""
    draft = newest(StoryPage.objects.get(pk=page.pk))
    for name, value in fields.items():
        setattr(draft, name, value)
    return draft.save_revision(user=user, overwrite_revision=over)


def test_saved_again_it_is_not_ready_any_more(client, desk, source, task):
    held = Hold(source, (task,), desk).execute()
    Ready(task, True, desk).execute()
    assert is_ready(now_in(task))
    edit(task.target, lead="Не проверено.")
    assert not now_in(task).ready
    with pytest.raises(ValidationError, match="Русский"):
        ReleaseTogether(held, desk).execute()
    Ready(task, True, desk).execute()
    translate(client, task, {"They sail again.": "Снова."})
    assert not now_in(task).ready
    assert not Release.objects.exists()


def test_autosave_over_the_same_revision_takes_readiness_back(desk, source, task):
    held = Hold(source, (task,), desk).execute()
    mine = edit(task.target, desk, lead="Моё.")
    Ready(task, True, desk).execute()
    again = edit(task.target, desk, over=mine, lead="Недописанное сло")
    assert again.pk == mine.pk
    assert not now_in(task).ready
    # Even where nothing told of it (a restore of the database, a bulk update), another draft is not the one.
    Task.objects.update(ready=True)
    with pytest.raises(ValidationError, match="Русский"):
        ReleaseTogether(held, desk).execute()


def test_who_saves_over_an_autosave_is_told(client, desk, source, task):
    mine = edit(task.target, desk, lead="Моё.")
    late = typing(task, {"They sail again.": "Мой перевод."})
    edit(task.target, desk, over=mine, lead="Моё, дописанное.")
    assert client.post(f"/admin/translating/{task.pk}/", late).status_code == 200
    assert newest(now_in(task).target).lead == "Моё, дописанное."
    source_mine = edit(source, desk, lead="A")
    late = typing(task, {"A": "Б"})
    edit(source, desk, over=source_mine, body=text("<p>New.</p>"))
    answer = client.post(f"/admin/translating/{task.pk}/", late)
    assert "The source changed while you worked" in answer.content.decode()


def test_a_source_that_was_saved_since_is_not_released_with_what_translates_another(desk, source, task):
    held = Hold(source, (task,), desk).execute()
    Ready(task, True, desk).execute()
    edit(source, lead="They do not sail.")
    with pytest.raises(ValidationError, match="Русский"):
        ReleaseTogether(held, desk).execute()
    with pytest.raises(ValidationError, match="1 changed"):
        Ready(task, True, desk).execute()
    assert not Release.objects.exists()


@pytest.mark.parametrize("whose", ["source", "target"])
@pytest.mark.parametrize("field", ["embargo", "go_live_at"])
def test_nothing_leaves_before_its_time(client, desk, source, task, whose, field):
    at = datetime.now(UTC).replace(microsecond=0) + SOON
    edit(source if whose == "source" else task.target, **{field: at})
    held = Hold(source, (task,), desk).execute()
    Ready(task, True, desk).execute()
    with pytest.raises(NotYet, match=f"{at:%Y-%m-%d %H:%M}"):
        ReleaseTogether(held, desk).execute()
    page = client.post(f"/admin/translating/release/{held.pk}/", follow=True).content.decode()
    assert f"{at:%Y-%m-%d %H:%M}" in page
    assert not Release.objects.exists()
    assert not StoryPage.objects.filter(live=True).exists()


def test_ready_under_embargo_they_wait_and_then_go_together(monkeypatch, desk, source, task):
    at = datetime.now(UTC).replace(microsecond=0) + SOON
    edit(source, embargo=at)
    held = Hold(source, (task,), desk, when_ready=True).execute()
    assert not Ready(task, True, desk).execute()
    held.refresh_from_db()
    assert (held.goes_at, held.failed) == (at, "")
    assert release_due(at - timedelta(seconds=1)) == 0
    _pass_time(monkeypatch, at)
    assert publish_due(at) == 2
    assert Release.objects.filter(current=True).count() == 2


def _pass_time(monkeypatch, at):
    """It is ``at`` now, for whoever asks what may leave."""

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return at.astimezone(tz)

    monkeypatch.setattr("tamizdat.newsroom.translating.acting.datetime", Later)
    monkeypatch.setattr("tamizdat.newsroom.stories.models.datetime", Later)
    monkeypatch.setattr("tamizdat.newsroom.stories.embargoes.datetime", Later)


def test_what_was_scheduled_alone_waits_for_the_others(desk, source, task):
    at = datetime.now(UTC).replace(microsecond=0) + SOON
    edit(task.target, go_live_at=at).publish(user=desk)
    assert task.target.revisions.filter(approved_go_live_at=at).exists()
    held = Hold(source, (task,), desk).execute()
    assert publish_due(at + SOON) == 0
    assert not Release.objects.exists()
    Ready(task, True, desk).execute()
    with pytest.raises(NotYet):
        ReleaseTogether(held, desk).execute()


def test_released_twice_at_one_moment_it_goes_once(desk, source, task):
    held = Hold(source, (task,), desk).execute()
    other = Together.objects.select_related("source").get(pk=held.pk)
    Ready(task, True, desk).execute()
    ReleaseTogether(held, desk).execute()
    before = Release.objects.count()
    with pytest.raises(ValidationError, match="out already"):
        ReleaseTogether(other, desk).execute()
    assert Release.objects.count() == before


def test_out_and_back_and_out_again(client, desk, source, task):
    source = publish(source)
    publish(newest(now_in(task).target))
    now_in(task).target.unpublish(user=desk)
    assert Release.objects.get(language="ru", current=True).story is None
    assert (now_in(task).todo, now_in(task).changed) == (0, 0)
    translate(client, task, {"They sail again.": "Ещё раз."})
    held = Hold(StoryPage.objects.get(pk=source.pk), (now_in(task),), desk).execute()
    Ready(task, True, desk).execute()
    ReleaseTogether(held, desk).execute()
    assert story_from_bytes(bytes(Release.objects.get(language="ru", current=True).story)).lead == "Ещё раз."


def test_a_source_that_was_taken_back_is_its_draft_again(desk, source, task):
    source = publish(source)
    edit(source, lead="Another lead.")
    assert now_in(task).changed == 0
    StoryPage.objects.get(pk=source.pk).unpublish(user=desk)
    assert now_in(task).changed == 1


def test_without_its_source_a_translation_is_a_story_of_its_own(client, desk, source, task):
    Hold(source, (task,), desk).execute()
    StoryPage.objects.get(pk=source.pk).delete()
    assert not Task.objects.exists()
    assert not Together.objects.exists()
    page = StoryPage.objects.get(pk=task.target_id)
    assert newest(page).lead == "Они снова ходят."
    assert client.get(f"/admin/pages/{page.pk}/edit/").status_code == 200
    assert client.get("/admin/translating/").status_code == 200
    assert client.get(f"/admin/translating/{task.pk}/").status_code == 404


def test_the_last_translation_gone_nothing_is_held(client, desk, source, task):
    Hold(source, (task,), desk, at=datetime.now(UTC)).execute()
    StoryPage.objects.get(pk=task.target_id).delete()
    assert not Together.objects.exists()
    assert release_due(datetime.now(UTC)) == 0
    assert not Release.objects.exists()
    assert client.get(f"/admin/translating/together/{source.pk}/").status_code == 200


def test_a_source_published_while_somebody_types_is_noticed(monkeypatch, client, desk, source, task):
    """It is published after the rows were read, and before they are saved."""
    source = publish(source)
    data = typing(task, {})
    from tamizdat.newsroom.translating import views  # noqa: PLC0415 - to step in between

    real = views._typed

    def meanwhile(*arguments):
        monkeypatch.setattr(views, "_typed", real)
        page = StoryPage.objects.get(pk=source.pk)
        page.lead = "They do not sail."
        publish(page)
        return real(*arguments)

    monkeypatch.setattr(views, "_typed", meanwhile)
    client.post(f"/admin/translating/{task.pk}/", data)
    assert now_in(task).changed == 1
    assert json.dumps(now_in(task).pairs["lead"]) == json.dumps([["They sail again.", WORDS["They sail again."], True]])
