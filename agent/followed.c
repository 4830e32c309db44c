#include "agent/followed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/owned.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/json.h"
#include "base/steady.h"

#define FORMAT "attestd-follow/1"
#define LOCK_NAME "lock"
#define FILE_MAX_ (64u << 10)	/* bytes */
#define NAP_MS 20		/* between two tries for the lock */

/* "/run/attestd-follow" of "/run/attestd"; the caller's. */
static char *
dir_of(const struct att_agent_config *config)
{
	size_t n = strlen(config->run_dir);
	char *dir = NULL;

	while (n > 1 && config->run_dir[n - 1] == '/')
		n--;
	return asprintf(&dir, "%.*s" ATT_FOLLOWED_SUFFIX, (int)n,
	    config->run_dir) < 0 ? NULL : dir;
}

/* -- the lock -------------------------------------------------------------- */

/*
 * Anybody can open the directory, and so could lock it for as long as they
 * like: this file is the lock instead, which only its owner can open.
 */
static int
open_lock(int dir, const char *path, int *ret, struct att_err *err)
{
	*ret = openat(dir, LOCK_NAME,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *ret < 0 ? att_err_sys(err, errno, "%s/" LOCK_NAME, path) : 0;
}

static int
open_dir(const char *dir, int *ret, struct att_err *err)
{
	struct stat st;

	if (mkdir(dir, 0755) == 0) {
		/* whatever the umask: gates that others run read it */
		if (chmod(dir, 0755) < 0)
			return att_err_sys(err, errno, "%s", dir);
	} else if (errno != EEXIST) {
		return att_err_sys(err, errno, "%s", dir);
	}
	*ret = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*ret < 0 || fstat(*ret, &st) < 0)
		return att_err_sys(err, errno, "%s", dir);
	if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return att_err_set(err, ATT_E_DENIED,
		    "%s: must belong to user %u, and others may not write to "
		    "it", dir, (unsigned)geteuid());
	return 0;
}

static int
wait_for(int fd, const char *dir, unsigned wait_ms, struct att_err *err)
{
	uint64_t end = att_steady_now() + wait_ms;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return att_err_sys(err, errno, "%s", dir);
		if (att_steady_now() >= end)
			return att_err_set(err, ATT_E_BUSY,
			    "%s: another process is at it", dir);
		att_steady_nap(NAP_MS);
	}
	return 0;
}

int
att_followed_lock(const struct att_agent_config *config, unsigned wait_ms,
    int *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int at = -1;
	AUTO_DONE(att_fd_done) int fd = -1;
	AUTO(free) char *dir = dir_of(config);
	int r;

	if (dir == NULL)
		return att_err_nomem(err);
	if ((r = open_dir(dir, &at, err)) < 0 ||
	    (r = open_lock(at, dir, &fd, err)) < 0 ||
	    (r = wait_for(fd, dir, wait_ms, err)) < 0)
		return r;
	att_dir_sweep(dir);
	*ret = fd;
	fd = -1;
	return 0;
}

/* -- reading --------------------------------------------------------------- */

static int
read_tpm(const json_t *j, struct att_followed *f, struct att_err *err)
{
	json_t *tpm = json_object_get(j, "tpm");
	int64_t clock = 0, resets = 0, restarts = 0;
	int r;

	if (json_is_null(tpm))
		return 0;
	if ((r = att_json_int(tpm, "clock", 0, INT64_MAX, &clock, err)) < 0 ||
	    (r = att_json_int(tpm, "reset_count", 0, UINT32_MAX, &resets,
		 err)) < 0 ||
	    (r = att_json_int(tpm, "restart_count", 0, UINT32_MAX, &restarts,
		 err)) < 0 ||
	    (r = att_json_int(tpm, "at", 0, INT64_MAX, &f->tpm_at, err)) < 0)
		return r;
	f->has_tpm = true;
	f->tpm = (struct att_tpm_clock){ .clock = (uint64_t)clock,
		.reset_count = (uint32_t)resets,
		.restart_count = (uint32_t)restarts };
	return 0;
}

/* What was written by a version before has none. */
static int
read_ek(const json_t *j, struct att_followed *f, struct att_err *err)
{
	json_t *ek = json_object_get(j, "ek");
	const char *type = NULL;
	struct att_digest d;
	int r;

	if (ek == NULL || json_is_null(ek))
		return 0;
	if ((r = att_json_digest(ek, "id", ATT_ALG_SHA256, &d, err)) < 0 ||
	    (r = att_json_str(ek, "type", &type, err)) < 0)
		return r;
	att_hex_encode(att_digest_view(&d), f->ek_id);
	if (!att_tpm_ek_type_by_name(type, &f->ek_type) ||
	    f->ek_type == ATT_TPM_EK_AUTO)
		return att_err_set(err, ATT_E_FORMAT,
		    "ek.type is no type of an EK");
	return 0;
}

static int
read_stopped(const json_t *j, struct att_followed *f, struct att_err *err)
{
	json_t *rows = NULL, *row;
	size_t i;
	int r = att_json_arr(j, "stopped", &rows, err);

	if (r < 0)
		return r;
	if (json_array_size(rows) > ATT_UNITS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "more than %d stopped units", ATT_UNITS_MAX);
	json_array_foreach (rows, i, row) {
		struct att_stopped *s = &f->stopped[i];
		const char *name = NULL;

		if ((r = att_json_str(row, "unit", &name, err)) < 0 ||
		    (r = att_json_bool(row, "enabled", &s->enabled, err)) <
			0 ||
		    (r = att_json_int(row, "at", 0, INT64_MAX, &s->at, err)) <
			0)
			return r;
		if (strlen(name) > ATT_UNIT_NAME_MAX)
			return att_err_set(err, ATT_E_LIMIT,
			    "the name of a unit is too long");
		(void)snprintf(s->name, sizeof(s->name), "%s", name);
	}
	f->count = json_array_size(rows);
	return 0;
}

int
att_followed_parse(struct att_slice text, const char *boot_id,
    struct att_followed *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *format = NULL, *boot = NULL;
	struct att_followed f = { 0 };
	int r;

	if ((r = att_json_parse(text, FILE_MAX_, &j, err)) < 0 ||
	    (r = att_json_str(j, "format", &format, err)) < 0 ||
	    (r = att_json_str(j, "boot_id", &boot, err)) < 0)
		return r;
	if (strcmp(format, FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "a format that is not known");
	if (strcmp(boot, boot_id) != 0)
		return att_err_set(err, ATT_E_NOT_FOUND, "of another boot");
	(void)snprintf(f.boot_id, sizeof(f.boot_id), "%s", boot);
	if ((r = att_json_bool(j, "trusted", &f.trusted, err)) < 0 ||
	    (r = read_tpm(j, &f, err)) < 0 ||
	    (r = read_ek(j, &f, err)) < 0 ||
	    (r = read_stopped(j, &f, err)) < 0)
		return r;
	*ret = f;
	return 0;
}

int
att_followed_read(const struct att_agent_config *config, const char *boot_id,
    struct att_followed *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(FILE_MAX_);
	AUTO(free) char *dir = dir_of(config);
	int r;

	if (dir == NULL)
		return att_err_nomem(err);
	if ((r = att_owned_read(dir, ATT_FOLLOWED_FILE, ATT_OWNER_ROOT, &text,
		 err)) < 0)
		return r;
	if ((r = att_followed_parse(att_buf_view(&text), boot_id, ret, err)) <
		0)
		att_err_prefix(err, "%s/" ATT_FOLLOWED_FILE, dir);
	return r;
}

/* -- writing --------------------------------------------------------------- */

static json_t *
tpm_of(const struct att_followed *f)
{
	if (!f->has_tpm)
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:I}", "clock",
	    (json_int_t)f->tpm.clock, "reset_count",
	    (json_int_t)f->tpm.reset_count, "restart_count",
	    (json_int_t)f->tpm.restart_count, "at", (json_int_t)f->tpm_at);
}

static json_t *
ek_of(const struct att_followed *f)
{
	return f->ek_id[0] == '\0' ? json_null() :
				     json_pack("{s:s,s:s}", "id", f->ek_id,
					 "type",
					 att_tpm_ek_type_name(f->ek_type));
}

static int
put_stopped(json_t *j, const struct att_followed *f, struct att_err *err)
{
	AUTO(att_json_decref) json_t *rows = json_array();
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < f->count; i++)
		if ((r = att_json_add(rows, json_pack("{s:s,s:b,s:I}", "unit",
			 f->stopped[i].name, "enabled",
			 (int)f->stopped[i].enabled, "at",
			 (json_int_t)f->stopped[i].at), err)) < 0)
			return r;
	return att_json_put(j, "stopped", take(&rows), err);
}

int
att_followed_write(const struct att_agent_config *config,
    const struct att_followed *f, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(FILE_MAX_);
	AUTO(att_json_decref) json_t *j = json_pack("{s:s,s:s,s:b}", "format",
	    FORMAT, "boot_id", f->boot_id, "trusted", (int)f->trusted);
	AUTO(free) char *dir = dir_of(config);
	AUTO(free) char *path = dir == NULL ? NULL :
	    att_path_join(dir, ATT_FOLLOWED_FILE);
	int r;

	if (j == NULL || path == NULL)
		return att_err_nomem(err);
	if ((r = att_json_put(j, "tpm", tpm_of(f), err)) < 0 ||
	    (r = att_json_put(j, "ek", ek_of(f), err)) < 0 ||
	    (r = put_stopped(j, f, err)) < 0 ||
	    (r = att_json_write_pretty(j, &text, err)) < 0)
		return r;
	return att_file_write(path, att_buf_view(&text), 0644, err);
}
