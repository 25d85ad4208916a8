"""Groups of the roles, and the workflow "Review", for each newspaper. Nothing happens twice or is taken back."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.people.models import RoleGroup
from tamizdat.newsroom.people.roles import APPROVE, ROLES, Role, group_name
from tamizdat.newsroom.stories.models import Newspaper

_ACCESS = "wagtailadmin.access_admin"


def set_up_people() -> None:
    """For each newspaper, groups that are not there yet, permissions that they never had, and a workflow."""
    _forget_wagtails_own()
    # Of several of one language, which older versions let administrators make, the first.
    papers = Newspaper.objects.select_related("locale").order_by("-path")
    newspapers = {each.locale.language_code: each for each in papers}
    for language, newspaper in newspapers.items():
        is_new = not RoleGroup.objects.filter(language=language).exists()
        for role in ROLES:
            _give(_group(role, language), role, newspaper)
        if is_new and not WorkflowPage.objects.filter(page=newspaper).exists():
            _review(language, newspaper)


def _group(role: Role, language: str) -> RoleGroup:
    found = RoleGroup.objects.select_related("group").filter(role=role.name, language=language).first()
    if found:
        return found
    group, _made = Group.objects.get_or_create(name=group_name(role, language))
    return RoleGroup.objects.create(role=role.name, language=language, group=group)


def _give(entry: RoleGroup, role: Role, newspaper: Newspaper) -> None:
    """What the role may do and this group was never given. What an administrator took away stays away."""
    wanted = [
        *(f"page:{name}" for name in role.pages),
        *(f"image:{name}" for name in role.pictures),
        _ACCESS,
        *role.others,
    ]
    missing = [name for name in wanted if name not in entry.given]
    if not missing:
        return
    known = [name for name in missing if _give_one(entry.group, name, newspaper)]
    entry.given = [*entry.given, *known]
    entry.save()


def _give_one(group: Group, name: str, newspaper: Newspaper) -> bool:
    """Give one permission; False if it does not exist (yet)."""
    kind, _colon, rest = name.rpartition(":")
    app, _dot, codename = rest.rpartition(".")
    label = {"page": "wagtailcore", "image": "wagtailimages"}.get(kind, app)
    permission = Permission.objects.filter(codename=codename, content_type__app_label=label).first()
    if permission is None:
        return False
    if kind == "page":
        GroupPagePermission.objects.get_or_create(group=group, page=newspaper, permission=permission)
    elif kind == "image":
        root = Collection.get_first_root_node()
        GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)
    else:
        group.permissions.add(permission)
    return True


def _review(language: str, newspaper: Newspaper) -> None:
    name = f"Review: {endonym(language)} ({language})"
    task = GroupApprovalTask.objects.create(name=name, active=True)
    task.groups.set(Group.objects.filter(role__role__in=APPROVE, role__language=language))
    workflow = Workflow.objects.create(name=name, active=True)
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.create(workflow=workflow, page=newspaper)


def _forget_wagtails_own() -> None:
    """Wagtail begins with groups and a workflow for all pages. Ours take their place once, unless they are in use."""
    if RoleGroup.objects.exists():
        return
    for group in Group.objects.filter(name__in=("Editors", "Moderators"), user=None):
        group.delete()
    for workflow in Workflow.objects.filter(name="Moderators approval"):
        if not workflow.workflow_states.exists():
            tasks: list[Any] = [each.task for each in workflow.workflow_tasks.all()]
            workflow.delete()
            for task in tasks:
                if not task.task_states.exists():
                    task.delete()


def languages_with_roles() -> list[tuple[str, str, str]]:
    """Tag, own name and direction of every language that somebody can have a role in, in the newspaper's order."""
    known = set(RoleGroup.objects.values_list("language", flat=True))
    order = [tag for tag in settings.CONTENT_LANGUAGES if tag in known]
    return [
        (tag, endonym(tag), "rtl" if is_right_to_left(tag) else "ltr") for tag in (*order, *sorted(known - set(order)))
    ]
