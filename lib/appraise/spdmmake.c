#include "appraise/spdmmake.h"

#include <stdio.h>

static json_t *
rule_of(const struct att_spdm_block *b)
{
	AUTO(att_json_decref) json_t *rule = NULL;
	uint64_t version;

	if (att_spdm_is_unused(b))
		return json_string("unused");
	if (att_spdm_security_version(b, &version) && version <= INT64_MAX) {
		rule = json_object();
		return att_json_put(rule, "minimum",
			   json_integer((json_int_t)version), NULL) < 0 ?
		    NULL : take(&rule);
	}
	rule = json_array();
	return att_json_add(rule, att_json_hex_of(b->value), NULL) < 0 ?
	    NULL : take(&rule);
}

static int
put_measurements(json_t *doc, const struct att_spdm_transcript *t,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *rules = json_object();
	char key[8];
	int r;

	for (unsigned i = 1; i <= ATT_SPDM_INDEX_MAX; i++) {
		const struct att_spdm_block *b = &t->at[i].block;

		if (!t->at[i].there)
			continue;
		if (b->value.len == 0 ||
		    b->value.len > ATT_SPDM_REF_VALUE_MAX)
			return att_err_set(err, ATT_E_LIMIT,
			    "measurement %u of %zu bytes, 1 to %d can be "
			    "compared", i, b->value.len,
			    ATT_SPDM_REF_VALUE_MAX);
		(void)snprintf(key, sizeof(key), "%u", i);
		if ((r = att_json_put(rules, key, rule_of(b), err)) < 0)
			return r;
	}
	return att_json_put(doc, "measurements", take(&rules), err);
}

static int
put_roots(json_t *doc, const struct att_spdm_make *m, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	char hex[ATT_DIGEST_HEX_MAX], text[sizeof(hex) + 16];
	int r;

	for (size_t i = 0; i < m->roots; i++) {
		(void)snprintf(text, sizeof(text), "sha256:%s",
		    att_digest_hex(&m->root[i], hex));
		if ((r = att_json_add(list, json_string(text), err)) < 0)
			return r;
	}
	return att_json_put(doc, "roots", take(&list), err);
}

/* What comes out is what is taken. */
static int
check(const json_t *doc, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_SPDM_REF_FILE_MAX);
	AUTO(att_spdm_ref_free) struct att_spdm_ref *r = NULL;
	int e;

	if ((e = att_json_write(doc, &text, err)) < 0)
		return e;
	return att_spdm_ref_parse(att_buf_view(&text), &r, err);
}

int
att_spdm_make(const struct att_spdm_transcript *t,
    const struct att_spdm_make *m, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *doc = json_object();
	int r;

	if ((r = att_ref_head_write(doc, ATT_SPDM_REF_FORMAT, &m->head,
		 err)) < 0 ||
	    (r = att_json_put(doc, "components",
		 json_pack("[s]", m->component), err)) < 0 ||
	    (r = put_roots(doc, m, err)) < 0 ||
	    (r = put_measurements(doc, t, err)) < 0 ||
	    (r = check(doc, err)) < 0)
		return r;
	*ret = take(&doc);
	return 0;
}
