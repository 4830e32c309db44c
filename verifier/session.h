/*
 * Sessions: a node proves that it holds its AK and gets a bearer token. Both
 * requests come without a token; neither tells more of an id than whether its
 * proof was taken.
 */
#ifndef ATT_VERIFIER_SESSION_H
#define ATT_VERIFIER_SESSION_H

#include "verifier/route.h"

/*
 * POST: a challenge, for any id. 429 if this address asks too often; nobody
 * can use up the sessions of another.
 */
int att_serve_session_open(struct att_call *c, struct att_err *err) ATT_MUST;
/*
 * PATCH: 200 with a token; 200 without one if the node is not enrolled or came
 * too late; 401 if the proof does not hold. Whichever it is, the challenge is
 * used up. 400 and 422 leave it.
 */
int att_serve_session_prove(struct att_call *c, struct att_err *err) ATT_MUST;

#endif
