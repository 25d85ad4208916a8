"""nginx and Caddy, set up as docs/mirrors says, in front of a mirror and beside one."""

import gzip
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import recipe_kit as kit
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tamizdat.mirror.http.limits import HTTP_LIMITS
from tamizdat.press.server_files import HEADERS, server_files

NAME = "mirror.example"
DEBIAN = Path("/etc/nginx/nginx.conf")
FRONTS = ("nginx", "nginx-files", "caddy", "caddy-files")
# Test settings beside the printed ones, so that nothing outside the test's folder is written.
TEMPORARY = (
    "client_body_temp_path {0}/1; proxy_temp_path {0}/2; fastcgi_temp_path {0}/3; uwsgi_temp_path {0}/4; "
    "scgi_temp_path {0}/5;"
)
TELLING = tuple(
    f"{name}: {kit.MARKER}"
    for name in ("User-Agent", "Referer", "Cookie", "Accept-Language", "X-Forwarded-For", "Forwarded")
)
"""Headers that tell one reader from another."""
ANSWERED = ("Accept-Encoding: gzip", 'If-None-Match: "1"', "Prefer: wait=5", "Range: bytes=1-2", 'If-Range: "2"')


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def certificate(folder):
    """A certificate for the name, with its key, as files of a folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


class Front:
    """A web server that listens at two ports. ``folder`` has all that it may write."""

    def __init__(self, name, folder, paper, mirror):
        self.name, self.folder, self.paper, self.mirror = name, folder, paper, mirror
        self.authority = None
        self.plain, self.secure = free_port(), free_port()

    def get(self, path="", *options, **more):
        where = ("--resolve", f"{NAME}:{self.secure}:127.0.0.1", "--cacert", str(self.authority))
        return kit.curl(f"https://{NAME}:{self.secure}/{path}", *where, *options, **more)

    def asking(self, path, *headers):
        """A question that is under way."""
        where = ("--resolve", f"{NAME}:{self.secure}:127.0.0.1", "--cacert", str(self.authority))
        command = kit.curl_command(f"https://{NAME}:{self.secure}/{path}", *where, headers=headers)
        return subprocess.Popen(command, stdout=subprocess.PIPE, env=kit.ENVIRONMENT)


def nginx(front, name, stack):
    """Debian's own nginx.conf with our file as the one site, and places of the test's."""
    folder = front.folder
    certificate(folder)
    (folder / "newspaper.conf").write_text(kit.printed("newspaper.conf"))
    changes = [
        ("listen 443 ssl", f"listen 127.0.0.1:{front.secure} ssl"),
        ("listen [::]:443 ssl", f"listen unix:{folder}/secure ssl"),
        ("listen 80 ", f"listen 127.0.0.1:{front.plain} "),
        ("listen [::]:80 ", f"listen unix:{folder}/plain "),
        (f"/etc/letsencrypt/live/{NAME}", folder),
        ("/var/www/html", folder / "acme"),
    ]
    if name == "nginx":
        changes += [(kit.SOCKET, f"{folder}/socket")]
    else:
        changes += [
            ("/var/lib/tamizdat-mirror", front.mirror.folder),
            ("/etc/nginx/newspaper.conf", folder / "newspaper.conf"),
        ]
    (folder / "sites").mkdir()
    (folder / "sites" / "mirror").write_text(kit.printed(f"{name}.conf", *changes))
    (folder / "conf.d").mkdir()
    (folder / "conf.d" / "test.conf").write_text(TEMPORARY.format(folder))
    main = DEBIAN.read_text("utf-8")
    for old, new in (
        ("user www-data;", "user root;" if os.geteuid() == 0 else ""),
        ("/run/nginx.pid", folder / "nginx.pid"),
        ("/var/log/nginx/error.log", folder / "error.log"),
        ("/var/log/nginx/access.log", folder / "access.log"),
        ("/etc/nginx/conf.d/", f"{folder}/conf.d/"),
        ("/etc/nginx/sites-enabled/", f"{folder}/sites/"),
    ):
        assert old in main, f"Debian's nginx.conf does not say {old!r} any more"
        main = main.replace(old, str(new))
    (folder / "nginx.conf").write_text(main)
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = stack.enter_context(subprocess.Popen([*command, "-g", "daemon off;"]))
    stack.callback(process.terminate)
    front.authority = folder / "fullchain.pem"
    kit.until(lambda: answers(front.secure) and answers(front.plain), process)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def caddy(front, name, stack):
    """Caddy with our file; the certificate is its own, because nobody outside can be asked for one."""
    folder = front.folder
    file = "Caddyfile" if name == "caddy" else "Caddyfile-files"
    (folder / "newspaper.caddy").write_text(kit.printed("newspaper.caddy"))
    ports = ("admin off", f"http_port {front.plain}", f"https_port {front.secure}", "skip_install_trust", "local_certs")
    changes = [("\n{\n", "\n{\n\t" + "\n\t".join(ports) + "\n")]
    if name == "caddy":
        changes += [(f"/{kit.SOCKET}", f"/{folder}/socket")]
    else:
        changes += [
            ("/var/lib/tamizdat-mirror", front.mirror.folder),
            ("/etc/caddy/newspaper.caddy", folder / "newspaper.caddy"),
        ]
    (folder / "Caddyfile").write_text(kit.printed(file, *changes))
    environment = kit.ENVIRONMENT | {
        "HOME": str(folder),
        "XDG_DATA_HOME": f"{folder}/data",
        "XDG_CONFIG_HOME": f"{folder}/config",
    }
    output = stack.enter_context((folder / "output").open("wb"))
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    process = stack.enter_context(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
    stack.callback(process.terminate)
    front.authority = folder / "data/caddy/pki/authorities/local/root.crt"
    kit.until(lambda: front.authority.exists() and has_certificate(front), process)


def has_certificate(front):
    """Whether it has made the name's certificate already."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", front.secure)) as sock,
            context.wrap_socket(sock, server_hostname=NAME),
        ):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    return kit.Paper(tmp_path_factory.mktemp("paper") / "paper", paragraphs=60)


@contextmanager
def standing(name, paper, begin):
    """The web server of a recipe, running. ``begin`` gets its folder and starts the mirror, if there shall be one."""
    server = name.partition("-")[0]
    for program in (server, "curl"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    if server == "nginx" and not DEBIAN.exists():
        pytest.skip("nginx is not Debian's")
    with tempfile.TemporaryDirectory(prefix="front-") as place, ExitStack() as stack:  # a socket's path must be short
        folder = Path(place)
        mirror = begin(folder)
        front = Front(name, folder, paper, mirror and stack.enter_context(mirror))
        (nginx if server == "nginx" else caddy)(front, name, stack)
        yield front


@pytest.fixture(scope="module", params=FRONTS)
def front(request, paper):
    def begin(folder):
        unit = kit.printed("copy-only.conf" if request.param.endswith("-files") else "tamizdat-mirror.service")
        command = kit.command_of(unit, folder / "state", kit.settings_for(paper, folder / "socket"))
        return kit.running(command, folder / "state", folder / "mirror.log")

    with standing(request.param, paper, begin) as front:
        yield front


def is_proxy(front):
    return not front.name.endswith("-files")


def test_every_file_of_the_publication_is_served(front, paper):
    held = [file for file in front.mirror.www.rglob("*") if file.is_file()]
    assert len(held) > 100
    with urllib3.HTTPSConnectionPool(
        "127.0.0.1", front.secure, server_hostname=NAME, assert_hostname=NAME, ca_certs=str(front.authority)
    ) as pool:
        for file in held:
            path = file.relative_to(front.mirror.www).as_posix()
            answer = pool.request("GET", f"/{path}", headers={"Host": NAME}, decode_content=False)
            assert (answer.status, answer.data) == (200, (paper.out / path).read_bytes()), path


def test_folders_show_their_front_pages(front, paper):
    assert front.get("en/").body == (paper.out / "en/index.html").read_bytes()
    assert front.get().body == (paper.out / "index.html").read_bytes()


def test_heads_are_those_of_the_files_and_nothing_follows(front, paper):
    for path in ("en/index.html", front.mirror.path(".pack"), kit.NEWS):
        answer = front.get(path, method="HEAD")
        assert (answer.status, answer["Content-Length"], answer.body) == (
            200,
            str((paper.out / path).stat().st_size),
            b"",
        )


def test_parts_of_a_pack_come_and_can_be_resumed(front, paper):
    path = front.mirror.path(".pack")
    pack = (paper.out / path).read_bytes()
    assert len(pack) > 100_000
    tag = front.get(path, method="HEAD")["ETag"]
    answer = front.get(path, headers=("Range: bytes=1000-1999",))
    assert (answer.status, answer.body) == (206, pack[1000:2000])
    assert answer["Content-Range"] == f"bytes 1000-1999/{len(pack)}"
    assert front.get(path, headers=("Range: bytes=90000-", f"If-Range: {tag}")).body == pack[90000:]
    assert front.get(path, headers=("Range: bytes=90000-", 'If-Range: "another"')).body == pack


def test_who_has_a_file_already_is_told_so(front, paper):
    for path in ("en/index.html", front.mirror.path(".pack"), kit.NEWS):
        tag = front.get(path)["ETag"]
        answer = front.get(path, headers=(f"If-None-Match: {tag}",))
        assert (answer.status, answer.body, answer["ETag"]) == (304, b"", tag)


def test_pages_come_compressed_and_whole(front, paper):
    page = (paper.out / "en/index.html").read_bytes()
    answer = front.get("en/index.html", headers=("Accept-Encoding: gzip",))
    assert (answer["Content-Encoding"], answer["Vary"]) == ("gzip", "Accept-Encoding")
    assert answer.body == (paper.out / "en/index.html.gz").read_bytes()
    assert gzip.decompress(answer.body) == page
    if front.name != "nginx-files":  # whose module is not part of nginx
        answer = front.get("en/index.html", headers=("Accept-Encoding: gzip, br",))
        assert (answer["Content-Encoding"], answer.body) == ("br", (paper.out / "en/index.html.br").read_bytes())


def test_a_browsers_headers_are_there_once(front, paper):
    for path in ("en/index.html", "en/feed.atom.xml", "not/there"):
        answer = front.get(path)
        assert {name: answer.all(name) for name in HEADERS} == {name: [value] for name, value in HEADERS.items()}, path


def test_readers_elsewhere_may_fetch_what_is_signed(front, paper):
    for path in (kit.NEWS, front.mirror.path(".pack"), front.mirror.path(".index")):
        answer = front.get(path, headers=("Origin: https://elsewhere.example",))
        assert answer.all("Access-Control-Allow-Origin") == ["*"], path
        assert answer.all("Access-Control-Expose-Headers") == ["Content-Range, ETag"], path


def test_only_what_never_changes_may_be_kept(front, paper):
    assert front.get(kit.NEWS).all("Cache-Control") == ["no-cache"]
    assert front.get("en/index.html").all("Cache-Control") == ["max-age=300"]
    (kept,) = front.get(front.mirror.path(".pack")).all("Cache-Control")
    assert int(kept.removeprefix("max-age=").split(",")[0]) >= 31_536_000


def test_what_is_not_there_is_answered_with_the_error_page(front, paper):
    answer = front.get("not/there")
    assert (answer.status, answer.body) == (404, (paper.out / "404.html").read_bytes())


def test_no_version_of_any_program_is_told(front):
    for answer in (front.get(), front.get("not/there"), front.get(kit.NEWS)):
        assert answer["Server"] in {None, "nginx"}
        assert answer["X-Powered-By"] is None


def test_no_header_makes_a_browser_write_down_that_it_was_here(front):
    where = ("--resolve", f"{NAME}:{front.plain}:127.0.0.1")
    for answer in (front.get(), front.get("not/there"), kit.curl(f"http://{NAME}:{front.plain}/", *where)):
        assert not {"set-cookie", "strict-transport-security", "alt-svc"} & {field for field, _ in answer.fields}


def test_http_2_is_spoken(front, paper):
    path = front.mirror.path(".pack")
    answer = front.get(path, "--http2")
    assert (answer.version, answer.body) == ("HTTP/2", (paper.out / path).read_bytes())
    assert front.get(path, "--http1.1").version == "HTTP/1.1"


def test_plain_requests_are_led_to_tls(front):
    answer = kit.curl(f"http://{NAME}:{front.plain}/en/?x", "--resolve", f"{NAME}:{front.plain}:127.0.0.1")
    assert answer.status in {301, 308}
    assert answer["Location"].startswith(f"https://{NAME}")
    assert answer["Location"].endswith("/en/?x")


@pytest.mark.parametrize("front", ["nginx", "nginx-files"], indirect=True, scope="module")  # Caddy cannot be told
def test_no_session_is_resumed(front):
    """A ticket that comes back tells whoever watches that it is the same device."""
    context = ssl.create_default_context(cafile=front.authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for _ in range(2):
        with (
            socket.create_connection(("127.0.0.1", front.secure)) as sock,
            context.wrap_socket(sock, server_hostname=NAME, session=session) as secure,
        ):
            assert not secure.session_reused
            session = secure.session
            assert not session.has_ticket


@pytest.mark.parametrize("front", ["nginx", "caddy"], indirect=True, scope="module")  # files cannot wait
def test_news_are_waited_for_as_long_as_was_asked(front):
    tag = front.get(kit.NEWS)["ETag"]
    began = time.monotonic()
    answer = front.get(kit.NEWS, headers=(f"If-None-Match: {tag}", "Prefer: wait=2"))
    assert time.monotonic() - began >= 2
    assert (answer.status, answer["Preference-Applied"]) == (304, "wait")


def test_nginx_waits_longer_than_the_mirror_does():
    (seconds,) = [
        int(line.split()[1].rstrip("s;"))
        for line in kit.printed("nginx.conf").splitlines()
        if "proxy_read_timeout" in line
    ]
    assert seconds >= HTTP_LIMITS.max_wait_seconds + 10


def test_a_new_edition_is_served_soon(front, paper):
    """Whoever waits through the front is told; whoever asks gets it; and every page is the new one."""
    before = front.get(kit.NEWS)
    waiting = front.asking(kit.NEWS, f"If-None-Match: {before['ETag']}", "Prefer: wait=50")
    paper.news()
    began = time.monotonic()
    wanted = (paper.out / kit.NEWS).read_bytes()
    if is_proxy(front):
        answer = kit.read_answer(waiting.communicate(timeout=60)[0])
        assert (answer.status, answer.body) == (200, wanted)
    else:
        waiting.communicate(timeout=60)
        kit.until(lambda: front.get(kit.NEWS).body == wanted)
    assert time.monotonic() - began < 10
    assert json.loads(wanted)["signed"]["version"] > json.loads(before.body)["signed"]["version"]
    assert front.get("en/index.html").body == (paper.out / "en/index.html").read_bytes()
    path = front.mirror.path(".pack")
    assert hashlib.sha256(front.get(path).body).hexdigest() in path


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_the_mirror_hears_what_it_answers_to_and_nothing_of_who_asks(name):
    """A server of the test's stands in the mirror's place; then it is gone: an error that nobody writes down."""
    with standing(name, None, lambda _: None) as front:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{front.folder}/socket")
            (front.folder / "socket").chmod(0o666)
            listener.listen()
            # nginx hands on what it is told to, Caddy what it is not told to drop.
            telling = (*TELLING, f"X-Other: {kit.MARKER}") if name == "nginx" else TELLING
            asked = front.asking("en/", *telling, *ANSWERED)
            head = hear(listener)
            asked.communicate(timeout=60)
        assert kit.MARKER not in head
        heard = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        assert not any("forwarded" in field.lower() or field.lower() in {"via", "x-real-ip"} for field in heard)
        for field in ANSWERED:
            key, value = field.split(": ", 1)
            assert heard.pop(key) == value
        assert heard.keys() - {"Host", "Connection"} <= (
            {"Accept", "User-Agent"} if name == "caddy" else set()
        )  # Go's own
        assert front.get(kit.MARKER, headers=TELLING).status == 502
        assert not kit.files_with(kit.MARKER, front.folder)
        assert not addresses_in(front)


def hear(listener):
    """The head of a request that comes; it is answered with nothing."""
    listener.settimeout(60)
    with listener.accept()[0] as sock:
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(1 << 16)
        sock.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    return head.decode("latin-1").replace("\r\n", "\n")


def test_nothing_of_a_visit_is_written_down(front):
    marker = kit.MARKER
    for path in ("en/index.html", f"en/{marker}.html", f".tamizdat-{marker}", f"en/%zz{marker}", f"{marker}.json"):
        front.get(f"{path}?{marker}", "--http1.1", headers=(*TELLING, f"Range: {marker}"))
    front.get(f"{marker}?{marker}", "--http2", headers=TELLING)
    front.get(headers=(f"Host: {marker}.example",))
    for port in (front.plain, front.secure):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(f"GET /{marker} HTTP/9.9\r\n{marker}\r\n\r\n".encode())
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 16):
                pass
    where = ("--resolve", f"{NAME}:{front.plain}:127.0.0.1")
    kit.curl(f"http://{NAME}:{front.plain}/{marker}?{marker}", *where, headers=TELLING)
    assert not kit.files_with(marker, front.folder)
    assert not addresses_in(front)


def addresses_in(front):
    """Logs that name an address, other than one where the server itself listens."""
    own = (f"127.0.0.1:{front.plain}", f"127.0.0.1:{front.secure}")
    found = []
    for name in ("access.log", "error.log", "output", "mirror.log"):
        file = front.folder / name
        text = file.read_text() if file.exists() else ""
        for address in own:
            text = text.replace(address, "")
        if "127.0.0.1" in text:
            found.append(text)
    return found


def test_the_published_settings_are_those_that_the_site_brings():
    brought = server_files()
    assert kit.printed("newspaper.conf").encode() == brought["server/nginx.conf"]
    assert kit.printed("newspaper.caddy").encode() == brought["server/Caddyfile"]
