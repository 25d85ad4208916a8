"""What translators elsewhere do with a file: read it, write translations into it, send it back."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import etree

from tamizdat.newsroom.exchange.models import Brought
from tamizdat.newsroom.translating.beside import newest, rows_of, source_now
from tamizdat.newsroom.translating.models import Task

ONE = "{urn:oasis:names:tc:xliff:document:1.2}"
TWO = "{urn:oasis:names:tc:xliff:document:2.0}"
WORDS = {"Harbour strike ends": "Забастовка окончена", "They sail again.": "Они снова ходят."}


def fresh(task: Task) -> Task:
    """The task as the database has it."""
    return Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)


def shown(task: Task) -> dict[str, list[tuple[str, str, str]]]:
    """Field -> state, source and text of each row."""
    task = fresh(task)
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    return {field.key: [(row.state, row.source, row.text) for row in field.rows] for field in fields}


def texts(task: Task) -> list[str]:
    """Every text of the translation."""
    return [text for rows in shown(task).values() for _state, _source, text in rows]


def taken(client: Any, task: Task, kind: str, **options: str) -> bytes:
    """The file as a translator gets it."""
    answer = client.get(f"/admin/exchange/{task.pk}/take/", {"kind": kind, **options})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return bytes(answer.content)


def back(client: Any, data: bytes, task: Task | None = None, name: str = "file.xlf") -> Brought:
    """Upload it, where the task is or on the board's screen; the report."""
    address = f"/admin/exchange/{task.pk}/" if task else "/admin/exchange/"
    answer = client.post(address, {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    found = re.fullmatch(r"/admin/exchange/report/(\d+)/", answer.headers["Location"])
    assert found, answer.headers["Location"]
    assert client.get(answer.headers["Location"]).status_code == 200
    return Brought.objects.get(pk=int(found[1]))


def counts(brought: Brought) -> dict[str, int]:
    """Of all files."""
    total: dict[str, int] = {}
    for file in brought.files.all():
        for fate, number in file.counts.items():
            total[fate] = total.get(fate, 0) + number
    return total


def translate(data: bytes, words: dict[str, str], kind: str) -> bytes:
    """Write translations where the text of the source is one of ``words``, as a program would, and say so."""
    if kind == "po":
        text = data.decode()
        for pair in words.items():
            source, target = (each.replace("\\", "\\\\").replace('"', '\\"') for each in pair)
            text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{target}"')
        return text.encode()
    root = etree.fromstring(data)
    space = ONE if kind == "xliff12" else TWO
    for source in root.iter(f"{space}source"):
        target = source.getnext()
        text = "".join(source.itertext())
        if text not in words:
            continue
        if target is None or target.tag != f"{space}target":
            target = etree.Element(f"{space}target")
            source.addnext(target)
        target.text = words[text]
        (target if kind == "xliff12" else source.getparent()).set("state", "translated")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def names_of(data: bytes) -> tuple[str, str, str]:
    """What the file calls itself, and the ids of its last two units."""
    original = re.search(rb'original="([^"]+)"', data)[1].decode()
    ids = [each.decode() for each in re.findall(rb'<(?:trans-unit|unit) id="([^"]+)"', data)]
    return original, ids[-2], ids[-1]


def chosen(client: Any, report: Brought, text: str, do: str = "take", seen: str | None = None) -> str:
    """The page after somebody chose what becomes of the first open piece."""
    file = report.files.get()
    page = client.get(f"/admin/exchange/report/{report.pk}/").content.decode()
    form = {
        "unit": [file.units[0]["id"]],
        "seen:0": seen or re.search('name="seen:0" value="([^"]+)"', page)[1],
        "text:0": text,
        "do:0": do,
    }
    answer = client.post(f"/admin/exchange/choose/{file.pk}/", form, follow=True)
    return answer.content.decode()
