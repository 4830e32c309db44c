#include "agent/ctl_documents.h"

#include <getopt.h>
#include <string.h>

#include "agent/ctl_agent.h"
#include "agent/ctl_bundle.h"
#include "appraise/refdoc.h"
#include "appraise/runtime.h"
#include "base/text.h"

#define LIST_MAX (8u << 20)	/* bytes of the list */

static int
id_of_reference(struct att_slice text, char **ret, struct att_err *err)
{
	AUTO_DONE(att_refdocs_done) struct att_refdocs docs = { 0 };
	int e = att_refdocs_add(&docs, text, err);

	if (e < 0)
		return e;
	*ret = strdup(docs.all[0].head->id);
	return *ret == NULL ? att_err_nomem(err) : 0;
}

static int
id_of_runtime(struct att_slice text, char **ret, struct att_err *err)
{
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	int e = att_runtime_parse(text, &r, err);

	if (e < 0)
		return e;
	*ret = strdup(att_runtime_head(r)->id);
	return *ret == NULL ? att_err_nomem(err) : 0;
}

const struct att_ctl_documents att_ctl_references = { "references",
	ATT_REFDOC_FILE_MAX, id_of_reference };
const struct att_ctl_documents att_ctl_runtimes = { "runtime",
	ATT_RUNTIME_FILE_MAX, id_of_runtime };

struct job {
	const struct att_ctl_command *cmd;
	const struct att_ctl_documents *kind;
	struct att_operator_options server;
	struct att_operator *op;
	const char *output;	/* file, or NULL */
	bool json;
	struct att_buf out;
};

static void
job_done(struct job *j)
{
	att_operator_free(j->op);
	att_buf_done(&j->out);
}

/* "/references/ID", with its NUL. */
static int
document_path(const struct job *j, const char *id, struct att_buf *ret,
    struct att_err *err)
{
	att_buf_printf(ret, "/%s/", j->kind->path);
	att_operator_put_segment(ret, id);
	att_buf_u8(ret, '\0');
	return att_buf_ok(ret, "path", err);
}

/* One request about one document; the answer is appended to j->out. */
static int
ask(struct job *j, enum att_http_method method, const char *id,
    struct att_slice body, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf path = ATT_BUF(1024);
	struct att_operator_ask a = { .method = method, .body = body,
		.max = j->kind->max };
	int r = document_path(j, id, &path, err);

	if (r < 0)
		return r;
	a.path = (const char *)path.data;
	return att_operator_ask(j->op, &a, &j->out, err);
}

/* The verifier would refuse a document that is no good; this says so sooner. */
static int
do_put(struct job *j, const char *file, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(j->kind->max);
	AUTO(free) char *id = NULL;
	int r;

	if ((r = att_ctl_read(file, &text, err)) < 0)
		return r;
	if ((r = j->kind->id(att_buf_view(&text), &id, err)) < 0) {
		att_err_prefix(err, "%s", att_ctl_file_name(file));
		return r;
	}
	r = ask(j, ATT_HTTP_PUT, id, att_buf_view(&text), err);
	att_buf_reset(&j->out);
	return r;
}

static int
do_get(struct job *j, const char *id, struct att_err *err)
{
	return ask(j, ATT_HTTP_GET, id, (struct att_slice){ 0 }, err);
}

static int
do_delete(struct job *j, const char *id, struct att_err *err)
{
	int r = ask(j, ATT_HTTP_DELETE, id, (struct att_slice){ 0 }, err);

	att_buf_reset(&j->out);
	return r;
}

static void
put_clean(struct att_buf *b, const char *text)
{
	att_text_put(b, att_slice_of(text));
}

static int
put_row(struct job *j, const json_t *row, struct att_err *err)
{
	const char *id, *kind = NULL;
	int64_t version;
	bool valid;
	int r;

	if ((r = att_json_str(row, "id", &id, err)) < 0 ||
	    (r = att_json_str_opt(row, "kind", &kind, err)) < 0 ||
	    (r = att_json_int(row, "version", 0, INT64_MAX, &version, err)) <
		0 ||
	    (r = att_json_bool(row, "valid", &valid, err)) < 0)
		return r;
	put_clean(&j->out, id);
	att_buf_str(&j->out, "  ");
	if (kind != NULL) {
		put_clean(&j->out, kind);
		att_buf_str(&j->out, "  ");
	}
	att_buf_printf(&j->out, "version %lld%s\n", (long long)version,
	    valid ? "" : "  (not valid now)");
	return 0;
}

static int
do_list(struct job *j, const char *none ATT_UNUSED, struct att_err *err)
{
	char path[32];
	const struct att_operator_ask a = { .method = ATT_HTTP_GET,
		.path = path, .max = LIST_MAX };
	AUTO(att_json_decref) json_t *answer = NULL;
	json_t *rows, *row;
	size_t i;
	int r;

	snprintf(path, sizeof(path), "/%s", j->kind->path);
	if ((r = att_operator_ask_json(j->op, &a, &answer, err)) < 0)
		return r;
	if (j->json)
		return att_json_write_pretty(answer, &j->out, err);
	if ((r = att_json_arr(answer, j->kind->path, &rows, err)) < 0)
		return r;
	json_array_foreach (rows, i, row)
		if ((r = put_row(j, row, err)) < 0)
			return r;
	return att_buf_ok(&j->out, "list", err);
}

static const struct verb {
	const char *name;
	const char *word;	/* what must follow; NULL: nothing */
	int (*run)(struct job *j, const char *word, struct att_err *err);
} verbs[] = {
	{ "delete", "an id", do_delete },
	{ "get", "an id", do_get },
	{ "list", NULL, do_list },
	{ "put", "a file", do_put },
};

static const struct verb *
verb_of(const char *name)
{
	for (size_t i = 0; i < ATT_COUNT(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

bool
att_ctl_documents_has(const char *verb)
{
	return verb_of(verb) != NULL;
}

static int
run(struct job *j, const struct verb *v, const char *word)
{
	struct att_err err = { 0 };
	int status = att_ctl_operator(j->cmd, &j->server, &j->op);

	if (status != ATT_CTL_GOOD)
		return status;
	j->out = ATT_BUF(j->kind->max);
	if (v->run(j, word, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return att_ctl_write(j->output, &j->out);
}

int
att_ctl_documents(const struct att_ctl_command *cmd,
    const struct att_ctl_documents *kind, int argc, char **argv)
{
	AUTO_DONE(job_done) struct job j = { .cmd = cmd, .kind = kind };
	const struct att_ctl_option table[] = {
		ATT_CTL_SERVER_OPTIONS(&j.server),
		{ "json", .flag = &j.json },
		{ "output", 'o', .text = &j.output },
		{ 0 },
	};
	const struct verb *v;
	int status, words;

	if (!att_ctl_options(cmd, table, &j, argc, argv, &status))
		return status;
	if (optind == argc || (v = verb_of(argv[optind])) == NULL)
		return att_ctl_misused(cmd, "a verb is wanted");
	words = argc - optind - 1;
	if (words != (v->word != NULL))
		return att_ctl_misused(cmd, "%s: %s is wanted", v->name,
		    v->word != NULL ? v->word : "no word");
	return run(&j, v, v->word != NULL ? argv[optind + 1] : NULL);
}
