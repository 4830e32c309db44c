/*
 * What a machine tells of its components' firmware without help from outside:
 * what the kernel shows of NICs, GPUs, drives, microcode and so on.
 */
#ifndef ATT_INVENTORY_INVENTORY_H
#define ATT_INVENTORY_INVENTORY_H

#include "firmware/component.h"

/* A place to ask. */
struct att_inventory_source {
	/* of the component that stands for it, where it fails as a whole */
	const char *id;
	enum att_component_kind kind;
	enum att_path path;
	/*
	 * Adds what is there below `root`, and nothing where this machine has
	 * no such thing. What is there and does not tell is added as failed;
	 * an error is of the source as a whole, and what it added stays.
	 */
	int (*collect)(const char *root, struct att_components *to,
	    struct att_err *err);
	unsigned timeout_ms;	/* 0: as of the others */
};

/* What a TPM told the caller; NULL where it is not known. */
struct att_inventory_tpm {
	const char *vendor, *model, *firmware;
	const char *reason;	/* why it did not tell; NULL: it did */
};

#define ATT_INVENTORY_TIMEOUT_MS 10000

struct att_inventory_options {
	/* where /sys, /proc and /dev are; NULL, "" or "/": this machine */
	const char *root;
	unsigned timeout_ms;	/* for each source; 0: as above */
	/* beside those of this library, and after them */
	const struct att_inventory_source *more;
	size_t more_count;
	const struct att_inventory_tpm *tpm;	/* NULL: there is none */
};

/*
 * Asks each source, in a child process of its own (base/guard.h): one that does
 * not come back in time is killed, or given up, and is in the list as failed;
 * the others are asked all the same. So it takes at most the timeout for each
 * source. Nothing in what is added changes from one call to the next while
 * firmware and devices stay the same.
 *
 * Of a root other than this machine's only files are read: no socket, no
 * device. ATT_E_NOMEM, ATT_E_LIMIT for more than ATT_COMPONENTS_MAX of all
 * sources together; then `to` has what was found before.
 */
int att_inventory_collect(const struct att_inventory_options *o,
    struct att_components *to, struct att_err *err) ATT_MUST;
/* The same without the own sources. */
int att_inventory_ask(const struct att_inventory_options *o,
    struct att_components *to, struct att_err *err) ATT_MUST;

/*
 * Adds copies. Of two of the same id that say the same one stays; if they say
 * different things, what is there is failed from then on: neither is believed.
 */
int att_inventory_merge(struct att_components *to,
    const struct att_components *from, struct att_err *err) ATT_MUST;

#endif
