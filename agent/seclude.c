#include "agent/seclude.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where all calls that make sockets have numbers of their own. */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define NUMBERS_END 0x40000000	/* behind it: the same calls of x32 */
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#define NUMBERS_END 0x40000000
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#define NUMBERS_END 0x40000000
#endif

#ifdef ARCH

#define LOAD(what)                                                           \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                   \
	    (uint32_t)offsetof(struct seccomp_data, what))
/* Of the 64 bits of an argument: a family fits into the lower half. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOAD_ARG(n) LOAD(args[n])
#else
#define LOAD_ARG(n)                                                          \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                   \
	    (uint32_t)offsetof(struct seccomp_data, args[n]) + 4)
#endif
/* Passes over the next statement unless it is this, or less. */
#define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1)
#define UNLESS_FROM(value) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (value), 0, 1)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define FAIL(errnum) RETURN(SECCOMP_RET_ERRNO | (errnum))

static struct sock_filter rules[] = {
	/* another ABI numbers its calls in another way */
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
	FAIL(ENOSYS),
	LOAD(nr),
	UNLESS_FROM(NUMBERS_END),
	FAIL(ENOSYS),
	UNLESS(SYS_io_uring_setup),
	FAIL(ENOSYS),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
	LOAD_ARG(0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
	FAIL(EACCES),
	RETURN(SECCOMP_RET_ALLOW),
};

int
att_seclude(struct att_err *err)
{
	static const struct sock_fprog program = { ATT_COUNT(rules), rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return att_err_sys(err, errno, "PR_SET_NO_NEW_PRIVS");
	/* of a thread that could not follow it returns the number */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		return att_err_sys(err, errno, "seccomp");
	return 0;
}

#else

int
att_seclude(struct att_err *err)
{
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "the system calls of this machine are not known");
}

#endif
