"""What must hold between attestd and other programs of its node, which speak
Varlink by libraries of their own (docs/PROTOCOL-local.txt)."""
import json
import os
import shutil
import subprocess

from harness import Skipped, expect, scenario, wait_for
from node import PATIENCE_S
from place import ZERO


def socket_of(node):
    path = os.path.join(node.dir, 'run', 'io.attestd')
    wait_for('a socket', lambda: os.path.exists(path))
    return path


@scenario
def asked_by_python(p):
    """Python's varlink reads the description, and gets verdict and quote"""
    try:
        import varlink  # pylint: disable=import-outside-toplevel
    except ImportError as e:
        raise Skipped('no varlink of PyPI: io.attestd is not asked by it') \
            from e
    node = p.node(p.first, 'interop-local')
    expect(node.attest() == 1, 'exit status')
    p.upstream.enrol(node.id, pcrs=ZERO, mb_policy=p.mb_policy)
    node.start()
    with varlink.Client(address='unix:' + socket_of(node)) as client:
        expect(client.get_interfaces() ==
               ['org.varlink.service', 'io.attestd'], 'other interfaces')
        # this parses the description, and makes methods of it
        with client.open('io.attestd') as attestd:
            got = attestd.Attest()['verdict']
            expect(got['status'] == 'pass', '%s', got)
            stands = attestd.Status()
            expect(stands['verdict']['status'] == 'pass', '%s', stands)
            quote = attestd.Quote(nonce='ab' * 32)['evidence']
            expect('tpm_quote' in quote, '%s', list(quote))
            try:
                attestd.Quote(nonce='not hex')
                expect(False, 'a nonce that is none')
            except varlink.InvalidParameter as e:
                expect('nonce' in str(e), '%s', e)
    expect(node.stop() == 0, 'attestd does not end well')


@scenario
def asked_by_varlinkctl(p):
    """systemd's varlinkctl reads the description, and gets the verdict"""
    tool = shutil.which(os.environ.get('VARLINKCTL', 'varlinkctl'))
    if tool is None:
        raise Skipped('no varlinkctl (systemd 255): io.attestd is not asked '
                      'by it')
    node = p.node(p.first, 'interop-varlinkctl')
    node.start()
    path = socket_of(node)

    def ask(*words):
        return subprocess.run([tool, *words], stdout=subprocess.PIPE,
                              text=True, timeout=PATIENCE_S, check=True).stdout

    expect('attestd' in ask('info', path), 'no information')
    # it parses what it prints
    expect('method Attest' in ask('introspect', path, 'io.attestd'),
           'no description')
    said = json.loads(ask('call', '-j', path, 'io.attestd.Attest', '{}'))
    expect('status' in said['verdict'], '%s', said)
    expect(node.stop() == 0, 'attestd does not end well')
