"""What the programs here share: a software TPM with certificates of our own,
ending only what was started here, and counting."""
import os
import shutil
import subprocess
import sys
import time

SOCKET_PATH_MAX = 107


def write_ca_config(ca):
    """swtpm_setup's configuration; swtpm_localca makes the CA on first use."""
    os.makedirs(ca, exist_ok=True)
    files = {
        "localca.conf": f"statedir = {ca}\n"
                        f"signingkey = {ca}/signkey.pem\n"
                        f"issuercert = {ca}/issuercert.pem\n"
                        f"certserial = {ca}/certserial\n",
        "localca.options": "--platform-manufacturer VmTest\n"
                           "--platform-version 1.0\n"
                           "--platform-model VMGUEST\n",
        "setup.conf": "create_certs_tool = /usr/bin/swtpm_localca\n"
                      f"create_certs_tool_config = {ca}/localca.conf\n"
                      f"create_certs_tool_options = {ca}/localca.options\n",
    }
    for name, text in files.items():
        with open(os.path.join(ca, name), "w", encoding="ascii") as f:
            f.write(text)
    return os.path.join(ca, "setup.conf")


def make_tpm(work, state, node, banks):
    """A TPM with EK and platform certificates of our own CA."""
    conf = write_ca_config(os.path.join(work, "ca"))
    new = state + ".new"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(new)
    with open(os.path.join(new, "setup.log"), "w", encoding="ascii") as log:
        subprocess.run(
            ["swtpm_setup", "--tpm2", "--tpmstate", new, "--create-ek-cert",
             "--create-platform-cert", "--lock-nvram", "--pcr-banks", banks,
             "--config", conf, "--vmid", node],
            stdout=log, stderr=subprocess.STDOUT, check=True)
    os.rename(new, state)


def start_tpm(state, run):
    """Listens at RUN/swtpm.sock, and ends when QEMU does."""
    # A volatile state left by a TPM that was killed would be resumed.
    for f in os.listdir(state):
        if f.endswith(".volatilestate"):
            os.unlink(os.path.join(state, f))
    sock = os.path.join(run, "swtpm.sock")
    if len(sock) > SOCKET_PATH_MAX:
        sys.exit(f"{sock}: too long for a unix socket")
    swtpm = subprocess.Popen(
        ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}",
         "--terminate", "--ctrl", f"type=unixio,path={sock}",
         "--log", f"file={run}/swtpm.log,level=1"])
    try:
        wait_for_file(sock, swtpm)
    except BaseException:
        end(swtpm)
        raise
    return swtpm


def wait_for_file(path, process):
    limit = time.monotonic() + 60
    while not os.path.exists(path):
        if process.poll() is not None or time.monotonic() > limit:
            sys.exit(f"{path} did not appear")
        time.sleep(.01)


def end(process):
    """Only a process of ours, and politely first."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()[-1500:]
    except OSError as e:
        return str(e)


class Check:
    """Counts, and prints a line for each: what must hold, and what was found."""

    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, what, good, found):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'}  {what:<50}  {found}", flush=True)
