/*
 * A BMC of the shape of a GB300's, with what other BMCs make of Redfish: counts
 * that are wrong, members that are not there, that stand in their collection,
 * that have no link, and links to nowhere.
 */
#ifndef ATT_TESTS_REDFISH_CAPTURE_H
#define ATT_TESTS_REDFISH_CAPTURE_H

struct page {
	const char *path, *json;
};

#define V1 "/redfish/v1"
#define LINK(path) "{\"@odata.id\":\"" V1 path "\"}"
#define SPDM_ACTION(id) \
	"\"Actions\":{\"#ComponentIntegrity.SPDMGetSignedMeasurements\":{" \
	"\"@Redfish.ActionInfo\":\"" V1 "/ComponentIntegrity/" id \
	"/SPDMGetSignedMeasurementsActionInfo\",\"target\":\"" V1 \
	"/ComponentIntegrity/" id \
	"/Actions/ComponentIntegrity.SPDMGetSignedMeasurements\"}}"
#define SPDM_DEVICE(id, enabled, chain) \
	"{\"@odata.id\":\"" V1 "/ComponentIntegrity/" id "\",\"Id\":\"" id \
	"\"," SPDM_ACTION(id) ",\"ComponentIntegrityEnabled\":" enabled \
	",\"ComponentIntegrityType\":\"SPDM\"," \
	"\"ComponentIntegrityTypeVersion\":\"1.1.0\",\"SPDM\":{" \
	"\"IdentityAuthentication\":{\"ResponderAuthentication\":{" \
	"\"ComponentCertificate\":" LINK("/Chassis/" chain \
	    "/Certificates/CertChain") "}}},\"TargetComponentURI\":\"" V1 \
	"/Chassis/" chain "\"}"

#define ROT V1 "/Chassis/HGX_ERoT_CPU_0/Oem/NvidiaRoT/RoTProtectedComponents"

static const struct page capture[] = {
	{ V1, "{\"@odata.id\":\"" V1 "\",\"Id\":\"RootService\","
	    "\"Chassis\":" LINK("/Chassis") ",\"ComponentIntegrity\":"
	    LINK("/ComponentIntegrity") ",\"Links\":{\"Sessions\":"
	    LINK("/SessionService/Sessions") "},\"Managers\":"
	    LINK("/Managers") ",\"Product\":\"GB NVL\","
	    "\"RedfishVersion\":\"1.17.0\",\"Systems\":" LINK("/Systems")
	    ",\"UUID\":\"e4378fd3-bafa-473b-b2a2-32db529a1952\","
	    "\"UpdateService\":" LINK("/UpdateService") ","
	    "\"Vendor\":\"Maker\"}" },
	{ V1 "/UpdateService", "{\"FirmwareInventory\":"
	    LINK("/UpdateService/FirmwareInventory") ",\"Status\":{\"State\":"
	    "\"UnavailableOffline\"},\"Oem\":{\"Hpe\":{\"FirmwareIntegrity\":{"
	    "\"EnableBackgroundScan\":true,\"LastScanResult\":\"OK\","
	    "\"LastScanTime\":\"2026-06-29T07:50:28Z\","
	    "\"OnIntegrityFailure\":\"LogOnly\",\"ScanEveryDays\":7}}}}" },
	{ V1 "/UpdateService/FirmwareInventory",
	    /* it counts one, and has six entries */
	    "{\"Members@odata.count\":1,\"Members\":["
	    LINK("/UpdateService/FirmwareInventory/FW_BMC_0") ","
	    LINK("/UpdateService/FirmwareInventory/HGX_FW_CPU_0/") ","
	    LINK("/UpdateService/FirmwareInventory/gone") ","
	    "{},7,{\"Id\":\"inline\",\"Name\":\"in the collection\","
	    "\"Version\":\"3\",\"LowestSupportedVersion\":\"2\"},"
	    "{\"@odata.id\":\"" V1 "/UpdateService/FirmwareInventory/9\"}],"
	    "\"Members@odata.nextLink\":\"" V1
	    "/UpdateService/FirmwareInventory?$skip=7\"}" },
	{ V1 "/UpdateService/FirmwareInventory?$skip=7",
	    "{\"Members\":[" LINK("/UpdateService/FirmwareInventory/last")
	    "]}" },
	{ V1 "/UpdateService/FirmwareInventory/FW_BMC_0",
	    "{\"Id\":\"FW_BMC_0\",\"Manufacturer\":\"Maker\",\"Name\":"
	    "\"Software Inventory\",\"SoftwareId\":\"0x0010\","
	    "\"Status\":{\"State\":\"Enabled\"},\"Updateable\":true,"
	    "\"Version\":\"70.01.00.09\",\"WriteProtected\":false}" },
	{ V1 "/UpdateService/FirmwareInventory/HGX_FW_CPU_0",
	    "{\"Id\":\"HGX_FW_CPU_0\",\"Manufacturer\":\"NVIDIA\",\"Oem\":{"
	    "\"Nvidia\":{\"ActiveFirmwareSlot\":{\"BuildType\":\"Release\","
	    "\"FirmwareComparisonNumber\":51,\"FirmwareState\":\"Activated\","
	    "\"SlotId\":0,\"Version\":\"2.1\"},\"InactiveFirmwareSlot\":{"
	    "\"BuildType\":\"Debug\",\"FirmwareComparisonNumber\":50,"
	    "\"FirmwareState\":\"PendingActivation\",\"SlotId\":1,"
	    "\"Version\":\"2.0\"}}},\"Version\":\"2.1\"}" },
	/* no Id, no @odata.id, empty strings */
	{ V1 "/UpdateService/FirmwareInventory/9",
	    "{\"Version\":\"\",\"Manufacturer\":\"\",\"Name\":null}" },
	{ V1 "/UpdateService/FirmwareInventory/last",
	    "{\"Id\":\"last\",\"Version\":\"1\",\"Staged\":true,"
	    "\"Active\":false}" },
	{ V1 "/Managers", "{\"Members\":[" LINK("/Managers/BMC_0") "]}" },
	{ V1 "/Managers/BMC_0", "{\"DateTime\":\"2026-06-29T07:50:28+00:00\","
	    "\"FirmwareVersion\":\"70.01.00.09\",\"HostInterfaces\":"
	    LINK("/Managers/BMC_0/HostInterfaces") ",\"Id\":\"BMC_0\","
	    "\"ManagerType\":\"BMC\",\"Model\":\"OpenBmc\",\"Oem\":{"
	    "\"Nvidia\":{\"FirmwareBuildType\":\"PlatformDevelopment\","
	    "\"OTPProvisioned\":false,\"UptimeSeconds\":6510456.29}}}" },
	{ V1 "/Managers/BMC_0/HostInterfaces", "{\"Members\":["
	    LINK("/Managers/BMC_0/HostInterfaces/hostusb0") "]}" },
	{ V1 "/Managers/BMC_0/HostInterfaces/hostusb0",
	    "{\"AuthenticationModes\":[\"BasicAuth\"],"
	    "\"CredentialBootstrapping\":{\"EnableAfterReset\":true,"
	    "\"Enabled\":true,\"RoleId\":\"Administrator\"},"
	    "\"Id\":\"hostusb0\"}" },
	{ V1 "/Systems", "{\"Members\":[" LINK("/Systems/System_0") ","
	    LINK("/Systems/Other") "]}" },
	{ V1 "/Systems/System_0", "{\"BiosVersion\":\"\",\"Id\":\"System_0\","
	    "\"Manufacturer\":\"Maker\",\"Model\":\"GB NVL\","
	    "\"SerialNumber\":\"S964\",\"SystemType\":\"Physical\"}" },
	{ V1 "/Systems/Other", "{\"BiosVersion\":\"2.1b\",\"Id\":\"Other\","
	    "\"Oem\":{\"OpenBmc\":{\"FirmwareProvisioning\":{"
	    "\"ProvisioningStatus\":\"ProvisionedButNotLocked\"}}},"
	    "\"TrustedModules\":[{\"FirmwareVersion\":\"7.2\","
	    "\"InterfaceType\":\"TPM2_0\"}]}" },
	{ V1 "/ComponentIntegrity", "{\"Members@odata.count\":1,\"Members\":["
	    LINK("/ComponentIntegrity/HGX_IRoT_GPU_0") ","
	    LINK("/ComponentIntegrity/HGX_ERoT_CPU_0") ","
	    LINK("/ComponentIntegrity/off") ","
	    LINK("/ComponentIntegrity/missing") ","
	    LINK("/ComponentIntegrity/tpm") "]}" },
	{ V1 "/ComponentIntegrity/HGX_IRoT_GPU_0",
	    SPDM_DEVICE("HGX_IRoT_GPU_0", "true", "HGX_IRoT_GPU_0") },
	{ V1 "/ComponentIntegrity/HGX_ERoT_CPU_0",
	    SPDM_DEVICE("HGX_ERoT_CPU_0", "true", "HGX_ERoT_CPU_0") },
	{ V1 "/ComponentIntegrity/off", SPDM_DEVICE("off", "false", "off") },
	{ V1 "/ComponentIntegrity/tpm", "{\"Id\":\"tpm\","
	    "\"ComponentIntegrityEnabled\":true,"
	    "\"ComponentIntegrityType\":\"TPM\"}" },
	{ V1 "/Chassis", "{\"Members\":[" LINK("/Chassis/HGX_ERoT_CPU_0") ","
	    LINK("/Chassis/BMC_0") "]}" },
	{ V1 "/Chassis/HGX_ERoT_CPU_0", "{\"Id\":\"HGX_ERoT_CPU_0\","
	    "\"Oem\":{\"Nvidia\":{\"RoTProtectedComponents\":{\"@odata.id\":"
	    "\"" ROT "\"}}}}" },
	{ V1 "/Chassis/BMC_0", "{\"Id\":\"BMC_0\",\"TrustedComponents\":"
	    LINK("/Chassis/BMC_0/TrustedComponents") "}" },
	{ V1 "/Chassis/BMC_0/TrustedComponents", "{\"Members\":["
	    LINK("/Chassis/BMC_0/TrustedComponents/TPM") "]}" },
	{ V1 "/Chassis/BMC_0/TrustedComponents/TPM", "{\"Id\":\"TPM\","
	    "\"FirmwareVersion\":\"7.85\",\"Manufacturer\":\"Chipmaker\","
	    "\"TrustedComponentType\":\"Discrete\"}" },
	{ ROT, "{\"Members\":[{\"@odata.id\":\"" ROT "/HGX_CPU_0\"}]}" },
	{ ROT "/HGX_CPU_0", "{\"ActiveKeySetIdentifier\":0,\"Id\":"
	    "\"HGX_CPU_0\",\"ImageSlots\":{\"@odata.id\":\"" ROT
	    "/HGX_CPU_0/ImageSlots\"},\"MinimumSecurityVersion\":1,"
	    "\"RoTProtectedComponentType\":\"AP\"}" },
	{ ROT "/HGX_CPU_0/ImageSlots", "{\"Members\":[{\"@odata.id\":\"" ROT
	    "/HGX_CPU_0/ImageSlots/0\"},{\"@odata.id\":\"" ROT
	    "/HGX_CPU_0/ImageSlots/1\"}]}" },
	{ ROT "/HGX_CPU_0/ImageSlots/0", "{\"BuildType\":\"Release\","
	    "\"FirmwareComparisonNumber\":51,\"FirmwareState\":\"Activated\","
	    "\"Id\":\"0\",\"SecurityVersion\":3,\"SigningKeyIndex\":0,"
	    "\"SigningType\":\"DOT\",\"Version\":\"33\","
	    "\"WriteProtected\":false}" },
	{ ROT "/HGX_CPU_0/ImageSlots/1", "{\"BuildType\":\"Release\","
	    "\"FirmwareState\":\"Inactive\",\"Id\":\"1\","
	    "\"SecurityVersion\":2,\"Version\":\"32\"}" },
};

#endif
