"""Texts by language on a form: a row for each language of the publication, with its own name and direction."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tamizdat.errors import StoryError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.story import check_language

ANY_LANGUAGE: Final = ""
UNSETTLED: Final = "?"
"""What a tag begins with that does not say where its text belongs: there is none, or that language has a text."""
_WHICH: Final = _("Say which language this is in, with its tag, like ru or sr-Latn.")
_THERE: Final = _("There is a text in this language already: change that one.")


@dataclass(frozen=True, slots=True)
class Row:
    """A language's row. ``tag`` is empty for a text that stands in every language."""

    name: str
    tag: str
    label: str
    direction: str
    text: str


class TextsWidget(forms.Widget):
    """Edits a JSON object of texts by language without showing any JSON. ``lines`` above 1 gives room for sentences.

    ``anywhere`` adds a row for a text that serves every language. Rows of languages that only the value has are kept.
    """

    template_name = "stories/widgets/texts.html"

    def __init__(
        self, *, lines: int = 1, anywhere: bool = False, most: int = 0, attrs: dict[str, Any] | None = None
    ) -> None:
        super().__init__(attrs)
        self.lines = lines
        self.anywhere = anywhere
        self.most = most

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template shows."""
        context = super().get_context(name, value, attrs)
        texts = texts_of(value)
        loose = [(tag.removeprefix(UNSETTLED), texts.pop(tag)) for tag in list(texts) if tag.startswith(UNSETTLED)]
        rows = list(self._rows(name, texts))
        more = {"more": f"{name}-more", "loose": loose[0] if loose else None}
        context["widget"] |= {"rows": rows, "lines": self.lines, "most": self.most, **more}
        return context

    def _rows(self, name: str, texts: Mapping[str, str]) -> Iterator[Row]:
        tags = dict.fromkeys((*([ANY_LANGUAGE] if self.anywhere else []), *settings.CONTENT_LANGUAGES, *texts))
        for tag in tags:
            label = endonym(tag) if tag else str(_("The same in every language"))
            direction = "auto" if not tag else "rtl" if is_right_to_left(tag) else "ltr"
            yield Row(f"{name}-in-{tag}", tag, label, direction, texts.get(tag, ""))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """JSON out of the rows; a row without text is no text. No text is dropped because its language is not clear."""
        del files
        prefix = f"{name}-in-"
        texts = {key.removeprefix(prefix): data[key].strip() for key in data if key.startswith(prefix)}
        if text := data.get(f"{name}-more", "").strip():
            tag = data.get(f"{name}-more-tag", "").strip()
            texts[tag if _is_language(tag) and not texts.get(tag) else UNSETTLED + tag] = text
        return json.dumps({tag: text for tag, text in texts.items() if text}, ensure_ascii=False)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether the form did not have these rows at all."""
        del files
        return not any(key.startswith(f"{name}-in-") for key in data)

    def id_for_label(self, id_: str) -> str:
        """A group of fields has no single one that a label could lead to."""
        del id_
        return ""

    @property
    def media(self) -> forms.Media:
        """How it looks."""
        return forms.Media(css={"all": ["stories/texts.css"]})


class TextsField(forms.JSONField):
    """Texts by language as a form field."""

    def __init__(self, *, lines: int = 1, anywhere: bool = False, most: int = 0, **options: Any) -> None:
        options.setdefault("widget", TextsWidget(lines=lines, anywhere=anywhere, most=most))
        super().__init__(**options)

    def clean(self, value: Any) -> dict[str, str]:
        """Texts by language. Raises what :func:`check_tags` raises."""
        texts = super().clean(value) or {}
        check_tags(texts)
        return dict(texts)


def check_tags(texts: Iterable[str]) -> None:
    """Refuse texts of which nobody can say in which language they are. Raises ValidationError."""
    for tag in texts:
        if tag.startswith(UNSETTLED):
            is_there = _is_language(tag.removeprefix(UNSETTLED))
            raise forms.ValidationError(_THERE if is_there else _WHICH)
        try:
            check_language(tag or "en")
        except StoryError as error:
            raise forms.ValidationError(f"{tag}: {error.detail}") from error


def _is_language(tag: str) -> bool:
    try:
        return bool(check_language(tag))
    except StoryError:
        return False


def texts_of(value: Any) -> dict[str, str]:
    """The texts in what a form or a model holds; none in what is no such thing."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {str(tag): text for tag, text in found.items() if isinstance(text, str)}
