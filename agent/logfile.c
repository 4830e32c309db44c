#include "agent/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/steady.h"
#include "eventlog/ima.h"
#include "eventlog/userspace.h"
#include "evidence/bundle.h"

/* systemd holds its lock while a TPM extends. */
#define LOCK_WAIT_MS 5000u
#define LOCK_POLL_MS 20u
#define BOOT_ID_BYTES 4096

const char *
att_logfile_path(const struct att_agent_config *config,
    enum att_logfile which)
{
	switch (which) {
	case ATT_LOGFILE_BOOT_ID:
		return config->boot_id;
	case ATT_LOGFILE_USERSPACE:
		return config->userspace_log;
	case ATT_LOGFILE_IMA:
		return config->ima_log;
	case ATT_LOGFILE_UEFI:
	case ATT_LOGFILES:
		break;
	}
	return config->uefi_log;
}

size_t
att_logfile_max(const struct att_agent_config *config,
    enum att_logfile which)
{
	static const size_t caps[ATT_LOGFILES] = {
		[ATT_LOGFILE_BOOT_ID] = BOOT_ID_BYTES,
		[ATT_LOGFILE_UEFI] = ATT_ITEM_MAX,
		[ATT_LOGFILE_USERSPACE] = ATT_USERSPACE_LOG_MAX,
		/* of which a part is sent */
		[ATT_LOGFILE_IMA] = ATT_IMA_LIST_MAX };

	return ATT_MIN(caps[which], (size_t)config->max_log_size);
}

static int
lock_shared(int fd, const char *path, struct att_err *err)
{
	for (unsigned waited = 0; flock(fd, LOCK_SH | LOCK_NB) < 0;
	    waited += LOCK_POLL_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return att_err_sys(err, errno, "%s", path);
		if (waited >= LOCK_WAIT_MS)
			return att_err_set(err, ATT_E_BUSY,
			    "%s: locked by who writes it for %u s", path,
			    LOCK_WAIT_MS / 1000);
		att_steady_nap(LOCK_POLL_MS);
	}
	return 0;
}

/*
 * systemd sets the sticky bit before it extends and takes it off after the
 * append, all under its lock: who has the lock and sees the bit knows that a
 * writer died in between.
 */
static int
look_at(int fd, const char *path, enum att_logfile which, bool *ret_cut,
    struct att_err *err)
{
	struct stat st;
	int r;

	if (which == ATT_LOGFILE_USERSPACE &&
	    (r = lock_shared(fd, path, err)) < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return att_err_sys(err, errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return att_err_sys(err, EISDIR, "%s", path);
	*ret_cut = which == ATT_LOGFILE_USERSPACE &&
	    (st.st_mode & S_ISVTX) != 0;
	return 0;
}

int
att_logfile_open(const struct att_agent_config *config,
    enum att_logfile which, uint64_t from, int *ret, bool *ret_cut,
    struct att_err *err)
{
	const char *path = att_logfile_path(config, which);
	/* a pipe that nobody writes to is waited for by nobody */
	AUTO_DONE(att_fd_done) int fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0 && errno == ENOENT)
		return att_err_set(err, ATT_E_NOT_FOUND, "%s: no such file",
		    path);
	if (fd < 0)
		return att_err_sys(err, errno, "%s", path);
	if ((r = look_at(fd, path, which, ret_cut, err)) < 0)
		return r;
	if (from > 0 && lseek(fd, (off_t)from, SEEK_SET) < 0)
		return att_err_sys(err, errno, "%s", path);
	*ret = fd;
	fd = -1;
	return 0;
}
