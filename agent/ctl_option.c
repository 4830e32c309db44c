#include "agent/ctl_option.h"

#include <getopt.h>

#include "base/number.h"
#include "config/agent_config.h"

#define LONG 256	/* what getopt_long says for the first of a table */

static int
add_word(const struct att_ctl_command *cmd, const struct att_ctl_option *o,
    const char *value)
{
	if (o->words->count == ATT_CTL_WORDS_MAX)
		return att_ctl_misused(cmd, "--%s: more than %d of this option",
		    o->name, ATT_CTL_WORDS_MAX);
	o->words->word[o->words->count++] = value;
	return ATT_CTL_GOOD;
}

static int
set_pcrs(const struct att_ctl_command *cmd, const struct att_ctl_option *o,
    const char *value)
{
	struct att_err err = { 0 };

	if (att_config_pcrs_parse(value, o->pcrs, &err) < 0)
		return att_ctl_misused(cmd, "--%s: %s", o->name, err.text);
	return ATT_CTL_GOOD;
}

static int
set_time(const struct att_ctl_command *cmd, const struct att_ctl_option *o,
    const char *value)
{
	if (!att_ref_time_parse(value, o->time))
		return att_ctl_misused(cmd, "--%s: %.64s is no time, such as "
		    "2026-11-24T15:04:05Z", o->name, value);
	return ATT_CTL_GOOD;
}

static int
set_number(const struct att_ctl_command *cmd, const struct att_ctl_option *o,
    const char *value)
{
	uint64_t v;

	if (!att_number_read(value, (uint64_t)o->max, &v) ||
	    v < (uint64_t)o->min)
		return att_ctl_misused(cmd, "--%s must be a number, %lld to "
		    "%lld, not %.32s", o->name, (long long)o->min,
		    (long long)o->max, value);
	*o->number = (int64_t)v;
	return ATT_CTL_GOOD;
}

static int
take_value(const struct att_ctl_command *cmd, const struct att_ctl_option *o,
    void *arg, const char *value)
{
	if (o->set != NULL)
		return o->set(arg, value);
	if (o->words != NULL)
		return add_word(cmd, o, value);
	if (o->pcrs != NULL)
		return set_pcrs(cmd, o, value);
	if (o->time != NULL)
		return set_time(cmd, o, value);
	if (o->number != NULL)
		return set_number(cmd, o, value);
	if (o->text != NULL)
		*o->text = value;
	if (o->flag != NULL)
		*o->flag = true;
	return ATT_CTL_GOOD;
}

static const struct att_ctl_option *
find(const struct att_ctl_option *table, int c)
{
	for (int i = 0; table[i].name != NULL; i++)
		if (c == LONG + i || c == table[i].letter)
			return &table[i];
	return NULL;
}

bool
att_ctl_options(const struct att_ctl_command *cmd,
    const struct att_ctl_option *table, void *arg, int argc, char **argv,
    int *ret_status)
{
	struct option names[ATT_CTL_OPTIONS_MAX + 2] = {
		{ "help", no_argument, NULL, 'h' } };
	char letters[2 * ATT_CTL_OPTIONS_MAX + 2] = "h", *l = letters + 1;
	const struct att_ctl_option *o;
	int c;

	for (int i = 0; i < ATT_CTL_OPTIONS_MAX && table[i].name != NULL;
	    i++) {
		bool valued = table[i].flag == NULL;

		names[i + 1] = (struct option){ table[i].name,
			valued ? required_argument : no_argument, NULL,
			LONG + i };
		if (table[i].letter == '\0')
			continue;
		*l++ = table[i].letter;
		if (valued)
			*l++ = ':';
	}
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (c == 'h')
			*ret_status = att_ctl_help(cmd);
		else if ((o = find(table, c)) == NULL)
			*ret_status = att_ctl_misused(cmd, "%s: no such "
			    "option, or not with what it takes",
			    argv[optind - 1]);
		else if ((*ret_status = take_value(cmd, o, arg, optarg)) ==
		    ATT_CTL_GOOD)
			continue;
		return false;
	}
	return true;
}
