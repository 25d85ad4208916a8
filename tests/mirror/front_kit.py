"""nginx and Caddy as docs/mirrors sets them up, with places of a test's own, in front of a mirror or beside one."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import recipe_kit as kit
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "mirror.example"
DEBIAN = Path("/etc/nginx/nginx.conf")
FRONTS = ("nginx", "nginx-files", "caddy", "caddy-files")
# Test settings beside the printed ones, so that nothing outside the test's folder is written.
TEMPORARY = (
    "client_body_temp_path {0}/1; proxy_temp_path {0}/2; fastcgi_temp_path {0}/3; uwsgi_temp_path {0}/4; "
    "scgi_temp_path {0}/5;"
)


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
