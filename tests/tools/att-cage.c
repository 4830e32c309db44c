/*
 * att-cage - run in place of a program, in the sandbox of its unit: tries what
 * that unit must not be able to do, and what it must.
 *
 * usage: att-cage UNIT
 * A line for each: "ok NAME", "WRONG NAME: what happened", or "absent NAME" for
 * a device or file that this machine lacks. The exit status is the number of
 * those that are wrong, 100 at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/reboot.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/file.h"

#define PAGE 4096

enum cage {
	ATTESTD,
	MEASURE,
	CLIENT,		/* attestd-attest, attestd-firmware */
	VERIFIER,
	CAGES,
};

static const struct {
	const char *unit;
	enum cage cage;
} units[] = {
	{ "attestd", ATTESTD },
	{ "attest-measure", MEASURE },
	{ "attestd-attest", CLIENT },
	{ "attestd-firmware", CLIENT },
	{ "attest-verifier", VERIFIER },
};

/* Each returns 0 for what is possible, else errno. */
typedef int probe(const char *arg);

static int
result(long r)
{
	return r < 0 ? errno : 0;
}

static int
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	int r = result(fd);

	if (fd >= 0)
		(void)close(fd);
	return r;
}

/* -- files and devices ----------------------------------------------------- */

static int
read_file(const char *path)
{
	AUTO_DONE(att_fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	/* some refuse only here */
	return fd < 0 ? errno : result(read(fd, &byte, 1));
}

static int
write_file(const char *path)
{
	return opens(path, O_WRONLY);
}

static int
make_file(const char *dir)
{
	char path[PAGE];
	int r;

	(void)snprintf(path, sizeof(path), "%s/att-cage", dir);
	r = opens(path, O_WRONLY | O_CREAT);
	if (r == 0)
		(void)unlink(path);
	return r;
}

static int
list(const char *dir)
{
	return opens(dir, O_RDONLY | O_DIRECTORY);
}

static int
device_read(const char *path)
{
	return opens(path, O_RDONLY);
}

static int
device_write(const char *path)
{
	return opens(path, O_RDWR);
}

/*
 * A mode that would give everybody the rights of the owner. A file in memory:
 * most can make no other.
 */
static int
make_suid(const char *arg)
{
	AUTO_DONE(att_fd_done) int fd = memfd_create("att-suid", MFD_CLOEXEC);

	return fd < 0 ? ENOTSUP : result(fchmod(fd, 04755));
}

/* -- the network ----------------------------------------------------------- */

static int
family(int domain, int type)
{
	AUTO_DONE(att_fd_done) int fd = socket(domain, type | SOCK_CLOEXEC, 0);

	return result(fd);
}

static int
inet(const char *arg)
{
	return family(AF_INET, SOCK_STREAM);
}

static int
inet6(const char *arg)
{
	return family(AF_INET6, SOCK_STREAM);
}

static int
netlink(const char *arg)
{
	return family(AF_NETLINK, SOCK_RAW);
}

static int
packet(const char *arg)
{
	return family(AF_PACKET, SOCK_RAW);
}

static int
raw_inet(const char *arg)
{
	AUTO_DONE(att_fd_done) int fd = socket(AF_INET,
	    SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	return result(fd);
}

static int
vsock(const char *arg)
{
	return family(AF_VSOCK, SOCK_STREAM);
}

/* A port that nobody has: refused is reached. */
static int
loopback(const char *arg)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	AUTO_DONE(att_fd_done) int fd = socket(AF_INET,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno == ECONNREFUSED)
		return 0;
	return errno;
}

/*
 * Whether a connection would be let in. None is made: a socket whose service
 * runs this in place of its program would start it again and again.
 */
static int
may_call(const char *path)
{
	int r = family(AF_UNIX, SOCK_STREAM);

	return r != 0 ? r : result(access(path, W_OK));
}

/* -- calls of the kernel --------------------------------------------------- */

static int
trace(const char *arg)
{
	return result(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int
read_memory(const char *arg)
{
	char byte;
	const struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	return result(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static int
do_mount(const char *dir)
{
	int r = result(mount("tmpfs", dir, "tmpfs", 0, NULL));

	if (r == 0)
		(void)umount2(dir, MNT_DETACH);
	return r;
}

/* With flags that are none: EINVAL says that nobody forbids it. */
static int
do_umount(const char *dir)
{
	return result(umount2(dir, -1));
}

static int
do_unshare(const char *arg)
{
	return result(unshare(CLONE_NEWUSER));
}

static int
new_network(const char *arg)
{
	return result(unshare(CLONE_NEWNET));
}

static int
call(long number)
{
	return result(syscall(number, 0, 0, 0, 0, 0, 0));
}

/* With arguments that do nothing if the call should come through. */
static int
modules(const char *arg)
{
	return call(SYS_init_module);
}

static int
kexec(const char *arg)
{
	return call(SYS_kexec_load);
}

static int
bpf(const char *arg)
{
	return call(SYS_bpf);
}

static int
perf(const char *arg)
{
	return call(SYS_perf_event_open);
}

static int
do_reboot(const char *arg)
{
	return call(SYS_reboot);
}

static int
writable_code(const char *arg)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int
code_later(const char *arg)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ?
	    0 : result(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
}

static int
other_user(const char *arg)
{
	return result(syscall(SYS_setuid, 65533));
}

static int
give_away(const char *path)
{
	return result(syscall(SYS_fchownat, AT_FDCWD, path, 65533, 65533, 0));
}

static int
realtime(const char *arg)
{
	const struct sched_param p = { .sched_priority = 1 };

	return result(sched_setscheduler(0, SCHED_FIFO, &p));
}

static int
other_abi(const char *arg)
{
	return result(personality(ADDR_NO_RANDOMIZE));
}

static int
host_name(const char *arg)
{
	char name[65];

	return gethostname(name, sizeof(name)) < 0 ? 0 :
	    result(sethostname(name, strlen(name)));
}

static int
clock_set(const char *arg)
{
	struct timeval now;

	(void)gettimeofday(&now, NULL);
	return result(settimeofday(&now, NULL));
}

/* -- what a process is ----------------------------------------------------- */

/* Any capability, had or to be had. */
static int
capabilities(const char *arg)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct set[2] = { { 0 } };

	if (syscall(SYS_capget, &head, set) < 0)
		return 0;
	for (size_t i = 0; i < 2; i++)
		if ((set[i].permitted | set[i].effective |
			set[i].inheritable) != 0)
			return 0;
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		if (prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1)
			return 0;
	return EPERM;
}

static int
new_privileges(const char *arg)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0;
}

static int
core_files(const char *arg)
{
	struct rlimit l;

	return getrlimit(RLIMIT_CORE, &l) == 0 && l.rlim_max == 0 ? EPERM : 0;
}

static int
is_root(const char *arg)
{
	return geteuid() == 0 ? 0 : EPERM;
}

/* -- what must be how ------------------------------------------------------ */

#define IF_THERE true

/* In the order of enum cage: attestd, attest-measure, clients, verifier. */
static const struct {
	const char *name;
	probe *can;
	const char *arg;
	char want[CAGES + 1];		/* y: can, n: cannot, -: either */
	bool if_there;			/* else a machine has it */
} table[] = {
	{ "is root", is_root, NULL, "nynn", false },
	{ "has a capability", capabilities, NULL, "nnnn", false },
	{ "gains privileges", new_privileges, NULL, "nnnn", false },
	{ "dumps core", core_files, NULL, "nnnn", false },

	{ "AF_INET", inet, NULL, "ynny", false },
	{ "AF_INET6", inet6, NULL, "ynny", false },
	{ "AF_NETLINK", netlink, NULL, "nynn", false },
	{ "AF_PACKET", packet, NULL, "nnnn", false },
	{ "AF_VSOCK", vsock, NULL, "nnnn", false },
	{ "raw socket", raw_inet, NULL, "nnnn", false },
	{ "reaches loopback", loopback, NULL, "ynny", false },
	{ "calls attest-measure", may_call, "/run/attest-measure/socket",
	    "yyyn", IF_THERE },
	{ "calls attestd", may_call, "/run/attestd/io.attestd", "yyyy",
	    IF_THERE },

	{ "writes to /etc", make_file, "/etc", "nnnn", false },
	{ "writes to /usr", make_file, "/usr/bin", "nnnn", false },
	{ "writes to /var", make_file, "/var/lib", "nnnn", false },
	{ "writes to /run", make_file, "/run", "nnnn", false },
	{ "writes to /dev", make_file, "/dev", "nnnn", false },
	{ "writes to /dev/shm", make_file, "/dev/shm", "nnnn", false },
	{ "writes to /tmp", make_file, "/tmp", "nnnn", false },
	{ "writes to /var/tmp", make_file, "/var/tmp", "nnnn", false },
	{ "writes to attestd's state", make_file, "/var/lib/attestd", "ynnn",
	    IF_THERE },
	{ "writes to attestd's verdicts", make_file, "/run/attestd", "ynnn",
	    false },
	{ "writes to attest-measure's state", make_file,
	    "/var/lib/attest-measure", "nynn", IF_THERE },
	{ "reads attest-measure's state", list, "/var/lib/attest-measure",
	    "nynn", IF_THERE },
	{ "reads attestd's state", list, "/var/lib/attestd", "ynyn",
	    IF_THERE },
	{ "writes to the verifier's state", make_file,
	    "/var/lib/attest-verifier", "nnny", IF_THERE },
	{ "suid file", make_suid, NULL, "nnnn", false },
	{ "reads configuration", list, "/etc/attestd", "yyyy", false },
	{ "reads /etc/shadow", read_file, "/etc/shadow", "nnnn", false },
	{ "reads /root", list, "/root", "nnnn", false },
	{ "reads /home", list, "/home", "nnnn", false },
	{ "reads another's memory map", read_file, "/proc/1/maps", "nnnn",
	    false },
	{ "reads another's environment", read_file, "/proc/1/environ", "nnnn",
	    false },
	{ "reads the kernel's log", read_file, "/dev/kmsg", "nnnn", false },
	{ "reads /proc/cmdline", read_file, "/proc/cmdline", "yy-n", false },
	{ "reads the boot's id", read_file, "/proc/sys/kernel/random/boot_id",
	    "yy-n", false },
	{ "reads the boot's log", read_file,
	    "/sys/kernel/security/tpm0/binary_bios_measurements", "nynn",
	    IF_THERE },
	{ "reads IMA's list", read_file,
	    "/sys/kernel/security/ima/ascii_runtime_measurements", "nynn",
	    IF_THERE },
	{ "reads SMBIOS", read_file, "/sys/firmware/dmi/tables/DMI", "nynn",
	    IF_THERE },
	{ "sets a sysctl", write_file, "/proc/sys/kernel/core_pattern", "nnnn",
	    false },
	{ "suspends", write_file, "/sys/power/state", "nnnn", false },
	{ "moves itself", write_file, "/sys/fs/cgroup/cgroup.procs", "nnnn",
	    false },

	{ "TPM", device_write, "/dev/tpmrm0", "ynnn", IF_THERE },
	{ "TPM past the resource manager", device_write, "/dev/tpm0", "nnnn",
	    IF_THERE },
	{ "flash", device_read, "/dev/mtd0ro", "nynn", IF_THERE },
	{ "flash, to write", device_write, "/dev/mtd0", "nnnn", IF_THERE },
	{ "BMC", device_write, "/dev/ipmi0", "nynn", IF_THERE },
	{ "memory", device_read, "/dev/mem", "nnnn", IF_THERE },
	{ "disk", device_read, "/dev/vda", "nnnn", IF_THERE },
	{ "terminal", device_read, "/dev/tty0", "nnnn", IF_THERE },

	{ "ptrace", trace, NULL, "nnnn", false },
	{ "process_vm_readv", read_memory, NULL, "nnnn", false },
	{ "mount", do_mount, "/tmp", "nnnn", false },
	{ "umount", do_umount, "/tmp", "nnnn", false },
	{ "user namespace", do_unshare, NULL, "nnnn", false },
	{ "network namespace", new_network, NULL, "nnnn", false },
	{ "modules", modules, NULL, "nnnn", false },
	{ "kexec", kexec, NULL, "nnnn", false },
	{ "bpf", bpf, NULL, "nnnn", false },
	{ "perf", perf, NULL, "nnnn", false },
	{ "reboot", do_reboot, NULL, "nnnn", false },
	{ "memory to write and to run", writable_code, NULL, "nnnn", false },
	{ "memory to run later", code_later, NULL, "nnnn", false },
	{ "another user", other_user, NULL, "nnnn", false },
	{ "gives files away", give_away, "/tmp", "nnnn", false },
	{ "real time", realtime, NULL, "nnnn", false },
	{ "another personality", other_abi, NULL, "nnnn", false },
	{ "the host's name", host_name, NULL, "nnnn", false },
	{ "the clock", clock_set, NULL, "nnnn", false },
};

/* Not for want of an argument: these say that somebody forbids it. */
static bool
is_refusal(int errnum)
{
	return errnum == EPERM || errnum == EACCES || errnum == EROFS ||
	    errnum == EAFNOSUPPORT || errnum == ENOENT || errnum == ENOSYS;
}

/* 1 for what is wrong. */
static int
judge(size_t i, enum cage cage)
{
	bool want = table[i].want[cage] == 'y';
	int errnum;

	if (table[i].want[cage] == '-')
		return 0;
	errnum = table[i].can(table[i].arg);

	if (table[i].if_there && errnum == ENOENT) {
		printf("absent %s\n", table[i].name);
		return 0;
	}
	if (want ? errnum == 0 : is_refusal(errnum)) {
		printf("ok %s%s%s\n", table[i].name, want ? "" : ": ",
		    want ? "" : strerror(errnum));
		return 0;
	}
	printf("WRONG %s: %s\n", table[i].name,
	    errnum == 0 ? "it can" : strerror(errnum));
	return 1;
}

int
main(int argc, char **argv)
{
	int wrong = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t u = 0; argc == 2 && u < ATT_COUNT(units); u++) {
		if (strcmp(argv[1], units[u].unit) != 0)
			continue;
		for (size_t i = 0; i < ATT_COUNT(table); i++)
			wrong += judge(i, units[u].cage);
		return wrong > 100 ? 100 : wrong;
	}
	(void)fputs("usage: att-cage UNIT\n", stderr);
	return 101;
}
