/*
 * A small strict subset of YAML 1.1, for configuration: one document of
 * mappings, sequences and scalars. Tags, anchors, aliases, merge keys,
 * directives, duplicate keys and control characters are refused. The only
 * user of libyaml.
 */
#ifndef ATT_CONFIG_YAML_H
#define ATT_CONFIG_YAML_H

#include "base/buf.h"

#define ATT_YAML_SIZE_MAX (1024 * 1024)	/* bytes */
#define ATT_YAML_DEPTH_MAX 16		/* containers within each other */
#define ATT_YAML_NODES_MAX 10000

enum att_yaml_kind {
	ATT_YAML_SCALAR,
	ATT_YAML_SEQUENCE,
	ATT_YAML_MAPPING,
};

struct att_yaml {
	enum att_yaml_kind kind;
	unsigned line;		/* from 1; of the key, for a member */
	bool plain;		/* scalar without quotes or block style */
	char *key;		/* for a member of a mapping, else NULL */
	char *text;		/* scalar: UTF-8, no control character */
	struct att_yaml *first;	/* members, in file order */
	struct att_yaml *next;
};

/*
 * The root is a mapping; a text that holds nothing gives an empty one.
 * ATT_E_FORMAT or ATT_E_LIMIT with "name:line: what is wrong".
 */
int att_yaml_parse(struct att_slice text, const char *name,
    struct att_yaml **ret, struct att_err *err) ATT_MUST;
void att_yaml_free(struct att_yaml *y);
ATT_DEFINE_AUTO(struct att_yaml, att_yaml_free)

#endif
