#include "redfish/measure.h"

#include <string.h>

#include "base/encoding.h"
#include "base/steady.h"
#include "base/text.h"
#include "firmware/spdm.h"
#include "firmware/spdm_redfish.h"
#include "redfish/collection.h"

#define ACTION "Actions/#ComponentIntegrity.SPDMGetSignedMeasurements/target"
#define CERTIFICATE "SPDM/IdentityAuthentication/ResponderAuthentication/"   \
	"ComponentCertificate/@odata.id"
#define DATA "/data"

/* Of all transcripts and chains, so that the document stays below its limit. */
#define BYTES_MAX (5u << 20)

struct device {
	char name[ATT_REDFISH_ID_MAX + 1];
	char action[ATT_HTTP_PATH_MAX + 1];
	char certificate[ATT_HTTP_PATH_MAX + 1];
	const char *reason;	/* why it is not asked; NULL: it is */
	enum att_measured result;
};

struct asking {
	struct att_redfish *r;
	att_redfish_nonce *nonce;
	void *arg;
	struct device *device;
	size_t count;
	uint64_t until;		/* of the device in turn */
	size_t bytes;
};

/* -- which devices ------------------------------------------------------ */

static void
set_link(char ret[static ATT_HTTP_PATH_MAX + 1], const char *link)
{
	size_t n = link == NULL ? 0 : strlen(link);

	/* what is too long leads nowhere */
	if (n > ATT_HTTP_PATH_MAX)
		n = 0;
	if (n > 0)
		memcpy(ret, link, n);
	ret[n] = '\0';
}

static void
not_asked(struct device *d, enum att_measured result, const char *reason)
{
	d->result = result;
	d->reason = reason;
}

static void
look_at(struct device *d, const json_t *body)
{
	const json_t *enabled = att_redfish_at(body,
	    "ComponentIntegrityEnabled");

	set_link(d->action, att_redfish_text_in(body, ACTION));
	set_link(d->certificate, att_redfish_text_in(body, CERTIFICATE));
	if (json_is_false(enabled))
		not_asked(d, ATT_MEASURED_NOT_AVAILABLE,
		    "disabled at the BMC");
	else if (d->action[0] == '\0')
		not_asked(d, ATT_MEASURED_NOT_AVAILABLE,
		    "the BMC has no action that lets it sign");
	else if (d->certificate[0] == '\0')
		not_asked(d, ATT_MEASURED_FAILED,
		    "the BMC tells no certificate of it");
}

static bool
is_spdm(const json_t *body)
{
	const char *type = att_redfish_text_in(body,
	    "ComponentIntegrityType");

	return type == NULL || strcmp(type, "SPDM") == 0;
}

/* A name is what the nonce is made of: it is taken as it is, or not at all. */
static bool
is_name(const struct att_redfish_member *m)
{
	const char *id = att_redfish_text_in(m->body, "Id");
	size_t n = strlen(m->id);

	return n > 0 && n <= ATT_SPDM_DEVICE_NAME_MAX &&
	    (id == NULL || strcmp(id, m->id) == 0) &&
	    att_text_is_clean((struct att_slice){ (const uint8_t *)m->id,
		n });
}

static struct device *
add_device(struct asking *a, const char *name, struct att_err *err)
{
	struct device *more;

	if (a->count >= ATT_SPDM_DEVICES_MAX) {
		(void)att_err_set(err, ATT_E_LIMIT,
		    "more than %d devices that sign", ATT_SPDM_DEVICES_MAX);
		return NULL;
	}
	more = reallocarray(a->device, a->count + 1, sizeof(*more));
	if (more == NULL) {
		(void)att_err_nomem(err);
		return NULL;
	}
	a->device = more;
	more += a->count++;
	memset(more, 0, sizeof(*more));
	memcpy(more->name, name, strlen(name) + 1);
	return more;
}

static int
note_device(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	struct asking *a = arg;
	struct device *d;
	struct att_err none = { 0 };

	if (m->code == 0 && !is_spdm(m->body))
		return 0;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->device[i].name, m->id) == 0) {
			not_asked(&a->device[i], ATT_MEASURED_FAILED,
			    att_redfish_reason(ATT_E_CONFLICT));
			return 0;
		}
	if (m->id[0] == '\0')
		return 0;
	if ((d = add_device(a, m->id, &none)) == NULL)
		return att_err_set(err, none.code, "%s", none.text);
	if (m->code < 0)
		not_asked(d, m->code == ATT_E_NOT_FOUND ?
			ATT_MEASURED_NOT_AVAILABLE : ATT_MEASURED_FAILED,
		    att_redfish_reason(m->code));
	else if (!is_name(m))
		not_asked(d, ATT_MEASURED_FAILED,
		    "its Id is no name that can be used");
	else
		look_at(d, m->body);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* -- one device --------------------------------------------------------- */

static int
check_time(const struct asking *a, struct att_err *err)
{
	int r = att_redfish_usable(a->r, err);

	if (r < 0)
		return r;
	return att_steady_now() < a->until ? 0 :
	    att_err_set(err, ATT_E_TIMEOUT,
		"a device does not sign within %u s",
		ATT_REDFISH_DEVICE_MS / 1000);
}

static int
read_chain(struct asking *a, const struct device *d,
    struct att_spdm_component *ret, struct att_err *err)
{
	AUTO_DONE(att_redfish_answer_done) struct att_redfish_answer answer = {
		0 };
	int r;

	if ((r = att_redfish_fetch(a->r, d->certificate, &answer, err)) < 0 ||
	    (r = att_spdm_redfish_chain(att_buf_view(&answer.body),
		 &ret->chain, err)) < 0)
		return r;
	return att_spdm_chain_is_text(att_buf_view(&ret->chain)) ? 0 :
	    att_err_set(err, ATT_E_FORMAT, "a certificate that is no text");
}

static int
read_transcript(struct att_slice json, struct att_spdm_component *ret,
    struct att_err *err)
{
	int r = att_spdm_redfish_answer(json, &ret->transcript,
	    &ret->algorithms, err);

	if (r == 0 && ret->transcript.len == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "SignedMeasurements is empty");
	return r;
}

/* Whether it ended: 1 well, 0 not yet; ATT_E_BUSY to begin again. */
static int
task_state(const char *state, struct att_err *err)
{
	static const char *const running[] = { "New", "Pending", "Running",
		"Service", "Starting", "Stopping" };

	if (strcmp(state, "Completed") == 0)
		return 1;
	for (size_t i = 0; i < ATT_COUNT(running); i++)
		if (strcmp(state, running[i]) == 0)
			return 0;
	if (strcmp(state, "Exception") == 0 ||
	    strcmp(state, "Interrupted") == 0)
		return att_err_set(err, ATT_E_BUSY, "the task ended: %.20s",
		    state);
	return att_err_set(err, ATT_E_FORMAT, "the task ended: %.20s", state);
}

/*
 * One look at a task or at its monitor (DSP0266, 12.2): 0 it goes on; 1 it is
 * over, and the answer is in *ret, or to be had elsewhere.
 */
static int
look_at_task(struct asking *a, const char *link, bool *ret_elsewhere,
    struct att_spdm_component *ret, struct att_err *err)
{
	AUTO_DONE(att_redfish_answer_done) struct att_redfish_answer answer = {
		0 };
	AUTO(att_json_decref) json_t *j = NULL;
	const char *state;
	int r;

	if ((r = att_redfish_fetch(a->r, link, &answer, err)) < 0)
		return r;
	if (answer.body.len == 0 && answer.status == 202)
		return 0;
	if ((r = att_json_parse(att_buf_view(&answer.body),
		 ATT_REDFISH_BODY_MAX, &j, err)) < 0)
		return r;
	if (json_object_get(j, "SignedMeasurements") != NULL) {
		r = read_transcript(att_buf_view(&answer.body), ret, err);
		return r < 0 ? r : 1;
	}
	if ((state = att_redfish_text_in(j, "TaskState")) == NULL)
		return answer.status == 202 ? 0 :
		    att_err_set(err, ATT_E_FORMAT, "a task without a state");
	if ((r = task_state(state, err)) == 1)
		*ret_elsewhere = true;
	return r;
}

/* NVIDIA: what the action came to stands below its target. */
static int
read_data(struct asking *a, const struct device *d,
    struct att_spdm_component *ret, struct att_err *err)
{
	AUTO_DONE(att_redfish_answer_done) struct att_redfish_answer answer = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf link =
	    ATT_BUF(ATT_HTTP_PATH_MAX + sizeof(DATA));
	int r;

	att_buf_str(&link, d->action);
	att_buf_str(&link, DATA);
	att_buf_u8(&link, '\0');
	if ((r = att_buf_ok(&link, "link", err)) < 0 ||
	    (r = att_redfish_fetch(a->r, (const char *)link.data, &answer,
		 err)) < 0)
		return r;
	return read_transcript(att_buf_view(&answer.body), ret, err);
}

static int
wait_for_task(struct asking *a, const struct device *d, const char *link,
    struct att_spdm_component *ret, struct att_err *err)
{
	bool elsewhere = false;
	int r;

	do {
		if ((r = att_redfish_pause(a->r, err)) < 0 ||
		    (r = check_time(a, err)) < 0)
			return r;
		r = look_at_task(a, link, &elsewhere, ret, err);
	} while (r == 0);
	if (r < 0)
		return r;
	return elsewhere ? read_data(a, d, ret, err) : 0;
}

/* The task itself where the answer tells it, else its monitor. */
static int
follow(struct asking *a, const struct device *d,
    const struct att_redfish_answer *answer, struct att_spdm_component *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *link = NULL;

	if (answer->status != 202)
		return read_transcript(att_buf_view(&answer->body), ret, err);
	if (att_json_parse(att_buf_view(&answer->body), ATT_REDFISH_BODY_MAX,
		&j, NULL) == 0)
		link = att_redfish_text_in(j, "@odata.id");
	if (link == NULL)
		link = answer->location;
	if (link[0] == '\0')
		return att_err_set(err, ATT_E_FORMAT,
		    "an answer that comes later, and not where");
	return wait_for_task(a, d, link, ret, err);
}

static int
try_once(struct asking *a, const struct device *d, struct att_slice body,
    struct att_spdm_component *ret, struct att_err *err)
{
	AUTO_DONE(att_redfish_answer_done) struct att_redfish_answer answer = {
		0 };
	int r;

	att_buf_reset(&ret->transcript);
	if ((r = check_time(a, err)) < 0 ||
	    (r = att_redfish_post(a->r, d->action, body, &answer, err)) < 0)
		return r;
	return follow(a, d, &answer, ret, err);
}

/* All measurements, in slot 0, signed over this nonce. */
static int
write_request(struct asking *a, const char *name, struct att_buf *ret,
    struct att_err *err)
{
	uint8_t nonce[ATT_REDFISH_NONCE_SIZE];
	int r;

	if ((r = a->nonce(a->arg, name, nonce, err)) < 0)
		return r;
	att_buf_str(ret, "{\"MeasurementIndices\":[255],\"Nonce\":\"");
	att_hex_put(ret, (struct att_slice){ nonce, sizeof(nonce) });
	att_buf_str(ret, "\",\"SlotId\":0}");
	return att_buf_ok(ret, "request", err);
}

static int
ask_device(struct asking *a, const struct device *d,
    struct att_spdm_component *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(256);
	struct att_err wait = { 0 };
	int r;

	a->until = att_steady_now() + ATT_REDFISH_DEVICE_MS;
	if ((r = write_request(a, d->name, &body, err)) < 0 ||
	    (r = read_chain(a, d, ret, err)) < 0)
		return r;
	for (unsigned i = 0; i < ATT_REDFISH_ATTEMPTS; i++) {
		r = try_once(a, d, att_buf_view(&body), ret, err);
		if (r != ATT_E_BUSY || att_redfish_pause(a->r, &wait) < 0)
			break;
	}
	if (r < 0)
		return r;
	a->bytes += ret->transcript.len + ret->chain.len;
	return a->bytes <= BYTES_MAX ? 0 :
	    att_err_set(err, ATT_E_LIMIT, "over %u bytes of all devices",
		BYTES_MAX);
}

/* -- all of them -------------------------------------------------------- */

static void
fail(struct att_spdm_component *c, enum att_measured result,
    const char *reason)
{
	att_buf_done(&c->transcript);
	att_buf_done(&c->chain);
	c->algorithms = (struct att_spdm_algorithms){ 0 };
	c->result = result;
	(void)snprintf(c->reason, sizeof(c->reason), "%s", reason);
}

static int
ask_all(struct asking *a, struct att_spdm_evidence *e, struct att_err *err)
{
	struct att_err why = { 0 };
	int r;

	for (size_t i = 0; i < a->count; i++) {
		const struct device *d = &a->device[i];
		struct att_spdm_component *c = &e->device[i];

		e->count = i + 1;
		c->transcript = ATT_BUF(ATT_SPDM_TRANSCRIPT_MAX);
		c->chain = ATT_BUF(ATT_SPDM_CHAIN_MAX);
		memcpy(c->name, d->name, sizeof(c->name));
		if (d->reason != NULL) {
			fail(c, d->result, d->reason);
			continue;
		}
		r = ask_device(a, d, c, &why);
		if (r == ATT_E_NOMEM)
			return att_err_nomem(err);
		if (r < 0)
			fail(c, ATT_MEASURED_FAILED, att_redfish_reason(r));
	}
	return 0;
}

static void
asking_done(struct asking *a)
{
	free(a->device);
}

int
att_redfish_measure(struct att_redfish *r, att_redfish_nonce *nonce,
    void *arg, struct att_spdm_evidence *e, struct att_err *err)
{
	AUTO_DONE(asking_done) struct asking a = { .r = r, .nonce = nonce,
		.arg = arg };
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *all = NULL;
	const char *link = att_redfish_link_in(att_redfish_root(r),
	    "ComponentIntegrity");
	int code;

	if (link == NULL)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "the BMC has no ComponentIntegrity");
	if ((code = att_redfish_members(r, link, note_device, &a, err)) < 0)
		return code;
	if (a.count > 0)
		qsort(a.device, a.count, sizeof(*a.device), by_name);
	if ((all = calloc(1, sizeof(*all))) == NULL ||
	    (a.count > 0 && (all->device = calloc(a.count,
		sizeof(*all->device))) == NULL))
		return att_err_nomem(err);
	if ((code = ask_all(&a, all, err)) < 0)
		return code;
	e->device = take(&all->device);
	e->count = all->count;
	all->count = 0;
	return 0;
}
