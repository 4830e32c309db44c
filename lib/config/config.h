/*
 * Configuration by table: a program lists its keys once, and that list reads
 * the files, fills the defaults, words the errors and prints the documented
 * sample. Nothing in a value is expanded: no '~', no variables.
 */
#ifndef ATT_CONFIG_CONFIG_H
#define ATT_CONFIG_CONFIG_H

#include "base/buf.h"

#define ATT_CONFIG_DROPINS_MAX 64	/* files in one FILE.d */
#define ATT_CONFIG_KEYS_MAX 64		/* keys of one schema */

/* What a value looks like, and the C type of the field it fills. */
enum att_config_type {
	/* char *, or NULL; printable ASCII; min..max bytes */
	ATT_CONFIG_STRING,
	/* char *, or NULL; absolute */
	ATT_CONFIG_PATH,
	/* the same, of a file for att_file_read_secret; or credential:NAME */
	ATT_CONFIG_SECRET,
	/* int64_t; decimal, min..max */
	ATT_CONFIG_INT,
	/* bool; true or false */
	ATT_CONFIG_BOOL,
	/* int64_t seconds; number and s, m, h or d; min..max seconds */
	ATT_CONFIG_DURATION,
	/* int64_t bytes; number and nothing, K, M or G (1024); min..max */
	ATT_CONFIG_SIZE,
	/* int: position in `names` */
	ATT_CONFIG_ENUM,
	/* struct att_config_list; strings; min..max of them */
	ATT_CONFIG_LIST,
	/* uint32_t: bit i for PCR i; "0-7,11" */
	ATT_CONFIG_PCRS,
};

struct att_config_list {
	size_t count;
	char **item;
};

struct att_config_key {
	const char *name;
	enum att_config_type type;
	size_t offset;		/* of the field */
	int64_t min, max;	/* as its type says */
	const char *const *names;	/* ENUM: NULL-terminated */
	/* A further rule for a string or list item; its text says the rule. */
	int (*check)(const char *text, struct att_err *err);
	/* The default, as it would be written (YAML); NULL: unset. */
	const char *preset;
	/* Shown in the sample where there is no default. */
	const char *example;
	bool required;
	const char *help;	/* one or more sentences */
};

struct att_config_schema {
	const char *title;	/* first line of the sample */
	const struct att_config_key *keys;
	size_t count;
	size_t size;		/* of the struct that is filled */
	/* Rules that span several keys, or NULL; the text begins "key: ". */
	int (*check)(const void *config, struct att_err *err);
};

/*
 * Reads `path`, then `path`.d/ *.yaml in byte order of their names, a later
 * file winning key by key (a list as a whole), into `ret`, a struct of
 * schema->size bytes. What no file sets has its default.
 *
 * An unknown or repeated key, a value of another type or out of range, or a
 * required key that no file sets is ATT_E_FORMAT, "file:line: key: what is
 * allowed"; too large a file ATT_E_LIMIT; else the error of reading.
 */
int att_config_load(const struct att_config_schema *schema, const char *path,
    void *ret, struct att_err *err) ATT_MUST;
/* The same from one text, which errors call `name`. */
int att_config_parse(const struct att_config_schema *schema, const char *name,
    struct att_slice text, void *ret, struct att_err *err) ATT_MUST;
/* Frees the fields. */
void att_config_done(const struct att_config_schema *schema, void *config);

/* Appends a file that says what the fields hold, to be parsed to the same. */
void att_config_print(const struct att_config_schema *schema,
    const void *config, struct att_buf *ret);

/*
 * Appends the sample file: every key with its help, what is allowed, and a
 * line that sets the default (or the example), commented out.
 */
void att_config_document(const struct att_config_schema *schema,
    struct att_buf *ret);

/* "0-7,11" as a mask; each PCR at most once. */
int att_config_pcrs_parse(const char *text, uint32_t *ret,
    struct att_err *err) ATT_MUST;

#endif
