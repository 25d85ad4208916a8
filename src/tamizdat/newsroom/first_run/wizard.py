"""The wizard: a small WSGI application with one visitor.

The link on the terminal holds a token. Whoever follows it and presses a button has the wizard from then on, by a
cookie of their browser; the link is spent. Answers are kept in memory only, until :class:`Work` makes something
whole of them.
"""

import hmac
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from tamizdat.config import DEFAULT_COLOUR
from tamizdat.errors import TamizdatError
from tamizdat.newsroom.first_run.answers import (
    COLOURS,
    Account,
    Faults,
    Keys,
    Paper,
    account_of,
    keys_of,
    one,
    paper_of,
)
from tamizdat.newsroom.first_run.screens import SCREENS, page, screen_language, style

COOKIE: Final = "newsroom-first-run"
_MAX_FORM_BYTES: Final = 65_536
_MAX_FIELDS: Final = 100
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
Start = Callable[[str, list[tuple[str, str]]], Any]


class Work(Protocol):
    """What the wizard has done for it, each step whole or not at all. Steps raise TamizdatError."""

    folder: str
    """As commands should name it."""

    def keys(self, paper: Paper, keys: Keys) -> None:
        """Make the publication."""
        ...

    def database(self) -> None:
        """Bring its database up to date."""
        ...

    def sample(self) -> tuple[Paper, Keys, Account]:
        """What a sample newspaper answers."""
        ...

    def fill(self) -> None:
        """Write the sample's stories."""
        ...

    def account(self, account: Account) -> tuple[str, bool]:
        """Make the first account: the address that logs it in once; or, and False, why its password will not do."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a browser."""

    status: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)


@dataclass(slots=True)
class _State:
    """How far it has come."""

    screens: str = "en"
    is_sample: bool = False
    paper: Paper | None = None
    keys: Keys | None = None
    account: Account | None = None
    account_faults: Faults = field(default_factory=dict)
    works: tuple[str, ...] = ()
    done: list[str] = field(default_factory=list)
    is_making: bool = False
    failure: str = ""
    arrival: str = ""


class Wizard:
    """Answers one browser until :attr:`finished` is set, which happens once it was sent on to the newsroom.

    ``only_account`` is for a publication that is there already.
    """

    def __init__(self, token: str, work: Work, *, only_account: bool = False, has_sample: bool = True) -> None:
        self._token = token
        self._work = work
        self._only_account = only_account
        self._has_sample = has_sample and not only_account
        self._cookie = ""
        self._state = _State()
        self._lock = threading.RLock()
        self._leaving = False
        self.finished = threading.Event()

    @property
    def passphrase(self) -> str:
        """The one of the keys that were made; empty if none were."""
        return self._state.keys.passphrase if self._state.keys else ""

    def __call__(self, environ: Mapping[str, Any], start_response: Start) -> Iterable[bytes]:
        """Answer one request."""
        with self._lock:
            answer = self._answer(environ)
        start_response(answer.status, [*answer.headers, *_HEADERS, ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    def sent(self) -> None:
        """The server says that an answer has left."""
        if self._leaving:
            self.finished.set()

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        path, method = environ.get("PATH_INFO", "/"), environ.get("REQUEST_METHOD", "GET")
        if path == "/begin/style.css":
            return Answer("200 OK", style(), (("Content-Type", "text/css; charset=utf-8"),))
        if self._leaving and not path.startswith("/begin/"):
            return self._too_early()
        if method not in {"GET", "HEAD", "POST"} or not path.startswith("/begin/") or _is_foreign(environ):
            return self._foreign(environ)
        given = _form(environ) if method == "POST" else _query(environ)
        if hmac.compare_digest(path.removeprefix("/begin/").encode(), self._token.encode()) and not self._cookie:
            return self._begin(environ, given, is_post=method == "POST")
        if not self._cookie or not hmac.compare_digest(_cookie_of(environ).encode(), self._cookie.encode()):
            return self._foreign(environ)
        return self._step(path.removeprefix("/begin/"), given, is_post=method == "POST")

    def _too_early(self) -> Answer:
        """For what is meant for the newsroom and came over a connection that the browser opened in advance, to us.

        A page that needs nothing else of us, for we are about to be gone.
        """
        return Answer("200 OK", page("early", self._state.screens, next=self._state.arrival))

    def _foreign(self, environ: Mapping[str, Any]) -> Answer:
        language = screen_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        return Answer("403 Forbidden", page("foreign", language))

    def _begin(self, environ: Mapping[str, Any], given: Mapping[str, list[str]], *, is_post: bool) -> Answer:
        """The first page. Its buttons, not its link, make this browser the one: programs follow links, too."""
        wanted = one(given, "screens")
        language = wanted if wanted in SCREENS else screen_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        if not is_post:
            return Answer("200 OK", page("begin", language, token=self._token, sample=self._has_sample, given=given))
        self._cookie = secrets.token_urlsafe(32)
        self._state.screens = language
        self._state.is_sample = self._has_sample and one(given, "do") == "sample"
        cookie = f"{COOKIE}={self._cookie}; Path=/begin/; HttpOnly; SameSite=Strict"
        if self._state.is_sample:
            self._state.paper, self._state.keys, self._state.account = self._work.sample()
            self._make()
            return _to("making", ("Set-Cookie", cookie))
        return _to("account" if self._only_account else "paper", ("Set-Cookie", cookie))

    def _step(self, name: str, given: Mapping[str, list[str]], *, is_post: bool) -> Answer:
        if self._state.is_making or self._state.arrival or self._state.failure:
            return self._made(name, is_post=is_post)
        if name == "account" and (self._only_account or (self._state.paper and self._state.keys)):
            return self._account(given, is_post=is_post)
        if self._only_account:
            return _to("account")
        if name == "keys" and self._state.paper:
            return self._keys(given, is_post=is_post)
        if name == "paper":
            return self._paper(given, is_post=is_post)
        return _to("paper")

    def _paper(self, given: Mapping[str, list[str]], *, is_post: bool) -> Answer:
        state = self._state
        if not is_post:
            paper = state.paper or Paper("", (state.screens,))
            listed = paper.colour if paper.colour in COLOURS else DEFAULT_COLOUR
            own = "" if paper.colour in COLOURS else paper.colour
            return self._page("paper", 1, {}, {**_shown(paper), "colour": listed, "own_colour": own})
        paper, faults = paper_of(given)
        if faults:
            return self._page("paper", 1, faults, {**_shown(paper), **_colours(given)})
        state.paper = paper
        return _to("keys")

    def _keys(self, given: Mapping[str, list[str]], *, is_post: bool) -> Answer:
        if not is_post:
            return self._page("keys", 2, {}, {"kind": _kind(self._state.keys)})
        keys, faults = keys_of(given)
        if faults:
            return self._page("keys", 2, faults, {"kind": one(given, "kind")})
        self._state.keys = keys
        return _to("account")

    def _account(self, given: Mapping[str, list[str]], *, is_post: bool) -> Answer:
        state = self._state
        if not is_post:
            known = {"login": state.account.login, "shown": state.account.shown} if state.account else {}
            return self._page("account", 3, state.account_faults, {"login": "", "shown": "", **known})
        account, faults = account_of(given, state.screens)
        if not faults and state.keys and hmac.compare_digest(account.password.encode(), state.keys.passphrase.encode()):
            faults = {"password": ("fault_same", {})}
        if faults:
            return self._page("account", 3, faults, {"login": account.login, "shown": one(given, "shown")})
        state.account, state.account_faults = account, {}
        self._make()
        return _to("making")

    def _page(self, name: str, at: int, faults: Faults, given: Mapping[str, Any]) -> Answer:
        at, of = (0, 0) if self._only_account else (at, 3)
        body = page(name, self._state.screens, faults=faults, given=given, at=at, of=of, back=not self._only_account)
        return Answer("200 OK", body)

    def _made(self, name: str, *, is_post: bool) -> Answer:
        """Pages of the time when things are made, and after it."""
        state = self._state
        if state.failure:
            if name == "again" and is_post:
                state.failure = ""
                self._make()
                return _to("making")
            return Answer("200 OK", page("failed", state.screens, reason=state.failure))
        if not state.arrival:
            if name != "making":
                return _to("making")
            works = _progress(state.works, state.done)
            return Answer("200 OK", page("making", state.screens, works=works))
        is_ceremony = state.keys is not None and not state.keys.rehearsal
        if (is_ceremony or state.is_sample) and not (name == "enter" and is_post):
            secret = state.account if state.is_sample else None
            return Answer("200 OK", page("ready", state.screens, folder=self._work.folder, sample=secret))
        self._leaving = True
        gone = f"{COOKIE}=; Path=/begin/; Max-Age=0; HttpOnly; SameSite=Strict"
        return Answer("303 See Other", b"", (("Location", state.arrival), ("Set-Cookie", gone)))

    def _make(self) -> None:
        """Make what is not made yet, while the browser watches."""
        state = self._state
        made = {"keys"} if self._only_account or "keys" in state.done else set()
        every = ("keys", "database", *(("sample",) if state.is_sample else ()), "account")
        state.works, state.done = every, [each for each in every if each in made or each in state.done]
        state.is_making = True
        threading.Thread(target=self._work_through, daemon=True).start()

    def _work_through(self) -> None:
        try:
            for work in self._state.works:
                if work not in self._state.done and not self._do(work):
                    return
                with self._lock:
                    self._state.done.append(work)
        except TamizdatError as error:
            with self._lock:
                self._state.failure, self._state.is_making = str(error), False
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits at the browser should read it
            with self._lock:
                self._state.failure, self._state.is_making = repr(error), False

    def _do(self, work: str) -> bool:
        state = self._state
        if work == "keys" and state.paper and state.keys:
            self._work.keys(state.paper, state.keys)
        elif work == "database":
            self._work.database()
        elif work == "sample":
            self._work.fill()
        elif work == "account" and state.account:
            said, is_made = self._work.account(state.account)
            with self._lock:
                state.is_making = False
                if is_made:
                    state.arrival = said
                else:
                    self._only_account, state.account_faults = True, {"password": ("fault_password", {})}
            return is_made
        return True


def _progress(works: tuple[str, ...], done: list[str]) -> list[tuple[str, str]]:
    now = next((work for work in works if work not in done), "")
    return [(work, "done" if work in done else "now" if work == now else "later") for work in works]


def _shown(paper: Paper) -> dict[str, Any]:
    return {
        "name": paper.name,
        "first": paper.languages[0],
        "languages": paper.languages[1:],
    }


def _colours(given: Mapping[str, list[str]]) -> dict[str, str]:
    return {"colour": one(given, "colour") or DEFAULT_COLOUR, "own_colour": one(given, "own_colour")}


def _kind(keys: Keys | None) -> str:
    return "" if keys is None else "rehearsal" if keys.rehearsal else "ceremony"


def _to(name: str, *headers: tuple[str, str]) -> Answer:
    return Answer("303 See Other", b"", (("Location", f"/begin/{name}"), *headers))


def _is_foreign(environ: Mapping[str, Any]) -> bool:
    """Whether another site sent this request. Browsers say so, and nobody else has the cookie."""
    origin = environ.get("HTTP_ORIGIN", "")
    try:
        return bool(origin) and urlsplit(origin).netloc != environ.get("HTTP_HOST", "")
    except ValueError:
        return True


def _form(environ: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields of a form; none of what is no form, or too long."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 <= length <= _MAX_FORM_BYTES:
            return {}
        return _fields(environ["wsgi.input"].read(length).decode())
    except ValueError:
        return {}


def _query(environ: Mapping[str, Any]) -> dict[str, list[str]]:
    try:
        return _fields(environ.get("QUERY_STRING", "")[:1_000])
    except ValueError:
        return {}


def _fields(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="replace")


def _cookie_of(environ: Mapping[str, Any]) -> str:
    try:
        found = SimpleCookie(environ.get("HTTP_COOKIE", "")[:4_096]).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
