#!/usr/bin/python3
"""How much memory does a hundred bodies at a time cost on one HTTP/2 connection, one of which nobody reads?

  bench/unread_stream.py [--binary build/release/tidegate] [--mebibytes 1024] [--streams 100] [--upload]

Downloads come from nginx, uploads go to a Python origin; both are on this machine, and the last line is the answer.
"""

import argparse
import os
import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))
MEBIBYTE = 1 << 20
PATIENCE = 3600
WINDOW = 4 * MEBIBYTE
UNHURRIED = {"limits": {"request_timeout": f"{PATIENCE}s", "stream_idle_timeout": f"{PATIENCE}s"}}  # else the gateway ends it


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="build/release/tidegate")
    parser.add_argument("--mebibytes", type=int, default=1024, help="of each body")
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--upload", action="store_true")
    return parser.parse_args()


def reader(http2, port):
    """A client that opens windows again in large steps, so that it is not what is measured."""
    class Reader(http2.Http2Peer):
        owed = dict()

        def on_frame(self, kind, flags, number, payload):
            if kind != http2.DATA:
                return super().on_frame(kind, flags, number, payload)
            stream = self[number]
            stream.size += len(payload)
            stream.is_complete |= bool(flags & http2.END_STREAM)
            for window in (0, number) if number not in self.held else (0,):
                self.owed[window] = self.owed.get(window, 0) + len(payload)
                if self.owed[window] >= WINDOW // 4:
                    self.outgoing += http2.window_update(window, self.owed.pop(window))
            return None
    opening = (http2.PREFACE + http2.settings({http2.INITIAL_WINDOW_SIZE: WINDOW}) + http2.frame(http2.SETTINGS, http2.ACK) +
               http2.window_update(0, 100 * WINDOW))
    return Reader(port, opening=opening)


def download(http2, behaviours, stage, chosen):
    from harness.nginx import Nginx
    origin = Nginx().start()
    stage.add_cleanup(origin.kill)
    with open(origin.files / "body.bin", "wb") as file:
        file.truncate(chosen.mebibytes * MEBIBYTE)
    edge = stage.serve_origins(origin, settings=UNHURRIED)
    idle = edge.rss()
    with reader(http2, edge.http) as peer:
        opened = [peer.open(http2.request(path="/body.bin")) for _ in range(chosen.streams)]
        peer.held.add(opened[0])
        peer.wait(lambda: all(peer[stream].is_over for stream in opened[1:]), PATIENCE)
        sizes = {peer[stream].size for stream in opened[1:]}
        assert sizes == {chosen.mebibytes * MEBIBYTE}, sizes
        return edge, idle


def upload(http2, behaviours, stage, chosen):
    is_done = threading.Event()
    stage.add_cleanup(is_done.set)

    def answer(exchange):
        if exchange.request.target == "/held":
            is_done.wait(PATIENCE)
        behaviours.count(exchange)
    origin = stage.origin(answer)
    edge = stage.serve_origins(origin, settings=UNHURRIED)
    idle = edge.rss()
    with http2.Http2Peer(edge.http) as peer:
        peer.wait(lambda: peer.frames[http2.SETTINGS] >= 2)
        opened = [peer.open(http2.request("POST", "/held" if n == 0 else "/"), end=False) for n in range(chosen.streams)]
        left = dict.fromkeys(opened, chosen.mebibytes * MEBIBYTE)
        peer.upload(left, until=lambda: set(left) == {opened[0]})
        peer.wait(lambda: all(peer[stream].is_over for stream in opened[1:]), PATIENCE)
        return edge, idle


def main():
    chosen = options()
    os.environ.setdefault("E2E_BINARY", os.path.abspath(chosen.binary))
    from harness import behaviours, http2
    from harness.case import Stage
    cleanups = []
    stage = Stage(lambda function, *arguments, **named: cleanups.append(lambda: function(*arguments, **named)))
    started = time.monotonic()
    try:
        edge, idle = (upload if chosen.upload else download)(http2, behaviours, stage, chosen)
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{edge.process.pid}/status").read_text())[1]) * 1024
        print(f"{chosen.streams} {'uploads' if chosen.upload else 'downloads'} of {chosen.mebibytes} MiB, one not taken, in "
              f"{time.monotonic() - started:.0f} s: peak {(peak - idle) / MEBIBYTE:.1f} MiB above idle ({idle / MEBIBYTE:.1f} MiB)")
    finally:
        for cleanup in reversed(cleanups):
            cleanup()


if __name__ == "__main__":
    main()
