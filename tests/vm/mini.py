"""A small guest: Debian's kernel under OVMF, busybox, and our own programs.

No disk and no systemd: the kernel is started by QEMU through the firmware, so
that Secure Boot judges it (signed with OVMF's published test key) and measures
it; a TPM, an IPMI BMC, MTD devices and the host's loopback are real to it. The
host sends commands one by one. Boots in 15 s under TCG; needs root for nothing.
"""
import base64
import fcntl
import glob
import lzma
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from bmc import Bmc
from machine import end, start_tpm, tail

HERE = os.path.dirname(os.path.abspath(__file__))
OVMF = "/usr/share/OVMF"
TEST_KEY = "/usr/share/ovmf/PkKek-1-snakeoil"
QEMU = "qemu-system-x86_64"
# Code, variables, SMM. Secure Boot is off, or on and the kernel locks itself
# down: with OVMF's published test key, or with a key of our own in its place.
FIRMWARE = {
    "plain": (f"{OVMF}/OVMF_CODE_4M.fd", f"{OVMF}/OVMF_VARS_4M.fd", False),
    "snakeoil": (f"{OVMF}/OVMF_CODE_4M.secboot.fd",
                 f"{OVMF}/OVMF_VARS_4M.snakeoil.fd", True),
    "own": (f"{OVMF}/OVMF_CODE_4M.secboot.fd", "own-vars", True),
}
TEST_KEY_NAME = "/C=US/ST=Colorado/L=Fort Collins/O="  # and 8 characters
MODULES = ["virtio_pci", "virtio_console", "virtio_blk", "virtio_net",
           "virtio_rng", "efivarfs", "block2mtd", "ipmi_si", "ipmi_devintf"]
# in /m, for a scene to load
MORE_MODULES = ["mtdram", "phram"]
BUSYBOX = "/bin/busybox"
# seconds, of which a busy machine takes many: none is one that scenes measure
BOOT_LIMIT = 600
LIMIT = 300
# started by others at run time, so no program is linked with it
LOADED = ["libtss2-tcti-device.so.0"]


def missing():
    """The first thing that is needed and is not here; None if all is."""
    for f in (f"{OVMF}/OVMF_CODE_4M.secboot.fd", f"{TEST_KEY}.key", BUSYBOX):
        if not os.path.exists(f):
            return f
    return next((t for t in (QEMU, "swtpm_setup", "sbsign", "depmod", "cpio",
                             "zstd", "apt-get")
                 if shutil.which(t, path=os.environ["PATH"] +
                                 ":/usr/sbin:/sbin") is None), None)


def shell(*args, **kw):
    return subprocess.run(args, check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, timeout=300,
                          **kw).stdout


# -- kernel and initramfs ------------------------------------------------------


def download(to):
    """Debian's kernel of this host's suite; its lists may be old."""
    for attempt in range(2):
        # fails where there are no lists at all
        said = subprocess.run(["apt-cache", "depends", "linux-image-amd64"],
                              stdout=subprocess.PIPE, text=True, check=False,
                              timeout=300).stdout
        found = re.search(r"Depends: (linux-image-[0-9]\S+)", said)
        if found:
            subprocess.run(
                ["apt-get", "-qq", "-o", "APT::Sandbox::User=root",
                 "download", found[1]], cwd=to, check=False, timeout=300)
        got = glob.glob(f"{to}/linux-image-*.deb")
        if got:
            return got[0]
        if attempt == 0:
            shell("apt-get", "-qq", "update")
    sys.exit("no kernel can be downloaded: linux-image-amd64")


def own_key(to):
    """Where the variables have the test key they get ours, of equal length."""
    shell("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
          "36500", "-set_serial", "0x10" + 19 * "11", "-subj",
          TEST_KEY_NAME + "VmTest01", "-keyout", f"{to}/own.key", "-out",
          f"{to}/own.pem", stderr=subprocess.DEVNULL)
    theirs, ours = (subprocess.run(
        ["openssl", "x509", "-in", pem, "-outform", "DER"], check=True,
        stdout=subprocess.PIPE).stdout
        for pem in (f"{TEST_KEY}.pem", f"{to}/own.pem"))
    with open(FIRMWARE["snakeoil"][1], "rb") as f:
        variables = f.read()
    if len(theirs) != len(ours) or variables.count(theirs) != 3:
        sys.exit("the test key is not in PK, KEK and db, or of another form")
    with open(f"{to}/own-vars", "wb") as f:
        f.write(variables.replace(theirs, ours))


def sign(to, kernel):
    """By both keys, as PE images can be."""
    shell("openssl", "rsa", "-in", f"{TEST_KEY}.key", "-passin",
          "pass:snakeoil", "-out", f"{to}/test.key",
          stderr=subprocess.DEVNULL)
    for key, cert, image in (
            (f"{to}/test.key", f"{TEST_KEY}.pem", kernel),
            (f"{to}/own.key", f"{to}/own.pem", f"{to}/vmlinuz")):
        shell("sbsign", "--key", key, "--cert", cert, "--output",
              f"{to}/vmlinuz", image, stderr=subprocess.DEVNULL)


def kernel_of(work):
    """Work directories that lie beside each other share it."""
    return f"{os.path.dirname(work)}/kernel"


def prepare(work):
    """Once: the kernel unpacked and signed. Returns where it is."""
    base = kernel_of(work)
    with open(f"{base}.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(base):
            unpack(base)
    return base


def unpack(base):
    new = f"{base}.new"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(new)
    deb = download(new)
    shell("dpkg-deb", "-x", deb, new)
    os.unlink(deb)
    if not os.path.isdir(f"{new}/lib"):
        os.symlink("usr/lib", f"{new}/lib")
    version = os.listdir(f"{new}/lib/modules")[0]
    shell("/sbin/depmod", "-b", new, version)
    own_key(new)
    sign(new, f"{new}/boot/vmlinuz-{version}")
    os.rename(new, base)


def modules(base, wanted):
    """Paths of what these need, in the order in which they are loaded."""
    version = os.listdir(f"{base}/lib/modules")[0]
    order = []
    for m in wanted:
        said = shell("/sbin/modprobe", "-d", base, "-S", version,
                     "--show-depends", m)
        for path in re.findall(r"^insmod (\S+)", said, re.M):
            if path not in order:
                order.append(path)
    return order


def put_modules(base, tree, wanted=None, later=MORE_MODULES):
    """In /m, and in /m/order those that init loads."""
    names = []
    os.mkdir(f"{tree}/m")
    for path in modules(base, wanted or MODULES + MORE_MODULES):
        name = os.path.basename(path).removesuffix(".xz")
        with open(path, "rb") as f:
            data = f.read()
        if path.endswith(".xz"):
            data = lzma.decompress(data)
        with open(f"{tree}/m/{name}", "wb") as f:
            f.write(data)
        if name.removesuffix(".ko") not in later:
            names.append(name)
    with open(f"{tree}/m/order", "w", encoding="ascii") as f:
        f.write("".join(f"{n}\n" for n in names))


def libraries(programs):
    """What these are linked with, as far as it goes, and LOADED."""
    found = set()
    cache = shell("/sbin/ldconfig", "-p")
    loaded = [re.search(rf"{re.escape(n)} \(.*x86-64.*\) => (\S+)", cache)
              for n in LOADED]
    for program in list(programs) + [m[1] for m in loaded if m]:
        found.update(re.findall(r"(/\S+) \(0x", shell("ldd", program)))
    return found | {m[1] for m in loaded if m}


def pack_initrd(tree, path):
    """The same bytes of the same tree."""
    subprocess.run(
        f"cd {shlex.quote(tree)} && find . -exec touch -h -d @0 {{}} + && "
        "find . -print0 | sort -z | "
        "cpio --null -o -H newc --reproducible --quiet -R 0:0 | zstd -q "
        f"-o {shlex.quote(path)} -f", shell=True, check=True, timeout=120)


def make_initrd(base, programs, path):
    """busybox, modules, PROGRAMS in /usr/bin, and the libraries of those."""
    with tempfile.TemporaryDirectory() as tree:
        for d in ("bin", "dev", "proc", "sys", "run", "tmp", "root", "etc",
                  "usr/bin", "var/tmp", "var/lib"):
            os.makedirs(f"{tree}/{d}")
        shutil.copy(BUSYBOX, f"{tree}/bin/")
        shutil.copy(f"{HERE}/guest/mini-init", f"{tree}/init")
        os.chmod(f"{tree}/init", 0o755)
        put_modules(base, tree)
        for p in programs:
            shutil.copy(p, f"{tree}/usr/bin/")
            shell("strip", f"{tree}/usr/bin/{os.path.basename(p)}")
        for lib in libraries(programs):
            os.makedirs(tree + os.path.dirname(lib), exist_ok=True)
            shutil.copy(lib, tree + lib)
        pack_initrd(tree, path)


# -- one guest -----------------------------------------------------------------


class Disk:
    """A file that guests may write as they like: it stays as it is."""

    def __init__(self, path):
        self.path = path

    def options(self, i):
        return ["-drive", f"file={self.path},if=none,id=d{i},format=raw,"
                          "snapshot=on"]


class FaultyDisk(Disk):
    """A file that is only read, and not at this offset: EIO."""

    def __init__(self, path, offset):
        super().__init__(path)
        self.sector = offset // 512

    def options(self, i):
        return ["-blockdev",
                f"driver=raw,node-name=d{i},file.driver=blkdebug,"
                "file.image.driver=file,"
                f"file.image.filename={self.path},"
                "file.inject-error.0.event=read_aio,"
                "file.inject-error.0.errno=5,"
                f"file.inject-error.0.sector={self.sector}"]


class Guest:
    """Runs from start to the end of a `with`."""

    def __init__(self, work, name, firmware, node, disks, bmc):
        self.run_dir = f"{work}/runs/{name}"
        self.work, self.firmware, self.node = work, firmware, node
        # BMC: properties of QEMU's ipmi-bmc-sim, or an answer as of bmc.py
        self.disks, self.bmc = disks, bmc
        self.swtpm = self.qemu = self.port = None
        self.buffer = b""
        self.sockets = tempfile.mkdtemp(prefix="att-vm-")
        self.kernel = f"{kernel_of(work)}/vmlinuz"
        self.initrd = f"{work}/initrd"
        # an emulator on a busy machine is late with its timer
        self.append = "console=ttyS0 quiet panic=-1 no_timer_check"
        self.tpm = f"{work}/tpm/{node}"
        self.more_options = []

    def bmc_options(self):
        if isinstance(self.bmc, str):
            return ["-device", f"ipmi-bmc-sim,id=bmc,{self.bmc}"]
        return ["-chardev", f"socket,id=bmc0,path={self.sockets}/bmc,"
                            "reconnect=1",
                "-device", "ipmi-bmc-extern,id=bmc,chardev=bmc0"]

    def command(self):
        """TCG always: /dev/kvm of a nested host may open and not run this."""
        code, _, smm = FIRMWARE[self.firmware]
        cmd = [QEMU, "-machine", f"q35,smm={'on' if smm else 'off'}",
               "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1",
               "-m", "1024", "-nodefaults", "-display", "none", "-no-reboot",
               "-global", "ICH9-LPC.disable_s3=1"]
        if smm:
            cmd += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
        cmd += [
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}",
            "-drive", f"if=pflash,format=raw,unit=1,file={self.run_dir}/vars",
            "-kernel", self.kernel, "-append", self.append,
            "-chardev", f"socket,id=tpm,path={self.sockets}/swtpm.sock",
            "-tpmdev", "emulator,id=tpm0,chardev=tpm",
            "-device", "tpm-tis,tpmdev=tpm0",
            *self.bmc_options(), "-device", "isa-ipmi-kcs,bmc=bmc",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net",
            "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=port,path={self.sockets}/port,"
                        "server=on,wait=off",
            "-device", "virtserialport,chardev=port,name=attestd.test",
            "-smbios", "type=0,vendor=VmTestBIOS,version=1.2.3,"
                       "date=01/02/2024",
            "-smbios", "type=1,manufacturer=VmTest,product=Node9,"
                       "serial=SN000123,"
                       "uuid=01234567-89ab-cdef-0123-456789abcdef",
            "-serial", f"file:{self.run_dir}/serial.log"]
        if self.initrd:
            cmd += ["-initrd", self.initrd]
        for i, disk in enumerate(self.disks):
            cmd += disk.options(i) + [
                "-device", f"virtio-blk-pci,drive=d{i},rerror=report"]
        return cmd + self.more_options

    def prepare(self):
        """What the guest writes to, new."""
        shutil.rmtree(self.run_dir, ignore_errors=True)
        os.makedirs(self.run_dir)
        shutil.copy(os.path.join(kernel_of(self.work),
                                 FIRMWARE[self.firmware][1]),
                    f"{self.run_dir}/vars")

    def __enter__(self):
        self.prepare()
        try:
            if not isinstance(self.bmc, str):
                self.bmc = Bmc(f"{self.sockets}/bmc", self.bmc)
            self.swtpm = start_tpm(self.tpm, self.sockets)
            with open(f"{self.run_dir}/qemu.log", "wb") as log:
                self.qemu = subprocess.Popen(
                    self.command(), stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log)
            self.connect()
        except BaseException as e:
            self.__exit__(type(e))
            raise
        return self

    def __exit__(self, kind=None, *_):
        if kind is None and self.qemu is not None:
            self.power_off()
        for process in (self.qemu, self.swtpm):
            if process is not None:
                end(process)
        if self.port is not None:
            self.port.close()
        if isinstance(self.bmc, Bmc):
            self.bmc.close()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def power_off(self, script=b"poweroff -f"):
        """In order: TPMs count those who end without a word (lockout)."""
        self.port.sendall(b"10 %d\n" % len(script) + script)
        try:
            self.qemu.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.fail("the guest does not power off")

    def fail(self, why):
        print(tail(f"{self.run_dir}/serial.log"),
              tail(f"{self.run_dir}/qemu.log"), sep="\n", file=sys.stderr)
        sys.exit(f"{self.run_dir}: {why}")

    def reach(self, name, limit):
        """A socket of QEMU, which makes one after the other when it starts."""
        s = socket.socket(socket.AF_UNIX)
        while s.connect_ex(f"{self.sockets}/{name}") != 0:
            if self.qemu.poll() is not None or time.monotonic() > limit:
                self.fail(f"QEMU does not start: {self.qemu.returncode}")
            time.sleep(.01)
        return s

    def connect(self):
        limit = time.monotonic() + BOOT_LIMIT
        self.port = self.reach("port", limit)
        if self.line(limit) != b"ready":
            self.fail("the guest is not ready")

    def more(self, limit):
        self.port.settimeout(max(.01, limit - time.monotonic()))
        try:
            got = self.port.recv(65536)
        except TimeoutError:
            self.fail("the guest does not answer")
        except ConnectionError:
            got = b""
        if not got:
            self.qemu.wait(10)
            self.fail(f"the guest is gone: {self.qemu.returncode}")
        self.buffer += got

    def line(self, limit):
        while b"\n" not in self.buffer:
            self.more(limit)
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def run(self, script, seconds=LIMIT):
        """(exit status, what it printed, as bytes)"""
        text = script.encode()
        limit = time.monotonic() + seconds + 10
        self.port.settimeout(seconds)
        self.port.sendall(b"%d %d\n" % (seconds, len(text)) + text)
        status, size = map(int, self.line(limit).split())
        while len(self.buffer) < size:
            self.more(limit)
        said, self.buffer = self.buffer[:size], self.buffer[size:]
        with open(f"{self.run_dir}/said.log", "ab") as log:
            log.write(b"$ " + text[:400] + b"\n" + said +
                      b"\n-> %d\n" % status)
        return status, said

    def must(self, script, seconds=LIMIT):
        """What a script printed that cannot fail."""
        status, said = self.run(script, seconds)
        if status != 0:
            print(said.decode(errors="replace"), file=sys.stderr)
            self.fail(f"{script[:200]}: status {status}")
        return said.decode(errors="replace")

    def put(self, path, data, mode="644"):
        text = base64.encodebytes(data).decode()
        path = shlex.quote(path)
        self.must(f"base64 -d > {path} <<'END'\n{text}END\nchmod {mode} "
                  f"{path}")

    def get(self, path):
        return base64.b64decode(self.must(f"base64 {shlex.quote(path)}"))

    def get_tree(self, path):
        """A directory of the guest, for another boot: see put_tree."""
        self.must(f"tar c -f /run/tree {shlex.quote(path)}")
        return self.get("/run/tree")

    def put_tree(self, tree):
        self.put("/run/tree", tree)
        self.must("tar x -C / -f /run/tree")
