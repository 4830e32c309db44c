/* attestctl firmware show, and measure of all that this machine has. */
#include <stdio.h>
#include <string.h>

#include "agent/componentview.h"
#include "agent/ctl_agent.h"
#include "agent/ctl_firmware.h"
#include "agent/measured.h"
#include "agent/source.h"
#include "agent/stop.h"
#include "base/file.h"
#include "base/text.h"

#define OUTPUT_MAX ((size_t)64 << 20)	/* bytes */

/* -- for people ------------------------------------------------------------ */

static void
put(struct att_buf *b, const char *text)
{
	att_text_put(b, att_slice_of(text));
}

static void
put_pass(struct att_buf *b, const struct att_pass *p)
{
	AUTO(att_json_decref) json_t *at = p == NULL ? NULL :
	    att_json_time_of(p->at);

	if (at == NULL)
		return;
	att_buf_printf(b, "measured %s in %lld s", json_string_value(at),
	    (long long)p->seconds);
	att_buf_str(b, p->has_clock ? "" : ", the TPM did not say when");
	for (size_t i = 0; i < p->unsteady_count; i++)
		att_buf_printf(b, "%s 0x%08llx", i == 0 ?
			"; not steady:" : ",",
		    (unsigned long long)p->unsteady[i]);
}

static void
put_chip(struct att_buf *b, const struct att_firmware_claims *c,
    const struct att_flash *f)
{
	char of[ATT_PASS_NAME_MAX + 1];

	(void)snprintf(of, sizeof(of), "flash/%s", f->name);
	att_buf_printf(b, "%s (%s): ", of, att_path_name(f->path));
	if (f->map == NULL) {
		att_buf_printf(b, "%s: ", att_measured_name(f->result));
		put(b, f->reason);
		att_buf_str(b, "; ");
	}
	put_pass(b, att_firmware_claims_pass(c, of));
	att_buf_u8(b, '\n');
	if (f->map != NULL)
		att_ctl_firmware_table(f->map, NULL, b);
}

static int
put_claims(const struct att_firmware_claims *c, struct att_buf *b,
    struct att_err *err)
{
	att_buf_str(b, "boot ");
	put(b, c->boot_id);
	att_buf_u8(b, '\n');
	if (c->no_flash[0] != '\0') {
		att_buf_str(b, "flash: ");
		put(b, c->no_flash);
		att_buf_u8(b, '\n');
	}
	for (size_t i = 0; i < c->chips; i++)
		put_chip(b, c, &c->flash[i]);
	if (c->components.count == 0)
		return 0;
	att_buf_u8(b, '\n');
	return att_components_print(&c->components, b, err);
}

/* As it is in the document, or in lines. */
static int
show(const struct att_ctl_firmware *o, const struct att_firmware_claims *c,
    struct att_slice text)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_err err = { 0 };

	if (o->json) {
		if (att_json_parse(text, ATT_FIRMWARE_CLAIMS_MAX, &j, &err) <
			0 ||
		    att_json_write_pretty(j, &out, &err) < 0)
			return att_ctl_fail(NULL, &err);
	} else if (put_claims(c, &out, &err) < 0) {
		return att_ctl_fail(NULL, &err);
	}
	if (att_buf_ok(&out, "output", &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

/* -- show ------------------------------------------------------------------ */

/* A file that was named, or NULL with what the service has kept. */
static int
show_file(const struct att_ctl_firmware *o, const char *file,
    const char *kept)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	struct att_err err = { 0 };
	int r = file != NULL ? att_ctl_read(file, &b, &err) :
			       att_file_read_kept(kept, &b, &err);

	/* nothing is malformed where nothing is */
	if (r == ATT_E_NOT_FOUND)
		err.code = ATT_E_SYS;
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	if (att_firmware_claims_parse(att_buf_view(&b), &c, &err) < 0)
		return att_ctl_fail(file != NULL ? file : kept, &err);
	return show(o, c, att_buf_view(&b));
}

int
att_ctl_firmware_show(const struct att_ctl_firmware *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	int status;

	if (o->files == 1)
		return show_file(o, o->file[0], NULL);
	status = att_ctl_config(o->config, &config);
	return status != ATT_CTL_GOOD ? status :
	    show_file(o, NULL, config.firmware_claims);
}

/* -- measure --------------------------------------------------------------- */

/* The bar begins anew with each part. */
struct progress {
	struct att_ctl_bar bar;
	char of[ATT_PASS_NAME_MAX + 1];
};

static bool
draw(void *arg, const char *of, uint64_t done, uint64_t size)
{
	struct progress *p = arg;

	if (strcmp(p->of, of) != 0) {
		(void)snprintf(p->of, sizeof(p->of), "%s", of);
		p->bar.shown = UINT32_MAX;
	}
	att_ctl_bar_draw(&p->bar, of, done, size);
	return true;
}

static bool
says_pace(const struct att_ctl_firmware *o)
{
	return o->pace.rate != 0 || o->pace.duty != 0;
}

/* A server has the pace of the configuration; who waits here wants his own. */
static int
run_pass(const struct att_ctl_firmware *o,
    const struct att_agent_config *config, struct att_measure *ret)
{
	struct progress p = { .bar = att_ctl_bar_begin() };
	char rate[24], duty[24];
	const char *const words[] = { "--rate", rate, "--duty", duty, NULL };
	const struct att_measured_options how = { .config = config,
		.words = says_pace(o) || !att_source_is_remote(config) ?
		    words : NULL,
		.progress = draw, .arg = &p };
	struct att_err err = { 0 };
	bool news;
	int r;

	(void)snprintf(rate, sizeof(rate), "%llu",
	    (unsigned long long)o->pace.rate);
	(void)snprintf(duty, sizeof(duty), "%u", o->pace.duty);
	att_stop_arm();
	r = o->claims != NULL ? att_measured_only(&how, ret, &err) :
				att_measured_pass(&how, ret, &news, &err);
	att_ctl_bar_end(&p.bar);
	return r < 0 ? att_ctl_fail(NULL, &err) : ATT_CTL_GOOD;
}

/* What could not be read is said in the document, and here. */
static int
status_of(int64_t failed, int64_t changes)
{
	if (failed > 0)
		return ATT_CTL_SYSTEM;
	return changes > 0 ? ATT_CTL_VERDICT : ATT_CTL_GOOD;
}

static int
measure_here(const struct att_ctl_firmware *o,
    const struct att_agent_config *config)
{
	AUTO_DONE(att_measure_done) struct att_measure m = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	struct att_err err = { 0 };
	int status;

	if ((status = run_pass(o, config, &m)) != ATT_CTL_GOOD)
		return status;
	if (att_firmware_claims_encode(m.claims, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	/* a document that goes elsewhere is all that is wanted */
	status = o->claims != NULL ? att_ctl_write(o->claims, &b) :
				     show(o, m.claims, att_buf_view(&b));
	return status != ATT_CTL_GOOD ? status :
	    status_of((int64_t)m.failed,
		o->claims != NULL ? 0 : (int64_t)m.changes);
}

/* -- measure, by attestd --------------------------------------------------- */

static void
draw_part(void *arg, const char *part, unsigned percent)
{
	(void)draw(arg, part, percent, 100);
}

/* The document of the last reply, and what the pass says of itself. */
static int
show_reply(const struct att_ctl_firmware *o, const json_t *reply)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	json_t *claims = NULL, *pass = NULL;
	int64_t failed = 0, changes = 0;
	struct att_err err = { 0 };
	int status;

	if (att_json_obj(reply, "claims", &claims, &err) < 0 ||
	    att_json_obj(reply, "firmware", &pass, &err) < 0 ||
	    att_json_int(pass, "chips_failed", 0, INT32_MAX, &failed, &err) <
		0 ||
	    att_json_int(pass, "changes", 0, INT32_MAX, &changes, &err) < 0 ||
	    att_json_write(claims, &b, &err) < 0 ||
	    att_firmware_claims_parse(att_buf_view(&b), &c, &err) < 0)
		return att_ctl_fail("attestd", &err);
	status = show(o, c, att_buf_view(&b));
	return status != ATT_CTL_GOOD ? status : status_of(failed, changes);
}

/* One that runs is shared, or the next is waited for: it ends in its time. */
static int
ask(const struct att_ctl_firmware *o, const struct att_agent_config *config,
    struct att_varlink_client *client)
{
	AUTO(att_json_decref) json_t *reply = NULL;
	struct progress p = { .bar = att_ctl_bar_begin() };
	uint64_t all_ms = (2 * (uint64_t)config->firmware_timeout + 300) *
	    1000;
	struct att_err err = { 0 };
	int r = att_local_measure(client, all_ms, draw_part, &p, &reply, &err);

	att_ctl_bar_end(&p.bar);
	return r < 0 ? att_ctl_fail(NULL, &err) : show_reply(o, reply);
}

/* How it is done attestd is not told: who says how does it himself. */
static bool
says_how(const struct att_ctl_firmware *o)
{
	return o->claims != NULL || says_pace(o);
}

int
att_ctl_firmware_measure_all(const struct att_ctl_firmware *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO(att_varlink_client_free) struct att_varlink_client *c = NULL;
	int status;

	if ((status = att_ctl_config(o->config, &config)) != ATT_CTL_GOOD ||
	    (status = att_ctl_local(&config, o->direct || says_how(o), &c)) !=
		ATT_CTL_GOOD)
		return status;
	return c != NULL ? ask(o, &config, c) : measure_here(o, &config);
}
