"""The picture library: metadata goes at upload, words stay, and what a release names is never lost."""

import io

import pytest
from desk_kit import jpeg, picture
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from wagtail.images.forms import get_image_form
from wagtail.models import Collection

from tamizdat.newsroom.pictures.models import LibraryPicture, original_path
from tamizdat.newsroom.source import NewsroomSource
from tamizdat.pictures.xmp import xmp_packet

pytestmark = pytest.mark.django_db


def _with_gps() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Camera of the reporter"
    exif.get_ifd(0x8825)[1] = "N"
    return jpeg(exif=exif, xmp=xmp_packet("Harbour Wire", "Cranes at dawn"))


def test_metadata_goes_and_the_credit_stays():
    original = _with_gps()
    assert b"Camera of the reporter" in original
    made = picture(data=original)
    with default_storage.open(made.file.name) as file:
        stored = file.read()
    assert b"Camera of the reporter" not in stored
    assert not Image.open(io.BytesIO(stored)).getexif()
    assert (made.credit, made.caption) == ("Harbour Wire", "Cranes at dawn")


def test_nothing_else_of_the_upload_is_left_on_the_disk():
    made = picture(data=_with_gps())
    _folders, files = default_storage.listdir("originals/" + made.digest[:2])
    assert files == [f"{made.digest}.jpg"]


def _form(data: bytes, **fields: str):
    upload = SimpleUploadedFile("quay.jpg", data, "image/jpeg")
    given = {"title": "quay", "description": "A quay", "collection": Collection.get_first_root_node().pk, **fields}
    return get_image_form(LibraryPicture)(given, {"file": upload})


def test_a_picture_that_is_none_or_says_nothing_is_refused_in_words():
    assert "file" in _form(b"no picture at all").errors
    assert "file" in _form(jpeg()[:400]).errors
    assert "description" in _form(jpeg(), description="").errors
    assert _form(jpeg()).is_valid()


def test_an_original_stays_when_its_library_picture_goes(django_capture_on_commit_callbacks):
    made = picture()
    digest = made.digest
    with django_capture_on_commit_callbacks(execute=True):
        made.delete()
    assert default_storage.exists(original_path(digest))
    assert NewsroomSource(None).open_picture(digest)


def test_two_library_pictures_may_share_an_original(django_capture_on_commit_callbacks):
    first, second = picture("one"), picture("two")
    assert first.digest == second.digest
    with django_capture_on_commit_callbacks(execute=True):
        first.delete()
    assert default_storage.exists(second.file.name)


@pytest.mark.parametrize(
    ("x", "y", "focus"),
    [(None, None, (500, 500)), (0, 0, (0, 0)), (800, 600, (1000, 1000)), (200, 300, (250, 500))],
)
def test_the_focal_point_is_a_storys_focus(x, y, focus):
    made = picture()
    made.focal_point_x, made.focal_point_y = x, y
    assert made.focus == focus
