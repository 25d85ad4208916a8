"""Terms: no label is dropped because nobody said in which language it is, and a key never changes."""

import pytest
from desk_kit import person
from django.urls import reverse

from tamizdat.newsroom.notices.models import LegalNotice
from tamizdat.newsroom.stories.labels import TextsField, TextsWidget
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Topic

pytestmark = pytest.mark.django_db
TERMS = (Section, Topic, Agency, Byline)


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


def _address(model, view, *arguments):
    return reverse(model.snippet_viewset.get_url_name(view), args=arguments)


@pytest.mark.parametrize(
    ("tag", "said"),
    [("", "Say which language"), ("turkmen language", "Say which language"), ("ru", "in this language already")],
)
def test_a_text_whose_language_is_not_clear_is_asked_about_and_not_dropped(desk, tag, said):
    form = {"key": "ports", "label": "Ports", "labels-in-ru": "Порты", "labels-more-tag": tag}
    answer = desk.post(_address(Section, "add"), {**form, "labels-more": "Portlar"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert not Section.objects.exists()
    for kept in ('value="Порты"', 'value="Portlar"', f'name="labels-more-tag" value="{tag}"'):
        assert kept in page
    assert '<details class="tz-texts__more" open>' in page
    assert desk.post(_address(Section, "add"), {**form, "labels-more": ""}).status_code == 302
    assert Section.objects.get().labels == {"ru": "Порты"}


@pytest.mark.parametrize("tag", ["", "no language", "en"])
def test_a_legal_notice_loses_no_text_either(desk, tag):
    form = {"penalty-in-en": "A fine.", "penalty-more-tag": tag, "penalty-more": "Jerime."}
    page = desk.post(reverse("notice_new"), form).content.decode()
    assert not LegalNotice.objects.exists()
    assert 'value="Jerime."' in page
    assert "Say which language" in page or "in this language already" in page


def test_a_language_that_has_an_empty_row_may_be_named_below():
    given = {"labels-in-ru": " ", "labels-more-tag": "ru", "labels-more": "Порты"}
    value = TextsWidget().value_from_datadict(given, {}, "labels")
    assert TextsField().clean(value) == {"ru": "Порты"}


@pytest.mark.parametrize("model", TERMS)
def test_a_key_is_written_once(desk, model):
    assert desk.post(_address(model, "add"), {"key": "ports", "label": "Ports"}).status_code == 302
    term = model.objects.get()
    edit = _address(model, "edit", term.pk)
    (field,) = [part for part in desk.get(edit).content.decode().split("<input") if 'name="key"' in part]
    assert " disabled" in field.partition(">")[0]
    assert desk.post(edit, {"key": "harbours", "label": "Harbours"}).status_code == 302
    term.refresh_from_db()
    assert (term.key, term.label) == ("ports", "Harbours")
