# rules.awk - the project's own rules over one C file; prints "FILE:LINE: RULE: what".
#
# usage: awk -f rules.awk -v path=lib/base/cur.c FILE
# Each rule's reason stands with it; STYLE is the house style.

function say(rule, what)
{
	printf "%s:%d: %s: %s\n", path, NR, rule, what
	bad = 1
}

# lib/x/y.c -> x; agent/y.c -> agent
function layer_of(p,    part, n)
{
	n = split(p, part, "/")
	return part[1] == "lib" ? part[2] : part[1]
}

function allow(layer, list,    part, n, i)
{
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		may[layer, part[i]] = 1
}

function home(prefix, list,    part, n, i)
{
	homes[++nhomes] = prefix
	n = split(list, part, " ")
	for (i = 1; i <= n; i++)
		at_home[prefix, part[i]] = 1
}

BEGIN {
	# Includes point downwards only (docs/ARCHITECTURE.md).
	allow("base", "base")
	allow("crypto", "base crypto")
	allow("eventlog", "base eventlog")
	allow("evidence", "base crypto evidence")
	allow("firmware", "base crypto eventlog firmware")
	allow("appraise", "base crypto eventlog evidence firmware appraise")
	allow("protocol", "base crypto evidence protocol")
	allow("tpm", "base crypto evidence tpm")
	allow("mtd", "base crypto firmware mtd")
	allow("http", "base http")
	allow("inventory", "base firmware inventory")
	allow("ipmi", "base firmware ipmi")
	allow("nvml", "base crypto evidence firmware nvml")
	allow("posture", "base crypto eventlog evidence firmware posture")
	allow("redfish", "base crypto firmware http redfish")
	allow("config", "base config")
	allow("varlink", "base varlink")
	allow("agent", "base crypto eventlog evidence firmware appraise protocol tpm mtd http inventory ipmi nvml posture redfish config varlink agent")
	allow("verifier", "base crypto eventlog evidence firmware appraise protocol tpm config verifier")

	# Each foreign header has one home.
	home("jansson.h", "lib/base/json.h")
	home("openssl/", "lib/base/digest.c lib/crypto lib/tpm/makecred.c")
	home("jose/", "lib/crypto/jws.c")
	home("lzma.h", "lib/firmware/lzma.c")
	home("tss2/", "lib/tpm")
	home("mtd/", "lib/mtd")
	home("curl/", "lib/http")
	home("yaml.h", "lib/config")
	home("sqlite3.h", "verifier")
	home("microhttpd.h", "verifier")
	home("systemd/", "agent verifier/main.c")

	layer = layer_of(path)
	is_test = path ~ /^tests\//
	# bytes in, structs out: no file, clock, environment, log
	pure = layer ~ /^(eventlog|evidence|firmware|appraise|protocol)$/ && !is_test

	# unbounded, locale-bound, racy, or blind to errors
	split("strcpy strcat sprintf vsprintf gets strtok atoi atol atof strncpy " \
	    "strncat system popen alloca rand srand tmpnam mktemp setjmp longjmp", b, " ")
	for (i in b)
		banned[b[i]] = 1
	split("fopen open openat read write time gettimeofday clock_gettime getenv " \
	    "printf fprintf puts syslog exit abort att_log att_file_read " \
	    "att_file_write att_steady_now att_steady_awake att_steady_nap", p, " ")
	for (i in p)
		impure[p[i]] = 1
}

# what is in comments and strings is no code
{
	code = $0
	gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
	if (in_comment) {
		if (code ~ /\*\//) {
			sub(/^.*\*\//, "", code)
			in_comment = 0
		} else {
			code = ""
		}
	}
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", code)
	if (code ~ /\/\*/) {
		sub(/\/\*.*$/, "", code)
		in_comment = 1
	}
}

/^#include </ {
	name = $2
	gsub(/[<>]/, "", name)
	for (i = 1; i <= nhomes; i++) {
		h = homes[i]
		if (index(name, h) != 1 || is_test)
			continue
		dir = path
		sub(/\/[^\/]*$/, "", dir)
		if (!((h, path) in at_home) && !((h, dir) in at_home))
			say("foreign", "<" name "> has its home elsewhere")
	}
}

/^#include "/ && !is_test {
	name = $2
	gsub(/"/, "", name)
	target = layer_of(name ~ /^(agent|verifier)\// ? name : "lib/" name)
	if (!((layer, target) in may))
		say("layer", layer " must not include " name)
	if (layer == "verifier" && target == "tpm" && name != "tpm/makecred.h")
		say("layer", "the verifier has no TPM: " name)
	if (path ~ /\.c$/ && !seen_include++) {
		own = path
		sub(/^lib\//, "", own)
		sub(/\.c$/, ".h", own)
		if (name != own && have_own == "yes")
			say("own-header", "first include must be \"" own "\"")
	}
}

code ~ /[a-z_0-9]+ *\(/ {
	rest = code
	while (match(rest, /[A-Za-z_][A-Za-z_0-9]*\(/)) {
		call = substr(rest, RSTART, RLENGTH - 1)
		rest = substr(rest, RSTART + RLENGTH)
		if (call in banned)
			say("banned", call "()")
		if (pure && (call in impure))
			say("impure", call "() in lib/" layer)
	}
}

code ~ /(^|[^a-z_])goto[ \t]/ { say("goto", "cleanup belongs to AUTO()") }
code ~ /typedef[ \t]+struct/ { say("typedef", "structs keep their tag") }
/TODO|FIXME|XXX[^X]/ && !/XXXXXX/ { say("unfinished", "finish it or drop it") }
/[ \t]$/ { say("space", "at the end of the line") }

{
	wide = $0
	while ((t = index(wide, "\t")) > 0)
		wide = substr(wide, 1, t - 1) \
		    substr("        ", 1, 8 - (t - 1) % 8) substr(wide, t + 1)
	if (length(wide) > 80 && $0 !~ /"[^"]{50,}|https?:/)
		say("width", length(wide) " columns, at most 80")
}

/^\{/ { start = NR }
/^\}/ && start {
	if (NR - start - 1 > 100)
		say("length", "function of " NR - start - 1 " lines, at most 100")
	start = 0
}

END {
	if (NR > 800)
		say("file", NR " lines, at most 800")
	exit bad
}
