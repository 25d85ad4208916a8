import io
import tarfile
import zipfile

import pytest

from tamizdat.carriers.archive import ArchiveInbound
from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.http import HttpInbound
from tamizdat.carriers.registry import open_inbound, open_outbound
from tamizdat.errors import UsageError


@pytest.fixture
def files(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"ok")
    with zipfile.ZipFile(tmp_path / "stick.bin", "w") as archive:
        archive.writestr("a", b"ok")
    for name, mode in (("plain", "w"), ("packed", "w:gz")):
        with tarfile.open(tmp_path / name, mode) as archive:
            info = tarfile.TarInfo("a")
            info.size = 2
            archive.addfile(info, io.BytesIO(b"ok"))
    (tmp_path / "text.zip").write_text("not a zip")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("folder", DirectoryInbound),
        ("stick.bin", ArchiveInbound),
        ("plain", ArchiveInbound),
        ("packed", ArchiveInbound),
    ],
)
@pytest.mark.parametrize("prefix", ["", "file://", "file://localhost"])
def test_files_are_known_by_their_content(files, name, kind, prefix):
    carrier = open_inbound(f"{prefix}{files / name}")
    assert isinstance(carrier, kind)
    assert carrier.fetch("a", 2) == b"ok"


@pytest.mark.parametrize("address", ["http://mirror.example/x", "HTTPS://mirror.example/x/"])
def test_addresses_are_known_by_their_scheme(address):
    carrier = open_inbound(address)
    assert isinstance(carrier, HttpInbound)
    assert carrier.name.lower() == address.lower().rstrip("/") + "/"


@pytest.mark.parametrize(
    "address",
    ["", "nowhere", "ftp://host/", "gopher://x", "file://otherhost/x", "file://", "a\0b", "{files}/text.zip"],
)
def test_what_is_accepted_is_said(files, address):
    with pytest.raises(UsageError):
        open_inbound(address.replace("{files}", str(files)))


def test_a_file_name_with_escapes(files):
    (files / "my stick").mkdir()
    (files / "my stick" / "a").write_bytes(b"ok")
    assert open_inbound(f"file://{files}/my%20stick").fetch("a", 2) == b"ok"


def test_the_outbound_folder_is_relative_to_the_settings(tmp_path):
    open_outbound("directory", {"path": "mirror"}, tmp_path).put("a", b"ok")
    assert (tmp_path / "mirror" / "a").read_bytes() == b"ok"
    assert open_outbound("directory", {"path": str(tmp_path / "abs")}, tmp_path / "x").name == str(tmp_path / "abs")


@pytest.mark.parametrize(("kind", "settings"), [("s3", {"path": "x"}), ("directory", {}), ("directory", {"path": 3})])
def test_wrong_outbound_settings_are_explained(tmp_path, kind, settings):
    with pytest.raises(UsageError, match="directory"):
        open_outbound(kind, settings, tmp_path)
