"""A node as operators have it: Debian with systemd and our packages, on a disk.

Kernel, keys, firmware, TPM, BMC and chip are those of mini.py's guests, but its
root is ext4, which IMA measures, and its units and timers alone do the work:
the host looks at it through the agent on the virtio port, and answers as
verifier. A guest that runs is saved, with its TPM, and restored in a second.
"""
import glob
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

import mini
from machine import tail

CHAIN = ["virtio_pci", "virtio_blk", "virtio_console", "crc32c_generic",
         "ext4", "efivarfs"]
DRIVERS = ["virtio_net", "virtio_rng", "ipmi_si", "ipmi_devintf", "block2mtd",
           "autofs4", "fuse", "configfs"]
ROOT_MB = 900
APPEND = ("console=ttyS0 quiet systemd.show_status=0 panic=-1 no_timer_check "
          "root=/dev/vda rw ima_policy=tcb ima_hash=sha256")
BASE = ["systemd", "systemd-sysv", "systemd-boot-efi", "udev", "kmod", "procps"]
NOT_IN_ROOT = ("doc", "man", "locale")
MASKED = ["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
          "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
          "getty.target", "systemd-logind.service",
          "systemd-update-utmp.service",
          "systemd-update-utmp-runlevel.service",
          # Debian 12 keeps no log of what these extend
          "systemd-pcrphase.service", "systemd-pcrphase-sysinit.service"]
UUID = "11111111-2222-3333-4444-555555555555"
# what nodes write themselves, and what is theirs alone
NOT_JUDGED = ["/var/.*", "/etc/attestd/.*", "/etc/resolv\\.conf"]


def missing():
    """The first thing that is needed beside mini.py's, and is not here."""
    if os.geteuid() != 0:
        return "root, which makes the node's file system,"
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    for tool in ("dh", "dpkg-buildpackage", "git", "ip", "mke2fs", "mmdebstrap",
                 "objcopy", "systemctl", "unshare"):
        if shutil.which(tool, path=path) is None:
            return tool
    for what, words in (("a repository of git", ["git", "rev-parse", "HEAD"]),
                        ("a namespace for mounts and one for a network",
                         ["unshare", "-m", "-n", "true"])):
        if subprocess.run(words, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode != 0:
            return what
    return None


def suite():
    """What is built here runs in a guest of the same edition."""
    with open("/etc/os-release", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split("=", 1) for line in f
                    if "=" in line).get("VERSION_CODENAME", "")


# -- the image ---------------------------------------------------------------


def built(at):
    """Whether packages of this commit are there, all of them."""
    tars = glob.glob(f"{at}/*.orig.tar.gz")
    if len(tars) != 1 or not glob.glob(f"{at}/*.changes"):
        return False
    said = subprocess.run(f"zcat {shlex.quote(tars[0])} | "
                          "git get-tar-commit-id", shell=True, check=False,
                          stdout=subprocess.PIPE, text=True, timeout=60).stdout
    return said == mini.shell("git", "rev-parse", "HEAD")


def depends(debs):
    """Names of packages that these need, of alternatives the first."""
    names, ours = set(), set()
    for deb in debs:
        ours.add(mini.shell("dpkg-deb", "-f", deb, "Package").strip())
        for field in ("Depends", "Pre-Depends"):
            said = mini.shell("dpkg-deb", "-f", deb, field).strip()
            names |= {part.split("|")[0].split("(")[0].split(":")[0].strip()
                      for part in said.split(",") if part.strip()}
    return sorted(names - ours)


def base_root(work, more):
    """A tar of Debian with these packages, made once."""
    want = BASE + more
    key = hashlib.sha256(" ".join([suite(), *want]).encode()).hexdigest()[:12]
    path = f"{work}/debian-{key}.tar"
    if os.path.exists(path):
        return path
    for old in glob.glob(f"{work}/debian-*.tar"):
        os.unlink(old)
    mirror = [os.environ["VM_MIRROR"]] if "VM_MIRROR" in os.environ else []
    with open(f"{work}/mmdebstrap.log", "wb") as log:
        done = subprocess.run(
            ["mmdebstrap", "--variant=minbase", "--include=" + ",".join(want),
             *(f"--dpkgopt=path-exclude=/usr/share/{d}/*"
               for d in NOT_IN_ROOT), suite(), f"{path}.new.tar", *mirror],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=900,
            check=False)
    if done.returncode != 0:
        sys.exit(f"mmdebstrap: {tail(f'{work}/mmdebstrap.log')}")
    os.rename(f"{path}.new.tar", path)
    return path


def install_modules(kernel, tree):
    version = os.listdir(f"{kernel}/lib/modules")[0]
    top = f"usr/lib/modules/{version}"
    for path in mini.modules(kernel, CHAIN + DRIVERS):
        to = f"{tree}/{top}" + path.split(version, 1)[1]
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy(path, to)
    for name in ("builtin", "builtin.modinfo", "order"):
        shutil.copy(f"{kernel}/lib/modules/{version}/modules.{name}",
                    f"{tree}/{top}/")
    mini.shell("/sbin/depmod", "-b", tree, version)


def write(tree, path, text, mode=0o644):
    os.makedirs(os.path.dirname(f"{tree}{path}"), exist_ok=True)
    with open(f"{tree}{path}", "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(f"{tree}{path}", mode)


def settings(tree):
    """What an installer of machines writes."""
    write(tree, "/etc/hostname", "vmnode\n")
    write(tree, "/etc/hosts", "127.0.0.1 localhost vmnode\n")
    write(tree, "/etc/machine-id", "00112233445566778899aabbccddeeff\n")
    write(tree, "/etc/fstab", "/dev/vda / ext4 defaults 0 0\n")
    write(tree, "/etc/systemd/network/net.network",
          "[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\n"
          "Gateway=10.0.2.2\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n")
    write(tree, "/etc/modules-load.d/chip.conf", "block2mtd\nipmi_devintf\n")
    write(tree, "/etc/modprobe.d/chip.conf",
          "options block2mtd block2mtd=/dev/vdb,65536,BIOS\n")
    for unit in MASKED:
        at = f"{tree}/etc/systemd/system/{unit}"
        if not os.path.lexists(at):
            os.symlink("/dev/null", at)
    guest = f"{mini.HERE}/guest"
    shutil.copy(f"{guest}/agent", f"{tree}/usr/local/sbin/test-agent")
    os.chmod(f"{tree}/usr/local/sbin/test-agent", 0o755)
    shutil.copy(f"{guest}/test-agent.service",
                f"{tree}/etc/systemd/system/test-agent.service")
    systemctl(tree, "set-default", "multi-user.target")
    systemctl(tree, "enable", "test-agent.service",
              "systemd-networkd.service",
              "systemd-networkd-wait-online.service")


def dpkg(tree, debs):
    """Installs them in the root: no service manager is there to be asked."""
    policy = "/usr/sbin/policy-rc.d"
    write(tree, policy, "#!/bin/sh\nexit 101\n", 0o755)
    # /proc goes with the namespace
    mini.shell("unshare", "-m", "sh", "-c",
               'mount -t proc proc "$0/proc" && exec dpkg --root="$0" -i "$@"',
               tree, *debs, stderr=subprocess.STDOUT)
    os.unlink(f"{tree}{policy}")


def systemctl(tree, *words):
    mini.shell("systemctl", f"--root={tree}", *words,
               stderr=subprocess.DEVNULL)


def file_digests(tree):
    """{path: [digest]} of all that the image has, for a runtime policy."""
    found = {}
    for top, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(top, name)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                digest = hashlib.sha256(f.read()).hexdigest()
            found[path.removeprefix(tree)] = [f"sha256:{digest}"]
    return found


def runtime_policy(digests, ident, group):
    return {"format": "attestd-runtime-policy/1", "id": ident, "version": 1,
            "match": {"groups": [group]}, "digests": digests,
            "excludes": NOT_JUDGED, "violations": "excluded"}


def make_disk(tree, path):
    if os.path.exists(path):
        os.unlink(path)
    mini.shell("/sbin/mke2fs", "-q", "-t", "ext4", "-d", tree, "-L", "root",
               "-O", "^metadata_csum,^64bit", "-U", UUID, "-E",
               "lazy_itable_init=1,lazy_journal_init=1", path, f"{ROOT_MB}M",
               stderr=subprocess.STDOUT)


def make_initrd(kernel, path):
    """Mounts the root, and goes on there. Returns {path: [digest]} of it."""
    tree = f"{path}.tree"
    shutil.rmtree(tree, ignore_errors=True)
    for d in ("bin", "dev", "proc", "sys"):
        os.makedirs(f"{tree}/{d}")
    shutil.copy(mini.BUSYBOX, f"{tree}/bin/")
    shutil.copy(f"{mini.HERE}/guest/init", f"{tree}/init")
    mini.put_modules(kernel, tree, CHAIN, [])
    mini.pack_initrd(tree, path)
    digests = file_digests(tree)
    shutil.rmtree(tree)
    return digests


def make_uki(kernel, stub, linux, initrd, path):
    """As ukify does, which Debian 12 has not; signed with our own key.

    The command line is not in it: the stub measures what it is given."""
    said = mini.shell("objdump", "-h", stub)
    at = max(int(m[2], 16) + int(m[1], 16) for m in re.finditer(
        r"^ +\d+ \S+ +([0-9a-f]{8})  ([0-9a-f]{16})", said, re.M))
    words = []
    for name, part in (("initrd", initrd), ("linux", linux)):
        at = (at + 0xfff) & ~0xfff
        words += ["--add-section", f".{name}={part}",
                  "--change-section-vma", f".{name}={at}"]
        at += os.path.getsize(part)
    mini.shell("objcopy", *words, stub, path)
    # objcopy writes the time into the PE header, which Authenticode hashes
    with open(path, "r+b") as f:
        f.seek(0x3c)
        pe = int.from_bytes(f.read(4), "little")
        f.seek(pe + 8)
        f.write(bytes(4))
        f.seek(pe + 88)
        f.write(bytes(4))
    mini.shell("sbsign", "--key", f"{kernel}/own.key", "--cert",
               f"{kernel}/own.pem", "--output", path, path,
               stderr=subprocess.DEVNULL)


def other_linux(linux, path):
    """Another build of the kernel."""
    with open(linux, "rb") as f:
        image = f.read()
    mark = b"(debian-kernel@lists.debian.org)"
    if mark not in image:
        sys.exit("the kernel's image does not tell who built it")
    with open(path, "wb") as f:
        f.write(image.replace(mark, mark.replace(b"debian", b"strang")))


# -- one node ----------------------------------------------------------------


class OwnDisk(mini.Disk):
    """A file that the guest changes."""

    def options(self, i):
        return ["-drive", f"file={self.path},if=none,id=d{i},format=raw,"
                          "cache=unsafe"]


def copy(source, to):
    mini.shell("cp", "--sparse=always", source, to)


class Node(mini.Guest):
    """Boots, or goes on where it was saved, at the beginning of a `with`.

    Its disk, variables and TPM are copies of those of SOURCE, the directory of
    a node that was powered off or saved; or new.
    """

    def __init__(self, s, name, source=None, resume=False, firmware="own",
                 kernel=None, append=APPEND, link=True, clock=None,
                 tpm=None):
        super().__init__(s.work, name, firmware, s.name,
                         [None, mini.Disk(s.board)], s.bmc)
        self.image, self.source, self.resume = s.image, source, resume
        self.disks[0] = OwnDisk(f"{self.run_dir}/disk")
        self.tpm, self.old_tpm = f"{self.run_dir}/tpm", tpm
        self.kernel, self.initrd = kernel or s.uki, None
        self.append = append
        self.link, self.clock = link, clock
        self.qmp_file = None

    def prepare(self):
        super().prepare()
        if self.source is None:
            copy(self.image, f"{self.run_dir}/disk")
            shutil.copytree(f"{self.work}/tpm/{self.node}", self.tpm)
        else:
            copy(f"{self.source}/disk", f"{self.run_dir}/disk")
            if self.firmware == "own":
                copy(f"{self.source}/vars", f"{self.run_dir}/vars")
            shutil.copytree(self.old_tpm or f"{self.source}/tpm", self.tpm)
        self.more_options = ["-qmp", f"unix:{self.sockets}/qmp,server=on,"
                                     "wait=off"]
        if self.clock:
            self.more_options += ["-rtc", f"base={self.clock}"]
        if self.resume:
            self.more_options += ["-incoming",
                                  f"exec:cat {self.source}/state"]
        elif not self.link:
            self.more_options += ["-S"]

    def connect(self):
        limit = time.monotonic() + mini.BOOT_LIMIT
        self.port = self.reach("port", limit)
        self.open_qmp(limit)
        if self.resume:
            self.wait_status("paused", "postmigrate", "prelaunch", "running")
            self.qmp("cont")
            self.must(f"date -s @{time.time():.0f}")
            return
        if not self.link:
            self.set_link(False)
            self.qmp("cont")
        if self.line(time.monotonic() + mini.BOOT_LIMIT) != b"ready":
            self.fail("the guest is not ready")

    def open_qmp(self, limit):
        qmp = self.reach("qmp", limit)
        qmp.settimeout(mini.LIMIT)
        self.qmp_file = qmp.makefile("rwb")
        qmp.close()
        self.qmp_file.readline()
        self.qmp("qmp_capabilities")

    def qmp(self, command, **arguments):
        self.qmp_file.write(json.dumps({"execute": command,
                                        "arguments": arguments}).encode())
        self.qmp_file.flush()
        while True:
            line = self.qmp_file.readline()
            if not line:
                self.fail(f"QEMU is gone: {command}")
            said = json.loads(line)
            if "error" in said:
                self.fail(f"QMP {command}: {said['error']}")
            if "return" in said:
                return said["return"]

    def wait_status(self, *wanted):
        limit = time.monotonic() + mini.LIMIT
        while self.qmp("query-status")["status"] not in wanted:
            if time.monotonic() > limit:
                self.fail("the saved guest does not come back")
            time.sleep(.02)

    def set_link(self, up):
        self.qmp("set_link", name="net", up=up)

    def save(self):
        """To run_dir/state, from which others go on; this one ends."""
        self.must("sync")
        self.qmp("stop")
        self.qmp("migrate", uri=f"exec:cat > {self.run_dir}/state")
        limit = time.monotonic() + mini.LIMIT
        while True:
            status = self.qmp("query-migrate")["status"]
            if status == "completed":
                break
            if status == "failed" or time.monotonic() > limit:
                self.fail(f"the guest is not saved: {status}")
            time.sleep(.05)
        self.qmp("quit")
        self.qemu.wait(30)

    def __exit__(self, kind=None, *_):
        if self.qmp_file is not None:
            self.qmp_file.close()
        # a guest of which the scenes have seen all ends at once
        super().__exit__(kind or SystemExit)

    def off(self, script=b"systemctl poweroff"):
        """In order, and its disk can be booted by another."""
        self.power_off(script)
