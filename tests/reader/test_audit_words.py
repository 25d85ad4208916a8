"""What an audit says of pages in words: one line for what is good, names for the rest."""

import shutil

from reader.mirrors import MemoryMirror
from reader.site_kit import LATER, OTHER, STORY, audit, findings
from tamizdat.errors import CarrierError
from tamizdat.reader import audit_site
from tamizdat.reader.audit_report import audit_lines


def said_of_pages(result):
    return [line.strip() for line in audit_lines(result) if line.startswith("    pages")]


def test_words_are_few_and_steer_no_terminal(room, bad, monkeypatch):
    monkeypatch.setattr(audit_site, "_MAX_SHOWN", 2)
    for at in range(4):
        (bad / "ru" / f"story-{at}.html").write_bytes(b"extra")
    (bad / "ru" / "a\x1b[31m.html").write_bytes(b"extra")
    lines = list(audit_lines(audit(room, bad)))
    assert sum(line.startswith("    extra: ") for line in lines) == 3
    assert "    extra: and 3 more" in lines
    assert not any("\x1b" in line for line in lines)
    assert "    pages: 1 language, 13 files as signed" in lines
    assert "    pages, ru: 9 good of 9, edition 2" in lines


def test_what_is_as_signed_is_one_line(room, monkeypatch):
    assert said_of_pages(audit(room, room.mirror)) == ["pages: 2 languages, 22 files as signed"]
    monkeypatch.setattr(audit_site, "QUICK_PAGES", 2)
    quick = audit(room, room.mirror, quick=True)
    assert said_of_pages(quick) == ["pages: 2 languages, 22 files, 6 asked for, as signed"]


def test_only_what_is_not_as_signed_is_named(room, bad):
    (bad / STORY).write_bytes(b"forged")
    found = ["pages: 1 language, 13 files as signed", "pages, ru: 8 good of 9, edition 2"]
    assert said_of_pages(audit(room, bad)) == found
    (bad / "en" / "index.html").unlink()
    (bad / "404.html").unlink()
    assert said_of_pages(audit(room, bad)) == [
        "pages, en: 8 good of 9, edition 1",
        "pages, ru: 8 good of 9, edition 2",
        "pages, outside the languages: 3 good of 4, version 4 of the list",
    ]


def test_a_page_that_did_not_come_is_not_said_to_be_as_signed(room):
    class Broken(MemoryMirror):
        def fetch(self, path, max_bytes):
            if path == STORY:
                raise CarrierError("hangs", carrier=self.name, path=path)
            return super().fetch(path, max_bytes)

    found = ["pages: 1 language, 13 files as signed", "pages, ru: 8 good of 9, edition 2"]
    assert said_of_pages(audit(room, Broken.of("broken", room.mirror))) == found


def test_a_copy_that_fares_as_its_page_does_is_not_named_beside_it(room, bad):
    copies = {f"{path}{end}": data for path, data in room.pages.items() for end in (".gz", ".br") if "ru/" in path}
    room.put(room.pages | copies, LATER)
    shutil.rmtree(bad)
    shutil.copytree(room.mirror, bad)
    for end in ("", ".gz", ".br"):
        (bad / f"{STORY}{end}").write_bytes(b"forged")
    (bad / f"{OTHER}.br").write_bytes(b"forged")
    (bad / f"{STORY}.gz").unlink()
    result = audit(room, bad)
    states = {STORY: "altered", f"{STORY}.gz": "missing", f"{STORY}.br": "altered", f"{OTHER}.br": "altered"}
    assert findings(result) == states
    named = [line.strip().split(": ")[:2] for line in audit_lines(result) if "ru/2026" in line]
    assert named == [["altered", STORY], ["altered", f"{OTHER}.br"], ["missing", f"{STORY}.gz"]]
