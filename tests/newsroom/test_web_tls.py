"""Behind a proxy that speaks TLS: what the newsroom's own server believes of it, and what it tells browsers."""

import http.client
import json
import os
import re
import socket
import subprocess
import threading
from contextlib import closing, contextmanager, suppress
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from test_killed import Room, _wait_for

from tamizdat.newsroom.web import open_server

PROXY = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "198.51.100.88",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "99",
    "Forwarded": "for=198.51.100.88;host=evil.example",
}


@contextmanager
def served(application):
    server = open_server(application, listen="127.0.0.1:0")
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        with suppress(OSError):  # it may have ended by itself
            server.trigger.pull_trigger(server.close)
        thread.join(20)
        server.task_dispatcher.shutdown()


def told(environ, start):
    """What the newsroom learns of a request."""
    start("200 OK", [])
    return [json.dumps({name: value for name, value in environ.items() if isinstance(value, str)}).encode()]


def asked(port, address="/", body=None, **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("POST" if body else "GET", address, body, headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()


@pytest.mark.parametrize(("https", "scheme"), [(True, "https"), (False, "http")])
def test_of_a_proxy_it_learns_that_there_is_tls_and_nothing_else(settings, https, scheme):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if https else None
    with served(told) as port:
        environ = json.loads(asked(port, Host="news.example", **PROXY)[1])
    assert environ["wsgi.url_scheme"] == scheme
    assert ("HTTP_X_FORWARDED_PROTO" in environ) == https
    assert "198.51.100.88" not in str(environ)
    assert "evil.example" not in str(environ)
    assert environ["HTTP_HOST"] == "news.example"


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """The real process, of a newsroom behind a proxy; its port."""
    (folder := tmp_path_factory.mktemp("tls") / "room").mkdir()
    room = Room(folder)
    lines = 'url = "https://news.example/"\nhosts = ["news.example", "second.example", ".third.example"]\n'
    file = folder / "tamizdat.toml"
    file.write_text(f"{file.read_text('utf-8')}\n[newsroom]\n{lines}", "utf-8")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = room._run("-m", "tamizdat.newsroom", "web", f"127.0.0.1:{port}", stdin=subprocess.DEVNULL)
    room._processes.append(process)

    def answers():
        with suppress(OSError):
            return asked(port, "/admin/login/", Host="news.example")[0].status == 200
        return False

    _wait_for(answers)
    yield port
    room.end()


pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # of pipes of the process that was killed
real = pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" in os.environ, reason="makes a newsroom of its own, on SQLite")


@real
def test_browsers_are_told_to_come_by_tls_alone(web):
    answer, _page = asked(web, "/admin/login/", Host="news.example", **PROXY)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in answer.headers["Set-Cookie"]
    plain, _page = asked(web, "/admin/login/", Host="news.example")
    assert "Strict-Transport-Security" not in plain.headers, (
        "nobody should say so over a line that anybody can write on"
    )


@real
@pytest.mark.parametrize("host", ["news.example", "second.example", "a.third.example"])
@pytest.mark.parametrize("proxy", [{"X-Forwarded-Proto": "https"}, {}], ids=["says so", "says nothing"])
def test_forms_work_under_every_name(web, host, proxy):
    answer, page = asked(web, "/admin/login/", Host=host, **proxy)
    cookies = SimpleCookie(answer.headers["Set-Cookie"])
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = urlencode({"csrfmiddlewaretoken": token, "login": "nobody", "password": "nothing"})
    headers = {
        "Host": host,
        "Origin": f"https://{host}",
        "Cookie": f"csrftoken={cookies['csrftoken'].value}",
        "Content-Type": "application/x-www-form-urlencoded",
        **proxy,
    }
    assert asked(web, "/admin/login/", form, **headers)[0].status == 200, "a wrong password, and no forged form"
    foreign = {**headers, "Origin": "https://evil.example"}
    assert asked(web, "/admin/login/", form, **foreign)[0].status == 403
