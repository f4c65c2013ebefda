import type { CpuVariant } from "../../types.js";
import type { DoctorFacts } from "../facts.js";
import { type Finding, findingsOf } from "../finding.js";

const { ok, note } = findingsOf("CPU");

/** ggml's variants without AVX2, FMA and F16C; how much slower than with these: docs/variants.md. */
const SLOW: Readonly<Record<string, number>> = { x64: 10, sse42: 6, sandybridge: 6 };

/** The processor, and how much of it is used. */
export function judgeCpu({ platform, addon }: DoctorFacts): Finding[] {
  const { model, usableCores, cpus } = platform.cpu;
  const findings = [
    ok(
      "processor",
      `${model}, ${usableCores} ${usableCores === 1 ? "core" : "cores"} of ${cpus} CPUs usable`,
    ),
  ];
  const system = addon.use?.system;
  if (system === undefined) return findings;
  const { cpuVariant, cpuVariants, cpuFeatures } = system;
  const native = cpuVariant === "native";
  const shown = native ? "native: built for this machine's CPU" : cpuVariant;
  if (addon.forcedVariant !== undefined && !native) {
    findings.push(
      note(
        "variant",
        `${shown}, as STEADY_WHISPER_CPU_VARIANT wants it.`,
        "The best one would be chosen without it.",
        "Unset STEADY_WHISPER_CPU_VARIANT.",
      ),
    );
  } else if (SLOW[cpuVariant] !== undefined) {
    findings.push(
      note(
        "variant",
        `${shown}: this CPU, or its virtual machine, has no AVX2.`,
        `Transcription takes more than ${SLOW[cpuVariant]} times as long as with it.`,
        "Choose a CPU type of the virtual machine that passes AVX2 on, such as `host`.",
      ),
    );
  } else {
    findings.push(ok("variant", shown));
  }
  if (cpuVariants.length > 1) findings.push(ok("variants", variantWords(cpuVariants)));
  if (cpuFeatures.length > 0) findings.push(ok("features", cpuFeatures.join(" ")));
  return findings;
}

function variantWords(variants: readonly CpuVariant[]): string {
  const names = (supported: boolean) =>
    variants.filter((variant) => variant.supported === supported).map(({ name }) => name);
  const [usable, others] = [names(true).join(", "), names(false).join(", ")];
  return others === "" ? usable : `${usable}; not for this CPU: ${others}`;
}
