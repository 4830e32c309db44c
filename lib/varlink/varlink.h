/*
 * Varlink (varlink.org): calls and replies as JSON objects, each ended by a
 * NUL byte, over a stream socket. Here are the messages, which both sides
 * use; server.h and client.h have the sides. docs/PROTOCOL-local.txt says what
 * attestd makes of it.
 *
 * Strict: members that the protocol does not have, members of another type,
 * names that are none, and NUL in a text are refused. Nothing is read, sent or
 * logged here.
 */
#ifndef ATT_VARLINK_VARLINK_H
#define ATT_VARLINK_VARLINK_H

#include "base/json.h"

/* Bytes, without the NUL that ends a message. */
#define ATT_VARLINK_CALL_MAX (64u << 10)
#define ATT_VARLINK_REPLY_MAX (36u << 20)
#define ATT_VARLINK_NAME_MAX 255	/* of an interface, method or error */

/* Errors that every service answers with; each has one parameter, a text. */
#define ATT_VARLINK_SERVICE "org.varlink.service"
#define ATT_VARLINK_E_INTERFACE ATT_VARLINK_SERVICE ".InterfaceNotFound"
#define ATT_VARLINK_E_METHOD ATT_VARLINK_SERVICE ".MethodNotFound"
#define ATT_VARLINK_E_UNDONE ATT_VARLINK_SERVICE ".MethodNotImplemented"
#define ATT_VARLINK_E_PARAMETER ATT_VARLINK_SERVICE ".InvalidParameter"

/* What the caller of a method wants, as bits. */
enum att_varlink_flag {
	ATT_VARLINK_ONEWAY = 1 << 0,	/* no reply */
	ATT_VARLINK_MORE = 1 << 1,	/* any number of replies */
	ATT_VARLINK_UPGRADE = 1 << 2,	/* another protocol after this */
};

/* A call as read. Starts from zero; what it points to is in `json`. */
struct att_varlink_message {
	json_t *json;
	const char *method;	/* "io.attestd.Attest" */
	json_t *parameters;	/* an object; {} where there are none */
	unsigned flags;
};
void att_varlink_message_done(struct att_varlink_message *m);

/*
 * `text` is one message without its NUL. ATT_E_FORMAT, ATT_E_LIMIT: no call
 * that can be answered; there is no way back into such a stream.
 */
int att_varlink_message_parse(struct att_slice text,
    struct att_varlink_message *ret, struct att_err *err) ATT_MUST;
/*
 * Appends a call and its NUL. `parameters` is borrowed; NULL: none. `flags` of
 * enum att_varlink_flag. ATT_E_USAGE: no name of a method.
 */
int att_varlink_message_put(const char *method, const json_t *parameters,
    unsigned flags, struct att_buf *ret, struct att_err *err) ATT_MUST;

/* A reply as read. Starts from zero; what it points to is in `json`. */
struct att_varlink_reply {
	json_t *json;
	const char *error;	/* "io.attestd.Busy"; NULL: it went well */
	json_t *parameters;	/* an object; {} where there are none */
	bool continues;		/* another one follows */
};
void att_varlink_reply_done(struct att_varlink_reply *r);

/* As att_varlink_message_parse. */
int att_varlink_reply_parse(struct att_slice text,
    struct att_varlink_reply *ret, struct att_err *err) ATT_MUST;
/*
 * Appends a reply and its NUL. `error` NULL: it went well. `parameters` is
 * borrowed; NULL: none. Of an error nothing follows.
 */
int att_varlink_reply_put(const char *error, const json_t *parameters,
    bool continues, struct att_buf *ret, struct att_err *err) ATT_MUST;

/*
 * "io.attestd.Attest" is a method or an error of the interface "io.attestd":
 * *ret_interface gets that part of it, the return value is the rest ("Attest").
 * NULL: no such name.
 */
const char *att_varlink_split(const char *name,
    struct att_slice *ret_interface) ATT_MUST;

#endif
