"""A timestamp authority of our own: openssl, a root, perhaps an issuer between, and a certificate for timestamps."""

import subprocess
from pathlib import Path

CONFIGURATION = """
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamp]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
[tsa1]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
"""


class OpensslAuthority:
    """Its root is ``root.pem`` in the folder, its issuer ``issuer.pem`` where there is one."""

    def __init__(self, folder: Path, *, through_issuer: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self._certificate("root", "root", signed_by=None)
        if through_issuer:
            self._certificate("issuer", "root", signed_by="root")
        self._certificate("tsa", "stamp", signed_by="issuer" if through_issuer else "root")

    @property
    def root(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    @property
    def issuer(self) -> bytes:
        return (self.folder / "issuer.pem").read_bytes()

    def stamp(self, data: bytes) -> bytes:
        """The token (a DER response) over some bytes."""
        (self.folder / "data").write_bytes(data)
        self._openssl("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        return self.reply((self.folder / "query").read_bytes())

    def reply(self, query: bytes) -> bytes:
        """The answer to a request: a token, or that there is none."""
        (self.folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa1", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def _certificate(self, name: str, extensions: str, *, signed_by: str | None) -> None:
        self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        request = (
            "req",
            "-new",
            "-config",
            "tsa.cnf",
            "-key",
            f"{name}.key",
            "-subj",
            f"/CN={self.folder.name} {name}",
        )
        if signed_by is None:
            self._openssl(*request, "-x509", "-days", "9", "-extensions", extensions, "-out", f"{name}.pem")
            return
        self._openssl(*request, "-out", f"{name}.csr")
        self._openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", f"{signed_by}.pem", "-CAkey", f"{signed_by}.key",
            "-days", "9", "-extfile", "tsa.cnf", "-extensions", extensions, "-out", f"{name}.pem",
        )  # fmt: skip

    def _openssl(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr.decode()
