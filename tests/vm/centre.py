"""The centre of a fleet on this host: attest-verifier, and its operator."""
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
listen_port: {port}
tls_cert: {d}/verifier.pem
tls_key: {d}/verifier.key
database: {d}/verifier.db
ek_ca_dir: {d}/ek-ca.d
operator_token_file: {d}/operator.token
result_key_file: {d}/result.jwk
quote_interval: {interval}
"""


class Centre:
    """Serves from start to the end of a `with`."""

    def __init__(self, build, at, ca):
        self.build, self.dir, self.ca = build, at, ca
        self.log, self.port, self.process = f"{self.dir}/log", None, None
        self.interval = "1s"

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
        self.write("operator.token", secrets.token_hex(32))
        os.chmod(f"{self.dir}/verifier.key", 0o600)

    def write(self, name, text):
        with open(f"{self.dir}/{name}", "w", encoding="ascii",
                  opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)

    def __enter__(self):
        """Where it was before, it goes on."""
        if os.path.isdir(self.dir):
            with open(f"{self.dir}/port", encoding="ascii") as f:
                self.port = int(f.read())
        else:
            self.make()
        self.start()
        self.write("port", f"{self.port}\n")
        return self

    def start(self, interval=None):
        """Where it served before, if it did."""
        self.interval = interval or self.interval
        self.write("attest-verifier.yaml", CONFIG.format(
            d=self.dir, port=self.port or 0, interval=self.interval))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [f"{self.build}/attest-verifier", "-c",
                 f"{self.dir}/attest-verifier.yaml"],
                stdin=subprocess.DEVNULL, stderr=log)
        limit = time.monotonic() + 60
        self.port = None
        while self.port is None:
            found = re.search(r" port (\d+)", tail(self.log))
            if found:
                self.port = int(found[1])
            elif self.process.poll() is not None or time.monotonic() > limit:
                end(self.process)
                sys.exit(f"attest-verifier: {tail(self.log)}")
            time.sleep(.02)

    def stop(self):
        end(self.process)

    def __exit__(self, *_):
        self.stop()

    def certificate(self):
        with open(f"{self.dir}/verifier.pem", "rb") as f:
            return f.read()

    def ask(self, *words):
        return subprocess.run(
            [f"{self.build}/attestctl", *words, "--url",
             f"https://127.0.0.1:{self.port}", "--ca",
             f"{self.dir}/verifier.pem", "--token",
             f"{self.dir}/operator.token"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=300, check=False)

    def operator(self, *words):
        """What attestctl says to the operator; it must succeed."""
        out = self.ask(*words)
        if out.returncode != 0:
            sys.exit(f"attestctl {' '.join(words)}: {out.stdout}")
        return out.stdout

    def node(self, name):
        """The state of a node, and all that is known of it as text."""
        text = self.ask("node", "show", name).stdout
        word = re.search(r"^(TRUSTED|UNTRUSTED|UNDECIDED)\b", text, re.M)
        return (word[1] if word else "?"), text
