"""Who may translate into no language reads no file; who may into one gets theirs, however many belong to others."""

import io
import zipfile

import pytest
from desk_kit import person, publish, text, write
from django.core.files.uploadedfile import SimpleUploadedFile
from exchange_kit import back, counts, taken, translate
from translating_kit import sent, translator
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask

from tamizdat.newsroom.exchange import files, views, xliff_read
from tamizdat.newsroom.exchange.models import Brought
from tamizdat.newsroom.exchange.permits import closed_to, languages_of, tasks_of
from tamizdat.newsroom.exchange.po import read_po
from tamizdat.newsroom.exchange.xliff_read import read_xliff
from tamizdat.newsroom.people.models import RoleGroup
from tamizdat.newsroom.translating.acting import may_edit
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
PO = b'msgid ""\nmsgstr "Language: fa\\n"\n\nmsgctxt "title:0"\nmsgid "a"\nmsgstr "b"\n'
WORDS = {"Harbour": "Гавань"}


def member(name, role, language):
    somebody = translator(language)
    somebody.groups.set([RoleGroup.objects.get(role=role, language=language).group])
    somebody.username = name
    somebody.save()
    return type(somebody).objects.get(pk=somebody.pk)


@pytest.fixture
def desk(client):
    return person()


def names(answer):
    """In the zip."""
    return zipfile.ZipFile(io.BytesIO(answer.getvalue())).namelist()


def test_nothing_is_read_of_whoever_may_translate_into_no_language(client, desk, monkeypatch):
    sent(write("Harbour"), desk, "ru")
    client.force_login(member("m", "moderator", "ru"))
    monkeypatch.setattr(views, "read_upload", lambda *_: pytest.fail("was read"))
    for answer in (
        client.post("/admin/exchange/", {"file": SimpleUploadedFile("x.po", PO)}),
        client.get("/admin/exchange/"),
        client.get("/admin/exchange/take/"),
    ):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert not Brought.objects.exists()


def test_files_of_other_languages_are_not_read_on(client, desk, monkeypatch):
    ru, fa = sent(write("Harbour", story_id="harbour"), desk, "ru", "fa")
    client.force_login(desk)
    data = {(task, kind): taken(client, task, kind) for task in (ru, fa) for kind in files.FORMATS}
    client.force_login(translator("ru"))
    for (task, kind), file in data.items():
        if task == ru:
            assert counts(back(client, translate(file, WORDS, kind)))
    monkeypatch.setattr(xliff_read, "_unit", lambda *_: pytest.fail("was read on"))
    monkeypatch.setattr("tamizdat.newsroom.exchange.po._unit", lambda *_: pytest.fail("was read on"))
    for kind in files.FORMATS:
        assert "may not" in back(client, data[fa, kind]).files.get().fault


def test_only_what_is_closed_is_left_out_of_a_file_of_several():
    stories = "".join(
        f'<file target-language="{tag}"><body><trans-unit id="a:0"><source>a</source></trans-unit></body></file>'
        for tag in ("ru", "FA", "")
    )
    data = f'<xliff version="1.2">{stories}</xliff>'.encode()
    assert [(each.language, len(each.units)) for each in read_xliff(data, "x", {"fa"})] == [
        ("ru", 1),
        ("FA", 0),
        ("", 1),
    ]
    assert [len(each.units) for each in read_po(PO, "x", {"fa"})] == [0]
    assert [len(each.units) for each in read_po(PO, "x", {"ru"})] == [1]


def test_translators_get_theirs_however_many_newer_ones_belong_to_others(client, desk, monkeypatch):
    monkeypatch.setattr(views, "MOST", 2)
    for at in range(3):
        sent(write(f"Older {at}", story_id=f"older{at}"), desk, "ru")
    for at in range(4):
        sent(write(f"Newer {at}", story_id=f"newer{at}"), desk, "fa")
    client.force_login(translator("ru"))
    assert names(client.get("/admin/exchange/take/")) == ["older2.ru.xlf", "older1.ru.xlf"]
    page = client.get("/admin/exchange/").content.decode()
    assert 'value="ru"' in page
    assert 'value="fa"' not in page, "nobody is offered what they cannot have"
    answer = client.get("/admin/exchange/take/", {"language": "fa"}, follow=True)
    assert "There is no translation like that." in answer.content.decode()


def reviewed(task, group):
    """Send a translation to this group for review."""
    step = GroupApprovalTask.objects.create(name="Read it")
    step.groups.add(group)
    flow = Workflow.objects.create(name="Reading")
    WorkflowTask.objects.create(workflow=flow, task=step, sort_order=0)
    flow.start(task.target, None)


def test_the_query_and_the_question_give_one_answer(client, desk):
    gone = member("g", "translator", "ru")
    gone.is_active = False
    gone.save()
    reporter, outsider = member("r", "reporter", "ru"), member("m", "moderator", "fa")
    people = [desk, reporter, outsider, translator("fa"), translator("ru")]
    ru, fa = sent(write("Of the desk"), desk, "ru", "fa")
    (own,) = Send(publish(write("Of the reporter")), ("ru",), reporter).execute()
    reviewed(fa, outsider.groups.get())
    for somebody in (*people, gone):
        fresh = type(somebody).objects.get(pk=somebody.pk)
        wanted = {task.pk for task in Task.objects.select_related("target") if may_edit(task, fresh)}
        assert set(tasks_of(fresh).values_list("pk", flat=True)) == wanted, fresh.username
        into = set(Task.objects.filter(pk__in=wanted).values_list("target__locale__language_code", flat=True))
        assert into <= set(languages_of(fresh))
        assert not into & closed_to(fresh)
    assert list(tasks_of(reporter)) == [own]
    assert (list(tasks_of(outsider)), languages_of(outsider)) == ([fa], ["fa"])
    assert ru in tasks_of(desk)
    assert languages_of(gone) == []


def test_many_languages_and_translations_cost_the_same(client, desk, django_assert_max_num_queries):
    for at in range(5):
        sent(write(f"Story {at}", story_id=f"s{at}", body=text("<p>One.</p>")), desk, "ru", "fa")
    client.force_login(translator("ru"))
    with django_assert_max_num_queries(25):
        client.get("/admin/exchange/")
