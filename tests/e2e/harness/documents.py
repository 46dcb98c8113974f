"""The documents of a configuration, as Python values. They are written as JSON, which is YAML."""

NETWORKING = "networking.istio.io/v1"


def resource(kind, name, spec, namespace="default", api=NETWORKING):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def port_name(protocol, number, hosts):
    """Unique within a Gateway, as Istio demands."""
    return f"{protocol}-{number}-{hosts[0].replace('*', 'any').replace('.', '-')}"


def http_server(*hosts, number=80, redirect=False):
    hosts = list(hosts) or ["*"]
    server = {"port": {"number": number, "name": port_name("http", number, hosts), "protocol": "HTTP"}, "hosts": hosts}
    if redirect:
        server["tls"] = {"httpsRedirect": True}
    return server


def https_server(*hosts, number=443, credential=None, **tls):
    tls = {"mode": "SIMPLE", **({"credentialName": credential} if credential else {}), **tls}
    return {"port": {"number": number, "name": port_name("https", number, hosts), "protocol": "HTTPS"},
            "hosts": list(hosts), "tls": tls}


def gateway(*servers, name="edge", **spec):
    return resource("Gateway", name, {"servers": list(servers) or [http_server()], **spec})


def virtual_service(*http, hosts=("*",), name="routes", gateways=("edge",)):
    return resource("VirtualService", name, {"hosts": list(hosts), "gateways": list(gateways), "http": list(http)})


def to(*services, **fields):
    """An `http[]` entry. A service is a name, or (name, weight), or (name, weight, subset)."""
    destinations = []
    for service in services:
        name, weight, subset = (*((service,) if isinstance(service, str) else service), None, None)[:3]
        destination = {"host": name, **({"subset": subset} if subset else {})}
        destinations.append({"destination": destination, **({} if weight is None else {"weight": weight})})
    return {"route": destinations, **fields}


def endpoint(origin_or_port, **fields):
    port = origin_or_port if isinstance(origin_or_port, int) else origin_or_port.port
    return {"address": "127.0.0.1", "ports": {"http": port}, **fields}


def service(name, *endpoints, resolution="STATIC", protocol="HTTP"):
    """A ServiceEntry; endpoints are origins, ports, or what `endpoint` returns. `protocol` HTTP2 or GRPC is HTTP/2."""
    return resource("ServiceEntry", name, {
        "hosts": [name], "resolution": resolution, "location": "MESH_INTERNAL",
        "ports": [{"number": 80, "name": "http", "protocol": protocol}],
        "endpoints": [each if isinstance(each, dict) else endpoint(each) for each in endpoints]})


def subsets(host, **labels_by_name):
    return resource("DestinationRule", host, {
        "host": host, "subsets": [{"name": name, "labels": labels} for name, labels in labels_by_name.items()]})


def policy(host, **blocks):
    """A DestinationRule whose trafficPolicy has these blocks."""
    return resource("DestinationRule", f"policy-{host}", {"host": host, "trafficPolicy": blocks})


def tls_to(host, certificate):
    """The gateway speaks TLS to this service and trusts exactly this certificate, which is for the service's name."""
    return resource("DestinationRule", f"tls-{host}", {"host": host, "trafficPolicy": {
        "tls": {"mode": "SIMPLE", "caCertificates": certificate.certificate_file, "sni": host, "subjectAltNames": [host]}}})


def secret(name, certificate, key=None):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "default"},
            "type": "kubernetes.io/tls",
            "stringData": {"tls.crt": certificate.certificate, "tls.key": key or certificate.key}}
