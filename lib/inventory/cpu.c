/*
 * Microcode, of every CPU: an update that only some of them took is one that
 * failed, or worse.
 */
#include <stdio.h>
#include <string.h>

#include "base/cur.h"
#include "base/file.h"
#include "base/number.h"
#include "inventory/attr.h"
#include "inventory/pairs.h"
#include "inventory/sources.h"

#define CPU_DIR "sys/devices/system/cpu"
#define CPUINFO_MAX ((size_t)16 << 20)	/* bytes: a few KiB for each CPU */
#define REVISIONS_MAX 8			/* different ones that are told apart */
#define REVISION_MAX 31			/* bytes of one */
#define LIST_MAX 100			/* bytes of a list of CPUs */

/* A revision, and the CPUs that run it. */
struct revision {
	char text[REVISION_MAX + 1];
	char list[LIST_MAX + 1];	/* "0-3,8", of closed ranges */
	unsigned first, last;		/* of the open one */
};

struct tally {
	struct revision revision[REVISIONS_MAX];
	size_t count;
	bool more;		/* than are told apart */
};

static void
close_range_of(struct revision *v)
{
	size_t n = strlen(v->list);
	char range[32];

	if (v->first == v->last)
		(void)snprintf(range, sizeof(range), "%u", v->first);
	else
		(void)snprintf(range, sizeof(range), "%u-%u", v->first,
		    v->last);
	(void)snprintf(v->list + n, sizeof(v->list) - n, "%s%s",
	    n > 0 ? "," : "", range);
}

/* CPUs come in order. */
static void
note(struct tally *t, const char *text, unsigned cpu)
{
	struct revision *v = NULL;

	for (size_t i = 0; i < t->count; i++)
		if (strncmp(t->revision[i].text, text, REVISION_MAX) == 0)
			v = &t->revision[i];
	if (v == NULL && t->count == REVISIONS_MAX) {
		t->more = true;
	} else if (v == NULL) {
		v = &t->revision[t->count++];
		(void)snprintf(v->text, sizeof(v->text), "%s", text);
		v->first = v->last = cpu;
	} else if (cpu == v->last + 1) {
		v->last = cpu;
	} else {
		close_range_of(v);
		v->first = v->last = cpu;
	}
}

/* One revision is a version; several are a failure that names them all. */
static int
conclude(struct tally *t, struct att_component *c, struct att_err *err)
{
	char name[REVISION_MAX + 16];
	int r;

	if (t->count == 1)
		return att_attr_version(c, "microcode", ATT_VERSION_RUNNING,
		    t->revision[0].text, err);
	for (size_t i = 0; i < t->count; i++) {
		(void)snprintf(name, sizeof(name), "microcode %s",
		    t->revision[i].text);
		close_range_of(&t->revision[i]);
		if ((r = att_attr_attribute(c, name, t->revision[i].list,
			 err)) < 0)
			return r;
	}
	return att_component_set_failed(c, ATT_MEASURED_FAILED, t->more ?
	    "CPUs differ, more than can be listed" : "CPUs differ", err);
}

/* -- sysfs ----------------------------------------------------------------- */

/* One that was taken off line runs nothing, and has no such files. */
static bool
is_off_line(const char *dir)
{
	AUTO(free) char *text = NULL;

	return att_sysfs_text(dir, "online", &text, NULL) == 0 &&
	    strcmp(text, "0") == 0;
}

/* What kept one CPU from telling is in *why, where it is still empty. */
static int
ask(const char *dir, unsigned cpu, struct tally *t, struct att_err *why,
    struct att_err *err)
{
	AUTO(free) char *text = NULL;
	struct att_err e = { 0 };
	int r = att_sysfs_text(dir, "microcode/version", &text, &e);

	if (r == ATT_E_NOMEM)
		return att_err_nomem(err);
	if (r == 0 && text[0] == '\0')
		r = att_err_set(&e, ATT_E_NOT_FOUND, "empty");
	if (r == 0)
		note(t, text, cpu);
	else if (!is_off_line(dir) && why->code == ATT_OK)
		*why = e;
	return 0;
}

static int
ask_all(const char *root, struct tally *t, struct att_err *why,
    struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names n = { 0 };
	AUTO(free) char *at = att_path_join(root, CPU_DIR);
	unsigned cpu;
	int r;

	if (at == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_list(at, &n, err)) < 0)
		return r == ATT_E_NOT_FOUND ? 0 : r;
	for (size_t i = 0; i < n.count; i++) {
		AUTO(free) char *dir = NULL;

		if (!att_attr_number(n.name[i], "cpu", &cpu))
			continue;
		if ((dir = att_path_join(at, n.name[i])) == NULL)
			return att_err_nomem(err);
		if ((r = ask(dir, cpu, t, why, err)) < 0)
			return r;
	}
	return 0;
}

/* -- /proc/cpuinfo --------------------------------------------------------- */

/* What is the same for all CPUs, as the first one has it. */
struct model {
	char vendor[ATT_COMPONENT_TEXT_MAX + 1];
	char name[ATT_COMPONENT_TEXT_MAX + 1];
	unsigned family, model, stepping;
};

static void
copy_text(struct att_slice s, char *ret, size_t size)
{
	size_t n = ATT_MIN(s.len, size - 1);

	if (n > 0)
		memcpy(ret, s.data, n);
	ret[n] = '\0';
}

/* Digits; 0 for anything else. */
static unsigned
number(struct att_slice s)
{
	uint64_t v = 0;

	(void)!att_number_of(s, UINT32_MAX, &v);
	return (unsigned)v;
}

/* Numbers count in the first block, "processor: 0", only. */
static void
read_model(struct att_pair p, unsigned blocks, struct model *m)
{
	if (blocks != 1)
		return;
	if (att_slice_is(p.name, "vendor_id"))
		copy_text(p.value, m->vendor, sizeof(m->vendor));
	else if (att_slice_is(p.name, "model name"))
		copy_text(p.value, m->name, sizeof(m->name));
	else if (att_slice_is(p.name, "cpu family"))
		m->family = number(p.value);
	else if (att_slice_is(p.name, "model"))
		m->model = number(p.value);
	else if (att_slice_is(p.name, "stepping"))
		m->stepping = number(p.value);
}

static void
read_cpuinfo(struct att_slice text, struct model *m, struct tally *t)
{
	char revision[REVISION_MAX + 1];
	unsigned cpu = 0, blocks = 0;
	struct att_pair p;

	while (att_pair_next(&text, &p)) {
		if (att_slice_is(p.name, "processor")) {
			cpu = number(p.value);
			blocks++;
		} else if (att_slice_is(p.name, "microcode") &&
		    p.value.len > 0) {
			copy_text(p.value, revision, sizeof(revision));
			note(t, revision, cpu);
		}
		read_model(p, blocks, m);
	}
}

/* "06-8f-08", as Intel names its files of microcode. */
static int
describe(const struct model *m, struct att_component *c, struct att_err *err)
{
	char signature[40];
	int r = att_component_describe(c, m->vendor, m->name, NULL, err);

	if (r < 0 || m->family == 0)
		return r;
	(void)snprintf(signature, sizeof(signature), "%02x-%02x-%02x",
	    m->family, m->model, m->stepping);
	return att_attr_attribute(c, "signature", signature, err);
}

/* -- both ------------------------------------------------------------------ */

int
att_inventory_cpu(const char *root, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(CPUINFO_MAX);
	struct tally sysfs = { .count = 0 }, procfs = { .count = 0 };
	struct att_err why = { 0 };
	struct att_component *c;
	struct model m = { .family = 0 };
	bool shown;
	int r;

	/* without it there is a model less, and microcode is in sysfs */
	if ((r = att_sysfs_read(root, "proc/cpuinfo", &b, err)) == 0)
		read_cpuinfo(att_buf_view(&b), &m, &procfs);
	else if (r == ATT_E_NOMEM)
		return r;
	if ((r = ask_all(root, &sysfs, &why, err)) < 0)
		return r;
	/* where no CPU has such a file, there is no driver for microcode */
	shown = sysfs.count > 0 ||
	    (why.code != ATT_OK && why.code != ATT_E_NOT_FOUND);
	if (!shown && procfs.count == 0)
		return 0;
	if ((r = att_components_add(to, "cpu/microcode", ATT_COMPONENT_CPU,
		 shown ? ATT_PATH_SYSFS : ATT_PATH_PROCFS, &c, err)) < 0 ||
	    (r = describe(&m, c, err)) < 0)
		return r;
	if (shown && why.code != ATT_OK)
		return att_attr_blame(c, "microcode/version", &why, err);
	return conclude(shown ? &sysfs : &procfs, c, err);
}
