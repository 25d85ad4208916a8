"""Whichever way a picture comes into the library: no step leaves a file that says where it was taken, or with what."""

import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from desk_kit import jpeg, person, picture
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from newsroom_settings import ROOM
from PIL import Image
from wagtail.models import Collection, UploadedFile

from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.pictures.models import LibraryPicture, original_path
from tamizdat.newsroom.pictures.proofs import press_original
from tamizdat.newsroom.pictures.uploads import UPLOAD_SECONDS, forget_old_uploads
from tamizdat.pictures.words import Words
from tamizdat.pictures.xmp import xmp_packet

pytestmark = pytest.mark.django_db

CAMERA, PLACE = b"Camera of the reporter", b"Behind the third pier"


def _told() -> bytes:
    """A picture that tells everything: camera, place, and who is to be credited."""
    exif = Image.Exif()
    exif[0x010F] = CAMERA.decode()
    exif.get_ifd(0x8825)[18] = PLACE.decode()
    data = jpeg(exif=exif, xmp=xmp_packet("Harbour Wire", "Cranes at dawn"))
    assert CAMERA in data
    assert PLACE in data
    return data


def _upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("quay.jpg", _told(), "image/jpeg")


def _files() -> list[Path]:
    return sorted(path for path in (ROOM / "newsroom" / "pictures").rglob("*") if path.is_file())


def _nothing_tells() -> None:
    """No file on the disk does."""
    for path in _files():
        data = path.read_bytes()
        assert CAMERA not in data, path
        assert PLACE not in data, path
        assert not Image.open(io.BytesIO(data)).getexif(), path


def _said(**fields: object) -> dict[str, object]:
    return {"title": "quay", "description": "A quay", "collection": Collection.get_first_root_node().pk, **fields}


def _is_whole(made: LibraryPicture) -> None:
    """It can be shown and published, and says whom to credit."""
    assert made.file.name == original_path(made.digest)
    assert (made.credit, made.caption) == ("Harbour Wire", "Cranes at dawn")
    assert press_original(made.digest, Words()).width == made.width == 800


def _dropped(client) -> int:
    """A file that was dropped on "Add an image"; its key."""
    answer = client.post(
        "/admin/images/multiple/add/",
        {"title": "quay", "files[]": _upload(), "collection": Collection.get_first_root_node().pk},
        headers={"X-Requested-With": "XMLHttpRequest"},
    ).json()
    assert answer["success"]
    return answer["uploaded_file_id"]


def _completed(client, key: int) -> dict[str, object]:
    fields = {f"uploaded-image-{key}-{name}": value for name, value in _said().items()}
    return client.post(f"/admin/images/multiple/create_from_uploaded_image/{key}/", fields).json()


@pytest.fixture
def editor(client):
    client.force_login(person())
    return client


def test_a_dropped_picture_is_drawn_anew_before_it_touches_the_disk(editor, django_capture_on_commit_callbacks):
    key = _dropped(editor)
    assert len(_files()) == 1
    _nothing_tells()
    with django_capture_on_commit_callbacks(execute=True):
        answer = _completed(editor, key)
    assert answer["success"]
    _nothing_tells()
    made = LibraryPicture.objects.get(pk=answer["image_id"])
    _is_whole(made)
    assert _files() == [Path(default_storage.path(made.file.name))]
    editor.get("/admin/images/")
    editor.get(f"/admin/images/{made.pk}/")
    _nothing_tells()


def test_an_upload_that_an_older_version_stored_raw_is_drawn_anew(editor, django_capture_on_commit_callbacks):
    key = _dropped(editor)
    Path(UploadedFile.objects.get(pk=key).file.path).write_bytes(_told())
    with django_capture_on_commit_callbacks(execute=True):
        assert _completed(editor, key)["success"]
    _nothing_tells()
    _is_whole(LibraryPicture.objects.get())
    assert len(_files()) == 1


def test_a_dropped_picture_that_nobody_completes_goes(editor):
    key = _dropped(editor)
    forget_old_uploads()
    assert UploadedFile.objects.filter(pk=key).exists()
    _nothing_tells()
    _age(Path(UploadedFile.objects.get(pk=key).file.path))
    forget_old_uploads()
    assert not UploadedFile.objects.exists()
    assert not _files()
    assert _completed_is_gone(editor, key)


def _completed_is_gone(client, key: int) -> bool:
    return client.post(f"/admin/images/multiple/create_from_uploaded_image/{key}/", {}).status_code == 404


def _age(path: Path) -> None:
    then = time.time() - UPLOAD_SECONDS - 60
    os.utime(path, (then, then))


def test_a_dropped_picture_that_is_taken_back_goes_at_once(editor):
    key = _dropped(editor)
    assert editor.post(f"/admin/images/multiple/delete_upload/{key}/").json()["success"]
    assert not _files()


def test_left_over_files_go_and_pictures_that_are_used_stay():
    kept = picture(data=_told())
    left = Path(default_storage.path("original_images/left.jpg"))
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(_told())
    _age(left)
    _age(Path(kept.file.path))
    forget_old_uploads()
    assert _files() == [Path(kept.file.path)]


def test_a_library_picture_that_an_older_version_stored_raw_is_drawn_anew(django_capture_on_commit_callbacks):
    made = picture(data=jpeg())
    raw = Path(default_storage.path("original_images/quay.jpg"))
    raw.parent.mkdir(parents=True, exist_ok=True)
    raw.write_bytes(_told())
    LibraryPicture.objects.filter(pk=made.pk).update(digest="", file="original_images/quay.jpg", credit="", caption="")
    with django_capture_on_commit_callbacks(execute=True):
        forget_old_uploads()
    _nothing_tells()
    _is_whole(LibraryPicture.objects.get(pk=made.pk))
    assert not raw.exists()


def test_a_round_does_it():
    found = next(each for each in rounds() if each.work is forget_old_uploads)
    assert found.every <= timedelta(hours=6)


@pytest.mark.parametrize("title", ["quay", ""])
def test_one_picture_added_alone(editor, title):
    editor.post("/admin/images/add/", _said(title=title, file=_upload()))
    _nothing_tells()
    assert LibraryPicture.objects.exists() == bool(title)
    assert len(_files()) == bool(title)


def test_one_picture_added_while_choosing(editor):
    fields = {f"image-chooser-upload-{name}": value for name, value in _said(file=_upload()).items()}
    assert editor.post("/admin/images/chooser/create/", fields).json()["step"] == "chosen"
    _nothing_tells()
    _is_whole(LibraryPicture.objects.get())


def test_another_file_for_a_picture(editor):
    made = picture(data=jpeg(400, 300))
    editor.post(f"/admin/images/{made.pk}/", _said(file=_upload()))
    _nothing_tells()
    _is_whole(LibraryPicture.objects.get(pk=made.pk))
    assert editor.get(f"/admin/images/{made.pk}/").status_code == 200


def test_what_is_no_picture_leaves_nothing(editor):
    broken = SimpleUploadedFile("quay.jpg", _told()[:2_000], "image/jpeg")
    given = {"title": "quay", "files[]": broken, "collection": Collection.get_first_root_node().pk}
    assert not editor.post("/admin/images/multiple/add/", given).json()["success"]
    assert not _files()
    assert not UploadedFile.objects.exists()
