"""Lists of keys on a story: bylines, sections, topics, agencies, related stories. Kept in the story's own row."""

import json
import re
from typing import Any, Final

from django import forms
from django.apps import apps
from django.db import models
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.story import check_text

_NUMBERED: Final = re.compile(r"~([1-9][0-9]{0,17})")
_AS_TYPED: Final = "="
"""Before a name that is no key of a byline, although there is one: whoever typed it does not see that key."""


class KeysWidget(forms.Textarea):
    """One key a line; the script of the page makes chips of them."""

    template_name = "stories/widgets/keys.html"

    def __init__(self, term: str = "", attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 2, **(attrs or {})})
        self.term = term

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template shows."""
        context = super().get_context(name, value, attrs)
        context["widget"]["url"] = reverse("story_terms", args=[self.term]) if self.term else ""
        context["widget"]["hint"] = _("Type a few letters") if self.term else ""
        return context

    @property
    def media(self) -> forms.Media:
        """The script and style of the chips."""
        return forms.Media(js=["stories/keys.js"], css={"all": ["stories/keys.css"]})


def number_of(line: str) -> int | None:
    """The row of the byline that a line names by its number; None if it names none."""
    found = _NUMBERED.fullmatch(line)
    return int(found[1]) if found else None


def as_typed(key: str) -> str:
    """What readers see where no byline has this key: the name as somebody typed it."""
    return key.removeprefix(_AS_TYPED) or key


def numbered(keys: list[str]) -> list[str]:
    """The lines of a form that shows no keys: numbers in place of those that readers do not see."""
    known = {term.key: term for term in _bylines().filter(key__in=keys)}
    return [as_typed(key) if key not in known else f"~{known[key].pk}" if known[key].hides_key else key for key in keys]


def keyed(lines: list[str]) -> list[str]:
    """The keys of such lines. What somebody typed names no byline whose key readers do not see: that would tell anybody
    who tries names whose it is. Raises ValidationError for the number of a byline that is gone.
    """
    numbers = {line: number for line in lines if (number := number_of(line))}
    bylines = _bylines().filter(pk__in=numbers.values()).values_list("pk", "key") if numbers else ()
    known: dict[int, str] = dict(bylines)
    if set(numbers.values()) - known.keys():
        raise forms.ValidationError(_("A byline that you chose is gone: choose another."))
    # As the form shows them when it is opened next: else the same name, saved again, would be another only for some.
    there = {term.key: term.hides_key for term in _bylines().filter(key__in=[*lines, *map(as_typed, lines)])}
    typed = {line: line if there.get(line) is False else as_typed(line) for line in lines}
    hidden = {key for key, hides in there.items() if hides}

    def key_of(line: str) -> str:
        if line in numbers:
            return known[numbers[line]]
        return _AS_TYPED + typed[line] if typed[line] in hidden else typed[line]

    return list(dict.fromkeys(map(key_of, lines)))


def of_others(names: list[str]) -> list[str]:
    """Names as they come with somebody else's text: none of them is a byline of ours whose key readers do not see."""
    hidden = _hidden(names)
    return [_AS_TYPED + name if name in hidden else name for name in names]


def _hidden(keys: list[str]) -> set[str]:
    return {term.key for term in _bylines().filter(key__in=keys) if term.hides_key}


def _bylines() -> Any:
    return apps.get_model("stories", "Byline").objects.all()


class KeysFormField(forms.CharField):
    """One key a line."""

    hides_keys = False
    """Whether whoever uses the form sees labels alone: the key of a byline may be somebody's name."""

    def __init__(self, *, term: str = "", **options: Any) -> None:
        options.setdefault("widget", KeysWidget(term))
        super().__init__(strip=False, **options)

    def prepare_value(self, value: Any) -> Any:
        """Lines out of a list."""
        if not isinstance(value, list):
            return value
        return "\n".join(numbered(value) if self.hides_keys else value)

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override] # a list is what the model field holds
        """A list out of lines, each once. Raises ValidationError for what no story can carry."""
        is_typed = not isinstance(value, list)
        lines = (value or "").splitlines() if is_typed else value
        keys = list(dict.fromkeys(filter(None, (line.strip() for line in lines))))
        keys = keyed(keys) if self.hides_keys and is_typed else keys
        if len(keys) > LIMITS.max_header_values:
            raise forms.ValidationError(_("These are more than %(most)d."), params={"most": LIMITS.max_header_values})
        for key in keys:
            try:
                check_text(key, "key")
            except StoryError as error:
                raise forms.ValidationError(f"{key[:40]!r} {error.detail}") from error
        return keys

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the keys are others than before."""
        return self.to_python(initial or []) != self.to_python(data)


class KeysField(models.JSONField):
    """An ordered list of keys of one kind of term (``section``, ``topic``, ``agency``, ``byline``, ``story``)."""

    def __init__(self, *arguments: Any, term: str = "", **options: Any) -> None:
        self.term = term
        super().__init__(*arguments, **{"default": list, "blank": True, **options})

    def deconstruct(self) -> Any:
        """For migrations."""
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "term": self.term}

    def formfield(self, **options: Any) -> forms.Field:
        """Chips."""
        del options
        return KeysFormField(
            term=self.term, label=capfirst(self.verbose_name), required=not self.blank, help_text=self.help_text
        )


def naming(pages: Any, field: str, key: str) -> Any:
    """Those of ``pages`` (a query) that have ``key`` in their :class:`KeysField` ``field``.

    Lists are searched as text: not every database looks into JSON, and one keeps it with escapes, another without.
    """
    with_text = pages.annotate(keys=Cast(field, models.TextField()))
    written = json.dumps(key), json.dumps(key, ensure_ascii=False)
    return with_text.filter(models.Q(keys__contains=written[0]) | models.Q(keys__contains=written[1]))
