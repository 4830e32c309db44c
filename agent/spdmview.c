#include "agent/spdmview.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/encoding.h"

static void
put_version(struct att_buf *b, uint8_t version)
{
	att_buf_printf(b, "SPDM %d.%d", version >> 4, version & 15);
}

static void
put_algorithms(struct att_buf *b, const struct att_spdm_algorithms *a)
{
	if (att_spdm_scheme_name(a) != NULL)
		att_buf_printf(b, ", %s over %s", att_spdm_scheme_name(a),
		    att_alg_name(a->hash));
}

/* Of the members of `j`, those of a mode that is known. */
static int
put_mode(json_t *j, bool has, const struct att_spdm_mode *m)
{
	AUTO(att_json_decref) json_t *mode = NULL;

	if (!has)
		return 0;
	mode = json_object();
	if (att_json_put(mode, "device", json_integer(m->device), NULL) < 0 ||
	    att_json_put(mode, "operational", json_integer(m->operational),
		NULL) < 0)
		return ATT_E_NOMEM;
	return att_json_put(j, "mode", take(&mode), NULL);
}

static int
put_version_json(json_t *j, uint8_t version)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%d.%d", version >> 4,
	    version & 15);
	return att_json_put(j, "version", json_string(text), NULL);
}

static int
put_algorithms_json(json_t *j, const struct att_spdm_algorithms *a)
{
	if (att_spdm_scheme_name(a) == NULL)
		return 0;
	return att_json_put(j, "signature_algorithm",
		   json_string(att_spdm_scheme_name(a)), NULL) < 0 ||
		att_json_put(j, "hash_algorithm",
		    json_string(att_alg_name(a->hash)), NULL) < 0 ?
	    ATT_E_NOMEM : 0;
}

/* -- a transcript --------------------------------------------------------- */

static const char *
content_name(enum att_spdm_content c)
{
	switch (c) {
	case ATT_SPDM_CONTENT_CHANGED:
		return "changed";
	case ATT_SPDM_CONTENT_SAME:
		return "same";
	case ATT_SPDM_CONTENT_UNKNOWN:
		break;
	}
	return "unknown";
}

static json_t *
measurement_json(const struct att_spdm_measurement *m)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_spdm_block *b = &m->block;
	const char *type = att_spdm_type_name(b);

	if (att_json_put(j, "index", json_integer(b->index), NULL) < 0 ||
	    att_json_put(j, "signed_answer", json_boolean(m->last), NULL) <
		0 ||
	    att_json_put(j, "unused", json_boolean(att_spdm_is_unused(b)),
		NULL) < 0 ||
	    att_json_put(j, "value", att_json_hex_of(b->value), NULL) < 0)
		return NULL;
	/* of another specification than DMTF's there is no type */
	if (b->specification == 1 &&
	    (att_json_put(j, "raw", json_boolean((b->type & 0x80) != 0),
		 NULL) < 0 ||
		att_json_put(j, "type", type != NULL ? json_string(type) :
		    json_integer(b->type & 0x7f), NULL) < 0))
		return NULL;
	return take(&j);
}

json_t *
att_spdmview_transcript_json(const struct att_spdm_transcript *t)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *list = json_array();

	for (size_t i = 0; i < ATT_COUNT(t->at); i++)
		if (t->at[i].there &&
		    att_json_add(list, measurement_json(&t->at[i]), NULL) < 0)
			return NULL;
	if (put_version_json(j, t->version) < 0 ||
	    put_algorithms_json(j, &t->algorithms) < 0 ||
	    att_json_put(j, "answers", json_integer(t->pairs), NULL) < 0 ||
	    att_json_put(j, "content", json_string(content_name(t->content)),
		NULL) < 0 ||
	    att_json_put(j, "slot", json_integer(t->slot), NULL) < 0 ||
	    att_json_put(j, "nonce", att_json_hex_of(t->nonce), NULL) < 0 ||
	    att_json_put(j, "opaque", att_json_hex_of(t->opaque), NULL) < 0 ||
	    att_json_put(j, "signature", att_json_hex_of(t->signature),
		NULL) < 0 ||
	    put_mode(j, t->has_mode, &t->mode) < 0 ||
	    att_json_put(j, "measurements", take(&list), NULL) < 0)
		return NULL;
	return take(&j);
}

static void
put_measurement(struct att_buf *b, const struct att_spdm_measurement *m)
{
	const struct att_spdm_block *k = &m->block;
	const char *type = att_spdm_type_name(k);

	att_buf_printf(b, "%3u  ", k->index);
	if (type != NULL)
		att_buf_printf(b, "%-22s  ", type);
	else if (k->specification == 1)
		att_buf_printf(b, "type %-17u  ", k->type & 0x7fu);
	else
		att_buf_printf(b, "%-22s  ", "not of DMTF");
	if (att_spdm_is_unused(k))
		att_buf_printf(b, "%zu zeros", k->value.len);
	else
		att_hex_put(b, k->value);
	att_buf_str(b, m->last ? "\n" : "  [before the nonce]\n");
}

void
att_spdmview_transcript(struct att_buf *b,
    const struct att_spdm_transcript *t)
{
	put_version(b, t->version);
	put_algorithms(b, &t->algorithms);
	att_buf_printf(b, ", slot %u, %u %s, signature of %zu bytes\nnonce ",
	    t->slot, t->pairs, t->pairs == 1 ? "answer" : "answers",
	    t->signature.len);
	att_hex_put(b, t->nonce);
	att_buf_u8(b, '\n');
	for (size_t i = 0; i < ATT_COUNT(t->at); i++)
		if (t->at[i].there)
			put_measurement(b, &t->at[i]);
}

/* -- what became of it ---------------------------------------------------- */

static int
put_device_json(json_t *j, const struct att_spdm_result *r)
{
	AUTO(att_json_decref) json_t *d = json_object();

	if (att_json_put(d, "issuer", json_string(r->issuer), NULL) < 0 ||
	    att_json_put(d, "root", att_json_hex_of(
		att_digest_view(&r->root)), NULL) < 0 ||
	    att_json_put(d, "serial", json_string(r->serial), NULL) < 0 ||
	    att_json_put(d, "subject", json_string(r->subject), NULL) < 0 ||
	    att_json_put(j, "device", take(&d), NULL) < 0 ||
	    put_version_json(j, r->version) < 0 ||
	    put_algorithms_json(j, &r->algorithms) < 0 ||
	    put_mode(j, r->has_mode, &r->mode) < 0 ||
	    att_json_put(j, "measurements", json_integer(
		(json_int_t)r->measurements), NULL) < 0)
		return ATT_E_NOMEM;
	return 0;
}

json_t *
att_spdmview_result_json(const struct att_spdm_result *r, bool compared,
    json_t *findings)
{
	AUTO(att_json_decref) json_t *all = json_object();

	if (att_json_put(all, "findings", json_incref(findings), NULL) < 0 ||
	    att_json_put(all, "authentic", json_boolean(r->authentic), NULL) <
		0 ||
	    att_json_put(all, "expected", compared ?
		json_boolean(r->expected) : json_null(), NULL) < 0 ||
	    (r->authentic && put_device_json(all, r) < 0) ||
	    (r->expected && (att_json_put(all, "reference",
				 json_string(r->reference), NULL) < 0 ||
		att_json_put(all, "reference_version",
		    json_integer(r->reference_version), NULL) < 0)))
		return NULL;
	return take(&all);
}

static void
put_headline(struct att_buf *b, const struct att_spdm_result *r,
    bool compared)
{
	if (!r->authentic)
		att_buf_str(b, "NOT AUTHENTIC\n");
	else if (r->expected)
		att_buf_printf(b, "AS EXPECTED by %s version %" PRId64 "\n",
		    r->reference, r->reference_version);
	else
		att_buf_str(b, compared ? "NOT AS EXPECTED\n" :
		    "AUTHENTIC, compared with no reference values\n");
}

static void
put_device(struct att_buf *b, const struct att_spdm_result *r)
{
	char hex[ATT_DIGEST_HEX_MAX];

	att_buf_printf(b, "  device  %s\n  issuer  %s\n  serial  %s\n"
	    "  root    sha256:%s\n  report  ", r->subject, r->issuer,
	    r->serial, att_digest_hex(&r->root, hex));
	put_version(b, r->version);
	put_algorithms(b, &r->algorithms);
	att_buf_printf(b, ", %zu measurements", r->measurements);
	if (r->has_security_version)
		att_buf_printf(b, ", security version %" PRIu64,
		    r->security_version);
	att_buf_u8(b, '\n');
}

static void
put_findings(struct att_buf *b, const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *f = json_array_get(findings, i);

		att_buf_printf(b, "%s: %s\n    %s\n",
		    json_string_value(json_object_get(f, "severity")),
		    json_string_value(json_object_get(f, "text")),
		    json_string_value(json_object_get(f, "advice")));
	}
}

void
att_spdmview_result(struct att_buf *b, const struct att_spdm_result *r,
    bool compared, const json_t *findings)
{
	put_headline(b, r, compared);
	if (r->authentic)
		put_device(b, r);
	put_findings(b, findings);
}
