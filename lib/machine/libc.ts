/** The C library that this process runs on. */
export interface Libc {
  readonly name: "glibc" | "musl";
  /** "2.36". Undefined where it doesn't tell: musl. */
  readonly version?: string;
}

interface Report {
  header?: { glibcVersionRuntime?: string };
  sharedObjects?: string[];
}

let known: { libc: Libc | undefined } | undefined;

/** Undefined on systems other than Linux, and where Node can't tell. Asked for once: Node's report takes a while. */
export function currentLibc(): Libc | undefined {
  known ??= { libc: process.platform === "linux" ? fromReport() : undefined };
  return known.libc;
}

function fromReport(): Libc | undefined {
  // Else a report looks up the names of all peers that the process is connected to.
  const settings = process.report as { excludeNetwork?: boolean } | undefined;
  if (settings === undefined) return undefined;
  const before = settings.excludeNetwork;
  settings.excludeNetwork = true;
  try {
    return libcOfReport(process.report.getReport() as Report);
  } finally {
    settings.excludeNetwork = before ?? false;
  }
}

/** What a report of Node's says about the C library. */
export function libcOfReport({ header, sharedObjects = [] }: Report): Libc | undefined {
  const version = header?.glibcVersionRuntime;
  if (version !== undefined) return { name: "glibc", version };
  // Its loader is its library.
  return sharedObjects.some((file) => /\/(ld|libc\.)-?musl-/.test(file))
    ? { name: "musl" }
    : undefined;
}
