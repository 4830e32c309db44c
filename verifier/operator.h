/*
 * The operator's interface, /operator/v1: nodes and their verdicts, admission,
 * reference values, runtime policies, audit trail. docs/PROTOCOL-operator.txt
 * describes it. The routes' table asks for the operator's token before any of
 * these runs.
 */
#ifndef ATT_VERIFIER_OPERATOR_H
#define ATT_VERIFIER_OPERATOR_H

#include "verifier/route.h"

int att_operator_nodes(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_waiting(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_node(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_result(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_admit(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_delete(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_attestations(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_evidence(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_facts(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_devices(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_device_accept(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_device_delete(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_firmware(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_firmware_known(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_firmware_forget(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_audit(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_references(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_reference(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_reference_put(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_reference_delete(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_runtimes(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_runtime(struct att_call *c, struct att_err *err) ATT_MUST;
int att_operator_runtime_put(struct att_call *c, struct att_err *err)
    ATT_MUST;
int att_operator_runtime_delete(struct att_call *c, struct att_err *err)
    ATT_MUST;

#endif
