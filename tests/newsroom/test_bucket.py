"""Pictures in a bucket, at a real server that speaks S3.

``TAMIZDAT_TEST_BUCKET`` names one, like ``http://127.0.0.1:9000/pictures`` (an empty bucket that may be written), and
``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY`` open it. It needs django-storages, of the extra ``scale``.
"""

import os
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest
from desk_kit import jpeg, person
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from tamizdat.config import load_config
from tamizdat.newsroom.addresses import storage_settings
from tamizdat.newsroom.pictures.models import LibraryPicture, original_path

ADDRESS = os.environ.get("TAMIZDAT_TEST_BUCKET", "")
pytestmark = [
    pytest.mark.skipif(not ADDRESS, reason="TAMIZDAT_TEST_BUCKET does not name a bucket"),
    pytest.mark.skipif(not find_spec("storages"), reason="needs django-storages (the extra scale)"),
    pytest.mark.django_db,
    # Wagtail leaves files that it looked into to the garbage collector; those of a bucket are temporary ones.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
HEAD = '[publication]\nname = "The Far Shore"\nlanguages = ["en"]\n[[sources]]\nkind = "newsroom"\n[newsroom]\n'


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """The newsroom's storage is the bucket."""
    parts = urlsplit(ADDRESS)
    (tmp_path / "tamizdat.toml").write_text(
        f'{HEAD}pictures = "s3://{parts.path.strip("/")}/of-a-test"\npictures_endpoint = "{parts.scheme}://{parts.netloc}"\n'
    )
    made = storage_settings(load_config(tmp_path).newsroom, None)
    storage = import_string(made["BACKEND"])(**made["OPTIONS"])
    monkeypatch.setattr(default_storage, "_wrapped", storage)
    monkeypatch.setattr(LibraryPicture._meta.get_field("file"), "storage", storage)
    return storage


def _taken(title="Quay"):
    picture = LibraryPicture(title=title, description="Cranes at dawn")
    picture.take(jpeg())
    picture.save()
    return picture


def test_a_picture_is_kept_shown_and_found_again(bucket, client):
    picture = _taken()
    path = original_path(picture.digest)
    assert bucket.exists(path)
    assert picture.file.url == f"/pictures/{path}", "browsers of editors never ask the bucket"
    client.force_login(person())
    answer = client.get(picture.file.url)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == bucket.open(path).read()
    size = picture.get_rendition("width-40")
    assert client.get(size.url).status_code == 200
    client.logout()
    assert client.get(picture.file.url).status_code == 302


def test_an_original_stays_when_its_library_picture_goes(bucket):
    first, second = _taken(), _taken("The same quay")
    assert first.digest == second.digest
    size = first.get_rendition("width-40").file.name
    path = original_path(first.digest)
    first.delete()
    assert bucket.exists(path), "releases name it, and so does the other"
    bucket.delete(size)
    assert not bucket.exists(size)
    bucket.forget(path)
    assert not bucket.exists(path)


def test_two_files_of_one_name_do_not_overwrite_one_another(bucket):
    names = [bucket.save("sizes/a.jpg", ContentFile(data)) for data in (b"one", b"two")]
    assert [bucket.open(name).read() for name in names] == [b"one", b"two"]
