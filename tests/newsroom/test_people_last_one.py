"""Somebody is administrator: also when two who are close, demote or delete each other at the same moment."""

import pytest
from desk_kit import person
from django.db import connection
from django.test import Client
from django.urls import reverse
from people_kit import ask
from test_circles import both

from tamizdat.newsroom.people.keeping import LastOneStaysError, check_others_stay
from tamizdat.newsroom.people.models import Person

SAID = "Somebody must be administrator. Make somebody else one first."


def closed(client, other):
    """In its form."""
    form = {"username": other.username, "first_name": ""}
    return client.post(reverse("wagtailusers_users:edit", args=[other.pk]), form, follow=True)


def demoted(client, other):
    return client.post(reverse("people_roles", args=[other.pk]), {}, follow=True)


def deleted(client, other):
    return client.post(reverse("wagtailusers_users:delete", args=[other.pk]), follow=True)


def _in_bulk(client, other, act, **said):
    address = reverse("wagtail_bulk_action", args=["people", "person", act])
    return client.post(f"{address}?id={other.pk}", said, follow=True)


def closed_in_bulk(client, other):
    return _in_bulk(client, other, "set_active_state", mark_as_active="False")


def deleted_in_bulk(client, other):
    return _in_bulk(client, other, "delete")


WAYS = [closed, demoted, deleted, closed_in_bulk, deleted_in_bulk]


def _in(somebody):
    client = Client()
    client.force_login(somebody)
    ask(client)
    return client


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first_way", [closed, demoted])
def test_of_two_who_do_it_to_each_other_at_one_moment_one_stays(first_way, way):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    Person.objects.filter(is_superuser=True).delete()
    one, two = person("one"), person("two")
    clients, answers = (_in(one), _in(two)), []
    faults = both(lambda: first_way(clients[0], two), lambda: None, lambda: answers.append(way(clients[1], one)))
    assert faults == []
    assert list(Person.objects.filter(is_superuser=True, is_active=True)) == [one]
    assert answers[0].status_code < 500
    assert not Person.objects.filter(pk=two.pk, is_superuser=True, is_active=True).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_in_words_where_the_other_was_closed_since_somebody_was_let_in(monkeypatch, way):
    Person.objects.filter(is_superuser=True).delete()
    one, two = person("one"), person("two")
    client = _in(two)

    def meanwhile(people):
        Person.objects.filter(pk=two.pk).update(is_active=False)
        try:
            check_others_stay(people)
        finally:
            Person.objects.filter(pk=two.pk).update(is_active=True)

    for where in ("actions", "viewsets", "wagtail_hooks"):
        monkeypatch.setattr(f"tamizdat.newsroom.people.{where}.check_others_stay", meanwhile)
    assert SAID in way(client, one).content.decode()
    one.refresh_from_db()
    assert one.is_active
    assert one.is_superuser


@pytest.mark.django_db
def test_who_is_no_administrator_or_is_closed_may_go():
    Person.objects.filter(is_superuser=True).delete()
    boss, closed_one, reporter = person("boss"), person("gone"), Person.objects.create_user("reporter")
    Person.objects.filter(pk=closed_one.pk).update(is_active=False)
    check_others_stay([closed_one.pk, reporter.pk])
    with pytest.raises(LastOneStaysError):
        check_others_stay([boss.pk, reporter.pk])
