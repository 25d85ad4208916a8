"""DeepL: a company's service (its API: v2/translate, v2/languages and v2/glossaries)."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, Final, Protocol

from tamizdat.errors import TranslatorError
from tamizdat.locales import DERIVED
from tamizdat.newsroom.suggesting.machines.asking import Service
from tamizdat.newsroom.suggesting.machines.naming import INSTEAD, named
from tamizdat.newsroom.suggesting.machines.port import Bounds, Pair, Wish

NAME: Final = "DeepL"
FREE: Final = "https://api-free.deepl.com"
PAID: Final = "https://api.deepl.com"
_FREE_KEY: Final = ":fx"
_MOST_WORDS: Final = 5_000
_NOT_FOUND: Final = 404


class Shelf(Protocol):
    """Where the keys of glossaries are kept that the service keeps for us."""

    def key(self, service: str, pair: str, digest: str) -> str:
        """The key of the glossary with these words; empty if there is none."""
        ...

    def put(self, service: str, pair: str, digest: str, key: str) -> str:
        """Keep the key; the one that was there for the pair before, or empty."""
        ...

    def others(self, service: str, pair: str) -> list[tuple[str, str]]:
        """What was lent for the pair at the same address under other keys: services and keys of glossaries."""
        ...

    def forget(self, service: str, key: str) -> None:
        """Keep no such key: the service has no such glossary."""
        ...


@dataclass(frozen=True, slots=True)
class DeepL:
    """The service with one key."""

    key: str
    url: str = ""
    shelf: Shelf | None = None
    name: ClassVar[str] = NAME
    # 50 texts and 128 KiB are its limits; a letter takes up to four bytes, and JSON its share.
    bounds: ClassVar[Bounds] = Bounds(most_texts=50, most_chars=24_000)

    @property
    def _service(self) -> Service:
        url = self.url or (FREE if self.key.endswith(_FREE_KEY) else PAID)
        return Service(NAME, url, {"Authorization": f"DeepL-Auth-Key {self.key}"})

    def pair(self, source: str, target: str) -> Pair:
        """Its words for two languages. Raises TranslatorError."""
        sources, targets = self._known("source"), self._known("target")
        there = named(source, sources) or named(source.partition("-")[0], sources)
        if not there:
            raise self._service.error(f"does not translate from {source}; from {_list(sources)}")
        if found := named(target, targets):
            return Pair(there, found)
        other, _change = DERIVED.get(target, ("", str))
        if other and (found := named(other, targets)):
            return Pair(there, found, latin=True)
        if found := named(INSTEAD.get(target, ""), targets):
            return Pair(there, found, instead=INSTEAD[target])
        raise self._service.error(f"does not translate into {target}; into {_list(targets)}")

    def _known(self, kind: str) -> list[str]:
        answer = self._service.get(f"/v2/languages?type={kind}")
        rows = answer if isinstance(answer, list) else ()
        known = [each["language"] for each in rows if isinstance(each, dict) and isinstance(each.get("language"), str)]
        if not known:
            raise self._service.error("names no languages: is translate_url the address of DeepL's API?")
        return known

    def translate(self, wish: Wish) -> list[str]:
        """The texts, by a glossary of ``wish.words`` where it keeps one for the pair. Raises TranslatorError."""
        what: dict[str, Any] = {
            "text": list(wish.texts), "source_lang": wish.pair.source, "target_lang": wish.pair.target,
            "tag_handling": "html",
        }  # fmt: skip
        answer = self._by_glossary(what, wish)
        rows = answer.get("translations") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise self._service.error("answers without translated texts")
        found = [each["text"] for each in rows if isinstance(each, dict) and isinstance(each.get("text"), str)]
        if len(found) != len(wish.texts):
            raise self._service.error(f"gives {len(found)} texts for {len(wish.texts)}")
        return found

    def _by_glossary(self, what: Mapping[str, Any], wish: Wish) -> Any:
        """What it answers; once more by a new glossary if it has lost the one that we know. Raises TranslatorError."""
        glossary = self._glossary(wish.pair, wish.words)
        if not glossary:
            return self._service.post("/v2/translate", what)
        try:
            return self._service.post("/v2/translate", {**what, "glossary_id": glossary})
        except TranslatorError as error:
            if self.shelf is None or error.fields.get("status") != _NOT_FOUND:
                raise
        self.shelf.forget(self._account, glossary)
        anew = self._glossary(wish.pair, wish.words)
        return self._service.post("/v2/translate", {**what, "glossary_id": anew} if anew else what)

    @property
    def _account(self) -> str:
        """Whose glossaries they are: another key does not see them."""
        return f"{self._service.url}#{sha256(self.key.encode()).hexdigest()[:16]}"

    def _glossary(self, pair: Pair, words: Mapping[str, str]) -> str:
        """The key of a glossary with these words, made when it is first wanted; empty without one. Raises it, too."""
        rows = sorted((_cell(word), _cell(agreed)) for word, agreed in words.items())[:_MOST_WORDS]
        if self.shelf is None or not rows:
            return ""
        entries = "\n".join(f"{word}\t{agreed}" for word, agreed in rows)
        hashed, name = sha256(entries.encode()).hexdigest(), f"{pair.source}>{pair.target}"
        if known := self.shelf.key(self._account, name, hashed):
            return known
        # Glossaries know languages without regions.
        source, target = (each.partition("-")[0].lower() for each in (pair.source, pair.target))
        if not self._may_lend(source, target):
            return ""
        self._take_back(self.shelf, name)
        answer = self._service.post("/v2/glossaries", {
            "name": f"Tamizdat {name}", "source_lang": source, "target_lang": target,
            "entries": entries, "entries_format": "tsv",
        })  # fmt: skip
        key = answer.get("glossary_id") if isinstance(answer, dict) else None
        if not isinstance(key, str) or not key:
            raise self._service.error("takes a glossary and gives it no key")
        if before := self.shelf.put(self._account, name, hashed, key):
            self._give_back(before)
        return key

    def _take_back(self, shelf: Shelf, pair: str) -> None:
        """Have it forget what was lent under a key that this one replaces. Another account's it does not show us."""
        for account, glossary in shelf.others(self._account, pair):
            try:
                self._service.delete(f"/v2/glossaries/{glossary}")
            except TranslatorError:  # not ours, or not now: no reason to leave a draft
                continue
            shelf.forget(account, glossary)

    def _give_back(self, glossary: str) -> None:
        """Have it forget a glossary, which may be gone already. Raises TranslatorError."""
        try:
            self._service.delete(f"/v2/glossaries/{glossary}")
        except TranslatorError as error:
            if error.fields.get("status") != _NOT_FOUND:
                raise

    def _may_lend(self, source: str, target: str) -> bool:
        answer = self._service.get("/v2/glossary-language-pairs")
        rows = answer.get("supported_languages") if isinstance(answer, dict) else None
        return any(
            isinstance(each, dict)
            and str(each.get("source_lang")).lower() == source
            and str(each.get("target_lang")).lower() == target
            for each in (rows if isinstance(rows, list) else ())
        )


def _cell(text: str) -> str:
    return " ".join(text.split())


def _list(names: list[str]) -> str:
    return ", ".join(sorted(names)) or "none"
