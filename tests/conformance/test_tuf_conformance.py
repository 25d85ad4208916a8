"""The TUF client protocol, from outside: the executable against a real HTTP server on loopback.

The public suite is in no package registry. Point TUF_CONFORMANCE at a checkout (its own environment in ``.venv`` or
``env``, or the one that runs these tests if the suite is installed there) and it runs whole, too.
"""

import os
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

CLIENT = Path(__file__).parents[2] / "conformance" / "tuf-client"
SUITE = os.environ.get("TUF_CONFORMANCE", "")


class Repository:
    """Signed files and artifacts by address, served as they are; ``asked`` has every address in order."""

    def __init__(self):
        self.expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
        self.files = {}
        self.asked = []
        self.keys = {role: CryptoSigner.generate_ed25519() for role in ("root", "timestamp", "snapshot", "targets")}
        self.signed = {
            "root": Root(expires=self.expires),
            "timestamp": Timestamp(expires=self.expires),
            "snapshot": Snapshot(expires=self.expires),
            "targets": Targets(expires=self.expires),
        }
        for role, key in self.keys.items():
            self.signed["root"].add_key(key.public_key, role)
        for role in ("targets", "snapshot", "timestamp", "root"):
            self.write(role)

    def write(self, role, *, bump=False, keys=None):
        signed = self.signed[role]
        signed.version += bump
        metadata = Metadata(signed)
        for key in keys or [self.keys[role]]:
            metadata.sign(key, append=True)
        name = "timestamp.json" if role == "timestamp" else f"{signed.version}.{role}.json"
        self.files[f"/metadata/{name}"] = metadata.to_bytes()
        if role == "snapshot":
            self.signed["timestamp"].snapshot_meta = MetaFile(signed.version)
        elif role not in {"root", "timestamp"}:
            self.signed["snapshot"].meta[f"{role}.json"] = MetaFile(signed.version)

    def publish(self, *roles):
        for role in (*roles, "snapshot", "timestamp"):
            self.write(role, bump=True)

    def add(self, path, data, role="targets"):
        target = TargetFile.from_data(path, data, ["sha256"])
        self.signed[role].targets[path] = target
        folder, slash, name = path.rpartition("/")
        self.files[f"/targets/{folder}{slash}{target.hashes['sha256']}.{name}"] = data


@pytest.fixture
def repository():
    return Repository()


@pytest.fixture
def address(repository):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            repository.asked.append(self.path)
            data = repository.files.get(self.path)
            self.send_response(404 if data is None else 200)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class Client:
    def __init__(self, folder, address):
        self.address = address
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self.metadata.mkdir()
        self.targets.mkdir()
        self.root = folder / "trusted.json"

    def run(self, *arguments):
        done = subprocess.run(
            [CLIENT, "--metadata-dir", self.metadata, *arguments], check=False, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr
        return done.returncode

    def init(self, data):
        self.root.write_bytes(data)
        return self.run("init", self.root)

    def refresh(self):
        return self.run("--metadata-url", f"{self.address}/metadata", "refresh")

    def download(self, *names):
        named = [argument for name in names for argument in ("--target-name", name)]
        return self.run(
            "--metadata-url",
            f"{self.address}/metadata/",
            *named,
            "--target-dir",
            self.targets,
            "--target-base-url",
            f"{self.address}/targets/",
            "download",
        )

    @property
    def downloaded(self):
        return sorted(path.read_bytes() for path in self.targets.iterdir())

    def version(self, role):
        path = self.metadata / f"{role}.json"
        return Metadata.from_file(str(path)).signed.version if path.exists() else None


@pytest.fixture
def client(repository, address, tmp_path):
    client = Client(tmp_path, address)
    assert client.init(repository.files["/metadata/1.root.json"]) == 0
    return client


def test_init_keeps_the_root_and_asks_for_nothing(repository, client):
    assert repository.asked == []
    assert (client.metadata / "root.json").read_bytes() == repository.files["/metadata/1.root.json"]


def test_refresh_asks_in_order_and_keeps_what_came(repository, client):
    assert client.refresh() == 0
    names = ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]
    assert repository.asked == [f"/metadata/{name}" for name in names]
    for name in names[1:]:
        kept = client.metadata / name.removeprefix("1.")
        assert kept.read_bytes() == repository.files[f"/metadata/{name}"]


def test_refresh_follows_the_roots(repository, client):
    repository.write("root", bump=True)
    repository.write("root", bump=True)
    assert client.refresh() == 0
    assert client.version("root") == 3


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x00"])
def test_a_first_root_that_is_none(repository, client, damage):
    client.init(damage)
    assert client.refresh() == 1
    assert repository.asked == []


def test_download_refreshes_and_keeps_the_artifact(repository, client):
    repository.add("deep/er/file.txt", b"news")
    repository.publish("targets")
    assert client.download("deep/er/file.txt") == 0
    assert client.downloaded == [b"news"]


def test_an_artifact_is_not_fetched_twice(repository, client):
    repository.add("file.txt", b"news")
    repository.publish("targets")
    assert client.download("file.txt") == 0
    repository.asked.clear()
    assert client.download("file.txt") == 0
    assert not [path for path in repository.asked if path.startswith("/targets")]
    repository.add("file.txt", b"newer")
    repository.publish("targets")
    assert client.download("file.txt") == 0
    assert client.downloaded == [b"newer"]


@pytest.mark.parametrize("served", [b"evil", b"new", b"news and more", None])
def test_an_artifact_that_is_not_what_was_signed(repository, client, served):
    repository.add("file.txt", b"news")
    repository.publish("targets")
    (address,) = (path for path in repository.files if path.startswith("/targets"))
    repository.files[address] = served
    assert client.download("file.txt") == 1
    assert client.downloaded == []


def test_a_name_that_nobody_signed_for(client):
    assert client.download("nothing") == 1
    assert client.downloaded == []


def test_a_name_that_leaves_the_folder_of_artifacts(repository, client):
    repository.add("../file.txt", b"news")
    repository.publish("targets")
    assert client.download("../file.txt") == 1
    assert client.downloaded == []


@pytest.mark.parametrize("missing", ["timestamp", "2.snapshot", "2.targets"])
def test_404_ends_the_visit(repository, client, missing):
    repository.publish("targets")
    del repository.files[f"/metadata/{missing}.json"]
    assert client.refresh() == 1
    assert client.version("targets") is None


def test_rollback(repository, client):
    old = repository.files["/metadata/timestamp.json"]
    repository.publish("targets")
    assert client.refresh() == 0
    repository.files["/metadata/timestamp.json"] = old
    assert client.refresh() == 1
    assert client.version("timestamp") == 2
    assert client.version("targets") == 2


def test_expired(repository, client):
    assert client.refresh() == 0
    repository.signed["timestamp"].expires = repository.expires - timedelta(days=4)
    repository.publish("targets")
    assert client.refresh() == 1
    assert client.version("timestamp") == 1


def test_endless_data(repository, client):
    repository.files["/metadata/timestamp.json"] += b" " * 20_000
    assert client.refresh() == 1
    assert client.version("timestamp") is None


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_role_reached_by_two_delegators_is_checked_on_each_way(repository, client, order):
    shared = {parent: CryptoSigner.generate_ed25519() for parent in ("a", "b")}
    keys = {parent: CryptoSigner.generate_ed25519() for parent in ("a", "b")}
    targets = repository.signed["targets"]
    targets.delegations = Delegations(
        {key.public_key.keyid: key.public_key for key in keys.values()},
        {name: DelegatedRole(name, [key.public_key.keyid], 1, False, [f"{name}/*"]) for name, key in keys.items()},
    )
    repository.keys |= keys
    repository.signed["release"] = Targets(expires=repository.expires)
    for parent, key in shared.items():
        role = DelegatedRole("release", [key.public_key.keyid], 1, False, [f"{parent}/*"])
        repository.signed[parent] = Targets(
            expires=repository.expires,
            delegations=Delegations({key.public_key.keyid: key.public_key}, {"release": role}),
        )
        repository.add(f"{parent}/file", parent.encode(), "release")
    repository.write("release", keys=[shared["a"]])
    repository.write("a")
    repository.write("b")
    repository.publish("targets")

    assert client.download("a/file") == 0
    assert client.downloaded == [b"a"]
    assert client.download(*(f"{parent}/file" for parent in order)) == 1
    assert client.downloaded == [b"a"]
    assert client.download("b/file") == 1


def test_without_the_arguments_that_a_command_needs(client):
    assert client.run("refresh") == 1
    assert client.run("--metadata-url", "http://127.0.0.1:1/", "download") == 1


def test_a_server_that_is_not_there(client):
    client.address = "http://127.0.0.1:1"
    assert client.refresh() == 1


def suite_python():
    for folder in (".venv", "env", "venv"):
        if (python := Path(SUITE) / folder / "bin" / "python").exists():
            return str(python)
    return sys.executable


@pytest.mark.slow
@pytest.mark.skipif(not SUITE, reason="TUF_CONFORMANCE does not point at a checkout of the TUF conformance suite")
@pytest.mark.skipif(not shutil.which("faketime"), reason="the TUF conformance suite needs faketime")
def test_the_public_suite_passes_whole():
    assert not CLIENT.with_suffix(".xfails").exists()
    command = [suite_python(), "-m", "pytest", "-q", "tuf_conformance", f"--entrypoint={CLIENT}"]
    done = subprocess.run(command, cwd=SUITE, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "xfailed" not in done.stdout
    assert "skipped" not in done.stdout
