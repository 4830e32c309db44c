#include "protocol/status.h"

#include <string.h>

#include "base/number.h"

#define SECONDS_MAX 999999999

static const char *const standings[ATT_STANDING_COUNT] = {
	[ATT_STANDING_PENDING] = "PENDING",
	[ATT_STANDING_PASS] = "PASS",
	[ATT_STANDING_FAIL] = "FAIL",
	[ATT_STANDING_TIMEOUT] = "TIMEOUT",
};

const char *
att_standing_name(enum att_standing s)
{
	return (unsigned)s < ATT_STANDING_COUNT ? standings[s] : NULL;
}

void
att_agent_status_done(struct att_agent_status *s)
{
	att_keep_done(&s->keep);
	*s = (struct att_agent_status){ 0 };
}

/* "15s" */
static json_t *
seconds_of(int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llds", (long long)n);
	return json_string(text);
}

int
att_agent_status_encode(const struct att_agent_status *s, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *name = att_standing_name(s->standing);
	int r;

	if (name == NULL)
		return att_err_set(err, ATT_E_USAGE, "standing %u",
		    (unsigned)s->standing);
	j = json_pack("{s:s, s:I, s:I, s:I, s:o, s:o}", "attestation_status",
	    name, "attestation_count", (json_int_t)s->passes,
	    "last_received_quote", (json_int_t)s->last_received,
	    "last_successful_attestation", (json_int_t)s->last_pass,
	    "attestation_period", seconds_of(s->period),
	    "maximum_attestation_interval", seconds_of(s->period_max));
	if (j == NULL)
		return att_err_nomem(err);
	if (s->result != NULL &&
	    (r = att_json_put(j, "attestation_result",
		 json_string(s->result), err)) < 0)
		return r;
	if (s->findings != NULL &&
	    (r = att_json_put(j, "attestation_findings",
		 json_incref(s->findings), err)) < 0)
		return r;
	return att_message_write_plain(json_pack("{s:i, s:s, s:o}", "code",
	    200, "status", "Success", "results", take(&j)), ret, err);
}

static int
read_standing(const json_t *j, enum att_standing *ret, struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str(j, "attestation_status", &s, err);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < ATT_COUNT(standings); i++)
		if (strcmp(standings[i], s) == 0) {
			*ret = (enum att_standing)i;
			return 0;
		}
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "attestation_status is not PASS, FAIL, PENDING or TIMEOUT");
}

static int64_t
number(const json_t *j, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(j, name));

	return n < 0 ? 0 : n;
}

/* "15s"; 0 if it is anything else. */
static int64_t
seconds(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));
	uint64_t v;

	return s != NULL && att_number_take(&s, SECONDS_MAX, &v) &&
		strcmp(s, "s") == 0 ? (int64_t)v : 0;
}

int
att_agent_status_parse(struct att_slice body, struct att_agent_status *ret,
    struct att_err *err)
{
	AUTO_DONE(att_agent_status_done)
	struct att_agent_status s = { 0 };
	json_t *root = NULL, *j = NULL;
	int r;

	if ((r = att_keep_object(&s.keep, body, &root, err)) < 0 ||
	    (r = att_json_obj(root, "results", &j, err)) < 0 ||
	    (r = read_standing(j, &s.standing, err)) < 0 ||
	    (r = att_json_str_opt(j, "attestation_result", &s.result, err)) <
		0)
		return r;
	s.findings = json_object_get(j, "attestation_findings");
	if (!json_is_array(s.findings))
		s.findings = NULL;
	s.passes = number(j, "attestation_count");
	s.last_received = number(j, "last_received_quote");
	s.last_pass = number(j, "last_successful_attestation");
	s.period = seconds(j, "attestation_period");
	s.period_max = seconds(j, "maximum_attestation_interval");
	*ret = s;
	s = (struct att_agent_status){ 0 };
	return 0;
}
