"""E-mail by a real server over TLS: what it carries, what it does not say, and what happens when there is nobody."""

import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from socket import getfqdn, gethostname, socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from desk_kit import person
from django.core import mail
from people_kit import await_letters

from tamizdat.config import load_config
from tamizdat.newsroom.addresses import MAIL_PASSWORD, mail_settings

HEAD = '[publication]\nname = "The Far Shore"\nlanguages = ["en"]\n[[sources]]\nkind = "newsroom"\n[newsroom]\n'


class Inbox:
    """What came, and how the one who brought it greeted."""

    def __init__(self):
        self.letters, self.greetings = [], []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        del server, envelope
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        del server
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
        return AuthResult(success=(data.login, data.password) == (b"desk", b"a mail secret"))

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


def test_a_server_that_shows_another_certificate_gets_nothing(inbox, posted):
    found, port = inbox
    posted(port)
    with pytest.raises(ssl.SSLCertVerificationError):
        mail.send_mail("A story waits", "For you.", None, ["editor@far-shore.example"])
    assert not found.letters


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
