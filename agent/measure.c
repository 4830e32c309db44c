#include "agent/measure.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/hardware.h"
#include "base/file.h"
#include "base/log.h"
#include "base/steady.h"
#include "inventory/inventory.h"
#include "mtd/list.h"
#include "mtd/spool.h"

#define COMPONENTS "components"
#define NOT_LISTED "not all of them can be listed"
#define RANGES_FEW 256	/* of a chip: leaving it out makes no room */
#define TRIES 2		/* passes over a chip whose structures were misread */

/* -- the pass -------------------------------------------------------------- */

/* A moment between two parts. */
struct mark {
	int64_t at;		/* seconds since 1970 */
	uint64_t steady;	/* ms */
	bool has_clock;
	struct att_pass_clock clock;
};

struct run {
	const struct att_measure_options *o;
	struct att_measure *out;
	struct att_hasher *h;
	uint64_t began;		/* ms */
	struct mark mark;	/* behind the part before */
	char of[ATT_PASS_NAME_MAX + 1];	/* the part that is measured */
};

void
att_measure_done(struct att_measure *m)
{
	att_firmware_claims_free(m->claims);
	*m = (struct att_measure){ 0 };
}

static void
take_mark(const struct run *r, struct mark *ret)
{
	struct mark m = { .at = (int64_t)time(NULL),
		.steady = att_steady_now() };
	struct att_err err = { 0 };

	if (r->o->clock != NULL) {
		m.has_clock = r->o->clock(r->o->arg, &m.clock, &err) == 0;
		if (!m.has_clock)
			(void)att_log_err(ATT_LOG_WARNING,
			    "firmware: the TPM's clock", &err);
	}
	*ret = m;
}

/* The part that was measured since the mark before. */
static int
end_part(struct run *r, struct att_pass **ret, struct att_err *err)
{
	const struct mark begin = r->mark;
	struct att_pass *p = NULL;
	int code = att_firmware_claims_add_pass(r->out->claims, r->of, &p,
	    err);

	if (code < 0)
		return code;
	take_mark(r, &r->mark);
	p->at = begin.at < 0 ? 0 : begin.at;
	p->seconds = (int64_t)((r->mark.steady - begin.steady) / 1000);
	p->has_clock = begin.has_clock && r->mark.has_clock;
	if (p->has_clock) {
		p->begin = begin.clock;
		p->end = r->mark.clock;
	}
	*ret = p;
	return 0;
}

static bool
tell(void *arg, uint64_t done, uint64_t size)
{
	const struct run *r = arg;

	return r->o->progress == NULL ||
	    r->o->progress(r->o->arg, r->of, done, size);
}

/* -- what differs from the last pass --------------------------------------- */

/* What a second look at a chip found out; offsets in order. */
struct doubts {
	uint64_t unsteady[ATT_UNSTEADY_MAX];
	size_t count;
	bool misread;	/* a structure: the map is not to be trusted */
};

static void
note_unsteady(struct doubts *d, const struct att_range *range)
{
	if (d->count < ATT_UNSTEADY_MAX &&
	    (d->count == 0 || d->unsteady[d->count - 1] < range->offset))
		d->unsteady[d->count++] = range->offset;
}

static void
note_change(struct att_measure *m, const char *chip, const char *how,
    const struct att_range *range)
{
	struct att_measure_change *c = &m->change[m->changes];

	if (m->changes == ATT_MEASURE_CHANGES_MAX) {
		m->changes_left_out++;
		return;
	}
	m->changes++;
	*c = (struct att_measure_change){ .how = how, .range = *range };
	(void)snprintf(c->chip, sizeof(c->chip), "%s", chip);
}

static struct att_spool_options
spool_options(struct run *r)
{
	uint64_t limit = r->o->limit_ms * 1000000u;
	uint64_t gone = (att_steady_now() - r->began) * 1000000u;

	return (struct att_spool_options){
		.dir = r->o->config->firmware_spool,
		.pace = r->o->pace,
		/* 0 were no limit */
		.limit_ns = limit == 0 ? 0 : gone < limit ? limit - gone : 1,
		.progress = tell,
		.arg = r,
	};
}

/* Two more looks at one difference. */
static int
look_again(struct run *r, const struct att_spool *spool,
    const char *chip, const struct att_map_change *c, struct att_map *map,
    struct doubts *d, struct att_err *err)
{
	const struct att_range *range = c->after != NULL ? c->after :
							   c->before;
	struct att_spool_options how = spool_options(r);
	enum att_reread found;
	int code = att_spool_reread(spool, c, &how, r->h, &found, err);

	if (code < 0)
		return code;
	if (found == ATT_REREAD_SAME) {
		note_change(r->out, chip, att_map_change_name(c->kind),
		    range);
		return 0;
	}
	att_log(ATT_LOG_WARNING, "firmware: %s, 0x%llx, %s: %s", chip,
	    (unsigned long long)range->offset, range->name,
	    found == ATT_REREAD_BACK ? "was misread" : "does not hold still");
	if (found == ATT_REREAD_BACK)
		map->range[c->after - map->range].digest = c->before->digest;
	else
		note_unsteady(d, range);
	d->misread = d->misread || c->kind != ATT_MAP_CONTENT;
	return 0;
}

static int
compare(struct run *r, const struct att_spool *spool, const char *chip,
    const struct att_map *earlier, struct att_map *map, struct doubts *d,
    struct att_err *err)
{
	struct att_map_diff it = att_map_diff_begin(earlier, map);
	struct att_map_change c;
	int code;

	while (att_map_diff_next(&it, &c))
		if (att_map_change_matters(&c) &&
		    (code = look_again(r, spool, chip, &c, map, d, err)) < 0)
			return code;
	return 0;
}

/* The map that the last pass made of it; NULL: none to compare with. */
static const struct att_map *
earlier_map(const struct run *r, const char *chip)
{
	const struct att_flash *f = r->o->earlier == NULL ? NULL :
	    att_firmware_claims_flash(r->o->earlier, chip);

	if (f == NULL || f->map == NULL)
		return NULL;
	if (f->map->alg == att_agent_config_hash(r->o->config))
		return f->map;
	att_log(ATT_LOG_NOTICE, "firmware: %s is not compared with the last "
	    "pass, which had %s", chip, att_alg_name(f->map->alg));
	return NULL;
}

/* -- one chip -------------------------------------------------------------- */

static int
map_once(struct run *r, const struct att_chip *chip, const char *name,
    struct att_map **ret, struct doubts *ret_doubts, struct att_err *err)
{
	const struct att_map_options how = {
		.alg = att_agent_config_hash(r->o->config),
		.layout = (enum att_layout)r->o->config->firmware_layout };
	struct att_spool_options reading = spool_options(r);
	const struct att_map *earlier = earlier_map(r, name);
	AUTO(att_spool_free) struct att_spool *spool = NULL;
	AUTO(att_map_free) struct att_map *map = NULL;
	struct doubts d = { 0 };
	int code;

	if ((code = att_spool_read(chip, &reading, &spool, err)) < 0 ||
	    (code = att_spool_map(spool, &how, r->h, &map, err)) < 0 ||
	    (earlier != NULL &&
		(code = compare(r, spool, name, earlier, map, &d, err)) < 0))
		return code;
	*ret = take(&map);
	*ret_doubts = d;
	return 0;
}

/*
 * Where ranges came or went and another look does not find that again, the
 * structures were misread, and nothing of this map counts.
 */
static int
map_chip(struct run *r, const struct att_chip *chip, struct att_flash *f,
    struct doubts *ret, struct att_err *err)
{
	const size_t changes = r->out->changes;
	const size_t left_out = r->out->changes_left_out;
	int code;

	for (unsigned i = 0; i < TRIES; i++) {
		att_map_free(take(&f->map));
		r->out->changes = changes;
		r->out->changes_left_out = left_out;
		code = map_once(r, chip, f->name, &f->map, ret, err);
		if (code < 0 || !ret->misread)
			return code;
	}
	return 0;
}

/* One of few texts: two passes that fail alike say the same. */
static void
fail_chip(struct att_measure *m, struct att_flash *f,
    const struct att_err *err)
{
	bool absent = err->code == ATT_E_NOT_FOUND;
	char text[ATT_COMPONENT_REASON_MAX + 1];

	att_map_free(take(&f->map));
	switch (err->code) {
	case ATT_E_NOT_FOUND:
		(void)snprintf(text, sizeof(text), "there is no such device");
		break;
	case ATT_E_SYS:
		(void)snprintf(text, sizeof(text), "cannot be read: %s",
		    strerror((int)err->sub));
		break;
	case ATT_E_TIMEOUT:
		(void)snprintf(text, sizeof(text), "reading took too long");
		break;
	case ATT_E_SHORT:
	case ATT_E_CONFLICT:
		(void)snprintf(text, sizeof(text), "its size is not steady");
		break;
	default:
		(void)snprintf(text, sizeof(text), "cannot be measured: %s",
		    att_code_name(err->code));
		break;
	}
	att_flash_set_failed(f, absent ? ATT_MEASURED_NOT_AVAILABLE :
					 ATT_MEASURED_FAILED, text);
	m->failed++;
	att_log(ATT_LOG_WARNING, "firmware: %s: %s", f->name, err->text);
}

/* A chip by a name that no other has; its room is good until the next. */
static int
add_chip(struct run *r, const char *name, struct att_flash **ret,
    struct att_err *err)
{
	char own[ATT_FLASH_NAME_MAX + 1];
	int code = att_firmware_claims_add_flash(r->out->claims, name, ret,
	    err);

	for (unsigned n = 2; code == ATT_E_CONFLICT && n <= ATT_FLASH_MAX;
	    n++) {
		(void)snprintf(own, sizeof(own), "%.*s#%u",
		    ATT_FLASH_NAME_MAX - 3, name, n);
		code = att_firmware_claims_add_flash(r->out->claims, own, ret,
		    err);
	}
	return code;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

/* `name` is "" where only the device itself knows it. */
static int
measure_chip(struct run *r, const char *path, const char *name,
    struct att_err *err)
{
	AUTO_DONE(att_chip_done) struct att_chip chip = { 0 };
	struct doubts d = { 0 };
	struct att_err why = { 0 };
	struct att_flash *f = NULL;
	struct att_pass *p = NULL;
	int opened = att_chip_open(path, &chip, &why), code;

	if (name[0] == '\0')
		name = opened == 0 && chip.device ? chip.name :
						    base_name(path);
	if ((code = add_chip(r, name, &f, err)) < 0)
		return code;
	(void)snprintf(r->of, sizeof(r->of), "flash/%s", f->name);
	if (opened == 0) {
		f->path = chip.device ? ATT_PATH_MTD : ATT_PATH_IMAGE;
		f->writable = chip.writable;
		opened = map_chip(r, &chip, f, &d, &why);
	}
	if (opened == ATT_E_BUSY) {
		if (err != NULL)
			*err = why;
		return opened;
	}
	if (opened < 0) {
		fail_chip(r->out, f, &why);
	} else {
		f->result = ATT_MEASURED_OK;
		f->reason[0] = '\0';
	}
	if ((code = end_part(r, &p, err)) < 0)
		return code;
	memcpy(p->unsteady, d.unsteady, sizeof(p->unsteady));
	p->unsteady_count = d.count;
	return 0;
}

/* -- all of them ----------------------------------------------------------- */

/* What cannot be opened has the name that the kernel tells all the same. */
static int
measure_number(struct run *r, const char *dir, unsigned number,
    struct att_err *err)
{
	const char *root = r->o->root == NULL ? "" : r->o->root;
	struct att_chip told = { .name = "" };
	AUTO(free) char *entry = NULL;
	AUTO(free) char *path = NULL;

	if (asprintf(&entry, "%s/mtd%u", dir, number) < 0)
		entry = NULL;
	if (asprintf(&path, "%s/dev/mtd%uro", root, number) < 0)
		path = NULL;
	if (entry == NULL || path == NULL)
		return att_err_nomem(err);
	(void)!att_chip_describe(entry, &told, NULL);
	return measure_chip(r, path, told.name, err);
}

static int
measure_listed(struct run *r, struct att_err *err)
{
	AUTO(free) char *dir = att_path_join(r->o->root == NULL ? "" :
		r->o->root, ATT_CHIP_CLASS_DIR);
	unsigned number[ATT_CHIPS_MAX];
	struct att_err why = { 0 };
	size_t count = 0;
	int code;

	if (dir == NULL)
		return att_err_nomem(err);
	code = att_chip_list(dir, number, &count, &why);

	if (code < 0)
		(void)att_log_err(ATT_LOG_WARNING, "firmware: flash chips",
		    &why);
	if (code < 0 || count == 0)
		(void)snprintf(r->out->claims->no_flash,
		    sizeof(r->out->claims->no_flash), "%s", code < 0 ?
			"failed: the MTD devices cannot be listed" :
			"not available: no driver offers a flash chip as an "
			"MTD device");
	for (size_t i = 0; i < count; i++)
		if ((code = measure_number(r, dir, number[i], err)) < 0)
			return code;
	return 0;
}

static int
measure_flash(struct run *r, struct att_err *err)
{
	const struct att_config_list *list = &r->o->config->firmware_devices;
	int code;

	if (list->count == 0)
		return measure_listed(r, err);
	for (size_t i = 0; i < list->count; i++)
		if ((code = measure_chip(r, list->item[i], "", err)) < 0)
			return code;
	return 0;
}

/* One instead of all: of a list with holes nobody knows what it lacks. */
static int
lose_components(struct att_components *list, const char *reason,
    struct att_err *err)
{
	struct att_component *c = NULL;
	int r;

	att_components_done(list);
	r = att_components_add(list, COMPONENTS, ATT_COMPONENT_OTHER,
	    ATT_PATH_SYSFS, &c, err);
	return r < 0 ? r : att_component_set_failed(c, ATT_MEASURED_FAILED,
	    reason, err);
}

/* What a source could not ask it tells itself, unless there is no room. */
static int
measure_components(struct run *r, struct att_err *err)
{
	struct att_components *list = &r->out->claims->components;
	struct att_pass *p = NULL;
	struct att_err why = { 0 };
	int code;

	(void)snprintf(r->of, sizeof(r->of), "%s", COMPONENTS);
	if (!tell(r, 0, 1))
		return att_err_set(err, ATT_E_BUSY, "stopped");
	code = att_hardware_collect(r->o->root, list, &why);
	if (code < 0)
		(void)att_log_err(ATT_LOG_WARNING, COMPONENTS, &why);
	if (code == ATT_E_NOMEM)
		return att_err_nomem(err);
	if (code < 0 && (code = lose_components(list, NOT_LISTED, err)) < 0)
		return code;
	return end_part(r, &p, err);
}

static void
withdraw(const struct run *r)
{
	struct att_err err = { 0 };

	if (r->o->withdraw != NULL && r->o->withdraw(r->o->arg, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "firmware is measured, not "
		    "all in the background", &err);
}

/* Chips that the last pass tried and that this one does not know. */
static void
note_gone(struct run *r)
{
	const struct att_firmware_claims *was = r->o->earlier;
	static const struct att_range whole = { .fill = -1 };
	char of[ATT_PASS_NAME_MAX + 1];

	for (size_t i = 0; was != NULL && i < was->chips; i++) {
		const char *name = was->flash[i].name;

		(void)snprintf(of, sizeof(of), "flash/%s", name);
		if (was->flash[i].map == NULL ||
		    att_firmware_claims_pass(was, of) == NULL ||
		    att_firmware_claims_flash(r->out->claims, name) != NULL)
			continue;
		note_change(r->out, name, "gone", &whole);
	}
}

/* -- a document of it ------------------------------------------------------ */

/* The chip that takes most room, if that is much. */
static bool
leave_out_chip(struct att_measure *m)
{
	struct att_flash *most = NULL;
	size_t ranges = RANGES_FEW;

	for (size_t i = 0; i < m->claims->chips; i++) {
		struct att_flash *f = &m->claims->flash[i];

		if (f->map != NULL && f->map->count > ranges) {
			ranges = f->map->count;
			most = f;
		}
	}
	if (most == NULL)
		return false;
	att_log(ATT_LOG_WARNING, "firmware: %s has %zu ranges, more than the "
	    "document takes", most->name, ranges);
	att_map_free(take(&most->map));
	att_flash_set_failed(most, ATT_MEASURED_FAILED,
	    "has more ranges than the document takes");
	m->failed++;
	return true;
}

static int
leave_out_components(struct att_measure *m, bool *ret, struct att_err *err)
{
	struct att_components *list = &m->claims->components;

	*ret = list->count > 1;
	if (!*ret)
		return 0;
	att_log(ATT_LOG_WARNING, "firmware: %zu components say more than the "
	    "document takes", list->count);
	return lose_components(list, "they say more than the document takes",
	    err);
}

/* One that says too much takes no room from the others. */
static int
fit(struct att_measure *m, struct att_err *err)
{
	bool less = true;
	int r = ATT_E_LIMIT;

	while (r == ATT_E_LIMIT && less) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
		int code;

		r = att_firmware_claims_encode(m->claims, &b, err);
		less = r == ATT_E_LIMIT && leave_out_chip(m);
		if (r == ATT_E_LIMIT && !less &&
		    (code = leave_out_components(m, &less, err)) < 0)
			return code;
	}
	return r;
}

int
att_measure_run(const struct att_measure_options *o, struct att_measure *ret,
    struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(att_measure_done) struct att_measure m = {
		.claims = calloc(1, sizeof(*m.claims)) };
	struct run r = { .o = o, .out = &m, .h = h,
		.began = att_steady_now() };
	int code;

	if (h == NULL || m.claims == NULL)
		return att_err_nomem(err);
	(void)snprintf(m.claims->boot_id, sizeof(m.claims->boot_id), "%s",
	    o->boot_id);
	take_mark(&r, &r.mark);
	if ((code = measure_components(&r, err)) < 0)
		return code;
	withdraw(&r);
	if ((code = measure_flash(&r, err)) < 0)
		return code;
	note_gone(&r);
	if ((code = fit(&m, err)) < 0)
		return code;
	*ret = m;
	m = (struct att_measure){ 0 };
	return 0;
}

int
att_measure_add(struct att_measure *m, const struct att_components *more,
    struct att_err *err)
{
	struct att_components *list = &m->claims->components;
	int r = more == NULL ? ATT_E_NOT_FOUND :
			       att_inventory_merge(list, more, err);

	if (r == ATT_E_NOMEM)
		return r;
	if (r < 0 && (r = lose_components(list, NOT_LISTED, err)) < 0)
		return r;
	return fit(m, err);
}
