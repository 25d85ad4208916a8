"""The link for a new password, pressed in webmail: on a page of another site, from which strict cookies do not come."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser_kit import WHOLE_NEWSROOM, browsing
from desk_kit import person
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from people_kit import log_in

pytestmark = WHOLE_NEWSROOM
NEW = "quiet harbour lamp"


@pytest.fixture
def webmail():
    """Of a link, the address of a page at another host that shows it."""
    shown = {}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<a href="{shown["link"]}">your link</a>'.encode())

        def log_message(self, *_arguments):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def show(link):
        shown["link"] = link
        return f"http://127.0.0.1:{server.server_port}/"

    yield show
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_link_for_a_new_password_works_from_webmail(live_server, settings, webmail, client):
    settings.WAGTAIL_PASSWORD_RESET_ENABLED = True
    user = person("anna")
    uid, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
    link = live_server.url + reverse("wagtailadmin_password_reset_confirm", args=[uid, token])
    with browsing(live_server.url) as (page, _complaints):
        page.goto(webmail(link))
        page.click("a")
        page.click("main form button")
        page.fill("#id_new_password1", NEW)
        page.fill("#id_new_password2", NEW)
        page.click("main form button")
        page.wait_for_url("**/complete/")
    assert log_in(client, "anna", NEW).status_code == 302
