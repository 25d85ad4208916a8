"""What Wagtail starts by inline scripts, started by data instead: ``<script type="application/json" data-start>``.

``static/people/starting.js`` reads the data and calls one of the few functions that it knows by name. Data runs nothing
by itself, so that the policy need not allow inline scripts.
"""

import re
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.admin.widgets.chooser import BaseChooser

_CALL: Final = re.compile(r"(?:new )?([\w.]+)\((.*)\);", re.DOTALL)
_SCRIPT: Final = "<script>"


def data_block(name: str, arguments_json: str) -> SafeString:
    """A block of data that starts ``name`` with ``arguments_json``, a JSON array."""
    safe = mark_safe(arguments_json.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S308 - no markup is left in it
    return format_html('<script type="application/json" data-start="{}">{}</script>', name, safe)


def without_inline_scripts() -> None:
    """Have Wagtail's choosers write data where they write scripts. Their own code has no other way to be told."""
    if getattr(BaseChooser.render, "writes_data", False):
        return
    render = BaseChooser.render

    def render_data(self: Any, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        html, _script, call = str(render(self, name, value, attrs, renderer)).rpartition(_SCRIPT)
        found = _CALL.fullmatch(call.removesuffix("</script>"))
        if not found:
            return mark_safe(f"{html}{_SCRIPT}{call}")  # noqa: S308 - Wagtail's own; the policy keeps it from running
        return mark_safe(html + data_block(found[1], f"[{found[2]}]"))  # noqa: S308 - Wagtail's own markup and a block of data

    render_data.writes_data = True  # type: ignore[attr-defined] # a mark, so that it is done once
    BaseChooser.render = render_data
