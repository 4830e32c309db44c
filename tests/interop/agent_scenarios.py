"""What must hold between upstream's push agents and our verifier."""
import os
import re
import time
import uuid

import upstream_agent
from harness import Failed, Skipped, expect, scenario, wait_for
from ours import Ours


def set_up_ours(p):
    """Our verifier, with what its operator makes of a good boot of attestd
    and of upstream's runtime policy; attestd passes with it."""
    tpm = p.tpm('tpm3')
    tpm.boot('shim')
    p.ours = Ours(os.path.join(p.dir, 'ours'), p.bin, tpm)
    p.ours.start()
    node = p.node(tpm, 'interop-ours', server=p.ours)
    good, reference, runtime = (os.path.join(p.ours.dir, name) for name in (
        'good.cmw', 'reference.json', 'runtime.json'))
    for words in (
            ('evidence', '-c', node.config, '-o', good),
            ('reference', 'create', '--id', 'interop', '--version', '1',
             '-o', reference, good),
            ('runtime', 'import', '--id', 'interop', '-o', runtime,
             p.runtime_file)):
        code, said = p.ours.attestctl(*words)
        expect(code == 0, '%s: %s', words, said)
    p.ours.operator('reference', 'put', reference)
    p.ours.operator('runtime', 'put', runtime)
    p.ours.operator('node', 'admit', node.id)
    expect(node.attest() == 0, '%s', node.verdict())
    # one TPM is one node
    p.ours.operator('node', 'delete', node.id)


def expect_verdict(p, ident, word, reason=''):
    """The newest verdict of our verifier is, or becomes, this one."""
    def right():
        text = p.ours.verdict(ident)
        return re.search('^%s ' % word, text, re.M) and re.search(
            reason, text)
    try:
        wait_for('verdict', right)
    except Failed:
        raise Failed('not %s, "%s": %s' % (
            word, reason, p.ours.verdict(ident))) from None


def enrol_stand_in(p, ident):
    tpm = p.tpms[-1]
    p.ours.operator('node', 'admit', ident)
    p.agent = upstream_agent.StandIn(tpm, upstream_agent.Keys(tpm), p.ours,
                                     ident)
    p.agent.register()
    p.agent.prove()


def attest_in_time(p):
    """One attestation, when our verifier takes one again."""
    def taken():
        try:
            return p.agent.attest()
        except upstream_agent.Unexpected as e:
            if 'premature_attestation' in str(e):
                return None
            raise
    return wait_for('an attestation', taken)


@scenario
def upstream_agent_passes(p):
    """our verifier and a push agent's stand-in, by hash_ek: TRUSTED, twice"""
    set_up_ours(p)
    tpm = p.tpms[-1]
    enrol_stand_in(p, upstream_agent.hash_ek(tpm))
    everything = ['tpm_quote', 'uefi_log', 'ima_log']
    for first in (0, len(tpm.ima_lines())):
        expect(p.agent.attest() == everything, 'other evidence was wanted')
        expect(p.agent.offset == first, 'lines from %s', p.agent.offset)
        expect_verdict(p, p.agent.id, 'TRUSTED', 'reference +interop')
        tpm.measure('/usr/bin/allowed')
        wait_for('the next one', lambda: time.time() > p.agent.next_at)


@scenario
def upstream_agent_fails(p):
    """a changed boot event, a file outside the policy: UNTRUSTED, by name"""
    tpm, agent = p.tpms[-1], p.agent
    tpm.boot('shim-changed')
    attest_in_time(p)
    expect_verdict(p, agent.id, 'UNTRUSTED',
                   r'PCR 4 event \d+ \(EV_.*expected .*found')
    tpm.boot('shim')
    attest_in_time(p)
    expect_verdict(p, agent.id, 'TRUSTED')
    tpm.measure('/tmp/intruder')
    attest_in_time(p)
    expect_verdict(p, agent.id, 'UNTRUSTED', '/tmp/intruder')
    tpm.boot('shim')
    attest_in_time(p)
    expect_verdict(p, agent.id, 'TRUSTED')


@scenario
def upstream_agent_other_key(p):
    """a quote by another key: UNTRUSTED; its own, and under a UUID: TRUSTED"""
    p.agent.keys.make_other()
    p.agent.signed_by = upstream_agent.OTHER_AK
    attest_in_time(p)
    expect_verdict(p, p.agent.id, 'UNTRUSTED', 'quote-signature')
    p.agent.signed_by = upstream_agent.AK
    attest_in_time(p)
    expect_verdict(p, p.agent.id, 'TRUSTED')
    # the same program under a UUID
    p.ours.operator('node', 'delete', p.agent.id)
    p.agent.stop()
    p.agent.keys.forget()
    enrol_stand_in(p, str(uuid.uuid4()))
    p.agent.attest()
    expect_verdict(p, p.agent.id, 'TRUSTED')


@scenario
def upstream_agent_itself(p):
    """rust-keylime's push agent and our verifier: TRUSTED, then UNTRUSTED"""
    program = os.environ.get('KEYLIME_PUSH_AGENT')
    if not program:
        raise Skipped('KEYLIME_PUSH_AGENT names no keylime-push-model-agent')
    p.agent.stop()
    p.ours.operator('node', 'delete', p.agent.id)
    p.agent = upstream_agent.Real(program, p.tpms[-1], p.ours)
    for boot, word, reason in (
            ('shim', 'TRUSTED', 'reference +interop'),
            ('shim-changed', 'UNTRUSTED', r'PCR 4 event \d+ \(EV_.*expected')):
        # it says that it is in one boot all the time, which is not taken
        p.ours.operator('node', 'admit', p.agent.id)
        p.agent.tpm.boot(boot)
        p.agent.start()
        expect_verdict(p, p.agent.id, word, reason)
        p.agent.stop()
        p.ours.operator('node', 'delete', p.agent.id)
