/* attestctl node: the fleet as a verifier sees it, for its operator. */
#include <getopt.h>
#include <string.h>

#include "agent/ctl_agent.h"
#include "agent/show.h"
#include "base/text.h"
#include "protocol/agent_id.h"

#define OUTPUT_MAX (64u << 20)	/* bytes */
#define PAGES_MAX 1000		/* of a list: a million nodes */
#define COLUMNS_MAX 8		/* of a list */
#define COLUMN_MAX 128		/* characters of one but the last */

struct job {
	const struct att_ctl_command *cmd;
	struct att_operator_options server;
	struct att_operator *op;
	const char *id;		/* of a node, or NULL */
	const char *output;	/* file, or NULL */
	const char *kind;	/* of lines of the audit trail, or NULL */
	bool json;
	/* of an admission; NULL: not said */
	const char *vendor, *product, *group, *ek;
	bool any_ek;
	const char *accept, *forget;	/* components, or NULL */
	bool known, relearn;	/* of firmware */
	struct att_buf out;
};

static void
job_done(struct job *j)
{
	att_operator_free(j->op);
	att_buf_done(&j->out);
}

/* -- asking ---------------------------------------------------------------- */

/* "/nodes/ID/rest" */
static int
node_path(const struct job *j, const char *rest, struct att_buf *ret,
    struct att_err *err)
{
	int r = att_agent_id_check(j->id, err);

	if (r < 0)
		return r;
	att_buf_str(ret, "/nodes/");
	att_operator_put_segment(ret, j->id);
	att_buf_str(ret, rest);
	att_buf_u8(ret, '\0');
	return att_buf_ok(ret, "path", err);
}

static int
get(struct job *j, const char *path, json_t **ret, struct att_err *err)
{
	const struct att_operator_ask a = { .method = ATT_HTTP_GET,
		.path = path };

	return att_operator_ask_json(j->op, &a, ret, err);
}

static int
get_of_node(struct job *j, const char *rest, json_t **ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(1024);
	int r = node_path(j, rest, &path, err);

	return r < 0 ? r : get(j, (const char *)path.data, ret, err);
}

/* -- printing -------------------------------------------------------------- */

/* Text of a member, clean and padded; "-" where there is none. */
static void
put_member(struct att_buf *b, const json_t *j, const char *name, int width)
{
	const char *text = json_string_value(json_object_get(j, name));
	size_t from = b->len;

	if (text == NULL || text[0] == '\0')
		text = "-";
	att_text_put_path(b, att_slice_of(text));
	while (b->len - from < (size_t)width && !b->failed)
		att_buf_u8(b, ' ');
	att_buf_str(b, width == 0 ? "\n" : "  ");
}

struct column {
	const char *name;	/* of the member, and the title */
	int width;		/* at least; 0: the last one */
};

/* Wide enough for all rows: an id may be as long as a digest. */
static int
width_of(const json_t *rows, const struct column *c)
{
	size_t width = (size_t)c->width, i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		size_t len = json_string_length(json_object_get(row, c->name));

		if (len > width && len <= COLUMN_MAX)
			width = len;
	}
	return (int)width;
}

/* Under their titles; nothing where there are no rows. */
static void
put_rows(struct att_buf *b, const json_t *rows, const struct column *columns)
{
	int width[COLUMNS_MAX] = { 0 };
	size_t last = 0, i;
	json_t *row;

	if (json_array_size(rows) == 0)
		return;
	for (; last < COLUMNS_MAX - 1 && columns[last].width != 0; last++) {
		width[last] = width_of(rows, &columns[last]);
		att_buf_printf(b, "%-*s  ", width[last], columns[last].name);
	}
	att_buf_printf(b, "%s\n", columns[last].name);
	json_array_foreach (rows, i, row)
		for (size_t c = 0; c <= last; c++)
			put_member(b, row, columns[c].name, width[c]);
}

static int
put_list(struct job *j, json_t *answer, const char *name,
    const struct column *columns, struct att_err *err)
{
	json_t *rows = NULL;
	int r;

	if (j->json)
		return att_json_write_pretty(answer, &j->out, err);
	if ((r = att_json_arr(answer, name, &rows, err)) < 0)
		return r;
	put_rows(&j->out, rows, columns);
	return att_buf_ok(&j->out, "list", err);
}

/* -- lists ----------------------------------------------------------------- */

/* One page after the other into one answer. */
static int
all_nodes(struct job *j, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = NULL;

	for (unsigned i = 0; i < PAGES_MAX; i++) {
		AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(1024);
		AUTO(att_json_decref) json_t *page = NULL;
		const char *next = NULL;
		json_t *rows = NULL;
		int r;

		att_buf_str(&path, "/nodes?after=");
		att_operator_put_segment(&path, i == 0 ? "" :
		    json_string_value(json_object_get(all, "next")));
		att_buf_u8(&path, '\0');
		if ((r = att_buf_ok(&path, "path", err)) < 0 ||
		    (r = get(j, (const char *)path.data, &page, err)) < 0 ||
		    (r = att_json_arr(page, "nodes", &rows, err)) < 0 ||
		    (r = att_json_str_opt(page, "next", &next, err)) < 0)
			return r;
		if (all == NULL)
			all = json_incref(page);
		else if (json_array_extend(json_object_get(all, "nodes"),
			     rows) < 0 ||
		    json_object_set(all, "next",
			json_object_get(page, "next")) < 0)
			return att_err_nomem(err);
		if (next == NULL)
			break;
	}
	*ret = take(&all);
	return 0;
}

static int
do_list(struct job *j, struct att_err *err)
{
	static const struct column columns[] = { { "id", 40 },
		{ "state", 10 }, { "group", 12 }, { "last_pass", 20 },
		{ "last_seen", 0 } };
	AUTO(att_json_decref) json_t *all = NULL;
	int r = all_nodes(j, &all, err);

	return r < 0 ? r : put_list(j, all, "nodes", columns, err);
}

static int
do_waiting(struct job *j, struct att_err *err)
{
	static const struct column columns[] = { { "id", 40 },
		{ "since", 20 }, { "ek_sha256", 0 } };
	AUTO(att_json_decref) json_t *a = NULL;
	int r = get(j, "/waiting", &a, err);

	return r < 0 ? r : put_list(j, a, "waiting", columns, err);
}

static int
do_history(struct job *j, struct att_err *err)
{
	static const struct column columns[] = { { "created", 20 },
		{ "verdict", 10 }, { "boot_time", 0 } };
	AUTO(att_json_decref) json_t *a = NULL;
	int r = get_of_node(j, "/attestations", &a, err);

	return r < 0 ? r : put_list(j, a, "attestations", columns, err);
}

/* "from 5, outcome retry-later": the members of an object of its own. */
static void
put_details(struct att_buf *b, json_t *details)
{
	const char *name, *sep = "  ";
	json_t *v;

	json_object_foreach (details, name, v) {
		att_buf_str(b, sep);
		att_text_put_path(b, att_slice_of(name));
		sep = ", ";
		if (json_is_integer(v))
			att_buf_printf(b, " %lld",
			    (long long)json_integer_value(v));
		if (!json_is_string(v))
			continue;
		att_buf_u8(b, ' ');
		att_text_put_path(b, (struct att_slice){
		    (const uint8_t *)json_string_value(v),
		    json_string_length(v) });
	}
	att_buf_u8(b, '\n');
}

static int
do_facts(struct job *j, struct att_err *err)
{
	AUTO(att_json_decref) json_t *a = NULL;
	json_t *rows = NULL, *row;
	size_t i;
	int r = get_of_node(j, "/facts", &a, err);

	if (r < 0)
		return r;
	if (j->json)
		return att_json_write_pretty(a, &j->out, err);
	if ((r = att_json_arr(a, "facts", &rows, err)) < 0)
		return r;
	json_array_foreach (rows, i, row) {
		put_member(&j->out, row, "last", 20);
		put_member(&j->out, row, "kind", 15);
		att_buf_printf(&j->out, "%5lld",
		    (long long)json_integer_value(json_object_get(row,
			"count")));
		put_details(&j->out, json_object_get(row, "details"));
	}
	return att_buf_ok(&j->out, "facts", err);
}

static void
put_query(struct att_buf *path, const char *before, const char *name,
    const char *value)
{
	if (value == NULL)
		return;
	att_buf_printf(path, "%s%s=", before, name);
	att_operator_put_segment(path, value);
}

static int
do_audit(struct job *j, struct att_err *err)
{
	static const struct column columns[] = { { "time", 20 },
		{ "node", 40 }, { "kind", 20 }, { "text", 0 } };
	AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(1024);
	AUTO(att_json_decref) json_t *a = NULL;
	int r;

	att_buf_str(&path, "/audit");
	put_query(&path, "?", "node", j->id);
	put_query(&path, j->id != NULL ? "&" : "?", "kind", j->kind);
	att_buf_u8(&path, '\0');
	if ((r = att_buf_ok(&path, "path", err)) < 0 ||
	    (r = get(j, (const char *)path.data, &a, err)) < 0)
		return r;
	return put_list(j, a, "audit", columns, err);
}

/* -- one node -------------------------------------------------------------- */

static void
put_fact(struct job *j, const json_t *node, const char *title,
    const char *name)
{
	if (json_object_get(node, name) == NULL)
		return;
	att_buf_printf(&j->out, "%-12s ", title);
	put_member(&j->out, node, name, 0);
}

static int
do_show(struct job *j, struct att_err *err)
{
	static const struct {
		const char *title, *name;
	} facts[] = { { "node", "id" }, { "state", "state" },
		{ "vendor", "vendor" }, { "product", "product" },
		{ "group", "group" }, { "endorsement", "endorsement" },
		{ "EK", "ek_sha256" }, { "AK", "ak_sha256" },
		{ "activated", "activated" }, { "last seen", "last_seen" },
		{ "last pass", "last_pass" } };
	AUTO(att_json_decref) json_t *node = NULL;
	const json_t *attestation, *appraisal;
	struct att_show how = { .colour = att_ctl_colour() };
	int r = get_of_node(j, "", &node, err);

	if (r < 0)
		return r;
	if (j->json)
		return att_json_write_pretty(node, &j->out, err);
	for (size_t i = 0; i < ATT_COUNT(facts); i++)
		put_fact(j, node, facts[i].title, facts[i].name);
	attestation = json_object_get(node, "attestation");
	appraisal = json_object_get(attestation, "appraisal");
	how.when = json_string_value(json_object_get(attestation, "created"));
	if (!json_is_object(appraisal))
		return att_buf_ok(&j->out, "node", err);
	return att_show_verdict(appraisal, &how, &j->out, err);
}

/* What is to be written as it comes. */
static int
fetch(struct job *j, const char *rest, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(1024);
	struct att_operator_ask a = { .method = ATT_HTTP_GET,
		.max = OUTPUT_MAX };
	int r = node_path(j, rest, &path, err);

	if (r < 0)
		return r;
	a.path = (const char *)path.data;
	return att_operator_ask(j->op, &a, &j->out, err);
}

static int
do_evidence(struct job *j, struct att_err *err)
{
	return fetch(j, "/evidence", err);
}

static int
do_result(struct job *j, struct att_err *err)
{
	int r = fetch(j, "/result", err);

	if (r < 0)
		return r;
	att_buf_u8(&j->out, '\n');
	return att_buf_ok(&j->out, "result", err);
}

/* The keys by which results are checked; anybody may ask for them. */
static int
do_keys(struct job *j, struct att_err *err)
{
	const struct att_operator_ask a = { .method = ATT_HTTP_GET,
		.path = "/.well-known/jwks.json", .public = true };
	AUTO(att_json_decref) json_t *keys = NULL;
	int r = att_operator_ask_json(j->op, &a, &keys, err);

	return r < 0 ? r : att_json_write_pretty(keys, &j->out, err);
}

/* -- changes --------------------------------------------------------------- */

static int
put_text(json_t *j, const char *name, const char *text, struct att_err *err)
{
	return text == NULL ? 0 :
	    att_json_put(j, name, json_string(text), err);
}

static int
change_at(struct job *j, const char *rest, enum att_http_method method,
    struct att_slice body, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(2048);
	struct att_operator_ask a = { .method = method, .body = body };
	AUTO(att_json_decref) json_t *answer = NULL;
	int r = node_path(j, rest, &path, err);

	if (r < 0)
		return r;
	a.path = (const char *)path.data;
	if ((r = att_operator_ask_json(j->op, &a, &answer, err)) < 0)
		return r;
	return j->json ? att_json_write_pretty(answer, &j->out, err) : 0;
}

static int
change(struct job *j, enum att_http_method method, struct att_slice body,
    struct att_err *err)
{
	return change_at(j, "", method, body, err);
}

static int
do_admit(struct job *j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 16);
	AUTO(att_json_decref) json_t *m = json_object();
	int r;

	if ((r = put_text(m, "vendor", j->vendor, err)) < 0 ||
	    (r = put_text(m, "product", j->product, err)) < 0 ||
	    (r = put_text(m, "group", j->group, err)) < 0 ||
	    (r = put_text(m, "ek_sha256", j->ek, err)) < 0 ||
	    (j->any_ek &&
		(r = att_json_put(m, "any_ek", json_true(), err)) < 0) ||
	    (r = att_json_write(m, &body, err)) < 0)
		return r;
	return change(j, ATT_HTTP_PUT, att_buf_view(&body), err);
}

static int
do_delete(struct job *j, struct att_err *err)
{
	return change(j, ATT_HTTP_DELETE, (struct att_slice){ 0 }, err);
}

/* -- devices --------------------------------------------------------------- */

/* The one that answered in place of the component's device. */
static int
find_other(json_t *rows, const char *component, const char **ret_serial,
    struct att_err *err)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *name = json_string_value(
		    json_object_get(row, "component"));
		const json_t *other = json_object_get(row, "other");

		if (name == NULL || strcmp(name, component) != 0)
			continue;
		*ret_serial = json_string_value(
		    json_object_get(other, "serial"));
		if (*ret_serial != NULL)
			return 0;
	}
	return att_err_set(err, ATT_E_NOT_FOUND,
	    "no other device answered as \"%.80s\"", component);
}

static int
accept_device(struct job *j, json_t *rows, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 16);
	AUTO(att_json_decref) json_t *m = json_object();
	const char *serial = NULL;
	int r;

	if ((r = find_other(rows, j->accept, &serial, err)) < 0 ||
	    (r = put_text(m, "component", j->accept, err)) < 0 ||
	    (r = put_text(m, "serial", serial, err)) < 0 ||
	    (r = att_json_write(m, &body, err)) < 0)
		return r;
	return change_at(j, "/devices", ATT_HTTP_PUT, att_buf_view(&body),
	    err);
}

static int
forget_device(struct job *j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf rest = ATT_BUF(1024);
	int r;

	att_buf_str(&rest, "/devices?component=");
	att_operator_put_segment(&rest, j->forget);
	att_buf_u8(&rest, '\0');
	if ((r = att_buf_ok(&rest, "path", err)) < 0)
		return r;
	return change_at(j, (const char *)rest.data, ATT_HTTP_DELETE,
	    (struct att_slice){ 0 }, err);
}

static int
do_devices(struct job *j, struct att_err *err)
{
	static const struct column columns[] = { { "component", 24 },
		{ "serial", 20 }, { "last_seen", 20 }, { "other", 0 } };
	AUTO(att_json_decref) json_t *a = NULL;
	json_t *rows = NULL, *row;
	size_t i;
	int r;

	if (j->forget != NULL)
		return forget_device(j, err);
	if ((r = get_of_node(j, "/devices", &a, err)) < 0 ||
	    (r = att_json_arr(a, "devices", &rows, err)) < 0)
		return r;
	if (j->accept != NULL)
		return accept_device(j, rows, err);
	if (j->json)
		return att_json_write_pretty(a, &j->out, err);
	/* the list has texts; whole with --json */
	json_array_foreach (rows, i, row) {
		json_t *other = json_object_get(row, "other");

		if (other != NULL &&
		    json_object_set(row, "other",
			json_object_get(other, "serial")) < 0)
			return att_err_nomem(err);
	}
	put_rows(&j->out, rows, columns);
	return att_buf_ok(&j->out, "devices", err);
}

/* -- firmware -------------------------------------------------------------- */

static int
do_firmware(struct job *j, struct att_err *err)
{
	int r;

	if (j->relearn)
		return change_at(j, "/firmware/known", ATT_HTTP_DELETE,
		    (struct att_slice){ 0 }, err);
	r = fetch(j, j->known ? "/firmware/known" : "/firmware", err);
	if (r < 0)
		return r;
	att_buf_u8(&j->out, '\n');
	return att_buf_ok(&j->out, "firmware", err);
}

/* -- the command ----------------------------------------------------------- */

static const struct verb {
	const char *name;
	int ids_min, ids_max;	/* words that follow */
	bool no_token;
	int (*run)(struct job *j, struct att_err *err);
} verbs[] = {
	{ "admit", 1, 1, false, do_admit },
	{ "audit", 0, 1, false, do_audit },
	{ "delete", 1, 1, false, do_delete },
	{ "devices", 1, 1, false, do_devices },
	{ "evidence", 1, 1, false, do_evidence },
	{ "facts", 1, 1, false, do_facts },
	{ "firmware", 1, 1, false, do_firmware },
	{ "history", 1, 1, false, do_history },
	{ "keys", 0, 0, true, do_keys },
	{ "list", 0, 0, false, do_list },
	{ "result", 1, 1, false, do_result },
	{ "show", 1, 1, false, do_show },
	{ "waiting", 0, 0, false, do_waiting },
};

static int
run(struct job *j, const struct verb *v)
{
	struct att_err err = { 0 };
	int status;

	j->server.no_token = v->no_token;
	status = att_ctl_operator(j->cmd, &j->server, &j->op);
	if (status != ATT_CTL_GOOD)
		return status;
	j->out = ATT_BUF(OUTPUT_MAX);
	if (v->run(j, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return att_ctl_write(j->output, &j->out);
}

static int
run_verb(struct job *j, int count, char **words)
{
	bool admits;

	if (count == 0)
		return att_ctl_misused(j->cmd, "a verb is wanted");
	admits = strcmp(words[0], "admit") == 0;
	if (!admits && (j->vendor != NULL || j->product != NULL ||
			   j->group != NULL || j->ek != NULL || j->any_ek))
		return att_ctl_misused(j->cmd,
		    "what a node is said to be is for admit");
	if ((j->accept != NULL || j->forget != NULL) &&
	    strcmp(words[0], "devices") != 0)
		return att_ctl_misused(j->cmd,
		    "what to accept or forget is for devices");
	if ((j->known || j->relearn) && strcmp(words[0], "firmware") != 0)
		return att_ctl_misused(j->cmd,
		    "what is known, and to learn it anew, is for firmware");
	if (j->accept != NULL && j->forget != NULL)
		return att_ctl_misused(j->cmd,
		    "a device is accepted or forgotten");
	if (j->kind != NULL && strcmp(words[0], "audit") != 0)
		return att_ctl_misused(j->cmd, "a kind is for audit");
	for (size_t i = 0; i < ATT_COUNT(verbs); i++) {
		if (strcmp(words[0], verbs[i].name) != 0)
			continue;
		if (count - 1 < verbs[i].ids_min ||
		    count - 1 > verbs[i].ids_max)
			return att_ctl_misused(j->cmd, "%s: %s", words[0],
			    verbs[i].ids_max == 0 ? "no word is wanted" :
						    "one node is wanted");
		j->id = count > 1 ? words[1] : NULL;
		return run(j, &verbs[i]);
	}
	return att_ctl_misused(j->cmd, "no verb \"%s\"", words[0]);
}

int
att_ctl_node(const struct att_ctl_command *cmd, int argc, char **argv)
{
	AUTO_DONE(job_done) struct job j = { .cmd = cmd };
	const struct att_ctl_option table[] = {
		{ "accept", .text = &j.accept },
		{ "any-ek", .flag = &j.any_ek },
		ATT_CTL_SERVER_OPTIONS(&j.server),
		{ "ek", .text = &j.ek },
		{ "forget", .text = &j.forget },
		{ "group", .text = &j.group },
		{ "json", .flag = &j.json },
		{ "kind", .text = &j.kind },
		{ "known", .flag = &j.known },
		{ "output", 'o', .text = &j.output },
		{ "product", .text = &j.product },
		{ "relearn", .flag = &j.relearn },
		{ "vendor", .text = &j.vendor },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &j, argc, argv, &status))
		return status;
	return run_verb(&j, argc - optind, argv + optind);
}
