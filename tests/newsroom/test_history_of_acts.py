"""Whatever somebody does that readers or colleagues come to feel stands in the history: who, when, and what it was."""

import json
from datetime import UTC, datetime

import pytest
from desk_kit import person
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from test_newsroom_notices import DATA, LATER, TODAY, notice
from test_translating import translator
from wagtail.models import ModelLogEntry

from tamizdat.newsroom.fronts.sections import OrderSections
from tamizdat.newsroom.notices.acting import OrderNotices, SignNotice, TakeOver, WriteNotice
from tamizdat.newsroom.notices.models import LegalNotice
from tamizdat.newsroom.stories.terms import Section
from tamizdat.newsroom.suggesting.models import Agreed

pytestmark = pytest.mark.django_db


def acts():
    """Everything in the history but log-ins, oldest first."""
    return ModelLogEntry.objects.order_by("pk").exclude(action="people.log_in")


def noted():
    """The same as (what, by whom, of what); all of it has words that people can read."""
    assert all(entry.formatter.format_message(entry) for entry in acts())
    return [(each.action, each.user.username, each.label) for each in acts()]


def test_words_of_a_glossary(client):
    milan = translator("ru")
    client.force_login(milan)
    typed = {
        "term": "ferry",
        "source_language": "en",
        "translation": "паром",
        "any_case": "on",
        "forms": "",
        "note": "",
    }
    client.post(reverse("suggesting_glossary", args=["ru"]), typed)
    address = reverse("suggesting_word", args=[Agreed.objects.get().pk])
    client.post(address, {**typed, "translation": ""})
    client.post(address, {**typed, "translation": "судно"})
    client.post(address, {"delete": "1"})
    assert [(what, of) for what, _by, of in noted()] == [
        ("wagtail.create", "ferry → паром"),
        ("wagtail.edit", "ferry → судно"),
        ("wagtail.delete", "ferry → судно"),
    ]
    _made, edited, gone = acts()
    assert [edited.data[when]["translation"] for when in ("was", "now")] == ["паром", "судно"]
    assert gone.data["was"]["term"] == "ferry"
    assert {who for _what, who, _of in noted()} == {milan.username}


def test_a_table_of_words(client):
    client.force_login(person())
    Agreed.objects.create(language="ru", source_language="en", term="ferry", translation="паром")
    Agreed.objects.create(language="ru", source_language="en", term="quay", translation="причал")
    address = reverse("suggesting_take_table", args=["ru"])

    def take(lines):
        client.post(address, {"table": SimpleUploadedFile("g.csv", f"term,translation\n{lines}".encode())})

    take("ferry,судно\nquay,причал\nharbour,гавань")
    assert noted() == [("suggesting.table", "desk", "Русский")]
    changed = acts().get().data["changed"]
    assert [(each.get("was", {}).get("translation"), each["now"]["translation"]) for each in changed] == [
        ("паром", "судно"),
        (None, "гавань"),
    ]
    take("ferry,судно")
    assert len(noted()) == 1, "a table that changes nothing is nothing"


def test_notices():
    desk = person()
    wording = WriteNotice(desk, None, DATA, 0).execute()
    SignNotice(desk, wording.notice, wording.number, "Orla Venn", TODAY, LATER).execute()
    TakeOver(desk, [notice(country="BY")]).execute()
    first, second = LegalNotice.objects.all()
    OrderNotices(desk, [second.pk, first.pk]).execute()
    OrderNotices(desk, [second.pk, first.pk]).execute()
    assert [(what, of) for what, _by, of in noted()] == [
        ("wagtail.create", str(first)),
        ("notices.sign", str(first)),
        ("wagtail.create", str(second)),
        ("wagtail.reorder", str(second)),
        ("wagtail.reorder", str(first)),
    ]
    assert acts().get(action="notices.sign").data == {"number": 1, "reviewer": "Orla Venn"}


def test_sections():
    desk = person()
    for at, key in enumerate(("ports", "world", "sport"), 1):
        Section.objects.create(key=key, position=at)
    OrderSections(desk, ["world", "ports", "sport"]).execute()
    assert {(what, by) for what, by, _of in noted()} == {("wagtail.reorder", "desk")}
    assert len(noted()) == 2, "the third stands where it stood"


def test_totals_of_a_mirror(client):
    client.force_login(person())
    day = f"{datetime.now(UTC):%Y-%m-%d}"

    def take(days):
        status = SimpleUploadedFile("s.json", json.dumps({"totals": {"days": days}}).encode())
        client.post(reverse("desk_take_totals"), {"mirror": "school", "status": status})

    take({})
    assert noted() == []
    take({day: {"en": [2_000, 5], "fa": [500, 9]}})
    assert noted() == [("desk.totals", "desk", "school")]
    assert acts().get().data == {"days": 1, "last": day}
