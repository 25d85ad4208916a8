"""Inline scripts that we cannot take out of others' templates, allowed by their hashes and on their own screens only.

Their text is that of the installed template, filled with addresses of this newsroom and with nothing that people write.
"""

import base64
import hashlib
import re
from functools import cache
from typing import Final

from django.http import HttpRequest
from django.template import Template
from django.template.context import Context
from django.template.loader import get_template

_TEMPLATES: Final = (
    "wagtail_localize/admin/submit_translation.html",
    "wagtail_localize/admin/edit_translation.html",
)
_SCREENS: Final = re.compile(r"/admin/(?:localize/|pages/\d+/edit/|snippets/)")
_INLINE: Final = re.compile(r"<script(?: type=\"text/javascript\")?>(.*?)</script>", re.DOTALL)


def hashes_for(request: HttpRequest) -> str:
    """What the policy of this answer allows besides files; begins with a space, or is empty."""
    return "".join(f" '{each}'" for each in _hashes()) if _SCREENS.match(request.path) else ""


@cache
def _hashes() -> tuple[str, ...]:
    return tuple(hash_of(text) for name in _TEMPLATES for text in _scripts(name))


def _scripts(name: str) -> list[str]:
    """The inline scripts of the template ``name``, filled."""
    source: str = get_template(name).template.source  # type: ignore[attr-defined] # Django's own backend's
    return [Template(f"{{% load i18n %}}{text}").render(Context()) for text in _INLINE.findall(source)]


def hash_of(text: str) -> str:
    """As a policy names a script (CSP level 3)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
