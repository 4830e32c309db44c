#include "agent/bmc.h"

#include <stdio.h>
#include <string.h>

#include "agent/stop.h"
#include "base/file.h"
#include "base/sysfs.h"
#include "firmware/smbios.h"

#define ENTRY "42-"	/* of SMBIOS, type 42 */
#define HTTPS_PORT 443

void
att_bmc_done(struct att_bmc *b)
{
	att_buf_wipe(&b->password);
	*b = (struct att_bmc){ 0 };
}

/* -- where it is -------------------------------------------------------- */

/* 1: the address is in b->origin; 0: this one tells none. */
static int
try_entry(const char *dmi, const char *entry, struct att_bmc *b,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_SMBIOS_MAX);
	AUTO(free) char *dir = att_path_join(dmi, entry);
	struct att_host_interface host;
	struct att_smbios s;
	const char *address = host.redfish.service_address;
	bool six;
	int r;

	if (dir == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_read(dir, "raw", &raw, err)) < 0)
		return r;
	/* what is none of ours, or is broken, leads nowhere */
	if (att_smbios_parse(att_buf_view(&raw), &s, NULL) < 0 ||
	    att_host_interface_parse(&s, &host, NULL) < 0 ||
	    host.count == 0 || address[0] == '\0')
		return 0;
	six = strchr(address, ':') != NULL;
	(void)snprintf(b->origin, sizeof(b->origin), "https://%s%s%s:%u",
	    six ? "[" : "", address, six ? "]" : "",
	    host.redfish.port == 0 ? HTTPS_PORT : host.redfish.port);
	return 1;
}

static int
find_host_interface(const char *dmi, struct att_bmc *b, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names names = { 0 };
	int r;

	if ((r = att_sysfs_list(dmi, &names, err)) < 0)
		return r;
	for (size_t i = 0; i < names.count; i++) {
		if (strncmp(names.name[i], ENTRY, strlen(ENTRY)) != 0)
			continue;
		if ((r = try_entry(dmi, names.name[i], b, err)) != 0)
			return r < 0 ? r : 0;
	}
	return att_err_set(err, ATT_E_NOT_FOUND,
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
load(const struct att_agent_config *c, const char *dmi, struct att_bmc *b,
    struct att_err *err)
{
	int r;

	if (strcmp(c->redfish_url, ATT_HOST_INTERFACE) == 0) {
		if ((r = find_host_interface(dmi, b, err)) < 0)
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
att_bmc_load(const struct att_agent_config *config, const char *dmi,
    struct att_bmc *ret, struct att_err *err)
{
	int r;

	if (config->redfish_url == NULL)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no BMC is configured (redfish_url)");
	*ret = (struct att_bmc){ .password =
		ATT_BUF(ATT_REDFISH_PASSWORD_MAX + 3) };
	if ((r = load(config, dmi, ret, err)) < 0)
		att_bmc_done(ret);
	return r;
}
