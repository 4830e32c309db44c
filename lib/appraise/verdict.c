#include "appraise/verdict.h"

#include <inttypes.h>
#include <string.h>

static const char *const statuses[] = {
	[ATT_UNDECIDED] = "undecided",
	[ATT_FAIL] = "fail",
	[ATT_PASS] = "pass",
};

/* By position of the ATT_CLAIM_ bit. */
static const char *const claims[] = { "quote", "fresh", "boot-log",
	"reference", "secure-boot", "userspace-log", "runtime", "firmware",
	"devices", "posture" };

static const char *const pcr_statuses[] = {
	[ATT_PCR_NOT_EVALUATED] = "not-evaluated",
	[ATT_PCR_UNTOUCHED] = "untouched",
	[ATT_PCR_REPLAYED] = "replayed",
	[ATT_PCR_REFERENCE] = "reference",
	[ATT_PCR_MISMATCH] = "mismatch",
	[ATT_PCR_INCOMPLETE] = "incomplete",
	[ATT_PCR_UNEXPECTED] = "unexpected",
};

static const char *const secure_boots[] = {
	[ATT_SECURE_BOOT_UNKNOWN] = "unknown",
	[ATT_SECURE_BOOT_OFF] = "off",
	[ATT_SECURE_BOOT_ON] = "on",
};

const char *
att_status_name(enum att_status status)
{
	return (unsigned)status < ATT_COUNT(statuses) ? statuses[status] :
							"undecided";
}

const char *
att_claim_name(uint32_t bit)
{
	for (size_t i = 0; i < ATT_COUNT(claims); i++)
		if (bit == 1u << i)
			return claims[i];
	return NULL;
}

const char *
att_pcr_status_name(enum att_pcr_status s)
{
	return (unsigned)s < ATT_COUNT(pcr_statuses) ? pcr_statuses[s] :
						       "not-evaluated";
}

void
att_verdict_free(struct att_verdict *v)
{
	if (v == NULL)
		return;
	att_beneath_done(&v->beneath);
	free(v);
}

enum att_status
att_verdict_status(const struct att_verdict *v)
{
	return v == NULL ? ATT_UNDECIDED : v->status;
}

size_t
att_verdict_finding_count(const struct att_verdict *v)
{
	return v->findings;
}

const struct att_finding *
att_verdict_finding(const struct att_verdict *v, size_t i)
{
	return i < v->findings ? &v->finding[i] : NULL;
}

uint32_t
att_verdict_evaluated(const struct att_verdict *v)
{
	return v->evaluated;
}

uint32_t
att_verdict_held(const struct att_verdict *v)
{
	return v->held;
}

size_t
att_verdict_pcr_count(const struct att_verdict *v)
{
	return v->rows;
}

const struct att_pcr_row *
att_verdict_pcr(const struct att_verdict *v, size_t i)
{
	return i < v->rows ? &v->row[i] : NULL;
}

const struct att_claims *
att_verdict_claims(const struct att_verdict *v)
{
	return &v->claims;
}

bool
att_verdict_state(const struct att_verdict *v, struct att_quote_state *ret)
{
	if (v->has_state)
		*ret = v->state;
	return v->has_state;
}

bool
att_verdict_is_said(const struct att_verdict *v)
{
	return v->is_said;
}

bool
att_verdict_ima(const struct att_verdict *v, struct att_ima_known *ret)
{
	bool good = v->status == ATT_PASS &&
	    (v->held & ATT_CLAIM_RUNTIME) != 0;

	if (good)
		*ret = v->ima;
	return good;
}

bool
att_verdict_ima_shown(const struct att_verdict *v, struct att_ima_shown *ret)
{
	if (v->has_shown)
		*ret = v->shown;
	return v->has_shown;
}

const struct att_device_row *
att_verdict_device(const struct att_verdict *v, size_t i)
{
	return i < v->beneath.devices.rows ? &v->beneath.devices.row[i] : NULL;
}

const struct att_fwknown *
att_verdict_firmware(const struct att_verdict *v)
{
	return v->status == ATT_PASS ? v->beneath.firmware.known : NULL;
}

bool
att_verdict_has(const struct att_verdict *v, enum att_finding_code code)
{
	for (size_t i = 0; i < v->findings; i++)
		if (v->finding[i].code == code)
			return true;
	return false;
}

/* -- JSON ---------------------------------------------------------------- */

static json_t *
bits_to_json(uint32_t bits)
{
	AUTO(att_json_decref) json_t *j = json_array();

	for (size_t i = 0; i < ATT_COUNT(claims); i++)
		if ((bits >> i & 1) != 0 &&
		    att_json_add(j, json_string(claims[i]), NULL) < 0)
			return NULL;
	return take(&j);
}

static json_t *
findings_to_json(const struct att_verdict *v)
{
	AUTO(att_json_decref) json_t *j = json_array();

	for (size_t i = 0; i < v->findings; i++)
		if (att_json_add(j, att_finding_to_json(&v->finding[i]),
			NULL) < 0)
			return NULL;
	return take(&j);
}

static json_t *
row_to_json(const struct att_pcr_row *row)
{
	AUTO(att_json_decref) json_t *j = json_object();

	if (att_json_put(j, "pcr", json_integer(row->pcr), NULL) < 0 ||
	    att_json_put(j, "bank", json_string(att_alg_name(row->bank)),
		NULL) < 0 ||
	    att_json_put(j, "events", json_integer(row->events), NULL) < 0 ||
	    att_json_put(j, "status",
		json_string(att_pcr_status_name(row->status)), NULL) < 0 ||
	    att_json_put(j, "value",
		att_json_hex_of(att_digest_view(&row->value)), NULL) < 0)
		return NULL;
	return take(&j);
}

static json_t *
rows_to_json(const struct att_verdict *v)
{
	AUTO(att_json_decref) json_t *j = json_array();

	for (size_t i = 0; i < v->rows; i++)
		if (att_json_add(j, row_to_json(&v->row[i]), NULL) < 0)
			return NULL;
	return take(&j);
}

/* Counters can be over 2^53: as text where JSON readers would round. */
static json_t *
number_text(uint64_t n, const char *format)
{
	char text[24];

	snprintf(text, sizeof(text), format[0] == 'x' ? "%016" PRIx64 :
							"%" PRIu64, n);
	return json_string(text);
}

static json_t *
tpm_to_json(const struct att_claims *c)
{
	AUTO(att_json_decref) json_t *j = json_object();

	if (att_json_put(j, "firmware_version",
		number_text(c->tpm_firmware_version, "x"), NULL) < 0 ||
	    att_json_put(j, "clock", number_text(c->clock, "u"), NULL) < 0 ||
	    att_json_put(j, "reset_count", json_integer(c->reset_count),
		NULL) < 0 ||
	    att_json_put(j, "restart_count", json_integer(c->restart_count),
		NULL) < 0)
		return NULL;
	return take(&j);
}

static json_t *
reference_to_json(const char *id, int64_t version)
{
	AUTO(att_json_decref) json_t *j = json_object();

	if (id[0] == '\0')
		return json_null();
	if (att_json_put(j, "id", json_string(id), NULL) < 0 ||
	    att_json_put(j, "version", json_integer(version), NULL) < 0)
		return NULL;
	return take(&j);
}

/* How far it came; the findings say what is wrong. */
static const char *
device_status(const struct att_device_row *row)
{
	if (!row->covered)
		return "not-evaluated";
	if (row->measured != ATT_MEASURED_OK)
		return "missing";
	if (row->other)
		return "other-device";
	if (!row->result.authentic || row->twin)
		return "refused";
	return row->result.expected ? "expected" : "unexpected";
}

static json_t *
device_to_json(const struct att_device_row *row)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_spdm_result *d = &row->result;

	if (att_json_put(j, "component", json_string(row->component), NULL) <
		0 ||
	    att_json_put(j, "status", json_string(device_status(row)), NULL) <
		0)
		return NULL;
	if (!d->authentic && !row->other)
		return take(&j);
	if (att_json_put(j, "subject", json_string(d->subject), NULL) < 0 ||
	    att_json_put(j, "serial", json_string(d->serial), NULL) < 0 ||
	    att_json_put(j, "reference",
		reference_to_json(d->reference, d->reference_version), NULL) <
		0 ||
	    (d->has_security_version &&
		att_json_put(j, "security_version",
		    number_text(d->security_version, "u"), NULL) < 0))
		return NULL;
	return take(&j);
}

static json_t *
devices_to_json(const struct att_devices_judged *d)
{
	AUTO(att_json_decref) json_t *j = json_array();

	for (size_t i = 0; i < d->rows; i++)
		if (att_json_add(j, device_to_json(&d->row[i]), NULL) < 0)
			return NULL;
	return take(&j);
}

/* -- firmware ------------------------------------------------------------- */

#define COMPONENTS_SHOWN (16u << 10)	/* bytes; the claims have them all */

static json_t *
chip_to_json(const struct att_flash *f)
{
	AUTO(att_json_decref) json_t *j = json_object();

	if (att_json_put(j, "name", json_string(f->name), NULL) < 0 ||
	    att_json_put(j, "path", json_string(att_path_name(f->path)),
		NULL) < 0 ||
	    att_json_put(j, "result",
		json_string(att_measured_name(f->result)), NULL) < 0)
		return NULL;
	if (f->map != NULL &&
	    (att_json_put(j, "size", json_integer((json_int_t)f->map->size),
		 NULL) < 0 ||
		att_json_put(j, "ranges",
		    json_integer((json_int_t)f->map->count), NULL) < 0))
		return NULL;
	return take(&j);
}

/* Name of the version -> what runs. */
static json_t *
running_to_json(const struct att_component *c)
{
	AUTO(att_json_decref) json_t *j = json_object();

	for (size_t i = 0; i < c->versions; i++) {
		const char *text = c->version[i].text[ATT_VERSION_RUNNING];

		if (text != NULL &&
		    att_json_put(j, c->version[i].name, json_string(text),
			NULL) < 0)
			return NULL;
	}
	return take(&j);
}

/* Bytes of one as text, at most: three for one where it is escaped. */
static size_t
size_of(const struct att_component *c)
{
	size_t n = strlen(c->id);

	for (size_t i = 0; i < c->versions; i++) {
		const char *text = c->version[i].text[ATT_VERSION_RUNNING];

		if (text != NULL)
			n += strlen(c->version[i].name) + strlen(text) + 6;
	}
	return 3 * n + 80;
}

static json_t *
component_to_json(const struct att_component *c)
{
	AUTO(att_json_decref) json_t *j = json_object();

	if (att_json_put(j, "id", json_string(c->id), NULL) < 0 ||
	    att_json_put(j, "path", json_string(att_path_name(c->path)),
		NULL) < 0 ||
	    att_json_put(j, "result",
		json_string(att_measured_name(c->result)), NULL) < 0 ||
	    att_json_put(j, "running", running_to_json(c), NULL) < 0)
		return NULL;
	return take(&j);
}

/* From the first on, as many as have room; how many in *ret_count. */
static json_t *
components_to_json(const struct att_components *list, size_t *ret_count)
{
	AUTO(att_json_decref) json_t *j = json_array();
	size_t room = COMPONENTS_SHOWN, i;

	for (i = 0; i < list->count && size_of(&list->item[i]) <= room; i++) {
		room -= size_of(&list->item[i]);
		if (att_json_add(j, component_to_json(&list->item[i]),
			NULL) < 0)
			return NULL;
	}
	*ret_count = i;
	return take(&j);
}

static json_t *
firmware_to_json(const struct att_firmware_claims *c)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *chips = json_array();
	size_t shown = 0;

	for (size_t i = 0; i < c->chips; i++)
		if (att_json_add(chips, chip_to_json(&c->flash[i]), NULL) < 0)
			return NULL;
	if (att_json_put(j, "chips", take(&chips), NULL) < 0 ||
	    att_json_put(j, "components",
		components_to_json(&c->components, &shown), NULL) < 0 ||
	    att_json_put(j, "left_out",
		json_integer((json_int_t)(c->components.count - shown)),
		NULL) < 0)
		return NULL;
	return take(&j);
}

json_t *
att_verdict_to_json(const struct att_verdict *v)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_claims *c = &v->claims;

	if (att_json_put(j, "status", json_string(att_status_name(v->status)),
		NULL) < 0 ||
	    att_json_put(j, "evaluated", bits_to_json(v->evaluated), NULL) <
		0 ||
	    att_json_put(j, "held", bits_to_json(v->held), NULL) < 0 ||
	    att_json_put(j, "findings", findings_to_json(v), NULL) < 0 ||
	    att_json_put(j, "pcrs", rows_to_json(v), NULL) < 0 ||
	    att_json_put(j, "reference",
		reference_to_json(c->reference, c->reference_version), NULL) <
		0)
		return NULL;
	/* nothing of a quote that does not hold is a claim */
	if (v->has_state &&
	    (att_json_put(j, "tpm", tpm_to_json(c), NULL) < 0 ||
		att_json_put(j, "secure_boot",
		    json_string(secure_boots[c->secure_boot]), NULL) < 0 ||
		att_json_put(j, "kernel", json_string(c->kernel), NULL) < 0))
		return NULL;
	if (v->beneath.claims != NULL &&
	    att_json_put(j, "firmware", firmware_to_json(v->beneath.claims),
		NULL) < 0)
		return NULL;
	if (v->beneath.devices.rows > 0 &&
	    att_json_put(j, "devices", devices_to_json(&v->beneath.devices),
		NULL) < 0)
		return NULL;
	return take(&j);
}
