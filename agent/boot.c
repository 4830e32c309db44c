#include "agent/boot.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/source.h"
#include "base/file.h"
#include "base/json.h"

#define KEPT_NAME "boot.json"
#define FILE_MAX_ 4096	/* bytes */

/* 2025-01-01: before this program existed, so nobody set such a clock. */
#define CLOCK_UNSET 1735689600

#define DMI_VENDOR "/sys/class/dmi/id/sys_vendor"
#define DMI_PRODUCT "/sys/class/dmi/id/product_name"

/* A UUID in lower case and a newline, as the kernel writes it. */
static bool
is_boot_id(const char *s, size_t len)
{
	static const char form[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";

	if (len != ATT_BOOT_ID_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '-' ? s[i] != '-' :
				     strchr("0123456789abcdef", s[i]) == NULL)
			return false;
	return true;
}

int
att_boot_id_read(const struct att_agent_config *config,
    char ret[static ATT_BOOT_ID_LEN + 1], struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX_);
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(config);
	const char *path = config->boot_id;
	bool cut;
	int r = att_file_read(path, &b, err);

	/* everybody may read it, but a service may be shown no such file */
	if (r == ATT_E_NOT_FOUND && att_source_is_remote(config))
		r = att_source_log(&s, ATT_LOGFILE_BOOT_ID, 0, &b, &cut, err);
	if (r < 0)
		return r;
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		b.len--;
	if (!is_boot_id((const char *)b.data, b.len))
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: must be a UUID in lower case", path);
	memcpy(ret, b.data, b.len);
	ret[b.len] = '\0';
	return 0;
}

/* One line of DMI, which may hold anything; "" where there is none. */
static void
read_dmi(const char *path, char ret[static ATT_BUNDLE_TEXT_MAX + 1])
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(FILE_MAX_);
	size_t n;

	ret[0] = '\0';
	if (att_file_read(path, &raw, NULL) < 0)
		return;
	while (raw.len > 0 && isspace(raw.data[raw.len - 1]))
		raw.len--;
	n = ATT_MIN(raw.len, (size_t)ATT_BUNDLE_TEXT_MAX);
	for (size_t i = 0; i < n; i++)
		ret[i] = (char)(isprint(raw.data[i]) && raw.data[i] != '\\' ?
			raw.data[i] : '?');
	ret[n] = '\0';
}

/* -- the time of the boot ----------------------------------------------- */

int
att_boot_time_of(int64_t now, int64_t up,
    char ret[static ATT_TIMESTAMP_MAX + 1], struct att_err *err)
{
	AUTO(att_json_decref) json_t *text = NULL;

	if (now < CLOCK_UNSET || up < 0)
		return att_err_set(err, ATT_E_BUSY,
		    "the clock of this node is not set yet, so the time of "
		    "its boot is not known");
	if ((text = att_json_time_of(now - up)) == NULL ||
	    json_string_length(text) > ATT_TIMESTAMP_MAX)
		return att_err_nomem(err);
	memcpy(ret, json_string_value(text), json_string_length(text) + 1);
	return 0;
}

static int
compute_time(char ret[static ATT_TIMESTAMP_MAX + 1], struct att_err *err)
{
	struct timespec now, up;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return att_err_sys(err, errno, "clock");
	return att_boot_time_of(now.tv_sec, up.tv_sec, ret, err);
}

/* Of this boot, or ATT_E_NOT_FOUND. */
static int
read_kept(const char *path, const struct att_boot_facts *b,
    char ret[static ATT_TIMESTAMP_MAX + 1], struct att_err *err)
{
	static const char *const names[] = { "boot_id", "boot_time", NULL };
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(FILE_MAX_);
	AUTO(att_json_decref) json_t *j = NULL;
	const char *id = NULL, *when = NULL;
	int64_t seconds;
	int r;

	if ((r = att_file_read_kept(path, &text, err)) < 0)
		return r;
	if ((r = att_json_parse(att_buf_view(&text), FILE_MAX_, &j, err)) <
		0 ||
	    (r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_str(j, "boot_id", &id, err)) < 0 ||
	    (r = att_json_str(j, "boot_time", &when, err)) < 0 ||
	    (r = att_timestamp_parse(when, &seconds, err)) < 0) {
		att_err_prefix(err, "%s", path);
		return r;
	}
	if (strcmp(id, b->id) != 0)
		return ATT_E_NOT_FOUND;
	/* what att_timestamp_parse takes is no longer than that */
	memcpy(ret, when, strlen(when) + 1);
	return 0;
}

static int
keep(const char *path, const struct att_boot_facts *b, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(FILE_MAX_);
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "boot_id", json_string(b->id), err)) < 0 ||
	    (r = att_json_put(j, "boot_time", json_string(b->time), err)) <
		0 ||
	    (r = att_json_write_pretty(j, &text, err)) < 0)
		return r;
	return att_file_write(path, att_buf_view(&text), 0644, err);
}

int
att_run_dir_make(const struct att_agent_config *config, struct att_err *err)
{
	const char *dir = config->run_dir;
	int r;

	if (mkdir(dir, 0755) < 0) {
		if (errno != EEXIST)
			return att_err_sys(err, errno, "%s", dir);
		if ((r = att_dir_check(dir, err)) == 0)
			att_dir_sweep(dir);
		return r;
	}
	return chmod(dir, 0755) < 0 ? att_err_sys(err, errno, "%s", dir) : 0;
}

static int
find_time(const struct att_agent_config *config, struct att_boot_facts *b,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(config->run_dir, KEPT_NAME);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_run_dir_make(config, err)) < 0)
		return r;
	r = read_kept(path, b, b->time, err);
	if (r != ATT_E_NOT_FOUND)
		return r;
	if ((r = compute_time(b->time, err)) < 0)
		return r;
	return keep(path, b, err);
}

int
att_boot_read(const struct att_agent_config *config, struct att_boot_facts *ret,
    struct att_err *err)
{
	struct att_boot_facts b = { 0 };
	int r;

	if ((r = att_boot_id_read(config, b.id, err)) < 0 ||
	    (r = find_time(config, &b, err)) < 0)
		return r;
	read_dmi(DMI_VENDOR, b.vendor);
	read_dmi(DMI_PRODUCT, b.product);
	*ret = b;
	return 0;
}
