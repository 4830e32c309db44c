#include "agent/source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/dmi.h"
#include "agent/hardware.h"
#include "agent/packet.h"
#include "agent/sealed.h"
#include "agent/steady.h"
#include "base/file.h"
#include "inventory/inventory.h"
#include "posture/posture.h"

#define WHO "attest-measure"

bool
att_source_is_remote(const struct att_agent_config *config)
{
	struct stat st;

	/* what cannot be looked at is there, and refuses */
	return config->measure_socket != NULL &&
	    (lstat(config->measure_socket, &st) == 0 ||
		(errno != ENOENT && errno != ENOTDIR));
}

/* -- a connection ---------------------------------------------------------- */

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

int
att_source_connect(const struct att_agent_config *config, uint64_t until,
    int *ret, struct att_err *err)
{
	int r = att_packet_connect(config->measure_socket, until, ret, err);

	return r < 0 ? trouble(r, err) : 0;
}

int
att_source_send(int fd, const struct att_wire_request *q, uint64_t until,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	int r;

	att_wire_request_encode(q, &b);
	if ((r = att_buf_ok(&b, "request", err)) < 0 ||
	    (r = att_packet_send(fd, att_buf_view(&b), -1, until, err)) < 0)
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
att_source_receive(int fd, uint64_t until, struct att_buf *ret,
    struct att_wire_reply *ret_reply, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	AUTO_DONE(att_fd_done) int passed = -1;
	struct att_wire_reply reply;
	int r;

	if ((r = att_packet_recv(fd, until, &b, &passed, err)) < 0 ||
	    (r = att_wire_reply_parse(att_buf_view(&b), &reply, err)) < 0 ||
	    (r = take_data(&reply, passed, ret, err)) < 0)
		return trouble(r, err);
	*ret_reply = reply;
	return 0;
}

/* One question, and the bytes that answer it. */
static int
ask(const struct att_agent_config *config, enum att_wire_code code,
    uint64_t argument, struct att_buf *ret, bool *ret_cut,
    struct att_err *err)
{
	const struct att_wire_request q = { .code = code,
		.argument = argument };
	const uint64_t until = att_steady_now() + ATT_SOURCE_GRACE_MS +
	    att_wire_kind_of(code)->seconds * 1000u;
	AUTO_DONE(att_fd_done) int fd = -1;
	struct att_wire_reply reply;
	int r;

	if ((r = att_source_connect(config, until, &fd, err)) < 0 ||
	    (r = att_source_send(fd, &q, until, err)) < 0 ||
	    (r = att_source_receive(fd, until, ret, &reply, err)) < 0)
		return r;
	if (reply.kind != ATT_WIRE_ANSWER ||
	    (reply.status.code == ATT_OK && !reply.data))
		return att_err_set(err, ATT_E_FORMAT,
		    WHO ": no answer to what was asked");
	if (reply.status.code != ATT_OK)
		return att_err_sub(err, reply.status.code, reply.status.sub,
		    "%s", reply.status.text);
	if (ret_cut != NULL)
		*ret_cut = reply.cut;
	return 0;
}

/* -- logs ------------------------------------------------------------------ */

static int
read_log(const struct att_agent_config *config, enum att_logfile which,
    uint64_t from, struct att_buf *ret, bool *ret_cut, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	uint8_t chunk[65536];
	ssize_t n;
	int r;

	if ((r = att_logfile_open(config, which, from, &fd, ret_cut, err)) < 0)
		return r;
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "%s",
			    att_logfile_path(config, which));
		att_buf_bytes(ret, chunk, (size_t)n);
		if (ret->failed)
			break;
	}
	return att_buf_ok(ret, att_logfile_path(config, which), err);
}

int
att_source_log(const struct att_agent_config *config, enum att_logfile which,
    uint64_t from, struct att_buf *ret, bool *ret_cut, struct att_err *err)
{
	static const enum att_wire_code codes[ATT_LOGFILES] = {
		[ATT_LOGFILE_BOOT_ID] = ATT_WIRE_BOOT_ID,
		[ATT_LOGFILE_UEFI] = ATT_WIRE_BOOT_LOG,
		[ATT_LOGFILE_USERSPACE] = ATT_WIRE_USERSPACE_LOG,
		[ATT_LOGFILE_IMA] = ATT_WIRE_IMA_LOG,
	};

	*ret_cut = false;
	return att_source_is_remote(config) ?
	    ask(config, codes[which], from, ret, ret_cut, err) :
	    read_log(config, which, from, ret, ret_cut, err);
}

/* -- the rest -------------------------------------------------------------- */

int
att_source_posture(const struct att_agent_config *config,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;
	int r;

	if (!att_source_is_remote(config))
		return (r = att_posture_read("", &p, err)) < 0 ? r :
		    att_posture_encode(p, ret, err);
	if ((r = ask(config, ATT_WIRE_POSTURE, 0, ret, NULL, err)) < 0)
		return r;
	/* it is evidence of this process */
	r = att_posture_parse(att_buf_view(ret), &p, err);
	if (r < 0)
		att_err_prefix(err, WHO);
	return r;
}

int
att_source_smbios(const struct att_agent_config *config, const char *dir,
    uint8_t type, struct att_buf *ret, struct att_err *err)
{
	return att_source_is_remote(config) ?
	    ask(config, ATT_WIRE_SMBIOS, type, ret, NULL, err) :
	    att_dmi_read(dir, type, ret, err);
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

static int
ask_hardware(const struct att_agent_config *config,
    struct att_components *list, struct att_err *err)
{
	const size_t max = att_wire_kind_of(ATT_WIRE_INVENTORY)->max;
	AUTO_DONE(att_components_done) struct att_components found = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(max);
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = ask(config, ATT_WIRE_INVENTORY, 0, &b, NULL, err)) < 0)
		return r;
	if ((r = att_json_parse(att_buf_view(&b), max, &j, err)) < 0 ||
	    (r = att_components_from_json(j, &found, err)) < 0) {
		att_err_prefix(err, WHO);
		return r;
	}
	return (r = att_source_check(&found, err)) < 0 ? r :
	    att_inventory_merge(list, &found, err);
}

int
att_source_hardware(const struct att_agent_config *config,
    struct att_components *list, struct att_err *err)
{
	return att_source_is_remote(config) ? ask_hardware(config, list, err) :
	    att_hardware_collect(NULL, ATT_HARDWARE_ALL, list, err);
}
