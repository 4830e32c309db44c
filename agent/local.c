#include "agent/local.h"

#include <errno.h>
#include <string.h>

#include "base/cur.h"
#include "base/file.h"
#include "evidence/bundle.h"

#define CONNECT_MS 10000u
/* Three signs of life that did not come. */
#define SILENCE_MS (3 * ATT_LOCAL_ALIVE_MS)

static int
not_for_him(struct att_err *err)
{
	return att_err_sub(err, ATT_E_SYS, EACCES,
	    "attestd: that is for root and the members of its group");
}

int
att_local_open(const struct att_agent_config *config,
    struct att_varlink_client **ret, struct att_err *err)
{
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_LOCAL_SOCKET);
	struct att_err why = { 0 };
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_dir_check(config->run_dir, &why)) < 0) {
		if (r == ATT_E_SYS && why.sub == ENOENT)
			r = ATT_E_NOT_FOUND;
		return att_err_set(err, (enum att_code)r, "%s", why.text);
	}
	r = att_varlink_connect(path, CONNECT_MS, ret, err);
	return r == ATT_E_DENIED ? not_for_him(err) : r;
}

/* -- errors of methods ----------------------------------------------------- */

static const char *
text_in(const json_t *parameters, const char *name, const char *otherwise)
{
	const char *s = otherwise;

	(void)!att_json_str_opt(parameters, name, &s, NULL);
	return s;
}

static int
failed(const json_t *parameters, struct att_err *err)
{
	int64_t status = 0;

	(void)!att_json_int_opt(parameters, "status", 0, 255, &status, NULL);
	return att_err_set(err, status == 3 ? ATT_E_FORMAT : ATT_E_SYS,
	    "attestd: %s", text_in(parameters, "reason", "it failed"));
}

static int
error_of(const struct att_varlink_reply *r, struct att_err *err)
{
	const char *name = r->error;

	if (strcmp(name, ATT_LOCAL_E_FAILED) == 0)
		return failed(r->parameters, err);
	if (strcmp(name, ATT_LOCAL_E_BUSY) == 0)
		return att_err_set(err, ATT_E_BUSY, "attestd: %s",
		    text_in(r->parameters, "reason", "it is busy"));
	if (strcmp(name, ATT_LOCAL_E_DENIED) == 0)
		return not_for_him(err);
	if (strcmp(name, ATT_LOCAL_E_UNCONFIGURED) == 0)
		return att_err_set(err, ATT_E_SYS,
		    "attestd: no verifier is configured (verifier_urls)");
	if (strcmp(name, ATT_VARLINK_E_PARAMETER) == 0)
		return att_err_set(err, ATT_E_USAGE, "attestd: it does not "
		    "take this %s", text_in(r->parameters, "parameter",
		    "parameter"));
	return att_err_set(err, ATT_E_SYS, "attestd: it answers %s", name);
}

/* The parameters of what went well. */
static int
take_reply(struct att_varlink_reply *r, json_t **ret, struct att_err *err)
{
	if (r->error != NULL)
		return error_of(r, err);
	*ret = json_incref(r->parameters);
	return 0;
}

int
att_local_call(struct att_varlink_client *c, const char *method,
    json_t *parameters, unsigned ms, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *p = parameters;
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply reply = {
		0 };
	int r;

	if (p == NULL)
		return att_err_nomem(err);
	r = att_varlink_call(c, method, p, ms, &reply, err);
	if (r < 0)
		att_err_prefix(err, "attestd");
	return r < 0 ? r : take_reply(&reply, ret, err);
}

/* -- firmware -------------------------------------------------------------- */

struct watcher {
	void (*progress)(void *arg, const char *part, unsigned percent);
	void *arg;
};

/* Where nothing is said of how far it is, it is alive all the same. */
static bool
on_progress(void *arg, const json_t *parameters)
{
	const struct watcher *w = arg;
	const char *part = NULL;
	int64_t percent = 0;

	if (att_json_str(parameters, "part", &part, NULL) == 0 &&
	    att_json_int(parameters, "percent", 0, 100, &percent, NULL) == 0)
		w->progress(w->arg, part, (unsigned)percent);
	return true;
}

int
att_local_measure(struct att_varlink_client *c, uint64_t all_ms,
    void (*progress)(void *arg, const char *part, unsigned percent), void *arg,
    json_t **ret, struct att_err *err)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply reply = {
		0 };
	struct watcher w = { progress, arg };
	int r = att_varlink_call_each(c, ATT_LOCAL_MEASURE, NULL, SILENCE_MS,
	    all_ms, on_progress, &w, &reply, err);

	if (r < 0)
		att_err_prefix(err, "attestd");
	return r < 0 ? r : take_reply(&reply, ret, err);
}

/* -- evidence -------------------------------------------------------------- */

static int
make_parameters(struct att_slice nonce, const char *pcrs, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *p = json_object();
	int r;

	if (p == NULL)
		return att_err_nomem(err);
	if ((r = att_json_put(p, "nonce", att_json_hex_of(nonce), err)) < 0 ||
	    (pcrs != NULL &&
		(r = att_json_put(p, "pcrs", json_string(pcrs), err)) < 0))
		return r;
	*ret = take(&p);
	return 0;
}

static int
tell_notes(const json_t *reply, void (*note)(void *arg, const char *text),
    void *arg, struct att_err *err)
{
	json_t *notes = NULL, *line;
	size_t i;
	int r;

	if ((r = att_json_arr(reply, "notes", &notes, err)) < 0)
		return r;
	if (json_array_size(notes) > ATT_LOCAL_NOTES_MAX)
		return att_err_set(err, ATT_E_LIMIT, "%zu notes, at most %d "
		    "are taken", json_array_size(notes), ATT_LOCAL_NOTES_MAX);
	json_array_foreach (notes, i, line)
		if (json_is_string(line))
			note(arg, json_string_value(line));
	return 0;
}

static int
check_nonce(struct att_slice file, struct att_slice nonce,
    struct att_err *err)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	int r = att_bundle_parse(file, &b, err);

	if (r < 0)
		return r;
	if (!att_slice_equal(att_bundle_evidence(b)->challenge, nonce))
		return att_err_set(err, ATT_E_MISMATCH,
		    "evidence over another nonce than it was asked for");
	return 0;
}

static int
read_evidence(const json_t *reply, struct att_slice nonce,
    struct att_buf *ret, struct att_err *err)
{
	size_t before = ret->len;
	json_t *evidence = NULL;
	int r;

	if ((r = att_json_obj(reply, "evidence", &evidence, err)) < 0 ||
	    (r = att_json_write(evidence, ret, err)) < 0)
		return r;
	return check_nonce((struct att_slice){ ret->data + before,
	    ret->len - before }, nonce, err);
}

int
att_local_prove(struct att_varlink_client *c, bool logs,
    struct att_slice nonce, const char *pcrs,
    void (*note)(void *arg, const char *text), void *arg, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *reply = NULL;
	json_t *p = NULL;
	int r;

	if ((r = make_parameters(nonce, pcrs, &p, err)) < 0 ||
	    (r = att_local_call(c, logs ? ATT_LOCAL_EVIDENCE : ATT_LOCAL_QUOTE,
		 p, ATT_LOCAL_CALL_MS, &reply, err)) < 0)
		return r;
	if ((r = tell_notes(reply, note, arg, err)) < 0 ||
	    (r = read_evidence(reply, nonce, ret, err)) < 0)
		att_err_prefix(err, "attestd");
	return r;
}
