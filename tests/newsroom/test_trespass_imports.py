"""Imports that take their time, while others work, and those who asked for them come and go."""

import pytest
from desk_kit import jpeg, newspaper, publish, write
from moving_kit import NOW

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
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
