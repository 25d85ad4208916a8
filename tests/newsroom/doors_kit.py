"""Ways by which something can be changed, tried as a browser would; what stories are before and after; what ran."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import CodeType
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from lxml import html
from wagtail.models import Revision

import tamizdat.newsroom
from tamizdat.newsroom.corrections.models import Correction, CorrectionText
from tamizdat.newsroom.pressroom.models import Order, Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Task, Together

CHANGING: Final = ("post", "put", "patch", "delete")
_OURS: Final = str(Path(tamizdat.newsroom.__file__).parent)
_LOCK: Final = {"locked", "locked_by_id", "locked_at"}
"""What a lock is: the one thing of a story that Wagtail's own screens may set."""


def views(resolver: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """All addresses, as they are written, with what answers there first."""
    for each in (resolver or get_resolver()).url_patterns:
        whole = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from views(each, whole)
        else:
            yield whole, each.callback


def innermost(view: Any) -> Any:
    """The class, or the function, behind what decorators have made of it."""
    while True:
        if found := getattr(view, "view_class", None) or getattr(view, "cls", None):
            return found
        if not hasattr(view, "__wrapped__"):
            return view
        view = view.__wrapped__


def may_change(view: Any, ask: Callable[[], Any]) -> bool:
    """Whether it takes more than questions: a class says so, of a function ``ask`` (a POST) shows it."""
    found, acts = innermost(view), getattr(view, "actions", None)
    if acts is not None:
        return bool(set(acts) & set(CHANGING))
    if inspect.isclass(found):
        return any(hasattr(found, name) for name in CHANGING)
    return bool(ask().status_code != HTTPStatus.METHOD_NOT_ALLOWED)


def pressed(client: Client, address: str, typed: Mapping[str, Any], seen: Callable[[], Any] = int) -> Iterator[Any]:
    """The answer to each button of each form that the screen at ``address`` sends there, and to forms without a screen.

    With what ``seen`` saw after each; then all that it did is undone. ``typed`` is written into each form.
    """
    for values in [*_forms(client, address, typed), dict(typed)]:
        for value in values.values():
            if hasattr(value, "seek"):
                value.seek(0)
        yield undone(client, lambda values=values: (client.post(address, values), _after(seen)))
    for act in ("put", "patch", "delete"):
        ask = getattr(client, act)
        yield undone(client, lambda ask=ask: (ask(address, "{}", content_type="application/json"), _after(seen)))


def _after(seen: Callable[[], Any]) -> Any:
    """What ``seen`` sees, also after an act that raised in the middle of a transaction, which is this one's here."""
    transaction.set_rollback(False)
    return seen()


def undone(client: Client, act: Callable[[], Any]) -> Any:
    """What ``act`` returns; nothing of it stays, nor is anybody logged out by it."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        done = act()
        for answer in done if isinstance(done, tuple) else (done,):
            if getattr(answer, "streaming", False):
                answer.getvalue()  # so that its file is closed
        transaction.set_rollback(True)
    client.cookies = cookies
    return done


def _forms(client: Client, address: str, typed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    page = undone(client, lambda: client.get(address))
    if page.status_code != HTTPStatus.OK or "html" not in page.headers.get("content-type", ""):
        return
    for form in html.fromstring(page.content or b"<p>").forms:
        there = urlsplit(urljoin(address, form.get("action") or "")).path
        if form.method != "POST" or there != urlsplit(address).path:
            continue
        values = {**{name: value or "" for name, value in form.form_values()}, **typed}
        named = form.xpath(".//button[@name]|.//input[@type='submit'][@name]")
        yield values
        for button in named:
            yield {**values, button.get("name"): button.get("value") or "on"}


def stories() -> list[Any]:
    """All that readers may ever get: stories, their versions, what was released and ordered, what waits for what."""
    fields = [each.attname for each in StoryPage._meta.concrete_fields if each.attname not in _LOCK]
    versions = Revision.page_revisions.order_by("pk")
    return [
        list(StoryPage.objects.order_by("pk").values(*fields)),
        list(versions.values_list("pk", "content", "approved_go_live_at", "user")),
        *(
            list(model.objects.order_by("pk").values())
            for model in (Release, Order, Task, Together, Correction, CorrectionText)
        ),
    ]


def code_of(name: str) -> CodeType:
    """What runs when the function or method of that name in the newsroom is called."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module("tamizdat.newsroom." + ".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = inspect.getattr_static(found, part)
        found = getattr(found, "func", None) or getattr(found, "fget", None) or found
        code: CodeType = inspect.unwrap(found).__code__
        return code
    raise AssertionError(f"there is no {name}")


@contextmanager
def running() -> Iterator[set[CodeType]]:
    """What of the newsroom runs meanwhile."""
    ran: set[CodeType] = set()

    def note(frame: Any, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(_OURS):
            ran.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield ran
    finally:
        sys.setprofile(before)
