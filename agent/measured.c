#include "agent/measured.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/bmc.h"
#include "agent/boot.h"
#include "agent/components.h"
#include "agent/journal.h"
#include "agent/flashmemory.h"
#include "agent/remote_pass.h"
#include "agent/stop.h"
#include "agent/watch.h"
#include "base/cur.h"
#include "base/file.h"
#include "base/log.h"
#include "base/steady.h"
#include "evidence/firmware_pcr.h"

#define LOCK_WAIT_MS 300000u	/* as long as a server that hangs may take */
#define TPM_MS 20000u	/* for a clock, while nobody can attest */
#define STATUS_MS 5000u		/* between two looks that people may have */

struct pass {
	const struct att_measured_options *o;
	struct att_measured_status status;
	uint64_t told;		/* ms: when the status was last written */
	bool quiet;		/* nothing is written */
	struct att_source source;	/* waits for a word, in the end */
};

static struct pass
pass_of(const struct att_measured_options *o)
{
	return (struct pass){ .o = o, .source = { .config = o->config,
		.words = o->words, .fd = -1 } };
}

static void
pass_done(struct pass *p)
{
	att_source_close(&p->source);
}

/* -- how far it is --------------------------------------------------------- */

/* Nothing hangs on it. */
static void
tell_status(struct pass *p)
{
	struct att_err err = { 0 };

	p->told = att_steady_now();
	p->status.updated = (int64_t)time(NULL);
	if (!p->quiet &&
	    att_measured_status_write(p->o->config, &p->status, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "firmware", &err);
}

static bool
go_on(void *arg, const char *of, uint64_t done, uint64_t size)
{
	struct pass *p = arg;
	struct att_measured_status *s = &p->status;
	bool other = strcmp(s->of, of) != 0;

	if (att_stop_asked())
		return false;
	s->percent = size == 0 ? 0 : (int64_t)(done * 100 / size);
	if (other)
		(void)snprintf(s->of, sizeof(s->of), "%s", of);
	if (other || att_steady_now() - p->told >= STATUS_MS)
		tell_status(p);
	return p->o->progress == NULL ||
	    p->o->progress(p->o->arg, of, done, size);
}

static int
let_withdraw(void *arg, struct att_err *err)
{
	struct pass *p = arg;

	return p->o->withdraw == NULL ? 0 :
					p->o->withdraw(p->o->arg, err);
}

/* -- the TPM --------------------------------------------------------------- */

/* With the lock, as all use of the TPM: there may be room for one. */
struct tpm {
	struct att_state *state;
	struct att_tpm *tpm;
};

static void
tpm_done(struct tpm *t)
{
	att_tpm_free(t->tpm);
	att_state_close(t->state);
}

static int
tpm_open(const struct att_agent_config *config, struct tpm *t,
    struct att_err *err)
{
	int r = att_state_open(config->state_dir, LOCK_WAIT_MS, &t->state,
	    err);

	return r < 0 ? r : att_tpm_open(config->tcti, TPM_MS,
			   &t->tpm, err);
}

static int
read_clock(void *arg, struct att_pass_clock *ret, struct att_err *err)
{
	AUTO_DONE(tpm_done) struct tpm t = { 0 };
	const struct pass *p = arg;
	struct att_tpm_clock c;
	int r;

	if ((r = tpm_open(p->o->config, &t, err)) < 0 ||
	    (r = att_tpm_clock_read(t.tpm, &c, err)) < 0)
		return r;
	*ret = (struct att_pass_clock){ .clock = c.clock,
		.reset_count = c.reset_count,
		.restart_count = c.restart_count, .safe = c.safe };
	return 0;
}

/* -- what is kept ---------------------------------------------------------- */

/* Does the document in place say the same of this boot? */
static bool
is_news(const char *path, struct att_slice now)
{
	AUTO_DONE(att_buf_done) struct att_buf was =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO_DONE(att_buf_done) struct att_buf old =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO_DONE(att_buf_done) struct att_buf fresh =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);

	return att_file_read_kept(path, &was, NULL) < 0 ||
	    att_firmware_stable(att_buf_view(&was), &old, NULL) < 0 ||
	    att_firmware_stable(now, &fresh, NULL) < 0 ||
	    !att_slice_equal(att_buf_view(&old), att_buf_view(&fresh));
}

static int
keep_claims(const struct att_agent_config *config,
    const struct att_measure *m, bool *ret_news, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *was = NULL;
	const char *path = config->firmware_claims;
	bool news;
	int r;

	if ((r = att_firmware_claims_encode(m->claims, &b, err)) < 0 ||
	    (r = att_run_dir_make(config, err)) < 0)
		return r;
	news = att_flashmemory_read_claims(path, &was, NULL) < 0 ||
	    was == NULL ||
	    strcmp(was->boot_id, m->claims->boot_id) != 0 ||
	    is_news(path, att_buf_view(&b));
	if ((r = att_file_write(path, att_buf_view(&b), 0600, err)) < 0)
		return r;
	*ret_news = news;
	return 0;
}

static int
queue_facts(const struct att_agent_config *config,
    const struct att_measure *m, struct att_err *err)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	struct att_fact_queue q;
	struct att_look look;
	int r;

	if (m->changes == 0)
		return 0;
	if ((r = att_state_open(config->state_dir, LOCK_WAIT_MS, &s, err)) <
	    0)
		return r;
	att_look_take(config, s, &look);
	if ((r = att_watch_open(s, &look, &q, err)) < 0 ||
	    (r = att_watch_firmware(&q, &look, m, err)) < 0)
		return r;
	return att_fact_queue_save(s, &q, err);
}

/* -- the pass -------------------------------------------------------------- */

/* What no kernel tells of: the TPM, fwupd and the BMC. */
static int
add_told(void *arg, struct att_components *list, struct att_err *err)
{
	struct pass *p = arg;
	const struct att_agent_config *config = p->o->config;
	struct att_components_tpm t;
	struct att_err why;
	int r;

	/* it is a component, that must not differ as somebody attests */
	att_components_ask_tpm(config, LOCK_WAIT_MS, &t);
	if ((r = att_components_add_told(config, t.tpm, list, err)) < 0)
		return r;
	r = att_bmc_inventory(&p->source, list, &why, err);
	if (why.code != ATT_OK)
		(void)att_log_err(ATT_LOG_WARNING, "firmware: Redfish", &why);
	return r;
}

static int
measure(struct pass *p, struct att_measure *ret, struct att_err *err)
{
	const struct att_remote_pass how = {
		.source = &p->source,
		.boot_id = p->status.boot_id,
		.limit_ms = (uint64_t)p->o->config->firmware_timeout * 1000,
		.more = add_told,
		.clock = read_clock,
		.withdraw = let_withdraw,
		.progress = go_on,
		.arg = p,
	};

	return att_remote_pass_run(&how, ret, err);
}

static int
begin(struct pass *p, struct att_err *err)
{
	char id[ATT_BOOT_ID_LEN + 1];
	int r = att_boot_id_read(p->o->config, id, err);

	if (r < 0)
		return r;
	(void)snprintf(p->status.boot_id, sizeof(p->status.boot_id), "%s",
	    id);
	p->status.began = (int64_t)time(NULL);
	tell_status(p);
	return 0;
}

static void
tell_change(const struct att_measure_change *c)
{
	char range[2 * ATT_RANGE_NAME_MAX + 64] = "";
	const char *const fields[ATT_FIELD_COUNT] = {
		[ATT_FIELD_FIRMWARE_CHIP] = c->chip,
		[ATT_FIELD_FIRMWARE_RANGE] = range,
		[ATT_FIELD_FIRMWARE_CHANGE] = c->how };

	if (c->range.name[0] == '\0') {
		att_journal(ATT_MESSAGE_FIRMWARE, fields,
		    "firmware changed: chip %s is %s", c->chip, c->how);
		return;
	}
	(void)snprintf(range, sizeof(range), "0x%llx, %s (%s)",
	    (unsigned long long)c->range.offset, c->range.name,
	    att_range_class_name(c->range.class));
	att_journal(ATT_MESSAGE_FIRMWARE, fields,
	    "firmware changed: %s, %s: %s", c->chip, range, c->how);
}

static void
tell_changes(const struct att_measure *m)
{
	for (size_t i = 0; i < m->changes; i++)
		tell_change(&m->change[i]);
	if (m->changes_left_out > 0)
		att_log(ATT_LOG_WARNING, "firmware changed: %zu more ranges",
		    m->changes_left_out);
}

static void
count(struct att_measured_status *s, const struct att_measure *m)
{
	s->state = ATT_MEASURED_DONE;
	s->chips = (int64_t)m->claims->chips;
	s->failed = (int64_t)m->failed;
	s->components = (int64_t)m->claims->components.count;
	s->changes = (int64_t)(m->changes + m->changes_left_out);
}

static int
measure_and_keep(struct pass *p, struct att_measure *ret, bool *ret_news,
    struct att_err *err)
{
	const struct att_agent_config *config = p->o->config;
	AUTO_DONE(att_measure_done) struct att_measure m = { 0 };
	struct att_err late = { 0 };
	int r;

	if ((r = measure(p, &m, err)) < 0)
		return r;
	tell_changes(&m);
	if ((r = keep_claims(config, &m, ret_news, err)) < 0)
		return r;
	/* a change that cannot be told is found again: the old map stays */
	if (queue_facts(config, &m, &late) < 0 ||
	    att_remote_pass_kept(&p->source, &late) < 0)
		(void)att_log_err(ATT_LOG_WARNING,
		    "firmware: not kept for the next pass", &late);
	*ret = m;
	m = (struct att_measure){ 0 };
	return 0;
}

int
att_measured_pass(const struct att_measured_options *o,
    struct att_measure *ret, bool *ret_news, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int lock = -1;
	AUTO_DONE(pass_done) struct pass p = pass_of(o);
	struct att_err why = { 0 };
	int r;

	if ((r = att_state_measure(o->config->state_dir, &lock, err)) < 0 ||
	    (r = begin(&p, err)) < 0)
		return r;
	if ((r = measure_and_keep(&p, ret, ret_news, &why)) < 0) {
		p.status.state = ATT_MEASURED_BROKEN;
		memcpy(p.status.reason, why.text, sizeof(why.text));
		if (err != NULL)
			*err = why;
	} else {
		count(&p.status, ret);
	}
	tell_status(&p);
	return r;
}

int
att_measured_only(const struct att_measured_options *o,
    struct att_measure *ret, struct att_err *err)
{
	AUTO_DONE(pass_done) struct pass p = pass_of(o);
	int r;

	p.quiet = true;
	r = begin(&p, err);
	return r < 0 ? r : measure(&p, ret, err);
}
