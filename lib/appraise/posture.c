#include "appraise/posture.h"

#include <string.h>

#include "appraise/claims.h"
#include "evidence/platform_key.h"

struct work {
	const struct att_posture_case *c;
	const struct att_posture *p;
	att_finding_fn *report;
	void *arg;
	size_t rules;	/* documents that are for this node */
	bool failed;	/* a finding of severity fail was reported */
};

/* -- findings -------------------------------------------------------------- */

static void
tell(void *arg, const struct att_finding *f)
{
	struct work *w = arg;

	w->failed = w->failed || f->severity == ATT_SEVERITY_FAIL;
	if (w->report != NULL)
		w->report(w->arg, f);
}

static struct att_finding
finding(enum att_finding_code code, const char *label)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_label(&f, att_slice_of(label));
	return f;
}

/* -- what no machine should have ------------------------------------------- */

static void
check_cert(struct work *w, enum att_posture_variable v,
    const struct att_posture_cert *c)
{
	const char *what = "";
	struct att_finding f;

	switch (att_platform_key_of(&c->sha256, c->subject, &what)) {
	case ATT_PLATFORM_KEY_TEST:
		f = finding(ATT_F_POSTURE_TEST_KEY,
		    att_posture_variable_name(v));
		/* who has no rules did not say that it matters */
		if (w->rules == 0)
			f.severity = ATT_SEVERITY_WARN;
		break;
	case ATT_PLATFORM_KEY_SHARED:
		/* it vouches for the others, so it is told of once */
		if (v != ATT_POSTURE_PK)
			return;
		f = finding(ATT_F_POSTURE_SHARED_KEY, "");
		break;
	default:
		return;
	}
	att_finding_set_what(&f, "%s", what);
	tell(w, &f);
}

static void
check_certs(struct work *w)
{
	for (int v = 0; v < ATT_POSTURE_VARIABLES; v++) {
		const struct att_posture_keys *k = &w->p->keys[v];

		/* what it revokes is not trusted */
		if (v == ATT_POSTURE_DBX)
			continue;
		for (size_t i = 0; i < k->certs; i++)
			check_cert(w, (enum att_posture_variable)v,
			    &k->cert[i]);
	}
}

/* NULL: the claim is not there, or has no value. */
static const json_t *
value_of(const struct work *w, const char *name)
{
	const struct att_posture_claim *c = att_posture_find(w->p, name);

	return c == NULL ? NULL : c->value;
}

static void
check_settings(struct work *w)
{
	const char *lockdown = json_string_value(value_of(w,
	    "kernel.lockdown"));
	struct att_finding f;

	if (json_is_true(value_of(w, "secure_boot.setup_mode"))) {
		f = att_finding_make(ATT_F_POSTURE_SETUP_MODE);
		tell(w, &f);
	}
	if (json_is_true(value_of(w, "shim.validation_off"))) {
		f = att_finding_make(ATT_F_POSTURE_SHIM_OFF);
		tell(w, &f);
	}
	if (lockdown != NULL && strcmp(lockdown, "none") == 0) {
		f = att_finding_make(ATT_F_POSTURE_NO_LOCKDOWN);
		tell(w, &f);
	}
}

/* -- what the boot log proves ---------------------------------------------- */

static void
check_secure_boot(struct work *w)
{
	const json_t *on = value_of(w, "secure_boot.on");
	bool proven = w->c->proven->secure_boot == ATT_SECURE_BOOT_ON;
	struct att_finding f;

	if (w->c->proven->secure_boot == ATT_SECURE_BOOT_UNKNOWN ||
	    !json_is_boolean(on) || json_is_true(on) == proven)
		return;
	f = finding(ATT_F_POSTURE_CONTRADICTS, "Secure Boot");
	att_finding_set_what(&f, "it was %s at the boot, and is said to be %s",
	    proven ? "on" : "off", proven ? "off" : "on");
	tell(w, &f);
}

/* The next word, without the spaces around it; *len 0 at the end. */
static const char *
next_word(const char *s, size_t *len)
{
	s += strspn(s, " ");
	*len = strcspn(s, " ");
	return s;
}

enum words {
	SAME,
	MORE,	/* the line that runs has words that were not measured */
	OTHER,	/* it lacks some, or has them in another order */
};

/*
 * Whether the measured words are in the line that runs, in their order. Words
 * that the kernel was built with stand among them (CONFIG_CMDLINE).
 */
static enum words
compare_words(const char *measured, const char *running)
{
	enum words result = SAME;
	size_t n, k;

	for (measured = next_word(measured, &n); n > 0;
	     running = next_word(running, &k) + k) {
		running = next_word(running, &k);
		if (k == 0)
			return OTHER;
		if (k != n || memcmp(measured, running, n) != 0) {
			result = MORE;
			continue;
		}
		measured = next_word(measured + n, &n);
	}
	(void)next_word(running, &k);
	return k > 0 ? MORE : result;
}

/*
 * GRUB measures the line without the word that it begins with. A line that was
 * cut is compared by the words that are left whole.
 */
static void
check_line(struct work *w)
{
	static const char image[] = "BOOT_IMAGE=", cut[] = "...";
	const char *running = json_string_value(value_of(w,
	    "kernel.command_line"));
	char measured[ATT_CLAIM_KERNEL_MAX + 1];
	struct att_finding f = finding(ATT_F_POSTURE_CONTRADICTS,
	    "the kernel's command line");
	size_t len = strlen(w->c->proven->kernel);
	enum words words;
	bool whole = true;

	memcpy(measured, w->c->proven->kernel, sizeof(measured));
	if (len == 0 || running == NULL)
		return;
	if (len == ATT_CLAIM_KERNEL_MAX &&
	    strcmp(measured + len - strlen(cut), cut) == 0) {
		while (len > 0 && measured[len - 1] != ' ')
			len--;
		measured[len] = '\0';
		whole = false;
	}
	if (strncmp(running, image, strlen(image)) == 0 &&
	    strncmp(measured, image, strlen(image)) != 0)
		running += strlen(image);
	words = compare_words(measured, running);
	if (words == SAME || (words == MORE && !whole))
		return;
	if (words == MORE)
		f.severity = ATT_SEVERITY_WARN;
	att_finding_set_what(&f, "%s", words == MORE ?
	    "it has words that were not measured" :
	    "it is not the one that was measured");
	tell(w, &f);
}

/* Has the variable the value that was measured? */
static int
is_as_measured(const struct work *w, const struct att_posture_keys *k,
    struct att_slice measured, bool *ret, struct att_err *err)
{
	struct att_digest d;
	int r;

	/* one that was not there was measured without a value */
	if (k->result == ATT_POSTURE_NOT_AVAILABLE) {
		*ret = measured.len == 0;
		return 0;
	}
	if ((r = att_digest_of(ATT_ALG_SHA256, measured, &d, err)) < 0)
		return r;
	*ret = att_digest_equal(&d, &k->sha256);
	return 0;
}

static int
check_variables(struct work *w, struct att_err *err)
{
	/* by their place among those that are measured */
	static const enum att_posture_variable order[] = { ATT_POSTURE_PK,
		ATT_POSTURE_KEK, ATT_POSTURE_DB, ATT_POSTURE_DBX };
	bool same = true;
	int r;

	/* without EFI's variables nothing is compared, and a rule tells */
	if (!w->c->proven->variables ||
	    value_of(w, "secure_boot.on") == NULL)
		return 0;
	for (size_t i = 0; i < ATT_COUNT(order); i++) {
		const struct att_posture_keys *k = &w->p->keys[order[i]];
		struct att_finding f = finding(ATT_F_POSTURE_KEYS_CHANGED,
		    att_posture_variable_name(order[i]));

		if (k->result == ATT_POSTURE_FAILED)
			continue;
		if ((r = is_as_measured(w, k, w->c->proven->variable[i + 1],
			 &same, err)) < 0)
			return r;
		if (!same)
			tell(w, &f);
	}
	return 0;
}

static int
compare_log(struct work *w, struct att_err *err)
{
	if (w->c->proven == NULL)
		return 0;
	check_secure_boot(w);
	check_line(w);
	return check_variables(w, err);
}

/* -- rules ----------------------------------------------------------------- */

static bool
is_for(const struct work *w, size_t i)
{
	return att_posture_rules_is_for(w->c->rules[i], w->c->platform,
	    w->c->now);
}

static void
count_rules(struct work *w)
{
	struct att_finding none = att_finding_make(ATT_F_POSTURE_NO_RULES);

	for (size_t i = 0; i < w->c->count; i++)
		w->rules += is_for(w, i);
	if (w->rules == 0)
		tell(w, &none);
}

/* Has a document that is for this node a rule about this? */
static bool
has_rule(const struct work *w, const char *about)
{
	const char *name;
	bool required;

	for (size_t i = 0; i < w->c->count; i++) {
		if (!is_for(w, i))
			continue;
		for (size_t k = 0; (name = att_posture_rules_about(
			 w->c->rules[i], k, &required)) != NULL; k++)
			if (strcmp(name, about) == 0)
				return true;
	}
	return false;
}

/* Does it require something that no document does whose time is not over? */
static bool
leaves_bare(const struct work *w, const struct att_posture_rules *r)
{
	bool required = false;
	const char *name;

	for (size_t k = 0;
	     (name = att_posture_rules_about(r, k, &required)) != NULL; k++)
		if (required && !has_rule(w, name))
			return true;
	return false;
}

/* Rules that nobody renewed are no reason to look away. */
static void
check_expired(struct work *w)
{
	for (size_t i = 0; w->rules > 0 && i < w->c->count; i++) {
		const struct att_posture_rules *r = w->c->rules[i];
		const struct att_ref_head *h = att_posture_rules_head(r);
		struct att_finding f =
		    att_finding_make(ATT_F_REFERENCE_EXPIRED);

		if (!att_ref_head_concerns(h, w->c->platform, w->c->now) ||
		    is_for(w, i) || !leaves_bare(w, r))
			continue;
		att_finding_set_what(&f, "%s", h->id);
		tell(w, &f);
	}
}

static int
match_rules(struct work *w, struct att_err *err)
{
	bool good = false;
	int r;

	for (size_t i = 0; i < w->c->count; i++) {
		if (!is_for(w, i))
			continue;
		if ((r = att_posture_rules_match(w->c->rules[i], w->p, tell,
			 w, &good, err)) < 0)
			return r;
		w->failed = w->failed || !good;
	}
	return 0;
}

int
att_posture_judge(const struct att_posture_case *c, att_finding_fn *report,
    void *arg, struct att_posture_judged *ret, struct att_err *err)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;
	struct work w = { .c = c, .report = report, .arg = arg };
	struct att_posture_judged out = { false, false };
	struct att_err why = { 0 };
	int r;

	if ((r = att_posture_parse(c->text, &p, &why)) < 0) {
		struct att_finding f =
		    att_finding_make(ATT_F_POSTURE_MALFORMED);

		if (att_code_kind(r) == ATT_KIND_SYSTEM)
			return att_err_set(err, why.code, "%s", why.text);
		att_finding_set_what(&f, "%s", why.text);
		tell(&w, &f);
		*ret = out;
		return 0;
	}
	w.p = p;
	count_rules(&w);
	check_certs(&w);
	check_settings(&w);
	check_expired(&w);
	if ((r = compare_log(&w, err)) < 0 ||
	    (r = match_rules(&w, err)) < 0)
		return r;
	out.evaluated = w.rules > 0;
	out.holds = out.evaluated && !w.failed;
	*ret = out;
	return 0;
}
