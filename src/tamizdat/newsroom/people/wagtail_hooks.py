"""What people add to the admin: the way to one's second factors, and names for what the log holds."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter
from wagtail.users.views.bulk_actions import AssignRoleBulkAction

from tamizdat.newsroom.people.audit import GROUP_HIDES, GROUP_SHOWS, note_in_bulk
from tamizdat.newsroom.people.keeping import check_others_stay, has_something_to_come, said_to_wait
from tamizdat.newsroom.people.models import Person

# Nobody is offered it: roles are given on a screen of their own, person by person, and the history says which.
AssignRoleBulkAction.models = []


@hooks.register("register_account_menu_item")
def security(request: HttpRequest) -> dict[str, Any]:
    """On one's own page."""
    del request
    return {
        "url": reverse("mfa_index"),
        "label": _("Second factors and sessions"),
        "help_text": _("An app with codes, passkeys, recovery codes, and where you are logged in."),
    }


@hooks.register("register_user_listing_buttons")
def roles_button(user: Any, request_user: Any) -> list[Button]:
    """In the list of accounts."""
    if not request_user.is_superuser:
        return []
    return [Button(_("Roles"), reverse("people_roles", args=[user.pk]), icon_name="group", priority=20)]


@hooks.register("before_bulk_action")
def somebody_stays(request: HttpRequest, act: str, objects: list[Any], action: Any) -> None:
    """In the same transaction as the act. Raises LastOneStaysError."""
    del request
    if action.model is Person and (act == "delete" or action.cleaned_form.cleaned_data.get("mark_as_active") is False):
        check_others_stay([person.pk for person in objects])


@hooks.register("after_bulk_action")
def many_accounts(request: HttpRequest, act: str, objects: list[Any], action: Any) -> None:
    """In the same transaction as the act."""
    if action.model is Person:
        active = action.cleaned_form.cleaned_data.get("mark_as_active")
        for person in note_in_bulk(objects, act, active, request.user):
            if has_something_to_come(person):
                messages.warning(request, said_to_wait(person))


@hooks.register("insert_global_admin_css")
def style() -> SafeString:
    """For pages of ours, which stand between Wagtail's."""
    from django.templatetags.static import static  # noqa: PLC0415 - needs settings

    return format_html('<link rel="stylesheet" href="{}">', static("people/people.css"))


@hooks.register("insert_global_admin_js", order=-10)
def starting_script() -> SafeString:
    """What starts widgets, in the place of inline scripts."""
    from django.templatetags.static import static  # noqa: PLC0415 - needs settings

    return format_html('<script src="{}"></script>', static("people/starting.js"))


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls them."""
    for name, label, said in (
        ("log_in", _("Log in"), _("Logged in")),
        ("log_out", _("Log out"), _("Logged out")),
        ("factor_added", _("Add a second factor"), _("Added a second factor")),
        ("factor_removed", _("Remove a second factor"), _("Removed a second factor")),
        ("factor_reset", _("New recovery codes"), _("Made new recovery codes")),
        ("factors_forgotten", _("Forget second factors"), _("Second factors forgotten by an administrator")),
        ("let_in", _("Let in at the machine"), _("Given a new password at the machine itself")),
        ("password_changed", _("Change the password"), _("Changed the password")),
        ("mail_changed", _("Change the e-mail address"), _("Changed the e-mail address")),
        ("password_reset", _("New password by e-mail"), _("Set a new password through a link that was sent by e-mail")),
        ("tries_failed", _("Failed log-ins"), _("Many attempts to log in failed")),
        ("closed", _("Account closed"), _("Account closed")),
        ("opened", _("Account opened"), _("Account opened")),
        ("sessions_ended", _("End sessions"), _("Ended sessions")),
    ):
        actions.register_action(f"people.{name}", label, said)
    actions.register_action("people.roles")(_RolesFormatter)
    given = _("Its people see real names behind bylines from now on")
    actions.register_action(GROUP_SHOWS, _("Give a group to see real names"), given)
    taken = _("Its people no longer see real names behind bylines by it")
    actions.register_action(GROUP_HIDES, _("Take from a group to see real names"), taken)


class _RolesFormatter(LogFormatter):
    """Which roles, as the log holds them."""

    label = _("Change roles")

    def format_message(self, log_entry: Any) -> str:
        """What was given and taken."""
        data = log_entry.data
        said = _("Changed roles: given %(given)s; taken %(taken)s") % {
            "given": ", ".join(data.get("given", ())) or "—",
            "taken": ", ".join(data.get("taken", ())) or "—",
        }
        more = {"administrator": _("administrator"), "real_names": _("sees real names")}
        found = [str(said), *(str(text) for name, text in more.items() if data.get(name))]
        if groups := data.get("real_names_by"):
            found.append(_("sees real names by a group: %(groups)s") % {"groups": ", ".join(groups)})
        return "; ".join(found)
