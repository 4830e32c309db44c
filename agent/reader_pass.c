#include "agent/reader_pass.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/boot.h"
#include "agent/flashmemory.h"
#include "agent/packet.h"
#include "agent/seclude.h"
#include "agent/state.h"
#include "base/file.h"
#include "base/log.h"
#include "base/steady.h"

#define CPU_DIR "/sys/devices/system/cpu"
#define CLOCK_MS 360000u	/* the other side may have to wait for it */
#define LOCK_WAIT_MS 2000u
#define LOCK_POLL_MS 50u
#define TELL_MS 1000u		/* between two words about the same part */

/* A pass that is under way. */
struct run {
	const struct att_reader *r;
	int fd;
	struct att_err broken;	/* why the connection is over, or ATT_OK */
	char of[ATT_PASS_NAME_MAX + 1];
	uint64_t told;		/* ms: when */
};

void
att_reader_pass_done(struct att_reader_pass *p)
{
	att_measure_done(&p->m);
	att_firmware_claims_free(p->earlier);
	att_fd_done(&p->lock);
	*p = (struct att_reader_pass){ .lock = -1 };
}

/* -- with the other side --------------------------------------------------- */

static int
say(struct run *run, const struct att_wire_reply *reply, uint64_t until,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	int r;

	att_wire_reply_encode(reply, &b);
	if ((r = att_buf_ok(&b, "reply", err)) < 0)
		return r;
	return att_packet_send(run->fd, att_buf_view(&b), -1, until, err);
}

static int
hear_clock(struct run *run, uint64_t until, struct att_wire_request *ret,
    struct att_err *err)
{
	const struct att_wire_reply ask = { .kind = ATT_WIRE_ASK_CLOCK };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	int r;

	if ((r = say(run, &ask, until, err)) < 0 ||
	    (r = att_packet_recv(run->fd, until, &b, NULL, err)) < 0 ||
	    (r = att_wire_request_parse(att_buf_view(&b), ret, err)) < 0)
		return r;
	return ret->code == ATT_WIRE_CLOCK ? 0 : att_err_set(err,
	    ATT_E_CONFLICT, "request %s instead of a clock",
	    att_wire_kind_of(ret->code)->name);
}

/* Whoever does not answer this is gone, or no client of this protocol. */
static int
ask_clock(void *arg, struct att_pass_clock *ret, struct att_err *err)
{
	struct run *run = arg;
	struct att_wire_request q = { .has_clock = false };
	int r = run->broken.code != ATT_OK ? (int)run->broken.code :
	    hear_clock(run, att_steady_now() + CLOCK_MS, &q, &run->broken);

	if (r < 0) {
		*err = run->broken;
		return r;
	}
	if (!q.has_clock)
		return att_err_set(err, ATT_E_TPM_ABSENT,
		    "it could not be asked");
	*ret = q.clock;
	return 0;
}

/* A word that finds no room is not said: the next one comes soon. */
static bool
tell(void *arg, const char *of, uint64_t done, uint64_t size)
{
	struct run *run = arg;
	const uint64_t now = att_steady_now();
	struct att_wire_reply p = { .kind = ATT_WIRE_PROGRESS, .size = size,
		.done = ATT_MIN(done, size) };
	struct att_err why = { 0 };
	int r;

	if (run->broken.code != ATT_OK)
		return false;
	if (strcmp(run->of, of) == 0 && now - run->told < TELL_MS)
		return true;
	(void)snprintf(run->of, sizeof(run->of), "%s", of);
	(void)snprintf(p.of, sizeof(p.of), "%s", of);
	run->told = now;
	if ((r = say(run, &p, now, &why)) == 0 || r == ATT_E_TIMEOUT)
		return true;
	run->broken = why;
	return false;
}

/* A service that may not change its priority has one that was given to it. */
static int
go_behind(struct att_err *err)
{
	int r = att_pace_background(CPU_DIR, err);

	return r == ATT_E_SYS && err->sub == EPERM ? 0 : r;
}

/* Both are tried; the first that failed is told. */
static int
withdraw(void *arg, struct att_err *err)
{
	struct att_err why = { 0 };
	int r = go_behind(err);
	int s = att_seclude(r < 0 ? &why : err);

	return r < 0 ? r : s;
}

/* -- the pass -------------------------------------------------------------- */

static int
measure(struct run *run, struct att_reader_pass *p, struct att_err *err)
{
	const struct att_agent_config *config = run->r->config;
	char boot_id[ATT_BOOT_ID_LEN + 1];
	const struct att_measure_options how = {
		.config = config,
		.boot_id = boot_id,
		.root = run->r->root,
		.pace = run->r->pace,
		.limit_ms = (uint64_t)config->firmware_timeout * 1000,
		.earlier = p->earlier,
		.clock = ask_clock,
		.withdraw = withdraw,
		.progress = tell,
		.arg = run,
	};
	int r = att_boot_id_read(config, boot_id, err);

	return r < 0 ? r : att_measure_run(&how, &p->m, err);
}

/* A pass that nobody waits for any more ends as soon as it sees that. */
static int
take_lock(const char *dir, int *ret, struct att_err *err)
{
	int r;

	for (unsigned waited = 0;
	     (r = att_state_chips(dir, ret, err)) == ATT_E_BUSY &&
	     waited < LOCK_WAIT_MS; waited += LOCK_POLL_MS)
		att_steady_nap(LOCK_POLL_MS);
	return r;
}

int
att_reader_pass_run(const struct att_reader *r, int fd,
    struct att_reader_pass *ret, struct att_err *err)
{
	AUTO_DONE(att_reader_pass_done) struct att_reader_pass p = {
		.lock = -1 };
	struct run run = { .r = r, .fd = fd };
	int code;

	if ((code = take_lock(r->state_dir, &p.lock, err)) < 0 ||
	    (code = att_flashmemory_read(r->state_dir, &p.earlier, err)) < 0)
		return code;
	code = measure(&run, &p, err);
	if (run.broken.code != ATT_OK) {
		ret->broken = true;
		*err = run.broken;
		return run.broken.code;
	}
	if (code < 0)
		return code;
	*ret = p;
	p = (struct att_reader_pass){ .lock = -1 };
	return 0;
}

int
att_reader_pass_keep(const struct att_reader *r, struct att_reader_pass *p,
    struct att_err *err)
{
	return att_flashmemory_write(r->state_dir, &p->m, p->earlier, err);
}
