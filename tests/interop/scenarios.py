"""What must hold between attestd and upstream Keylime.

A failure at upstream counts only for the right reason, which is in its log.
"""
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

import ima
from harness import expect, scenario, wait_for
from node import BACKOFF_MAX, seconds
from place import BOOTS, ZERO


@scenario
def waits_for_enrolment(p):
    """registered over TLS, not enrolled: it says so and waits"""
    p.node_a.start()
    wait_for('waiting-for-enrolment', lambda: p.node_a.outcome() ==
             'waiting-for-enrolment')
    wait_for('registration', lambda: p.upstream.registration(p.node_a.id))
    expect(p.upstream.agent(p.node_a.id) is None, 'enrolled by whom?')
    p.expect_node_knows(p.node_a, 'undecided')
    attempt = p.node_a.verdict()['attempt']
    expect('keylime_tenant' in attempt['advice'], '%s', attempt)


@scenario
def enrolled_by_tenant(p):
    """keylime_tenant enrols it with a measured boot policy: PASS, thrice"""
    # it registers again as long as it waits, and is not active meanwhile
    p.node_a.pause('waiting-for-enrolment')
    p.upstream.command('tenant', '-c', 'add', '--push-model', '-u',
                       p.node_a.id, '--tpm_policy', json.dumps(ZERO),
                       '--mb-policy', p.mb_file)
    p.node_a.resume()
    p.expect_pass(p.node_a, 3)
    record = p.upstream.agent(p.node_a.id)
    expect(record['has_mb_refstate'] == 1, 'no measured boot policy')
    wait_for('PASS by keylime_tenant', lambda: 'PASS' in p.upstream.command(
        'tenant', '-c', 'cvstatus', '--push-model', '-u', p.node_a.id))


@scenario
def outlives_verifier(p):
    """the verifier is away and comes back: no new registration, PASS"""
    registered = p.upstream.registration(p.node_a.id)
    stood = p.node_a.pause()
    p.upstream.halt('verifier', signal.SIGKILL)
    p.node_a.resume()
    away = wait_for('retry-later', lambda: p.node_a.outcome() ==
                    'retry-later' and p.node_a.verdict())
    # an outage is no verdict: the last one stands, until it is too old
    if away['attempt']['at'] < stood['expires_at']:
        expect(away == {**stood, 'attempt': away['attempt']},
               'from %s to %s', stood, away)
    p.upstream.launch('verifier', session_lifetime=14,
                      extend_token_on_attestation=False)
    p.expect_pass(p.node_a, p.count(p.node_a) + 2)
    expect(p.upstream.registration(p.node_a.id) == registered,
           'registered anew')


@scenario
def renews_tokens(p):
    """tokens that end early, and one that ends without notice: PASS"""
    def sessions():
        return p.upstream.count_log('POST /v3.0/sessions')

    # the verifier gives tokens of 14 s, which a pass does not extend
    n = sessions()
    wait_for('a new session', lambda: sessions() > n)
    p.expect_pass(p.node_a, p.count(p.node_a) + 2)
    # from here on they last: one is enough
    p.upstream.relaunch()
    expect(p.node_a.stop() == 0, 'attestd does not end well')
    p.node_a.start()
    p.expect_pass(p.node_a, p.count(p.node_a) + 1)
    n = sessions()
    p.expect_pass(p.node_a, p.count(p.node_a) + 2)
    expect(sessions() == n, 'a session that does not last')
    # a proof ends the older token of the same node, which is not told
    p.node_a.pause()
    refused = p.upstream.count_log('Sent 401')
    p.node_a.cheat('prove')
    p.node_a.resume()
    p.expect_pass(p.node_a, p.count(p.node_a) + 2)
    expect(p.upstream.count_log('Sent 401') == refused + 1, 'not one 401')
    expect(p.node_a.stop() == 0, 'attestd does not end well')


@scenario
def too_early(p):
    """a second attestation within the interval: Retry-After is kept to"""
    def refused():
        return p.upstream.count_log('Sent 429')

    p.upstream.relaunch(quote_interval=8)
    said, early = '', refused()
    # a machine that is busy may be late enough
    for _ in range(5):
        if refused() > early:
            break
        expect(p.node_a.attest() == 0, 'no pass')
        n, early = p.count(p.node_a), refused()
        mark = os.path.getsize(p.node_a.log)
        expect(p.node_a.attest() == 0, 'no pass')
        with open(p.node_a.log, encoding='utf-8') as log:
            log.seek(mark)
            said = log.read()
    expect('before the configured interval' in said and
           re.search(r'waiting \d s, until the next is due', said), said)
    expect(refused() == early + 1, 'refused twice')
    p.expect_pass(p.node_a, n + 1)
    p.upstream.relaunch()


@scenario
def other_kernel(p):
    """rebooted into another kernel: FAIL, which stays after the good one"""
    p.first.boot('shim-changed')
    expect(p.node_a.attest() == 1, 'exit status')
    good = p.mb_policy['kernels'][0]['kernel_authcode_sha256'][2:]
    # the third program that firmware and shim started is not this one
    p.expect_fail(p.node_a, 'Boot attestation failed .* reason=.*bsas.*'
                  r'\[2\] has no digest approved by .*' + good)
    p.expect_node_knows(p.node_a, 'fail', 'its log has one')
    p.first.boot('shim')
    expect(p.node_a.attest() == 1, 'exit status')
    wait_for('a pass after it', lambda:
             p.reason(p.node_a).endswith('passed'))
    p.expect_node_knows(p.node_a, 'fail', 'earlier failure')
    p.enrol_again(p.node_a)
    expect(p.node_a.attest() == 0, 'enrolled anew: no pass')
    p.expect_pass(p.node_a)


@scenario
def measured_boot_taken_over(p):
    """the same reference state, imported: attestctl judges boots as upstream"""
    reference = os.path.join(p.dir, 'imported.json')
    evidence = os.path.join(p.dir, 'evidence.cmw')
    p.node_a.ctl('reference', 'import', '--id', 'imported', '-o', reference,
                 p.mb_file)
    for boot, good, word in (('shim', 0, 'TRUSTED'),
                             ('shim-changed', 1, 'event-changed'),
                             ('uki-sb', 1, 'UNTRUSTED')):
        p.first.boot(boot)
        p.node_a.ctl('evidence', '-c', p.node_a.config, '-o', evidence)
        status, said = p.node_a.verify(evidence, reference)
        expect(status == good and word in said, '%s: %d, %s', boot, status,
               said)
    p.first.boot('shim')


@scenario
def extended_after_boot(p):
    """PCR 7 extended after boot: FAIL, quote and boot log differ"""
    p.first.run('extend', '7', 'not by the firmware')
    expect(p.node_a.attest() == 1, 'exit status')
    p.expect_fail(p.node_a, 'For PCR 7 and hash sha256 the boot event log')
    p.expect_node_knows(p.node_a, 'fail')
    p.first.boot('shim')


@scenario
def not_in_tpm_policy(p):
    """PCR 23 extended: FAIL, tpm_policy has another value"""
    p.enrol_again(p.node_a)
    p.first.run('extend', '23', 'anything')
    expect(p.node_a.attest() == 1, 'exit status')
    p.expect_fail(p.node_a, 'PCR #23: .* does not match expected value')
    p.first.boot('shim')


@scenario
def boot_and_files(p):
    """measured boot and runtime policy at once: PASS, new lines only"""
    node, tpm = p.node_b, p.first
    expect(node.attest() == 1, 'exit status')
    p.upstream.command('tenant', '-c', 'add', '--push-model', '-u', node.id,
                       '--tpm_policy', json.dumps(ZERO),
                       '--mb-policy', p.mb_file,
                       '--runtime-policy', p.runtime_file)
    sent = 0
    for passes in (1, 2, 3):
        expect(node.attest() == 0, 'no pass: %s', p.reason(node))
        p.expect_pass(node, passes)
        record = p.upstream.agent(node.id)
        expect(record['has_mb_refstate'] == 1 and
               record['has_runtime_policy'] == 1, 'policies: %s', record)
        quote, boot, lines = p.upstream.latest(node.id)['evidence']
        expect(quote['evidence_type'] == 'tpm_quote' and
               boot['evidence_type'] == 'uefi_log' and
               lines['evidence_type'] == 'ima_log', 'other evidence')
        expect(ima.PCR in
               quote['chosen_parameters']['selected_subjects']['sha256'],
               'the list counts without its register')
        expect(lines['chosen_parameters']['starting_offset'] == sent,
               'asked from %s, sent %d', lines['chosen_parameters'], sent)
        new = tpm.ima_lines()[sent:]
        expect(lines['data']['entry_count'] == len(new) and
               (lines['data']['entries'] or '') == ''.join(new),
               'not the new lines: %s', lines['data'])
        sent = len(tpm.ima_lines())
        # twice something new, and then nothing
        if passes == 1:
            tpm.measure('/usr/bin/allowed')
            tpm.measure(ima.SYSTEM[0])
    expect('PASS' in p.upstream.command('tenant', '-c', 'cvstatus',
           '--push-model', '-u', node.id), 'keylime_tenant')


@scenario
def file_not_allowed(p):
    """a file outside the policy, and one that was changed: FAIL, by name"""
    node, tpm = p.node_b, p.first
    for path, digest, reason in (
            ('/tmp/intruder', None,
             'File not found in allowlist: /tmp/intruder'),
            ('/usr/bin/allowed', ima.digest_of('another'),
             "Hashes for file /usr/bin/allowed don't match " +
             ima.digest_of('another'))):
        tpm.measure(path, digest)
        expect(node.attest() == 1, 'exit status')
        p.expect_fail(node, reason)
        p.expect_node_knows(node, 'fail', 'its log has one')
        tpm.boot('shim')
        p.enrol_again(node)
        expect(node.attest() == 0, 'rebooted: no pass: %s', p.reason(node))


@scenario
def file_not_listed(p):
    """a file that was measured is not in the list: FAIL, PCR 10 tells"""
    node, tpm = p.node_b, p.first
    tpm.hide(ima.line('/tmp/intruder'))
    tpm.measure('/usr/bin/allowed')
    expect(node.attest() == 1, 'exit status')
    p.expect_fail(node, 'IMA measurement list does not match TPM PCR')
    tpm.boot('shim')


@scenario
def rebooted_with_files(p):
    """a reboot with a runtime policy fails upstream until enrolled anew"""
    node, tpm = p.node_b, p.first
    p.enrol_again(node)
    expect(node.attest() == 0, 'no pass: %s', p.reason(node))
    tpm.boot('shim')
    tpm.measure('/usr/bin/allowed')
    expect(node.attest() == 1, 'exit status')
    p.expect_fail(node, 'IMA measurement list does not match TPM PCR')
    p.expect_node_knows(node, 'fail', 'its log has one')
    p.enrol_again(node)
    expect(node.attest() == 0, 'no pass: %s', p.reason(node))


@scenario
def clock_set_back(p):
    """a boot before the last one: refused with 422, the node says for what"""
    node, tpm = p.node_b, p.first
    tpm.boot('shim', at=tpm.booted - 3600)
    expect(node.attest() == 1, 'exit status')
    attempt = node.verdict()['attempt']
    expect(attempt['outcome'] == 'refused' and
           'status 422' in attempt['reason'] and
           'boot_time' in attempt['reason'], '%s', attempt)
    p.expect_node_knows(node, 'undecided')
    tpm.boot('shim')


@scenario
def other_kernel_same_files(p):
    """both policies and a changed boot event: FAIL for the event alone"""
    node = p.node_b
    p.first.boot('shim-changed')
    p.enrol_again(node)
    expect(node.attest() == 1, 'exit status')
    p.expect_fail(node, 'Boot attestation failed .* reason=.*bsas')
    expect('IMA' not in p.reason(node), '%s', p.reason(node))
    p.first.boot('shim')


@scenario
def cheats(p):
    """old evidence, another nonce, another key: FAIL, each for its reason"""
    node, good = p.node_b, os.path.join(p.dir, 'good.cmw')
    p.enrol_again(node)
    expect(node.attest() == 0, 'no pass: %s', p.reason(node))
    shutil.copy(os.path.join(node.dir, 'state', 'evidence.json'), good)
    for args, reason in (
            (('resend', good), 'nonce from the attestation differs'),
            (('other-nonce',), 'nonce from the attestation differs'),
            (('other-key',), r'exceptions\.InvalidSignature')):
        p.enrol_again(node)
        node.cheat(*args)
        p.expect_fail(node, reason)
    p.enrol_again(node)
    expect(node.attest() == 0, 'honest again: no pass')


@scenario
def throttled(p):
    """a stranger used up the sessions of this id: Retry-After is kept to"""
    def measured():
        with open(node.log, encoding='utf-8') as log:
            return 'firmware measured' in log.read()

    # what its first pass finds is news, which does not go before that either
    node = p.node(p.first, 'interop-throttled', firmware_interval='4s')
    allowed = 3
    p.upstream.relaunch(session_create_rate_limit_per_agent=allowed)
    for _ in range(allowed):
        expect(p.upstream.open_session(node.id) == (200, None), 'no session')
    start = time.time()
    expect(p.upstream.open_session(node.id) == (429, '60'), 'no limit')
    # each request is in the log before it is answered
    tries = p.upstream.count_log('POST /v3.0/sessions')
    node.start()
    wait_for('throttled', lambda: node.outcome() == 'throttled')
    attempt = node.verdict()['attempt']
    # whole seconds, in what upstream says and in what the node writes
    expect(seconds(attempt['next_at']) >= start + 60 - 2, '%s', attempt)
    wait_for('a first pass', measured)
    wait_for('all waits that nobody ordered', lambda: time.time() >
             seconds(attempt['at']) + 3 * BACKOFF_MAX)
    expect(time.time() < seconds(attempt['next_at']), 'too slow to say')
    expect(p.upstream.count_log('POST /v3.0/sessions') == tries + 1, 'tried')
    expect(node.verdict()['attempt'] == attempt, '%s', node.verdict())
    expect(node.stop() == 0, 'attestd does not end well')
    p.upstream.relaunch()


@scenario
def firmware_in_pcr_23(p):
    """PCR 23 holds the firmware's digest: PASS for known firmware alone"""
    def claims(name, version):
        path = os.path.join(p.dir, name)
        with open(path, 'w', encoding='utf-8') as f:
            json.dump({'at': time.time(), 'firmware': {'bmc': version}}, f)
        return path

    tpm = p.tpm('tpm-firmware')
    tpm.boot('shim')
    now = claims('firmware-now.json', '1.2')
    node = p.node(tpm, 'interop-firmware', firmware_pcr='true',
                  firmware_claims=now)
    # an update that is rolled out: the old version and the new one
    known = [claims('firmware-1.json', '1.2'),
             claims('firmware-2.json', '1.3')]
    policy = node.ctl('firmware', 'pcr', *known)
    expect(node.attest() == 1, 'exit status')
    p.upstream.command('tenant', '-c', 'add', '--push-model', '-u', node.id,
                       '--tpm_policy', policy, '--mb-policy', p.mb_file)
    for n, version in enumerate(('1.2', '1.2', '1.3'), 1):
        claims('firmware-now.json', version)
        expect(node.attest() == 0, 'no pass: %s', p.reason(node))
        p.expect_pass(node, n)
    claims('firmware-now.json', '1.4')
    expect(node.attest() == 1, 'exit status')
    p.expect_fail(node, 'PCR #23: .* does not match expected value')
    expect('firmware_pcr' not in node.verdict()['attempt'],
           '%s', node.verdict())


@scenario
def second_tpm(p):
    """another TPM takes the id: identity-conflict, the first undisturbed"""
    p.enrol_again(p.node_a)
    registered = p.upstream.registration(p.node_a.id)
    second = p.tpm('tpm2')
    second.boot('shim')
    node = p.node(second, p.node_a.id, name='interop-node-a2')
    expect(node.attest() == 1, 'exit status')
    expect(node.outcome() == 'identity-conflict', '%s', node.verdict())
    expect('regdelete' in node.verdict()['attempt']['advice'], 'no advice')
    p.expect_node_knows(node, 'undecided')
    expect(p.upstream.registration(p.node_a.id) == registered,
           'the registration is another one')
    expect(p.node_a.attest() == 0, 'no pass')
    p.expect_pass(p.node_a)


@scenario
def ecc_ak(p):
    """an ECC AK, which Keylime does not take: it uses its RSA AK, PASS"""
    node = p.node(p.first, 'interop-ecc', ak_type='p256')
    expect(node.attest() == 1 and node.outcome() == 'waiting-for-enrolment',
           '%s', node.verdict())
    p.upstream.enrol(node.id, pcrs=ZERO)
    expect(node.attest() == 0, '%s', node.verdict())
    p.expect_pass(node)


@scenario
def named_by_ek(p):
    """plain HTTP, id hash_ek: the id is the EK's digest; PASS"""
    node = p.node(p.first, 'hash_ek', allow_plain_http='true',
                  registrar_urls='[%s]' % p.upstream.registrar_plain_url)
    expect(node.attest() == 1, 'exit status')
    node.id = node.verdict()['agent_id']
    record = p.upstream.registration(node.id)
    expect(record, 'not registered')
    pem = subprocess.run(
        ['openssl', 'x509', '-inform', 'DER', '-noout', '-pubkey'],
        input=base64.b64decode(record['ekcert']), stdout=subprocess.PIPE,
        check=True).stdout
    expect(node.id == hashlib.sha256(pem).hexdigest(), 'id %s', node.id)
    p.upstream.enrol(node.id, pcrs=ZERO, mb_policy={})
    expect(node.attest() == 0, 'no pass: %s', p.reason(node))
    p.expect_pass(node)


@scenario
def no_policy(p):
    """enrolled without any policy: the node says so"""
    node = p.node(p.first, 'interop-no-policy')
    expect(node.attest() == 1, 'exit status')
    p.upstream.enrol(node.id)
    expect(node.attest() == 1, 'exit status')
    expect(node.outcome() == 'no-policy', '%s', node.verdict())


@scenario
def deleted(p):
    """deleted at both ends: registers again by itself and waits"""
    p.upstream.delete(p.node_a.id)
    p.upstream.unregister(p.node_a.id)
    p.node_a.start()
    wait_for('registration', lambda: p.upstream.registration(p.node_a.id))
    wait_for('waiting-for-enrolment', lambda: p.node_a.outcome() ==
             'waiting-for-enrolment')
    p.upstream.unregister(p.node_a.id)
    wait_for('registration', lambda: p.upstream.registration(p.node_a.id))
    p.node_a.pause('waiting-for-enrolment')
    p.upstream.enrol(p.node_a.id, pcrs=ZERO, mb_policy=p.mb_policy)
    p.node_a.resume()
    p.expect_pass(p.node_a)
    expect(p.node_a.stop() == 0, 'attestd does not end well')
