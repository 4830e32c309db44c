/*
 * The interface io.attestd, by which programs on a node ask attestd for what
 * needs its TPM; docs/PROTOCOL-local.txt. Here is what both sides must agree
 * about.
 */
#ifndef ATT_AGENT_IO_ATTESTD_H
#define ATT_AGENT_IO_ATTESTD_H

#define ATT_LOCAL_INTERFACE "io.attestd"
#define ATT_LOCAL_SOCKET "io.attestd"	/* in the run directory */

#define ATT_LOCAL_ATTEST ATT_LOCAL_INTERFACE ".Attest"
#define ATT_LOCAL_QUOTE ATT_LOCAL_INTERFACE ".Quote"
#define ATT_LOCAL_EVIDENCE ATT_LOCAL_INTERFACE ".Evidence"
#define ATT_LOCAL_STATUS ATT_LOCAL_INTERFACE ".Status"
#define ATT_LOCAL_MEASURE ATT_LOCAL_INTERFACE ".MeasureFirmware"

#define ATT_LOCAL_E_BUSY ATT_LOCAL_INTERFACE ".Busy"
#define ATT_LOCAL_E_UNCONFIGURED ATT_LOCAL_INTERFACE ".NotConfigured"
#define ATT_LOCAL_E_DENIED ATT_LOCAL_INTERFACE ".NotAuthorized"
#define ATT_LOCAL_E_FAILED ATT_LOCAL_INTERFACE ".Failed"

#define ATT_LOCAL_AGE_MAX 2592000	/* seconds: 30 days */
#define ATT_LOCAL_NOTES_MAX 32		/* lines in one reply */
/* A pass that goes on says so as often, to who asked for several replies. */
#define ATT_LOCAL_ALIVE_MS 10000u

/* What org.varlink.service.GetInterfaceDescription answers. */
extern const char att_local_description[];

#endif
