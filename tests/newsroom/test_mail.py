"""E-mail by a real server over TLS: what it carries, what it does not say, and what happens when there is nobody."""

import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from socket import gaierror, getfqdn, gethostname, socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from desk_kit import person, write
from django.core import mail
from people_kit import await_letters, member, saved
from wagtail.models import Comment, PageSubscription

from tamizdat.config import load_config
from tamizdat.newsroom.addresses import MAIL_PASSWORD, mail_settings
from tamizdat.newsroom.people.models import Person

HEAD = '[publication]\nname = "The Far Shore"\nlanguages = ["en"]\n[[sources]]\nkind = "newsroom"\n[newsroom]\n'


class Inbox:
    """What came, and how the one who brought it greeted."""

    def __init__(self):
        self.letters, self.greetings, self.asked, self.refuses = [], [], [], ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        del session, options
        self.asked.append(address)
        if self.refuses == "ends":
            server.transport.abort()
        if self.refuses == "address":
            return f"550 5.1.1 <{address}>: unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        del server, envelope
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        del server
        if self.refuses == "letter":
            return f"554 a letter to {envelope.rcpt_tos[0]} is none for here"
        self.letters.append((session.authenticated, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """One for 127.0.0.1, which signs itself: (certificate, key), both files."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of a test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def inbox(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    found = Inbox()

    def known(_server, _session, _envelope, _mechanism, data):
        # Not handled: the server is to answer, or whoever asks waits for that until it has waited too long.
        return AuthResult(success=(data.login, data.password) == (b"desk", b"a mail secret"), handled=False)

    class Server(Controller):
        def factory(self):
            return SMTP(found, require_starttls=True, tls_context=context, authenticator=known, auth_required=True)

    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(found, hostname="127.0.0.1", port=port)
    server.start()
    yield found, port
    server.stop()


@pytest.fixture
def posted(tmp_path, settings, monkeypatch):
    """Puts the e-mail settings of a newsroom in force."""

    def put(port):
        file = tmp_path / "tamizdat.toml"
        file.write_text(
            f'{HEAD}mail = "smtp://desk@127.0.0.1:{port}"\nmail_from = "The Far Shore <desk@far-shore.example>"\n'
        )
        monkeypatch.setenv(MAIL_PASSWORD, "a mail secret")
        for name, value in mail_settings(load_config(tmp_path).newsroom).items():
            setattr(settings, name, value)

    return put


def test_a_letter_arrives_over_tls_and_names_no_machine(inbox, posted, certificate, monkeypatch):
    found, port = inbox
    posted(port)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    assert mail.send_mail("A story waits", "For you.", None, ["editor@far-shore.example"]) == 1
    ((is_known, letter),) = found.letters
    assert is_known
    assert letter["From"] == "The Far Shore <desk@far-shore.example>"
    assert letter["Message-ID"].endswith("@far-shore.example>")
    assert set(found.greetings) == {"far-shore.example"}
    for name in {gethostname(), getfqdn()} - {"localhost"}:
        assert name not in letter.as_string()


def test_a_server_that_shows_another_certificate_gets_nothing(inbox, posted, caplog):
    found, port = inbox
    posted(port)
    assert mail.send_mail("A story waits", "For you.", None, ["editor@far-shore.example"]) == 0
    assert not found.letters
    assert "SSLCertVerificationError" in caplog.text


@pytest.mark.django_db
def test_a_forgotten_password_is_asked_for_by_mail(inbox, posted, certificate, monkeypatch, client, settings):
    found, port = inbox
    posted(port)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    settings.WAGTAIL_PASSWORD_RESET_ENABLED = True
    who = person()
    who.email = "orla@far-shore.example"
    who.save()
    assert client.post("/admin/password_reset/", {"email": "orla@far-shore.example"}).status_code == 302
    assert client.post("/admin/password_reset/", {"email": "nobody@far-shore.example"}).status_code == 302
    await_letters()
    ((_is_known, letter),) = found.letters
    assert letter["To"] == "orla@far-shore.example"
    assert "/admin/password_reset/confirm/" in letter.get_payload()


# --- what goes wrong breaks no request, and the log says nothing of whom it was to ---

ADDRESSES = ("orla@far-shore.example", "milan@far-shore.example", "head@far-shore.example")


@pytest.fixture
def desk():
    """A reporter, an editor and a head of desk, who gave addresses."""
    roles = {"orla": "reporter:en", "milan": "editor:en", "head": "desk_head:en"}
    made = [member(name, role) for name, role in roles.items()]
    for each, address in zip(made, ADDRESSES, strict=True):
        Person.objects.filter(pk=each.pk).update(email=address)
    return made


def _closed():
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(params=["address", "letter", "ends", "password", "certificate", "nobody", "no such name", "silence"])
def failing(request, inbox, posted, certificate, monkeypatch, settings):
    """A server with which nothing can be sent."""
    found, port = inbox
    posted(_closed() if request.param == "nobody" else port)
    if request.param != "certificate":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    if request.param == "password":
        settings.EMAIL_HOST_PASSWORD = "another"
    if request.param in {"no such name", "silence"}:
        error = gaierror(-2, "Name or service not known") if request.param == "no such name" else TimeoutError("late")

        def connect(*_arguments, **_options):
            found.asked.append("")
            raise error

        monkeypatch.setattr("socket.create_connection", connect)
    found.refuses = request.param
    yield found
    if request.param in {"no such name", "silence", "ends"}:
        assert len(found.asked) <= 1, "nobody waits for it once for every colleague"
    assert not found.letters


def _said_nothing_of_them(caplog):
    said = caplog.text + "".join(str(record.exc_info) + str(record.args) for record in caplog.records)
    assert "e-mail could not be sent" in said
    assert not [address for address in ADDRESSES if address.partition("@")[0] in said or address in said]


@pytest.mark.django_db
def test_a_story_is_submitted_though_nobody_can_be_told(failing, desk, client, caplog, settings):
    settings.WAGTAIL_EMAIL_MANAGEMENT_ENABLED = True
    page = write("Harbour", owner=desk[0])
    page.save_revision(user=desk[0])
    client.force_login(desk[0])
    saved(client, page, **{"action-submit": "x"})
    page.refresh_from_db()
    assert page.workflow_in_progress
    _said_nothing_of_them(caplog)


@pytest.mark.django_db
def test_a_comment_is_kept_though_nobody_can_be_told(failing, desk, client, caplog):
    page = write("Harbour", owner=desk[0])
    page.save_revision(user=desk[0])
    for each in desk:
        PageSubscription.objects.create(page=page, user=each, comment_notifications=True)
    client.force_login(desk[1])
    new = {"text": "closed?", "position": "", "contentpath": "title", "DELETE": "", "resolved": "", "id": ""}
    forms = {"comments-TOTAL_FORMS": "1", "comments-0-replies-TOTAL_FORMS": "0"}
    forms |= {name.replace("TOTAL", "INITIAL"): "0" for name in forms}
    saved(client, page, **forms, **{f"comments-0-{name}": value for name, value in new.items()})
    assert Comment.objects.count() == 1
    _said_nothing_of_them(caplog)


@pytest.mark.django_db
def test_a_letter_for_a_new_password_fails_without_a_word_of_whom(failing, desk, client, caplog, settings):
    settings.WAGTAIL_PASSWORD_RESET_ENABLED = True
    assert client.post("/admin/password_reset/", {"email": ADDRESSES[0]}).status_code == 302
    await_letters()
    _said_nothing_of_them(caplog)


def test_a_server_that_refuses_the_password_is_left(inbox, posted, certificate, monkeypatch, settings):
    posted(inbox[1])
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    settings.EMAIL_HOST_PASSWORD = "another"
    connection = mail.get_connection()
    assert connection.open() is None
    assert connection.connection is None


def test_an_address_that_cannot_be_written_breaks_nothing(inbox, posted, certificate, monkeypatch, caplog):
    found, port = inbox
    posted(port)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    bad = "orla@far-shore.example\nBcc: x@y.example"
    assert mail.EmailMessage("A story waits", "For you.", None, [bad]).send() == 0
    assert not found.letters
    assert "orla" not in caplog.text


def test_one_who_is_refused_keeps_no_letter_from_the_others(inbox, posted, certificate, monkeypatch):
    found, port = inbox
    posted(port)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    connection = mail.get_connection()
    connection.open()
    found.refuses = "address"
    assert mail.send_mail("A", "B", None, [ADDRESSES[0]], connection=connection) == 0
    found.refuses = ""
    assert mail.send_mail("A", "B", None, [ADDRESSES[1]], connection=connection) == 1
    connection.close()
    assert len(found.letters) == 1


def test_a_server_that_falls_silent_is_waited_for_once(posted, caplog):
    class Silent:
        asked = 0

        def sendmail(self, *_letter):
            self.asked += 1
            raise TimeoutError("the read operation timed out")

        def quit(self):
            raise TimeoutError("the read operation timed out")

    posted(1)
    connection = mail.get_connection()
    connection.connection = silent = Silent()
    for address in ADDRESSES:
        assert mail.send_mail("A", "B", None, [address], connection=connection) == 0
    connection.close()
    assert silent.asked == 1
    assert caplog.text.count("TimeoutError: the read operation timed out") == 2
