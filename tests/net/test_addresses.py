"""Where a stranger's address may lead: public addresses only, checked after resolving, connected to as checked."""

import socket

import pytest
import urllib3
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from tamizdat.net import addresses
from tamizdat.net.addresses import RefusedAddressError, check_name, guard_pools, is_public

NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.1.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fd00::1", "fc00::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff0e::1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::1", "2001:2::1", "2001:10::1", "3fff::1", "100::1", "5f00::1", "4000::1",
    "", "localhost", "127.1", "0x7f000001", "2130706433", "1.2.3.4.5", "127.0.0.1 ", "[::1]",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "9.9.9.9", "172.32.0.1", "100.128.0.1", "198.20.0.1", "2606:4700::1111", "2a00:1450::1", "2001:4860::1",
    "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2001:200::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_that_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *NOT_PUBLIC[:17], "[::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "localhost", "LOCALHOST.", "a.localhost", "127.1",
        "0x7f.1", "2130706433", "0x7f000001", "017700000001", "printer", "printer.local", "nas.lan", "db.internal",
        "router.home.arpa", "", "metadata.google.internal", "1.2.3.0x4",
    ],
)  # fmt: skip
def test_names_that_a_proxy_is_not_asked_for(host):
    with pytest.raises(RefusedAddressError):
        check_name(host)


@pytest.mark.parametrize(
    "host", ["e.org", "news.e.org.", "1.1.1.1", "[2606:4700::1111]", "abc.onion", "xn--e1afmkfd.org"]
)
def test_names_that_it_is_asked_for(host):
    check_name(host)


class Network:
    """Stands in for the resolver and for connecting: remembers what was asked for and gives no connection."""

    def __init__(self, monkeypatch, answers, failure=None):
        self.answers = [list(answer) for answer in answers]
        self.connected = []
        self.failure = failure or ConnectionRefusedError("refused")
        monkeypatch.setattr(addresses.socket, "getaddrinfo", self._resolve)
        monkeypatch.setattr(addresses.plain, "create_connection", self._connect)

    def _resolve(self, host, port, family=0, kind=0):
        answer = self.answers.pop(0)
        return [(socket.AF_INET, kind, 6, "", (address, port)) for address in answer]

    def _connect(self, address, *args, **options):
        self.connected.append(address)
        raise self.failure


def ask(host, port=8080):
    with urllib3.PoolManager(retries=False) as manager:
        guard_pools(manager)
        return manager.request("GET", f"http://{host}:{port}/", timeout=5.0)


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["1.1.1.1", "::1"], ["::ffff:169.254.169.254"]]
)
def test_a_name_with_one_answer_that_is_not_public_is_not_connected_to(monkeypatch, answer):
    network = Network(monkeypatch, [answer])
    with pytest.raises(RefusedAddressError, match=r"e\.org \("):
        ask("e.org")
    assert network.connected == []


def test_what_was_checked_is_connected_to_and_names_are_resolved_once(monkeypatch):
    network = Network(monkeypatch, [["1.1.1.1"], ["127.0.0.1"]])
    with pytest.raises(NewConnectionError):
        ask("rebinding.e.org")
    assert network.connected == [("1.1.1.1", 8080)]
    assert len(network.answers) == 1


def test_a_name_with_hundreds_of_dead_addresses_does_not_cost_hundreds_of_waits(monkeypatch):
    network = Network(monkeypatch, [[f"1.1.1.{n}" for n in range(200)]], TimeoutError("timed out"))
    with pytest.raises(ConnectTimeoutError):
        ask("slow.e.org")
    assert len(network.connected) == 4


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_this_machine_is_not_connected_to(host):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with pytest.raises(RefusedAddressError, match="public network"):
            ask(host, listener.getsockname()[1])
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_name_that_is_none(monkeypatch):
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_: (_ for _ in ()).throw(socket.gaierror("unknown")))
    with pytest.raises(NameResolutionError):
        ask("nowhere.example")
    with pytest.raises((NameResolutionError, urllib3.exceptions.LocationParseError)):
        ask("a" * 64 + ".example")
