"""How much strangers may send: nothing of it is ever written to the disk."""

import http.client
import threading
from contextlib import closing, suppress

import pytest
from desk_kit import person
from waitress.adjustments import Adjustments

from tamizdat.newsroom.people.models import Person, PersonSession
from tamizdat.newsroom.web import LARGEST_OF_STRANGERS, LARGEST_UPLOAD, Request, open_server

MORE = LARGEST_OF_STRANGERS + 1
SETTINGS = Adjustments(max_request_body_size=LARGEST_UPLOAD)


def head(*lines, length=MORE):
    size = ("Transfer-Encoding: chunked",) if length is None else (f"Content-Length: {length}",)
    return "\r\n".join(("POST /admin/login/ HTTP/1.1", "Host: localhost", *size, *lines, "", "")).encode()


def refused(data):
    """What is said to a request of which ``data`` has come; None if more of it is waited for, or it is whole."""
    request = Request(SETTINGS)
    while data:
        data = data[request.received(data) :]
        if request.error:
            return request.error.code
    return None


@pytest.mark.django_db
def test_only_those_who_are_logged_in_send_much(client):
    client.force_login(person())
    cookie = f"Cookie: csrftoken=x; newsroom={client.cookies['newsroom'].value}"
    assert refused(head(cookie)) is None
    assert refused(head(cookie, length=LARGEST_UPLOAD)) == 413
    assert refused(head(cookie, length=None) + b"%x\r\n" % MORE + b"x" * MORE) is None
    strangers = ((), ("Cookie: newsroom=",), ("Cookie: newsroom=" + "a" * 32,), ('Cookie: newsroom="\\777";;=\x80',))
    for each in strangers:
        assert refused(head(*each)) == 413, each
        assert refused(head(*each, length=None) + b"%x\r\n" % MORE + b"x" * MORE) == 413, each
        assert refused(head(*each, length=10_000) + b"x" * 10_000) is None, each
        assert refused(head(cookie)) is None, "what was forbidden to one is not forbidden to the next"


@pytest.mark.django_db
def test_a_session_that_ended_or_is_nobodys_sends_little(client):
    client.get("/admin/login/")
    client.session["language"] = "fa"
    anonymous = client.session
    anonymous["next"] = "/admin/"
    anonymous.save()
    assert refused(head(f"Cookie: newsroom={anonymous.session_key}")) == 413
    client.force_login(person())
    cookie = f"Cookie: newsroom={client.cookies['newsroom'].value}"
    Person.objects.update(is_active=False)
    assert refused(head(cookie)) == 413
    Person.objects.update(is_active=True)
    assert refused(head(cookie)) is None
    PersonSession.objects.update(expire_date="2026-01-01T00:00:00Z")
    assert refused(head(cookie)) == 413


def answer(_environ, start_response):
    start_response("200 OK", [("Content-Length", "0")])
    return []


def test_a_large_body_is_refused_before_it_comes():
    server = open_server(
        lambda _environ, start: start("200 OK", [("Content-Length", "0")]) and [], listen="127.0.0.1:0"
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        for size, status in ((str(400_000_000), 413), ("3", 200)):
            with closing(http.client.HTTPConnection("127.0.0.1", int(server.effective_port), timeout=20)) as connection:
                connection.putrequest("POST", "/")
                connection.putheader("Content-Length", size)
                connection.endheaders()
                if status == 200:
                    connection.send(b"abc")
                assert connection.getresponse().status == status
    finally:
        with suppress(OSError):  # it may have ended by itself
            server.trigger.pull_trigger(server.close)
        thread.join(20)
        server.task_dispatcher.shutdown()
    assert not thread.is_alive()
