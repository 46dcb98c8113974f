"""The HTTP/2 peers of these tests against each other: what fails here is no fault of the gateway."""

import os
import threading

from h2.errors import ErrorCodes

from harness import behaviours
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.h2_client import H2Client
from harness.h2_session import SETTINGS, Gone
from harness.waiting import eventually

MEBIBYTE = 1 << 20


class Peers(EdgeTest):
    def pair(self, handler, client=None, **options):
        origin = self.h2_origin(handler, **options)
        connection = H2Client(origin.port, **(client or {}))
        self.addCleanup(connection.reset)
        return connection, origin

    def test_bodies_and_trailers_travel_both_ways_in_clear_and_over_tls(self):
        made = certificate("test.example")
        data = os.urandom(2 * MEBIBYTE)
        for tls, client in ((None, {}), (made.server_context("h2"), {"tls": made.client_context("h2"), "server_name": "test.example"})):
            with self.subTest(tls=bool(tls)):
                connection, _ = self.pair(behaviours.echo, client, tls=tls)
                stream = connection.open("POST")
                sender = threading.Thread(target=lambda: (stream.write(data), stream.end(["Sum: 1"])))
                sender.start()
                answer = stream.response()
                sender.join()
                self.assertEqual((answer.status, answer.body == data, answer.trailers), (200, True, [("sum", "1")]))

    def test_heads_before_the_answer_are_interim(self):
        def handler(exchange):
            exchange.interim(103, ["Link: </a>"])
            exchange.respond(200, "late")
        answer = self.pair(handler)[0].request()
        self.assertEqual([(each.status, each.get("link")) for each in answer.interim], [(103, "</a>")])
        self.assertEqual(answer.body, b"late")

    def test_who_does_not_read_keeps_the_window_closed_for_one_stream_only(self):
        connection, origin = self.pair(behaviours.generate, {"settings": {SETTINGS.INITIAL_WINDOW_SIZE: 1000}})
        unread = connection.open(target="/5000", end=True)
        unread.response_head()
        self.assertEqual(len(connection.request(target="/3000").body), 3000)
        self.assertEqual(sum(len(piece) for piece, _ in unread.stream.pieces), 1000)
        self.assertEqual(len(b"".join(unread.body_pieces())), 5000)

    def test_resets_carry_their_code_both_ways(self):
        codes = []
        connection, _ = self.pair(lambda exchange: codes.append(exchange.await_cancel()))
        connection.open().reset(ErrorCodes.CANCEL)
        eventually(lambda: codes == [ErrorCodes.CANCEL], lambda: codes)
        connection, _ = self.pair(lambda exchange: exchange.cancel(ErrorCodes.REFUSED_STREAM))
        with self.assertRaises(Gone) as gone:
            connection.request()
        self.assertEqual(gone.exception.code, ErrorCodes.REFUSED_STREAM)

    def test_after_a_goaway_what_was_accepted_is_finished_and_the_rest_ignored(self):
        gate = behaviours.Gate()
        connection, origin = self.pair(gate)
        accepted = connection.open(end=True)
        origin.await_requests(1)
        origin.connections[0].goaway()
        eventually(lambda: connection.goaway, "GOAWAY")
        self.assertEqual(connection.goaway[:2], (1, ErrorCodes.NO_ERROR))
        connection.open(end=True)
        gate.open()
        self.assertEqual(accepted.response().body, b"origin")
        origin.connections[0].close()
        connection.await_close()
        self.assertEqual(len(origin.requests), 1)

    def test_pings_are_counted_and_answered_unless_told_otherwise(self):
        for answers in (True, False):
            connection, origin = self.pair(behaviours.named, answers_pings=answers)
            connection.ping()
            origin.await_pings(1)
            connection.request()  # whose answer comes behind that to the PING
            self.assertEqual(connection.session.pongs, int(answers))

    def test_extended_connect_is_a_tunnel(self):
        def tunnel(exchange):
            exchange.accept_tunnel()
            for piece in exchange.body_pieces():
                exchange.write(piece.upper())
            exchange.end()
        connection, _ = self.pair(tunnel, settings={SETTINGS.ENABLE_CONNECT_PROTOCOL: 1})
        head, stream = connection.tunnel("/chat")
        self.assertEqual(head.status, 200)
        stream.write(b"hello")
        pieces = stream.body_pieces()
        self.assertEqual(next(pieces), b"HELLO")
        stream.end()
        self.assertEqual(list(pieces), [])

    def test_a_frozen_peer_is_seen_by_its_silence_and_a_reset_by_an_error(self):
        connection, origin = self.pair(behaviours.named)
        connection.request()
        origin.connections[0].session.freeze()
        stream = connection.open(end=True)
        self.assertFalse(stream.stream.heads)
        origin.connections[0].session.freeze(False)
        self.assertEqual(stream.response().body, b"origin")
        origin.connections[0].reset()
        connection.await_close()
        with self.assertRaises(Gone):
            connection.request()
