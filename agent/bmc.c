#include "agent/bmc.h"

#include <stdio.h>
#include <string.h>

#include "agent/dmi.h"
#include "agent/stop.h"
#include "base/file.h"
#include "firmware/smbios.h"
#include "redfish/inventory.h"

#define HTTPS_PORT 443

void
att_bmc_done(struct att_bmc *b)
{
	att_buf_wipe(&b->password);
	*b = (struct att_bmc){ 0 };
}

/* -- where it is -------------------------------------------------------- */

/*
 * True: the address is in b->origin. What is none of ours, or is broken, leads
 * nowhere.
 */
static bool
use_structure(struct att_slice raw, struct att_bmc *b)
{
	struct att_host_interface host;
	struct att_smbios s;
	const char *address = host.redfish.service_address;
	bool six;

	if (att_smbios_parse(raw, &s, NULL) < 0 ||
	    att_host_interface_parse(&s, &host, NULL) < 0 ||
	    host.count == 0 || address[0] == '\0')
		return false;
	six = strchr(address, ':') != NULL;
	(void)snprintf(b->origin, sizeof(b->origin), "https://%s%s%s:%u",
	    six ? "[" : "", address, six ? "]" : "",
	    host.redfish.port == 0 ? HTTPS_PORT : host.redfish.port);
	return true;
}

static int
find_host_interface(struct att_source *s, struct att_bmc *b,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf all = ATT_BUF(ATT_DMI_MAX);
	struct att_slice one;
	struct att_cur c;
	int r;

	if ((r = att_source_smbios(s, ATT_SMBIOS_HOST_INTERFACE, &all, err)) <
	    0)
		return r;
	c = att_cur_of(att_buf_view(&all));
	while ((r = att_dmi_next(&c, &one, err)) > 0)
		if (use_structure(one, b))
			return 0;
	return r < 0 ? r : att_err_set(err, ATT_E_NOT_FOUND,
	    "SMBIOS tells no host interface with the address of a BMC");
}

/* -- who we are to it --------------------------------------------------- */

static int
load_password(const char *file, struct att_bmc *b, struct att_err *err)
{
	struct att_buf *p = &b->password;
	int r;

	if (file == NULL)
		return 0;
	if ((r = att_file_read_secret(file, p, err)) < 0)
		return r;
	if (p->len > 0 && p->data[p->len - 1] == '\n')
		p->len--;
	if (p->len > 0 && p->data[p->len - 1] == '\r')
		p->len--;
	if (p->len > 0 && memchr(p->data, '\0', p->len) != NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: a password with a NUL byte", file);
	att_buf_u8(p, '\0');
	return att_buf_ok(p, "password", err);
}

static int
load(struct att_source *s, struct att_bmc *b, struct att_err *err)
{
	const struct att_agent_config *c = s->config;
	int r;

	if (strcmp(c->redfish_url, ATT_HOST_INTERFACE) == 0) {
		if ((r = find_host_interface(s, b, err)) < 0)
			return r;
	} else {
		(void)snprintf(b->origin, sizeof(b->origin), "%s",
		    c->redfish_url);
	}
	if ((r = load_password(c->redfish_password_file, b, err)) < 0)
		return r;
	b->options = (struct att_redfish_options){ .origin = b->origin,
		.pin = c->redfish_pin, .ca_file = c->redfish_ca_file,
		.user = c->redfish_user,
		.password = b->password.len > 0 ?
		    (const char *)b->password.data : NULL,
		.deadline_ms = (unsigned)c->redfish_timeout * 1000,
		.stop = att_stop_asked };
	return 0;
}

int
att_bmc_load(struct att_source *s, struct att_bmc *ret, struct att_err *err)
{
	int r;

	if (s->config->redfish_url == NULL)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no BMC is configured (redfish_url)");
	*ret = (struct att_bmc){ .password =
		ATT_BUF(ATT_REDFISH_PASSWORD_MAX + 3) };
	if ((r = load(s, ret, err)) < 0)
		att_bmc_done(ret);
	return r;
}

/* -- what it knows ------------------------------------------------------ */

/* A BMC that is configured is one, even if it cannot be addressed. */
static int
add_unreached(struct att_components *list, struct att_err *err)
{
	struct att_component *c = NULL;
	int r = att_components_add(list, ATT_REDFISH_COMPONENT,
	    ATT_COMPONENT_BMC, ATT_PATH_REDFISH, &c, err);

	return r < 0 ? r : att_component_set_failed(c, ATT_MEASURED_FAILED,
	    "its address or the password for it cannot be had", err);
}

int
att_bmc_inventory(struct att_source *s, struct att_components *list,
    struct att_err *ret_why, struct att_err *err)
{
	AUTO_DONE(att_bmc_done) struct att_bmc bmc = { 0 };

	*ret_why = (struct att_err){ 0 };
	if (s->config->redfish_url == NULL)
		return 0;
	return att_bmc_load(s, &bmc, ret_why) < 0 ?
	    add_unreached(list, err) :
	    att_redfish_inventory(&bmc.options, list, ret_why, err);
}
