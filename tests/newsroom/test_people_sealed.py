"""Second factors after the secret was lost or replaced: none fits, least of all what anybody can compute."""

import hmac
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import reverse
from people_kit import codes, log_in, member, with_app

from tamizdat.newsroom.people import adapters, throttle

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(settings):
    """An app's secret and recovery codes of somebody, and the newsroom's secret, which then was replaced."""
    person = member("captain", "desk_head:en")
    made = with_app(person), RecoveryCodes.activate(person).get_unused_codes(), settings.SECRET_KEY
    settings.SECRET_KEY = "another key altogether"
    return made


def tried(client, code):
    """The answer to a code in the second step."""
    for what, name in ((adapters.PASSWORD, "captain"), (adapters.CODE, str(Authenticator.objects.first().user_id))):
        throttle.succeeded(what, name)
    log_in(client, "captain")
    return client.post(reverse("mfa_authenticate"), {"code": code})


def computed():
    """What anybody can compute: codes of an empty secret, around now, and recovery codes of an empty seed."""
    step = int(time.time()) // 30
    yield from (format_hotp_value(hotp_value("", step + by)) for by in (-1, 0, 1))
    digest = hmac.new(b"", b"  0,", "sha1").digest()[:4]
    yield str(int.from_bytes(digest) % 10**8).zfill(8)


def test_no_code_that_anybody_can_compute_opens_an_account(client, own, caplog):
    for code in computed():
        page = tried(client, code)
        assert page.status_code == 200
        assert "Incorrect code" in page.content.decode()
        assert client.get("/admin/").status_code == 302
    assert "sealed under another key" in caplog.text
    assert "captain" not in caplog.text


def test_nor_do_ones_own_until_the_secret_is_back(client, own, settings):
    secret, recovery, key = own
    assert tried(client, codes(secret)).status_code == 200
    assert tried(client, recovery[0]).status_code == 200
    settings.SECRET_KEY = key
    assert tried(client, recovery[0]).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_what_stands_for_a_lost_secret_is_another_each_time(own):
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    box = adapters.FactorAdapter()
    first, second = (box.decrypt(app.data["secret"]) for _time in range(2))
    assert first != second
    assert hotp_value(first, 1) >= 0, "it is one that codes can be made of"
