"""Every door by which something can be changed: whose code it is, and that what is Wagtail's changes no story.

``doors.txt`` has each address that takes more than questions, and what somebody decided:

- ``ours``: our own view. Its tests are beside it.
- ``wrapped``: a package's view; behind ``#`` what of ours runs when somebody comes there, and answers for the promises.
- ``wagtail``: a package's view as it is; behind ``#`` why nothing of a story can change there.
- ``closed``: nobody comes in.

A new address fails here until somebody has decided. What is not one of these is closed sooner than tried.
"""

import re
from http import HTTPStatus
from pathlib import Path

import pytest
from desk_kit import jpeg, newspaper, person, picture, publish, write
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from doors_kit import code_of, innermost, may_change, pressed, running, stories, undone, views
from people_kit import ask, member
from test_trespass_everywhere import DECIDED as COMERS
from test_trespass_everywhere import NUMBER, answered, filled, secret  # noqa: F401 - a fixture
from wagtail.models import Collection, TaskState, UploadedFile
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from tamizdat.newsroom.ingest.models import Subscription
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.stories.models import Agency, Byline, Section, Topic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LINES = Path(__file__).with_name("doors.txt").read_text("utf-8").splitlines()
DECIDED = {line.partition(" # ")[0].partition(" ")[2]: line.partition(" ")[0] for line in LINES}
WHY = {line.partition(" # ")[0].partition(" ")[2]: line.partition(" # ")[2] for line in LINES}
OUT = NUMBER + 9
"""The number of a story that is out."""
PAGE = nested_form_data(
    {
        "body": streamfield([("text", rich_text("<p>Typed.</p>"))]),
        "comments": {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"},
    }
)
PASSWORDS = {"password1": "desk desk desk desk", "password2": "desk desk desk desk"}
TYPED = {
    "admin/pages/<int:page_id>/edit/": {**PAGE, "title": "Typed"},
    "admin/pages/<int:page_id>/revisions/<int:revision_id>/revert/": {**PAGE, "title": "Typed"},
    "admin/pages/add/<slug:content_type_app_name>/<slug:content_type_model_name>/<int:parent_page_id>/": {
        **PAGE,
        "title": "Typed",
        "action-publish": "on",
    },
    "admin/images/add/": {"title": "Quay", "description": "A quay"},
    "admin/images/chooser/create/": {
        "image-chooser-upload-title": "Quay",
        "image-chooser-upload-description": "A quay",
    },
    "admin/images/multiple/<int:image_id>/": {f"image-{NUMBER}-title": "Quay", f"image-{NUMBER}-description": "A quay"},
    "admin/images/multiple/create_from_uploaded_image/<int:uploaded_file_id>/": {
        f"uploaded-image-{NUMBER}-title": "Quay",
        f"uploaded-image-{NUMBER}-description": "A quay",
    },
    "admin/choose-external-link/": {"external-link-chooser-url": "https://far.example/"},
    "admin/users/new/": {"username": "somebody", **PASSWORDS},
    "admin/users/edit/<int:pk>/": {"username": "somebody"},
    "admin/groups/new/": {"name": "Somebody"},
    "admin/collections/add/": {"name": "Shelf"},
    "admin/collections/<int:pk>/": {"name": "Shelf"},
    "admin/snippets/ingest/subscription/add/": {
        "name": "Wire", "kind": "feed", "address": "https://wire.example/feed", "language": "en"
    },
}  # fmt: skip
"""What is typed into forms, where a form as it is shown would be refused."""
FILES = {
    "admin/images/add/": "file",
    "admin/images/chooser/create/": "image-chooser-upload-file",
    "admin/images/multiple/add/": "files[]",
}
NOBODYS = {
    "admin/^.*/$",
    "admin/security/app/remove/",
    "admin/security/passkeys/<int:pk>/",
    "admin/security/passkeys/<int:pk>/remove/",
}
"""Where nothing is, or nothing of whoever comes: second factors are their own."""
NAMED = {
    "admin/workflows/tasks/add/<str:app_label>/<str:model_name>/": ("wagtailcore", "groupapprovaltask"),
    "admin/tag-autocomplete/<slug:app_name>/<slug:model_name>/": ("taggit", "tag"),
}
"""What is named where it is no story."""
PARENTS = "<int:parent_page_id>"
TAKING_BACK = "admin/pages/<int:page_id>/unpublish/"


@pytest.fixture
def room(secret):  # noqa: F811 - the fixture
    """What a newsroom has, each with the number that stands in addresses: a draft in review, and all that it names."""
    picture(pk=NUMBER, credit="Somebody")
    ready = {"state": "ready", "seconds": 10, "forms": [["b" * 64, "audio/ogg", 16, 1_000]]}
    LibraryRecording.objects.create(pk=NUMBER, title="Interview", digest="a" * 64, **ready)
    for term in (Section, Topic, Agency, Byline):
        term.objects.create(pk=NUMBER, key="harbour", label="Harbour")
    Subscription.objects.create(pk=NUMBER, name="Wire", kind="feed", address="https://wire.example/", language="en")
    colleague = member("colleague", "reporter:en", pk=NUMBER)
    out = write("Harbour closed", pk=OUT, owner=colleague, topics=["harbour"], picture_id=NUMBER, picture_alt="A quay")
    publish(out)
    Group.objects.create(pk=NUMBER, name="Cooks")
    Collection.get_first_root_node().add_child(instance=Collection(pk=NUMBER, name="Quays"))
    state = TaskState.objects.get()
    TaskState.objects.filter(pk=state.pk).update(id=NUMBER)
    state.workflow_state.__class__.objects.update(current_task_state=NUMBER)
    return secret


@pytest.fixture
def boss(room):
    """An administrator who has just said the password."""
    client = Client()
    somebody = person("boss")
    kind = ContentType.objects.get_for_model(LibraryPicture)
    waiting = UploadedFile(pk=NUMBER, for_content_type=kind, uploaded_by_user=somebody)
    waiting.file.save("quay.jpg", ContentFile(jpeg()), save=True)
    client.force_login(somebody)
    client.raise_request_exception = False
    ask(client)
    return client


def address_of(pattern):
    """Where somebody comes who presses a button there."""
    for name in NAMED.get(pattern, ()):
        pattern = re.sub("<(str|slug):[^>]*>", name, pattern, count=1)
    pattern = pattern.replace(PARENTS, str(newspaper("en").pk))
    return filled(pattern.replace("<int:page_id>", str(OUT)) if pattern == TAKING_BACK else pattern)


def typed_into(pattern):
    found = dict(TYPED.get(pattern, {}))
    shelf = Collection.get_first_root_node().pk
    found |= {name.replace("title", "collection"): shelf for name in found if "image" in pattern and "title" in name}
    if pattern in FILES:
        found[FILES[pattern]] = SimpleUploadedFile("quay.jpg", jpeg(), "image/jpeg")
    return found


def doors_of(kind):
    return [pattern for pattern, decided in DECIDED.items() if decided == kind]


def test_somebody_decided_about_every_door(boss):
    there = {}
    for pattern, view in views():
        there.setdefault(pattern, view)  # the first is the one that answers
    found = {
        pattern
        for pattern, view in there.items()
        if may_change(view, lambda pattern=pattern: undone(boss, lambda: boss.post(filled(pattern))))
    }
    assert sorted(found - set(DECIDED)) == []
    assert sorted(set(DECIDED) - found) == []
    assert set(DECIDED.values()) == {"ours", "wrapped", "wagtail", "closed"}


def test_what_is_ours_is():
    there = dict(reversed(list(views())))
    modules = {pattern: innermost(there[pattern]).__module__ for pattern in doors_of("ours")}
    assert [pattern for pattern, module in modules.items() if not module.startswith("tamizdat.")] == []


def test_what_is_closed_is_so_for_administrators(boss):
    before = stories()
    for pattern in doors_of("closed"):
        assert COMERS[pattern] == "nobody", pattern
        for ask_by in ("get", "post"):
            assert not answered(boss, pattern, ask_by)[2], (ask_by, pattern)
    assert stories() == before


def test_what_is_wrapped_comes_by_us(boss):
    past = []
    for pattern in doors_of("wrapped"):
        code = code_of(WHY[pattern].partition(":")[0])
        with running() as ran:
            answers = [answer.status_code for answer, _seen in pressed(boss, address_of(pattern), typed_into(pattern))]
        if code not in ran:
            past.append((pattern, answers))
    assert not past, "\n".join(map(str, past))


def test_what_is_as_it_is_changes_no_story(boss):
    """If one does, somebody of ours must stand there; and why it cannot, is said."""
    before, faults = stories(), []
    for pattern in doors_of("wagtail"):
        tried = list(pressed(boss, address_of(pattern), typed_into(pattern), stories))
        answers = [answer.status_code for answer, _after in tried]
        if any(after != before for _answer, after in tried):
            faults.append((pattern, "changes stories", answers))
        if (min(answers) >= HTTPStatus.BAD_REQUEST and pattern not in NOBODYS) or not WHY[pattern]:
            faults.append((pattern, "was not tried", answers))
    assert not faults, "\n".join(map(str, faults))


def test_questions_change_no_story(boss):
    before = stories()

    def changes(pattern):
        return undone(boss, lambda: (boss.get(address_of(pattern)), stories()))[1] != before

    assert [pattern for pattern in COMERS if changes(pattern)] == []
