# env.sh - settings shared by the scripts in this directory (sourced, not run).
#
#   VM_WORK    work directory, required; everything is written below it. Keep
#              it short: a unix socket path ends at 108 bytes.
#   VM_SUITE   Debian suite of the guest and its firmware (default trixie)
set -euo pipefail
: "${VM_WORK:?set VM_WORK to a work directory, e.g. VM_WORK=\$(mktemp -d)}"
mkdir -p "$VM_WORK"
VM_WORK=$(cd "$VM_WORK" && pwd)
export VM_WORK VM_SUITE=${VM_SUITE:-trixie} LC_ALL=C.UTF-8 TZ=UTC
vm_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
base=$VM_WORK/base	# downloaded: rootfs.tar, boot/ (unpacked packages)
img=$VM_WORK/img	# built: root.ext4, NAME.img
PATH=$PATH:/usr/sbin:/sbin

say() {
	printf '[%s] %s\n' "$(date +%H:%M:%S)" "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# The kernels that prepare unpacked, oldest first.
kernels() {
	(cd "$base/boot/usr/lib/modules" && printf '%s\n' *) | sort -V
}
