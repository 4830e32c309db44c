#!/usr/bin/env python3
"""Replay captured logs and compare with the PCRs that were read from the TPM.

usage: tests/vm/replay.py DIR...

DIR has uefi.bin, pcrs.txt and, where the boot made them, userspace.log and
ima.bin. Written apart from the product's parsers, to have a second opinion on
the vectors; it trusts its input. All 24 PCRs of all banks are compared. The IMA
log is read after the PCRs, so a beginning of it has to give PCR 10.
Exit status 1 if a PCR differs, or a digest is not that of the data beside it.
"""
import hashlib
import json
import os
import struct
import sys

ALGORITHMS = {0x4: "sha1", 0xb: "sha256", 0xc: "sha384", 0xd: "sha512"}
EV_NO_ACTION = 3
PCR_IMA = 10


def read(directory, name):
    path = os.path.join(directory, name)
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as f:
        return f.read()


def uefi_events(log):
    """-> (pcr, type, {bank: digest}, data) of a crypto-agile log."""
    size, = struct.unpack_from("<I", log, 28)
    spec, at = log[32:32 + size], 32 + size
    assert spec[:15] == b"Spec ID Event03"
    count, = struct.unpack_from("<I", spec, 24)
    sizes = dict(struct.iter_unpack("<HH", spec[28:28 + 4 * count]))
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        digests = {}
        for _ in range(count):
            alg, = struct.unpack_from("<H", log, at)
            digests[ALGORITHMS[alg]] = log[at + 2:at + 2 + sizes[alg]]
            at += 2 + sizes[alg]
        size, = struct.unpack_from("<I", log, at)
        yield pcr, kind, digests, log[at + 4:at + 4 + size]
        at += 4 + size


def userspace_events(log):
    """-> (pcr, {bank: digest}) of systemd's JSON text sequence (RFC 7464)."""
    for text in log.split(b"\x1e")[1:]:
        record = json.loads(text)
        string = record["content"]["string"].encode()
        digests = {d["hashAlg"]: bytes.fromhex(d["digest"])
                   for d in record["digests"]}
        for bank, digest in digests.items():
            assert digest == hashlib.new(bank, string).digest()
        yield record["pcr"], digests


def ima_entries(log):
    """-> (pcr, SHA-1 template digest, template data)."""
    at = 0
    while at < len(log):
        pcr, digest, size = struct.unpack_from("<I20sI", log, at)
        at += 28 + size
        size, = struct.unpack_from("<I", log, at)
        data = log[at + 4:at + 4 + size]
        assert digest in (hashlib.sha1(data).digest(), bytes(20))
        yield pcr, digest, data
        at += 4 + size


def ima_extension(entry, bank, padded):
    """What the kernel extends: the bank's own hash of the template data, ones
    for a violation; in a bank whose hash is a module that was not there when
    IMA started (PADDED), the SHA-1 digest filled up with zeros."""
    _, digest, data = entry
    size = hashlib.new(bank).digest_size
    if not any(digest):
        return b"\xff" * size
    if padded:
        return digest.ljust(size, b"\0")
    return hashlib.new(bank, data).digest()


def extend(bank, value, digest):
    return hashlib.new(bank, value + digest).digest()


def ima_prefix(entries, bank, start, want):
    """-> (entries used, padded) for the longest beginning that gives WANT."""
    for padded in (False, True):
        value, used = start, 0 if want == start else None
        for n, entry in enumerate(entries, 1):
            value = extend(bank, value, ima_extension(entry, bank, padded))
            if value == want:
                used = n
        if used is not None:
            return used, padded
    return None


def reset_values(bank, events):
    """PCR 0 starts at the startup locality, 17-22 at ones, others at zero."""
    size = hashlib.new(bank).digest_size
    values = {i: bytes(size) for i in range(24)}
    values.update((i, b"\xff" * size) for i in range(17, 23))
    for _, kind, _, data in events:
        if kind == EV_NO_ACTION and data[:16] == b"StartupLocality\0":
            values[0] = bytes(size - 1) + data[16:17]
    return values


def read_pcrs(text):
    pcrs = {}
    for line in text.decode("ascii").splitlines():
        bank, index, value = line.split(" ")
        pcrs.setdefault(bank, {})[int(index)] = bytes.fromhex(value)
    return pcrs


def check(directory):
    """Print a line for each bank; the number of PCRs that differ."""
    events = list(uefi_events(read(directory, "uefi.bin")))
    userspace = list(userspace_events(read(directory, "userspace.log")))
    ima = list(ima_entries(read(directory, "ima.bin")))
    assert all(pcr == PCR_IMA for pcr, _, _ in ima)
    bad = 0
    for bank, want in read_pcrs(read(directory, "pcrs.txt")).items():
        values = reset_values(bank, events)
        for pcr, kind, digests, _ in events:
            if kind != EV_NO_ACTION:
                values[pcr] = extend(bank, values[pcr], digests[bank])
        for pcr, digests in userspace:
            values[pcr] = extend(bank, values[pcr], digests[bank])
        found = ima_prefix(ima, bank, values[PCR_IMA], want[PCR_IMA])
        if found:
            values[PCR_IMA] = want[PCR_IMA]
        wrong = [i for i in range(24) if values[i] != want.get(i)]
        bad += len(wrong)
        used, padded = found or (0, False)
        print(f"{directory} {bank}: {24 - len(wrong)} of 24 PCRs match; "
              f"{len(events)} UEFI and {len(userspace)} userspace events, "
              f"{used} of {len(ima)} IMA entries"
              + (" (padded SHA-1)" if padded else "")
              + (f"; WRONG: {wrong}" if wrong else ""))
    return bad


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    passed = failed = 0
    for directory in sys.argv[1:]:
        if check(directory):
            failed += 1
        else:
            passed += 1
    print(f"replay: {passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
