/*
 * Bodies of refusals: {"errors": [...]} of JSON:API from the verifier,
 * {"code", "status", "results"} from the registrar.
 */
#ifndef ATT_PROTOCOL_PROBLEM_H
#define ATT_PROTOCOL_PROBLEM_H

#include "protocol/message.h"

#define ATT_PROBLEM_CODE_MAX 63		/* bytes, without the NUL */
#define ATT_PROBLEM_TEXT_MAX 400

/* Clean text, cut at its bound; "": not said. */
struct att_problem {
	char code[ATT_PROBLEM_CODE_MAX + 1];	/* "premature_attestation" */
	char pointer[ATT_POINTER_MAX + 1];
	char detail[ATT_PROBLEM_TEXT_MAX + 1];	/* or the title */
};

/*
 * What the body of an answer 4xx or 5xx says, in either form; of several
 * errors the one that points deepest. A body of another kind (upstream sends
 * empty ones, proxies HTML) says nothing: all is "".
 */
void att_problem_parse(struct att_slice body, struct att_problem *ret);

/* The verifier's. `code`, `pointer`: NULL or "": none. */
int att_problem_encode(unsigned status, const char *title, const char *code,
    const char *detail, const char *pointer, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* The registrar's. */
int att_registrar_problem_encode(unsigned status, const char *detail,
    struct att_buf *ret, struct att_err *err) ATT_MUST;

#endif
