"""Answers for scripted servers."""


def plain(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def answer_with(answer: bytes):
    def respond(connection, request, number):
        connection.sendall(answer)

    return respond
