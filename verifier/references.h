/*
 * The operator's documents and runtime policies of the store, compiled once and
 * shared by all appraisals. A change makes a new set; who holds the old one
 * keeps it.
 */
#ifndef ATT_VERIFIER_REFERENCES_H
#define ATT_VERIFIER_REFERENCES_H

#include "appraise/refdoc.h"
#include "appraise/runtime.h"
#include "verifier/store.h"

struct att_references;

/* Compiles what the store holds; the store is borrowed. */
int att_references_new(struct att_store *store, struct att_references **ret,
    struct att_err *err) ATT_MUST;
/* Nobody may hold a set any more. */
void att_references_free(struct att_references *r);
ATT_DEFINE_AUTO(struct att_references, att_references_free)

/* The same again after a change; if that fails the old set stays. */
int att_references_reload(struct att_references *r, struct att_err *err)
    ATT_MUST;

/* One set. AUTO(att_refs_release) on what hold returns. */
struct att_refs;
struct att_refs *att_references_hold(struct att_references *r) ATT_MUST;
void att_refs_release(struct att_refs *s);
ATT_DEFINE_AUTO(struct att_refs, att_refs_release)
/* In the order of ids; they live as long as the set is held. */
const struct att_refdocs *att_refs_docs(const struct att_refs *s) ATT_MUST;
/* The same for runtime policies, *ret_count of them, in the order of ids. */
const struct att_runtime *const *att_refs_runtimes(const struct att_refs *s,
    size_t *ret_count) ATT_MUST;

#endif
