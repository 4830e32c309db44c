/*
 * A BMC, asked through Redfish (DMTF DSP0266): read-only, in a session of its
 * own that is ended when it is freed.
 *
 * The BMC is not trusted to behave. It is known by its key or by a CA
 * (http/client.h); one deadline is over all that is asked; bodies, their depth
 * and number are bounded; no redirect is followed, and no link but one to the
 * same origin, below /redfish/. No account is ever made, nothing is changed but
 * by the one action that the caller posts.
 */
#ifndef ATT_REDFISH_CLIENT_H
#define ATT_REDFISH_CLIENT_H

#include "base/json.h"
#include "http/client.h"

#define ATT_REDFISH_BODY_MAX (2u << 20)		/* bytes of one answer */
#define ATT_REDFISH_BODIES_MAX (64u << 20)	/* of all of them */
#define ATT_REDFISH_REQUESTS_MAX 2048		/* of one client */
#define ATT_REDFISH_REQUEST_MS 30000u		/* of one request, at most */
#define ATT_REDFISH_USER_MAX 255		/* bytes */
#define ATT_REDFISH_PASSWORD_MAX 255

/* Borrowed for the call to att_redfish_open. */
struct att_redfish_options {
	const char *origin;	/* "https://10.0.1.1" */
	const char *pin;	/* see http/client.h; at least one of both */
	const char *ca_file;
	const char *user;	/* NULL: nobody's account; as is password */
	const char *password;
	unsigned deadline_ms;	/* for everything, from the call on */
	unsigned poll_ms;	/* between two looks at a task; 0: 1000 */
	bool (*stop)(void);	/* NULL: nobody asks */
};

struct att_redfish;

/*
 * Reads the service root, which needs no account, and opens a session; where
 * the BMC has no sessions, user and password go along with each request.
 * ATT_E_DENIED: it does not take them. Else as att_redfish_get.
 */
int att_redfish_open(const struct att_redfish_options *o,
    struct att_redfish **ret, struct att_err *err) ATT_MUST;
/* Ends the session, within some seconds whatever the BMC does. */
void att_redfish_free(struct att_redfish *r);
ATT_DEFINE_AUTO(struct att_redfish, att_redfish_free)

/* The service root; borrowed. */
const json_t *att_redfish_root(const struct att_redfish *r) ATT_MUST;

/*
 * One resource, an object, the caller's. ATT_E_NOT_FOUND, ATT_E_DENIED: the
 * BMC says so. ATT_E_UNSUPPORTED: it sends us elsewhere, or the link leads
 * there. ATT_E_FORMAT: no object of JSON. ATT_E_LIMIT: too large, deep, or
 * many. ATT_E_BUSY: stopped, or the BMC wants to be asked later. Else as
 * att_http_send: ATT_E_TIMEOUT, ATT_E_NET, ATT_E_UNTRUSTED.
 */
int att_redfish_get(struct att_redfish *r, const char *link, json_t **ret,
    struct att_err *err) ATT_MUST;
/* The same, once for each resource: the second time is ATT_E_CONFLICT. */
int att_redfish_visit(struct att_redfish *r, const char *link, json_t **ret,
    struct att_err *err) ATT_MUST;

/* What a request was answered. */
struct att_redfish_answer {
	unsigned status;	/* 200 to 299 */
	char location[ATT_HTTP_LINK_MAX + 1];
	struct att_buf body;
};
void att_redfish_answer_done(struct att_redfish_answer *a);
/* As it came; statuses are errors as with att_redfish_get. */
int att_redfish_fetch(struct att_redfish *r, const char *link,
    struct att_redfish_answer *ret, struct att_err *err) ATT_MUST;
int att_redfish_post(struct att_redfish *r, const char *link,
    struct att_slice json, struct att_redfish_answer *ret,
    struct att_err *err) ATT_MUST;

/* Waits as long as options.poll_ms; as errors of att_redfish_get. */
int att_redfish_pause(const struct att_redfish *r, struct att_err *err)
    ATT_MUST;
/* 0, or the deadline is over or somebody stopped: nothing more is sent. */
int att_redfish_usable(const struct att_redfish *r, struct att_err *err)
    ATT_MUST;

/*
 * Why something could not be had, by the code of its error: one of a few fixed
 * texts, so that what is reported of it does not change by itself.
 */
const char *att_redfish_reason(int code) ATT_MUST;

/* "@odata.id" of obj[name], or NULL. */
const char *att_redfish_link_in(const json_t *obj, const char *name) ATT_MUST;
/* A string, not empty, at this path of member names ("Oem/Nvidia/X"); NULL. */
const char *att_redfish_text_in(const json_t *obj, const char *path) ATT_MUST;
/* Any value at this path, or NULL. */
const json_t *att_redfish_at(const json_t *obj, const char *path) ATT_MUST;

#endif
