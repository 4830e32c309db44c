#include "appraise/finding.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

/*
 * Wording (finding_text.c): {pcr} {bank} {event} {type} {label} {what}
 * {expected} {found} {n0} {n1} stand for the members of struct att_finding;
 * { label} and { what} put a space before a text that is not empty.
 */
static const struct {
	const char *name;
	enum att_severity severity;
	const char *text;
	const char *advice;
} table[ATT_F_COUNT] = {
	[ATT_F_NO_QUOTE] = { "no-quote", ATT_SEVERITY_FAIL,
	    "the evidence holds no TPM quote",
	    "Ask the node for a new attestation; if it repeats, look at the "
	    "agent's log." },
	[ATT_F_AK_UNKNOWN] = { "ak-unknown", ATT_SEVERITY_FAIL,
	    "the quote names another attestation key than the one this node "
	    "was enrolled with",
	    "The TPM was cleared or replaced, or another machine answers in "
	    "this node's name: find out which, then enrol it again." },
	[ATT_F_AK_ATTRIBUTES] = { "ak-attributes", ATT_SEVERITY_FAIL,
	    "the enrolled attestation key is not a restricted signing key of "
	    "its TPM: {what}",
	    "Delete the enrolment and enrol the node again with a key made by "
	    "attestd." },
	[ATT_F_QUOTE_SIGNATURE] = { "quote-signature", ATT_SEVERITY_FAIL,
	    "the signature of the quote does not verify with the enrolled "
	    "attestation key: {what}",
	    "Treat the evidence as forged or damaged; ask for a new "
	    "attestation and compare." },
	[ATT_F_QUOTE_SCHEME] = { "quote-scheme", ATT_SEVERITY_FAIL,
	    "the quote is signed with a scheme or hash that policy does not "
	    "take: {what}",
	    "Give the node a key with RSASSA or ECDSA and SHA-256 or better." },
	[ATT_F_QUOTE_MALFORMED] = { "quote-malformed", ATT_SEVERITY_FAIL,
	    "the quote cannot be read: {what}",
	    "Ask for a new attestation; if it repeats, the agent or the path "
	    "to it is broken or hostile." },
	[ATT_F_QUOTE_TYPE] = { "quote-type", ATT_SEVERITY_FAIL,
	    "what was signed is not a quote: {what}",
	    "Treat the node as hostile: no agent sends this by mistake." },
	[ATT_F_QUOTE_NONCE] = { "quote-nonce", ATT_SEVERITY_FAIL,
	    "the quote was not made for this challenge and these logs; it is "
	    "old evidence sent again, or a log was changed on its way",
	    "Ask for a new attestation; if it repeats, somebody replays "
	    "evidence." },
	[ATT_F_QUOTE_SELECTION] = { "quote-selection", ATT_SEVERITY_FAIL,
	    "the quote does not cover the PCRs that were asked for: {what}",
	    "Ask for a new attestation; if it repeats, update the agent." },
	[ATT_F_QUOTE_DIGEST] = { "quote-digest", ATT_SEVERITY_FAIL,
	    "the PCR values sent along are not the quoted ones{ what}",
	    "Ask for a new attestation; if it repeats, treat the node as "
	    "hostile." },
	[ATT_F_PCR_NOT_QUOTED] = { "pcr-not-quoted", ATT_SEVERITY_INFO,
	    "values of {what} came without being quoted and were not used",
	    "Nothing; values outside the quote prove nothing." },
	[ATT_F_CLOCK_REWOUND] = { "clock-rewound", ATT_SEVERITY_FAIL,
	    "the TPM's clock went back from {n0} to {n1} ms since the last "
	    "quote",
	    "Old evidence was sent again, or the TPM was reset or replaced; "
	    "ask for a new attestation." },
	[ATT_F_RESET_REWOUND] = { "reset-rewound", ATT_SEVERITY_FAIL,
	    "the TPM's reset counter went back from {n0} to {n1} since the "
	    "last quote",
	    "Evidence of an earlier boot was sent again, or the TPM was "
	    "cleared; ask for a new attestation." },
	[ATT_F_RESTART_REWOUND] = { "restart-rewound", ATT_SEVERITY_FAIL,
	    "the TPM's restart counter went back from {n0} to {n1} within one "
	    "boot",
	    "Old evidence was sent again; ask for a new attestation." },
	[ATT_F_REBOOT_HIDDEN] = { "reboot-hidden", ATT_SEVERITY_FAIL,
	    "the TPM was reset {n1} times since the last quote, but the node "
	    "says that it is still in the same boot",
	    "Somebody reset the TPM under a running system: take the node out "
	    "of service and inspect it." },
	[ATT_F_ROLLED_BACK] = { "rolled-back", ATT_SEVERITY_FAIL,
	    "the node is back at an earlier moment of this boot: {what}",
	    "A saved state of the machine and of its TPM was restored: find "
	    "out who did it and what ran meanwhile, then reboot the node; it "
	    "does not pass in this boot any more." },
	[ATT_F_REBOOTED] = { "rebooted", ATT_SEVERITY_INFO,
	    "the node booted since the last quote (reset counter {n0}, now "
	    "{n1})",
	    "Nothing, if the reboot was planned." },
	[ATT_F_SUSPENDED] = { "suspended", ATT_SEVERITY_WARN,
	    "the TPM was suspended and resumed since the last quote (restart "
	    "counter {n0}, now {n1})",
	    "Servers do not suspend; find out who asked for it." },
	[ATT_F_CLOCK_UNSAFE] = { "clock-unsafe", ATT_SEVERITY_WARN,
	    "the TPM lost power without a shutdown, its clock may have been "
	    "set back by up to 70 minutes",
	    "Nothing, after a power loss; it ends by itself." },
	[ATT_F_FIRMWARE_VERSION] = { "tpm-firmware-version", ATT_SEVERITY_WARN,
	    "the TPM's firmware version changed from {what}",
	    "Nothing, if the TPM's firmware was updated on purpose." },
	[ATT_F_EVIDENCE_OLD] = { "evidence-old", ATT_SEVERITY_FAIL,
	    "the evidence says it was collected {what}, at most {n1} s are "
	    "taken",
	    "Collect the evidence again, or set the node's clock." },
	[ATT_F_BANK_WEAK] = { "bank-weak", ATT_SEVERITY_FAIL,
	    "only the {bank} bank was quoted, and it is too weak to rely on",
	    "Enable the SHA-256 PCR bank in the firmware setup." },
	[ATT_F_BANK_UNEXTENDED] = { "bank-unextended", ATT_SEVERITY_FAIL,
	    "the {bank} bank is enabled but firmware measured nothing into "
	    "it: PCR 0 to 7 hold their reset values",
	    "Disable this bank in the firmware setup or update the firmware: "
	    "anybody can fill an unused bank." },
	[ATT_F_BANK_MISSING] = { "bank-missing", ATT_SEVERITY_FAIL,
	    "the boot log has no {bank} digests: nothing explains what that "
	    "bank holds",
	    "Disable this bank in the firmware setup, or do not ask for it: "
	    "the firmware does not log what it measures there." },
	[ATT_F_LOG_MISSING] = { "log-missing", ATT_SEVERITY_FAIL,
	    "the {what} was asked for and is not in the evidence",
	    "Check the agent's log on the node." },
	[ATT_F_LOG_UNREADABLE] = { "log-unreadable", ATT_SEVERITY_FAIL,
	    "the node could not read its {what}",
	    "Check on the node that the kernel offers the log and that the "
	    "agent may read it." },
	[ATT_F_LOG_MALFORMED] = { "log-malformed", ATT_SEVERITY_FAIL,
	    "the {what}",
	    "Keep the evidence for the vendor: the firmware writes a broken "
	    "log, or somebody changed it." },
	[ATT_F_LOG_NOT_BOUND] = { "log-not-bound", ATT_SEVERITY_INFO,
	    "the {what} came without being asked for and was not used",
	    "Nothing; what the verifier asks for is bound to the quote." },
	[ATT_F_PCR_MISMATCH] = { "pcr-mismatch", ATT_SEVERITY_FAIL,
	    "PCR {pcr}: the logs give {expected}, the TPM has {found}{ what}",
	    "Something extended this PCR without a log entry, or the log was "
	    "changed: reboot the node and attest again; if it stays, inspect "
	    "it." },
	[ATT_F_PCR_INCOMPLETE] = { "pcr-incomplete", ATT_SEVERITY_FAIL,
	    "PCR {pcr}: the log lacks {bank} digests for some of its events",
	    "Use another bank, or exact reference values for this PCR with "
	    "allow_incomplete." },
	[ATT_F_PCR_NO_EVENTS] = { "pcr-no-events", ATT_SEVERITY_FAIL,
	    "PCR {pcr}: no log has an event for it, but the TPM has {found} "
	    "instead of the reset value",
	    "The log is of another boot, was cut, or something extended this "
	    "PCR in secret: reboot and attest again." },
	[ATT_F_EVENT_DATA] = { "event-data", ATT_SEVERITY_FAIL,
	    "PCR {pcr} event {event} ({type}): what the event says is not "
	    "what its digest is of",
	    "Treat the log as forged until the vendor explains it." },
	[ATT_F_LOG_QUIRK] = { "log-quirk", ATT_SEVERITY_INFO,
	    "the log has a known deviation: {what}",
	    "Nothing; it is accounted for." },
	[ATT_F_NO_REFERENCE] = { "no-reference-values", ATT_SEVERITY_FAIL,
	    "no reference values for this platform ({what})",
	    "Put the node into the group that has them (attestctl node admit), "
	    "or make some of a node that is known to be good (attestctl "
	    "reference create)." },
	[ATT_F_REFERENCE_EXPIRED] = { "reference-expired", ATT_SEVERITY_FAIL,
	    "reference values {what} match this platform but are not valid "
	    "at this time",
	    "Renew the reference values, or correct their validity." },
	[ATT_F_PCR_NOT_IN_REFERENCE] = { "pcr-not-in-reference",
	    ATT_SEVERITY_FAIL,
	    "PCR {pcr}: reference values {what} say nothing about it",
	    "Create the reference values again from a good node, or take the "
	    "PCR out of the policy." },
	[ATT_F_PCR_VALUE] = { "pcr-value", ATT_SEVERITY_FAIL,
	    "PCR {pcr}: expected {expected}, found {found}",
	    "Compare with the last announced update of firmware or "
	    "configuration." },
	[ATT_F_EVENT_CHANGED] = { "event-changed", ATT_SEVERITY_FAIL,
	    "PCR {pcr} event {event} ({type}{ label}): expected {expected}, "
	    "found {found}",
	    "If this is an announced update, add it to the reference values; "
	    "otherwise find out who changed the node." },
	[ATT_F_EVENT_NOT_IN_REFERENCE] = { "event-not-in-reference",
	    ATT_SEVERITY_FAIL,
	    "PCR {pcr} event {event} ({type}{ label}): not expected at all, "
	    "found {bank} {found}",
	    "If this is an announced change, add it to the reference values; "
	    "otherwise find out what was loaded." },
	[ATT_F_EVENT_MISSING] = { "event-missing", ATT_SEVERITY_FAIL,
	    "PCR {pcr}: expected {type}{ label} with {expected}, found no such "
	    "event",
	    "Something that always ran at boot did not run: compare with a "
	    "good node by attestctl reference diff." },
	[ATT_F_EVENT_ORDER] = { "event-order", ATT_SEVERITY_FAIL,
	    "PCR {pcr} event {event} ({type}{ label}): expected in another "
	    "place of the boot",
	    "Compare with a good node by attestctl reference diff." },
	[ATT_F_IMA_MISMATCH] = { "ima-mismatch", ATT_SEVERITY_FAIL,
	    "no beginning of the IMA list gives the quoted PCR {pcr}{ what}",
	    "The list was changed, or something extended this PCR without "
	    "it: reboot the node and attest again; if it stays, inspect it." },
	[ATT_F_IMA_INCOMPLETE] = { "ima-incomplete", ATT_SEVERITY_FAIL,
	    "the IMA list cannot be checked: {what}",
	    "The verifier asks for the whole list next time; if it stays, "
	    "the list was trimmed on the node: reboot it." },
	[ATT_F_IMA_OTHER_BOOT] = { "ima-other-boot", ATT_SEVERITY_FAIL,
	    "the IMA list is not tied to this boot: {what}",
	    "After a kexec, or where the bank of boot_aggregate is not "
	    "quoted, list the digest of boot_aggregate in the runtime policy, "
	    "or take any; otherwise inspect the node." },
	[ATT_F_IMA_PADDED] = { "ima-padded", ATT_SEVERITY_WARN,
	    "the kernel extends SHA-1 digests of IMA's entries into every "
	    "bank, padded with zeros",
	    "Run a kernel from 5.8 on, which extends each bank's own hash." },
	[ATT_F_IMA_REGISTER] = { "ima-register", ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): it went into PCR {pcr}, "
	    "which does not prove it",
	    "Take pcr= out of the rules of the node's IMA policy: only what "
	    "is in PCR 10 is judged." },
	[ATT_F_IMA_TEMPLATE] = { "ima-template", ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): cannot be judged: {what}",
	    "Add the template to the runtime policy if your kernels are "
	    "configured with it." },
	[ATT_F_IMA_FILE_UNKNOWN] = { "ima-file-unknown", ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): not in the runtime "
	    "policy, found {found}",
	    "If this is an announced change, add it to the runtime policy; "
	    "otherwise find out what was run." },
	[ATT_F_IMA_FILE_CHANGED] = { "ima-file-changed", ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): expected {expected}, "
	    "found {found}",
	    "If this is an announced update, add its digest to the runtime "
	    "policy; otherwise find out who changed the file." },
	[ATT_F_IMA_SIGNATURE_BAD] = { "ima-signature-bad",
	    ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): not in the runtime "
	    "policy, found {found}, with a bad signature: {what}",
	    "Somebody changed a signed file or put another signature to it: "
	    "inspect the node." },
	[ATT_F_IMA_SIGNATURE_KEY] = { "ima-signature-key", ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): not in the runtime "
	    "policy, found {found}, signed by a stranger: {what}",
	    "If whoever signed it may say what is run, add the key to the "
	    "runtime policy; otherwise find out how the file came there." },
	[ATT_F_IMA_SIGNATURE_KIND] = { "ima-signature-kind",
	    ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): not in the runtime "
	    "policy, found {found}, with a signature that is not looked at: "
	    "{what}",
	    "Add the file's digest to the runtime policy, or sign it for IMA "
	    "over a SHA-256 digest or better." },
	[ATT_F_IMA_SIGNATURE_LIMIT] = { "ima-signature-limit",
	    ATT_SEVERITY_FAIL,
	    "IMA list line {event}: neither its signature nor any behind it "
	    "was verified: {what}",
	    "Settle the findings before it; if there are none, list digests "
	    "of signed files in the runtime policy, which costs nothing." },
	[ATT_F_IMA_VIOLATION] = { "ima-violation", ATT_SEVERITY_FAIL,
	    "IMA list line {event} ({type}{ label}): the file was open for "
	    "reading and for writing at once, its digest means nothing",
	    "If the file is one that is always written to, such as a log, "
	    "exclude its path in the runtime policy." },
	[ATT_F_IMA_POLICY_MISSING] = { "ima-policy-missing",
	    ATT_SEVERITY_FAIL,
	    "no runtime policy for this platform ({what})",
	    "Make one from a node that is known to be good, or import yours: "
	    "attestctl runtime." },
	[ATT_F_SECURE_BOOT_OFF] = { "secure-boot-off", ATT_SEVERITY_FAIL,
	    "Secure Boot is off",
	    "Switch Secure Boot on in the firmware setup and boot again." },
	[ATT_F_SECURE_BOOT_UNKNOWN] = { "secure-boot-unknown",
	    ATT_SEVERITY_FAIL,
	    "the log does not prove whether Secure Boot is on: {what}",
	    "Update the firmware; a PC Client firmware measures the SecureBoot "
	    "variable into PCR 7." },
	[ATT_F_SECURE_BOOT_FAULT] = { "secure-boot-fault", ATT_SEVERITY_FAIL,
	    "the log breaks the rules by which PCR 7 is measured: {what}",
	    "Treat the log as forged until the vendor explains it." },
	[ATT_F_BOOT_DEBUG] = { "boot-debug", ATT_SEVERITY_FAIL,
	    "the firmware booted in a debug mode: {what}",
	    "Switch the debug mode off and boot again." },
	[ATT_F_DMA_PROTECTION_OFF] = { "dma-protection-off", ATT_SEVERITY_WARN,
	    "the firmware booted without DMA protection: {what}",
	    "Enable the IOMMU and DMA protection in the firmware setup." },
	[ATT_F_SPDM_NOT_REPORTED] = { "spdm-not-reported", ATT_SEVERITY_FAIL,
	    "no measurements that the devices signed came: {what}",
	    "Nothing, soon after a boot: devices are asked with the challenge "
	    "of one attestation, and the next one has their answers. If it "
	    "stays, look at the agent's log, and at the BMC." },
	[ATT_F_SPDM_CHALLENGE] = { "spdm-challenge", ATT_SEVERITY_FAIL,
	    "the devices' measurements are for a challenge that this node was "
	    "not given, or whose quote did not hold",
	    "Nothing, if the verifier's store was replaced since; otherwise "
	    "somebody sends reports of another machine, or old ones." },
	[ATT_F_SPDM_STALE] = { "spdm-stale", ATT_SEVERITY_FAIL,
	    "the devices' measurements are for a challenge that was given "
	    "{what}",
	    "Nothing, soon after a boot; if it stays, look at the agent's "
	    "log, and at the BMC." },
	[ATT_F_SPDM_DEVICE_MISSING] = { "spdm-missing", ATT_SEVERITY_FAIL,
	    "the component{ label} did not sign its measurements{what}",
	    "If it was taken out on purpose, forget it, or correct the "
	    "reference values; otherwise find out why it does not answer." },
	[ATT_F_SPDM_TWIN] = { "spdm-twin", ATT_SEVERITY_FAIL,
	    "one and the same device answers as{ label} and as {what}",
	    "The BMC lists a device twice, or one answers in place of "
	    "another: find out which, and list one name of it only." },
	[ATT_F_SPDM_ELSEWHERE] = { "spdm-elsewhere", ATT_SEVERITY_FAIL,
	    "the device of{ label} is enrolled for node {what}",
	    "If it was moved, forget it there: attestctl node devices NODE "
	    "--forget NAME. If not, one of the two nodes passes on what a "
	    "device of the other signs." },
	[ATT_F_SPDM_MALFORMED] = { "spdm-malformed", ATT_SEVERITY_FAIL,
	    "the SPDM report of{ label} cannot be read: {what}",
	    "Ask again; if it repeats, keep the report for the vendor: the "
	    "BMC or the device writes it wrongly, or somebody changed it." },
	[ATT_F_SPDM_CERTIFICATE] = { "spdm-certificate", ATT_SEVERITY_FAIL,
	    "the certificate of{ label} is not trusted: {what}",
	    "Compare the root with that which the maker publishes; if it is "
	    "another one, treat the device or its BMC as hostile." },
	[ATT_F_SPDM_SIGNATURE] = { "spdm-signature", ATT_SEVERITY_FAIL,
	    "the SPDM report of{ label} is not signed by the key of its "
	    "certificate: {what}",
	    "Treat the report as forged or damaged; ask again and compare." },
	[ATT_F_SPDM_NONCE] = { "spdm-nonce", ATT_SEVERITY_FAIL,
	    "the SPDM report of{ label} was not made for this challenge and "
	    "this component",
	    "Ask again; if it repeats, the BMC chooses the nonce by itself, "
	    "or somebody replays reports." },
	[ATT_F_SPDM_CHANGED] = { "spdm-changed", ATT_SEVERITY_FAIL,
	    "measurements of{ label} changed while they were read",
	    "Ask again once no update is running on the device." },
	[ATT_F_SPDM_OTHER_DEVICE] = { "spdm-other-device", ATT_SEVERITY_FAIL,
	    "another device than the enrolled one answers as{ label}: its "
	    "certificate has the serial number {what}",
	    "If the device was replaced on purpose, enrol the new one; "
	    "otherwise find out whose answer this is." },
	[ATT_F_SPDM_NO_REFERENCE] = { "spdm-no-reference", ATT_SEVERITY_FAIL,
	    "no reference values for the component{ label}{ what}",
	    "Write some for this kind of component, with the maker's root, "
	    "or correct their validity." },
	[ATT_F_SPDM_NOT_DATED] = { "spdm-not-dated", ATT_SEVERITY_FAIL,
	    "{n0} of the measurements of{ label} were read before the "
	    "challenge, and nothing says that they still hold",
	    "Have the BMC ask for all measurements at once; if it cannot, "
	    "take undated ones in the reference values." },
	[ATT_F_SPDM_MEASUREMENT] = { "spdm-measurement", ATT_SEVERITY_FAIL,
	    "measurement {event} of{ label}: {what}",
	    "If the device's firmware was updated on purpose, add the value "
	    "to the reference values; otherwise find out who changed it." },
	[ATT_F_SPDM_UNKNOWN] = { "spdm-measurement-unknown",
	    ATT_SEVERITY_FAIL,
	    "measurement {event} of{ label}: not in the reference values",
	    "Look up with the maker what it is of, then list it, or waive it "
	    "by its index." },
	[ATT_F_SPDM_MISSING] = { "spdm-measurement-missing",
	    ATT_SEVERITY_FAIL,
	    "measurement {event} of{ label}: expected, and not in the report",
	    "Have the BMC ask for all measurements, and compare with a "
	    "device that is known to be good." },
	[ATT_F_SPDM_SECURITY_VERSION] = { "spdm-security-version",
	    ATT_SEVERITY_FAIL,
	    "measurement {event} of{ label}: security version {n0}, at least "
	    "{n1} is wanted",
	    "Update the device's firmware." },
	[ATT_F_SPDM_DOWNGRADE] = { "spdm-downgrade", ATT_SEVERITY_FAIL,
	    "the security version of{ label} went back from {n0} to {n1}",
	    "Find out who put older firmware on the device, and update it." },
	[ATT_F_SPDM_DEBUG] = { "spdm-debug", ATT_SEVERITY_FAIL,
	    "a debug mode of{ label} {what}",
	    "Reset the device with its debug mode off; if it stays, take it "
	    "out of service." },
	[ATT_F_SPDM_MODE] = { "spdm-mode", ATT_SEVERITY_FAIL,
	    "the component{ label} is not in normal operation: mode {what}",
	    "Finish what the device was put into this mode for, such as "
	    "recovery or manufacturing, and reset it." },
	[ATT_F_FIRMWARE_NOT_DATED] = { "firmware-not-dated",
	    ATT_SEVERITY_FAIL,
	    "nobody knows when{ label} was measured: the pass has no time of "
	    "the TPM",
	    "Check on the node that the TPM answers while firmware is "
	    "measured, then have it measured again." },
	[ATT_F_FIRMWARE_OTHER_BOOT] = { "firmware-other-boot",
	    ATT_SEVERITY_FAIL,
	    "the measurement of{ label} is of another boot than the quote: "
	    "{what}",
	    "The node measures again by itself after this; if it repeats, old "
	    "claims are sent again." },
	[ATT_F_FIRMWARE_CLOCK] = { "firmware-clock", ATT_SEVERITY_FAIL,
	    "by the TPM's clock the measurement of{ label} cannot have been "
	    "made: {what}",
	    "Treat the claims as forged, unless the TPM was cleared twice: no "
	    "agent sends this by mistake." },
	[ATT_F_FIRMWARE_OLD] = { "firmware-old", ATT_SEVERITY_FAIL,
	    "the measurement of{ label} began {n0} s before the quote, at most "
	    "{n1} s are taken",
	    "Check on the node that measuring passes begin and end (attestctl "
	    "status), and that its firmware_interval is shorter than the "
	    "verifier's firmware_max_age." },
	[ATT_F_FIRMWARE_NO_REFERENCE] = { "firmware-no-reference",
	    ATT_SEVERITY_FAIL,
	    "no reference values of firmware are for this node at this time",
	    "Make them from a node that is known to be good: attestctl "
	    "reference firmware create." },
	[ATT_F_FLASH_MISSING] = { "flash-missing", ATT_SEVERITY_FAIL,
	    "flash {label}: reference values name it, and the node has "
	    "measured no such chip{ what}",
	    "Check on the node that the chip has its driver and that attestd "
	    "measures it." },
	[ATT_F_FLASH_NOT_READ] = { "flash-not-read", ATT_SEVERITY_FAIL,
	    "flash {label}: {what}",
	    "See the reason; a chip that was read before and cannot be read "
	    "now may have been closed by somebody." },
	[ATT_F_FLASH_NOT_IN_REFERENCE] = { "flash-not-in-reference",
	    ATT_SEVERITY_FAIL,
	    "flash {label}: no reference values speak of this chip",
	    "Add the chip to the reference values, with \"any\" if it is of "
	    "no matter." },
	[ATT_F_FLASH_PATH] = { "flash-path", ATT_SEVERITY_FAIL,
	    "flash {label}: it was read by {what}, which is not enough",
	    "Have the node read it by one of the ways that the reference "
	    "values take." },
	[ATT_F_FLASH_ALGORITHM] = { "flash-algorithm", ATT_SEVERITY_FAIL,
	    "flash {label}: there are no {what} digests to compare it with",
	    "Let the nodes measure with the algorithm of the reference "
	    "values, or make these anew." },
	[ATT_F_FLASH_SIZE] = { "flash-size", ATT_SEVERITY_FAIL,
	    "flash {label}: it has {n0} bytes, expected {n1}",
	    "It is another chip: find out who replaced it, or correct the "
	    "reference values." },
	[ATT_F_FLASH_CHANGED] = { "flash-changed", ATT_SEVERITY_FAIL,
	    "flash {label}: range {what} changed: expected {expected}, found "
	    "{found}",
	    "Explain the change by an update and add its reference values, or "
	    "take the node out of service and compare images (attestctl "
	    "firmware diff)." },
	[ATT_F_FLASH_GAP] = { "flash-gap", ATT_SEVERITY_FAIL,
	    "flash {label}: range {what} should be erased and is not: found "
	    "{found}",
	    "Find out who writes where no firmware is: take the node out of "
	    "service and read the chip." },
	[ATT_F_FLASH_LAYOUT] = { "flash-layout", ATT_SEVERITY_FAIL,
	    "flash {label}: range {what}",
	    "Another layout is other firmware: explain it by an update and "
	    "add its reference values, or inspect the node." },
	[ATT_F_FLASH_UNREADABLE] = { "flash-unreadable", ATT_SEVERITY_FAIL,
	    "flash {label}: range {what}",
	    "The rights of the host on the chip changed: compare the "
	    "descriptor and the setup with those of a good node." },
	[ATT_F_FLASH_MORE] = { "flash-more", ATT_SEVERITY_INFO,
	    "flash {label}: {n0} more ranges differ",
	    "Compare the image with that of a good node (attestctl firmware "
	    "diff)." },
	[ATT_F_FLASH_OTHER_MACHINE] = { "flash-other-machine",
	    ATT_SEVERITY_FAIL,
	    "flash {label}: range {what}, which is this machine's own, "
	    "changed: expected {expected}, found {found}",
	    "If the board was replaced, let the verifier forget what it knows "
	    "of this node's firmware; else find out what changed." },
	[ATT_F_FLASH_ENROLLED] = { "flash-enrolled", ATT_SEVERITY_INFO,
	    "flash {label}: ranges that are seen for the first time, and count "
	    "as this machine's own from now on: {n0}",
	    "Nothing, for a node that is new or whose firmware was "
	    "updated." },
	[ATT_F_FLASH_NOT_ENROLLED] = { "flash-not-enrolled",
	    ATT_SEVERITY_FAIL,
	    "flash {label}: {n0} ranges that are this machine's own have not "
	    "been enrolled",
	    "Let policy take what is seen first (firmware_known_required) "
	    "while good nodes are enrolled." },
	[ATT_F_FLASH_WRITABLE] = { "flash-writable", ATT_SEVERITY_FAIL,
	    "flash {label}: the kernel lets the host write this chip",
	    "Unload what makes it writable (spi-intel writeable=1), and find "
	    "out who loaded it." },
	[ATT_F_FLASH_UNLOCKED] = { "flash-unlocked", ATT_SEVERITY_FAIL,
	    "flash {label}: the flash descriptor lets the host write the "
	    "descriptor itself",
	    "Have the vendor's tool lock the descriptor, or list the finding "
	    "in the reference values if the machines are sold like this." },
	[ATT_F_FLASH_STRUCTURE] = { "flash-structure", ATT_SEVERITY_FAIL,
	    "flash {label}: {what}",
	    "Compare the image with that of a good node; list the finding in "
	    "the reference values if good nodes have it." },
	[ATT_F_FLASH_UNSTEADY] = { "flash-unsteady", ATT_SEVERITY_FAIL,
	    "flash {label}: {n0} ranges were another at each look, {what}",
	    "Find out what writes the chip, or replace a chip that cannot be "
	    "read twice alike." },
	[ATT_F_COMPONENT_MISSING] = { "component-missing",
	    ATT_SEVERITY_FAIL,
	    "component {label}: {n0} found, at least {n1} wanted",
	    "Find out whether the part is gone or its driver, or list it as "
	    "optional." },
	[ATT_F_COMPONENT_NOT_READ] = { "component-not-read",
	    ATT_SEVERITY_FAIL,
	    "component {label}: its firmware could not be asked: {what}",
	    "See the reason, and ask again." },
	[ATT_F_COMPONENT_NOT_IN_REFERENCE] = { "component-not-in-reference",
	    ATT_SEVERITY_FAIL,
	    "component {label}: no reference values speak of it",
	    "Find out who added it, and list it if it belongs there." },
	[ATT_F_COMPONENT_PATH] = { "component-path", ATT_SEVERITY_FAIL,
	    "component {label}: its firmware was asked by {what}, which is "
	    "not enough",
	    "Have the node ask by one of the ways that the reference values "
	    "take." },
	[ATT_F_COMPONENT_VERSION] = { "component-version",
	    ATT_SEVERITY_FAIL,
	    "component {label}: {what}",
	    "Update the component, or add the version to the reference values "
	    "if it was rolled out on purpose." },
	[ATT_F_COMPONENT_STORED] = { "component-stored", ATT_SEVERITY_FAIL,
	    "component {label}: {what}, and is in no reference values",
	    "Find out who flashed it before the next reset lets it run, or "
	    "add it to the reference values." },
	[ATT_F_COMPONENT_PENDING] = { "component-pending",
	    ATT_SEVERITY_WARN,
	    "component {label}: {what}",
	    "Nothing, if an update is rolled out; it runs from the next reset "
	    "of the component on." },
	[ATT_F_COMPONENT_DISAGREE] = { "component-disagree",
	    ATT_SEVERITY_FAIL,
	    "component {label}: its parts run different firmware: {what}",
	    "Boot the node with one microcode for all of its CPUs." },
	[ATT_F_COMPONENT_DOWNGRADE] = { "component-downgrade",
	    ATT_SEVERITY_FAIL,
	    "component {label}: {what}",
	    "Find out who put older firmware on it and update it; if it was on "
	    "purpose, let the verifier forget what it knows of this node's "
	    "firmware." },
	[ATT_F_COMPONENT_REPLACED] = { "component-replaced",
	    ATT_SEVERITY_WARN,
	    "component {label}: another device is in its place: {what}",
	    "Nothing, if the part was replaced on purpose." },
	[ATT_F_ADVISORY] = { "advisory", ATT_SEVERITY_FAIL,
	    "component {label}: {what}",
	    "Update the component to a version that the advisory does not "
	    "name." },
	[ATT_F_ADVISORY_OPEN] = { "advisory-open", ATT_SEVERITY_WARN,
	    "component {label}: {what}",
	    "Have the component tell its version, or look at it by hand." },
	[ATT_F_FIRMWARE_NOT_REPORTED] = { "firmware-not-reported",
	    ATT_SEVERITY_FAIL,
	    "no firmware claims came that the quote signs: {what}",
	    "Nothing, until the first measuring pass of a boot has ended; if "
	    "it stays, see `attestctl firmware show` on the node." },
	[ATT_F_POSTURE_NOT_REPORTED] = { "posture-not-reported",
	    ATT_SEVERITY_FAIL,
	    "no posture came that the quote signs: {what}",
	    "Update the agent, and look at its log." },
	[ATT_F_POSTURE_MALFORMED] = { "posture-malformed", ATT_SEVERITY_FAIL,
	    "the platform posture cannot be read: {what}",
	    "Update the agent; if it repeats, treat the node as hostile." },
	[ATT_F_POSTURE_NO_RULES] = { "posture-no-rules", ATT_SEVERITY_INFO,
	    "no rules say how this node's platform must be set up",
	    "Write rules for this platform, such as the sample of "
	    "posture-rules.json, and load them." },
	[ATT_F_POSTURE_RULE] = { "posture-rule", ATT_SEVERITY_FAIL,
	    "the platform's setting{ label} breaks its rule: {what}",
	    "Set it as the rule says, or change the rule; if nobody changed "
	    "the node, find out who did." },
	[ATT_F_POSTURE_NOT_TOLD] = { "posture-not-told", ATT_SEVERITY_FAIL,
	    "the platform's setting{ label}, for which there is a rule, is "
	    "not known: {what}",
	    "Give the agent access to it, or make the rule optional where "
	    "machines do not have it." },
	[ATT_F_POSTURE_CONTRADICTS] = { "posture-contradicts",
	    ATT_SEVERITY_FAIL,
	    "the running system says of{ label} what the boot log "
	    "contradicts: {what}",
	    "Find out what changed since the boot (kexec, a built-in command "
	    "line); if nothing did, the running system lies: take the node "
	    "out of service." },
	[ATT_F_POSTURE_KEYS_CHANGED] = { "posture-keys-changed",
	    ATT_SEVERITY_WARN,
	    "the Secure Boot variable{ label} is not as it was measured at "
	    "the boot",
	    "Nothing, if an update of keys or of the revocation list was "
	    "installed: boot the node, so that it takes effect and is "
	    "measured." },
	[ATT_F_POSTURE_TEST_KEY] = { "posture-test-key", ATT_SEVERITY_FAIL,
	    "Secure Boot on this node trusts in{ label} {what}",
	    "Enrol keys of your own, or install firmware of the vendor that "
	    "has a platform key of its own: anybody can sign with this one." },
	[ATT_F_POSTURE_SHARED_KEY] = { "posture-shared-key",
	    ATT_SEVERITY_WARN,
	    "the platform key of this node is {what}",
	    "Nothing on a virtual machine; enrol keys of your own where the "
	    "platform key is to tell machines apart." },
	[ATT_F_POSTURE_SETUP_MODE] = { "posture-setup-mode",
	    ATT_SEVERITY_WARN,
	    "the firmware is in setup mode: whatever runs can enrol keys",
	    "Enrol a platform key, or restore the vendor's keys in the "
	    "firmware setup." },
	[ATT_F_POSTURE_SHIM_OFF] = { "posture-shim-off", ATT_SEVERITY_WARN,
	    "shim does not check what it boots (MokSBState)",
	    "Turn it on again with mokutil --enable-validation, and boot." },
	[ATT_F_POSTURE_NO_LOCKDOWN] = { "posture-no-lockdown",
	    ATT_SEVERITY_WARN,
	    "the running kernel is not locked down: root can change it "
	    "without a trace",
	    "Boot with Secure Boot on where that locks the kernel down, or "
	    "with lockdown=integrity." },
	[ATT_F_NOT_EVALUATED] = { "not-evaluated", ATT_SEVERITY_FAIL,
	    "policy asks for {what}, which could not be evaluated",
	    "See the other findings for the reason." },
	[ATT_F_TOO_MANY] = { "too-many-findings", ATT_SEVERITY_INFO,
	    "{n0} more findings were left out",
	    "Settle the findings that are shown, then attest again." },
	[ATT_F_INTERNAL] = { "internal", ATT_SEVERITY_FAIL,
	    "the appraisal could not go on: {what}",
	    "Report this, with the evidence." },
};

static const char *const severities[] = {
	[ATT_SEVERITY_INFO] = "info",
	[ATT_SEVERITY_WARN] = "warn",
	[ATT_SEVERITY_FAIL] = "fail",
};

static bool
is_code(enum att_finding_code code)
{
	return (unsigned)code < ATT_F_COUNT;
}

const char *
att_finding_name(enum att_finding_code code)
{
	return is_code(code) ? table[code].name : "unknown";
}

enum att_severity
att_finding_severity(enum att_finding_code code)
{
	return is_code(code) ? table[code].severity : ATT_SEVERITY_FAIL;
}

const char *
att_severity_name(enum att_severity severity)
{
	return (unsigned)severity < ATT_COUNT(severities) ?
	    severities[severity] :
	    "unknown";
}

const char *
att_finding_advice(enum att_finding_code code)
{
	return is_code(code) ? table[code].advice : "";
}

const char *
att_finding_wording(enum att_finding_code code)
{
	return is_code(code) ? table[code].text : "";
}

struct att_finding
att_finding_make(enum att_finding_code code)
{
	return (struct att_finding){ .code = code,
		.severity = att_finding_severity(code), .pcr = ATT_NO_PCR,
		.event = ATT_NO_EVENT };
}

void
att_finding_copy(char *ret, size_t size, struct att_slice text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8 * size);
	size_t n;

	att_text_put_path(&b, (struct att_slice){ text.data,
	    ATT_MIN(text.len, size) });
	n = ATT_MIN(b.len, size - 1);
	while (n > 0 && n < b.len && (b.data[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(ret, b.data, n);
	ret[n] = '\0';
}

void
att_finding_set_label(struct att_finding *f, struct att_slice text)
{
	att_finding_copy(f->label, sizeof(f->label), text);
}

void
att_finding_set_type(struct att_finding *f, const char *fmt, ...)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	va_list ap;

	va_start(ap, fmt);
	att_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	att_finding_copy(f->type_name, sizeof(f->type_name), att_buf_view(&b));
}

void
att_finding_set_what(struct att_finding *f, const char *fmt, ...)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	va_list ap;

	va_start(ap, fmt);
	att_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	att_finding_copy(f->what, sizeof(f->what), att_buf_view(&b));
}

void
att_finding_set_pcrs(struct att_finding *f, uint32_t mask, uint16_t bank)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	const char *name = att_alg_name(bank);

	if (name == NULL)
		name = "unknown";
	att_buf_str(&b, mask != 0 ? "PCR " : "");
	att_pcr_mask_put(&b, mask);
	if (bank != 0)
		att_buf_printf(&b, mask != 0 ? " (%s)" : "bank %s", name);
	att_finding_copy(f->what, sizeof(f->what), att_buf_view(&b));
}

void
att_finding_print_doc(struct att_buf *ret)
{
	att_buf_str(ret,
	    "# Findings\n\n"
	    "What the appraisal can say about a node. The codes are stable: "
	    "a code keeps its\nmeaning, and new ones are added; alert on "
	    "them, not on the wording. `fail` keeps\nthe node from passing, "
	    "`warn` stands beside a pass, `info` explains. Words in\nbraces "
	    "are filled in. This file is made from `lib/appraise/finding.c`, "
	    "and a\ntest compares them.\n\n");
	for (size_t i = 0; i < ATT_F_COUNT; i++)
		att_buf_printf(ret, "## %s\n\n%s: %s.\n\n%s\n\n",
		    table[i].name, att_severity_name(table[i].severity),
		    table[i].text, table[i].advice);
}
