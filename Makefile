# attestd. `make help` lists the targets; README.md explains them.
#
# Your CFLAGS, CPPFLAGS, LDFLAGS and CC are yours; what the project needs is
# kept in variables of its own. V=1 shows the commands.

VERSION  = 0.1.0
PREFIX   = /usr/local
BINDIR   = $(PREFIX)/bin
SBINDIR  = $(PREFIX)/sbin
MANDIR   = $(PREFIX)/share/man
SYSCONFDIR = /etc
CONFDIR  = $(SYSCONFDIR)/attestd
LIBEXECDIR = $(PREFIX)/libexec/attestd
UNITDIR  = $(PREFIX)/lib/systemd/system
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d
TMPFILESDIR = $(PREFIX)/lib/tmpfiles.d
CATALOGDIR = $(PREFIX)/lib/systemd/catalog
DOCDIR   = $(PREFIX)/share/doc/attestd
# what `attestctl follow` runs
SYSTEMCTL = /usr/bin/systemctl
SYSTEMD_RUN = /usr/bin/systemd-run
B        = build
CC       = cc
CFLAGS   = -O2 -g
FUZZ_TIME = 10
# a collection of real logs, for check-vectors
VECTORS  = ../shared/vectors

# -- sources, one per line, sorted ----------------------------------------

LIB_SRC = \
	lib/appraise/appraise.c \
	lib/appraise/beneath.c \
	lib/appraise/claims.c \
	lib/appraise/devices.c \
	lib/appraise/ear.c \
	lib/appraise/finding.c \
	lib/appraise/finding_text.c \
	lib/appraise/firmware.c \
	lib/appraise/firmware_components.c \
	lib/appraise/firmware_flash.c \
	lib/appraise/fwadvisory.c \
	lib/appraise/fwcomponent.c \
	lib/appraise/fwflash.c \
	lib/appraise/fwknown.c \
	lib/appraise/fwmake.c \
	lib/appraise/fwmake_components.c \
	lib/appraise/fwref.c \
	lib/appraise/fwselect.c \
	lib/appraise/imajudge.c \
	lib/appraise/imakeys.c \
	lib/appraise/logs.c \
	lib/appraise/pattern.c \
	lib/appraise/posture.c \
	lib/appraise/posture_rules.c \
	lib/appraise/quote.c \
	lib/appraise/refclaim.c \
	lib/appraise/refdiff.c \
	lib/appraise/refdoc.c \
	lib/appraise/reference.c \
	lib/appraise/refhead.c \
	lib/appraise/refkeylime.c \
	lib/appraise/refmake.c \
	lib/appraise/refrule.c \
	lib/appraise/refvalue.c \
	lib/appraise/registers.c \
	lib/appraise/runtime.c \
	lib/appraise/runtime_keylime.c \
	lib/appraise/runtime_learn.c \
	lib/appraise/secureboot.c \
	lib/appraise/spdm.c \
	lib/appraise/spdmmake.c \
	lib/appraise/spdmref.c \
	lib/appraise/vary.c \
	lib/appraise/verdict.c \
	lib/appraise/version.c \
	lib/base/buf.c \
	lib/base/cur.c \
	lib/base/digest.c \
	lib/base/encoding.c \
	lib/base/err.c \
	lib/base/file.c \
	lib/base/guard.c \
	lib/base/json.c \
	lib/base/log.c \
	lib/base/number.c \
	lib/base/pcr.c \
	lib/base/sysfs.c \
	lib/base/text.c \
	lib/config/agent_config.c \
	lib/config/config.c \
	lib/config/rules.c \
	lib/config/value.c \
	lib/config/verifier_config.c \
	lib/config/yaml.c \
	lib/crypto/cert.c \
	lib/crypto/cert_device.c \
	lib/crypto/hmac.c \
	lib/crypto/jws.c \
	lib/crypto/keypair.c \
	lib/crypto/ossl.c \
	lib/crypto/pem.c \
	lib/crypto/pubkey.c \
	lib/crypto/random.c \
	lib/eventlog/blob.c \
	lib/eventlog/ccguest.c \
	lib/eventlog/cel.c \
	lib/eventlog/cover.c \
	lib/eventlog/describe.c \
	lib/eventlog/devpath.c \
	lib/eventlog/devpath_node.c \
	lib/eventlog/fields.c \
	lib/eventlog/gpt.c \
	lib/eventlog/guid.c \
	lib/eventlog/ima.c \
	lib/eventlog/ima_ascii.c \
	lib/eventlog/ima_replay.c \
	lib/eventlog/ima_sig.c \
	lib/eventlog/ima_state.c \
	lib/eventlog/ima_template.c \
	lib/eventlog/image.c \
	lib/eventlog/ipl.c \
	lib/eventlog/label.c \
	lib/eventlog/loadopt.c \
	lib/eventlog/logtext.c \
	lib/eventlog/noaction.c \
	lib/eventlog/quirk.c \
	lib/eventlog/replay.c \
	lib/eventlog/siglist.c \
	lib/eventlog/sipa.c \
	lib/eventlog/spdm.c \
	lib/eventlog/tag.c \
	lib/eventlog/tcg.c \
	lib/eventlog/type.c \
	lib/eventlog/userspace.c \
	lib/eventlog/variable.c \
	lib/eventlog/varvalue.c \
	lib/evidence/binding.c \
	lib/evidence/bundle.c \
	lib/evidence/facts.c \
	lib/evidence/firmware_pcr.c \
	lib/evidence/platform_key.c \
	lib/evidence/posture.c \
	lib/evidence/tpm_attest.c \
	lib/evidence/tpm_public.c \
	lib/evidence/tpm_signature.c \
	lib/firmware/amd.c \
	lib/firmware/claims.c \
	lib/firmware/component.c \
	lib/firmware/efiguid.c \
	lib/firmware/files.c \
	lib/firmware/flash.c \
	lib/firmware/fmap.c \
	lib/firmware/fv.c \
	lib/firmware/ifd.c \
	lib/firmware/image.c \
	lib/firmware/lzma.c \
	lib/firmware/map.c \
	lib/firmware/me.c \
	lib/firmware/member.c \
	lib/firmware/nvram.c \
	lib/firmware/openbmc.c \
	lib/firmware/partition.c \
	lib/firmware/range.c \
	lib/firmware/scan.c \
	lib/firmware/smbios.c \
	lib/firmware/spdm.c \
	lib/firmware/spdm_evidence.c \
	lib/firmware/spdm_redfish.c \
	lib/firmware/spdm_vca.c \
	lib/http/client.c \
	lib/http/retry.c \
	lib/inventory/attr.c \
	lib/inventory/bios.c \
	lib/inventory/cpu.c \
	lib/inventory/devlink.c \
	lib/inventory/esrt.c \
	lib/inventory/ethtool.c \
	lib/inventory/gpu.c \
	lib/inventory/inventory.c \
	lib/inventory/lock.c \
	lib/inventory/machine.c \
	lib/inventory/me.c \
	lib/inventory/merge.c \
	lib/inventory/netlink.c \
	lib/inventory/nic.c \
	lib/inventory/nvme.c \
	lib/inventory/pairs.c \
	lib/inventory/pci.c \
	lib/inventory/psp.c \
	lib/inventory/scsi.c \
	lib/inventory/switch.c \
	lib/ipmi/bmc.c \
	lib/ipmi/device_id.c \
	lib/ipmi/link.c \
	lib/mtd/chip.c \
	lib/mtd/list.c \
	lib/mtd/pace.c \
	lib/mtd/spool.c \
	lib/nvml/nvml.c \
	lib/posture/efi.c \
	lib/posture/kconfig.c \
	lib/posture/kernel.c \
	lib/posture/platform.c \
	lib/posture/posture.c \
	lib/posture/tree.c \
	lib/protocol/agent_id.c \
	lib/protocol/challenge.c \
	lib/protocol/credential_blob.c \
	lib/protocol/demand.c \
	lib/protocol/message.c \
	lib/protocol/offer.c \
	lib/protocol/offer_key.c \
	lib/protocol/pointer.c \
	lib/protocol/problem.c \
	lib/protocol/registration.c \
	lib/protocol/session.c \
	lib/protocol/status.c \
	lib/protocol/subject_data.c \
	lib/protocol/subjects.c \
	lib/protocol/submission.c \
	lib/protocol/timestamp.c \
	lib/redfish/client.c \
	lib/redfish/collection.c \
	lib/redfish/fields.c \
	lib/redfish/inventory.c \
	lib/redfish/measure.c \
	lib/tpm/ak.c \
	lib/tpm/credential.c \
	lib/tpm/device.c \
	lib/tpm/ek.c \
	lib/tpm/link.c \
	lib/tpm/loader.c \
	lib/tpm/makecred.c \
	lib/tpm/pcr.c \
	lib/tpm/quote.c \
	lib/tpm/state.c \
	lib/tpm/sys.c \
	lib/tpm/tcti.c \
	lib/tpm/tpm.c \
	lib/varlink/call.c \
	lib/varlink/client.c \
	lib/varlink/info.c \
	lib/varlink/peer.c \
	lib/varlink/server.c \
	lib/varlink/varlink.c \

# all of the agent but main: tests and attestctl link it too
AGENT_SRC = \
	agent/ago.c \
	agent/attest.c \
	agent/attester.c \
	agent/bmc.c \
	agent/boot.c \
	agent/challenges.c \
	agent/check_files.c \
	agent/child.c \
	agent/choose_ak.c \
	agent/clerk.c \
	agent/collection.c \
	agent/components.c \
	agent/componentview.c \
	agent/devices.c \
	agent/dmi.c \
	agent/doctor.c \
	agent/doctor_bmc.c \
	agent/doctor_node.c \
	agent/doctor_platform.c \
	agent/door.c \
	agent/factqueue.c \
	agent/firmware.c \
	agent/flashmemory.c \
	agent/follow.c \
	agent/followed.c \
	agent/fwupd.c \
	agent/gate.c \
	agent/gate_tpm.c \
	agent/gpus.c \
	agent/hardware.c \
	agent/identity.c \
	agent/io_attestd.c \
	agent/jobs.c \
	agent/journal.c \
	agent/listener.c \
	agent/local.c \
	agent/logfile.c \
	agent/logview.c \
	agent/manager.c \
	agent/measure.c \
	agent/measure_wire.c \
	agent/measured.c \
	agent/measured_status.c \
	agent/measurer.c \
	agent/methods.c \
	agent/news.c \
	agent/operator.c \
	agent/origins.c \
	agent/outline.c \
	agent/owned.c \
	agent/packet.c \
	agent/pending.c \
	agent/prove.c \
	agent/push.c \
	agent/reader.c \
	agent/reader_pass.c \
	agent/registered.c \
	agent/refusal.c \
	agent/registrar.c \
	agent/remote_pass.c \
	agent/result.c \
	agent/round.c \
	agent/sealed.c \
	agent/seclude.c \
	agent/service.c \
	agent/session.c \
	agent/show.c \
	agent/source.c \
	agent/spdmview.c \
	agent/state.c \
	agent/stop.c \
	agent/tell.c \
	agent/verdict_file.c \
	agent/watch.c \

# attestctl, one file per subcommand
CTL_SRC = \
	agent/attestctl.c \
	agent/ctl.c \
	agent/ctl_agent.c \
	agent/ctl_attest.c \
	agent/ctl_bundle.c \
	agent/ctl_claims.c \
	agent/ctl_doctor.c \
	agent/ctl_documents.c \
	agent/ctl_eventlog.c \
	agent/ctl_evidence.c \
	agent/ctl_firmware.c \
	agent/ctl_follow.c \
	agent/ctl_fwvalues.c \
	agent/ctl_gate.c \
	agent/ctl_ima.c \
	agent/ctl_image.c \
	agent/ctl_inventory.c \
	agent/ctl_measure.c \
	agent/ctl_node.c \
	agent/ctl_option.c \
	agent/ctl_posture.c \
	agent/ctl_reference.c \
	agent/ctl_result.c \
	agent/ctl_runtime.c \
	agent/ctl_spdm.c \
	agent/ctl_status.c \
	agent/ctl_verdict.c \
	agent/ctl_verify.c \
	agent/verify_beneath.c \

# all but main: tests link it too
VERIFIER_SRC = \
	verifier/api.c \
	verifier/attestation.c \
	verifier/beneath.c \
	verifier/choose.c \
	verifier/db.c \
	verifier/facts.c \
	verifier/held.c \
	verifier/imaplan.c \
	verifier/judge.c \
	verifier/limit.c \
	verifier/operator.c \
	verifier/operator_device.c \
	verifier/operator_firmware.c \
	verifier/operator_reference.c \
	verifier/operator_runtime.c \
	verifier/received.c \
	verifier/references.c \
	verifier/registrar.c \
	verifier/route.c \
	verifier/server.c \
	verifier/session.c \
	verifier/store_attestation.c \
	verifier/store_audit.c \
	verifier/store_device.c \
	verifier/store_fact.c \
	verifier/store_firmware.c \
	verifier/store_ima.c \
	verifier/store_log.c \
	verifier/store_node.c \
	verifier/store_reference.c \
	verifier/store_registration.c \
	verifier/store_session.c \
	verifier/verifier.c \

# no root, no TPM, no network
TEST_SRC = \
	tests/agent/test_boot.c \
	tests/agent/test_check_files.c \
	tests/agent/test_child.c \
	tests/agent/test_componentview.c \
	tests/agent/test_ctl_claims.c \
	tests/agent/test_ctl_firmware.c \
	tests/agent/test_ctl_fwvalues.c \
	tests/agent/test_ctl_gate.c \
	tests/agent/test_ctl_ima.c \
	tests/agent/test_ctl_option.c \
	tests/agent/test_ctl_posture.c \
	tests/agent/test_ctl_spdm.c \
	tests/agent/test_ctl_status.c \
	tests/agent/test_devices.c \
	tests/agent/test_doctor.c \
	tests/agent/test_factqueue.c \
	tests/agent/test_follow.c \
	tests/agent/test_fwupd.c \
	tests/agent/test_gate.c \
	tests/agent/test_jobs.c \
	tests/agent/test_journal.c \
	tests/agent/test_listener.c \
	tests/agent/test_local.c \
	tests/agent/test_man.c \
	tests/agent/test_measure.c \
	tests/agent/test_measure_wire.c \
	tests/agent/test_measured.c \
	tests/agent/test_measurer.c \
	tests/agent/test_reader.c \
	tests/agent/test_remote_pass.c \
	tests/agent/test_round.c \
	tests/agent/test_show.c \
	tests/agent/test_source.c \
	tests/agent/test_state.c \
	tests/agent/test_stop.c \
	tests/agent/test_verdict_file.c \
	tests/agent/test_watch.c \
	tests/appraise/test_appraise.c \
	tests/appraise/test_cases.c \
	tests/appraise/test_devices.c \
	tests/appraise/test_ear.c \
	tests/appraise/test_finding.c \
	tests/appraise/test_firmware.c \
	tests/appraise/test_firmware_components.c \
	tests/appraise/test_firmware_flash.c \
	tests/appraise/test_fwknown.c \
	tests/appraise/test_fwref.c \
	tests/appraise/test_fwvalues_doc.c \
	tests/appraise/test_imajudge.c \
	tests/appraise/test_imakeys.c \
	tests/appraise/test_imasigned.c \
	tests/appraise/test_missing.c \
	tests/appraise/test_nomem.c \
	tests/appraise/test_pattern.c \
	tests/appraise/test_posture.c \
	tests/appraise/test_quote.c \
	tests/appraise/test_quote_pcrs.c \
	tests/appraise/test_refclaim.c \
	tests/appraise/test_refdiff.c \
	tests/appraise/test_refdoc.c \
	tests/appraise/test_reference.c \
	tests/appraise/test_refkeylime.c \
	tests/appraise/test_refkeylime_refuses.c \
	tests/appraise/test_refmake.c \
	tests/appraise/test_refvalue.c \
	tests/appraise/test_runtime.c \
	tests/appraise/test_runtime_keylime.c \
	tests/appraise/test_runtime_learn.c \
	tests/appraise/test_secureboot.c \
	tests/appraise/test_spdm.c \
	tests/appraise/test_spdmref.c \
	tests/appraise/test_version.c \
	tests/base/test_base.c \
	tests/base/test_guard.c \
	tests/base/test_json.c \
	tests/base/test_number.c \
	tests/base/test_pcr.c \
	tests/base/test_sysfs.c \
	tests/config/test_config.c \
	tests/config/test_rules.c \
	tests/config/test_yaml.c \
	tests/crypto/test_cert.c \
	tests/crypto/test_cert_device.c \
	tests/crypto/test_hmac.c \
	tests/crypto/test_jws.c \
	tests/crypto/test_pubkey.c \
	tests/eventlog/test_blob.c \
	tests/eventlog/test_cases.c \
	tests/eventlog/test_cel.c \
	tests/eventlog/test_cover.c \
	tests/eventlog/test_describe.c \
	tests/eventlog/test_devpath.c \
	tests/eventlog/test_gpt.c \
	tests/eventlog/test_ima.c \
	tests/eventlog/test_ima_ascii.c \
	tests/eventlog/test_ima_match.c \
	tests/eventlog/test_ima_replay.c \
	tests/eventlog/test_ima_sig.c \
	tests/eventlog/test_image.c \
	tests/eventlog/test_ipl.c \
	tests/eventlog/test_noaction.c \
	tests/eventlog/test_replay.c \
	tests/eventlog/test_siglist.c \
	tests/eventlog/test_spdm.c \
	tests/eventlog/test_tag.c \
	tests/eventlog/test_tcg.c \
	tests/eventlog/test_userspace.c \
	tests/eventlog/test_variable.c \
	tests/eventlog/test_varvalue.c \
	tests/evidence/test_binding.c \
	tests/evidence/test_bundle.c \
	tests/evidence/test_facts.c \
	tests/evidence/test_firmware_pcr.c \
	tests/evidence/test_posture.c \
	tests/evidence/test_tpm_attest.c \
	tests/evidence/test_tpm_public.c \
	tests/firmware/test_amd.c \
	tests/firmware/test_claims.c \
	tests/firmware/test_component.c \
	tests/firmware/test_files.c \
	tests/firmware/test_fmap.c \
	tests/firmware/test_fv.c \
	tests/firmware/test_ifd.c \
	tests/firmware/test_map.c \
	tests/firmware/test_smbios.c \
	tests/firmware/test_spdm.c \
	tests/firmware/test_spdm_evidence.c \
	tests/firmware/test_spdm_redfish.c \
	tests/http/test_client.c \
	tests/http/test_hostile.c \
	tests/http/test_pin.c \
	tests/http/test_proxy.c \
	tests/http/test_retry.c \
	tests/inventory/test_inventory.c \
	tests/inventory/test_nic.c \
	tests/inventory/test_sources.c \
	tests/ipmi/test_ipmi.c \
	tests/mtd/test_chip.c \
	tests/mtd/test_list.c \
	tests/mtd/test_pace.c \
	tests/mtd/test_spool.c \
	tests/nvml/test_nvml.c \
	tests/posture/test_posture.c \
	tests/protocol/test_credential_blob.c \
	tests/protocol/test_demand.c \
	tests/protocol/test_doc.c \
	tests/protocol/test_node_facts.c \
	tests/protocol/test_nomem.c \
	tests/protocol/test_offer.c \
	tests/protocol/test_parts.c \
	tests/protocol/test_problem.c \
	tests/protocol/test_registration.c \
	tests/protocol/test_session.c \
	tests/protocol/test_status.c \
	tests/protocol/test_subject_data.c \
	tests/protocol/test_submission.c \
	tests/redfish/test_inventory.c \
	tests/redfish/test_measure.c \
	tests/redfish/test_redfish.c \
	tests/tpm/test_makecred_open.c \
	tests/varlink/test_client.c \
	tests/varlink/test_message.c \
	tests/varlink/test_nomem.c \
	tests/varlink/test_server.c \
	tests/varlink/test_server_ends.c \
	tests/verifier/test_attestation.c \
	tests/verifier/test_audit.c \
	tests/verifier/test_devices.c \
	tests/verifier/test_docs.c \
	tests/verifier/test_facts.c \
	tests/verifier/test_firmware.c \
	tests/verifier/test_held.c \
	tests/verifier/test_ima.c \
	tests/verifier/test_limit.c \
	tests/verifier/test_operator.c \
	tests/verifier/test_policy.c \
	tests/verifier/test_posture.c \
	tests/verifier/test_program.c \
	tests/verifier/test_registrar.c \
	tests/verifier/test_route.c \
	tests/verifier/test_server.c \
	tests/verifier/test_session.c \
	tests/verifier/test_store.c \
	tests/verifier/test_turn.c \

# the same, in the shell; they count as those of Check do
SCRIPT_TESTS = \
	tests/systemd/test_slurm \
	tests/systemd/test_units \

# against swtpm
TPM_TEST_SRC = \
	tests/agent/test_attestd.c \
	tests/agent/test_attester.c \
	tests/agent/test_callers.c \
	tests/agent/test_collection.c \
	tests/agent/test_components.c \
	tests/agent/test_ctl.c \
	tests/agent/test_ctl_agent.c \
	tests/agent/test_ctl_eventlog.c \
	tests/agent/test_ctl_verify.c \
	tests/agent/test_firmware.c \
	tests/agent/test_fleet_devices.c \
	tests/agent/test_gate_node.c \
	tests/agent/test_outline.c \
	tests/agent/test_privilege.c \
	tests/agent/test_push.c \
	tests/agent/test_push_clock.c \
	tests/agent/test_push_devices.c \
	tests/agent/test_push_facts.c \
	tests/agent/test_push_hostile.c \
	tests/agent/test_push_pending.c \
	tests/agent/test_push_tls.c \
	tests/agent/test_registered.c \
	tests/agent/test_service.c \
	tests/agent/test_service_life.c \
	tests/tpm/test_credential.c \
	tests/tpm/test_keys.c \
	tests/tpm/test_makecred.c \
	tests/tpm/test_pcr.c \
	tests/tpm/test_quote.c \
	tests/tpm/test_replay.c \
	tests/tpm/test_tpm.c \

# against swtpm, and minutes
SLOW_TEST_SRC = \
	tests/agent/test_outage.c \

# LLVMFuzzerTestOneInput each
FUZZ_SRC = \
	tests/fuzz/fuzz_agent.c \
	tests/fuzz/fuzz_appraise.c \
	tests/fuzz/fuzz_bundle.c \
	tests/fuzz/fuzz_cel.c \
	tests/fuzz/fuzz_describe.c \
	tests/fuzz/fuzz_documents.c \
	tests/fuzz/fuzz_firmware.c \
	tests/fuzz/fuzz_fwvalues.c \
	tests/fuzz/fuzz_gate.c \
	tests/fuzz/fuzz_ima.c \
	tests/fuzz/fuzz_inventory.c \
	tests/fuzz/fuzz_measure.c \
	tests/fuzz/fuzz_posture.c \
	tests/fuzz/fuzz_protocol.c \
	tests/fuzz/fuzz_runtime.c \
	tests/fuzz/fuzz_spdm.c \
	tests/fuzz/fuzz_tcglog.c \
	tests/fuzz/fuzz_tpmwire.c \
	tests/fuzz/fuzz_userspace.c \
	tests/fuzz/fuzz_varlink.c \
	tests/fuzz/fuzz_yaml.c \

# each prints ratios against a peer measured in the same run
BENCH_SRC = \
	tests/bench/bench_appraise.c \
	tests/bench/bench_bytes.c \
	tests/bench/bench_eventlog.c \
	tests/bench/bench_firmware.c \
	tests/bench/bench_ima.c \
	tests/bench/bench_runtime.c \
	tests/bench/bench_service.c \
	tests/bench/bench_verifier.c \

# programs that tests and the demo use, never installed
TOOL_SRC = \
	tests/tools/att-cage.c \
	tests/tools/att-cheat.c \
	tests/tools/att-chip.c \
	tests/tools/att-tpm.c \

# what people run, and what services run
BIN_PROGRAMS = \
	attestctl \

SBIN_PROGRAMS = \
	attest-measure \
	attest-verifier \
	attestd \

PROGRAMS = $(BIN_PROGRAMS) $(SBIN_PROGRAMS)

MAN = \
	attest-measure.8 \
	attest-verifier.8 \
	attest-verifier.yaml.5 \
	attestctl.1 \
	attestd.8 \
	attestd.yaml.5 \

CONF = \
	attest-verifier.yaml \
	attestd.yaml \

# below systemd/; drop-ins have the name of their directory before them
UNITS = \
	attest-measure.service \
	attest-measure.socket \
	attest-verifier.service \
	attestd-attest.service \
	attestd-attest.timer \
	attestd-firmware.service \
	attestd-firmware.timer \
	attestd-follow.path \
	attestd-follow.service \
	attestd-trusted.target \
	attestd-untrusted.target \
	attestd.service \
	attestd.socket \
	system-attestd.slice \

# what makes others wait for the verdict: only where that is wanted
GATES = \
	attestd-slurm.service \
	k3s-agent.service.d/50-attestd.conf \
	kubelet.service.d/50-attestd.conf \
	rke2-agent.service.d/50-attestd.conf \
	slurmd.service.d/50-attestd.conf \
	slurmd.service.d/51-attestd-restart.conf \

SYSUSERS = \
	attest-verifier.conf \
	attestd.conf \

TMPFILES = \
	attestd.conf \

CATALOGS = \
	attestd-gate.catalog \
	attestd.catalog \

# -- flags ------------------------------------------------------------------

PKGS = tss2-sys tss2-mu tss2-rc tss2-tctildr libcrypto libcurl yaml-0.1 \
	libsystemd jansson jose liblzma libmicrohttpd sqlite3
# asked once, and only when used: after `deps`, if that is a goal too
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
CHECK_LIBS = $(eval CHECK_LIBS := $(shell pkg-config --libs check libssl))$(CHECK_LIBS)

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef \
	-Wimplicit-fallthrough -Wno-unused-parameter $(WERROR)
HARDEN = -fPIE -fstack-protector-strong -fstack-clash-protection \
	$(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) \
	$(HARDEN_$(shell uname -m))
HARDEN_x86_64  = -fcf-protection
HARDEN_aarch64 = -mbranch-protection=standard
HARDEN_LD = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
# of many libraries all look for their symbols in these two: first in line
FIRST_LIBS = -lc -lcrypto
# a program holds the functions it can reach, not the files they stand in
# nobody unwinds them: units leave no cores, debuggers have .debug_frame
SLIM = -ffunction-sections -fdata-sections \
	$(if $(SAN),,-fno-asynchronous-unwind-tables)
SLIM_LD = -Wl,--gc-sections

ATT_CFLAGS = -std=gnu11 $(WARN) $(HARDEN) $(SLIM) $(SAN)
ATT_CPPFLAGS = -D_GNU_SOURCE -Ilib -I. -Itests -DATT_VERSION='"$(VERSION)"' $(PKG_CFLAGS)
ATT_LDFLAGS = $(HARDEN_LD) $(SLIM_LD) $(SAN)

Q = $(if $(V),,@)
say = $(if $(V),,@printf '%-8s%s\n' '$(1)' '$(2)')

# -- what is made -----------------------------------------------------------

LIB      = $(B)/libattest.a
AGENT_LIB = $(B)/libagent.a
VERIFIER_LIB = $(B)/libverifier.a
LIB_OBJ  = $(LIB_SRC:%.c=$(B)/%.o)
AGENT_OBJ = $(AGENT_SRC:%.c=$(B)/%.o)
CTL_OBJ  = $(CTL_SRC:%.c=$(B)/%.o)
VERIFIER_OBJ = $(VERIFIER_SRC:%.c=$(B)/%.o)
TESTS    = $(TEST_SRC:%.c=$(B)/%)
TPM_TESTS = $(TPM_TEST_SRC:%.c=$(B)/%)
SLOW_TESTS = $(SLOW_TEST_SRC:%.c=$(B)/%)
FUZZERS  = $(FUZZ_SRC:%.c=$(B)/%)
BENCHES  = $(BENCH_SRC:%.c=$(B)/%)
TOOLS    = $(TOOL_SRC:%.c=$(B)/%)
OBJ      = $(LIB_OBJ) $(AGENT_OBJ) $(CTL_OBJ) $(VERIFIER_OBJ) \
	$(B)/agent/attest-measure.o $(B)/agent/attestd.o $(B)/verifier/main.o
DEPS_FIRST = $(filter deps,$(MAKECMDGOALS))

.PHONY: all check check-tpm check-outage check-vectors check-interop check-flash-boot check-vm check-packages asan lint fuzz fuzz-run bench demo deb deps dist install install-examples install-gates install-units rpm clean help tests
.DELETE_ON_ERROR:

all: $(PROGRAMS:%=$(B)/%)

$(B)/%.o: %.c | $(DEPS_FIRST)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ATT_CPPFLAGS) $(CPPFLAGS) $(ATT_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/agent/manager.o: ATT_CPPFLAGS += \
	-DATT_SYSTEMCTL='"$(SYSTEMCTL)"' -DATT_SYSTEMD_RUN='"$(SYSTEMD_RUN)"'

$(B)/agent/source.o: ATT_CPPFLAGS += -DATT_SBINDIR='"$(SBINDIR)"'

$(LIB): $(LIB_OBJ)
$(AGENT_LIB): $(AGENT_OBJ)
$(VERIFIER_LIB): $(VERIFIER_OBJ)
$(LIB) $(AGENT_LIB) $(VERIFIER_LIB):
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/attest-measure: $(B)/agent/attest-measure.o $(AGENT_LIB) $(LIB)
$(B)/attestd: $(B)/agent/attestd.o $(AGENT_LIB) $(LIB)
$(B)/attestctl: $(CTL_OBJ) $(AGENT_LIB) $(LIB)
$(B)/attest-verifier: $(B)/verifier/main.o $(VERIFIER_LIB) $(LIB)
$(PROGRAMS:%=$(B)/%):
	$(call say,LD,$@)
	$(Q)$(CC) $(ATT_LDFLAGS) $(LDFLAGS) -o $@ $^ $(FIRST_LIBS) $(PKG_LIBS)

# objects first: those that are added below want the libraries too
$(TESTS) $(TPM_TESTS) $(SLOW_TESTS) $(BENCHES) $(TOOLS): %: %.o $(AGENT_LIB) $(VERIFIER_LIB) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ATT_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    $(CHECK_LIBS) $(PKG_LIBS)

# stands beside what starts it
READER = $(sort $(dir $(TESTS) $(TPM_TESTS) $(SLOW_TESTS) $(BENCHES) $(TOOLS)))
READER := $(READER:%=%attest-measure)
$(TESTS) $(TPM_TESTS) $(SLOW_TESTS) $(BENCHES) $(TOOLS): | $(READER)
$(READER): | $(B)/attest-measure
	$(Q)mkdir -p $(@D) && ln -sf $(abspath $(B)/attest-measure) $@

# the software TPM that these start, and commands that only peers send
TPM_TEST_OBJ = $(B)/tests/tpm/inject.o $(B)/tests/tpm/raw.o \
	$(B)/tests/tpm/swtpm.o $(B)/tests/tpm/verify.o
$(TPM_TESTS) $(SLOW_TESTS): $(TPM_TEST_OBJ)
$(TOOLS): $(B)/tests/tpm/raw.o

# real logs and exchanges that are not part of this tree
VECTOR_CHECKS = $(B)/tests/appraise/check_spdm \
	$(B)/tests/appraise/check_vectors \
	$(B)/tests/eventlog/check_vectors \
	$(B)/tests/firmware/check_vectors \
	$(B)/tests/protocol/check_vectors \
	$(B)/tests/redfish/check_vectors \
	$(B)/tests/verifier/check_vectors
VECTOR_OBJ = $(B)/tests/eventlog/logedit.o $(B)/tests/eventlog/vector_cases.o \
	$(B)/tests/eventlog/vector_ima.o
$(B)/tests/eventlog/check_vectors: $(VECTOR_OBJ)
$(VECTOR_CHECKS): %: %.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ATT_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(filter $(VERIFIER_LIB),$^) $(LIB) $(CHECK_LIBS) $(PKG_LIBS)

# write event logs, know what the registers hold after them, and edit them
LOGMAKER_OBJ = $(B)/tests/eventlog/imamaker.o $(B)/tests/eventlog/logedit.o \
	$(B)/tests/eventlog/logmaker.o
$(filter $(B)/tests/eventlog/% $(B)/tests/appraise/%,$(TESTS)): $(LOGMAKER_OBJ)
$(B)/tests/agent/test_ctl_ima: $(B)/tests/eventlog/imamaker.o
$(B)/tests/agent/test_ctl_option: $(B)/agent/ctl.o $(B)/agent/ctl_option.o
$(B)/tests/agent/test_ctl_agent: $(B)/tests/eventlog/imamaker.o
$(B)/tests/tpm/test_replay: $(B)/tests/eventlog/imamaker.o
$(B)/tests/verifier/test_ima: $(B)/tests/eventlog/imamaker.o

# writes flash chips
CHIPMAKER_OBJ = $(B)/tests/firmware/chipmaker.o
$(filter $(B)/tests/firmware/% $(B)/tests/mtd/test_spool,$(TESTS)): $(CHIPMAKER_OBJ)
$(filter $(B)/tests/appraise/test_f%,$(TESTS)): $(CHIPMAKER_OBJ)
$(B)/tests/appraise/test_nomem: $(CHIPMAKER_OBJ)
$(B)/tests/agent/test_ctl_claims: $(CHIPMAKER_OBJ)
$(B)/tests/agent/test_ctl_firmware: $(CHIPMAKER_OBJ)
$(filter $(B)/tests/agent/test_measure%,$(TESTS) $(TPM_TESTS)): $(CHIPMAKER_OBJ)
$(B)/tests/agent/test_ctl_verify: $(CHIPMAKER_OBJ)
$(B)/tests/agent/test_ctl_fwvalues: $(CHIPMAKER_OBJ)
$(filter $(B)/tests/agent/test_re% $(B)/tests/agent/test_source,$(TESTS)): $(CHIPMAKER_OBJ)
$(B)/tests/agent/test_privilege: $(CHIPMAKER_OBJ)
$(B)/tests/verifier/test_firmware: $(CHIPMAKER_OBJ)
$(B)/tests/bench/bench_firmware: $(CHIPMAKER_OBJ)
$(B)/tests/tools/att-chip: $(CHIPMAKER_OBJ)

# stands for the library of NVIDIA's driver
$(B)/tests/nvml/test_nvml $(B)/tests/agent/test_devices: | $(B)/tests/nvml/fake_nvml.so
# stand before the C library, and come before a sanitizer
BEFORE_LIBC = $(B)/tests/agent/kept $(B)/tests/agent/later
$(B)/tests/agent/test_service_life: | $(BEFORE_LIBC:%=%.so)
$(BEFORE_LIBC:%=%.o) $(BEFORE_LIBC:%=%.so): SAN =
PRELOADS = $(BEFORE_LIBC) $(B)/tests/nvml/fake_nvml
$(PRELOADS:%=%.o): ATT_CFLAGS += -fPIC
$(PRELOADS:%=%.so): %.so: %.o
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN) $(LDFLAGS) -shared -o $@ $^

# a verifier in a directory of its own, and a node without a TPM
RIG_OBJ = $(B)/tests/verifier/rig.o $(B)/tests/verifier/softnode.o
RIG_TESTS = attestation devices facts firmware held ima operator policy posture \
	program registrar route session turn
$(filter $(RIG_TESTS:%=$(B)/tests/verifier/test_%),$(TESTS)): $(RIG_OBJ)
$(B)/tests/bench/bench_bytes: $(RIG_OBJ) $(B)/tests/eventlog/imamaker.o
$(B)/tests/bench/bench_verifier: $(RIG_OBJ)
# programs of their own, and what they take; the least that any takes
SPENT_OBJ = $(B)/tests/bench/spent.o $(B)/tests/bench/tap.o
$(B)/tests/bench/bench_service: $(SPENT_OBJ) $(TPM_TEST_OBJ) | $(TOOLS) $(B)/tests/bench/bare
$(B)/tests/bench/bare: $(B)/tests/bench/bare.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ATT_LDFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
$(B)/tests/verifier/check_vectors: $(RIG_OBJ) $(VERIFIER_LIB)

# private: not of attest-measure, which is made before
# sees what the journal is sent
$(B)/tests/agent/test_journal: private ATT_LDFLAGS += -Wl,--wrap=sd_journal_sendv

# makes allocations of the library fail
$(B)/tests/base/test_json: private ATT_LDFLAGS += -Wl,--wrap=malloc
$(B)/tests/appraise/test_nomem: private ATT_LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray \
	-Wl,--wrap=strdup,--wrap=strndup \
	-Wl,--wrap=free,--wrap=regexec
$(B)/tests/varlink/test_nomem: private ATT_LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray \
	-Wl,--wrap=strdup,--wrap=strndup \
	-Wl,--wrap=free,--wrap=regexec
$(B)/tests/protocol/test_nomem: private ATT_LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free

$(FUZZERS): %: %.o $(AGENT_LIB) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ATT_LDFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# -- tests --------------------------------------------------------------------

# what they start takes what others leave of the processors
IDLE_TESTS = $(B)/tests/agent/test_attestd $(B)/tests/agent/test_measured \
	$(B)/tests/agent/test_measurer $(B)/tests/agent/test_privilege \
	$(B)/tests/agent/test_remote_pass $(B)/tests/agent/test_service \
	$(B)/tests/agent/test_service_life

# a warning is an error in what is checked
check check-tpm check-outage check-vectors check-interop check-flash-boot check-vm tests: WERROR = -Werror

tests: $(TESTS) $(TPM_TESTS) $(SLOW_TESTS) $(TOOLS)

check: all $(TESTS)
	$(Q)tests/run $(SCRIPT_TESTS) $(filter-out $(IDLE_TESTS),$(TESTS)) \
	    --alone $(filter $(IDLE_TESTS),$(TESTS))

check-tpm: all $(TPM_TESTS) $(TOOLS)
	$(Q)tests/run $(filter-out $(IDLE_TESTS),$(TPM_TESTS)) \
	    --alone $(filter $(IDLE_TESTS),$(TPM_TESTS))

# attestd and attest-verifier killed, again and again; some minutes
check-outage: all $(SLOW_TESTS)
	$(Q)for t in $(SLOW_TESTS); do $$t || exit 1; done
	@echo 'outage: 1 passed, 0 failed'

asan:
	$(Q)$(MAKE) B=$(B)/asan CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' check check-tpm

check-vectors: $(VECTOR_CHECKS)
	$(Q)rc=0; for c in $(VECTOR_CHECKS); do $$c $(VECTORS) || rc=1; done; exit $$rc

# upstream Keylime in B/interop/venv; says so where that cannot be had
check-interop: all $(TOOLS)
	$(Q)tests/interop/run $(B)

# what QEMU's boots change in a chip with OVMF; where there is no QEMU, says so
check-flash-boot: all $(TOOLS)
	$(Q)tests/vm/flash-boot $(B)

# the programs in guests of QEMU, and a node of Debian; as above
check-vm: all $(TOOLS)
	$(Q)tests/vm/run $(B)

# deb and rpm, twice each; a clean Debian with them, and without again; root
check-packages:
	$(Q)tests/packaging/check $(B)

# packages of what git has
deb rpm:
	$(Q)packaging/build-$@ $(B)/$@

lint:
	$(Q)tests/lint/run

# FUZZ_TIME seconds for each target
fuzz:
	$(Q)$(MAKE) B=$(B)/fuzz CC=clang CFLAGS='-O1 -g' fuzz-run \
	    SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'

fuzz-run: $(FUZZERS)
	$(Q)FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run $(FUZZERS)

bench: all $(BENCHES)
	$(Q)for b in $(BENCHES); do $$b $(VECTORS) || exit 1; done

demo: all $(TOOLS)
	$(Q)tests/demo/run $(B)

# Configuration that is there is the operator's: it is never overwritten.
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(SBINDIR) $(DESTDIR)$(CONFDIR)/ek-ca.d
	install -m 755 $(BIN_PROGRAMS:%=$(B)/%) $(DESTDIR)$(BINDIR)
	install -m 755 $(SBIN_PROGRAMS:%=$(B)/%) $(DESTDIR)$(SBINDIR)
	for page in $(MAN); do \
	    dir=$(DESTDIR)$(MANDIR)/man$${page##*.} && install -d $$dir && \
	    install -m 644 docs/$$page $$dir || exit 1; done
	for file in $(CONF); do \
	    [ -e $(DESTDIR)$(CONFDIR)/$$file ] || \
	    install -m 644 conf/$$file $(DESTDIR)$(CONFDIR) || exit 1; done
	install -d $(DESTDIR)$(DOCDIR)
	install -m 644 README.md docs/*.md docs/*.txt conf/*.json \
	    $(DESTDIR)$(DOCDIR)

install: install-units

# Units name the programs where they are installed.
put_units = for unit in $(1); do \
	    to=$(DESTDIR)$(UNITDIR)/$$unit && install -d $$(dirname $$to) && \
	    sed -e 's,/usr/sbin/,$(SBINDIR)/,' -e 's,/usr/bin/,$(BINDIR)/,' \
	        -e 's,/usr/libexec/attestd/,$(LIBEXECDIR)/,' \
	        systemd/$$unit >$$to && chmod 644 $$to || exit 1; done

install-units:
	$(call put_units,$(UNITS))
	install -d $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(TMPFILESDIR)
	install -m 644 $(SYSUSERS:%=systemd/sysusers.d/%) $(DESTDIR)$(SYSUSERSDIR)
	install -m 644 $(TMPFILES:%=systemd/tmpfiles.d/%) $(DESTDIR)$(TMPFILESDIR)
	for file in $(CATALOGS); do \
	    install -D -m 644 systemd/$$file $(DESTDIR)$(CATALOGDIR)/$$file || exit 1; done

install: install-examples

# copied where they are wanted; they name programs where packages put them
install-examples:
	for file in systemd/examples/*/*.conf; do \
	    install -D -m 644 $$file $(DESTDIR)$(DOCDIR)/$${file#systemd/} || exit 1; done

# kubelet, k3s, rke2 and slurmd start only on a trusted node from then on
install-gates:
	$(call put_units,$(GATES))
	for script in healthcheck prolog; do \
	    install -D -m 755 packaging/slurm/$$script \
	        $(DESTDIR)$(LIBEXECDIR)/slurm-$$script || exit 1; done

# what git has, and the same bytes from the same commit
dist:
	@mkdir -p $(B)
	git archive --prefix=attestd-$(VERSION)/ HEAD | gzip -n9 \
	    >$(B)/attestd-$(VERSION).tar.gz
	@echo $(B)/attestd-$(VERSION).tar.gz

deps:
	$(Q)packaging/deps

clean:
	$(Q)rm -rf $(B)

help:
	@echo 'all        the programs'
	@echo 'deps       install what is missing (apt or dnf)'
	@echo 'check      tests: no root, no TPM, no network, seconds'
	@echo 'check-tpm  tests against a software TPM'
	@echo 'check-outage  both daemons killed for some minutes: nothing lost'
	@echo 'check-vectors  real logs and exchanges below VECTORS, where that is there'
	@echo 'check-interop  against upstream Keylime, where it can be installed'
	@echo 'check-flash-boot  a chip with OVMF before and after boots, and altered'
	@echo 'check-vm   the programs in guests with TPM, flash chip, BMC, Secure Boot'
	@echo 'check-packages  deb and rpm: made twice, installed, upgraded, purged; root'
	@echo 'asan       both, under address and undefined sanitizers'
	@echo 'lint       clang-tidy and the project rules'
	@echo 'fuzz       each fuzz target for FUZZ_TIME seconds (clang)'
	@echo 'bench      figures, as ratios'
	@echo 'demo       the whole story, in a directory of its own'
	@echo 'install    under PREFIX ($(PREFIX)), staged in DESTDIR'
	@echo 'install-gates  what makes kubelet, k3s, rke2, slurmd wait for the verdict'
	@echo 'deb rpm    packages of what git has, in $(B)/deb and $(B)/rpm'
	@echo 'dist       a source archive'
	@echo 'clean      remove build/'

-include $(OBJ:.o=.d) $(TESTS:=.d) $(TPM_TESTS:=.d) $(SLOW_TESTS:=.d) \
	$(FUZZERS:=.d) \
	$(BENCHES:=.d) $(TOOLS:=.d) $(TPM_TEST_OBJ:.o=.d) $(LOGMAKER_OBJ:.o=.d) \
	$(VECTOR_CHECKS:=.d) $(VECTOR_OBJ:.o=.d) \
	$(CHIPMAKER_OBJ:.o=.d) $(RIG_OBJ:.o=.d) \
	$(SPENT_OBJ:.o=.d) $(B)/tests/bench/bare.d
