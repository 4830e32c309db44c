/*
 * check_vectors - a BMC that serves the resources of a real one.
 *
 * usage: check_vectors DIR
 *
 * DIR/firmware/redfish/gb300/index.tsv says which file holds which resource.
 * Where it is absent this is said, and nothing fails. A capture has not all
 * that it links to: what is not there is told as such.
 */
#include "testlib.h"

#include "base/file.h"
#include "fixture.h"
#include "redfish/inventory.h"
#include "redfish/measure.h"

static const char *vectors;
static struct att_buf tsv;

/* The file of a resource, by the index. */
static char *
find(const char *path)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	char line[512], file[256];
	const char *at;
	int n;

	snprintf(line, sizeof(line), "\n%s\t", path);
	if ((at = strstr((const char *)tsv.data, line)) == NULL)
		return NULL;
	at += strlen(line);
	n = (int)strcspn(at, "\r\n");
	ck_assert_int_lt(n, (int)sizeof(file));
	memcpy(file, at, (size_t)n);
	file[n] = '\0';
	snprintf(line, sizeof(line), "%s/firmware/redfish/gb300/%s", vectors,
	    file);
	ok(att_file_read(line, &b, err));
	return att_buf_take_str(&b);
}

static void
start_capture(void)
{
	static const struct page none;

	setup();
	bmc.m.pages = &none;
	bmc.m.find = find;
	start();
	bmc.o.deadline_ms = 50000;
	/* chains are those of the capture */
	X509_free(bmc.m.leaf);
	bmc.m.leaf = NULL;
}

static const char *
version(const struct att_components *list, const char *id, const char *name)
{
	const struct att_component *c = att_components_find(list, id);
	const char *v = c == NULL ? NULL :
	    att_component_version(c, name, ATT_VERSION_RUNNING);

	return v == NULL ? "" : v;
}

static const char *
attribute(const struct att_components *list, const char *id,
    const char *name)
{
	const struct att_component *c = att_components_find(list, id);

	for (size_t i = 0; c != NULL && i < c->attributes; i++)
		if (strcmp(c->attribute[i].name, name) == 0)
			return c->attribute[i].text;
	return "";
}

START_TEST(inventory)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;
	size_t software = 0, integrity = 0, rot = 0;

	start_capture();
	ok(att_redfish_inventory(&bmc.o, &list, &why, err));
	ck_assert_msg(why.code == ATT_OK, "%s", why.text);
	for (size_t i = 0; i < list.count; i++) {
		const char *id = list.item[i].id + strlen("redfish");

		if (list.item[i].result != ATT_MEASURED_OK)
			continue;
		software += id[0] == '/' && strchr(id + 1, '/') == NULL;
		integrity += strncmp(id, "/ComponentIntegrity/", 20) == 0;
		rot += strncmp(id, "/RoT/", 5) == 0;
	}
	ck_assert_uint_eq(software, 29);
	ck_assert_uint_eq(integrity, 14);
	ck_assert_uint_gt(rot, 5);
	ck_assert_str_eq(version(&list, "redfish/HGX_FW_GPU_0", "fw"),
	    "97.10.3E.00.05");
	ck_assert_str_eq(version(&list, "redfish/Managers/BMC_0", "fw"),
	    "70.01.00.09");
	ck_assert_str_eq(attribute(&list, "redfish/Managers/BMC_0",
	    "host_interface.hostusb0"), "bootstrapping as Administrator");
	ck_assert_str_eq(attribute(&list,
	    "redfish/RoT/HGX_ERoT_CPU_0/HGX_CPU_0", "slot.1.signing_type"),
	    "DOT");
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), 1);
	stop();
	printf("redfish: %zu components, %zu requests\n", list.count,
	    (size_t)bmc.m.peer.requests);
}
END_TEST

static int
nonce_of(void *arg, const char *name,
    uint8_t ret[static ATT_REDFISH_NONCE_SIZE], struct att_err *err)
{
	memset(ret, 0x5a, ATT_REDFISH_NONCE_SIZE);
	return 0;
}

/* By the capture's links, signed by a key of ours. */
START_TEST(devices)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e =
	    calloc(1, sizeof(*e));
	AUTO(att_redfish_free) struct att_redfish *r = NULL;
	static const char *const states[] = { "Running", "Completed", NULL };

	start_capture();
	bmc.m.states = states;
	ok(att_redfish_open(&bmc.o, &r, err));
	ok(att_redfish_measure(r, nonce_of, NULL, e, err));
	ck_assert_uint_eq(e->count, 14);
	for (size_t i = 0; i < e->count; i++) {
		ck_assert_msg(e->device[i].result == ATT_MEASURED_OK,
		    "%s: %s", e->device[i].name, e->device[i].reason);
		ck_assert_uint_gt(e->device[i].chain.len, 2000);
	}
	stop();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *s = suite_create("redfish vectors");
	TCase *t = tcase_create("gb300");
	char path[512];

	if (argc != 2) {
		fprintf(stderr, "usage: check_vectors DIR\n");
		return 2;
	}
	vectors = argv[1];
	snprintf(path, sizeof(path), "%s/firmware/redfish/gb300/index.tsv",
	    vectors);
	if (access(path, F_OK) != 0) {
		printf("skip %s is not there\n", path);
		return 0;
	}
	tsv = ATT_BUF(1 << 20);
	if (att_file_read(path, &tsv, NULL) < 0)
		return 1;
	att_buf_u8(&tsv, 0);
	tcase_add_test(t, inventory);
	tcase_add_test(t, devices);
	suite_add_tcase(s, t);
	return run_suite(s);
}
