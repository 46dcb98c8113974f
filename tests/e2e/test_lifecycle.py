"""Start, drain, stop, and what goes wrong around the process: taken ports, missing files, killed origins."""

import contextlib
import resource
import signal
import socket

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.gateway import tidegate
from harness.load import Load
from harness.nginx import Nginx
from harness.waiting import eventually

GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Drain(EdgeTest):
    def refuses(self, port):
        try:
            client.Client(port).close()
            return False
        except ConnectionError:
            return True

    def test_a_request_under_way_is_finished(self):
        gate = behaviours.Gate()
        edge, origin = self.serve(gate)
        with client.Client(edge.http) as connection:
            connection.send(GET)
            origin.await_requests(1)
            edge.signal(signal.SIGTERM)
            eventually(lambda: self.refuses(edge.http), "the listener to close")
            self.assertEqual(edge.observe("/ready")[0], 503)
            self.assertEqual(edge.observe("/health")[0], 200)
            gate.open()
            answer = connection.response()
            self.assertEqual((answer.status, answer.body), (200, b"origin"))
            self.assertTrue(answer.closes)
            self.assertTrue(connection.is_closed())
        self.assertEqual(edge.wait(), 0)

    def test_idle_connections_are_closed(self):
        edge, _ = self.serve()
        with client.Client(edge.http) as asked, client.Client(edge.http) as silent:
            asked.request()
            edge.signal(signal.SIGTERM)
            self.assertEqual((asked.rest(), silent.rest()), (b"", b""))
        self.assertEqual(edge.wait(), 0)

    def test_sigint_drains_too(self):
        edge, _ = self.serve()
        edge.signal(signal.SIGINT)
        self.assertEqual(edge.wait(), 0)

    def test_the_drain_timeout_ends_what_does_not_end(self):
        edge, origin = self.serve(behaviours.never, settings={"gateway": {"drain_timeout": "300ms"}})
        with client.Client(edge.http) as connection:
            connection.send(GET)
            origin.await_requests(1)
            edge.signal(signal.SIGTERM)
            self.assertEqual(edge.wait(), 0)

    def test_a_second_signal_ends_at_once(self):
        edge, origin = self.serve(behaviours.never, settings={"gateway": {"drain_timeout": "1h"}})
        edge.expected_exit = None
        with client.Client(edge.http) as connection:
            connection.send(GET)
            origin.await_requests(1)
            edge.signal(signal.SIGTERM)
            eventually(lambda: self.refuses(edge.http), "the listener to close")
            edge.signal(signal.SIGTERM)
            edge.wait()

    def test_no_answer_is_an_error_while_it_drains(self):
        """Connections may end or be refused; whoever gets an answer gets a good one."""
        edge, _ = self.serve(behaviours.named)
        with Load(edge.http) as load:
            eventually(load.has_done(50), "traffic")
            edge.signal(signal.SIGTERM)
            self.assertEqual(edge.wait(), 0)
        unexpected = [each for each in load.failures if not each.startswith(("ConnectionRefused", "ConnectionReset",
                                                                             "BrokenPipe", "Truncated"))]
        self.assertEqual(unexpected, [])

    def test_the_log_is_written_to_its_end(self):
        edge, _ = self.serve()
        client.request(edge.http, target="/last")
        edge.signal(signal.SIGTERM)
        edge.wait()
        self.assertEqual([line["path"] for line in edge.log()], ["/last"])


class Start(EdgeTest):
    def fails_with(self, edge, *words):
        """Exit code 1 and one line that says why."""
        edge.expected_exit = 1
        edge.launch()
        self.assertEqual(edge.wait(), 1, edge.output())
        lines = (edge.folder / "stderr").read_text().strip().splitlines()
        self.assertEqual(len(lines), 1, lines)
        for word in words:
            self.assertIn(word, lines[0])

    def prepared(self, **options):
        return self.gateway(documents.gateway(), documents.virtual_service(documents.to("origin")),
                            documents.service("origin", self.origin()), start=False, **options)

    def taken(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        return listener.getsockname()[1]

    def test_a_taken_port_is_one_line_and_exit_1(self):
        port = self.taken()
        self.fails_with(self.prepared(settings={"gateway": {"port_map": {"80": port}}}), str(port), "in use")

    def test_a_taken_observability_port_is_one_line_and_exit_1(self):
        port = self.taken()
        self.fails_with(self.prepared(settings={"observability": {"address": f"127.0.0.1:{port}"}}), str(port))

    def test_an_address_that_is_not_here_is_one_line_and_exit_1(self):
        self.fails_with(self.prepared(settings={"gateway": {"bind": "192.0.2.1"}}), "192.0.2.1")

    def test_a_missing_file_is_one_line_and_exit_1(self):
        edge = self.prepared()
        (edge.folder / "config.yaml").unlink()
        self.fails_with(edge, "config.yaml")

    def test_an_access_log_that_cannot_be_opened_is_one_line_and_exit_1(self):
        self.fails_with(self.prepared(settings={"access_log": {"path": "/nonexistent/access.log"}}), "/nonexistent/access.log")

    def test_a_broken_configuration_is_reported_with_its_place(self):
        edge = self.prepared()
        edge.write([documents.gateway(), documents.virtual_service(documents.to("x"), gateways=["nowhere"])])
        edge.expected_exit = 1
        edge.launch()
        self.assertEqual(edge.wait(), 1)
        self.assertRegex(edge.output(), r"config\.yaml:\d+:\d+: .*nowhere")

    def test_wrong_usage_is_exit_2(self):
        for arguments in (["run"], ["run", "--nonsense"], ["nonsense"], ["check"]):
            with self.subTest(arguments):
                done = tidegate(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertTrue(done.stderr.strip())

    def test_version_and_help_are_printed(self):
        self.assertRegex(tidegate("version").stdout, r"\d+\.\d+\.\d+")
        self.assertIn("run", tidegate("--help").stdout)


class Failures(EdgeTest):
    def nginx(self, name, options=""):
        origin = Nginx(name, options).start()
        self.addCleanup(origin.stop)
        return origin

    def test_a_killed_origin_costs_no_idempotent_request(self):
        first, second = self.nginx("first"), self.nginx("second")
        edge = self.serve_origins(first, second)
        with Load(edge.http, target="/name") as load:
            for _ in range(3):
                eventually(load.has_done(100), "traffic")
                first.kill()
                eventually(load.has_done(100), "traffic")
                first.start()
        self.assertEqual(load.failures, [])

    def test_an_origin_that_limits_its_connections_costs_no_request(self):
        origin = self.nginx("limited", "keepalive_requests 7;")
        edge = self.serve_origins(origin)
        with Load(edge.http, target="/name") as load:
            eventually(load.has_done(500), "traffic")
        self.assertEqual(load.failures, [])

    def test_an_origin_that_comes_back_is_used_again(self):
        origin = self.nginx("back")
        edge = self.serve_origins(origin)
        self.assertEqual(client.request(edge.http, target="/name").status, 200)
        origin.kill()
        self.assertEqual(client.request(edge.http, target="/name").status, 503)
        origin.start()
        eventually(lambda: client.request(edge.http, target="/name").status == 200, "the origin to be used")

    def test_running_out_of_descriptors_is_survived(self):
        edge, _ = self.serve(behaviours.named)
        inside = edge.fds()
        resource.prlimit(edge.process.pid, resource.RLIMIT_NOFILE, (inside + 20, inside + 20))
        with contextlib.ExitStack() as stack:
            for _ in range(100):
                stack.enter_context(client.Client(edge.http))
            self.assertEqual(edge.process.poll(), None)
        eventually(lambda: self.is_served(edge), "service after the shortage")

    def test_it_allows_itself_as_many_descriptors_as_it_may(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 1024:
            self.skipTest(f"the hard limit is {hard}")
        edge = self.gateway(documents.gateway(), documents.virtual_service(documents.to("origin")),
                            documents.service("origin", self.origin(behaviours.named)), start=False)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        try:
            edge.launch()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        eventually(edge.is_ready, edge.output)
        with contextlib.ExitStack() as stack:
            for _ in range(100):
                connection = stack.enter_context(client.Client(edge.http))
                self.assertEqual(connection.request().status, 200)
            self.assertEqual(edge.observe("/health")[0], 200)

    def is_served(self, edge):
        try:
            return client.request(edge.http).status == 200
        except (OSError, EOFError):
            return False
        except Exception as what:  # closed without an answer, while descriptors are still short
            return not what

    def test_a_full_disk_for_the_log_is_survived(self):
        edge, _ = self.serve(behaviours.named, settings={"access_log": {"path": "/dev/full"}})
        with client.Client(edge.http) as connection:
            for _ in range(500):
                self.assertEqual(connection.request().status, 200)


class NginxOrigin(EdgeTest):
    """Through the gateway everything is as it is without it."""

    def setUp(self):
        super().setUp()
        self.nginx = Nginx().start()
        self.addCleanup(self.nginx.stop)
        self.nginx.files.joinpath("text.txt").write_text("0123456789" * 1000)
        self.edge = self.serve_origins(self.nginx, settings={"limits": {"upstream_idle_timeout": "500ms"}})

    def same(self, *headers, method="GET", target="/text.txt"):
        direct = client.request(self.nginx.port, method, target, headers=headers)
        through = client.request(self.edge.http, method, target, headers=headers)
        self.assertEqual((through.status, through.body), (direct.status, direct.body))
        for name in ("content-type", "content-length", "etag", "last-modified", "content-range", "content-encoding"):
            self.assertEqual(through.fields.all(name), direct.fields.all(name), name)
        return through

    def test_a_file_is_the_same(self):
        self.assertEqual(len(self.same().body), 10000)

    def test_head_is_the_same(self):
        self.same(method="HEAD")

    def test_compressed_chunks_are_the_same(self):
        self.assertEqual(self.same("Accept-Encoding: gzip").get("content-encoding"), "gzip")

    def test_ranges_are_the_same(self):
        self.assertEqual(self.same("Range: bytes=10-19").body, b"0123456789")
        self.assertEqual(self.same("Range: bytes=-5").status, 206)
        self.assertEqual(self.same("Range: bytes=999999-").status, 416)

    def test_conditional_requests_are_the_same(self):
        etag = client.request(self.nginx.port, target="/text.txt").get("etag")
        self.assertEqual(self.same(f"If-None-Match: {etag}").status, 304)

    def test_errors_are_the_same(self):
        self.assertEqual(self.same(target="/missing").status, 404)
        self.assertEqual(self.same(method="DELETE").status, 405)
