#include "eventlog/sipa.h"

enum form { NUMBER, TEXT, BYTES };

static const struct {
	const char *name;
	uint32_t id;
	enum form form;
} tags[] = {
	{ "Information", 0x00020001, BYTES },
	{ "BootCounter", 0x00020002, NUMBER },
	{ "TransferControl", 0x00020003, NUMBER },
	{ "ApplicationReturn", 0x00020004, BYTES },
	{ "BitlockerUnlock", 0x00020005, NUMBER },
	{ "EventCounter", 0x00020006, NUMBER },
	{ "CounterID", 0x00020007, NUMBER },
	{ "MorBitNotCancelable", 0x00020008, NUMBER },
	{ "ApplicationSVN", 0x00020009, NUMBER },
	{ "SVNChainStatus", 0x0002000a, NUMBER },
	{ "MorBitAPIStatus", 0x0002000b, NUMBER },
	{ "FirmwareFailure", 0x00030001, BYTES },
	{ "InternalFailure", 0x00030003, BYTES },
	{ "BootDebugging", 0x00040001, NUMBER },
	{ "BootRevocationList", 0x00040002, BYTES },
	{ "OSKernelDebug", 0x00050001, NUMBER },
	{ "CodeIntegrity", 0x00050002, NUMBER },
	{ "TestSigning", 0x00050003, NUMBER },
	{ "DataExecutionPrevention", 0x00050004, NUMBER },
	{ "SafeMode", 0x00050005, NUMBER },
	{ "WinPE", 0x00050006, NUMBER },
	{ "PhysicalAddressExtension", 0x00050007, NUMBER },
	{ "OSDevice", 0x00050008, NUMBER },
	{ "SystemRoot", 0x00050009, TEXT },
	{ "HypervisorLaunchType", 0x0005000a, NUMBER },
	{ "HypervisorPath", 0x0005000b, TEXT },
	{ "HypervisorIOMMUPolicy", 0x0005000c, NUMBER },
	{ "HypervisorDebug", 0x0005000d, NUMBER },
	{ "DriverLoadPolicy", 0x0005000e, NUMBER },
	{ "SIPolicy", 0x0005000f, BYTES },
	{ "HypervisorMMIONXPolicy", 0x00050010, NUMBER },
	{ "HypervisorMSRFilterPolicy", 0x00050011, NUMBER },
	{ "VSMLaunchType", 0x00050012, NUMBER },
	{ "OSRevocationList", 0x00050013, BYTES },
	{ "SMTStatus", 0x00050014, NUMBER },
	{ "VSMIDKInfo", 0x00050020, BYTES },
	{ "FlightSigning", 0x00050021, NUMBER },
	{ "PagefileEncryptionEnabled", 0x00050022, NUMBER },
	{ "VSMIDKSInfo", 0x00050023, BYTES },
	{ "HibernationDisabled", 0x00050024, NUMBER },
	{ "DumpsDisabled", 0x00050025, NUMBER },
	{ "DumpEncryptionEnabled", 0x00050026, NUMBER },
	{ "DumpEncryptionKeyDigest", 0x00050027, BYTES },
	{ "LSAISOConfig", 0x00050028, NUMBER },
	{ "SBCPInfo", 0x00050029, BYTES },
	{ "HypervisorBootDMAProtection", 0x00050030, NUMBER },
	{ "NoAuthority", 0x00060001, BYTES },
	{ "AuthorityPubKey", 0x00060002, BYTES },
	{ "FilePath", 0x00070001, TEXT },
	{ "ImageSize", 0x00070002, NUMBER },
	{ "HashAlgorithmID", 0x00070003, NUMBER },
	{ "AuthenticodeHash", 0x00070004, BYTES },
	{ "AuthorityIssuer", 0x00070005, TEXT },
	{ "AuthoritySerial", 0x00070006, BYTES },
	{ "ImageBase", 0x00070007, NUMBER },
	{ "AuthorityPublisher", 0x00070008, TEXT },
	{ "AuthoritySHA1Thumbprint", 0x00070009, BYTES },
	{ "ImageValidated", 0x0007000a, NUMBER },
	{ "ModuleSVN", 0x0007000b, NUMBER },
	{ "ELAMKeyname", 0x00090001, TEXT },
	{ "ELAMConfiguration", 0x00090002, BYTES },
	{ "ELAMPolicy", 0x00090003, BYTES },
	{ "ELAMMeasured", 0x00090004, BYTES },
	{ "VBSVSMRequired", 0x000a0001, NUMBER },
	{ "VBSSecureBootRequired", 0x000a0002, NUMBER },
	{ "VBSIOMMURequired", 0x000a0003, NUMBER },
	{ "VBSMMIONXRequired", 0x000a0004, NUMBER },
	{ "VBSMSRFilteringRequired", 0x000a0005, NUMBER },
	{ "VBSMandatoryEnforcement", 0x000a0006, NUMBER },
	{ "VBSHVCIPolicy", 0x000a0007, NUMBER },
	{ "VBSMicrosoftBootChainRequired", 0x000a0008, NUMBER },
	{ "VBSDumpUsesAMERoot", 0x000a0009, NUMBER },
	{ "VBSVSMNoSecretsEnforced", 0x000a000a, NUMBER },
	{ "KSRSignature", 0x000b0001, BYTES },
	{ "DRTMStateAuth", 0x000c0001, BYTES },
	{ "DRTMSMMLevel", 0x000c0002, BYTES },
	{ "DRTMAMDSMMHash", 0x000c0003, BYTES },
	{ "DRTMAMDSMMSignerKey", 0x000c0004, BYTES },
	{ "TrustBoundary", 0x40010001, BYTES },
	{ "ELAMAggregation", 0x40010002, BYTES },
	{ "LoadedModuleAggregation", 0x40010003, BYTES },
	{ "TrustpointAggregation", 0xc0010004, BYTES },
	{ "KSRAggregation", 0x40010005, BYTES },
	{ "KSRSignedMeasurementAggregation", 0x40010006, BYTES },
	{ "TrustPointQuote", 0x80080001, BYTES },
	{ "TrustPointQuoteSignature", 0x80080002, BYTES },
	{ "TrustPointAIKID", 0x80080003, TEXT },
	{ "TrustPointAIKPubDigest", 0x80080004, BYTES },
};

int
att_sipa_next(struct att_cur *c, struct att_sipa_node *ret,
    struct att_err *err)
{
	struct att_sipa_node n = { 0 };
	struct att_cur at = *c;
	uint32_t size = 0;

	if (att_cur_empty(c))
		return 0;
	if (!att_cur_le32(&at, &n.id) || !att_cur_le32(&at, &size))
		return att_err_at(err, ATT_E_SHORT, c->off,
		    "SIPA event ends within a tag");
	if (!att_cur_bytes(&at, size, &n.data))
		return att_err_at(err, ATT_E_SHORT, at.off,
		    "SIPA tag 0x%08x of %u bytes, %zu are left", n.id, size,
		    at.left);
	*c = at;
	*ret = n;
	return 1;
}

const char *
att_sipa_name(uint32_t id)
{
	for (size_t i = 0; i < ATT_COUNT(tags); i++)
		if (tags[i].id == id)
			return tags[i].name;
	return NULL;
}

static enum form
form_of(uint32_t id)
{
	for (size_t i = 0; i < ATT_COUNT(tags); i++)
		if (tags[i].id == id)
			return tags[i].form;
	return BYTES;
}

/* A number of 1, 2, 4 or 8 bytes; other sizes are shown as they are. */
static bool
get_number(struct att_slice s, uint64_t *ret)
{
	if (s.len != 1 && s.len != 2 && s.len != 4 && s.len != 8)
		return false;
	*ret = 0;
	for (size_t i = s.len; i > 0; i--)
		*ret = *ret << 8 | s.data[i - 1];
	return true;
}

/* Puts the tag's name and, if it is no container, its value. */
static struct att_fields
put_node(struct att_fields level, const struct att_sipa_node *n)
{
	struct att_fields f = att_fields_object(level, NULL);
	const char *name = att_sipa_name(n->id);
	enum form form = form_of(n->id);
	uint64_t v;

	if (name != NULL)
		att_fields_str(f, "tag", name);
	else
		att_fields_address(f, "tag", n->id);
	if ((n->id & ATT_SIPA_CONTAINER) != 0)
		return f;
	if (form == NUMBER && get_number(n->data, &v))
		att_fields_uint(f, "value", v);
	else if (form == TEXT)
		att_fields_utf16(f, "value", n->data);
	else
		att_fields_hex(f, "value_hex", n->data);
	return f;
}

/* The levels that are open stand on a stack of its own, not on the caller's. */
int
att_sipa_describe(struct att_slice data, struct att_fields f,
    struct att_err *err)
{
	struct {
		struct att_cur cur;
		struct att_fields list;
	} level[ATT_SIPA_DEPTH_MAX];
	size_t depth = 0, nodes = 0;

	level[0].cur = att_cur_of(data);
	level[0].list = att_fields_array(f, "tags");
	for (;;) {
		struct att_cur body, before = level[depth].cur;
		struct att_sipa_node n;
		struct att_fields one;
		int r = att_sipa_next(&level[depth].cur, &n, err);

		if (r < 0 || (r == 0 && depth == 0))
			return r;
		if (r == 0) {
			depth--;
			continue;
		}
		if (++nodes > ATT_SIPA_NODES_MAX)
			return att_err_at(err, ATT_E_LIMIT, before.off,
			    "SIPA event of over %d tags", ATT_SIPA_NODES_MAX);
		one = put_node(level[depth].list, &n);
		if ((n.id & ATT_SIPA_CONTAINER) == 0)
			continue;
		if (++depth == ATT_SIPA_DEPTH_MAX)
			return att_err_at(err, ATT_E_LIMIT, before.off,
			    "SIPA event nested over %d deep",
			    ATT_SIPA_DEPTH_MAX);
		if (!att_cur_skip(&before, 4 + 4) ||
		    !att_cur_child(&before, n.data.len, &body))
			return att_err_at(err, ATT_E_SHORT, before.off,
			    "SIPA event ends within a tag");
		level[depth].cur = body;
		level[depth].list = att_fields_array(one, "tags");
	}
}
