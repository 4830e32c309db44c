#include "agent/ctl.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "agent/ctl_option.h"
#include "base/encoding.h"
#include "base/text.h"
#include "eventlog/ima_replay.h"
#include "eventlog/ima_template.h"

#define OUTPUT_MAX (4u << 20)	/* bytes of one entry */

struct options {
	const struct att_ctl_command *cmd;
	const char *file;
	uint16_t alg;		/* of the template digests; 0: find out */
	bool padded;
	bool json;
};

static int
open_list(const struct options *o, struct att_hasher *h, struct att_buf *raw,
    struct att_ima_list *ret, struct att_err *err)
{
	int r;

	if (att_ctl_read(o->file, raw, err) < 0)
		return att_ctl_fail(NULL, err);
	/* the kernel's files hold boot_aggregate at least */
	if (raw->len == 0) {
		att_err_set(err, ATT_E_SHORT, "no IMA list: it is empty");
		return att_ctl_fail(o->file, err);
	}
	r = o->alg != 0 ? att_ima_open(att_buf_view(raw), o->alg, ret, err) :
			  att_ima_recognise(att_buf_view(raw), h, ret, err);
	return r < 0 ? att_ctl_fail(o->file, err) : ATT_CTL_GOOD;
}

/* -- replay ---------------------------------------------------------------- */

/* Every bank that can be hashed here, from zero. */
static int
all_banks(struct att_ima_state *st, struct att_err *err)
{
	int r;

	att_ima_state_begin(st, NULL);
	for (size_t i = 0; i < ATT_BANKS_MAX; i++)
		if (att_alg_evp(att_alg_at(i)) != NULL &&
		    (r = att_pcrs_add_bank(&st->pcrs, att_alg_at(i), err)) < 0)
			return r;
	return 0;
}

static void
note_left_out(const struct options *o, const struct att_ima_replay *r)
{
	for (size_t i = 0; i < r->st.pcrs.count; i++)
		if (r->incomplete[i])
			att_ctl_note(o->file, "left out: %s, as the text does "
			    "not tell the data of every template",
			    att_alg_name(r->st.pcrs.bank[i].alg));
}

static int
replay_list(const struct options *o, const struct att_ima_list *list,
    struct att_ima_replay *r, struct att_err *err)
{
	int rc = att_ima_replay_list(r, list, err);

	if (rc < 0 || r->broken == 0)
		return rc;
	return att_err_at(err, ATT_E_MISMATCH, r->first_broken_offset,
	    "IMA entry %" PRIu64 ": template digest is not the %s hash of the "
	    "data; %" PRIu64 " such entries", r->first_broken,
	    att_alg_name(list->alg), r->broken);
}

static int
replay(const struct options *o, struct att_hasher *h)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_IMA_LIST_MAX);
	struct att_err err = { 0 };
	struct att_pcrs pcrs;
	struct att_ima_list list = { 0 };
	struct att_ima_state st;
	struct att_ima_replay r;
	int status;

	if ((status = open_list(o, h, &raw, &list, &err)) != ATT_CTL_GOOD)
		return status;
	if (all_banks(&st, &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ima_replay_begin(&r, &st, o->padded ? ATT_IMA_PADDED :
						  ATT_IMA_PER_BANK, h);
	if (replay_list(o, &list, &r, &err) < 0)
		return att_ctl_fail(o->file, &err);
	note_left_out(o, &r);
	att_ima_replay_values(&r, &pcrs);
	return att_ctl_put_registers(o->file, &pcrs, o->json);
}

/* -- show ------------------------------------------------------------------ */

/* An entry, and as much of its data as can be read. */
struct shown {
	const struct att_ima_entry *e;
	bool split;
	struct att_ima_fields f;
	struct att_ima_subject s;
	enum att_ima_check check;
};

static int
look_at(const struct att_ima_entry *e, struct att_hasher *h,
    struct shown *ret, struct att_err *err)
{
	struct att_digest d;
	int r;

	*ret = (struct shown){ .e = e, .check = e->check };
	ret->split = att_ima_split(e, &ret->f, NULL) == 0 &&
	    att_ima_subject(&ret->f, e->violation, &ret->s, NULL) == 0;
	if (e->violation || e->check != ATT_IMA_UNCHECKED ||
	    att_alg_evp(e->alg) == NULL)
		return 0;
	if ((r = att_ima_hash(h, e->alg, e, &d, err)) < 0)
		return r;
	ret->check = att_slice_equal(att_digest_view(&d), e->digest) ?
	    ATT_IMA_HOLDS : ATT_IMA_BROKEN;
	return 0;
}

static const char *
check_text(const struct shown *s)
{
	if (s->e->violation)
		return "violation";
	switch (s->check) {
	case ATT_IMA_HOLDS:
		return "holds";
	case ATT_IMA_BROKEN:
		return "broken";
	case ATT_IMA_NO_DATA:
		return "no-data";
	case ATT_IMA_UNCHECKED:
		break;
	}
	return "unchecked";
}

/* "3 10 ima-ng sha256:... /usr/bin/x", then what is unusual about it. */
static int
show_text(const struct shown *s, struct att_buf *b, struct att_err *err)
{
	const struct att_ima_digest *d = &s->s.digest;

	att_buf_printf(b, "%" PRIu64 " %u ", s->e->number, s->e->pcr);
	att_text_put(b, s->e->name);
	att_buf_u8(b, ' ');
	if (s->s.has_digest) {
		att_buf_str(b, d->verity ? "verity:" : "");
		att_text_put(b, d->alg_name);
		att_buf_u8(b, ':');
		att_hex_put(b, d->digest);
	} else {
		att_buf_u8(b, '-');
	}
	att_buf_u8(b, ' ');
	if (s->s.has_path)
		att_text_put(b, s->s.path);
	for (size_t i = 0; i < s->f.count; i++)
		if (s->f.field[i].id == ATT_IMA_SIG &&
		    s->f.field[i].data.len > 0)
			att_buf_str(b, " [signed]");
	if (s->e->violation || s->check != ATT_IMA_HOLDS)
		att_buf_printf(b, " [%s]", check_text(s));
	else if (!s->split)
		att_buf_str(b, " [unknown template]");
	att_buf_u8(b, '\n');
	return att_buf_ok(b, "an entry as text", err);
}

static json_t *
fields_json(const struct att_ima_fields *f)
{
	AUTO(att_json_decref) json_t *list = json_array();

	for (size_t i = 0; i < f->count; i++) {
		AUTO(att_json_decref) json_t *j = json_object();

		if ((f->field[i].name.len > 0 &&
			att_json_put(j, "name",
			    att_json_text(f->field[i].name), NULL) < 0) ||
		    att_json_put(j, "data",
			att_json_hex_of(f->field[i].data), NULL) < 0 ||
		    att_json_add(list, take(&j), NULL) < 0)
			return NULL;
	}
	return take(&list);
}

static int
put_subject(json_t *j, const struct att_ima_subject *s, struct att_err *err)
{
	const struct att_ima_digest *d = &s->digest;
	int r = 0;

	if (s->has_digest &&
	    ((r = att_json_put(j, "algorithm", att_json_text(d->alg_name),
		  err)) < 0 ||
		(r = att_json_put(j, "digest", att_json_hex_of(d->digest),
		     err)) < 0 ||
		(r = att_json_put(j, "verity", json_boolean(d->verity),
		     err)) < 0))
		return r;
	if (s->has_path)
		r = att_json_put(j, "path", att_json_text(s->path), err);
	return r;
}

static int
show_json(const struct shown *s, struct att_buf *b, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_ima_entry *e = s->e;
	int r;

	if ((r = att_json_put(j, "number", json_integer((json_int_t)e->number),
		 err)) < 0 ||
	    (r = att_json_put(j, "offset", json_integer((json_int_t)e->offset),
		 err)) < 0 ||
	    (r = att_json_put(j, "pcr", json_integer(e->pcr), err)) < 0 ||
	    (r = att_json_put(j, "template", att_json_text(e->name),
		 err)) < 0 ||
	    (r = att_json_put(j, "template_digest",
		 att_json_hex_of(e->digest), err)) < 0 ||
	    (r = att_json_put(j, "check", json_string(check_text(s)),
		 err)) < 0 ||
	    (r = put_subject(j, &s->s, err)) < 0 ||
	    (s->split && (r = att_json_put(j, "fields", fields_json(&s->f),
			     err)) < 0))
		return r;
	att_buf_str(b, e->number == 0 ? "\n" : ",\n");
	return att_json_write(j, b, err);
}

struct counts {
	uint64_t violations, broken, used;
};

static int
show_entries(const struct options *o, const struct att_ima_list *list,
    struct att_hasher *h, struct counts *n, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(OUTPUT_MAX);
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;
	struct shown s;
	int r;

	while ((r = att_ima_next(&it, &e, err)) > 0) {
		att_buf_reset(&b);
		if ((r = look_at(&e, h, &s, err)) < 0 ||
		    (r = o->json ? show_json(&s, &b, err) :
				   show_text(&s, &b, err)) < 0)
			return r;
		att_ctl_put(&b);
		n->violations += e.violation;
		n->broken += s.check == ATT_IMA_BROKEN;
		n->used = it.cur.off;
	}
	return r;
}

/* The entries are written one by one, between these two. */
static void
begin_json(const struct att_ima_list *list)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(OUTPUT_MAX);

	att_buf_printf(&b, "{\"algorithm\":\"%s\",\"big_endian\":%s,"
	    "\"format\":\"%s\",\"size\":%zu,\"entries\":[",
	    att_alg_name(list->alg), list->big_endian ? "true" : "false",
	    list->text ? "text" : "binary", list->raw.len);
	att_ctl_put(&b);
}

static void
end_json(const struct counts *n)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(OUTPUT_MAX);

	att_buf_printf(&b, "\n],\"broken\":%" PRIu64 ",\"used\":%" PRIu64
	    ",\"violations\":%" PRIu64 "}\n", n->broken, n->used,
	    n->violations);
	att_ctl_put(&b);
}

/* What comes before damage is shown. */
static int
show(const struct options *o, struct att_hasher *h)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_IMA_LIST_MAX);
	struct att_err err = { 0 };
	struct att_ima_list list = { 0 };
	struct counts n = { 0 };
	int r, status;

	if ((status = open_list(o, h, &raw, &list, &err)) != ATT_CTL_GOOD)
		return status;
	if (o->json)
		begin_json(&list);
	r = show_entries(o, &list, h, &n, &err);
	if (o->json)
		end_json(&n);
	return r < 0 ? att_ctl_fail(o->file, &err) : ATT_CTL_GOOD;
}

/* -- the command ----------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(const struct options *o, struct att_hasher *h);
} verbs[] = {
	{ "replay", replay },
	{ "show", show },
};

static int
set_hash(void *arg, const char *name)
{
	struct options *o = arg;

	if ((o->alg = att_alg_by_name(name)) == 0)
		return att_ctl_misused(o->cmd, "--hash %.32s is not known",
		    name);
	return ATT_CTL_GOOD;
}

static int
run_verb(const struct options *o, const char *verb)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();

	if (h == NULL)
		return att_ctl_nomem();
	for (size_t i = 0; i < ATT_COUNT(verbs); i++)
		if (strcmp(verb, verbs[i].name) == 0)
			return verbs[i].run(o, h);
	return att_ctl_misused(o->cmd, "no verb \"%s\"", verb);
}

int
att_ctl_ima(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };
	const struct att_ctl_option table[] = {
		{ "hash", .set = set_hash },
		{ "json", .flag = &o.json },
		{ "padded", .flag = &o.padded },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (argc - optind != 2)
		return att_ctl_misused(cmd, "a verb and one file are wanted");
	o.file = argv[optind + 1];
	if (o.padded && strcmp(argv[optind], "replay") != 0)
		return att_ctl_misused(cmd, "--padded is for replay");
	return run_verb(&o, argv[optind]);
}
