"""A certificate authority of a test's own, by the openssl command: it issues, revokes and publishes what it revoked."""

import hashlib
import pathlib
import ssl
import subprocess

from harness.certificates import Certificate, folder, openssl

CONFIGURATION = """
[ca]
default_ca = own
[own]
database = {stem}.index
certificate = {stem}.crt
private_key = {stem}.key
default_md = sha256
default_crl_days = 30
"""


class Issued(Certificate):
    def client_certificate(self, context):
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context

    @property
    def key_hash(self):
        """SHA-256 of the public key (SPKI), as bytes."""
        public = subprocess.run(["openssl", "x509", "-in", self.certificate_file, "-noout", "-pubkey"], check=True,
                                capture_output=True).stdout.decode()
        der = ssl.PEM_cert_to_DER_cert(public.replace("PUBLIC KEY", "CERTIFICATE"))
        return hashlib.sha256(der).digest()


class Authority(Certificate):
    """`name` tells it from others of the same run: a test names its own."""

    def __init__(self, name):
        self.stem = folder() / f"authority-{name}"
        super().__init__(self.stem)
        self.issued = 0
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-keyout", self.key_file, "-out", self.certificate_file, "-subj", f"/CN={name}")
        self.configuration = pathlib.Path(f"{self.stem}.cnf")
        self.configuration.write_text(CONFIGURATION.format(stem=self.stem))
        pathlib.Path(f"{self.stem}.index").write_text("")

    def issue(self, common_name, *alternatives, kind="ec"):
        """Alternatives as openssl writes them: `DNS:a.example`, `URI:spiffe://a`."""
        self.issued += 1
        made = Issued(f"{self.stem}-{self.issued}")
        request, extensions = f"{made.key_file}.csr", pathlib.Path(f"{made.key_file}.ext")
        extensions.write_text("subjectAltName=" + ",".join(alternatives or [f"DNS:{common_name}"]))
        algorithm = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["rsa:2048"]
        openssl("req", "-newkey", *algorithm, "-nodes", "-keyout", made.key_file, "-subj", f"/CN={common_name}",
                "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate_file, "-CAkey", self.key_file, "-days", "30",
                "-set_serial", str(self.issued), "-extfile", extensions, "-out", made.certificate_file)
        return made

    def crl_without(self, *revoked):
        """The list that has these certificates, as PEM."""
        for certificate in revoked:
            openssl("ca", "-config", self.configuration, "-revoke", certificate.certificate_file)
        published = f"{self.stem}.crl"
        openssl("ca", "-config", self.configuration, "-gencrl", "-out", published)
        return pathlib.Path(published).read_text()
