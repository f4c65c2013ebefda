import { relative } from "node:path";
import { rebuildCommand } from "../../native/load-failure.js";
import type {
  AddonFacts,
  CandidateFacts,
  DoctorFacts,
  PlatformFacts,
  ProbeDeath,
  UseFacts,
} from "../facts.js";
import { type Finding, findingsOf } from "../finding.js";
import { SAMPLE } from "../sample.js";
import { deathWords, sentence } from "../words.js";
import { judgeBuild } from "./build-advice.js";

const { ok, note, problem } = findingsOf("addon");

const BUILD = "npx steady-whisper build";

const NAMES: Readonly<Record<CandidateFacts["kind"], string>> = {
  override: "own addon",
  built: "build",
  prebuilt: "prebuild",
};

/** Which addon is used, whether it can be loaded, and whether it works. */
export function judgeAddon({ addon, platform, build }: DoctorFacts): Finding[] {
  const there = addon.candidates.filter(({ exists }) => exists);
  const gone = addon.candidates.find(({ kind, exists }) => kind === "override" && !exists);
  const inUse = gone === undefined ? there[0] : undefined;
  const findings: Finding[] = [];
  if (gone) findings.push(judgeGone(gone));
  else if (inUse === undefined) findings.push(judgeNone(addon, platform));
  for (const candidate of there) {
    findings.push(judgeCandidate(candidate, candidate === inUse, there, platform));
  }
  if (addon.use) findings.push(...judgeUse(addon.use, inUse?.path ?? "", addon.forcedVariant));
  const advised = findings.some(
    ({ level, remedy }) => level === "problem" && remedy?.includes(BUILD),
  );
  if (advised) findings.unshift(...judgeBuild("addon", build, platform.folder, "cpu", "problem"));
  return findings;
}

function judgeGone({ path }: CandidateFacts): Finding {
  return problem(
    "own addon",
    `STEADY_WHISPER_ADDON names ${path}, which isn't there.`,
    "Nothing else is tried then.",
    "Unset STEADY_WHISPER_ADDON, or correct it.",
  );
}

function judgeNone({ prebuilds }: AddonFacts, platform: PlatformFacts): Finding {
  const { libc, arch } = platform;
  const here = [platform.platform, arch, libc && `(${libc.name})`].filter(Boolean).join(" ");
  const others =
    prebuilds.length === 0
      ? "The package has no prebuilds"
      : `It has some for ${prebuilds.join(", ")}`;
  return problem(
    "addon",
    `There is no addon for ${here}.`,
    `${others}, and nothing was built: without it nothing can be transcribed.`,
    `\`${BUILD}\`.`,
  );
}

function judgeCandidate(
  candidate: CandidateFacts,
  inUse: boolean,
  all: readonly CandidateFacts[],
  { folder }: PlatformFacts,
): Finding {
  const { kind, path, loads, failure, death, error, requirements } = candidate;
  const about = NAMES[kind];
  const shown = kind === "override" ? path : relative(folder, path);
  if (loads) {
    const needs = requirements?.glibc === undefined ? "" : `; needs glibc ${requirements.glibc}`;
    return ok(about, `${shown}: loads${inUse ? ", in use" : ""}${needs}`);
  }
  const reason = failure?.reason ?? (death ? crashWords(death) : sentence(error?.message ?? ""));
  const remedy =
    kind === "override"
      ? "Unset STEADY_WHISPER_ADDON, or correct it."
      : (failure?.remedy ?? crashRemedy(path));
  if (!inUse) {
    return note(
      about,
      `${shown} can't be loaded. ${reason}`,
      "Another one is used before it.",
      remedy,
    );
  }
  const others = all.filter((other) => other !== candidate && other.loads);
  const instead =
    others.length > 0 && kind === "built" ? ` Or remove ${path}: the prebuild loads.` : "";
  return problem(
    about,
    `${shown} can't be loaded. ${reason}`,
    "Without it nothing can be transcribed.",
    `${remedy}${instead}`,
  );
}

/** A process that died while it loaded the addon. */
function crashWords(death: ProbeDeath): string {
  const cause =
    death.signal === "SIGBUS"
      ? "the file isn't whole"
      : death.signal === "SIGILL"
        ? "it has instructions that this CPU lacks"
        : "it is damaged, or doesn't fit this system";
  return `A process that loaded it ${deathWords(death)}: most likely ${cause}.`;
}

function crashRemedy(path: string): string {
  return `Build it on this machine: \`${rebuildCommand(path)}\`; or install the package again.`;
}

function judgeUse(
  { system, layout, text, error, death }: UseFacts,
  path: string,
  forcedVariant: string | undefined,
): Finding[] {
  const findings: Finding[] = [];
  if (system) {
    const kind =
      layout === "static"
        ? "one file with everything in it, for CPUs like the one it was built on"
        : "with CPU and GPU backends in files of their own";
    findings.push(ok("layout", `${layout}: ${kind}; whisper.cpp ${system.whisperVersion}`));
  }
  if (text === SAMPLE.words) return [...findings, ok("test run", "the sample gives its words")];
  const what =
    text !== undefined
      ? `The sample gives ${JSON.stringify(text)} instead of ${JSON.stringify(SAMPLE.words)}.`
      : death
        ? crashDuring(death)
        : sentence(error?.message ?? "The test run ended without an answer");
  const why =
    text !== undefined ? "What it computes is wrong." : "So nothing can be transcribed here.";
  return [
    ...findings,
    problem("test run", what, why, testRunRemedy(error?.code, path, forcedVariant)),
  ];
}

function crashDuring(death: ProbeDeath): string {
  const why = death.signal === "SIGILL" ? ": it has instructions that this CPU lacks" : "";
  return `The process ${deathWords(death)}${why}.`;
}

function testRunRemedy(
  code: string | undefined,
  path: string,
  forcedVariant: string | undefined,
): string {
  if (code === "ERR_WHISPER_BACKEND_UNAVAILABLE") {
    return forcedVariant === undefined
      ? `Build one for this CPU: \`${rebuildCommand(path)}\`.`
      : "Unset STEADY_WHISPER_CPU_VARIANT.";
  }
  if (code === "ERR_WHISPER_OUT_OF_MEMORY") {
    return "Give this machine or its container more memory: the test takes some 100 MB.";
  }
  if (code?.startsWith("ERR_WHISPER_MODEL_") || code?.startsWith("ERR_WHISPER_AUDIO_")) {
    return "Install the package again.";
  }
  return crashRemedy(path);
}
