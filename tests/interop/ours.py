"""Our verifier, and its operator's desk."""
import os
import re
import secrets
import shutil
import subprocess
import time

from node import PATIENCE_S

CONFIG = """listen_address: 127.0.0.1
listen_port: 0
tls_cert: {dir}/tls.pem
tls_key: {dir}/tls.key
database: {dir}/verifier.db
ek_ca_dir: {dir}/ek-ca.d
operator_token_file: {dir}/operator.token
result_key_file: {dir}/result.jwk
quote_interval: 1s
"""


class Ours:
    """attest-verifier; it trusts the CA of this node's EK certificate."""

    def __init__(self, directory, bin_dir, tpm):
        self.dir, self.bin = directory, bin_dir
        self.process = self.port = None
        os.makedirs(self._path('ek-ca.d'))
        for name in ('issuer.pem', 'swtpm-localca-rootca-cert.pem'):
            shutil.copy(os.path.join(tpm.dir, 'ca', name),
                        self._path('ek-ca.d'))
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
             'ec_paramgen_curve:P-256', '-nodes', '-keyout',
             self._path('tls.key'), '-out', self.ca, '-days', '2', '-subj',
             '/CN=interop', '-addext', 'subjectAltName=IP:127.0.0.1'],
            check=True, stderr=subprocess.DEVNULL, timeout=PATIENCE_S)
        self._write('operator.token', secrets.token_hex(32) + '\n')
        self._write('attest-verifier.yaml', CONFIG.format(dir=directory))

    def _path(self, name):
        return os.path.join(self.dir, name)

    def _write(self, name, text):
        with open(self._path(name), 'w', encoding='utf-8',
                  opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)

    @property
    def ca(self):
        return self._path('tls.pem')

    @property
    def verifier_url(self):
        return 'https://127.0.0.1:%d' % self.port

    registrar_url = verifier_url  # one server is both

    def start(self):
        log = self._path('verifier.log')
        with open(log, 'wb') as out:
            self.process = subprocess.Popen(
                [os.path.join(self.bin, 'attest-verifier'), '-c',
                 self._path('attest-verifier.yaml')],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        end = time.monotonic() + PATIENCE_S
        while self.port is None:
            with open(log, encoding='utf-8') as f:
                said = re.search(r'serving on .* port (\d+)', f.read())
            if said:
                self.port = int(said.group(1))
            elif self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError('attest-verifier: see %s' % log)
            else:
                time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
            self.process = None

    def attestctl(self, *args):
        """Exit status and output."""
        done = subprocess.run(
            [os.path.join(self.bin, 'attestctl'), *args],
            cwd=os.path.dirname(self.dir), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=PATIENCE_S, check=False)
        return done.returncode, done.stdout

    def operator(self, *args):
        """What the operator's command prints; it must not be refused."""
        code, text = self.attestctl(
            *args, '--url', self.verifier_url, '--ca', self.ca, '--token',
            self._path('operator.token'))
        if code not in (0, 1):  # 1: a verdict that is no pass
            raise RuntimeError('%s: exit %d, %s' % (args, code, text))
        return text

    def verdict(self, ident):
        """'TRUSTED ...' and the lines that say why, '' before the first."""
        code, text = self.attestctl(
            'node', 'show', ident, '--url', self.verifier_url, '--ca', self.ca,
            '--token', self._path('operator.token'))
        return text if code in (0, 1) else ''
