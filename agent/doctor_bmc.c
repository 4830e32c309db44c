/* The BMC: as the kernel knows it, and as Redfish does. */
#include <string.h>

#include "agent/bmc.h"
#include "agent/doctor.h"
#include "ipmi/bmc.h"
#include "redfish/collection.h"

#define GOOD ATT_DOCTOR_GOOD
#define UNKNOWN ATT_DOCTOR_UNKNOWN
#define ATTENTION ATT_DOCTOR_ATTENTION
#define BAD ATT_DOCTOR_BAD

void
att_doctor_bmc(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO_DONE(att_components_done) struct att_components all = { 0 };
	struct att_err why = { 0 };
	const struct att_component *c;
	const char *version = NULL;

	if (att_bmc_collect(d->root, &all, &why) < 0) {
		att_doctor_say(ret, UNKNOWN, "", "%s", why.text);
		return;
	}
	if ((c = att_components_find(&all, "bmc")) == NULL) {
		att_doctor_say(ret, UNKNOWN, "Load ipmi_si and ipmi_devintf, "
		    "if this machine has one", "the kernel knows no BMC");
		return;
	}
	for (size_t i = 0; i < c->versions && version == NULL; i++)
		version = c->version[i].text[ATT_VERSION_RUNNING];
	if (c->result != ATT_MEASURED_OK || version == NULL)
		att_doctor_say(ret, ATTENTION, "Reset the BMC if it does not "
		    "answer", "it does not tell its firmware: %s",
		    c->reason == NULL ? "no version" : c->reason);
	else
		att_doctor_say(ret, GOOD, "", "firmware %s", version);
}

/* -- Redfish --------------------------------------------------------------- */

/* A session with the BMC of the configuration. */
static int
open_bmc(const struct att_doctor *d, struct att_redfish **ret,
    struct att_err *err)
{
	AUTO_DONE(att_source_close) struct att_source s =
	    ATT_SOURCE(d->config);
	AUTO_DONE(att_bmc_done) struct att_bmc b = { 0 };
	int r = att_bmc_load(&s, &b, err);

	if (r < 0)
		return r;
	b.options.deadline_ms = d->timeout_ms;
	return att_redfish_open(&b.options, ret, err);
}

/* Nobody said which BMC: the line is filled. */
static bool
is_without(const struct att_doctor *d, const char *advice,
    struct att_doctor_line *ret)
{
	bool without = d->config == NULL || d->config->redfish_url == NULL;

	if (without)
		att_doctor_say(ret, UNKNOWN, advice, "no BMC is configured "
		    "(redfish_url)");
	return without;
}

void
att_doctor_bmc_tls(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO(att_redfish_free) struct att_redfish *r = NULL;
	struct att_err why = { 0 };

	if (is_without(d, "Set redfish_url and redfish_pin: what devices sign "
	    "is got through it", ret))
		return;
	if (open_bmc(d, &r, &why) == 0)
		att_doctor_say(ret, GOOD, "", "reached, and its key is the "
		    "one that is trusted");
	else if (why.code == ATT_E_UNTRUSTED)
		att_doctor_say(ret, BAD, "Find out whether its key was "
		    "changed, then set redfish_pin", "%s", why.text);
	else if (why.code == ATT_E_DENIED)
		att_doctor_say(ret, ATTENTION, "Check redfish_user, its "
		    "password and its role", "%s", why.text);
	else
		att_doctor_say(ret, ATTENTION, "Check redfish_url, and reset "
		    "the BMC if it does not answer", "%s", why.text);
}

/* What the managers say of IPMI in their NetworkProtocol (DSP0268). */
struct ipmi {
	struct att_redfish *r;
	bool told, on;
};

static int
note_manager(void *arg, const struct att_redfish_member *m,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *p = NULL;
	const char *link = m->body == NULL ? NULL :
	    att_redfish_link_in(m->body, "NetworkProtocol");
	struct ipmi *i = arg;
	const json_t *on;
	int r;

	if (link == NULL)
		return 0;
	if ((r = att_redfish_get(i->r, link, &p, err)) < 0)
		return att_redfish_is_over(r) ? r : 0;
	on = att_redfish_at(p, "IPMI/ProtocolEnabled");
	i->told = i->told || json_is_boolean(on);
	i->on = i->on || json_is_true(on);
	return 0;
}

static int
ask_ipmi(const struct att_doctor *d, struct ipmi *ret, struct att_err *err)
{
	AUTO(att_redfish_free) struct att_redfish *r = NULL;
	const char *link;
	int e;

	if ((e = open_bmc(d, &r, err)) < 0)
		return e;
	if ((link = att_redfish_link_in(att_redfish_root(r), "Managers")) ==
	    NULL)
		return 0;
	ret->r = r;
	return att_redfish_members(r, link, note_manager, ret, err);
}

void
att_doctor_bmc_lan(const struct att_doctor *d, struct att_doctor_line *ret)
{
	static const char advice[] = "Turn it off in the BMC: it shows hashes "
	    "of passwords to whoever asks (CVE-2013-4786)";
	struct ipmi i = { 0 };
	struct att_err why = { 0 };

	if (is_without(d, advice, ret))
		return;
	if (ask_ipmi(d, &i, &why) < 0)
		att_doctor_say(ret, UNKNOWN, advice, "%s", why.text);
	else if (!i.told)
		att_doctor_say(ret, UNKNOWN, advice, "the BMC does not tell");
	else if (i.on)
		att_doctor_say(ret, BAD, advice, "on");
	else
		att_doctor_say(ret, GOOD, "", "off");
}
