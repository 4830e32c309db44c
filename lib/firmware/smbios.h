/*
 * Structures of SMBIOS (DMTF DSP0134, 3.7), one at a time, as the kernel gives
 * them: /sys/firmware/dmi/entries/TYPE-N/raw. Of their kinds the one that tells
 * how a BMC is reached: 42 with Redfish over IP (DSP0270, 1.3).
 */
#ifndef ATT_FIRMWARE_SMBIOS_H
#define ATT_FIRMWARE_SMBIOS_H

#include "base/err.h"

#define ATT_SMBIOS_MAX 65536	/* bytes of one, with its strings */
#define ATT_SMBIOS_HOST_INTERFACE 42

/* Slices of the caller's bytes. */
struct att_smbios {
	uint8_t type;
	uint16_t handle;
	struct att_slice body;		/* behind the header of 4 bytes */
	struct att_slice strings;	/* each with its NUL */
	size_t string_count;
};
/*
 * ATT_E_SHORT where it ends before its length or its strings do (6.1.3),
 * ATT_E_TRAILING for bytes behind the last string.
 */
int att_smbios_parse(struct att_slice raw, struct att_smbios *ret,
    struct att_err *err) ATT_MUST;
/* String `n`, from 1 on, not clean; false if there is none. 0 means none. */
bool att_smbios_string(const struct att_smbios *s, uint8_t n,
    struct att_slice *ret) ATT_MUST;

/* Type 42, Management Controller Host Interface (7.43; DSP0270, 8). */
enum att_host_device {
	ATT_HOST_OTHER,
	ATT_HOST_USB,
	ATT_HOST_PCI,
};
/* How a service or the host gets its address (DSP0270, table 7). */
enum att_ip_assignment {
	ATT_IP_UNKNOWN,
	ATT_IP_STATIC,
	ATT_IP_DHCP,
	ATT_IP_AUTO,
	ATT_IP_HOST_SELECTED,
};

#define ATT_HOST_NAME_MAX 255	/* bytes; its length is one byte */
#define ATT_HOST_ADDRESS_MAX 45	/* INET6_ADDRSTRLEN without the NUL */

/* One record "Redfish over IP" of a structure. */
struct att_host_redfish {
	uint8_t uuid[16];	/* of the service, as it is stored */
	enum att_ip_assignment host_assignment, service_assignment;
	/* "169.254.95.118", "fe80::1"; "" where it is not told, or is any */
	char host_address[ATT_HOST_ADDRESS_MAX + 1];
	char service_address[ATT_HOST_ADDRESS_MAX + 1];
	uint16_t port;
	uint32_t vlan;
	/* letters, digits, '-', '.', ':'; "" where it is not told */
	char host_name[ATT_HOST_NAME_MAX + 1];
};

struct att_host_interface {
	enum att_host_device device;
	uint16_t vendor, product;	/* of the USB or PCI device */
	bool has_mac;			/* descriptors of version 2 */
	uint8_t mac[6];
	size_t count;			/* records of Redfish over IP */
	struct att_host_redfish redfish; /* the first of them */
};
/* ATT_E_UNSUPPORTED for one that is no network interface. */
int att_host_interface_parse(const struct att_smbios *s,
    struct att_host_interface *ret, struct att_err *err) ATT_MUST;

#endif
