#include "inventory/inventory.h"

#include <string.h>

#include "base/guard.h"
#include "inventory/attr.h"

#define ANSWER_MAX (8u << 20)	/* bytes of what a source found, as JSON */

/* -- a source, in a child -------------------------------------------------- */

struct job {
	const struct att_inventory_source *source;
	const char *root;
};

/* One that stands for a source; its id is not taken, or it was just added. */
static int
add_failed(const struct att_inventory_source *s, const struct att_err *why,
    struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components one = { 0 };
	struct att_component *c;
	int r = att_components_add(&one, s->id, s->kind, s->path, &c, err);

	if (r < 0 || (r = att_component_set_failed(c, ATT_MEASURED_FAILED,
			  att_attr_reason(why), err)) < 0)
		return r;
	return att_inventory_merge(to, &one, err);
}

/* What it found, also where it failed then, as the document has it. */
static int
work(void *arg, struct att_buf *out, struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components found = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	const struct job *job = arg;
	struct att_err why = { 0 };
	int r = job->source->collect(job->root, &found, &why);

	if (r == ATT_E_NOMEM)
		return att_err_nomem(err);
	if ((r < 0 && (r = add_failed(job->source, &why, &found, err)) < 0) ||
	    (r = att_components_to_json(&found, &j, err)) < 0)
		return r;
	return att_json_write(j, out, err);
}

static int
understand(const struct att_buf *said, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components found = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = att_json_parse(att_buf_view(said), ANSWER_MAX, &j, err)) <
		0 ||
	    (r = att_components_from_json(j, &found, err)) < 0)
		return r;
	return att_inventory_merge(to, &found, err);
}

static int
ask(const struct att_inventory_source *s, const char *root,
    unsigned timeout_ms, struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf said = ATT_BUF(ANSWER_MAX);
	struct job job = { s, root };
	struct att_err why = { 0 };
	int r = att_guard_run(work, &job,
	    s->timeout_ms != 0 ? s->timeout_ms : timeout_ms, &said, &why);

	if (r == 0)
		r = understand(&said, to, &why);
	if (r == ATT_E_NOMEM)
		return att_err_nomem(err);
	return r < 0 ? add_failed(s, &why, to, err) : 0;
}

/* -- all of them ----------------------------------------------------------- */

static int
add_tpm(const struct att_inventory_tpm *tpm, struct att_components *to,
    struct att_err *err)
{
	struct att_component *c;
	int r;

	if (tpm == NULL)
		return 0;
	if ((r = att_components_add(to, "tpm", ATT_COMPONENT_TPM,
		 ATT_PATH_TPM, &c, err)) < 0 ||
	    (r = att_component_describe(c, tpm->vendor, tpm->model, NULL,
		 err)) < 0)
		return r;
	if (tpm->firmware == NULL || tpm->firmware[0] == '\0')
		return att_component_set_failed(c, ATT_MEASURED_FAILED,
		    tpm->reason != NULL ? tpm->reason : "it told no version",
		    err);
	return att_component_set_version(c, "fw", ATT_VERSION_RUNNING,
	    tpm->firmware, err);
}

int
att_inventory_ask(const struct att_inventory_options *o,
    struct att_components *to, struct att_err *err)
{
	const char *root = o->root == NULL || strcmp(o->root, "/") == 0 ?
	    "" : o->root;
	unsigned ms = o->timeout_ms != 0 ? o->timeout_ms :
					   ATT_INVENTORY_TIMEOUT_MS;
	int r;

	for (size_t i = 0; i < o->more_count; i++)
		if ((r = ask(&o->more[i], root, ms, to, err)) < 0)
			return r;
	return add_tpm(o->tpm, to, err);
}
