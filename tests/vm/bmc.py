"""A BMC outside of QEMU (its ipmi-bmc-extern), which scenes make lie or hang.

OpenIPMI's "VM" protocol: messages of sequence number, network function with
LUN, command, data, checksum, ended by 0xa0; control messages ended by 0xa1;
both, and 0xaa, escaped inside by 0xaa.
"""
import socket
import threading

MESSAGE, CONTROL, ESCAPE = 0xa0, 0xa1, 0xaa
APP = 0x06
GET_DEVICE_ID = (APP, 0x01)
INVALID_COMMAND = b"\xc1"
# What the kernel asks for when it finds a BMC (IPMI 2.0, 20 and 22).
PROBE = {
    (APP, 0x08): b"\0" + bytes(range(16)),      # Get Device GUID
    (APP, 0x2e): b"\0",                         # Set BMC Global Enables
    (APP, 0x2f): b"\0\0",                       # Get BMC Global Enables
    (APP, 0x30): b"\0",                         # Clear Message Flags
    (APP, 0x31): b"\0\0",                       # Get Message Flags
    (APP, 0x37): b"\0" + bytes(range(16)),      # Get System GUID
}


def device_id(major, minor, manufacturer, product, aux):
    """The answer to Get Device ID (IPMI 2.0, 20.1), completion code first."""
    return (bytes([0, 0x20, 0x81, major, minor, 2, 0xbf]) +
            manufacturer.to_bytes(3, "little") +
            product.to_bytes(2, "little") + aux)


def escaped(message, end):
    out = bytearray()
    for byte in message:
        out += (bytes([ESCAPE, byte | 0x10])
                if byte in (MESSAGE, CONTROL, ESCAPE) else bytes([byte]))
    return bytes(out) + bytes([end])


class Bmc:
    """Serves one guest, from start to the end of a `with`."""

    def __init__(self, path, identity):
        self.identity = identity    # may be changed at any time
        self.silent = False         # it answers nothing any more
        self.asked = []             # (network function, command, data)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.close()

    def serve(self):
        connection, _ = self.listener.accept()
        connection.sendall(escaped(b"\xff\x01", CONTROL))  # version 1
        message, escape = bytearray(), False
        while True:
            try:
                got = connection.recv(4096)
            except OSError:
                got = b""
            if not got:
                connection.close()
                return
            for byte in got:
                if byte == ESCAPE:
                    escape = True
                elif byte in (MESSAGE, CONTROL):
                    if byte == MESSAGE and sum(message) & 0xff == 0:
                        self.answer(connection, bytes(message))
                    message.clear()
                else:
                    message.append(byte & ~0x10 if escape else byte)
                    escape = False

    def answer(self, connection, message):
        if len(message) < 4:
            return
        function, command = message[1] >> 2, message[2]
        self.asked.append((function, command, message[3:-1]))
        if self.silent:
            return
        said = (self.identity if (function, command) == GET_DEVICE_ID else
                PROBE.get((function, command), INVALID_COMMAND))
        out = bytes([message[0], message[1] | 1 << 2, command]) + said
        connection.sendall(escaped(out + bytes([-sum(out) & 0xff]), MESSAGE))
