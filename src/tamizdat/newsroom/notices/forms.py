"""The forms of a notice: what it says, and its review. What is wrong is said by the notice itself."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tamizdat.errors import NoticeError
from tamizdat.locales import endonym
from tamizdat.locales.territories import territory_name
from tamizdat.newsroom.notices.acting import today
from tamizdat.newsroom.notices.writing import draft_of
from tamizdat.newsroom.stories.labels import TextsField
from tamizdat.notices import COUNTRIES, MAX_REVIEW_DAYS, MAX_TEXT_CHARS, Act, Who

WHO = {
    Who.RESIDENTS: _("everybody who lives there"),
    Who.CITIZENS: _("everybody with its passport, abroad too"),
    Who.STATELESS: _("stateless people who live there"),
}
ACTS = {
    Act.READING: _("reading"),
    Act.SHARING: _("sharing"),
    Act.LIKING: _("liking"),
    Act.COMMENTING: _("commenting"),
    Act.SAVING: _("saving a copy"),
    Act.CONTACTING: _("contacting us"),
    Act.DONATING: _("giving money"),
}


def country_name(code: str) -> str:
    """What the person's language calls a country."""
    found = territory_name(get_language() or "en", code)
    return found.text or code


def _countries() -> list[tuple[str, str]]:
    named = sorted(((code, country_name(code)) for code in COUNTRIES), key=lambda pair: pair[1].casefold())
    return [
        ("", str(_("a place without a code: name it below"))),
        *((code, f"{name} ({code})") for code, name in named),
    ]


def facts_of(data: Any) -> list[tuple[str, str]]:
    """What a wording says besides its texts, each with what the form calls it."""
    names: dict[str, list[Any]] = {
        "country": [country_name(data["country"])] if data["country"] else [],
        "who": [WHO[Who(one)] for one in data["who"]],
        "acts": [ACTS[Act(act)] for act in data["acts"]],
        "law_url": [data["law_url"]],
        "since": [data["since"] or ""],
        "languages": [endonym(tag) for tag in data["languages"]],
    }
    said = ((name, ", ".join(map(str, values))) for name, values in names.items())
    return [(str(NoticeForm.base_fields[name].label), text) for name, text in said if text]


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NoticeForm(forms.Form):
    """Everything that a notice says, but for its review."""

    country = forms.ChoiceField(label=_("Country whose law it is"), choices=_countries, required=False)
    country_name = TextsField(
        label=_("Another name for it"),
        required=False,
        most=MAX_TEXT_CHARS,
        help_text=_("For a place without a code, or where you call it otherwise than usual."),
    )
    who = forms.MultipleChoiceField(
        label=_("Who is at risk"), choices=list(WHO.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    acts = forms.MultipleChoiceField(
        label=_("For which act"), choices=list(ACTS.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    penalty = TextsField(
        label=_("What may happen"),
        required=False,
        lines=2,
        most=MAX_TEXT_CHARS,
        help_text=_("As a fact, short: “A fine of up to 6,000 marns; for a second time up to two years in prison.”"),
    )
    law = TextsField(
        label=_("Which law says so"),
        required=False,
        anywhere=True,
        most=MAX_TEXT_CHARS,
        help_text=_("Its official title for all languages, or a text for each."),
    )
    law_url = forms.CharField(label=_("Where the law can be read"), required=False, help_text="https://…")
    since = forms.DateField(label=_("Since when it holds"), required=False, widget=DayInput)
    text = TextsField(
        label=_("One more sentence of your own"), required=False, lines=3, most=MAX_TEXT_CHARS,
        help_text=_("How courts apply it; whether it reaches what was done before."),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("In which editions it stands"),
        required=False,
        choices=lambda: [(tag, f"{endonym(tag)} ({tag})") for tag in settings.CONTENT_LANGUAGES],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: in all."),
    )
    base = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *arguments: Any, first_language: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._first_language = first_language

    @property
    def data_of_notice(self) -> dict[str, Any]:
        """What a wording keeps (:mod:`~tamizdat.newsroom.notices.writing`). Only of a form that was cleaned."""
        cleaned = self.cleaned_data
        since = cleaned.get("since")
        names = ("who", "acts", "country", "country_name", "penalty", "law", "text", "languages")
        law_url = cleaned.get("law_url", "").strip()
        rest = {
            "law_url": law_url,
            "since": since.isoformat() if since else None,
            "first_language": self._first_language,
        }
        return {name: cleaned.get(name) or self.fields[name].clean(None) for name in names} | rest

    def clean(self) -> dict[str, Any]:
        """Refuse what no notice can say, at the field where it stands."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                draft_of(self.data_of_notice, today())
            except NoticeError as error:
                add_notice_error(self, error)
        return cleaned


class ReviewForm(forms.Form):
    """Who checked a notice, when, and until when that counts."""

    reviewer = forms.CharField(
        label=_("Reviewer, as readers see it"),
        max_length=MAX_TEXT_CHARS,
        help_text=_("A name, or what is true without one: “a member of the Kaldra bar, known to the editors”."),
    )
    reviewed = forms.DateField(label=_("Reviewed on"), widget=DayInput, initial=today)
    expires = forms.DateField(
        label=_("Counts until"),
        widget=DayInput,
        help_text=_("Two years at the longest; where laws change often, half a year."),
    )
    number = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def proposal(reviewer: str, number: int) -> dict[str, Any]:
        """What the form begins with."""
        day = today()
        return {
            "reviewer": reviewer,
            "reviewed": day,
            "expires": day + timedelta(days=min(365, MAX_REVIEW_DAYS)),
            "number": number,
        }


def add_notice_error(form: forms.Form, error: NoticeError) -> None:
    """Show what a notice refused at the field that it names."""
    name = str(error.fields.get("field", "")).partition(".")[0]
    language = str(error.fields.get("field", "")).partition(".")[2]
    form.add_error(name if name in form.fields else None, f"{language}: {error.detail}" if language else error.detail)


def since_of(data: Any) -> date | None:
    """The day of a wording, for the form."""
    return date.fromisoformat(data["since"]) if data["since"] else None
