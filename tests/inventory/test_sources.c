/*
 * What sources read in sysfs and procfs: machines as they are, and files that
 * are missing, unreadable, endless, or full of what no file should hold.
 */
#include "tests/fakesys.h"

#include "inventory/inventory.h"
#include "inventory/sources.h"
#include "tests/inventory/listed.h"

typedef int source_fn(const char *root, struct att_components *to,
    struct att_err *err);

/* What a source finds below this root. */
static void
finds(const struct fake *f, source_fn *source, const char *want)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	ok(source(f->root, &list, err));
	listed(&list, want);
}

static source_fn *const all[] = { att_inventory_bios, att_inventory_cpu,
	att_inventory_esrt, att_inventory_gpu, att_inventory_lock,
	att_inventory_me, att_inventory_nic, att_inventory_nvme,
	att_inventory_psp, att_inventory_scsi, att_inventory_switch };

START_TEST(nothing_there)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	for (size_t i = 0; i < ATT_COUNT(all); i++)
		finds(&f, all[i], "");
}
END_TEST

/* Directories that are empty, as on a machine whose driver has no device. */
START_TEST(nothing_in_it)
{
	static const char *const dirs[] = { "proc/driver/nvidia/gpus",
		"sys/bus/pci/devices", "sys/bus/pci/drivers/ccp",
		"sys/class/accel", "sys/class/drm", "sys/class/infiniband",
		"sys/class/mei", "sys/class/net", "sys/class/nvme",
		"sys/class/scsi_device", "sys/class/switchtec",
		"sys/devices/system/cpu/cpu0",
		"sys/firmware/efi/esrt/entries" };
	AUTO_DONE(fake_done) struct fake f = fake_new();

	for (size_t i = 0; i < ATT_COUNT(dirs); i++) {
		char hidden[128];

		snprintf(hidden, sizeof(hidden), "%s/.keep", dirs[i]);
		fake_put(&f, hidden, "");
	}
	for (size_t i = 0; i < ATT_COUNT(all); i++)
		finds(&f, all[i], "");
}
END_TEST

#define DMI "sys/class/dmi/id/"

START_TEST(bios)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, DMI "bios_vendor", "American Megatrends Inc.\n");
	fake_put(&f, DMI "board_name", "X12DPG-OA6\n");
	fake_put(&f, DMI "bios_date", "08/21/2023\n");
	fake_put(&f, DMI "bios_version", "1.4b\n");
	fake_put(&f, DMI "bios_release", "5.22\n");
	fake_put(&f, DMI "sys_vendor", "Supermicro\n");
	fake_put(&f, DMI "product_serial", "S1234\n");
	finds(&f, att_inventory_bios, "bios bios smbios "
	    "American Megatrends Inc.|X12DPG-OA6| bios=1.4b "
	    "bios.release=5.22 [bios_date=08/21/2023] "
	    "[sys_vendor=Supermicro]\n");
	/* GB300's own is empty */
	fake_put(&f, DMI "bios_version", " \n");
	fake_put(&f, DMI "bios_release", "");
	finds(&f, att_inventory_bios, "bios bios smbios "
	    "failed(bios_version: absent) American Megatrends Inc.|"
	    "X12DPG-OA6| [bios_date=08/21/2023] [sys_vendor=Supermicro]\n");
}
END_TEST

/* What is wrong with one file, and how that is said. */
START_TEST(files_gone_bad)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	char page[4200];

	fake_put(&f, DMI "board_name", "B");
	fake_unreadable(&f, DMI "bios_version");
	finds(&f, att_inventory_bios, "bios bios smbios "
	    "failed(bios_version: read error) |B|\n");
	fake_endless(&f, DMI "bios_version");
	finds(&f, att_inventory_bios, "bios bios smbios "
	    "failed(bios_version: larger than is taken) |B|\n");
	fake_link(&f, DMI "bios_version", "bios_version");
	finds(&f, att_inventory_bios, "bios bios smbios "
	    "failed(bios_version: symbolic links without an end) |B|\n");
	fake_link(&f, DMI "bios_version", "/dev/zero");
	finds(&f, att_inventory_bios, "bios bios smbios "
	    "failed(bios_version: malformed) |B|\n");
	fake_put(&f, DMI "bios_version", "\033]0;x\a1.4\342\200\256b");
	finds(&f, att_inventory_bios, "bios bios smbios |B| "
	    "bios=?]0;x?1.4???b\n");
	memset(page, 'v', sizeof(page));
	page[4096] = '\0';
	fake_put(&f, DMI "bios_version", page);
	{
		AUTO_DONE(att_components_done)
		struct att_components list = { 0 };

		ok(att_inventory_bios(f.root, &list, err));
		ck_assert_uint_eq(strlen(att_component_version(&list.item[0],
		    "bios", ATT_VERSION_RUNNING)), ATT_COMPONENT_TEXT_MAX);
	}
}
END_TEST

#define CPUINFO(n, microcode)                                                \
	"processor\t: " n "\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"     \
	"model\t\t: 143\nmodel name\t: Intel(R) Xeon(R) Platinum 8480C\n"      \
	"stepping\t: 8\nmicrocode\t: " microcode "\nflags\t\t: fpu vme\n\n"
#define XEON "GenuineIntel|Intel(R) Xeon(R) Platinum 8480C|"
#define CPU "sys/devices/system/cpu/"

static void
put_cpu(const struct fake *f, unsigned n, const char *version)
{
	char name[96];

	snprintf(name, sizeof(name), CPU "cpu%u/microcode/version", n);
	fake_put(f, name, version);
}

START_TEST(microcode)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	/* in a guest: no driver for it */
	fake_put(&f, "proc/cpuinfo", CPUINFO("0", "0x2b000590")
	    CPUINFO("1", "0x2b000590"));
	fake_put(&f, CPU "cpu0/topology/core_id", "0");
	finds(&f, att_inventory_cpu, "cpu/microcode cpu procfs " XEON
	    " microcode=0x2b000590 [signature=06-8f-08]\n");
	fake_put(&f, "proc/cpuinfo", CPUINFO("0", "0x1") CPUINFO("1", "0x2")
	    CPUINFO("2", "0x1") CPUINFO("3", "0x1"));
	finds(&f, att_inventory_cpu, "cpu/microcode cpu procfs "
	    "failed(CPUs differ) " XEON " [microcode 0x1=0,2-3] "
	    "[microcode 0x2=1] [signature=06-8f-08]\n");
	/* the driver tells of each CPU, and is believed before */
	for (unsigned i = 0; i < 12; i++)
		put_cpu(&f, i, "0x2b0005c0\n");
	fake_put(&f, CPU "cpufreq/boost", "1");
	fake_put(&f, CPU "online", "0-11");
	finds(&f, att_inventory_cpu, "cpu/microcode cpu sysfs " XEON
	    " microcode=0x2b0005c0 [signature=06-8f-08]\n");
	put_cpu(&f, 10, "0x2b000590\n");
	finds(&f, att_inventory_cpu, "cpu/microcode cpu sysfs "
	    "failed(CPUs differ) " XEON " [microcode 0x2b000590=10] "
	    "[microcode 0x2b0005c0=0-9,11] [signature=06-8f-08]\n");
}
END_TEST

START_TEST(microcode_untold)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	put_cpu(&f, 0, "0x1\n");
	put_cpu(&f, 1, "0x1\n");
	finds(&f, att_inventory_cpu,
	    "cpu/microcode cpu sysfs || microcode=0x1\n");
	/* one that is on line and does not tell is not passed over */
	fake_put(&f, CPU "cpu2/online", "1\n");
	finds(&f, att_inventory_cpu, "cpu/microcode cpu sysfs "
	    "failed(microcode/version: absent) ||\n");
	fake_put(&f, CPU "cpu2/online", "0\n");
	finds(&f, att_inventory_cpu,
	    "cpu/microcode cpu sysfs || microcode=0x1\n");
	put_cpu(&f, 1, "");
	finds(&f, att_inventory_cpu, "cpu/microcode cpu sysfs "
	    "failed(microcode/version: absent) ||\n");
	fake_unreadable(&f, CPU "cpu0/microcode/version");
	fake_unreadable(&f, CPU "cpu1/microcode/version");
	finds(&f, att_inventory_cpu, "cpu/microcode cpu sysfs "
	    "failed(microcode/version: read error) ||\n");
}
END_TEST

/* As many as are told apart, and one more. */
START_TEST(microcode_limits)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components a = { 0 };
	AUTO_DONE(att_components_done) struct att_components b = { 0 };

	for (unsigned i = 0; i < 8; i++)
		put_cpu(&f, i, (char[]){ (char)('a' + i), '\0' });
	/* lists of ranges longer than an attribute are cut */
	for (unsigned i = 8; i < 400; i++)
		put_cpu(&f, i, i % 2 == 0 ? "a" : "b");
	ok(att_inventory_cpu(f.root, &a, err));
	ck_assert_str_eq(a.item[0].reason, "CPUs differ");
	ck_assert_uint_eq(a.item[0].attributes, 8);
	put_cpu(&f, 400, "i");
	ok(att_inventory_cpu(f.root, &b, err));
	ck_assert_str_eq(b.item[0].reason,
	    "CPUs differ, more than can be listed");
	ck_assert_uint_eq(b.item[0].attributes, 8);
}
END_TEST

/* Arm tells no microcode: there is none. */
START_TEST(cpu_without)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, "proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 2000.00\n"
	    "CPU implementer\t: 0x41\nCPU part\t: 0xd4f\n\n");
	fake_put(&f, CPU "cpu0/online", "1");
	finds(&f, att_inventory_cpu, "");
	fake_put(&f, "proc/cpuinfo", "::\n:\nprocessor\nmicrocode:\n"
	    "processor: 99999999999999999999\nmicrocode: \001\n");
	finds(&f, att_inventory_cpu, "cpu/microcode cpu procfs || "
	    "microcode=?\n");
}
END_TEST

#define ESRT "sys/firmware/efi/esrt/entries/"

START_TEST(esrt)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, ESRT "entry0/fw_class",
	    "e2bb9c06-70e9-4b14-97a3-5a7913176e3f\n");
	fake_put(&f, ESRT "entry0/fw_type", "1\n");
	fake_put(&f, ESRT "entry0/fw_version", "65586\n");
	fake_put(&f, ESRT "entry0/lowest_supported_fw_version", "65580\n");
	fake_put(&f, ESRT "entry0/last_attempt_version", "65590\n");
	fake_put(&f, ESRT "entry0/last_attempt_status", "1\n");
	finds(&f, att_inventory_esrt,
	    "esrt/e2bb9c06-70e9-4b14-97a3-5a7913176e3f esrt sysfs || "
	    "fw=65586 fw>=65580 [fw_type=1]\n");
	fake_put(&f, ESRT "entry1/fw_class",
	    "e2bb9c06-70e9-4b14-97a3-5a7913176e3f\n");
	fake_put(&f, ESRT "entry1/fw_version", "1\n");
	fake_put(&f, ESRT "entry2/fw_class", "../../../../etc\n");
	fake_unreadable(&f, ESRT "entry3/fw_class");
	finds(&f, att_inventory_esrt,
	    "esrt/e2bb9c06-70e9-4b14-97a3-5a7913176e3f esrt sysfs "
	    "failed(two devices of this name differ) || "
	    "fw=65586 fw>=65580 [fw_type=1]\n"
	    "esrt/entry2 esrt sysfs failed(fw_class: malformed) ||\n"
	    "esrt/entry3 esrt sysfs failed(fw_class: read error) ||\n");
}
END_TEST

#define MEI "sys/class/mei/mei0/"

START_TEST(me)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_link(&f, MEI "device", "../../../0000:00:16.0");
	fake_put(&f, MEI "fw_ver",
	    "0:18.1.18.2415\n0:18.1.18.2400\n0:18.0.5.2098\n");
	fake_put(&f, MEI "fw_status", "94000245\n09F10506\n00000020\n"
	    "00004000\n00041F03\nC7E003CB\n");
	finds(&f, att_inventory_me, "me/0000:00:16.0 me sysfs || "
	    "me=0:18.1.18.2415 me.fitc+=0:18.0.5.2098 "
	    "me.recovery+=0:18.1.18.2400 [manufacturing_mode=0] "
	    "[operation_mode=0]\n");
	/* as a board is before it leaves the factory */
	fake_put(&f, MEI "fw_status", "00040255\n");
	fake_put(&f, MEI "fw_ver", "0:11.8.50.3425\n");
	finds(&f, att_inventory_me, "me/0000:00:16.0 me sysfs || "
	    "me=0:11.8.50.3425 [manufacturing_mode=1] "
	    "[operation_mode=4]\n");
	fake_put(&f, MEI "fw_status", "0004025\n");
	finds(&f, att_inventory_me, "me/0000:00:16.0 me sysfs "
	    "failed(fw_status: malformed) || me=0:11.8.50.3425\n");
	fake_put(&f, MEI "fw_status", "-0040255\n");
	fake_put(&f, MEI "fw_ver", "\n");
	finds(&f, att_inventory_me, "me/0000:00:16.0 me sysfs "
	    "failed(fw_ver: absent) ||\n");
}
END_TEST

#define GPU "proc/driver/nvidia/gpus/0000:1b:00.0/information"
#define INFORMATION(uuid, vbios, gsp)                                        \
	"Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 301\n"                 \
	"GPU UUID: \t " uuid "\nVideo BIOS: \t " vbios "\n"                    \
	"Bus Type: \t PCIe\nDMA Size: \t 52 bits\nDMA Mask: \t 0xfff\n"        \
	"Bus Location: \t 0000:1b:00.0\nDevice Minor: \t 0\n"                  \
	"GPU Firmware: \t " gsp "\nGPU Excluded:\t No\n"

START_TEST(nvidia)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, GPU, INFORMATION("GPU-e2b6f1a8", "96.00.74.00.01",
	    "535.129.03"));
	fake_put(&f, "proc/driver/nvidia/version",
	    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  "
	    "Thu Oct 19 18:56:32 UTC 2023\nGCC version:  gcc version 12.3.0 "
	    "(Debian 12.3.0-1)\n");
	finds(&f, att_inventory_gpu, "gpu/0000:1b:00.0 gpu procfs "
	    "NVIDIA|NVIDIA H100 80GB HBM3|GPU-e2b6f1a8 gsp=535.129.03 "
	    "vbios=96.00.74.00.01\n"
	    "gpu/nvidia-driver gpu procfs NVIDIA|| driver=535.129.03\n");
	/* nobody has used it yet; no firmware of its own */
	fake_put(&f, GPU, INFORMATION("GPU-????????" "-????",
	    "??.??.??.??.??", "N/A"));
	fake_put(&f, "proc/driver/nvidia/version", "NVRM version: none\n");
	finds(&f, att_inventory_gpu, "gpu/0000:1b:00.0 gpu procfs "
	    "failed(information: its driver did not ask it yet) "
	    "NVIDIA|NVIDIA H100 80GB HBM3|\n"
	    "gpu/nvidia-driver gpu procfs failed(version: malformed) "
	    "NVIDIA||\n");
	fake_endless(&f, GPU);
	fake_unreadable(&f, "proc/driver/nvidia/version");
	finds(&f, att_inventory_gpu, "gpu/0000:1b:00.0 gpu procfs "
	    "failed(information: larger than is taken) NVIDIA||\n"
	    "gpu/nvidia-driver gpu procfs failed(version: read error) "
	    "NVIDIA||\n");
	fake_put(&f, GPU, "\n:\n: :\nVideo BIOS:\nVideo BIOS\n\033:\033\n");
	fake_put(&f, "proc/driver/nvidia/version", "");
	finds(&f, att_inventory_gpu, "gpu/0000:1b:00.0 gpu procfs "
	    "failed(information: its driver did not ask it yet) NVIDIA||\n"
	    "gpu/nvidia-driver gpu procfs failed(version: malformed) "
	    "NVIDIA||\n");
}
END_TEST

START_TEST(amd)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	char name[128];

	/* a BMC's, and a connector */
	fake_put(&f, "sys/devices/0000:04:00.0/vendor", "0x1a03\n");
	fake_link(&f, "sys/class/drm/card0/device",
	    "../../../devices/0000:04:00.0");
	fake_put(&f, "sys/class/drm/card0-VGA-1/status", "connected\n");
	fake_put(&f, "sys/class/drm/version", "drm 1.1.0\n");
	fake_link(&f, "sys/class/drm/card1/device",
	    "../../../devices/0000:c1:00.0");
	fake_put(&f, "sys/devices/0000:c1:00.0/vendor", "0x1002\n");
	fake_put(&f, "sys/devices/0000:c1:00.0/device", "0x74a1\n");
	fake_put(&f, "sys/devices/0000:c1:00.0/vbios_version",
	    "113-M3000100-102\n");
	fake_put(&f, "sys/devices/0000:c1:00.0/unique_id", "5cf8e22a\n");
	fake_put(&f, "sys/devices/0000:c1:00.0/fw_version/smc_fw_version",
	    "0x00557900\n");
	fake_put(&f, "sys/devices/0000:c1:00.0/fw_version/sos_fw_version",
	    "0x0036009c\n");
	finds(&f, att_inventory_gpu, "gpu/0000:c1:00.0 gpu sysfs "
	    "0x1002|0x74a1|5cf8e22a smc=0x00557900 sos=0x0036009c "
	    "vbios=113-M3000100-102\n");
	fake_unreadable(&f,
	    "sys/devices/0000:c1:00.0/fw_version/smc_fw_version");
	finds(&f, att_inventory_gpu, "gpu/0000:c1:00.0 gpu sysfs "
	    "failed(smc_fw_version: read error) 0x1002|0x74a1|5cf8e22a "
	    "sos=0x0036009c vbios=113-M3000100-102\n");
	/* more than a component has */
	for (int i = 0; i < ATT_COMPONENT_VERSIONS_MAX; i++) {
		snprintf(name, sizeof(name),
		    "sys/devices/0000:c1:00.0/fw_version/a%02d", i);
		fake_put(&f, name, "1\n");
	}
	{
		AUTO_DONE(att_components_done)
		struct att_components list = { 0 };

		ok(att_inventory_gpu(f.root, &list, err));
		ck_assert_str_eq(list.item[0].reason,
		    "versions: larger than is taken");
	}
}
END_TEST

START_TEST(gaudi)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_link(&f, "sys/class/accel/accel0/device",
	    "../../../devices/0000:19:00.0");
	fake_put(&f, "sys/devices/0000:19:00.0/vendor", "0x1da3\n");
	fake_put(&f, "sys/devices/0000:19:00.0/device_type", "GAUDI2\n");
	fake_put(&f, "sys/devices/0000:19:00.0/cpucp_ver",
	    "Linux gaudi2 5.10.18-hl-gaudi2-1.14.0-fw-48.0.1-sec-7\n");
	fake_put(&f, "sys/devices/0000:19:00.0/security_enabled", "1\n");
	fake_put(&f, "sys/class/accel/accel_controlD0/dev", "250:1\n");
	finds(&f, att_inventory_gpu, "gpu/0000:19:00.0 gpu sysfs "
	    "0x1da3|GAUDI2| "
	    "cpucp=Linux gaudi2 5.10.18-hl-gaudi2-1.14.0-fw-48.0.1-sec-7 "
	    "[security_enabled=1]\n");
}
END_TEST

#define NVME "sys/class/nvme/"

static void
put_drive(const struct fake *f, const char *name, const char *serial,
    const char *rev)
{
	char path[96];

	snprintf(path, sizeof(path), NVME "%s/serial", name);
	fake_put(f, path, serial);
	snprintf(path, sizeof(path), NVME "%s/firmware_rev", name);
	fake_put(f, path, rev);
	snprintf(path, sizeof(path), NVME "%s/model", name);
	fake_put(f, path, "SAMSUNG MZQL23T8HCLS-00A07              \n");
	snprintf(path, sizeof(path), NVME "%s/transport", name);
	fake_put(f, path, "pcie\n");
}

#define DRIVE "|SAMSUNG MZQL23T8HCLS-00A07|"

START_TEST(nvme)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	put_drive(&f, "nvme0", "S64HNE0R50       \n", "GDC5602Q\n");
	put_drive(&f, "nvme1", "S64HNE0R49       \n", "GDC5902Q\n");
	/* over a network, of another machine */
	put_drive(&f, "nvme2", "LINUX-TARGET", "6.1.0\n");
	fake_put(&f, NVME "nvme2/transport", "tcp\n");
	finds(&f, att_inventory_nvme,
	    "nvme/S64HNE0R49 nvme sysfs " DRIVE "S64HNE0R49 fw=GDC5902Q\n"
	    "nvme/S64HNE0R50 nvme sysfs " DRIVE "S64HNE0R50 fw=GDC5602Q\n");
	/* its other port; and one that says it is another */
	put_drive(&f, "nvme3", "S64HNE0R50\n", "GDC5602Q\n");
	put_drive(&f, "nvme4", "S64HNE0R49\n", "GDC5602Q\n");
	finds(&f, att_inventory_nvme,
	    "nvme/S64HNE0R49 nvme sysfs "
	    "failed(two devices of this name differ) " DRIVE
	    "S64HNE0R49 fw=GDC5902Q\n"
	    "nvme/S64HNE0R50 nvme sysfs " DRIVE "S64HNE0R50 fw=GDC5602Q\n");
}
END_TEST

START_TEST(nvme_untold)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	put_drive(&f, "nvme0", "\n", "X\n");
	fake_put(&f, NVME "nvme0/address", "0000:01:00.0\n");
	put_drive(&f, "nvme1", "  ", "Y\n");
	put_drive(&f, "nvme2", "a/../b", "");
	put_drive(&f, "nvme3", "0123456789012345678901234567890", "Z");
	put_drive(&f, "nvme4", "\001\002", "A");
	finds(&f, att_inventory_nvme,
	    "nvme/0000:01:00.0 nvme sysfs " DRIVE " fw=X\n"
	    "nvme/01234567890123456789 nvme sysfs " DRIVE
	    "0123456789012345678901234567890 fw=Z\n"
	    "nvme/?? nvme sysfs " DRIVE "?? fw=A\n"
	    "nvme/a/../b nvme sysfs failed(firmware_rev: absent) " DRIVE
	    "a/../b\n"
	    "nvme/nvme1 nvme sysfs " DRIVE " fw=Y\n");
}
END_TEST

#define SCSI "sys/class/scsi_device/"

START_TEST(scsi)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, SCSI "0:0:0:0/device/vendor", "SEAGATE \n");
	fake_put(&f, SCSI "0:0:0:0/device/model", "ST16000NM004J   \n");
	fake_put(&f, SCSI "0:0:0:0/device/rev", "E004\n");
	fake_put(&f, SCSI "0:0:0:0/device/type", "0\n");
	fake_put(&f, SCSI "0:0:0:0/device/wwid", "naa.5000c500d7a1b2c3\n");
	/* the same on another path */
	fake_put(&f, SCSI "1:0:0:0/device/vendor", "SEAGATE \n");
	fake_put(&f, SCSI "1:0:0:0/device/model", "ST16000NM004J   \n");
	fake_put(&f, SCSI "1:0:0:0/device/rev", "E004\n");
	fake_put(&f, SCSI "1:0:0:0/device/wwid", "naa.5000c500d7a1b2c3\n");
	fake_put(&f, SCSI "2:0:0:0/device/model", "Virtual CDROM0  \n");
	fake_put(&f, SCSI "2:0:0:0/device/rev", "1.00\n");
	fake_put(&f, SCSI "3:0:0:0/device/model", "none\n");
	finds(&f, att_inventory_scsi,
	    "scsi/2:0:0:0 scsi sysfs |Virtual CDROM0| fw=1.00\n"
	    "scsi/3:0:0:0 scsi sysfs failed(rev: absent) |none|\n"
	    "scsi/naa.5000c500d7a1b2c3 scsi sysfs SEAGATE|ST16000NM004J| "
	    "fw=E004 [type=0]\n");
}
END_TEST

/* Page 0x89 as libata makes it, up to `len` bytes. */
static void
put_ata(const struct fake *f, uint8_t code, const char *firmware, size_t len)
{
	char path[512], page[572] = { 0, (char)code, 2, 0x38 };
	FILE *to;

	ck_assert(strlen(firmware) == 8 && len <= sizeof(page));
	for (size_t i = 0; i < 8; i++)
		page[60 + 46 + (i ^ 1)] = firmware[i];
	fake_put(f, SCSI "4:0:0:0/device/vpd_pg89", "");
	fake_path(f, SCSI "4:0:0:0/device/vpd_pg89", path);
	to = fopen(path, "w");
	ck_assert(to != NULL && fwrite(page, 1, len, to) == len &&
	    fclose(to) == 0);
}

#define ATA(rest) "scsi/4:0:0:0 scsi sysfs " rest "ATA|SSD| "

START_TEST(ata)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, SCSI "4:0:0:0/device/vendor", "ATA     \n");
	fake_put(&f, SCSI "4:0:0:0/device/model", "SSD\n");
	fake_put(&f, SCSI "4:0:0:0/device/rev", "602Q\n");
	finds(&f, att_inventory_scsi, ATA("") "fw=602Q\n");
	put_ata(&f, 0x89, "GDC5602Q", 572);
	finds(&f, att_inventory_scsi, ATA("") "ata.fw=GDC5602Q fw=602Q\n");
	fake_put(&f, SCSI "4:0:0:0/device/wwid", "t10.ATA     SSD       "
	    "              S1\n");
	finds(&f, att_inventory_scsi, "scsi/t10.ATA SSD S1 scsi sysfs "
	    "ATA|SSD| ata.fw=GDC5602Q fw=602Q\n");
	fake_put(&f, SCSI "4:0:0:0/device/wwid", "\n");
	put_ata(&f, 0x89, "HXT7\0019  ", 572);
	finds(&f, att_inventory_scsi, ATA("") "ata.fw=HXT7?9 fw=602Q\n");
	put_ata(&f, 0x89, "        ", 572);
	finds(&f, att_inventory_scsi, ATA("") "fw=602Q\n");
	put_ata(&f, 0x89, "GDC5602Q", 571);
	finds(&f, att_inventory_scsi, ATA("failed(vpd_pg89: malformed) ")
	    "fw=602Q\n");
	put_ata(&f, 0x83, "GDC5602Q", 572);
	finds(&f, att_inventory_scsi, ATA("failed(vpd_pg89: malformed) ")
	    "fw=602Q\n");
	fake_endless(&f, SCSI "4:0:0:0/device/vpd_pg89");
	finds(&f, att_inventory_scsi, ATA("failed(vpd_pg89: larger than is "
	    "taken) ") "fw=602Q\n");
}
END_TEST

START_TEST(switches)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_link(&f, "sys/class/switchtec/switchtec0/device",
	    "../../../devices/0000:11:00.1");
	fake_put(&f, "sys/devices/0000:11:00.1/vendor", "0x11f8\n");
	fake_put(&f, "sys/class/switchtec/switchtec0/vendor_id", "MICROSEM\n");
	fake_put(&f, "sys/class/switchtec/switchtec0/product_id",
	    "PM40100\n");
	fake_put(&f, "sys/class/switchtec/switchtec0/fw_version",
	    "4.20 B1B8\n");
	finds(&f, att_inventory_switch, "switch/0000:11:00.1 switch sysfs "
	    "MICROSEM|PM40100| fw=4.20 B1B8\n");
}
END_TEST

#define CCP "sys/bus/pci/drivers/ccp/"

START_TEST(psp)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, CCP "bind", "");
	fake_put(&f, CCP "0000:41:00.5/vendor", "0x1022\n");
	fake_put(&f, CCP "0000:41:00.5/device", "0x14ca\n");
	fake_put(&f, CCP "0000:41:00.5/fused_part", "1\n");
	fake_put(&f, CCP "0000:41:00.5/debug_lock_on", "1\n");
	fake_put(&f, CCP "0000:41:00.5/bootloader_version", "00.2d.00.78\n");
	/* without a secure processor */
	fake_put(&f, CCP "0000:42:00.5/vendor", "0x1022\n");
	finds(&f, att_inventory_psp, "psp/0000:41:00.5 other sysfs "
	    "0x1022|0x14ca| bootloader=00.2d.00.78 [debug_lock_on=1] "
	    "[fused_part=1]\n");
}
END_TEST

#define SPI "sys/bus/pci/devices/0000:00:1f.5/"

static void
put_config(const struct fake *f, size_t size, uint8_t control)
{
	char path[512], b[256] = { 0 };
	FILE *to;

	fake_put(f, SPI "config", "");
	fake_path(f, SPI "config", path);
	b[0xdc] = (char)control;
	to = fopen(path, "w");
	ck_assert(to != NULL && fwrite(b, 1, size, to) == size &&
	    fclose(to) == 0);
}

START_TEST(lock)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_put(&f, SPI "vendor", "0x8086\n");
	fake_put(&f, SPI "class", "0x0c8000\n");
	fake_put(&f, SPI "device", "0x1bca\n");
	put_config(&f, 256, 0xa2);
	finds(&f, att_inventory_lock, "flash-lock other sysfs "
	    "0x8086|0x1bca| [bios_lock_enable=1] [bios_write_enable=0] "
	    "[smm_bios_write_protect=1]\n");
	fake_put(&f, SPI "intel_spi_protected", "1\n");
	put_config(&f, 0xdd, 0x01);
	finds(&f, att_inventory_lock, "flash-lock other sysfs "
	    "0x8086|0x1bca| [bios_lock_enable=0] [bios_write_enable=1] "
	    "[protected=1] [smm_bios_write_protect=0]\n");
	/* what anybody may read of it */
	put_config(&f, 64, 0);
	finds(&f, att_inventory_lock, "flash-lock other sysfs "
	    "failed(config: permission denied) 0x8086|0x1bca| "
	    "[protected=1]\n");
	put_config(&f, 0xdc, 0);
	finds(&f, att_inventory_lock, "flash-lock other sysfs "
	    "failed(config: permission denied) 0x8086|0x1bca| "
	    "[protected=1]\n");
	/* a network adapter of that address */
	fake_put(&f, SPI "class", "0x020000\n");
	finds(&f, att_inventory_lock, "");
}
END_TEST

START_TEST(infiniband)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	fake_link(&f, "sys/class/infiniband/mlx5_0/device",
	    "../../../devices/0000:17:00.0");
	fake_put(&f, "sys/devices/0000:17:00.0/vendor", "0x15b3\n");
	fake_put(&f, "sys/devices/0000:17:00.0/device", "0x1021\n");
	fake_put(&f, "sys/class/infiniband/mlx5_0/fw_ver", "28.36.1010\n");
	fake_put(&f, "sys/class/infiniband/mlx5_0/board_id",
	    "MT_0000000838\n");
	fake_put(&f, "sys/class/infiniband/mlx5_0/hca_type", "MT4129\n");
	/* a virtual function, and one of software alone */
	fake_link(&f, "sys/class/infiniband/mlx5_1/device",
	    "../../../devices/0000:17:00.2");
	fake_link(&f, "sys/devices/0000:17:00.2/physfn", "../0000:17:00.0");
	fake_put(&f, "sys/class/infiniband/mlx5_1/fw_ver", "28.36.1010\n");
	fake_put(&f, "sys/class/infiniband/rxe0/fw_ver", "0.0.0\n");
	finds(&f, att_inventory_nic, "nic/0000:17:00.0 nic sysfs "
	    "0x15b3|0x1021| fw=28.36.1010 [board_id=MT_0000000838] "
	    "[hca_type=MT4129]\nnic/rxe0 nic sysfs || fw=0.0.0\n");
}
END_TEST

/* A directory of too many names, or none at all: the source as a whole. */
START_TEST(directories)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	fake_put(&f, "sys/class/nvme", "not a directory");
	fails(att_inventory_nvme(f.root, &list, err), ATT_E_SYS,
	    "Not a directory");
	fake_link(&f, "sys/class/mei", "mei");
	fails(att_inventory_me(f.root, &list, err), ATT_E_SYS,
	    "symbolic links");
	/* in the list by itself, as other ways are gone */
	fake_link(&f, "sys/class/infiniband", "infiniband");
	finds(&f, att_inventory_nic, "nic/infiniband nic sysfs "
	    "failed(infiniband: symbolic links without an end) ||\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("inventory sources");
	TCase *t = tcase_create("sources");

	tcase_add_test(t, nothing_there);
	tcase_add_test(t, nothing_in_it);
	tcase_add_test(t, bios);
	tcase_add_test(t, files_gone_bad);
	tcase_add_test(t, microcode);
	tcase_add_test(t, microcode_untold);
	tcase_add_test(t, microcode_limits);
	tcase_add_test(t, cpu_without);
	tcase_add_test(t, esrt);
	tcase_add_test(t, me);
	tcase_add_test(t, nvidia);
	tcase_add_test(t, amd);
	tcase_add_test(t, gaudi);
	tcase_add_test(t, nvme);
	tcase_add_test(t, nvme_untold);
	tcase_add_test(t, scsi);
	tcase_add_test(t, ata);
	tcase_add_test(t, switches);
	tcase_add_test(t, psp);
	tcase_add_test(t, lock);
	tcase_add_test(t, infiniband);
	tcase_add_test(t, directories);
	suite_add_tcase(s, t);
	return run_suite(s);
}
