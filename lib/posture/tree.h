/* Bounded reads below a root, and claims made from them. */
#ifndef ATT_POSTURE_TREE_H
#define ATT_POSTURE_TREE_H

#include "base/sysfs.h"
#include "evidence/posture.h"

#define ATT_TREE_FILE_MAX 8192	/* bytes of a file with one setting */

/* Where claims are read, and where they go. */
struct att_tree {
	const char *root;
	struct att_posture *to;
};

/* As att_sysfs_read, and no text of an error has the path. */
int att_tree_read(const struct att_tree *t, const char *path,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/* Is there anything of this name? */
bool att_tree_has(const struct att_tree *t, const char *path) ATT_MUST;
/* As att_sysfs_list. */
int att_tree_list(const struct att_tree *t, const char *path,
    struct att_names *ret, struct att_err *err) ATT_MUST;

/*
 * A claim that has no value, as `why` says: what is not there is
 * NOT_AVAILABLE, all else FAILED. The result is `why` itself if it is want of
 * memory, which nothing can be said after.
 */
int att_tree_failed(struct att_tree *t, const char *name,
    enum att_posture_path path, const struct att_err *why,
    struct att_err *err) ATT_MUST;
/* The same of a variable. */
int att_tree_keys_failed(struct att_posture_keys *k,
    const struct att_err *why, struct att_err *err) ATT_MUST;

/*
 * As att_posture_add; a value that is too long, or of another form, is the
 * fault of what was read, and makes the claim FAILED.
 */
int att_tree_add(struct att_tree *t, const char *name,
    enum att_posture_path path, json_t *value, struct att_err *err) ATT_MUST;

/* How a file with one setting is written. */
enum att_tree_kind {
	ATT_TREE_BOOL,		/* 0 or 1, N or Y */
	ATT_TREE_INT,		/* decimal */
	ATT_TREE_TEXT,		/* a line */
	ATT_TREE_CHOICE,	/* "none [integrity] confidentiality" */
	ATT_TREE_WORDS,		/* "lockdown,yama": a list */
};

/* Reads one file and adds what it says, or why it says nothing. */
int att_tree_claim(struct att_tree *t, const char *name,
    enum att_posture_path path, const char *file, enum att_tree_kind kind,
    struct att_err *err) ATT_MUST;

/* The text without white space at its end. */
struct att_slice att_tree_trim(struct att_slice s);
/* Sorts a list of texts and drops what is there twice; NULL stays NULL. */
json_t *att_tree_sorted(json_t *list) ATT_MUST;

#endif
