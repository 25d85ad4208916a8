"""Names in credits that readers have already: they go by themselves, out of releases and out of pictures' files."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import jpeg, picture, publish, write
from newsroom_settings import PASSPHRASE

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom import source
from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.releasing import release_new
from tamizdat.newsroom.pressroom.withholding import Withholding
from tamizdat.newsroom.stories.terms import Byline
from tamizdat.pictures.xmp import xmp_packet
from tamizdat.publisher.delivery import GRACE
from tamizdat.story import Picture, Story
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
NAME = "Zulfiya Realname"


def noted():
    """Whose byline it is."""
    return Byline.objects.create(key="ilka", label="Ilka Dervane", real_name=NAME)


def credited(name=NAME, story_id="ferry"):
    shown = {"image": picture(credit=name).pk, "decorative": False, "alt_text": "Cranes"}
    inside = [{"type": "picture", "value": {"picture": shown, "caption": "", "credit": ""}}]
    return publish(write("Ferry", picture=picture(credit="AFP"), body=inside, story_id=story_id))


def out(story_id="ferry"):
    release = Release.objects.get(story_id=story_id, current=True)
    return story_from_bytes(bytes(release.story)), release


def press(room, now=NOW):
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: now).run()
    assert not run.failed, run.report


def naming(room, word=b"zulfiya"):
    return [path for path in (room / "out").rglob("*") if path.is_file() and word in path.read_bytes().lower()]


def test_it_comes_round():
    assert any(isinstance(each.work, Withholding) for each in rounds())


def test_a_name_that_is_noted_later_goes_from_what_readers_have(room):
    credited()
    credited("Harbour Wire", "other")
    press(room)
    assert naming(room)
    before, first = out()
    others = Release.objects.get(story_id="other").pk
    look = Withholding()
    assert look() == 0
    noted()
    assert look() == 1
    after, second = out()
    assert [each.credit for each in before.pictures] == ["AFP", NAME]
    assert [each.credit for each in after.pictures] == ["AFP", ""]
    assert (after.updated, after.headline, second.by) == (None, before.headline, None)
    assert second.pk > first.pk
    assert out("other")[1].pk == others
    press(room, NOW + timedelta(minutes=1))
    assert not naming(room)


def test_it_reads_stories_only_when_names_are_others(django_assert_num_queries):
    credited()
    noted()
    look = Withholding()
    assert look() == 1
    for _again in range(2):
        with django_assert_num_queries(1):
            assert look() == 0
    Byline.objects.create(key="orla", label="Orla Venn", real_name="Nele Amrin")
    credited("Maro Tesken")
    Byline.objects.filter(key="orla").update(real_name="Maro Tesken")
    assert look() == 1


def test_a_name_in_the_text_alone_is_left_to_editors():
    publish(write(f"{NAME} speaks", story_id="ferry"))
    noted()
    assert Withholding()() == 0
    assert NAME in out()[0].headline


def test_a_release_that_cannot_be_read_keeps_back_no_other():
    credited(story_id="bad")
    credited()
    Release.objects.filter(story_id="bad").update(story=f"broken {NAME}".encode())
    noted()
    assert Withholding()() == 1


def test_stories_that_move_in_bring_no_such_credit():
    noted()
    shown = [Picture("A quay", "ab" * 32, credit=name, width=2, height=2) for name in (NAME, "AFP")]
    release_new([Story(f"s{n}", "en", "Ferry", NOW, picture=each) for n, each in enumerate(shown)], "moving in")
    assert [out(f"s{n}")[0].picture.credit for n in range(2)] == ["", "AFP"]


def test_what_older_versions_took_out_of_pictures_goes_with_the_next_run(room, monkeypatch):
    """They published what a picture's file says of itself, although the library did not."""
    made = picture(data=jpeg(xmp=xmp_packet(NAME, "Seen from her window")))
    LibraryPicture.objects.filter(pk=made.pk).update(credit="", caption="")
    publish(write("Ferry", picture=made, story_id="ferry"))
    with monkeypatch.context() as older:
        older.setattr(source.NewsroomSource, "words_are_all", False)
        older.setattr(source, "_FORMAT", "1")
        press(room)
    assert naming(room)
    press(room, NOW + timedelta(minutes=1))
    assert not [file for file in naming(room) if file.suffix == ".html"]
    press(room, NOW + timedelta(minutes=2) + GRACE)  # for readers in the middle of a visit files stay so long
    assert not naming(room)
    assert not naming(room, b"her window")
