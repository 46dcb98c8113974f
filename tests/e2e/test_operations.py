"""What an operator sees and does: probes, metrics, access log, reload."""

import contextlib
import signal

from harness import behaviours, client, documents
from harness.case import EdgeTest
from harness.load import Load
from harness.waiting import eventually

ISTIO_KEYS = {
    "start_time", "route_name", "method", "path", "protocol", "response_code", "response_flags", "response_code_details",
    "connection_termination_details", "bytes_received", "bytes_sent", "duration", "upstream_service_time",
    "x_forwarded_for", "user_agent", "request_id", "authority", "upstream_host", "upstream_cluster",
    "upstream_local_address", "downstream_local_address", "downstream_remote_address", "requested_server_name",
    "upstream_transport_failure_reason"}
OWN_KEYS = {"region", "version", "attempts"}
ISTIO_LABELS = {
    "reporter", "source_workload", "source_workload_namespace", "source_principal", "source_app", "source_version",
    "source_canonical_service", "source_canonical_revision", "source_cluster", "destination_workload",
    "destination_workload_namespace", "destination_principal", "destination_app", "destination_version",
    "destination_service", "destination_service_name", "destination_service_namespace",
    "destination_canonical_service", "destination_canonical_revision", "destination_cluster", "request_protocol",
    "response_flags", "connection_security_policy", "response_code", "grpc_response_status"}


class Observability(EdgeTest):
    def test_health_and_ready_answer(self):
        edge, _ = self.serve()
        self.assertEqual(edge.observe("/health")[0], 200)
        self.assertEqual(edge.observe("/ready")[0], 200)

    def test_nothing_else_is_served(self):
        edge, _ = self.serve()
        for path in ("/", "/api/v1/config", "/metrics/../config", "/healthy"):
            self.assertEqual(edge.observe(path)[0], 404, path)

    def test_the_observability_port_survives_garbage(self):
        edge, _ = self.serve()
        for garbage in (b"\0" * 1000, b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 100000 + b"\r\n", b"POST /ready HTTP/1.1\r\n\r\n",
                        b"GET /health\r\n\r\n"):
            with client.Client(edge.observability) as connection:
                try:
                    connection.send(garbage)
                    connection.finish()
                except OSError:
                    pass
                connection.rest()
        self.assertEqual(edge.observe("/health")[0], 200)

    def test_idle_connections_shut_nobody_out(self):
        edge, _ = self.serve()
        with contextlib.ExitStack() as stack:
            for _ in range(300):
                stack.enter_context(client.Client(edge.observability))
            self.assertEqual(edge.observe("/ready")[0], 200)
            self.assertEqual(edge.observe("/health")[0], 200)

    def test_requests_are_counted_under_istios_names(self):
        edge, _ = self.serve(behaviours.named)
        for _ in range(3):
            client.request(edge.http)
        client.request(edge.http, "POST", body=b"x" * 100)
        metrics = edge.await_counted(4)
        self.assertEqual(metrics.total("istio_requests_total", response_code="200", reporter="source"), 4)
        self.assertEqual(metrics.total("istio_request_duration_milliseconds_count"), 4)
        self.assertEqual(metrics.total("istio_request_bytes_count"), 4)
        self.assertEqual(metrics.total("istio_response_bytes_count"), 4)
        self.assertIn("istio_build", metrics.names())
        self.assertEqual(set(metrics.labels("istio_requests_total")[0]), ISTIO_LABELS)

    def test_labels_name_the_destination_and_what_went_wrong(self):
        edge, _ = self.serve(fault={"abort": {"percentage": {"value": 100}, "httpStatus": 503}})
        client.request(edge.http)
        labels = edge.await_counted(1).labels("istio_requests_total")[0]
        self.assertEqual((labels["response_code"], labels["response_flags"], labels["request_protocol"]), ("503", "FI", "http"))
        edge, _ = self.serve(behaviours.named)
        client.request(edge.http)
        labels = edge.await_counted(1).labels("istio_requests_total")[0]
        self.assertEqual((labels["destination_service"], labels["response_flags"]), ("origin", "-"))

    def test_the_process_and_its_connections_are_measured(self):
        edge, _ = self.serve()
        with client.Client(edge.http) as connection:
            connection.request()
            names = edge.metrics().names()
        self.assertIn("process_resident_memory_bytes", names)
        self.assertTrue({name for name in names if name.startswith("tidegate_downstream_connections")}, names)
        self.assertTrue({name for name in names if name.startswith("tidegate_upstream_connections")}, names)
        self.assertTrue({name for name in names if name.startswith("tidegate_config_")}, names)


class AccessLog(EdgeTest):
    def test_a_line_has_istios_keys_and_ours(self):
        edge, origin = self.serve(behaviours.named)
        client.request(edge.http, "POST", "/a?b=c", host="log.example", headers=["User-Agent: x\"\\y"], body=b"12345")
        line = edge.await_log()[0]
        self.assertEqual(set(line), ISTIO_KEYS | OWN_KEYS)
        expected = {"method": "POST", "path": "/a?b=c", "protocol": "HTTP/1.1", "response_code": 200, "response_flags": "-",
                    "response_code_details": "via_upstream", "bytes_received": 5, "bytes_sent": 6, "authority": "log.example",
                    "user_agent": 'x"\\y', "upstream_host": f"127.0.0.1:{origin.port}", "attempts": 1,
                    "requested_server_name": None, "upstream_transport_failure_reason": None,
                    "downstream_local_address": f"127.0.0.1:{edge.http}"}
        self.assertEqual({key: line[key] for key in expected}, expected)
        self.assertRegex(line["start_time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertRegex(line["upstream_cluster"], r"^outbound\|80\|\|origin")
        self.assertIsInstance(line["duration"], int)
        self.assertIsInstance(line["upstream_service_time"], str)

    def test_region_and_version_are_the_endpoints(self):
        origin = self.origin(behaviours.named)
        edge = self.gateway(
            documents.gateway(), documents.virtual_service(documents.to("app")),
            documents.service("app", documents.endpoint(origin, labels={"version": "v3.0.0"}, locality="eu-west-1/a")))
        client.request(edge.http)
        line = edge.await_log()[0]
        self.assertEqual((line["version"], line["region"]), ("v3.0.0", "eu-west-1"))

    def test_refused_requests_are_logged(self):
        edge, _ = self.serve()
        client.raw(edge.http, b"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n")
        line = edge.await_log()[0]
        self.assertEqual((line["response_code"], line["response_flags"]), (400, "DPE"))

    def test_any_bytes_stay_one_line_of_json(self):
        edge, _ = self.serve()
        client.request(edge.http, target="/%0a%22", headers=["User-Agent: \xff\xfe\t{\"}"])
        self.assertEqual(len(edge.await_log()), 1)

    def test_it_can_be_switched_off(self):
        edge, _ = self.serve(settings={"access_log": {"path": "off"}})
        self.assertEqual(client.request(edge.http).status, 200)
        self.assertFalse(edge.log_file.exists())

    def test_sighup_opens_the_file_anew(self):
        edge, _ = self.serve()
        client.request(edge.http, target="/before")
        edge.await_log()
        edge.log_file.rename(edge.folder / "rotated.log")
        self.assertTrue(edge.reload())
        client.request(edge.http, target="/after")
        self.assertEqual([line["path"] for line in edge.await_log()], ["/after"])
        self.assertIn("/before", (edge.folder / "rotated.log").read_text())


class Reload(EdgeTest):
    def topology(self, service, origin, **route):
        return [documents.gateway(), documents.virtual_service(documents.to(service, **route)), documents.service(service, origin)]

    def test_routes_change(self):
        first, second = self.origin(behaviours.named, "first"), self.origin(behaviours.named, "second")
        edge = self.gateway(*self.topology("first", first))
        with client.Client(edge.http) as connection:
            self.assertEqual(connection.request().body, b"first")
            edge.write(self.topology("second", second))
            self.assertTrue(edge.reload())
            self.assertEqual(connection.request().body, b"second")  # on the connection that was open

    def test_no_request_fails_and_no_connection_is_dropped_under_load(self):
        origin = self.origin(behaviours.named)
        edge = self.gateway(*self.topology("origin", origin))
        with Load(edge.http) as load:
            for n in range(20):
                edge.write(self.topology("origin", origin, timeout=f"{n + 10}s"))
                self.assertTrue(edge.reload())
                eventually(load.has_done(20), "traffic")
        self.assertEqual(load.failures, [])

    def test_a_request_keeps_the_configuration_it_began_with(self):
        gate = behaviours.Gate()
        origin = self.origin(gate)
        edge = self.gateway(*self.topology("origin", origin))
        with client.Client(edge.http) as connection:
            connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            origin.await_requests(1)
            edge.write([documents.gateway()])
            self.assertTrue(edge.reload())
            gate.open()
            self.assertEqual(connection.response().body, b"origin")
            self.assertEqual(connection.request().status, 404)

    def test_a_broken_file_changes_nothing_and_says_why(self):
        origin = self.origin(behaviours.named)
        good = self.topology("origin", origin)
        edge = self.gateway(*good)
        for broken in ("spec: [", "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\n"
                       "spec: {hosts: [a], gateways: [no-such-gateway], http: [{route: [{destination: {host: origin}}]}]}"):
            edge.write([*good, broken])
            self.assertFalse(edge.reload())
            self.assertEqual(client.request(edge.http).body, b"origin")
        self.assertRegex(edge.output(), r"config\.yaml:\d+:\d+: ")
        self.assertIn("no-such-gateway", edge.output())
        edge.write(good)
        self.assertTrue(edge.reload())

    def test_a_file_that_vanished_changes_nothing(self):
        edge, _ = self.serve(behaviours.named)
        (edge.folder / "config.yaml").unlink()
        self.assertFalse(edge.reload())
        self.assertEqual(client.request(edge.http).status, 200)

    def test_pools_and_counters_survive(self):
        origin = self.origin(behaviours.named)
        edge = self.gateway(*self.topology("origin", origin), settings={"gateway": {"workers": 1}})
        for n in range(5):
            client.request(edge.http)
            edge.write(self.topology("origin", origin, timeout=f"{n + 10}s"))
            self.assertTrue(edge.reload())
        self.assertEqual(len(origin.connections), 1)
        self.assertEqual(edge.await_counted(5).total("istio_requests_total"), 5)

    def test_listeners_come_and_go(self):
        origin = self.origin(behaviours.named)
        edge = self.gateway(*self.topology("origin", origin))
        edge.may_leak = True  # a listener more than at the start
        two = [documents.gateway(documents.http_server(), documents.http_server(number=81)), *self.topology("origin", origin)[1:]]
        edge.write(two)
        self.assertTrue(edge.reload())
        eventually(lambda: self.is_open(edge.ports[81]), "the new listener")
        self.assertEqual(client.request(edge.ports[81]).body, b"origin")
        edge.write(self.topology("origin", origin))
        self.assertTrue(edge.reload())
        eventually(lambda: not self.is_open(edge.ports[81]), "the old listener to close")
        self.assertEqual(client.request(edge.http).body, b"origin")

    def test_a_listener_moves_between_one_address_and_all(self):
        rest = self.topology("origin", self.origin(behaviours.named))[1:]

        def bound_to(address):
            return [documents.gateway({**documents.http_server(), "bind": address}), *rest]
        edge = self.gateway(*bound_to("127.0.0.1"))
        for address in ("0.0.0.0", "127.0.0.1", "0.0.0.0"):
            with self.subTest(address):
                edge.write(bound_to(address))
                self.assertTrue(edge.reload(), edge.output())
                eventually(lambda: self.is_open(edge.http, "127.0.0.2") == (address == "0.0.0.0"), "the listener to move")
                self.assertEqual(client.request(edge.http).body, b"origin")

    def is_open(self, port, address="127.0.0.1"):
        try:
            client.Client(port, address=address).close()
            return True
        except ConnectionError:
            return False

    def test_a_hundred_reloads_leak_nothing(self):
        edge, _ = self.serve(behaviours.named)
        for _ in range(100):
            self.assertTrue(edge.reload())
        self.assertEqual(client.request(edge.http).status, 200)

    def test_two_signals_at_once_are_one_reload_or_two(self):
        edge, _ = self.serve(behaviours.named)
        for _ in range(50):
            edge.signal(signal.SIGHUP)
        self.assertTrue(edge.reload())
        self.assertEqual(client.request(edge.http).status, 200)
