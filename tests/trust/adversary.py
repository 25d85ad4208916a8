"""A newsroom in memory, mirrors that carry its files, and a thief with some of its keys. Nothing here is clever:
every attack is a few lines over ``tuf.api.metadata``, behind the same ``fetch`` that a real mirror has.
"""

import copy
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from tamizdat.errors import Failure, TrustError
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh, Want, bring_up_to_date, find_target
from tamizdat.trust.store import MemoryStore
from tamizdat.trust.verify import ExpiryPolicy

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
LIFETIME = timedelta(days=30)
LANGUAGES = ("fa", "ru")
TOP = ("root", "targets", "snapshot", "timestamp")


def new_key(keyid=None):
    signer = CryptoSigner.generate_ed25519()
    public = bytes.fromhex(signer.public_key.keyval["public"])
    return with_id(signer, keyid or hashlib.sha256(public).hexdigest()[:8])


def with_id(signer, keyid):
    """The same private key under another key id."""
    public = SSlibKey(keyid, "ed25519", "ed25519", dict(signer.public_key.keyval))
    return CryptoSigner(signer._private_key, public)


def sign(signed, signers):
    """A file: ``signed`` with a signature by each of ``signers``."""
    metadata = Metadata(signed)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def edit(data, change):
    """The file after ``change`` has been at its JSON; signatures stay as they were."""
    found = json.loads(data)
    change(found)
    return json.dumps(found).encode()


class Newsroom:
    """An honest publisher: root and targets 2 of 3, one terminating role for each language, ``app`` for the rest."""

    def __init__(self, *, now=NOW, consistent=True):
        self.now = now
        self.files = {}
        self.hashes = False
        self.keys = {
            role: [new_key() for _ in range(3 if role in {"root", "targets"} else 1)]
            for role in (*TOP, *LANGUAGES, "app")
        }
        expires = now + LIFETIME
        self.signed = {
            "root": Root(1, expires=expires, consistent_snapshot=consistent),
            "targets": Targets(expires=expires, delegations=Delegations({}, {})),
            "snapshot": Snapshot(expires=expires),
            "timestamp": Timestamp(expires=expires),
        }
        for role in TOP:
            self.authorise(role)
        for role in (*LANGUAGES, "app"):
            self.signed[role] = Targets(expires=expires)
            paths = ["*", "app/*"] if role == "app" else [f"{role}/*"]
            self.signed["targets"].delegations.roles[role] = DelegatedRole(role, [], 1, True, paths)
            self.authorise(role)
        for language in LANGUAGES:
            self.write_index(language, 1)
        for role in (*LANGUAGES, "app", *TOP):
            self._write(role)

    def authorise(self, role, keys=None):
        """Let exactly ``keys`` sign for ``role``."""
        self.keys[role] = self.keys[role] if keys is None else list(keys)
        top = role in TOP
        holder = self.signed["root"] if top else self.signed["targets"].delegations
        holder.keys |= {key.public_key.keyid: key.public_key for key in self.keys[role]}
        keyids = [key.public_key.keyid for key in self.keys[role]]
        if top:
            holder.roles[role] = Role(keyids, 2 if role in {"root", "targets"} else 1)
        else:
            holder.roles[role].keyids = keyids

    def write_index(self, language, number, *, path=None):
        data = f"{language} {number}".encode()
        target = TargetFile.from_data(path or f"{language}/index", data, ["sha256"])
        target.unrecognized_fields["custom"] = {
            "edition": number,
            "root": hashlib.sha256(data).hexdigest(),
            "time": "2031-05-01T11:00:00Z",
        }
        self.signed[language].targets = {target.path: target}

    def publish(self, *roles, days=30):
        """New versions of ``roles``, good for ``days``, and of what must follow from them."""
        follow = {"snapshot", "timestamp"} if set(roles) - {"root", "timestamp"} else set()
        order = ("fa", "ru", "app", "targets", "snapshot", "timestamp", "root")
        wanted = {*roles, *follow}
        for role in [*sorted(wanted - set(order)), *(role for role in order if role in wanted)]:
            self.signed[role].version += 1
            self.signed[role].expires = self.now + (timedelta(days=days) if role in roles else LIFETIME)
            self._write(role)

    def edition(self, language, number):
        self.write_index(language, number)
        self.publish(language)

    def file(self, role):
        """The newest file of ``role``."""
        return self.files[self.name(role)]

    def name(self, role):
        return file_name(role, self.signed[role].version, self.signed["root"].consistent_snapshot)

    def refer(self, role, data):
        """Let the snapshot, or the timestamp, name ``data`` as the file of ``role``."""
        version = self.signed[role].version
        named = MetaFile.from_data(version, data, ["sha256"]) if self.hashes else MetaFile(version)
        if role == "snapshot":
            self.signed["timestamp"].snapshot_meta = named
        elif role not in {"root", "timestamp"}:
            self.signed["snapshot"].meta[f"{role}.json"] = named

    def _write(self, role):
        if role == "timestamp":
            self.signed[role].unrecognized_fields["x-tamizdat-time"] = f"{self.now:%Y-%m-%dT%H:%M:%SZ}"
        data = sign(self.signed[role], self.keys[role])
        self.files[self.name(role)] = data
        self.refer(role, data)

    def rotate_root(self, **replaced):
        """The next root, signed by old and new keys; ``replaced`` gives roles their new keys."""
        before = self.keys["root"]
        for role, keys in replaced.items():
            self.authorise(role, keys)
        self.signed["root"].version += 1
        extra = [key for key in before if key not in self.keys["root"]]
        self.files[self.name("root")] = sign(self.signed["root"], [*self.keys["root"], *extra])

    def mirror(self):
        return Mirror(dict(self.files))

    def copy(self, role):
        """The content of ``role`` to tamper with."""
        return copy.deepcopy(self.signed[role])

    @property
    def anchor(self):
        return Anchor.of_root(self.files["1.root.json"])


def file_name(role, version, consistent=True):
    quoted = f"{quote(role, safe='')}.json"
    return quoted if role == "timestamp" or (role != "root" and not consistent) else f"{version}.{quoted}"


@dataclass
class Mirror:
    """Serves what it likes under any name."""

    files: dict
    asked: list = field(default_factory=list)

    def fetch(self, want: Want):
        self.asked.append(want.name)
        return self.files.get(want.name)


class Reader:
    """A reader with a memory (its store) that visits mirrors."""

    def __init__(self, newsroom, *, policy=ExpiryPolicy.REFUSE, now=NOW, store=None):
        self.anchor = newsroom.anchor
        self.policy = policy
        self.now = now
        self.store = store or MemoryStore()
        self.refresh = None

    def begin(self):
        self.refresh = Refresh(self.store, now=self.now, policy=self.policy, anchor=self.anchor)
        return self.refresh

    def visit(self, mirror, *paths):
        """A whole visit: top-level files, then a look-up of each path."""
        refresh = self.begin()
        bring_up_to_date(refresh, mirror.fetch)
        return [find_target(refresh, mirror.fetch, path) for path in paths]

    def until(self, mirror, role, path=None):
        """A visit that stops where the file of ``role`` is wanted."""
        refresh = self.begin()
        while (want := refresh.wanted()) is None or want.role != role:
            if want is None:
                assert refresh.find(path) is None
                continue
            data = mirror.fetch(want)
            if data is None:
                refresh.missing()
            else:
                refresh.give(data)
            if want.role == "timestamp":
                refresh.advance()
        return refresh

    def state(self):
        """All that a refusal must leave as it was."""
        trusted = self.refresh.trusted if self.refresh._trusted else None
        held = {role: file.data for role, file in trusted._held().items()} if trusted else {}
        return held, dict(self.store._files), self.refresh.wanted(), trusted and trusted.expired

    def refuses(self, data) -> Failure:
        """Give ``data`` for what is wanted; it must be refused and change nothing. Returns why."""
        before = self.state()
        try:
            self.refresh.give(data)
        except TrustError as error:
            assert self.state() == before
            return error.failure
        raise AssertionError("the attack succeeded")
