"""Screens of accounts: a log-in name, what colleagues see, a password. No e-mail address where no e-mail is sent."""

from functools import cached_property
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.account import NameEmailForm
from wagtail.admin.forms.auth import PasswordChangeForm
from wagtail.admin.views.account import (
    AccountView,
    AvatarSettingsPanel,
    ChangePasswordPanel,
    NameEmailSettingsPanel,
    email_management_enabled,
)
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import DeleteView, EditView, IndexView, UserViewSet

from tamizdat.newsroom.folding import folded
from tamizdat.newsroom.people.asking import is_own_password
from tamizdat.newsroom.people.audit import note_account
from tamizdat.newsroom.people.keeping import check_others_stay, has_something_to_come, said_to_wait
from tamizdat.newsroom.people.sessions import end_sessions

_SHOWN_HELP = _("Colleagues see it. It need not be anybody's name, and may be empty.")


_NOT_ASKED: Final = {"last_name", "groups", "is_superuser"}
"""Roles are given on a screen of their own. A form that had them and does not show them would take them all away."""


def _only_what_is_asked(fields: dict[str, forms.Field]) -> None:
    """Ask for what is shown, and for nothing else that could be somebody's name; not for roles."""
    for name in _NOT_ASKED:
        fields.pop(name, None)
    if "first_name" in fields:
        fields["first_name"].required = False
        fields["first_name"].label = _("Shown name")
        fields["first_name"].help_text = _SHOWN_HELP
    if not email_management_enabled():
        fields.pop("email", None)
    elif "email" in fields:
        fields["email"].required = False


class PersonCreationForm(UserCreationForm):
    """A new account."""

    last_name = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        _only_what_is_asked(self.fields)

    class Meta(UserCreationForm.Meta):
        fields = UserCreationForm.Meta.fields - _NOT_ASKED


class PersonEditForm(UserEditForm):
    """An account."""

    last_name = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        _only_what_is_asked(self.fields)

    class Meta(UserEditForm.Meta):
        fields = UserEditForm.Meta.fields - _NOT_ASKED


class PersonEditView(EditView):
    """Whoever may no longer come in is out at once."""

    def save_instance(self) -> Any:
        """Save, and end sessions of accounts that were closed or whose password somebody else has set.

        Raises LastOneStaysError: in a transaction, and before anything is saved.
        """
        if "is_active" in self.form.changed_data and not self.form.cleaned_data["is_active"]:
            check_others_stay([self.object.pk])
        person = super().save_instance()
        note_account(person, self.request.user, self.form.changed_data)
        is_own = person == self.request.user
        if not is_own and (not person.is_active or "password1" in self.form.changed_data):
            end_sessions(person)
        if "is_active" in self.form.changed_data and not person.is_active and has_something_to_come(person):
            messages.warning(self.request, said_to_wait(person))
        return person


class PersonDeleteView(DeleteView):
    """Somebody stays."""

    def delete_action(self) -> None:
        """Delete the account. Raises AccountStaysError, which :mod:`tamizdat.newsroom.stories.refusing` says."""
        with transaction.atomic():
            check_others_stay([self.object.pk])
            super().delete_action()


class PersonIndexView(IndexView):
    """The list of accounts. They are few, and databases compare letters outside English each in their own way."""

    def search_queryset(self, queryset: Any) -> Any:
        """Those whose names have every word that is asked for."""
        if not self.is_searching:
            return queryset
        words = folded(self.search_query).split()
        names = queryset.values_list("pk", "username", "first_name", "email")
        found = [pk for pk, *texts in names if words and all(word in folded("\n".join(texts)) for word in words)]
        return queryset.filter(pk__in=found)


class PersonViewSet(UserViewSet):
    """Accounts."""

    index_view_class = PersonIndexView
    edit_view_class = PersonEditView
    delete_view_class = PersonDeleteView

    def get_form_class(self, for_update: bool = False) -> Any:
        """See Wagtail."""
        return PersonEditForm if for_update else PersonCreationForm


class OwnNameForm(NameEmailForm):
    """What colleagues see, and where letters go: whoever gets those can set the password."""

    old_password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Needed to change the e-mail address."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        _only_what_is_asked(self.fields)
        if "email" not in self.fields:
            del self.fields["old_password"]

    def clean(self) -> Any:
        """Another address only with the password."""
        found = super().clean()
        if "email" in self.changed_data and not is_own_password(self.instance, self.cleaned_data["old_password"]):
            self.add_error("old_password", OwnPasswordForm.error_messages["password_incorrect"])
        return found

    def save(self, commit: bool = True) -> Any:
        """Save, and note that there is another address; not which."""
        person = super().save(commit)
        note_account(person, person, self.changed_data)
        return person


class OwnPasswordForm(PasswordChangeForm):
    """One's own password. The old one is guessed as slowly here as at the door."""

    def clean_old_password(self) -> str:
        """The old password. Raises ValidationError if it is another, or too many were."""
        old: str = self.cleaned_data["old_password"]
        if not is_own_password(self.user, old):
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old

    def save(self, commit: bool = True) -> Any:
        """Save, and note it."""
        person = super().save(commit)
        note_account(person, person, ("password1",))
        return person


class _OneForm:
    """A panel that makes its form once: what is wrong in it is found, and counted, once."""

    @cached_property
    def _form(self) -> Any:
        return super().get_form()  # type: ignore[misc] # of the panel that this is mixed into

    def get_form(self) -> Any:
        """See Wagtail."""
        return self._form


class OwnNamePanel(_OneForm, NameEmailSettingsPanel):
    """On one's own page."""

    form_class = OwnNameForm


class OwnPasswordPanel(_OneForm, ChangePasswordPanel):
    """As above."""

    form_class = OwnPasswordForm


_OURS: Final[dict[Any, Any]] = {NameEmailSettingsPanel: OwnNamePanel, ChangePasswordPanel: OwnPasswordPanel}


class OwnAccountView(AccountView):
    """One's own page: without faces, and with no more names than one."""

    @cached_property
    def _panels(self) -> list[Any]:
        panels = [each for each in super().get_panels() if not isinstance(each, AvatarSettingsPanel)]
        return [_OURS.get(type(each), type(each))(each.request, each.user, each.profile) for each in panels]

    def get_panels(self) -> list[Any]:
        """Wagtail's panels, ours in the place of two."""
        return self._panels
