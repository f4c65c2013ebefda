import type { DoctorFacts } from "./facts.js";
import type { Finding } from "./finding.js";
import { judgeAddon } from "./rules/addon.js";
import { judgeAudio } from "./rules/audio.js";
import { judgeCpu } from "./rules/cpu.js";
import { judgeGpu } from "./rules/gpu.js";
import { judgeModels } from "./rules/models.js";
import { judgePlatform } from "./rules/platform.js";

/** What the facts mean. Pure: the same facts have the same findings. */
export function judge(facts: DoctorFacts): Finding[] {
  return [
    ...judgePlatform(facts.platform),
    ...judgeAddon(facts),
    ...judgeCpu(facts),
    ...judgeGpu(facts),
    ...judgeModels(facts),
    ...judgeAudio(facts),
  ];
}

/** Whether everything works that was looked at. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== "problem");
}
