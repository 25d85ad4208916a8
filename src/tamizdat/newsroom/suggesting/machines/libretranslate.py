"""LibreTranslate: free software that a newsroom can run itself (its API: /languages and /translate)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from tamizdat.locales import DERIVED
from tamizdat.newsroom.suggesting.machines.asking import Service
from tamizdat.newsroom.suggesting.machines.naming import INSTEAD, named
from tamizdat.newsroom.suggesting.machines.port import Bounds, Pair, Wish

NAME: Final = "LibreTranslate"


@dataclass(frozen=True, slots=True)
class LibreTranslate:
    """An instance at an address. ``key`` is empty if it asks for none."""

    url: str
    key: str = ""
    name: ClassVar[str] = NAME
    bounds: ClassVar[Bounds] = Bounds(most_texts=20, most_chars=8_000)

    @property
    def _service(self) -> Service:
        return Service(NAME, self.url, {})

    def pair(self, source: str, target: str) -> Pair:
        """Its words for two languages. Raises TranslatorError."""
        known = self._known()
        there = named(source, known)
        if not there:
            raise self._service.error(_lacks(source, known))
        targets = known[there]
        if found := named(target, targets):
            return Pair(there, found)
        other, _change = DERIVED.get(target, ("", str))
        if other and (found := named(other, targets)):
            return Pair(there, found, latin=True)
        if found := named(INSTEAD.get(target, ""), targets):
            return Pair(there, found, instead=INSTEAD[target])
        raise self._service.error(f"does not translate from {source} into {target}; into {_list(targets)}")

    def _known(self) -> dict[str, list[str]]:
        """Its languages, and into which it translates from each. Raises TranslatorError."""
        answer = self._service.get("/languages")
        known: dict[str, list[str]] = {}
        for each in answer if isinstance(answer, list) else ():
            code = each.get("code") if isinstance(each, dict) else None
            targets = each.get("targets", []) if isinstance(each, dict) else None
            if isinstance(code, str) and isinstance(targets, list):
                known[code] = [name for name in targets if isinstance(name, str)]
        if not known:
            raise self._service.error("names no languages: is translate_url the address of a LibreTranslate?")
        # Before 1.3.9 it translated from each into each, and did not say so.
        return known if any(known.values()) else {code: list(known) for code in known}

    def translate(self, wish: Wish) -> list[str]:
        """The texts. It knows no glossaries. Raises TranslatorError."""
        what: dict[str, Any] = {
            "q": list(wish.texts), "source": wish.pair.source, "target": wish.pair.target, "format": "html",
        }  # fmt: skip
        answer = self._service.post("/translate", {**what, "api_key": self.key} if self.key else what)
        texts = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise self._service.error("answers without translated texts")
        if len(texts) != len(wish.texts):
            raise self._service.error(f"gives {len(texts)} texts for {len(wish.texts)}")
        return texts


def _lacks(tag: str, known: dict[str, list[str]]) -> str:
    return f"does not translate from {tag}; from {_list(known)}"


def _list(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
