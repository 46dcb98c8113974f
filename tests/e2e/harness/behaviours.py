"""Handlers for harness.origin.Origin: what origins of the real world do, well and badly."""

import threading


def raw(data, then="keep"):
    """Answers every request with exactly these bytes; then: keep, close or reset."""
    def handler(exchange):
        exchange.read_body()
        exchange.send(data)
        if then != "keep":
            getattr(exchange, then)()
    return handler


def status(code, body="", headers=()):
    def handler(exchange):
        exchange.read_body()
        exchange.respond(code, body, headers, reason="Said")
    return handler


def named(exchange):
    """Says which origin it is."""
    exchange.read_body()
    exchange.respond(200, exchange.origin.name)


def echo(exchange):
    """Sends the request's body and trailers back while they arrive."""
    exchange.begin()
    for piece in exchange.body_pieces():
        exchange.write(piece)
    exchange.end([f"{name}: {value}" for name, value in exchange.request.trailers])


def count(exchange):
    """Reads any amount of body and says how much it was."""
    exchange.respond(200, str(exchange.drain_body()))


def generate(exchange):
    """GET /anything/N: N bytes with a Content-Length."""
    size = int(exchange.request.target.rsplit("/", 1)[1])
    exchange.begin(length=size)
    block = bytes(range(256)) * 256
    while size:
        exchange.write(block[:size])
        size -= min(size, len(block))
    exchange.end()


def never(exchange):
    """Reads and says nothing until the gateway gives up."""
    exchange.read_body()
    exchange.await_cancel()


def reset_at_once(exchange):
    exchange.reset()


def close_at_once(exchange):
    exchange.close()


class First:
    """The first `count` requests of the whole origin meet `bad`, the others `good`."""

    def __init__(self, count, bad, good=named):
        self.left, self.bad, self.good = count, bad, good
        self.lock = threading.Lock()

    def __call__(self, exchange):
        with self.lock:
            is_bad = self.left > 0
            self.left -= 1
        (self.bad if is_bad else self.good)(exchange)


class ClosesOnReuse:
    """The keep-alive race: serves the first request of each connection, closes when the next one arrives on it."""

    def __init__(self, good=named):
        self.good = good
        self.closed = 0

    def __call__(self, exchange):
        if exchange.number == 0:
            self.good(exchange)
        else:
            self.closed += 1
            exchange.close()


class Gate:
    """Holds every request until the test opens it."""

    def __init__(self, good=named):
        self.good = good
        self.opened = threading.Event()

    def __call__(self, exchange):
        self.opened.wait(60)
        self.good(exchange)

    def open(self):
        self.opened.set()
