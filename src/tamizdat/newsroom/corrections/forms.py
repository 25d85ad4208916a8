"""The form of a correction: what it is, for which languages, and what readers of each are told."""

from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tamizdat.limits import LIMITS
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.corrections.models import KINDS


class CorrectionForm(forms.Form):
    """A correction, of one of ``kinds``, of a story that readers of ``languages`` have or had."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=KINDS, widget=forms.RadioSelect)
    only = forms.MultipleChoiceField(
        label=_("Only about these languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leave all empty if the story is wrong in every language. Choose some if only a translation is."),
    )
    reason = forms.CharField(
        label=_("Why, for the newsroom"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Readers never see this."),
    )

    def __init__(self, *arguments: Any, languages: Iterable[str], kinds: Collection[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.languages = tuple(languages)
        choices = [choice for choice in KINDS if choice[0] in kinds]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined] # a choice field
        self.fields["kind"].initial = next((kind for kind, _label in choices), None)
        self.fields["only"].choices = [(tag, endonym(tag)) for tag in self.languages]  # type: ignore[attr-defined] # a choice field
        for tag in self.languages:
            direction = "rtl" if is_right_to_left(tag) else "ltr"
            self.fields[f"text_{tag}"] = forms.CharField(
                label=endonym(tag),
                required=False,
                max_length=LIMITS.max_caption_chars,
                widget=forms.Textarea(attrs={"rows": 2, "lang": tag, "dir": direction}),
            )

    def choose(self, languages: Iterable[str]) -> None:
        """Come back to whoever sent it with these chosen, and the rest as it was typed."""
        self.data = {**self.data.dict(), "only": list(languages)}  # type: ignore[attr-defined] # what a browser sent

    @property
    def text_fields(self) -> list[forms.BoundField]:
        """The fields of the texts, in the newspaper's order of languages."""
        return [self[f"text_{tag}"] for tag in self.languages]

    def texts(self) -> dict[str, str]:
        """The texts by language. Only of a form that is valid."""
        return {tag: self.cleaned_data[f"text_{tag}"] for tag in self.languages}
