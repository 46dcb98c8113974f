"""How tunnels end: by either side, by breaking, by idleness, and by a drain."""

import signal
import socket
import threading

from harness import websocket
from harness.tunnel import TunnelTest
from harness.waiting import eventually
from harness.websocket import frame, read_frame, switch

MIB = 1 << 20
QUICK = {"limits": {"stream_idle_timeout": "1s"}}


class Ends(TunnelTest):
    def test_a_client_that_has_finished_still_hears_the_origin(self):
        def sum_up(exchange):
            switch(exchange)
            reader = exchange.connection.reader
            while reader.fill():
                pass
            exchange.send(b"got %d" % len(reader.buffer))
            exchange.close()

        connection, _ = self.open(self.serve(sum_up)[0], "tcp")
        connection.send(b"x" * 100_000)
        connection.finish()
        self.assertEqual(connection.rest(), b"got 100000")

    def test_an_origin_that_has_finished_still_hears_the_client(self):
        got = []

        def finish_first(exchange):
            switch(exchange)
            exchange.send(b"over")
            exchange.connection.socket.shutdown(socket.SHUT_WR)
            while exchange.connection.reader.fill():
                pass
            got.append(exchange.connection.reader.buffer)

        edge, _ = self.serve(finish_first)
        connection, _ = self.open(edge, "tcp")
        self.assertEqual(connection.rest(), b"over")
        connection.send(b"but listen")
        connection.finish()
        eventually(lambda: got, "the origin to hear the client")
        self.assertEqual(got, [b"but listen"])

    def test_the_last_bytes_reach_an_origin_that_reads_late(self):
        go_on, got = threading.Event(), []

        def read_late(exchange):
            switch(exchange)
            exchange.connection.socket.shutdown(socket.SHUT_WR)
            go_on.wait(60)
            while exchange.connection.reader.fill():
                pass
            got.append(len(exchange.connection.reader.buffer))

        edge, _ = self.serve(read_late)
        connection, _ = self.open(edge, "tcp")
        self.assertEqual(connection.rest(), b"")
        sender = threading.Thread(target=lambda: (connection.send(bytes(8 * MIB)), connection.finish()))
        sender.start()
        go_on.set()
        sender.join()
        eventually(lambda: got, "everything to arrive")
        self.assertEqual(got, [8 * MIB])

    def reset_seen(self, connection):
        try:
            while connection.reader.fill():
                pass
        except ConnectionError:
            return True
        return False

    def test_a_client_that_breaks_off_resets_the_origin(self):
        seen = []

        def watch(exchange):
            switch(exchange)
            try:
                while exchange.connection.reader.fill():
                    pass
                seen.append("end")
            except ConnectionError:
                seen.append("reset")

        edge, _ = self.serve(watch)
        connection, _ = self.open(edge)
        connection.send(b"half a fra")
        eventually(lambda: edge.metrics().total("tidegate_tunnels_active") == 1, "the tunnel")
        connection.reset()
        eventually(lambda: seen, "the origin to notice")
        self.assertEqual(seen, ["reset"])
        self.assertEqual(edge.await_log()[0]["response_flags"], "DC")

    def test_an_origin_that_breaks_off_resets_the_client(self):
        def cut(exchange):
            switch(exchange)
            exchange.connection.reader.fill()
            exchange.reset()

        edge, _ = self.serve(cut)
        connection, _ = self.open(edge)
        connection.send(frame("cut", masked=True))
        self.assertTrue(self.reset_seen(connection))
        self.assertEqual(edge.await_log()[0]["response_flags"], "UC")

    def test_an_origin_that_breaks_off_after_its_end_resets_the_client(self):
        def cut(exchange):
            switch(exchange)
            exchange.connection.socket.shutdown(socket.SHUT_WR)
            exchange.connection.reader.fill()
            exchange.reset()

        edge, _ = self.serve(cut)
        connection, _ = self.open(edge, "tcp")
        self.assertEqual(connection.rest(), b"")

        def goes():
            try:
                connection.send(b"x" * 1000)
                return False
            except ConnectionError:
                return True

        eventually(goes, "the client to be reset")

    def test_a_tunnel_in_which_nothing_moves_is_left(self):
        got = []

        def stay(exchange):
            switch(exchange)
            got.append(read_frame(exchange.connection.reader))
            exchange.connection.reader.fill()

        edge, _ = self.serve(stay, QUICK)
        connection, _ = self.open(edge)
        goodbye = read_frame(connection.reader)
        self.assertEqual((goodbye.opcode, goodbye.status, goodbye.masked), (websocket.CLOSE, websocket.GOING_AWAY, False))
        self.assertTrue(connection.is_closed())
        self.assertEqual((got[0].opcode, got[0].status, got[0].masked), (websocket.CLOSE, websocket.GOING_AWAY, True))
        self.assertEqual(edge.await_log()[0]["response_flags"], "SI")


class Drains(TunnelTest):
    """The deadline is the setting; leave is taken a while before."""

    def drain(self, handler, *arguments):
        edge, _ = self.serve(handler, {"gateway": {"drain_timeout": "4s"}})
        connection, _ = self.open(edge, *arguments)
        edge.signal(signal.SIGTERM)
        return edge, connection

    def assert_goodbye(self, got, masked):
        self.assertEqual((got.opcode, got.status, got.masked), (websocket.CLOSE, websocket.GOING_AWAY, masked))

    def assert_ended(self, edge):
        self.assertEqual(edge.wait(), 0)
        self.assertNotIn("drain_timeout is over", edge.output())

    def test_both_sides_of_a_websocket_get_a_close_and_an_end(self):
        got = []

        def answer_close(exchange):
            switch(exchange)
            reader = exchange.connection.reader
            got.append(read_frame(reader))
            exchange.send(websocket.close(got[0].status))
            got.append(reader.fill())
            exchange.close()

        edge, connection = self.drain(answer_close)
        self.assert_goodbye(read_frame(connection.reader), masked=False)
        connection.send(websocket.close(websocket.GOING_AWAY, masked=True))
        self.assertFalse(connection.reader.fill())
        connection.close()
        self.assert_ended(edge)
        self.assert_goodbye(got[0], masked=True)
        self.assertEqual(got[1], False)

    def test_no_frame_is_cut(self):
        def finish_late(exchange):
            switch(exchange, b"\x81\x05he")
            read_frame(exchange.connection.reader)  # the Close
            exchange.send(b"llo" + frame("too late"))
            exchange.close()

        edge, connection = self.drain(finish_late)
        self.assertEqual(read_frame(connection.reader).payload, b"hello")
        self.assert_goodbye(read_frame(connection.reader), masked=False)
        self.assertFalse(connection.reader.fill())
        connection.close()
        self.assert_ended(edge)

    def test_an_origin_that_does_not_take_leave_is_not_waited_for(self):
        def linger(exchange):
            switch(exchange)
            while exchange.connection.reader.fill():
                pass
            release.wait(60)

        release = threading.Event()
        self.addCleanup(release.set)
        edge, connection = self.drain(linger)
        self.assert_goodbye(read_frame(connection.reader), masked=False)
        self.assertFalse(connection.reader.fill())
        connection.close()
        self.assert_ended(edge)

    def test_other_protocols_get_an_end(self):
        edge, connection = self.drain(websocket.echo_bytes, "tcp")
        connection.send(b"still open")
        self.assertEqual(b"".join(connection.reader.pieces(10)), b"still open")
        self.assertFalse(connection.reader.fill())
        connection.close()
        self.assert_ended(edge)
