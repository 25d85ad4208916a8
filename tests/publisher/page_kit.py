"""A newsroom whose site is looked at: what should lie where, as its ledger says, and what does."""

import hashlib
import shutil
import sqlite3

from publication_kit import Newsroom
from tamizdat.carriers.registry import open_inbound
from tamizdat.reader.audit import audit_mirrors
from tamizdat.trust.fingerprint import Anchor


def files(folder):
    """Bytes by path of all files of a web root."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class SiteRoom(Newsroom):
    """A newsroom with two mirrors."""

    def __init__(self, folder, languages=("en", "ru")):
        super().__init__(folder, languages, ("one", "two"))

    @property
    def out(self):
        return self.folder / "out"

    @property
    def places(self):
        """The local web root and every mirror."""
        return (self.out, *self.carriers)

    def set(self, extra="", publication=""):
        """Write settings: tables of their own, and lines of the table ``[publication]``."""
        self.settings(extra)
        file = self.folder / "tamizdat.toml"
        text = file.read_text("utf-8")
        file.write_text(text.replace('name = "Test"\n', f'name = "Test"\n{publication}\n', 1), "utf-8")

    def query(self, statement):
        """Rows of the ledger."""
        database = sqlite3.connect(self.folder / "ledger.sqlite")
        try:
            with database:
                return database.execute(statement).fetchall()
        finally:
            database.close()

    def ledger_pages(self):
        """Hash by path of every page that should be there."""
        return dict(self.query("SELECT path, digest FROM page"))

    def site(self):
        """Bytes by path of the pages in the local web root."""
        return {path: (self.out / path).read_bytes() for path in self.ledger_pages()}

    def audit(self, now):
        """Every mirror, whole."""
        roads = [open_inbound(str(carrier)) for carrier in self.carriers]
        return audit_mirrors(roads, Anchor.parse(self.fingerprint), now)

    def check(self, now):
        """Audits find nothing; everywhere lie the pages of the ledger, what editions name or did, and nothing else."""
        audit = self.audit(now)
        assert not audit.lies
        assert not audit.failed
        assert [finding for mirror in audit.mirrors for tree in mirror.trees for finding in tree.findings] == []
        pages = self.ledger_pages()
        needed = {row[0] for row in self.query("SELECT path FROM file WHERE dropped IS NULL")}
        former = {row[0] for row in self.query("SELECT path FROM file WHERE dropped > ''")}
        for place in self.places:
            there = files(place)
            rest = {path for path in there if not path.startswith("metadata/")} - former
            assert rest == pages.keys() | needed
            assert {path: hashlib.sha256(there[path]).digest() for path in pages} == pages

    def pressed_from_nothing(self, folder, now):
        """The site that the same editions and settings give where no page was ever made."""
        twin = SiteRoom.__new__(SiteRoom)
        twin.__dict__.update(self.__dict__)
        twin.folder = shutil.copytree(self.folder, folder)
        for path in twin.ledger_pages():
            (twin.out / path).unlink()
        for table in ("page", "pressed", "look", "shown"):
            twin.query(f"DELETE FROM {table}")
        text = (folder / "tamizdat.toml").read_text("utf-8").replace(str(self.folder), str(folder))
        (folder / "tamizdat.toml").write_text(text, "utf-8")
        twin.publish(now)
        return twin.site()
