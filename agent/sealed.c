#include "agent/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* linux/memfd.h since 6.3; a kernel before refuses it */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define CHUNK 65536

int
att_sealed_new(int *ret, struct att_err *err)
{
	int fd = memfd_create("attest-measure",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("attest-measure",
		    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return att_err_sys(err, errno, "memory to hand over");
	*ret = fd;
	return 0;
}

int
att_sealed_put(int fd, struct att_slice bytes, struct att_err *err)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "memory to hand over");
		bytes.data += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

int
att_sealed_copy(int fd, int from, size_t max, const char *what,
    struct att_err *err)
{
	uint8_t chunk[CHUNK];
	size_t all = 0;
	ssize_t n;
	int r;

	while ((n = read(from, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "%s", what);
		if ((size_t)n > max - all)
			return att_err_set(err, ATT_E_LIMIT,
			    "%s: more than %zu bytes", what, max);
		all += (size_t)n;
		if ((r = att_sealed_put(fd, (struct att_slice){ chunk,
			 (size_t)n }, err)) < 0)
			return r;
	}
	return 0;
}

int
att_sealed_close(int fd, uint64_t *ret, struct att_err *err)
{
	struct stat st;

	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0 || fstat(fd, &st) < 0)
		return att_err_sys(err, errno, "memory to hand over");
	*ret = (uint64_t)st.st_size;
	return 0;
}

/* Reads at offsets: where the descriptor stands is up to who passed it. */
int
att_sealed_read(int fd, uint64_t length, struct att_buf *ret,
    struct att_err *err)
{
	const uint64_t room = ret->max - ret->len;
	uint8_t chunk[CHUNK];
	uint64_t at = 0;
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) < 0)
		return att_err_set(err, ATT_E_UNTRUSTED,
		    "what was passed is not sealed");
	if ((uint64_t)st.st_size != length)
		return att_err_set(err, ATT_E_MISMATCH,
		    "%llu bytes were passed, %llu announced",
		    (unsigned long long)st.st_size,
		    (unsigned long long)length);
	if (length > room)
		return att_err_set(err, ATT_E_LIMIT,
		    "%llu bytes were passed, at most %llu are taken",
		    (unsigned long long)length, (unsigned long long)room);
	while (at < length) {
		ssize_t n = pread(fd, chunk,
		    (size_t)ATT_MIN((uint64_t)CHUNK, length - at),
		    (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return att_err_sys(err, n < 0 ? errno : EIO,
			    "what was passed");
		att_buf_bytes(ret, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	return att_buf_ok(ret, "what was passed", err);
}
