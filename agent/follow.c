#include "agent/follow.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/followed.h"
#include "agent/tell.h"
#include "base/file.h"
#include "base/steady.h"

#define DUE "attestd-due"
#define EXPIRY "attestd-expiry"
#define ATTEST_UNIT "attestd-attest.service"
#define FOLLOW_UNIT "attestd-follow.service"

#define PASSES_MAX 30	/* while the verdict changes under our hands */
#define PASS_NAP_MS 100	/* between two of them */
#define AGAIN_S 30	/* when the TPM could not be asked at all */
#define ARM_TRIES 4	/* of a timer whose name is still taken */
#define ARM_NAP_MS 100

/* What is asked about in one go: these, then the gated units. */
enum own {
	OWN_TRUSTED,
	OWN_UNTRUSTED,
	OWN_DUE,
	OWN_EXPIRY,
	OWN_COUNT
};
static const char *const own_units[] = {
	[OWN_TRUSTED] = ATT_TRUSTED_TARGET,
	[OWN_UNTRUSTED] = ATT_UNTRUSTED_TARGET,
	[OWN_DUE] = DUE ".timer",
	[OWN_EXPIRY] = EXPIRY ".timer",
};

/* One pass. */
struct pass {
	const struct att_agent_config *config;
	const struct att_manager *m;
	struct att_gate_tpm tpm;
	struct att_gate gate;
	struct att_followed was;	/* what is remembered */
	const char *names[OWN_COUNT + ATT_UNITS_MAX];
	struct att_unit_state is[OWN_COUNT + ATT_UNITS_MAX];
	size_t count;
	struct att_err *err;		/* the first one */
	int result;
	bool undone;			/* a unit is not as it should be */
};

/* The first failure stays; the others are logged, and nothing is left out. */
static void
note(struct pass *p, int r, const struct att_err *err)
{
	if (r >= 0)
		return;
	(void)att_log_err(ATT_LOG_ERR, "follow", err);
	if (p->result == 0) {
		p->result = r;
		if (p->err != NULL)
			*p->err = *err;
	}
}

static bool
is(const char *word, const char *what)
{
	return strcmp(word, what) == 0;
}

/* It works, or is about to. */
static bool
is_up(const struct att_unit_state *u)
{
	return is(u->active, "active") || is(u->active, "reloading") ||
	    is(u->active, "activating") || is(u->active, "refreshing");
}

/* Its gate, or itself, has failed, and it is tried again later. */
static bool
is_waiting(const struct att_unit_state *u)
{
	return is(u->active, "activating") &&
	    strncmp(u->sub, "auto-restart", strlen("auto-restart")) == 0;
}

/* -- targets and timers ---------------------------------------------------- */

static bool
queue(struct pass *p, const char *verb, const char *unit)
{
	struct att_err err = { 0 };
	int r = att_manager_queue(p->m, verb, unit, &err);

	note(p, r, &err);
	p->undone = p->undone || r < 0;
	return r == 0;
}

/* Each conflicts with the other; a stop that is in force already is none. */
static void
set_targets(struct pass *p)
{
	bool open = p->gate.state == ATT_GATE_OPEN;
	enum own yes = open ? OWN_TRUSTED : OWN_UNTRUSTED;
	enum own no = open ? OWN_UNTRUSTED : OWN_TRUSTED;

	if (is_up(&p->is[no]))
		(void)queue(p, "stop", own_units[no]);
	if (!is_up(&p->is[yes]))
		(void)queue(p, "start", own_units[yes]);
}

/*
 * A transient unit cannot be changed: the old one goes first. What such a timer
 * has started may be on its way out still, as when it is why we run; then there
 * is room for another of its name a moment later.
 */
static void
arm(struct pass *p, const char *name, int64_t seconds, bool clock_change,
    const char *unit)
{
	struct att_err err = { 0 };
	int r = 0;

	for (int i = 0; i < ARM_TRIES; i++) {
		if (i > 0)
			att_steady_nap(ARM_NAP_MS);
		r = att_manager_arm(p->m, name, seconds, clock_change, unit,
		    &err);
		if (r == 0)
			return;
	}
	note(p, r, &err);
}

static void
set_timers(struct pass *p)
{
	const char *old[OWN_COUNT];
	struct att_err err = { 0 };
	size_t n = 0;

	for (size_t i = OWN_DUE; i < OWN_COUNT; i++)
		if (!is(p->is[i].load, "not-found"))
			old[n++] = own_units[i];
	/* one that is over in this moment is gone, too; else arming says so */
	if (att_manager_disarm(p->m, old, n, &err) < 0)
		(void)att_log_err(ATT_LOG_INFO, "follow", &err);
	if (p->gate.due_in >= 0)
		arm(p, DUE, p->gate.due_in + 1, false, ATTEST_UNIT);
	if (p->gate.state == ATT_GATE_OPEN)
		arm(p, EXPIRY, p->gate.good_for + 1, true, FOLLOW_UNIT);
	else if (p->tpm.err.code != 0)
		arm(p, EXPIRY, AGAIN_S, true, FOLLOW_UNIT);
}

/* -- gated units ----------------------------------------------------------- */

static void
keep(struct pass *p)
{
	struct att_err err = { 0 };

	note(p, att_followed_write(p->config, &p->was, &err), &err);
}

static void
tell_unit(const struct pass *p, const char *id, const char *unit,
    const char *what)
{
	const struct att_tell_field fields[] = {
		{ "ATTESTD_UNIT", unit },
		{ "ATTESTD_REASON", p->gate.reason },
	};

	att_tell(ATT_LOG_NOTICE, id, fields, ATT_COUNT(fields), "%s: %s",
	    unit, what);
}

static struct att_stopped *
find(struct att_followed *was, const char *name)
{
	for (size_t i = 0; i < was->count; i++)
		if (is(was->stopped[i].name, name))
			return &was->stopped[i];
	return NULL;
}

/*
 * Stopped here, and still for us to start: not if somebody disabled it, or
 * started it since, so that it was he who stopped it. One that has not ended so
 * far starts once it has.
 */
static bool
is_ours(const struct att_stopped *s, const struct att_unit_state *u)
{
	return s != NULL && is(u->load, "loaded") &&
	    u->left <= (uint64_t)s->at &&
	    (is(u->active, "inactive") || is(u->active, "failed") ||
		is(u->active, "deactivating")) &&
	    !(s->enabled && is(u->file, "disabled"));
}

/*
 * A start job of a unit that waits for its next try hangs until that is due;
 * a restart does not (measured with systemd 252). What runs is left alone.
 */
static void
open_units(struct pass *p)
{
	for (size_t i = OWN_COUNT; i < p->count; i++) {
		const struct att_unit_state *u = &p->is[i];
		const char *name = p->names[i];
		bool waits = is_waiting(u);

		if (!waits && !is_ours(find(&p->was, name), u))
			continue;
		if (queue(p, waits ? "restart" : "start", name))
			tell_unit(p, ATT_MESSAGE_UNIT_STARTED, name,
			    "started, as this node is trusted now");
	}
	if (!p->undone)
		p->was.count = 0;
}

/* The list may hold units that a pass before could not stop all of. */
static void
remember(struct att_followed *was, const char *name,
    const struct att_unit_state *u)
{
	struct att_stopped *s = find(was, name);

	if (s == NULL && was->count < ATT_UNITS_MAX)
		s = &was->stopped[was->count++];
	if (s == NULL)
		return;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	s->enabled = !is(u->file, "disabled");
	s->at = (int64_t)(att_steady_awake() / ATT_STEADY_US);
}

/* What waits for its next try stays as it is: its gate is shut. */
static void
stop_units(struct pass *p)
{
	for (size_t i = OWN_COUNT; i < p->count; i++)
		if (is_up(&p->is[i]) && !is_waiting(&p->is[i]))
			remember(&p->was, p->names[i], &p->is[i]);
	/* before they stop: whatever happens to us, they come back */
	keep(p);
	for (size_t i = OWN_COUNT; i < p->count; i++) {
		if (!is_up(&p->is[i]) || is_waiting(&p->is[i]))
			continue;
		if (queue(p, "stop", p->names[i]))
			tell_unit(p, ATT_MESSAGE_UNIT_STOPPED, p->names[i],
			    "stopped, as this node is not trusted any more");
	}
}

/* -- a pass ---------------------------------------------------------------- */

/*
 * In a boot the TPM counts only when the machine sleeps; so when it is busy,
 * what it said before does.
 */
static void
ask_tpm(struct pass *p)
{
	struct att_gate_tpm now;

	att_gate_tpm_ask(p->config, ATT_GATE_TPM_MS, ATT_GATE_EK_MS, &now);
	p->tpm = now;
	if (now.ek_id[0] != '\0') {
		memcpy(p->was.ek_id, now.ek_id, sizeof(p->was.ek_id));
		p->was.ek_type = now.ek_type;
	}
	if (now.known) {
		p->was.has_tpm = true;
		p->was.tpm = now.clock;
		p->was.tpm_at = (int64_t)att_steady_now();
	} else if (p->was.has_tpm) {
		att_gate_tpm_kept(p->config, &p->tpm);
	}
}

static void
tell(const struct pass *p)
{
	const struct att_gate *g = &p->gate;
	bool open = g->state == ATT_GATE_OPEN;
	const struct att_tell_field fields[] = {
		{ "ATTESTD_VERDICT", att_gate_name(g->state) },
		{ "ATTESTD_REASON", g->reason },
		{ "ATTESTD_NODE", g->agent_id },
		{ "ATTESTD_VERIFIER", g->verifier },
	};

	if (open)
		att_tell(ATT_LOG_NOTICE, ATT_MESSAGE_TRUSTED, fields,
		    ATT_COUNT(fields), "this node is trusted by %s",
		    g->verifier);
	else
		att_tell(ATT_LOG_WARNING, ATT_MESSAGE_UNTRUSTED, fields,
		    ATT_COUNT(fields), "this node is not trusted: %s; see "
		    "attestctl status", g->reason);
}

/* What was not brought about is not remembered, and tried again next time. */
static void
bring_in_line(struct pass *p, bool first)
{
	bool open = p->gate.state == ATT_GATE_OPEN;
	bool changed = first || open != p->was.trusted;

	if (changed)
		tell(p);
	if (open && changed) {
		/* before they start: whatever happens to us, a loss is one */
		p->was.trusted = true;
		keep(p);
	}
	set_targets(p);
	set_timers(p);
	/* trust may be back before all of them were stopped */
	if (open && (changed || p->was.count > 0))
		open_units(p);
	else if (!open && changed && !first &&
	    p->config->on_untrusted == ATT_ON_UNTRUSTED_STOP)
		stop_units(p);
	if (!open && !p->undone)
		p->was.trusted = false;
	keep(p);
}

static int
run_pass(struct pass *p, struct att_err *err)
{
	const struct att_config_list *gated = &p->config->gated_units;
	char boot_id[ATT_BOOT_ID_LEN + 1];
	bool first;
	int r;

	if ((r = att_boot_id_read(p->config, boot_id, err)) < 0)
		return r;
	first = att_followed_read(p->config, boot_id, &p->was, err) < 0;
	if (first)
		p->was = (struct att_followed){ 0 };
	(void)snprintf(p->was.boot_id, sizeof(p->was.boot_id), "%s", boot_id);
	ask_tpm(p);
	att_gate_judge(p->config, &p->tpm, &p->gate);
	for (size_t i = 0; i < OWN_COUNT; i++)
		p->names[p->count++] = own_units[i];
	for (size_t i = 0; i < gated->count && i < ATT_UNITS_MAX; i++)
		p->names[p->count++] = gated->item[i];
	if ((r = att_manager_show(p->m, p->names, p->count, p->is, err)) < 0)
		return r;
	/* the target is of our making: what was remembered of it was lost */
	if (first && is_up(&p->is[OWN_TRUSTED])) {
		p->was.trusted = true;
		first = false;
	}
	p->err = err;
	bring_in_line(p, first);
	return p->result;
}

/*
 * Which file it is, and its time: another one is another verdict. A link, which
 * may lead to where nobody answers, is not followed.
 */
static void
look(const char *path, struct stat *ret)
{
	if (lstat(path, ret) < 0)
		*ret = (struct stat){ 0 };
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/*
 * A path unit does not start again what runs already: what changes meanwhile
 * is seen here, or not before the verdict changes the next time.
 */
int
att_follow(const struct att_agent_config *config, const struct att_manager *m,
    unsigned lock_ms, struct att_gate *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int lock = -1;
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_VERDICT_FILE);
	struct stat before, after;
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_followed_lock(config, lock_ms, &lock, err)) < 0)
		return r;
	look(path, &after);
	for (int i = 0; i < PASSES_MAX; i++) {
		struct pass p = { .config = config, .m = m };

		before = after;
		r = run_pass(&p, err);
		*ret = p.gate;
		look(path, &after);
		if (is_same(&before, &after))
			return r;
		att_steady_nap(PASS_NAP_MS);
	}
	return att_err_set(err, ATT_E_BUSY,
	    "%s: it changes all the time", path);
}
