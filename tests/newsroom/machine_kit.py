"""Services that translate, on loopback, as their documents say: LibreTranslate and DeepL."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from newsroom_settings import ROOM

Answer = tuple[int, Any]
LIBRE_LANGUAGES = [
    {"code": "en", "name": "English", "targets": ["en", "ru", "fa", "sr"]},
    {"code": "ru", "name": "Russian", "targets": ["en", "ru"]},
    {"code": "sr", "name": "Serbian", "targets": ["en"]},
]
DEEPL_LANGUAGES = {"source": ["EN", "RU"], "target": ["EN-GB", "EN-US", "RU", "PT-BR", "ZH-HANS"]}


def upper(text: str) -> str:
    """A translation that anybody can check: words in capitals, marks as they are."""
    parts = text.replace(">", ">\0").replace("<", "\0<").split("\0")
    return "".join(each if each.startswith("<") else _loud(each) for each in parts)


def _loud(text: str) -> str:
    return text.upper().replace("&AMP;", "&amp;").replace("&LT;", "&lt;")


class FakeService:
    """``answer`` gives status and JSON (bytes go out as they are) for method, path and what was sent."""

    def __init__(self, answer: Callable[[str, str, Any, Any], Answer]) -> None:
        self.requests: list[tuple[str, str, Any, dict[str, str]]] = []
        self.answer = answer
        self.before: Callable[[], None] = lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size)) if size else None
                outer.requests.append((self.command, self.path, body, dict(self.headers)))
                outer.before()
                status, said = outer.answer(self.command, self.path, body, self.headers)
                data = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = _do  # noqa: N815 - names that http.server asks for

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def texts(self) -> list[str]:
        """All that was to be translated so far."""
        sent = [body for _method, path, body, _headers in self.requests if path.endswith("/translate")]
        return [text for body in sent for text in body.get("q") or body.get("text")]

    def __enter__(self) -> "FakeService":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def libre(change: Callable[[str], str] = upper, *, key: str = "") -> Callable[[str, str, Any, Any], Answer]:
    """LibreTranslate; like that one it undoes entities in its answers."""

    def answer(method: str, path: str, body: Any, _headers: Any) -> Answer:
        if (method, path) == ("GET", "/languages"):
            return 200, LIBRE_LANGUAGES
        if (method, path) != ("POST", "/translate"):
            return 404, {"error": "Not found"}
        if key and body.get("api_key") != key:
            return 403, {"error": "Invalid API key"}
        if body["format"] != "html" or not isinstance(body["q"], list):
            return 400, {"error": "Invalid request"}
        return 200, {"translatedText": [unescape(change(text)) for text in body["q"]]}

    return answer


def deepl(change: Callable[[str], str] = upper, *, key: str = "k:fx") -> Callable[[str, str, Any, Any], Answer]:
    """DeepL."""
    glossaries: dict[str, str] = {}

    def answer(method: str, path: str, body: Any, headers: Any) -> Answer:
        if headers.get("Authorization") != f"DeepL-Auth-Key {key}":
            return 403, {"message": "Wrong endpoint or key"}
        if path.startswith("/v2/languages?type="):
            return 200, [{"language": each, "name": each} for each in DEEPL_LANGUAGES[path.partition("=")[2]]]
        if path == "/v2/glossary-language-pairs":
            return 200, {"supported_languages": [{"source_lang": "en", "target_lang": "ru"}]}
        if (method, path) == ("POST", "/v2/glossaries"):
            glossaries[f"g{len(glossaries)}"] = body["entries"]
            return 201, {"glossary_id": f"g{len(glossaries) - 1}", "ready": True}
        if method == "DELETE":
            return (204, b"") if glossaries.pop(path.rpartition("/")[2], None) is not None else (404, {})
        if (method, path) != ("POST", "/v2/translate") or body["tag_handling"] != "html" or len(body["text"]) > 50:
            return 400, {"message": "Bad request"}
        if body.get("glossary_id", "") not in {"", *glossaries}:
            return 404, {"message": "Glossary not found"}
        return 200, {"translations": [{"detected_source_language": "EN", "text": change(t)} for t in body["text"]]}

    return answer


@contextmanager
def set_to(**settings: str) -> Iterator[None]:
    """The newsroom's settings with these besides."""
    file = ROOM / "tamizdat.toml"
    before = file.read_text("utf-8")
    lines = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    table = before if "\n[newsroom]\n" in before else f"{before}\n[newsroom]\n"
    file.write_text(table.replace("\n[newsroom]\n", f"\n[newsroom]\n{lines}"), "utf-8")
    try:
        yield
    finally:
        file.write_text(before, "utf-8")


@contextmanager
def served(
    answer: Callable[[str, str, Any, Any], Answer], kind: str = "libretranslate", **more: str
) -> Iterator[FakeService]:
    """A service that answers so, and settings that name it."""
    with FakeService(answer) as service, set_to(translate=kind, translate_url=service.address, **more):
        yield service
