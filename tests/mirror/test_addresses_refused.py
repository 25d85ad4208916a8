"""Addresses that cannot be had: what is said to whoever asked for them."""

import socket

import pytest
from serving import FolderFiles, Running

from tamizdat.errors import UsageError


def refused(tmp_path, *listen) -> str:
    with pytest.raises(UsageError) as caught:
        Running(FolderFiles(tmp_path), listen).end()
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "8000", "host", "::1:8000", "a:b", "127.0.0.1:99999", "unix:relative", "unix:", "http://x:80/", "[::1]"],
)
def test_what_is_no_address(tmp_path, text):
    assert text in refused(tmp_path, text)


def test_one_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = refused(tmp_path, "127.0.0.1:0", address)
        assert address in said
        assert "in use" in said


def test_one_that_is_not_of_this_machine(tmp_path):
    assert "192.0.2.1:8000" in refused(tmp_path, "192.0.2.1:8000")
    assert "no such host" in refused(tmp_path, "no-such-host.invalid:8000")
    assert "a..b" in refused(tmp_path, "a..b:8000")


def test_a_path_that_somebody_else_needs(tmp_path):
    (tmp_path / "precious").write_text("mine")
    assert "precious" in refused(tmp_path, f"unix:{tmp_path}/precious")
    assert (tmp_path / "precious").read_text() == "mine"
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(f"{tmp_path}/taken")
        taken.listen()
        assert "in use" in refused(tmp_path, f"unix:{tmp_path}/taken")
    assert "unix:" in refused(tmp_path, f"unix:{tmp_path}/no/such/folder")
    assert "too long" in refused(tmp_path, "unix:/" + "x" * 200)
