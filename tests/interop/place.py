"""Where scenarios happen: upstream, our verifier, nodes and their TPMs."""
import json
import os
import re
import shutil

import ima
from harness import expect, wait_for
from node import Node, Tpm
from upstream import Upstream

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BOOTS = os.path.join(TREE, 'tests', 'vectors', 'boots')
ZERO = {23: '00' * 32}  # a PCR that nothing extends: the quote must have it


class Place:
    """All that the scenarios use; they run in the order of this file."""

    def __init__(self, bin_dir):
        self.bin = bin_dir
        self.dir = os.path.join(bin_dir, 'interop', 'run')
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.tool = os.path.join(bin_dir, 'tests', 'tools', 'att-tpm')
        self.upstream = Upstream(os.path.join(self.dir, 'keylime'))
        self.tpms, self.nodes = [], []
        self.ours = self.agent = None

    def tpm(self, name):
        tpm = Tpm(self.dir, name, self.tool, BOOTS)
        self.tpms.append(tpm)
        return tpm

    def node(self, tpm, ident, server=None, **config):
        node = Node(tpm, self.bin, server or self.upstream, ident, **config)
        self.nodes.append(node)
        return node

    def set_up(self):
        self.upstream.start()
        self.first = self.tpm('tpm')
        self.first.boot('shim')
        # what an operator makes of a good boot
        self.mb_file = os.path.join(self.dir, 'mb-policy.json')
        self.upstream.command(
            'keylime_policy', 'create', 'measured-boot', '-e',
            os.path.join(BOOTS, 'shim', 'uefi.bin'), '-o', self.mb_file)
        with open(self.mb_file, encoding='utf-8') as f:
            self.mb_policy = json.load(f)
        self.runtime_policy = ima.runtime_policy(
            ima.SYSTEM + ('/usr/bin/allowed',))
        self.runtime_file = os.path.join(self.dir, 'runtime-policy.json')
        with open(self.runtime_file, 'w', encoding='utf-8') as f:
            json.dump(self.runtime_policy, f)
        # the node that most scenarios use
        self.node_a = self.node(self.first, 'interop-node-a')
        # the one with a runtime policy besides
        self.node_b = self.node(self.first, 'interop-node-b')

    def enrol_again(self, node):
        """FAIL stays at upstream until the node is enrolled anew, and a node
        with a runtime policy fails after each reboot until it is."""
        self.upstream.delete(node.id)
        self.upstream.enrol(
            node.id, pcrs=ZERO, mb_policy=self.mb_policy,
            runtime_policy=self.runtime_policy if node is self.node_b
            else None)

    def tear_down(self):
        """Ends all that was started, whatever state it is in."""
        for thing in self.nodes + [self.agent] + self.tpms + [
                self.ours, self.upstream]:
            try:
                if thing is not None:
                    thing.stop()
            except (OSError, subprocess.SubprocessError) as e:
                print('tear down: %s' % e)

    # -- what both ends say -------------------------------------------------

    def count(self, node):
        return self.upstream.agent(node.id)['attestation_count'] or 0

    def expect_pass(self, node, at_least=1):
        """PASS at upstream so many times, and the node knows. Is attestd
        running, it is held for the look: nothing changes meanwhile."""
        wait_for('%d passes' % at_least, lambda: self.count(node) >= at_least)
        if node.daemon:
            node.pause()
        record = self.upstream.agent(node.id)
        expect(record['attestation_status'] == 'PASS', 'upstream says %s: %s',
               record['attestation_status'], self.reason(node))
        status, text = node.status()
        expect(status == 0 and text.startswith('TRUSTED'),
               'attestctl status: %d, %s', status, text)
        verdict = node.verdict()
        expect(verdict['status'] == 'pass' and
               verdict['verifier'] == self.upstream.verifier_url,
               'verdict.json: %s', verdict)
        if node.daemon:
            node.resume()

    def expect_fail(self, node, *reasons):
        """FAIL at upstream, for these reasons as it logged them."""
        wait_for('FAIL at upstream', lambda: self.upstream.agent(
            node.id)['attestation_status'] == 'FAIL')
        why = self.reason(node)
        for reason in reasons:
            expect(re.search(reason, why), 'no "%s" in: %s', reason, why)

    def expect_node_knows(self, node, status, text=''):
        verdict = node.verdict()
        expect(verdict.get('status') == status and
               text in verdict['reason'], 'verdict.json: %s', verdict)
        code, said = node.status()
        expect(code == 1 and not said.startswith('TRUSTED'),
               'attestctl status: %d, %s', code, said)

    def reason(self, node):
        lines = self.upstream.appraisal(node.id).split('\n')
        return '\n'.join(line for line in lines if re.search(
            'ERROR|CRITICAL|WARNING|Exception|Invalid|passed|failed', line)
            and 'not found in tpm_policy, skipping' not in line)

    def recover(self):
        """After a failure: the next scenario begins as if there was none."""
        for node in self.nodes:
            node.stop()
        self.upstream.relaunch()
        self.first.boot('shim')
        for node in (self.node_a, self.node_b):
            if self.upstream.registration(node.id):
                self.enrol_again(node)
