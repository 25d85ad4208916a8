"""Publications with made-up pages: small, all different, and listed and signed as spec/site.md says."""

import hashlib
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from publication_kit import NOW, PASSPHRASE, Newsroom, item
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.listing import SITE_TARGET, Leaf
from tamizdat.edition.site import SiteTree
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger
from tamizdat.publisher.signing import duties, sign_all
from tamizdat.reader.audit import audit_mirrors
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import Keyring, load_state
from tamizdat.trust.sign import Target

LATER = NOW + timedelta(hours=1)
STORY = "ru/2026/11/story-1.html"
OTHER = "ru/2026/11/story-2.html"
NEW = NOW.replace(day=24)
NO_PRESS = "[site]\nenabled = false\n"
OUTSIDE = {
    "index.html": b"<title>Choose a language</title>",
    "404.html": b"<title>Nothing here</title>",
    "robots.txt": b"User-agent: *\n",
    f"pictures/{hashlib.sha256(b'a').hexdigest()}-320.jpg": b"a small picture",
}


def page(language: str, edition: int, text: str) -> bytes:
    """A page as the press writes them, as far as an audit looks."""
    return f'<!doctype html><meta name="edition" content="{language} {edition}"><p>{text}</p>'.encode()


def pages_of(language: str, edition: int, stories: int = 6) -> dict[str, bytes]:
    """Pages of one language. Of each edition all differ from those of another."""
    found = {f"{language}/2026/11/story-{at}.html": page(language, edition, f"Story {at}.") for at in range(stories)}
    found[f"{language}/index.html"] = page(language, edition, "All of it.")
    found[f"{language}/archive/2026-11.html"] = page(language, edition, "November.")
    return found | {f"{language}/feed.atom.xml": b"<feed>%d</feed>" % edition}


class SiteRoom(Newsroom):
    """A newsroom with pages in English and Russian, and some outside the languages, on its first carrier."""

    def __init__(self, folder):
        super().__init__(folder)
        self.settings(NO_PRESS)
        self.write([item("a", "en"), item("a", "ru")])
        self.publish()
        self.pages: dict[str, bytes] = {}
        self.put({**OUTSIDE, **pages_of("en", 1), **pages_of("ru", 1)})

    @property
    def mirror(self):
        return self.carriers[0]

    def copy(self, folder: Path) -> "SiteRoom":
        """The same publication, keys and all, at another place."""
        twin = SiteRoom.__new__(SiteRoom)
        twin.__dict__.update(self.__dict__)
        twin.folder = shutil.copytree(self.folder, folder)
        twin.carriers = (folder / self.mirror.name,)
        twin.settings(NO_PRESS)
        return twin

    def edition(self, number: int, language: str = "ru", now: datetime = LATER) -> None:
        """The next edition of ``language``, all its pages new."""
        self.write([item("a", other, f"In edition {number}" if other == language else "") for other in ("en", "ru")])
        self.publish(now)
        kept = {path: data for path, data in self.pages.items() if not path.startswith(f"{language}/")}
        self.put({**kept, **pages_of(language, number)}, now)

    def put(self, pages: Mapping[str, bytes], now: datetime = NOW, *, announce: bool = True) -> None:
        """Exactly these pages, signed, on the mirror; without ``announce`` all but pages and timestamp."""
        trees = self.trees(pages)
        signed = self.sign(trees, now)
        for tree in trees.values():
            for path, data in tree.files().items():
                self._write(path, data)
        for name, data in signed.items():
            if name != "timestamp.json":
                self._write(f"metadata/{name}", data)
        if not announce:
            return
        for path in self.pages.keys() - pages.keys():
            (self.mirror / path).unlink()
        for path, data in pages.items():
            self._write(path, data)
        self.pages = dict(pages)
        self._write("metadata/timestamp.json", signed["timestamp.json"])

    @staticmethod
    def trees(pages: Mapping[str, bytes]) -> dict[str, SiteTree]:
        leaves = {path: Leaf(len(data), hashlib.sha256(data).digest()) for path, data in pages.items()}
        made = {
            language: SiteTree.of(language, {p: leaf for p, leaf in leaves.items() if p.startswith(f"{language}/")})
            for language in ("en", "ru")
        }
        rest = {p: leaf for p, leaf in leaves.items() if not p.startswith(("en/", "ru/"))}
        return made | {"": SiteTree.of("", rest)}

    def sign(self, trees: Mapping[str, SiteTree], now: datetime) -> dict[str, bytes]:
        """The newest signed files by name, after signing these trees."""
        roots = {folder: tree.root for folder, tree in trees.items() if folder and tree.root}
        return self.sign_roots(roots, [Target.of(SITE_TARGET, trees[""].top_listing)] if trees[""].root else [], now)

    def sign_roots(self, sites, app_targets, now: datetime = NOW) -> dict[str, bytes]:
        state, keyring = load_state(self.folder), Keyring.open(self.folder, lambda _: PASSPHRASE)
        ledger = Ledger(self.folder / LEDGER_FILE)
        what = {"sites": sites, "app_targets": app_targets}
        try:
            with ledger.transaction():
                duty = duties(ledger, state, frozenset(), now, **what)
                keyring.unlock(duty.roles)
                keys = {role: keyring.signer(role) for role in duty.roles}
                sign_all(ledger, state, duty, {}, keys, now, **what)
            return {signed.file_name: signed.data for signed in ledger.all_signed()}
        finally:
            ledger.close()

    def _write(self, path: str, data: bytes) -> None:
        file = self.mirror / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


# --- Audits ---


def audit(room, *mirrors, **how):
    roads = [mirror if hasattr(mirror, "fetch") else open_inbound(str(mirror)) for mirror in mirrors]
    return audit_mirrors(roads, Anchor.parse(room.fingerprint), LATER, **how)


def findings(result, at=0):
    """State by path, of one mirror."""
    return {f.path: f.state for tree in result.mirrors[at].trees for f in tree.findings}


def details(result, at=0):
    return {f.path: f.detail for tree in result.mirrors[at].trees for f in tree.findings}


def standing(result, at=0):
    return result.mirrors[at].standing(result.newest)


def digest(data):
    return hashlib.sha256(data).digest()


def remove_listings(folder):
    for file in [*folder.rglob("*.list")]:
        file.unlink()


def remove_pages(folder):
    """What is left of a mirror that serves editions only. Stories' pictures are part of those."""
    for file in [*folder.rglob("*.html"), *folder.rglob("*.xml"), *folder.rglob("*.txt")]:
        file.unlink()
