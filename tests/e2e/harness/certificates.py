"""Self-signed certificates, made by the openssl command and kept for the whole run."""

import fcntl
import functools
import hashlib
import os
import pathlib
import ssl
import subprocess
import tempfile


@functools.cache
def folder():
    return pathlib.Path(os.environ.get("E2E_CERTIFICATES") or tempfile.mkdtemp(prefix="e2e-certificates-"))


class Certificate:
    def __init__(self, stem):
        self.certificate_file, self.key_file = f"{stem}.crt", f"{stem}.key"

    @property
    def certificate(self):
        return pathlib.Path(self.certificate_file).read_text()

    @property
    def key(self):
        return pathlib.Path(self.key_file).read_text()

    @property
    def fingerprint(self):
        """SHA-256 of the certificate's DER form, lower-case hex."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate)).hexdigest()

    def server_context(self, *protocols):
        """For an origin: offers these protocols by ALPN."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_file, self.key_file)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def client_context(self, *protocols):
        """For a client: trusts exactly this certificate."""
        context = ssl.create_default_context(cafile=self.certificate_file)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


def certificate(*names, kind="ec", serial=0, expired=False):
    """A certificate for these DNS names. The same arguments give the same one; another serial another one."""
    words = [names[0].replace("*", "any"), str(len(names)), kind, str(serial), *(["expired"] if expired else [])]
    made = Certificate(folder() / "-".join(words))
    with open(folder() / "lock", "w") as lock:  # processes of one run share the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(made.certificate_file):
            make(names, made, kind, days=-1 if expired else 30)
    return made


def make(names, made, kind, days):
    algorithm = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["rsa:2048"]
    alternatives = "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)
    with tempfile.TemporaryDirectory() as drafts:
        request, extensions = f"{drafts}/request", pathlib.Path(drafts, "extensions")
        extensions.write_text(alternatives)
        # Two commands, because only `x509` makes certificates that ended in the past.
        openssl("req", "-newkey", *algorithm, "-nodes", "-keyout", made.key_file, "-subj", f"/CN={names[0]}",
                "-out", request)
        openssl("x509", "-req", "-in", request, "-signkey", made.key_file, "-days", str(days),
                "-extfile", extensions, "-out", made.certificate_file)


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
