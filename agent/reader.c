#include "agent/reader.h"

#include <stdio.h>
#include <unistd.h>

#include "agent/dmi.h"
#include "agent/hardware.h"
#include "agent/logfile.h"
#include "agent/packet.h"
#include "agent/reader_pass.h"
#include "agent/sealed.h"
#include "base/file.h"
#include "base/steady.h"
#include "firmware/smbios.h"
#include "posture/posture.h"

#define IDLE_MS 10000u		/* for the next request */
#define KEEP_MS 900000u		/* the same behind a pass: facts take a lock */
#define SEND_MS 10000u		/* for an answer */
#define PASS_GRACE 120		/* seconds over its own limit */

/* One request. */
struct job {
	const struct att_reader *r;
	int fd;			/* the connection */
	struct att_wire_request q;
	struct att_reader_pass *pass;
	int out;		/* what is handed over */
	struct att_wire_reply reply;
};

/* -- answers --------------------------------------------------------------- */

static int
give_log(struct job *j, enum att_logfile which, uint64_t from,
    struct att_err *err)
{
	const struct att_agent_config *config = j->r->config;
	const size_t max = att_logfile_max(config, which);
	AUTO_DONE(att_fd_done) int fd = -1;
	int r;

	if (from > max)
		return att_err_set(err, ATT_E_LIMIT,
		    "of a log at most %zu bytes are read", max);
	if ((r = att_logfile_open(config, which, from, &fd, &j->reply.cut,
		 err)) < 0)
		return r;
	return att_sealed_copy(j->out, fd, max - (size_t)from,
	    att_logfile_path(config, which), err);
}

static int
give_boot_id(struct job *j, struct att_err *err)
{
	return give_log(j, ATT_LOGFILE_BOOT_ID, 0, err);
}

static int
give_boot_log(struct job *j, struct att_err *err)
{
	return give_log(j, ATT_LOGFILE_UEFI, 0, err);
}

static int
give_userspace_log(struct job *j, struct att_err *err)
{
	return give_log(j, ATT_LOGFILE_USERSPACE, 0, err);
}

static int
give_ima_log(struct job *j, struct att_err *err)
{
	return give_log(j, ATT_LOGFILE_IMA, j->q.argument, err);
}

static const char *
root_of(const struct job *j)
{
	return j->r->root == NULL ? "" : j->r->root;
}

static int
give_posture(struct job *j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	AUTO(att_posture_free) struct att_posture *p = NULL;
	int r;

	if ((r = att_posture_read(root_of(j), &p, err)) < 0 ||
	    (r = att_posture_encode(p, &b, err)) < 0)
		return r;
	return att_sealed_put(j->out, att_buf_view(&b), err);
}

/* Of SMBIOS, which tells serial numbers too, what attestd uses. */
static int
give_smbios(struct job *j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_DMI_MAX);
	AUTO(free) char *dir = NULL;
	int r;

	if (asprintf(&dir, "%s" ATT_DMI_ENTRIES, root_of(j)) < 0) {
		dir = NULL;
		return att_err_nomem(err);
	}
	if (j->q.argument != ATT_SMBIOS_HOST_INTERFACE)
		return att_err_set(err, ATT_E_DENIED,
		    "SMBIOS of type %u is given to nobody",
		    (unsigned)j->q.argument);
	if ((r = att_dmi_read(dir, (uint8_t)j->q.argument, &b, err)) < 0)
		return r;
	return att_sealed_put(j->out, att_buf_view(&b), err);
}

static int
give_inventory(struct job *j, struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(att_wire_kind_of(j->q.code)->max);
	AUTO(att_json_decref) json_t *doc = NULL;
	int r;

	if ((r = att_hardware_collect(j->r->root, &list, err)) < 0 ||
	    (r = att_components_to_json(&list, &doc, err)) < 0 ||
	    (r = att_json_write(doc, &b, err)) < 0)
		return r;
	return att_sealed_put(j->out, att_buf_view(&b), err);
}

/* -- a pass ---------------------------------------------------------------- */

static int
say(struct job *j, const struct att_wire_reply *reply, int pass,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	int r;

	att_wire_reply_encode(reply, &b);
	if ((r = att_buf_ok(&b, "reply", err)) < 0)
		return r;
	return att_packet_send(j->fd, att_buf_view(&b), pass,
	    att_steady_now() + SEND_MS, err);
}

static int
give_firmware(struct job *j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	const struct att_measure *m = &j->pass->m;
	int r;

	att_reader_pass_done(j->pass);
	if ((r = att_reader_pass_run(j->r, j->fd, j->pass, err)) < 0 ||
	    (r = att_firmware_claims_encode(m->claims, &b, err)) < 0 ||
	    (r = att_sealed_put(j->out, att_buf_view(&b), err)) < 0)
		return r;
	for (size_t i = 0; i < m->changes; i++) {
		const struct att_wire_reply c = { .kind = ATT_WIRE_CHANGE,
			.change = m->change[i] };

		if ((r = say(j, &c, -1, err)) < 0)
			return r;
	}
	j->reply.failed = m->failed;
	j->reply.left_out = m->changes_left_out;
	return 0;
}

static int
give_kept(struct job *j, struct att_err *err)
{
	int r = att_reader_pass_keep(j->r, j->pass, err);

	att_reader_pass_done(j->pass);
	return r;
}

/* -- requests -------------------------------------------------------------- */

static int (*const answers[ATT_WIRE_CODES])(struct job *j,
    struct att_err *err) = {
	[ATT_WIRE_BOOT_ID] = give_boot_id,
	[ATT_WIRE_BOOT_LOG] = give_boot_log,
	[ATT_WIRE_USERSPACE_LOG] = give_userspace_log,
	[ATT_WIRE_IMA_LOG] = give_ima_log,
	[ATT_WIRE_POSTURE] = give_posture,
	[ATT_WIRE_SMBIOS] = give_smbios,
	[ATT_WIRE_INVENTORY] = give_inventory,
	[ATT_WIRE_FIRMWARE] = give_firmware,
	[ATT_WIRE_KEPT] = give_kept,
};

/*
 * Not a clock that nobody asked for, a word about no pass, or a question by who
 * lets the answer before lie: each can be as large as a log.
 */
static bool
is_in_turn(const struct job *j)
{
	return answers[j->q.code] != NULL &&
	    (j->q.code != ATT_WIRE_KEPT || j->pass->lock >= 0) &&
	    !att_packet_is_unread(j->fd);
}

static int
make(struct job *j, struct att_err *err)
{
	const bool data = att_wire_kind_of(j->q.code)->max > 0;
	int r;

	if (data && (r = att_sealed_new(&j->out, err)) < 0)
		return r;
	if ((r = answers[j->q.code](j, err)) < 0 || !data)
		return r;
	j->reply.data = true;
	return att_sealed_close(j->out, &j->reply.length, err);
}

/* What it could not do it says; an error is only what ends the connection. */
static int
answer(struct job *j, struct att_err *err)
{
	struct att_err why = { 0 };

	j->reply = (struct att_wire_reply){ .kind = ATT_WIRE_ANSWER };
	if (make(j, &why) < 0) {
		if (j->pass->broken) {
			*err = why;
			return why.code;
		}
		j->reply = (struct att_wire_reply){ .kind = ATT_WIRE_ANSWER,
			.status = why };
		if (why.text[0] == '\0')
			(void)!att_err_set(&j->reply.status, why.code, "%s",
			    att_code_name(why.code));
	}
	return say(j, &j->reply, j->reply.data ? j->out : -1, err);
}

static unsigned
limit_of(const struct job *j)
{
	return j->q.code == ATT_WIRE_FIRMWARE ?
	    (unsigned)j->r->config->firmware_timeout + PASS_GRACE :
	    att_wire_kind_of(j->q.code)->seconds;
}

static int
serve_one(struct job *j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	uint64_t until = j->r->stays ? UINT64_MAX :
	    att_steady_now() + (j->pass->lock < 0 ? IDLE_MS : KEEP_MS);
	int r;

	if ((r = att_packet_recv(j->fd, until, &b, NULL, err)) < 0 ||
	    (r = att_wire_request_parse(att_buf_view(&b), &j->q, err)) < 0)
		return r;
	if (!is_in_turn(j))
		return att_err_set(err, ATT_E_CONFLICT,
		    "request %s out of turn",
		    att_wire_kind_of(j->q.code)->name);
	/* what hangs in the kernel is ended by nobody else */
	(void)alarm(limit_of(j));
	r = answer(j, err);
	(void)alarm(0);
	att_fd_done(&j->out);
	return r;
}

int
att_reader_serve(const struct att_reader *r, int fd, struct att_err *err)
{
	AUTO_DONE(att_reader_pass_done) struct att_reader_pass pass = {
		.lock = -1 };
	struct job j = { .r = r, .fd = fd, .pass = &pass, .out = -1 };
	int code;

	while ((code = serve_one(&j, err)) == 0)
		continue;
	att_fd_done(&j.out);
	return code;
}
