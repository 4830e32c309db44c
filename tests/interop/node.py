"""A node: a software TPM that holds a captured boot, and attestd on it."""
import calendar
import json
import os
import signal
import socket
import subprocess
import time

import ima

BACKOFF_MAX = 2  # seconds
PATIENCE_S = 120  # for what takes a second on a machine that is not busy

SWTPM_CONF = """create_certs_tool = swtpm_localca
create_certs_tool_config = {dir}/localca.conf
create_certs_tool_options = {dir}/localca.options
active_pcr_banks = sha1,sha256,sha384,sha512
"""
LOCALCA_CONF = """statedir = {dir}/ca
signingkey = {dir}/ca/signkey.pem
issuercert = {dir}/ca/issuer.pem
certserial = {dir}/ca/serial
"""
LOCALCA_OPTIONS = """--platform-manufacturer Test
--platform-version 1
--platform-model Test
"""


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


UTC = '%Y-%m-%dT%H:%M:%SZ'


def timestamp(moment):
    """A time as verdict.json has it, of seconds since 1970."""
    return time.strftime(UTC, time.gmtime(moment))


def seconds(text):
    return calendar.timegm(time.strptime(text, UTC))


class Tpm:
    """Its socket is named relative to `top`: such a path must be short."""

    def __init__(self, top, name, tool, boots):
        self.top, self.tool, self.boots = top, tool, boots
        self.dir = os.path.join(top, name)
        self.socket = name + '.sock'
        self.tcti = 'swtpm:path=' + self.socket
        self.uefi_log = os.path.join(self.dir, 'uefi_log')
        self.ima_log = os.path.join(self.dir, 'ima_log')
        self.boot_id = os.path.join(self.dir, 'boot_id')
        self.process = None
        self.booted = 0  # seconds since 1970
        for d in ('ca', 'state'):
            os.makedirs(os.path.join(self.dir, d))
        for f, text in (('setup.conf', SWTPM_CONF),
                        ('localca.conf', LOCALCA_CONF),
                        ('localca.options', LOCALCA_OPTIONS)):
            write(os.path.join(self.dir, f), text.format(dir=self.dir))
        subprocess.run(
            ['swtpm_setup', '--tpm2', '--tpmstate',
             os.path.join(self.dir, 'state'), '--config',
             os.path.join(self.dir, 'setup.conf'), '--create-ek-cert'],
            check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE_S)

    def connect(self, end=''):
        """A connection to it, or to '.ctrl'; `top` may be as long as it is."""
        s = socket.socket(socket.AF_UNIX)
        top = os.open(self.top, os.O_PATH)
        try:
            s.connect('/proc/self/fd/%d/%s%s' % (top, self.socket, end))
        finally:
            os.close(top)
        return s

    def run(self, *args):
        return subprocess.run(
            [self.tool, '--tcti', self.tcti, *args], cwd=self.top, text=True,
            stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S).stdout

    def boot(self, name, at=None):
        """A reset of the machine, and then what this boot measured."""
        self.stop()
        # no two boots begin in one second
        self.booted = at or max(int(time.time()), self.booted + 1)
        with open(os.path.join(self.dir, 'swtpm.log'), 'ab') as log:
            self.process = subprocess.Popen(
                ['swtpm', 'socket', '--tpm2', '--tpmstate',
                 'dir=%s/state' % self.dir, '--flags', 'not-need-init',
                 '--server', 'type=unixio,path=' + self.socket,
                 '--ctrl', 'type=unixio,path=%s.ctrl' % self.socket],
                cwd=self.top, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        end = time.monotonic() + PATIENCE_S
        while not os.path.exists(os.path.join(self.top, self.socket)):
            if time.monotonic() > end:
                raise RuntimeError('swtpm does not come up')
            time.sleep(0.05)
        log = os.path.join(self.boots, name, 'uefi.bin')
        self.run('replay', '--uefi', log)
        if os.path.lexists(self.uefi_log):
            os.unlink(self.uefi_log)
        os.symlink(log, self.uefi_log)
        write(self.ima_log, '')
        self._measure(ima.boot_aggregate(self.run('pcrs')))
        for path in ima.SYSTEM:
            self.measure(path)
        with open('/proc/sys/kernel/random/uuid', encoding='ascii') as f:
            write(self.boot_id, f.read())

    def _measure(self, line):
        # as the kernel does: the list first, then the register
        with open(self.ima_log, 'a', encoding='utf-8') as log:
            log.write(line)
        self.hide(line)

    def measure(self, path, digest=None):
        """The kernel opens a file that its IMA policy is about."""
        self._measure(ima.line(path, digest))

    def hide(self, line):
        """Extends what an entry says, which no list has."""
        entry = os.path.join(self.dir, 'ima_entry')
        write(entry, line)
        self.run('replay', '--ima', entry)

    def ima_lines(self):
        with open(self.ima_log, encoding='utf-8') as log:
            return log.readlines()

    def stop(self):
        if self.process is None:
            return
        try:
            # without it the TPM counts a failed authorisation
            self.run('shutdown')
        finally:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
            self.process = None
        for end in ('', '.ctrl'):
            path = os.path.join(self.top, self.socket + end)
            if os.path.lexists(path):
                os.unlink(path)


class Node:
    """attestd with a configuration and a state of its own."""

    def __init__(self, tpm, bin_dir, upstream, agent_id, name=None, **config):
        self.tpm, self.bin, self.id = tpm, bin_dir, agent_id
        self.dir = os.path.join(tpm.top, name or agent_id)
        self.daemon = None
        os.makedirs(self.dir)
        values = {
            'agent_id': agent_id,
            'registrar_urls': '[%s]' % upstream.registrar_url,
            'verifier_urls': '[%s]' % upstream.verifier_url,
            'ca_file': upstream.ca,
            'tcti': tpm.tcti,
            'state_dir': os.path.join(self.dir, 'state'),
            'run_dir': os.path.join(self.dir, 'run'),
            'uefi_log': tpm.uefi_log,
            'userspace_log': os.path.join(self.dir, 'userspace_log'),
            'ima_log': tpm.ima_log,
            'boot_id': tpm.boot_id,
            # of another machine than the captured boot is of
            'posture': 'false',
            'interval': '1s', 'interval_min': '1s',
            'backoff_min': '1s', 'backoff_max': '%ds' % BACKOFF_MAX,
        }
        values.update(config)
        self.config = os.path.join(self.dir, 'attestd.yaml')
        self.log = os.path.join(self.dir, 'attestd.log')
        write(self.config, ''.join('%s: %s\n' % i for i in values.items()))
        os.mkdir(values['run_dir'], mode=0o755)

    def _set_boot_time(self):
        """The machine below has not been rebooted: as if it had been."""
        with open(self.tpm.boot_id, encoding='ascii') as f:
            boot = {'boot_id': f.read().strip(),
                    'boot_time': timestamp(self.tpm.booted)}
        write(os.path.join(self.dir, 'run', 'boot.json'), json.dumps(boot))

    def _run(self, program, *args):
        with open(self.log, 'a', encoding='utf-8') as log:
            return subprocess.run(
                [os.path.join(self.bin, program), *args], cwd=self.tpm.top,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                text=True, timeout=PATIENCE_S, check=False)

    def start(self):
        # one that is forgotten would outlive all of this
        assert self.daemon is None, '%s runs already' % self.id
        self._set_boot_time()
        with open(self.log, 'ab') as log:
            self.daemon = subprocess.Popen(
                [os.path.join(self.bin, 'attestd'), '-c', self.config],
                cwd=self.tpm.top, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)

    def stop(self):
        if self.daemon is None:
            return 0
        daemon, self.daemon = self.daemon, None
        daemon.terminate()
        daemon.send_signal(signal.SIGCONT)
        try:
            return daemon.wait(PATIENCE_S)
        finally:
            daemon.kill()

    def _is_idle(self, outcome):
        """It waits, after this: next_at is the last that it wrote."""
        verdict = self.verdict()
        attempt = verdict.get('attempt', {})
        return (attempt.get('outcome') == outcome and
                (verdict['status'] == 'pass' or outcome != 'accepted') and
                time.time() < seconds(attempt['next_at']))

    def pause(self, outcome='accepted'):
        """Stops attestd between two attestations, of which the first ended
        so, with a pass if it was accepted. Until resume() its verdict is the
        one that is returned."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self._is_idle(outcome):
                self.daemon.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, self.daemon.pid, os.WSTOPPED)
                if self._is_idle(outcome):
                    return self.verdict()
                self.resume()
            time.sleep(0.1)
        raise RuntimeError('%s is never idle, %s' % (self.id, outcome))

    def resume(self):
        self.daemon.send_signal(signal.SIGCONT)

    def attest(self):
        """One attestation; the exit status says how it went."""
        self._set_boot_time()
        return self._run('attestd', '-c', self.config, '--once').returncode

    def ctl(self, *args):
        """What attestctl prints, which must end well."""
        done = self._run('attestctl', *args)
        if done.returncode != 0:
            raise RuntimeError('attestctl %s: exit %d, see %s' % (
                args, done.returncode, self.log))
        return done.stdout

    def verify(self, evidence, reference):
        """attestctl verify: its exit status and what it prints."""
        done = self._run('attestctl', 'verify', '--trust-bundle-ak',
                         '--reference', reference, evidence)
        return done.returncode, done.stdout

    def cheat(self, *args):
        """What a compromised node tries; see tests/tools/att-cheat.c."""
        done = self._run('tests/tools/att-cheat', self.config, *args)
        if done.returncode != 0:
            raise RuntimeError('att-cheat %s: exit %d, see %s' % (
                args, done.returncode, self.log))

    def verdict(self):
        """What attestd leaves for others on this node; {} if nothing."""
        path = os.path.join(self.dir, 'run', 'verdict.json')
        try:
            with open(path, encoding='utf-8') as f:
                return json.load(f)
        except FileNotFoundError:
            return {}

    def outcome(self):
        return self.verdict().get('attempt', {}).get('outcome')

    def status(self):
        """attestctl status: its exit status and what it prints."""
        done = self._run('attestctl', 'status', '-c', self.config)
        return done.returncode, done.stdout
