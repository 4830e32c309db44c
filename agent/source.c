#include "agent/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/packet.h"
#include "agent/sealed.h"
#include "base/file.h"
#include "base/steady.h"
#include "evidence/posture.h"
#include "inventory/inventory.h"

#define WHO "attest-measure"
#define CONFIG_MAX (256u << 10)	/* bytes */

bool
att_source_is_remote(const struct att_agent_config *config)
{
	struct stat st;

	/* what cannot be looked at is there, and refuses */
	return config->measure_socket != NULL &&
	    (lstat(config->measure_socket, &st) == 0 ||
		(errno != ENOENT && errno != ENOTDIR));
}

/* Nobody there is no word about what was asked for. */
static int
trouble(int r, struct att_err *err)
{
	att_err_prefix(err, WHO);
	if (r != ATT_E_NOT_FOUND)
		return r;
	if (err != NULL)
		err->code = ATT_E_BUSY;
	return ATT_E_BUSY;
}

/* -- one that is started --------------------------------------------------- */

/* All that the child needs: it may not ask for memory. */
struct start {
	char beside[PATH_MAX];	/* this program */
	char *argv[5 + ATT_SOURCE_WORDS_MAX];
};

#ifndef ATT_SBINDIR
#define ATT_SBINDIR "/usr/sbin"
#endif

/* It stands beside this program, or where it is installed. */
static const char *const installed = ATT_SBINDIR "/" WHO;

static int
become(void *arg)
{
	struct start *s = arg;

	(void)execv(s->beside, s->argv);
	(void)execv(installed, s->argv);
	return ATT_E_SYS;
}

static int
find_program(struct start *s, struct att_err *err)
{
	const size_t room = sizeof(s->beside) - sizeof("/" WHO);
	ssize_t n = readlink("/proc/self/exe", s->beside, room);
	char *end;

	s->beside[n < 0 ? 0 : n] = '\0';
	end = strrchr(s->beside, '/');
	memcpy(end == NULL ? s->beside : end, "/" WHO, sizeof("/" WHO));
	if (access(s->beside, X_OK) == 0 || access(installed, X_OK) == 0)
		return 0;
	return att_err_set(err, ATT_E_SYS, WHO ": cannot be started: %.60s, "
	    "%.60s: %s", s->beside, installed, strerror(errno));
}

/*
 * What is in use here, also where the file says something else by now. *ret is
 * the caller's.
 */
static int
hand_config(const struct att_agent_config *config, int *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(CONFIG_MAX);
	int r;

	att_agent_config_print(config, &b);
	if ((r = att_buf_ok(&b, "configuration", err)) < 0 ||
	    (r = att_sealed_new(ret, err)) < 0)
		return r;
	return att_sealed_put(*ret, att_buf_view(&b), err);
}

static int
start(struct att_source *s, struct att_err *err)
{
	static const char *const always[] = { WHO, "--connected", "-c",
		"/proc/self/fd/4" };
	AUTO_DONE(att_fd_done) int here = -1;
	AUTO_DONE(att_fd_done) int there = -1;
	AUTO_DONE(att_fd_done) int config = -1;
	struct start how = { .argv = { NULL } };
	int pair[2], r;
	size_t n = 0;

	for (; n < ATT_COUNT(always); n++)
		how.argv[n] = (char *)(uintptr_t)always[n];
	for (const char *const *w = s->words; w != NULL && *w != NULL &&
	     n < ATT_COUNT(how.argv) - 1; w++)
		how.argv[n++] = (char *)(uintptr_t)*w;
	if ((r = find_program(&how, err)) < 0 ||
	    (r = hand_config(s->config, &config, err)) < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return att_err_sys(err, errno, WHO);
	here = pair[0];
	there = pair[1];
	if ((r = att_child_start(&s->child, become, &how,
		 (const int[]){ there, config, -1 }, 0, err)) < 0)
		return r;
	s->fd = here;
	here = -1;
	return 0;
}

/* -- a connection ---------------------------------------------------------- */

int
att_source_connect(struct att_source *s, uint64_t until, struct att_err *err)
{
	int r;

	if (s->fd >= 0)
		return 0;
	if (s->words != NULL || !att_source_is_remote(s->config))
		return start(s, err);
	r = att_packet_connect(s->config->measure_socket, until, &s->fd, err);
	return r < 0 ? trouble(r, err) : 0;
}

void
att_source_close(struct att_source *s)
{
	if (s->config == NULL)
		return;
	s->held = false;
	att_fd_done(&s->fd);
	att_child_stop(&s->child);
}

void
att_source_hold(struct att_source *s)
{
	s->held = true;
}

void
att_source_release(struct att_source *s)
{
	s->held = false;
	if (s->child.pid == 0)
		att_fd_done(&s->fd);
}

int
att_source_send(struct att_source *s, const struct att_wire_request *q,
    uint64_t until, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	int r;

	att_wire_request_encode(q, &b);
	if ((r = att_buf_ok(&b, "request", err)) < 0 ||
	    (r = att_packet_send(s->fd, att_buf_view(&b), -1, until, err)) <
		0)
		return trouble(r, err);
	return 0;
}

/* Data exactly where it is announced and may be. */
static int
take_data(const struct att_wire_reply *reply, int passed, struct att_buf *ret,
    struct att_err *err)
{
	if (!reply->data && passed < 0)
		return 0;
	if (!reply->data || ret == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "bytes that nobody asked for");
	if (passed < 0)
		return att_err_set(err, ATT_E_SHORT,
		    "the bytes of an answer are missing");
	return att_sealed_read(passed, reply->length, ret, err);
}

int
att_source_receive(struct att_source *s, uint64_t until, struct att_buf *ret,
    struct att_wire_reply *ret_reply, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	AUTO_DONE(att_fd_done) int passed = -1;
	struct att_wire_reply reply;
	int r;

	if ((r = att_packet_recv(s->fd, until, &b, &passed, err)) < 0 ||
	    (r = att_wire_reply_parse(att_buf_view(&b), &reply, err)) < 0 ||
	    (r = take_data(&reply, passed, ret, err)) < 0)
		return trouble(r, err);
	*ret_reply = reply;
	return 0;
}

/* -- one question ---------------------------------------------------------- */

/* Less than 0: it did not do as it should. Its word is in *ret_reply. */
static int
exchange(struct att_source *s, enum att_wire_code code, uint64_t argument,
    struct att_buf *ret, struct att_wire_reply *ret_reply,
    struct att_err *err)
{
	const struct att_wire_request q = { .code = code,
		.argument = argument };
	const uint64_t until = att_steady_now() + ATT_SOURCE_GRACE_MS +
	    att_wire_kind_of(code)->seconds * 1000u;
	int r;

	if ((r = att_source_connect(s, until, err)) < 0 ||
	    (r = att_source_send(s, &q, until, err)) < 0 ||
	    (r = att_source_receive(s, until, ret, ret_reply, err)) < 0)
		return r;
	if (ret_reply->kind != ATT_WIRE_ANSWER ||
	    (ret_reply->status.code == ATT_OK && !ret_reply->data))
		return att_err_set(err, ATT_E_FORMAT,
		    WHO ": no answer to what was asked");
	return 0;
}

/*
 * A server leaves who says nothing for a while, and has room for few: what is
 * not held is given back. One that was started here stays, unless it did not
 * do as it should.
 */
static int
ask(struct att_source *s, enum att_wire_code code, uint64_t argument,
    struct att_buf *ret, bool *ret_cut, struct att_err *err)
{
	struct att_wire_reply reply;
	int r = exchange(s, code, argument, ret, &reply, err);

	if (r < 0) {
		att_source_close(s);
		return r;
	}
	if (!s->held)
		att_source_release(s);
	if (reply.status.code != ATT_OK)
		return att_err_sub(err, reply.status.code, reply.status.sub,
		    "%s", reply.status.text);
	if (ret_cut != NULL)
		*ret_cut = reply.cut;
	return 0;
}

int
att_source_log(struct att_source *s, enum att_logfile which, uint64_t from,
    struct att_buf *ret, bool *ret_cut, struct att_err *err)
{
	static const enum att_wire_code codes[ATT_LOGFILES] = {
		[ATT_LOGFILE_BOOT_ID] = ATT_WIRE_BOOT_ID,
		[ATT_LOGFILE_UEFI] = ATT_WIRE_BOOT_LOG,
		[ATT_LOGFILE_USERSPACE] = ATT_WIRE_USERSPACE_LOG,
		[ATT_LOGFILE_IMA] = ATT_WIRE_IMA_LOG,
	};

	*ret_cut = false;
	return ask(s, codes[which], from, ret, ret_cut, err);
}

int
att_source_posture(struct att_source *s, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;
	int r;

	if ((r = ask(s, ATT_WIRE_POSTURE, 0, ret, NULL, err)) < 0)
		return r;
	/* it is evidence of this process */
	r = att_posture_parse(att_buf_view(ret), &p, err);
	if (r < 0)
		att_err_prefix(err, WHO);
	return r;
}

int
att_source_smbios(struct att_source *s, uint8_t type, struct att_buf *ret,
    struct att_err *err)
{
	return ask(s, ATT_WIRE_SMBIOS, type, ret, NULL, err);
}

int
att_source_check(const struct att_components *list, struct att_err *err)
{
	for (size_t i = 0; i < list->count; i++)
		switch (list->item[i].path) {
		case ATT_PATH_REDFISH:
		case ATT_PATH_TPM:
		case ATT_PATH_FWUPD:
			return att_err_set(err, ATT_E_MISMATCH,
			    WHO ": %.60s by way of %s, which it does not ask",
			    list->item[i].id,
			    att_path_name(list->item[i].path));
		default:
			break;
		}
	return 0;
}

int
att_source_hardware(struct att_source *s, struct att_components *list,
    struct att_err *err)
{
	const size_t max = att_wire_kind_of(ATT_WIRE_INVENTORY)->max;
	AUTO_DONE(att_components_done) struct att_components found = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(max);
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = ask(s, ATT_WIRE_INVENTORY, 0, &b, NULL, err)) < 0)
		return r;
	if ((r = att_json_parse(att_buf_view(&b), max, &j, err)) < 0 ||
	    (r = att_components_from_json(j, &found, err)) < 0) {
		att_err_prefix(err, WHO);
		return r;
	}
	return (r = att_source_check(&found, err)) < 0 ? r :
	    att_inventory_merge(list, &found, err);
}
