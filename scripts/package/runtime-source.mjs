#!/usr/bin/env node
// Where the source of a library of the system is. What the prebuilds carry of it, libgomp, is under the GPL: whoever gets
// the binary gets to know that. By hand: node scripts/package/runtime-source.mjs /usr/lib/x86_64-linux-gnu/libgomp.so.1

import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The distribution's package that a file belongs to, with the address of its source: the text of `libgomp.source.txt`.
 * @param {string} file
 */
export function sourceOf(file) {
  const real = realpathSync(file);
  const found = ofDpkg(real) ?? ofRpm(real) ?? ofApk(real);
  if (!found) {
    // Good enough to be tried on the machine that made it; check:package wants an address.
    return `${path.basename(real)}, of no package that dpkg, rpm or apk knows: not to be published\n`;
  }
  return `${path.basename(real)}, of the package ${found.package}; unmodified, but for symbols that were stripped.
Source: ${found.source}
${found.address}
Licence: GPL-3.0-or-later WITH GCC-exception-3.1; see THIRD_PARTY_NOTICES.md
`;
}

function ofDpkg(file) {
  // With /usr merged, dpkg knows some files by their older names.
  const names = [file, file.replace(/^\/usr/, "")];
  const owner = names.map((name) => output("dpkg-query", ["--search", name])).find(Boolean);
  const name = owner?.split(": ")[0];
  if (!name) return undefined;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own
  const format = "${binary:Package} ${Version} ${source:Package} ${source:Version}";
  const [binary, version, source, sourceVersion] =
    output("dpkg-query", ["--show", `--showformat=${format}`, name])?.split(" ") ?? [];
  const isUbuntu = /^ID=ubuntu$/m.test(output("cat", ["/etc/os-release"]) ?? "");
  return {
    package: `${binary} ${version}`,
    source: `${source} ${sourceVersion}`,
    address: isUbuntu
      ? `https://launchpad.net/ubuntu/+source/${source}/${sourceVersion}`
      : `https://snapshot.debian.org/package/${source}/${sourceVersion}/`,
  };
}

function ofRpm(file) {
  const format = "%{NAME} %{VERSION}-%{RELEASE} %{SOURCERPM} %{VENDOR}";
  const fields = output("rpm", ["--query", "--file", file, "--queryformat", format]);
  if (!fields) return undefined;
  const [name, version, source, ...vendor] = fields.split(" ");
  const places = {
    AlmaLinux: "https://vault.almalinux.org/",
    Rocky: "https://dl.rockylinux.org/vault/rocky/",
    Fedora: "https://kojipkgs.fedoraproject.org/packages/gcc/",
    CentOS: "https://vault.centos.org/",
  };
  const place = Object.entries(places).find(([key]) => vendor.join(" ").includes(key));
  return {
    package: `${name} ${version} (${vendor.join(" ")})`,
    source,
    address:
      place?.[1] ?? "https://gcc.gnu.org/releases.html, and the distribution's source packages",
  };
}

function ofApk(file) {
  // "/usr/lib/libgomp.so.1.0.0 is owned by libgomp-13.2.1_git20231014-r0"
  const name = output("apk", ["info", "--who-owns", file])?.match(/owned by (\S+)/)?.[1];
  if (!name) return undefined;
  const release = output("cat", ["/etc/alpine-release"])?.match(/^\d+\.\d+/)?.[0];
  return {
    package: `${name} (Alpine Linux ${release})`,
    source: name.replace(/^libgomp/, "gcc"),
    address: `https://gitlab.alpinelinux.org/alpine/aports/-/tree/${release}-stable/main/gcc`,
  };
}

/** What a program prints; undefined where it isn't there or fails. */
function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() || undefined : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(sourceOf(process.argv[2] ?? ""));
}
