import type { BuildFacts, MissingTools } from "../facts.js";
import { sentence } from "../words.js";
import { type Finding, findingsOf, type Section } from "../finding.js";

/** What stands in the way of a build that another finding of the section advises: first things first. */
export function judgeBuild(
  section: Section,
  { sources, writable, missing }: BuildFacts,
  folder: string,
  kind: "cpu" | "cuda",
  level: "note" | "problem",
): Finding[] {
  const make = findingsOf(section)[level];
  const tools: MissingTools | undefined = missing[kind] ?? missing.cpu;
  const findings: Finding[] = [];
  if (!sources) {
    findings.push(
      make(
        "sources",
        "The sources that a build needs are not in this package.",
        "It was copied in part, or bundled.",
        "Install the package with npm, pnpm or yarn, or set WHISPER_CPP_DIR to a checkout of whisper.cpp.",
      ),
    );
  }
  if (tools) {
    findings.push(
      make(
        "build tools",
        `Not found: ${tools.what}.`,
        "A build needs it.",
        installation(tools),
      ),
    );
  }
  if (!writable) {
    findings.push(
      make(
        "folder",
        `${folder} can't be written by this user.`,
        "A build goes there.",
        "Run the build as the user that has installed the package, or where the image is made.",
      ),
    );
  }
  return findings;
}

function installation({ what, command, download }: MissingTools): string {
  const ways = [command && `\`${command}\``, download].filter((way) => way !== undefined);
  if (ways.length === 0) return `Install ${what} with the package manager of the system.`;
  return sentence(ways.join("; "));
}
