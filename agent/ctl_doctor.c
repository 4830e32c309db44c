/* attestctl doctor: has this machine what a trustworthy node needs? */
#include <getopt.h>
#include <string.h>

#include "agent/ctl_bundle.h"
#include "agent/ctl_option.h"
#include "agent/doctor.h"

struct options {
	const struct att_ctl_command *cmd;
	const char *config;
	const char *root;
	bool json;
};

/* How many lines are in each state. */
struct tally {
	unsigned of[ATT_DOCTOR_STATES];
};

static int
put_text(const struct att_doctor *d, struct tally *t)
{
	bool colour = att_ctl_colour();

	for (size_t i = 0; i < att_doctor_check_count; i++) {
		const struct att_doctor_check *c = &att_doctor_checks[i];
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);
		struct att_doctor_line line = { .advice = "" };
		struct att_err err = { 0 };

		c->run(d, &line);
		t->of[line.state]++;
		att_doctor_print(c, &line, colour, &b);
		if (att_buf_ok(&b, "a line", &err) < 0)
			return att_ctl_fail(NULL, &err);
		att_ctl_put(&b);
	}
	return ATT_CTL_GOOD;
}

static int
put_json(const struct att_doctor *d, struct tally *t)
{
	AUTO(att_json_decref) json_t *list = json_array();
	AUTO(att_json_decref) json_t *doc = NULL;
	enum att_doctor_state worst = ATT_DOCTOR_GOOD;

	for (size_t i = 0; i < att_doctor_check_count; i++) {
		const struct att_doctor_check *c = &att_doctor_checks[i];
		struct att_doctor_line line = { .advice = "" };

		c->run(d, &line);
		t->of[line.state]++;
		if (line.state > worst)
			worst = line.state;
		if (json_array_append_new(list, att_doctor_to_json(c,
			&line)) != 0)
			return att_ctl_nomem();
	}
	doc = json_pack("{s:O, s:s}", "checks", list, "state",
	    att_doctor_state_name(worst));
	return att_ctl_put_json(NULL, take(&doc));
}

/* A configuration that cannot be used is one of the lines. */
static int
examine(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_doctor_done) struct att_doctor d = { 0 };
	struct att_err err = { 0 }, why = { 0 };
	struct tally t = { { 0 } };
	int status;
	int r = att_agent_config_load(o->config == NULL ?
		ATT_AGENT_CONFIG_PATH : o->config, &config, &why);

	if (att_doctor_begin(&d, o->root, r < 0 ? NULL : &config, &why,
		&err) < 0)
		return att_ctl_fail(NULL, &err);
	status = o->json ? put_json(&d, &t) : put_text(&d, &t);
	if (status != ATT_CTL_GOOD)
		return status;
	return t.of[ATT_DOCTOR_BAD] > 0 ? ATT_CTL_VERDICT : ATT_CTL_GOOD;
}

int
att_ctl_doctor(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .root = "" };
	const struct att_ctl_option table[] = {
		{ "config", 'c', .text = &o.config },
		{ "json", .flag = &o.json },
		{ "root", .text = &o.root },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind != argc)
		return att_ctl_misused(cmd, "no word is wanted");
	return examine(&o);
}
