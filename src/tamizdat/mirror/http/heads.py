"""Heads of answers as HTTP/1.1 writes them (RFC 9112)."""

from http import HTTPStatus
from typing import Final

_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


def head_bytes(status: int, fields: tuple[tuple[str, str], ...], length: int | None, connection: str = "") -> bytes:
    """Status line and fields; ``connection`` is the value of that field, if one is wanted. All of it is ours: ASCII."""
    lines = [_LINES[status]]
    if length is not None:
        lines.append(f"Content-Length: {length}\r\n")
    if connection:
        lines.append(f"Connection: {connection}\r\n")
    lines.extend(f"{name}: {value}\r\n" for name, value in fields)
    lines.append("\r\n")
    return "".join(lines).encode("ascii")
