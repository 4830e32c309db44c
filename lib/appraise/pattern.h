/*
 * Patterns of paths: POSIX extended regular expressions, each of which must
 * fit a path as a whole. Compiled once, then shared read-only. Who writes them
 * is an operator; the paths come from nodes. So what could make a match
 * expensive is not taken: references back, escapes that only some libraries
 * know, and repetitions beyond the limits here.
 */
#ifndef ATT_APPRAISE_PATTERN_H
#define ATT_APPRAISE_PATTERN_H

#include "base/json.h"

#define ATT_PATTERNS_MAX 256		/* of one list */
#define ATT_PATTERN_MAX 4095		/* bytes */
#define ATT_PATTERN_DEPTH_MAX 16	/* nested groups */
#define ATT_PATTERN_REPEAT_MAX 64	/* product of all bounds in { } */
#define ATT_PATTERNS_SIZE_MAX (1u << 17) /* sum of bytes times bounds */
#define ATT_PATTERN_PATH_MAX 4095	/* bytes of a path that can fit */

struct att_patterns;
void att_patterns_free(struct att_patterns *p);
ATT_DEFINE_AUTO(struct att_patterns, att_patterns_free)

/* An array of texts; NULL is an empty one. The error names the pattern. */
int att_patterns_parse(json_t *list, struct att_patterns **ret,
    struct att_err *err) ATT_MUST;
/*
 * *ret: one of them fits the path. ATT_E_NOMEM if the library cannot say, which
 * it can run into in the middle of a match.
 */
int att_patterns_match(const struct att_patterns *p, struct att_slice path,
    bool *ret, struct att_err *err) ATT_MUST;

/*
 * Rewrites an expression of Python's. With `whole` it is one for re.fullmatch,
 * else for re.match, which looks at the beginning only. What has no
 * counterpart here (look-ahead, references, flags) is ATT_E_UNSUPPORTED.
 */
int att_pattern_from_python(const char *text, bool whole, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
