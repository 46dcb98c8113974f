"""What the origins of the matrix do, by the path that is asked for; the same in HTTP/1 and HTTP/2."""

import threading

from harness import behaviours
from harness.waiting import eventually


class Scene:
    """/echo sends back, /tunnel too and in capitals, /never waits to be given up, /half breaks off in the middle, /broken before the
    answer, /held waits for `released`, /last ends an HTTP/1 connection behind its answer, anything else is described."""

    def __init__(self):
        self.ended = {}  # target → how a request or tunnel came to its end here
        self.released = threading.Event()
        self.holding = []  # exchanges of /held

    def __call__(self, exchange):
        kind = exchange.request.target.split("/")[1]
        getattr(self, kind, self.describe)(exchange)

    def describe(self, exchange):
        exchange.read_body()
        exchange.describe()

    def echo(self, exchange):
        behaviours.echo(exchange)

    def tunnel(self, exchange):
        exchange.accept_tunnel()
        try:
            for piece in exchange.body_pieces():
                exchange.write(piece.upper())
                if piece == b"leave":
                    break
        finally:
            exchange.end()
            self.ended[exchange.request.target] = True

    def never(self, exchange):
        exchange.read_body()
        try:
            self.ended[exchange.request.target] = exchange.await_cancel()
        except OSError as what:
            self.ended[exchange.request.target] = what

    def half(self, exchange):
        exchange.read_body()
        exchange.begin()
        exchange.write(b"half")
        exchange.cancel()

    def broken(self, exchange):
        exchange.read_body()
        exchange.cancel()

    def held(self, exchange):
        body = exchange.read_body()
        self.holding.append(exchange)
        self.released.wait(60)
        if not exchange.is_refused:
            exchange.respond(200, body)

    def last(self, exchange):
        exchange.read_body()
        exchange.respond(200, "last", ["Connection: close"])
        exchange.close()

    def await_end(self, target):
        return eventually(lambda: target in self.ended, f"the end of {target} at the origin") and self.ended[target]
