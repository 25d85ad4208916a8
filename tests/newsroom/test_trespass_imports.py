"""Imports that take their time, while others work, and those who asked for them come and go."""

import pytest
from desk_kit import jpeg, newspaper, person, publish, write
from django.urls import reverse
from moving_kit import NOW, line, move_lines, write_lines

from tamizdat.config import MAX_SECTIONS
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.here import here
from tamizdat.newsroom.moving_in import coming
from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.moving_in.models import Move, MovedItem
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.uploads import _moved, move_waiting
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import Section, StoryPage
from tamizdat.sources.folder import FolderSource

pytestmark = pytest.mark.django_db


class SlowSource(FolderSource):
    """A folder; before a picture of it comes, ``meanwhile`` happens."""

    meanwhile = staticmethod(lambda: None)

    def open_picture(self, origin):
        """See the port."""
        self.meanwhile()
        return super().open_picture(origin)


def strike(folder, text="Text.", shown="quay.jpg"):
    folder.mkdir(exist_ok=True)
    head = "---\ntitle: Strike\ndate: 2026-11-20T10:00:00Z\n---\n"
    (folder / "strike.en.md").write_text(f"{head}{text}\n\n![A quay]({shown})\n", "utf-8")
    (folder / shown).write_bytes(jpeg(width=800 + len(text)))
    return folder


def move(folder, meanwhile=lambda: None, **options):
    source = SlowSource(folder, name="site", now=NOW)
    source.meanwhile = meanwhile
    return Mover(source, "folder", **options).move()


def out():
    (last,) = Release.objects.filter(story_id="strike", current=True)
    return story_from_bytes(bytes(last.story)).headline if last.story else ""


def test_what_an_editor_saves_while_pictures_come_is_kept(tmp_path):
    move(strike(tmp_path / "site"))
    page = StoryPage.objects.get(story_id="strike")

    def edit():
        page.title = "An editor's headline"
        page.save_revision()

    report = move(strike(tmp_path / "site", "Other text.", "other.jpg"), edit)
    assert (report.changed, report.kept) == (0, 1)
    assert "was edited here" in report.faults[-1].text
    assert StoryPage.objects.get(pk=page.pk).get_latest_revision_as_object().title == "An editor's headline"
    assert "Other" not in str(StoryPage.objects.get(pk=page.pk).body)
    again = move(tmp_path / "site")
    assert (again.changed, again.kept) == (0, 1)
    assert not faults_of_pages()


def test_what_an_editor_deletes_while_pictures_come_stays_deleted(tmp_path):
    move(strike(tmp_path / "site"))
    report = move(
        strike(tmp_path / "site", "Other text.", "other.jpg"), lambda: StoryPage.objects.get(story_id="strike").delete()
    )
    assert (report.changed, report.kept) == (0, 1)
    assert "was deleted here" in report.faults[-1].text
    assert not StoryPage.objects.filter(story_id="strike").exists()
    assert MovedItem.objects.get().page is None
    assert not faults_of_pages()


def test_another_import_that_was_faster_is_no_edit(tmp_path):
    move(strike(tmp_path / "site"))
    strike(tmp_path / "site", "Other text.", "other.jpg")
    report = move(tmp_path / "site", lambda: move(tmp_path / "site"))
    assert (report.changed, report.kept) == (1, 0)
    assert "Other" in str(StoryPage.objects.get(story_id="strike").body)


def test_a_story_that_an_editor_publishes_while_pictures_come_is_not_covered(tmp_path):
    report = move(
        strike(tmp_path / "site"), lambda: publish(write("An editor's own", story_id="strike", slug="strike"))
    )
    assert (report.new, report.left_out) == (0, 1)
    assert "did not come from this source" in report.faults[-1].text
    assert out() == "An editor's own"
    assert newspaper("en").get_children().count() == 1
    assert not MovedItem.objects.exists()
    assert not faults_of_pages()


# --- who may ---


@pytest.fixture
def upload(room):
    """Three stories that wait, asked for by an administrator."""
    folder = here().own / "moving"
    folder.mkdir(exist_ok=True)
    file = write_lines(folder / "site.jsonl", [line("a"), line("b"), line("c")])
    yield Move.objects.create(source="Old", kind="jsonl", language="en", by=person("first"), file="moving/site.jsonl")
    file.unlink()


def test_an_import_ends_with_its_permission(upload, monkeypatch):
    monkeypatch.setattr(coming, "CHUNK_STORIES", 1)
    report = _moved(upload, lambda _report: Person.objects.update(is_active=False))
    assert (report.new, report.read) == (1, 2)
    assert "may not" in report.fault
    assert StoryPage.objects.count() == 1
    Person.objects.update(is_active=True)
    upload.dry = True
    report = _moved(upload, lambda _report: Person.objects.update(is_active=False))
    assert (report.same, report.new) == (1, 0)
    assert "may not" in report.fault


def test_an_import_that_loses_its_permission_while_pictures_come_writes_nothing(tmp_path):
    assert move(strike(tmp_path / "site"), may=iter((True, True)).__next__).fault == ""
    (row,) = Release.objects.filter(current=True)
    report = move(strike(tmp_path / "site", "Other text.", "other.jpg"), may=iter((True, False)).__next__)
    assert "may not" in report.fault
    assert (report.changed, Release.objects.get(current=True)) == (0, row)
    (tmp_path / "site" / "fresh.en.md").write_text("---\ntitle: Fresh\n---\nText.\n", "utf-8")
    (tmp_path / "site" / "strike.en.md").unlink()
    report = move(tmp_path / "site", may=iter((True, False)).__next__)
    assert "may not" in report.fault
    assert (report.new, StoryPage.objects.count()) == (0, 1)


def test_why_an_import_was_refused_is_said_where_it_is_looked_for(upload, client):
    Person.objects.update(is_active=False)
    move_waiting()
    client.force_login(person("second"))
    assert "may not move sites in any more" in client.get(reverse("moving_in_move", args=[upload.pk])).content.decode()
    assert not StoryPage.objects.exists()


def test_who_has_an_import_run_again_answers_for_it(upload, client):
    second = person("second")
    Move.objects.update(state=Move.DONE)
    client.force_login(second)
    client.post(reverse("moving_in_again", args=[upload.pk]))
    Person.objects.filter(username="first").update(is_active=False)
    move_waiting()
    assert {page.owner for page in StoryPage.objects.all()} == {second}
    assert {each.by for each in Release.objects.all()} == {second}


def test_sections_of_an_import_are_checked_like_any_other(tmp_path, monkeypatch):
    monkeypatch.setattr(coming, "CHUNK_STORIES", 1)
    long, plain = "L" * 100, person("plain")
    file = write_lines(tmp_path / "a.jsonl", [line("a", sections=["Ports", long]), line("b", sections=[long])])
    report = move_lines(file, by=plain)
    assert list(Section.objects.values_list("key", flat=True)) == ["Ports"]
    (told,) = [each for each in report.faults if each.field == "sections"]
    assert "at most 60 characters" in told.text
    assert not told.left_out
    Person.objects.update(is_superuser=False)
    file = write_lines(tmp_path / "b.jsonl", [line("c", sections=["Sea"])])
    report = move_lines(file, by=Person.objects.get(pk=plain.pk))
    assert "may not add sections" in report.faults[-1].text
    assert Section.objects.count() == 1
    many = [f"s{number}" for number in range(MAX_SECTIONS)]
    report = move_lines(write_lines(tmp_path / "c.jsonl", [line("d", sections=many[:20]), line("e", sections=many)]))
    assert "no room" in report.faults[-1].text
    assert Section.objects.count() == MAX_SECTIONS
    assert not faults_of_pages()
