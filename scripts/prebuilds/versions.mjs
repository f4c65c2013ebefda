// Symbol versions, such as GLIBC_2.34.

/** The newest of versions such as "2.4" and "2.34"; undefined of none. */
export function newest(versions) {
  return versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
}

/** The newest version of a family that is among symbol versions: "2.34" for GLIBC. GLIBC_PRIVATE has no number. */
export function newestOf(family, symbolVersions) {
  const pattern = new RegExp(`^${family}_(\\d[\\d.]*)$`);
  return newest(symbolVersions.flatMap((version) => version.match(pattern)?.[1] ?? []));
}
