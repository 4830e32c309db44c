"""IMA lists as the kernel shows them, template ima-ng with SHA-256 digests,
and Keylime's runtime policy for what they list. No code is shared with the
programs that read them.
"""
import hashlib
import struct

PCR = 10
SYSTEM = ('/usr/bin/bash', '/usr/lib/systemd/systemd', '/usr/sbin/sshd')


def digest_of(path):
    """Of the file that is at this path, in these tests."""
    return hashlib.sha256(path.encode()).hexdigest()


def _field(data):
    return struct.pack('<I', len(data)) + data


def line(path, digest=None):
    """The entry of a file, with its line feed."""
    digest = digest or digest_of(path)
    data = (_field(b'sha256:\0' + bytes.fromhex(digest)) +
            _field(path.encode() + b'\0'))
    return '%2d %s ima-ng sha256:%s %s\n' % (
        PCR, hashlib.sha1(data).hexdigest(), digest, path)


def boot_aggregate(pcrs):
    """The first entry of a boot; pcrs: what att-tpm prints."""
    value = {}
    for row in pcrs.splitlines():
        bank, index, hexed = row.split()
        if bank == 'sha256':
            value[int(index)] = bytes.fromhex(hexed)
    joined = b''.join(value[i] for i in range(10))
    return line('boot_aggregate', hashlib.sha256(joined).hexdigest())


def runtime_policy(paths):
    """What Keylime checks the list with. boot_aggregate it takes from the
    boot log, which goes along."""
    return {
        'meta': {'version': 1, 'generator': 3}, 'release': 0,
        'digests': {path: [digest_of(path)] for path in paths},
        'excludes': [], 'keyrings': {},
        'ima': {'ignored_keyrings': [], 'log_hash_alg': 'sha1',
                'dm_policy': None},
        'ima-buf': {}, 'verification-keys': ''}
