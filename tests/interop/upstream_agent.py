"""Keylime's push agents, as they meet our verifier.

StandIn sends what keylime-push-model-agent of rust-keylime 0.2.9 sends: its
headers, members and their order, the numbers and nulls in them, and a quote
that covers PCR 16 besides what was asked for. Of an answer it needs what that
agent needs, and stops without it. Keys and quotes are by tpm2-tools. Real runs
the program itself, where somebody has it.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import socket
import ssl
import string
import struct
import subprocess
import threading
import time

from node import PATIENCE_S, timestamp, write

EK, AK, OTHER_AK = 0x81010001, 0x81000100, 0x81000101
EK_CERTIFICATE = 0x01c00002
BANKS = ('sha1', 'sha256', 'sha384', 'sha512')
JSONAPI = 'application/vnd.api+json'


class Unexpected(Exception):
    """An answer that upstream's agent takes for an error."""


def need(good, what, answer):
    if not good:
        raise Unexpected('%s: %s' % (what, answer))


def b64(data):
    return base64.b64encode(data).decode()


def ek_of(tpm):
    """SubjectPublicKeyInfo of the EK, PEM."""
    return _tool(tpm, 'readpublic', '-c', hex(EK), '-f', 'pem', '-o', 'ek.pem',
                 out='ek.pem')


def hash_ek(tpm):
    return hashlib.sha256(ek_of(tpm)).hexdigest()


def _tool(tpm, command, *args, out=None):
    """tpm2_COMMAND, in the TPM's directory; what it wrote to `out`."""
    env = dict(os.environ, TPM2TOOLS_TCTI='swtpm:path=../' + tpm.socket)
    done = subprocess.run(['tpm2_' + command, *args], cwd=tpm.dir, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=PATIENCE_S,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError('tpm2_%s %s: %s' % (
            command, args, done.stderr.decode()[-500:]))
    if out is None:
        return done.stdout
    with open(os.path.join(tpm.dir, out), 'rb') as f:
        return f.read()


class Keys:
    """EK and AKs of this TPM, made as upstream's agent makes them."""

    def __init__(self, tpm):
        self.tpm = tpm
        self.ek = _tool(tpm, 'readpublic', '-c', hex(EK), '-f', 'tss', '-o',
                        'ek.pub', out='ek.pub')
        self.certificate = _tool(tpm, 'nvread', hex(EK_CERTIFICATE))
        self.ak = self._make(AK)

    def _make(self, handle):
        """RSA 2048, RSASSA, SHA-256, under the EK; its TPM2B_PUBLIC."""
        _tool(self.tpm, 'createak', '-C', hex(EK), '-c', 'ak.ctx', '-G',
              'rsa', '-g', 'sha256', '-s', 'rsassa', '-u', 'ak.pub', '-f',
              'tss')
        self.flush()
        _tool(self.tpm, 'evictcontrol', '-C', 'o', '-c', 'ak.ctx',
              hex(handle))
        self.flush()
        return _tool(self.tpm, 'readpublic', '-c', hex(handle), '-f', 'tss',
                     '-o', 'ak.pub', out='ak.pub')

    def make_other(self):
        self._make(OTHER_AK)

    def forget(self):
        for handle in (AK, OTHER_AK):
            _tool(self.tpm, 'evictcontrol', '-C', 'o', '-c', hex(handle))

    def flush(self):
        """There is no resource manager: what a tool loaded stays loaded."""
        for kind in ('-t', '-l', '-s'):
            _tool(self.tpm, 'flushcontext', kind)

    def activate(self, blob):
        with open(os.path.join(self.tpm.dir, 'blob'), 'wb') as f:
            f.write(blob)
        _tool(self.tpm, 'startauthsession', '--policy-session', '-S', 's')
        _tool(self.tpm, 'policysecret', '-S', 's', '-c', 'endorsement')
        secret = _tool(self.tpm, 'activatecredential', '-c', hex(AK), '-C',
                       hex(EK), '-i', 'blob', '-o', 'secret', '-P',
                       'session:s', out='secret')
        self.flush()
        return secret

    def certify(self, challenge):
        """TPM2_Certify of the AK by itself (Part 3, 18.2), over a challenge,
        which tpm2_certify has no option for: attest and signature."""
        password = struct.pack('>IHBH', 0x40000009, 0, 0, 0)
        body = (struct.pack('>III', AK, AK, 2 * len(password)) +
                2 * password + struct.pack('>H', len(challenge)) + challenge +
                struct.pack('>H', 0x0010))  # scheme: the key's own
        command = struct.pack('>HII', 0x8002, 10 + len(body), 0x148) + body
        with self.tpm.connect() as s:
            s.sendall(command)
            answer = s.recv(4096)
        code, = struct.unpack_from('>I', answer, 6)
        if code != 0:
            raise RuntimeError('TPM2_Certify: 0x%x' % code)
        size, length = struct.unpack_from('>IH', answer, 10)
        return answer[16:16 + length], answer[16 + length:14 + size]

    def quote(self, challenge, bank, pcrs, handle=AK):
        """With PCR 16, which it fills before: attest, signature, values."""
        _tool(self.tpm, 'pcrreset', '16')
        _tool(self.tpm, 'pcrextend', '16:%s=%s' % (
            bank, hashlib.new(bank, self.ak).hexdigest()))
        _tool(self.tpm, 'quote', '-c', hex(handle), '-l', '%s:%s' % (
            bank, ','.join(str(i) for i in sorted({16, *pcrs}))), '-q',
              challenge.hex(), '-g', 'sha256', '-m', 'q.msg', '-s', 'q.sig',
              '-o', 'q.pcrs')
        self.flush()
        parts = []
        for name in ('q.msg', 'q.sig', 'q.pcrs'):
            with open(os.path.join(self.tpm.dir, name), 'rb') as f:
                parts.append(f.read())
        return parts


class StandIn:
    def __init__(self, tpm, keys, server, ident, signed_by=AK):
        self.tpm, self.keys, self.id = tpm, keys, ident
        self.signed_by = signed_by
        self.token = self.connection = None
        self.offset = None  # of the list, as last asked for
        self.next_at = 0.0  # when it may attest again
        self.port = server.port
        self.tls = ssl.create_default_context(cafile=server.ca)

    # -- HTTP ---------------------------------------------------------------

    def _ask(self, method, path, body=None, kind=None, accept='*/*',
             named=True):
        """Status, headers and JSON of the answer, over one connection."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                '127.0.0.1', self.port, timeout=PATIENCE_S, context=self.tls)
        c = self.connection
        c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if named:
            c.putheader('x-request-id', ''.join(random.choices(
                string.ascii_lowercase + string.digits, k=6)))
        if kind is not None:
            c.putheader('content-type', kind)
        c.putheader('accept', accept)
        if self.token is not None:
            c.putheader('authorization', 'Bearer ' + self.token)
        c.putheader('host', '127.0.0.1:%d' % self.port)
        text = None
        if body is not None:
            text = json.dumps(body, separators=(',', ':')).encode()
            c.putheader('content-length', str(len(text)))
        c.endheaders(text)
        r = c.getresponse()
        text = r.read()
        return r.status, r.headers, json.loads(text or b'null')

    def stop(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    # -- registrar ----------------------------------------------------------

    def register(self):
        status, _, j = self._ask('GET', '/version')
        need(status == 200 and '2.5' in j['results']['supported_versions'] and
             j['results']['current_version'], 'version', j)
        path = '/v2.5/agents/' + self.id
        kind = 'application/json'
        status, _, j = self._ask('POST', path, {
            'aik_tpm': b64(self.keys.ak), 'ek_tpm': b64(self.keys.ek),
            'ekcert': ssl.DER_cert_to_PEM_cert(self.keys.certificate),
            'iak_cert': None, 'idevid_cert': None, 'ip': '127.0.0.1',
            'mtls_cert': 'disabled', 'port': 9002}, kind, kind)
        need(status == 200 and j['code'] == 200 and j['status'] and
             j['results']['blob'], 'registration', j)
        secret = self.keys.activate(base64.b64decode(j['results']['blob']))
        tag = hmac.new(b64(secret).encode(), self.id.encode(), 'sha384')
        status, _, j = self._ask('PUT', path, {'auth_tag': tag.hexdigest()},
                                 kind, kind)
        need(status == 200 and j['results'] == {}, 'activation', j)

    # -- verifier -----------------------------------------------------------

    def prove(self):
        self.token = None
        method = {'authentication_class': 'pop',
                  'authentication_type': 'tpm_pop'}
        status, _, j = self._ask('POST', '/v3.0/sessions', {'data': {
            'type': 'session', 'attributes': {
                'agent_id': self.id,
                'authentication_supported': [method]}}}, JSONAPI, named=False)
        data = j['data']
        need(status in (200, 201) and isinstance(data['id'], str) and
             data['type'] and all(data['attributes'][k] for k in (
                 'agent_id', 'created_at', 'challenges_expire_at')),
             'session', j)
        chosen = data['attributes']['authentication_requested'][0]
        message, signature = self.keys.certify(base64.b64decode(
            chosen['chosen_parameters']['challenge'], validate=True))
        proof = {'message': b64(message), 'signature': b64(signature)}
        status, _, j = self._ask('PATCH', '/v3.0/sessions/' + data['id'], {
            'data': {'type': 'session', 'id': data['id'], 'attributes': {
                'agent_id': self.id, 'authentication_provided': [
                    {**method, 'data': proof}]}}}, JSONAPI, named=False)
        got = j['data']['attributes']
        need(status == 200 and got['evaluation'] == 'pass' and all(
            got[k] for k in ('agent_id', 'created_at', 'response_received_at',
                             'challenges_expire_at', 'token_expires_at')) and
             got['authentication'][0]['data'] == proof and
             got['authentication'][0]['chosen_parameters'] ==
             chosen['chosen_parameters'], 'proof', j)
        self.token = got['token']

    def _offer(self):
        public = self.keys.ak[2:]  # TPMT_PUBLIC
        with open(self.tpm.uefi_log, 'rb') as f:
            events = count_events(f.read())
        return {'data': {'type': 'attestation', 'attributes': {
            'evidence_supported': [
                {'evidence_class': 'certification',
                 'evidence_type': 'tpm_quote', 'capabilities': {
                     'component_version': '2.0',
                     'hash_algorithms': list(BANKS),
                     'signature_schemes': [
                         'ecdsa', 'ecschnorr', 'rsapss', 'rsassa'],
                     'available_subjects': {
                         bank: list(range(24)) for bank in BANKS},
                     'certification_keys': [{
                         'key_algorithm': 'rsa', 'key_class': 'asymmetric',
                         'key_size': 2048, 'server_identifier': 'ak',
                         'local_identifier': '000b' +
                         hashlib.sha256(public).hexdigest(),
                         'public': b64(public),
                         'allowable_hash_algorithms': ['sha256'],
                         'allowable_signature_schemes': ['rsassa']}]}},
                {'evidence_class': 'log', 'evidence_type': 'uefi_log',
                 'capabilities': {
                     'evidence_version': '2.1', 'entry_count': events,
                     'supports_partial_access': False, 'appendable': False,
                     'formats': ['application/octet-stream']}},
                {'evidence_class': 'log', 'evidence_type': 'ima_log',
                 'capabilities': {
                     'entry_count': len(self.tpm.ima_lines()),
                     'supports_partial_access': True, 'appendable': True,
                     'formats': ['text/plain']}}],
            'system_info': {'boot_time': timestamp(self.tpm.booted)}}}}

    def _collect(self, wanted):
        """The items that it knows, in the order that they are asked for."""
        items = []
        for item in wanted:
            kind, chosen = item['evidence_type'], item['chosen_parameters']
            if kind == 'tpm_quote':
                data = self._quote(chosen)
            elif kind == 'uefi_log':
                need(chosen['format'], 'format', item)
                with open(self.tpm.uefi_log, 'rb') as f:
                    data = {'entries': b64(f.read())}
            elif kind == 'ima_log':
                need(chosen['format'], 'format', item)
                self.offset = chosen.get('starting_offset') or 0
                lines = self.tpm.ima_lines()[self.offset:]
                data = {'entries': ''.join(lines), 'entry_count': len(lines)}
            else:
                continue
            items.append({'evidence_class': item['evidence_class'],
                          'evidence_type': kind, 'data': data})
        return items

    def _quote(self, chosen):
        need(chosen['signature_scheme'] == 'rsassa' and
             chosen['hash_algorithm'] == 'sha256', 'not this AK', chosen)
        message, signature, values = self.keys.quote(
            base64.b64decode(chosen['challenge'], validate=True), 'sha256',
            chosen['selected_subjects']['sha256'], self.signed_by)
        return {'message': b64(message), 'signature': b64(signature),
                'subject_data': b64(values)}

    def attest(self):
        """One round; the types of evidence that were asked for."""
        path = '/v3.0/agents/%s/attestations' % self.id
        status, headers, j = self._ask('POST', path, self._offer(), JSONAPI,
                                       JSONAPI)
        need(status == 201 and headers['location'].startswith(path + '/') and
             j['data']['type'] and j['data']['attributes']['stage'],
             'negotiation', j)
        wanted = j['data']['attributes']['evidence_requested']
        status, _, j = self._ask('PATCH', headers['location'], {'data': {
            'type': 'attestation', 'attributes': {
                'evidence_collected': self._collect(wanted)}}}, JSONAPI,
                                 JSONAPI)
        need(status == 202 and isinstance(
            j['meta']['seconds_to_next_attestation'], int), 'evidence', j)
        self.next_at = time.time() + j['meta']['seconds_to_next_attestation']
        return [item['evidence_type'] for item in wanted]


def count_events(log):
    """Of a TCG log: its header is of the old form, the others are not."""
    size, = struct.unpack_from('<I', log, 28)
    sizes, at = {}, 32 + size
    n, = struct.unpack_from('<I', log, 32 + 24)
    for i in range(n):
        alg, length = struct.unpack_from('<HH', log, 32 + 28 + 4 * i)
        sizes[alg] = length
    events = 1
    while at < len(log):
        n, = struct.unpack_from('<I', log, at + 8)
        at += 12
        for _ in range(n):
            at += 2 + sizes[struct.unpack_from('<H', log, at)[0]]
        at += 4 + struct.unpack_from('<I', log, at)[0]
        events += 1
    return events


# -- the program itself -------------------------------------------------------

CONFIG = """[agent]
version = "2.5"
uuid = "hash_ek"
contact_ip = "127.0.0.1"
contact_port = 9002
registrar_ip = "127.0.0.1"
registrar_port = {port}
registrar_tls_enabled = true
registrar_tls_ca_cert = "{ca}"
verifier_url = "https://127.0.0.1:{port}"
verifier_tls_ca_cert = "{ca}"
keylime_dir = "{dir}"
run_as = ""
agent_data_path = "{dir}/agent_data.json"
ima_ml_path = "{ima}"
measuredboot_ml_path = "{uefi}"
exponential_backoff_initial_delay = 1000
exponential_backoff_max_retries = 5
exponential_backoff_max_delay = 2000
"""


def pipe(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Doors:
    """Its TSS knows a swtpm by two ports, one after the other: they lead to
    the sockets of this one."""

    def __init__(self, tpm):
        self.listeners = []
        while not self.listeners:
            first = socket.create_server(('127.0.0.1', 0))
            self.port = first.getsockname()[1]
            try:
                self.listeners = [first, socket.create_server(
                    ('127.0.0.1', self.port + 1))]
            except OSError:
                first.close()
        for listener, end in zip(self.listeners, ('', '.ctrl')):
            threading.Thread(target=self._serve, daemon=True,
                             args=(listener, tpm, end)).start()

    @staticmethod
    def _serve(listener, tpm, end):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            there = tpm.connect(end)
            for pair in ((client, there), (there, client)):
                threading.Thread(target=pipe, daemon=True, args=pair).start()

    def close(self):
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


class Real:
    """keylime-push-model-agent: registers, and attests until it is ended."""

    def __init__(self, program, tpm, server):
        self.program, self.tpm, self.id = program, tpm, hash_ek(tpm)
        self.dir = os.path.join(tpm.top, 'real')
        self.process = self.doors = None
        os.makedirs(self.dir)
        write(os.path.join(self.dir, 'agent.conf'), CONFIG.format(
            port=server.port, ca=server.ca, dir=self.dir, ima=tpm.ima_log,
            uefi=tpm.uefi_log))

    def start(self):
        self.doors = Doors(self.tpm)
        env = dict(os.environ, RUST_LOG='info',
                   TCTI='swtpm:host=127.0.0.1,port=%d' % self.doors.port,
                   KEYLIME_AGENT_CONFIG=os.path.join(self.dir, 'agent.conf'))
        with open(os.path.join(self.dir, 'agent.log'), 'ab') as log:
            self.process = subprocess.Popen(
                [self.program], env=env, cwd=self.dir,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process = None
        self.doors.close()
