"""Upstream Keylime, unmodified: verifier in push mode, registrar and tenant.

Everything that it writes lies in one directory, and it listens on loopback
only, on ports that were free. What its operator does is done by its own
programs or by the HTTP API that they use.
"""
import base64
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
QUOTE_INTERVAL = 2  # seconds; the least that push mode knows
START_S = 120  # a server that starts; 5 on a machine that is not busy

VERIFIER = """[verifier]
version = 2.6
uuid = default
mode = push
ip = 127.0.0.1
port = {verifier}
registrar_ip = 127.0.0.1
registrar_port = {registrar_tls}
enable_agent_mtls = True
tls_dir = generate
server_key = default
server_key_password =
server_cert = default
cert_subject_alternative_names =
trusted_client_ca = default
client_key = default
client_key_password =
client_cert = default
trusted_server_ca = default
database_url = sqlite
database_pool_sz_ovfl = 5,10
auto_migrate_db = True
num_workers = 0
max_workers = 1
exponential_backoff = True
retry_interval = 2
max_retries = 5
request_timeout = 60.0
quote_interval = {quote_interval}
max_upload_size = 104857600
measured_boot_policy_name = interop
measured_boot_imports = ["interop_policy"]
measured_boot_evaluate = always
severity_labels = ["info", "emergency"]
severity_policy = [{{"event_id": ".*", "severity_label": "emergency"}}]
ignore_tomtou_errors = False
durable_attestation_import =
require_allow_list_signatures = False
challenge_lifetime = 1800
verification_timeout = 0
session_lifetime = 180
extend_token_on_attestation = True
session_create_rate_limit_per_ip = 1000
session_create_rate_limit_window_ip = 60
session_create_rate_limit_per_agent = 1000
session_create_rate_limit_window_agent = 60
[revocations]
enabled_revocation_notifications = []
zmq_ip = 127.0.0.1
zmq_port = 8992
webhook_url =
"""

REGISTRAR = """[registrar]
version = 2.6
ip = 127.0.0.1
port = {registrar}
tls_port = {registrar_tls}
tls_dir = default
server_key = default
server_key_password =
server_cert = default
cert_subject_alternative_names =
trusted_client_ca = default
database_url = sqlite
database_pool_sz_ovfl = 5,10
auto_migrate_db = True
max_workers = 1
max_upload_size = 104857600
durable_attestation_import =
tpm_identity = default
malformed_cert_action = warn
"""

TENANT = """[tenant]
version = 2.6
verifier_ip = 127.0.0.1
verifier_port = {verifier}
registrar_ip = 127.0.0.1
registrar_port = {registrar_tls}
tls_dir = default
enable_agent_mtls = True
client_key = default
client_key_password =
client_cert = default
trusted_server_ca = default
tpm_cert_store = {dir}/tpm_cert_store
max_payload_size = 1048576
accept_tpm_hash_algs = ['sha512', 'sha384', 'sha256']
accept_tpm_encryption_algs = ['ecc', 'rsa']
accept_tpm_signing_algs = ['ecschnorr', 'rsassa']
exponential_backoff = True
retry_interval = 2
max_retries = 5
request_timeout = 60
require_ek_cert = False
ek_check_script =
mb_refstate =
"""

CA = """[ca]
version = 2.6
password = default
cert_country = US
cert_ca_name = Test Certificate Authority
cert_state = MA
cert_locality = Lexington
cert_organization = Test
cert_org_unit = 53
cert_ca_lifetime = 3650
cert_lifetime = 365
cert_bits = 2048
cert_crl_dist = http://localhost:38080/crl
"""

LOGGING = """[logging]
version = 2.6
[loggers]
keys = root,keylime
[handlers]
keys = consoleHandler
[formatters]
keys = formatter
[formatter_formatter]
format = %(asctime)s.%(msecs)03d - %(name)s - %(levelname)s - %(message)s
datefmt = %Y-%m-%d %H:%M:%S
[logger_root]
level = INFO
handlers = consoleHandler
[handler_consoleHandler]
class = StreamHandler
level = INFO
formatter = formatter
args = (sys.stdout,)
[logger_keylime]
level = INFO
qualname = keylime
handlers =
"""

CONFIGS = {'verifier': VERIFIER, 'registrar': REGISTRAR, 'tenant': TENANT,
           'ca': CA, 'logging': LOGGING}


def free_ports(n):
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(('127.0.0.1', port)) == 0


class Upstream:
    def __init__(self, directory):
        self.dir = directory
        self.state = os.path.join(directory, 'state')
        self.servers = {}
        os.makedirs(os.path.join(directory, 'tpm_cert_store'))
        os.makedirs(self.state, mode=0o700)
        names = ('verifier', 'registrar', 'registrar_tls')
        self.port = dict(zip(names, free_ports(3)))
        self.env = self._environment()
        for name, text in CONFIGS.items():
            with open(self._config(name), 'w', encoding='utf-8') as f:
                f.write(text if name == 'logging' else
                        text.format(dir=directory, **self.port,
                                    quote_interval=QUOTE_INTERVAL))

    def _config(self, name):
        return os.path.join(self.dir, name + '.conf')

    def _environment(self):
        # a CA bundle or proxy of the environment's overrides the tenant's CA
        bad = re.compile('.*_(proxy|ca_bundle)$|ssl_cert_.*|keylime_.*', re.I)
        env = {k: v for k, v in os.environ.items() if not bad.match(k)}
        env.update(KEYLIME_DIR=self.state, PYTHONUNBUFFERED='1',
                   XDG_RUNTIME_DIR=self.state,
                   PYTHONPATH=HERE,
                   PATH=env['PATH'] + ':/usr/sbin:/sbin')
        for name in CONFIGS:
            env['KEYLIME_%s_CONFIG' % name.upper()] = self._config(name)
        return env

    # -- its programs -------------------------------------------------------

    def start(self):
        self.launch('verifier')  # first: it makes the CA that both use
        self.launch('registrar')
        self._wait_port('registrar', 'registrar_tls')

    def launch(self, name, **options):
        """Starts a server; options win over its configuration file."""
        env = dict(self.env)
        for key, value in options.items():
            env['KEYLIME_%s_%s' % (name.upper(), key.upper())] = str(value)
        with open(self.log_path(name), 'ab') as log:
            self.servers[name] = subprocess.Popen(
                [sys.executable, '-m', 'keylime.cmd.' + name], env=env,
                cwd=self.state, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)
        self._wait_port(name, name)

    def _wait_port(self, name, port):
        end = time.monotonic() + START_S
        while not listening(self.port[port]):
            if self.servers[name].poll() is not None:
                raise RuntimeError('%s ended, see %s' % (
                    name, self.log_path(name)))
            if time.monotonic() > end:
                raise RuntimeError('%s does not listen' % name)
            time.sleep(0.1)

    def halt(self, name, how=signal.SIGTERM):
        server = self.servers.pop(name, None)
        if server is None:
            return
        # the session that was started for it: a server has workers
        os.killpg(server.pid, how)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        server.wait()

    def relaunch(self, **options):
        """The verifier, once more and with these options only."""
        self.halt('verifier')
        self.launch('verifier', **options)

    def stop(self):
        for name in list(self.servers):
            self.halt(name)

    def command(self, module, *args):
        """Runs keylime_tenant or keylime-policy."""
        done = subprocess.run(
            [sys.executable, '-m', 'keylime.cmd.' + module, *args],
            env=self.env, cwd=self.dir, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=300, check=False)
        with open(os.path.join(self.dir, module + '.log'), 'a',
                  encoding='utf-8') as f:
            f.write(done.stdout)
        if done.returncode != 0:
            raise RuntimeError('%s %s: exit %d\n%s' % (
                module, args, done.returncode, done.stdout[-2000:]))
        return done.stdout

    # -- its API ------------------------------------------------------------

    @property
    def verifier_url(self):
        return 'https://127.0.0.1:%d' % self.port['verifier']

    @property
    def registrar_url(self):
        return 'https://127.0.0.1:%d' % self.port['registrar_tls']

    @property
    def registrar_plain_url(self):
        return 'http://127.0.0.1:%d' % self.port['registrar']

    @property
    def ca(self):
        return os.path.join(self.state, 'cv_ca', 'cacert.crt')

    def _call(self, method, port, path, body=None):
        ca = os.path.dirname(self.ca)
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(os.path.join(ca, 'client-cert.crt'),
                                os.path.join(ca, 'client-private.pem'))
        c = http.client.HTTPSConnection('127.0.0.1', self.port[port],
                                        timeout=120, context=context)
        header = {} if body is None else {'Content-Type': 'application/json'}
        c.request(method, path, None if body is None else json.dumps(body),
                  header)
        r = c.getresponse()
        text = r.read()
        c.close()
        return r.status, json.loads(text or b'{}')

    def open_session(self, ident):
        """As anybody may for any id: the status, and Retry-After."""
        c = http.client.HTTPSConnection(
            '127.0.0.1', self.port['verifier'], timeout=120,
            context=ssl.create_default_context(cafile=self.ca))
        c.request('POST', '/v3.0/sessions', json.dumps({'data': {
            'type': 'session', 'attributes': {
                'agent_id': ident, 'authentication_supported': [{
                    'authentication_class': 'pop',
                    'authentication_type': 'tpm_pop'}]}}}),
                  {'Content-Type': 'application/vnd.api+json'})
        r = c.getresponse()
        r.read()
        c.close()
        return r.status, r.getheader('Retry-After')

    def registration(self, ident):
        """The registrar's record of an agent that proved its keys."""
        status, j = self._call('GET', 'registrar_tls', '/v2.6/agents/' + ident)
        return j['results'] if status == 200 else None

    def agent(self, ident):
        """The verifier's record of an agent that is enrolled."""
        status, j = self._call('GET', 'verifier', '/v2.6/agents/' + ident)
        return j['results'] if status == 200 else None

    def latest(self, ident):
        """The newest attestation, with all that was offered and sent."""
        _, j = self._call('GET', 'verifier',
                          '/v3.0/agents/%s/attestations/latest' % ident)
        return j['data']['attributes']

    def delete(self, ident):
        self._call('DELETE', 'verifier', '/v2.6/agents/' + ident)
        end = time.monotonic() + 120
        while self.agent(ident) is not None:  # it goes when it is idle
            if time.monotonic() > end:
                raise RuntimeError('%s is not deleted' % ident)
            time.sleep(0.1)
        for policies in ('allowlists', 'mbpolicies'):
            self._call('DELETE', 'verifier', '/v2.6/%s/%s' % (policies, ident))

    def unregister(self, ident):
        self._call('DELETE', 'registrar_tls', '/v2.6/agents/' + ident)

    def enrol(self, ident, pcrs=None, mb_policy=None, runtime_policy=None):
        """What keylime_tenant -c add --push-model sends; policies as JSON."""
        runtime = ''
        if runtime_policy is not None:
            runtime = base64.b64encode(
                json.dumps(runtime_policy).encode()).decode()
        policy = {str(n): [v] for n, v in (pcrs or {}).items()}
        policy['mask'] = hex(sum(1 << n for n in (pcrs or {})))
        status, j = self._call('POST', 'verifier', '/v2.6/agents/' + ident, {
            'v': None, 'cloudagent_ip': None, 'cloudagent_port': None,
            'verifier_ip': '127.0.0.1',
            'verifier_port': str(self.port['verifier']),
            'tpm_policy': json.dumps(policy),
            'runtime_policy': runtime, 'runtime_policy_name': '',
            'runtime_policy_key': '',
            'mb_policy': None if mb_policy is None else json.dumps(mb_policy),
            'mb_policy_name': '', 'ima_sign_verification_keys': '',
            'metadata': '{}', 'revocation_key': '',
            'accept_tpm_hash_algs': ['sha512', 'sha384', 'sha256'],
            'accept_tpm_encryption_algs': ['ecc', 'rsa'],
            'accept_tpm_signing_algs': ['ecschnorr', 'rsassa'],
            'ak_tpm': self.registration(ident)['aik_tpm'], 'mtls_cert': None,
            'supported_version': '2.6'})
        if status != 200:
            raise RuntimeError('enrolment: %d %s' % (status, j))

    # -- its log ------------------------------------------------------------

    def log_path(self, name):
        return os.path.join(self.dir, name + '.log')

    def appraisal(self, ident):
        """What it logged of the newest appraisal of this agent; the API
        gives no reasons."""
        with open(self.log_path('verifier'), encoding='utf-8') as f:
            parts = f.read().split('Starting verification of attestation')
        mine = [p for p in parts[1:] if "'%s'" % ident in p.split('\n', 1)[0]]
        return re.split('(?<=ed) verification', mine[-1])[0] if mine else ''

    def count_log(self, text):
        with open(self.log_path('verifier'), encoding='utf-8') as f:
            return f.read().count(text)
