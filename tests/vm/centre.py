"""The centre of a fleet on this host: attest-verifier, and its operator."""
import json
import os
import re
import secrets
import subprocess
import sys
import time

from machine import end, tail

ADDRESS = "10.0.2.2"  # of the host's loopback, as QEMU's guests see it
CONFIG = """\
listen_address: 127.0.0.1
listen_port: 0
tls_cert: {d}/verifier.pem
tls_key: {d}/verifier.key
database: {d}/verifier.db
ek_ca_dir: {d}/ek-ca.d
operator_token_file: {d}/operator.token
result_key_file: {d}/result.jwk
quote_interval: 1s
"""


class Centre:
    """Serves from start to the end of a `with`."""

    def __init__(self, build, work, ca):
        self.build, self.dir, self.ca = build, f"{work}/centre", ca
        self.log, self.port, self.process = f"{self.dir}/log", None, None

    def make(self):
        os.makedirs(f"{self.dir}/ek-ca.d")
        for cert in ("issuercert.pem", "swtpm-localca-rootca-cert.pem"):
            os.symlink(f"{self.ca}/{cert}", f"{self.dir}/ek-ca.d/{cert}")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=vm", "-addext", f"subjectAltName=IP:{ADDRESS},IP:127.0.0.1",
             "-keyout", f"{self.dir}/verifier.key",
             "-out", f"{self.dir}/verifier.pem"],
            stderr=subprocess.DEVNULL, check=True)
        for name, text in (("operator.token", secrets.token_hex(32)),
                           ("attest-verifier.yaml",
                            CONFIG.format(d=self.dir))):
            with open(f"{self.dir}/{name}", "w", encoding="ascii",
                      opener=lambda p, f: os.open(p, f, 0o600)) as f:
                f.write(text)
        os.chmod(f"{self.dir}/verifier.key", 0o600)

    def __enter__(self):
        self.make()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [f"{self.build}/attest-verifier", "-c",
                 f"{self.dir}/attest-verifier.yaml"],
                stdin=subprocess.DEVNULL, stderr=log)
        limit = time.monotonic() + 10
        while self.port is None:
            found = re.search(r" port (\d+)", tail(self.log))
            if found:
                self.port = int(found[1])
            elif self.process.poll() is not None or time.monotonic() > limit:
                end(self.process)
                sys.exit(f"attest-verifier: {tail(self.log)}")
            time.sleep(.02)
        return self

    def __exit__(self, *_):
        end(self.process)

    def certificate(self):
        with open(f"{self.dir}/verifier.pem", "rb") as f:
            return f.read()

    def operator(self, *words):
        """What attestctl says to the operator; it must succeed."""
        out = subprocess.run(
            [f"{self.build}/attestctl", *words, "--url",
             f"https://127.0.0.1:{self.port}", "--ca",
             f"{self.dir}/verifier.pem", "--token",
             f"{self.dir}/operator.token"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        if out.returncode != 0:
            sys.exit(f"attestctl {' '.join(words)}: {out.stdout}")
        return out.stdout

    def node(self, name):
        """The state of a node, and all that is known of it as text."""
        text = self.operator("node", "show", name)
        word = re.search(r"^(TRUSTED|UNTRUSTED|UNDECIDED)\b", text, re.M)
        return (word[1] if word else "?"), text
