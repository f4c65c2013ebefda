import { times } from "../../../health/words.js";
import type {
  DeviceFindings,
  Effect,
  HypothesisResult,
  Interval,
  Verdict,
} from "../../diagnosis.js";
import type { Findings } from "../findings.js";
import { percent } from "../phrases.js";

/** A CPU's threads that work for less of the time wait or idle. */
const CPU_AT_WORK = 0.5;
/** The original's GPU was at 2 %; one that is below this has been given hardly anything to do ... */
const GPU_IDLE = 0.1;
/** ... and one above this works: whisper's decoder launches many small kernels, which never fill a GPU. */
const GPU_AT_WORK = 0.3;
/** A GPU that is less than this times as fast as the CPU isn't doing the work, or not worth having; from the second one on it is. */
const SPEEDUP_NONE = 1.5;
const SPEEDUP_CLEAR = 2;

/** H6: the work isn't done by the device that is there to do it. That is always slow, and doesn't get slower. */
export function deviceIdle(findings: Findings): HypothesisResult {
  const { device } = findings.context;
  const verdict = device ? verdictOf(device) : "undetermined";
  return {
    id: "H6",
    title: "The device isn't doing the work",
    verdict,
    effect: device && effectOf(device),
    parts: [],
    jobs: device?.jobs ?? 0,
    says: device ? saysOf(device, verdict) : ["How the device was used isn't known."],
    wouldSettle: verdict === "undetermined" ? settles(device) : undefined,
  };
}

function isPassedOver({ gpu, gpuSigns, requested }: DeviceFindings): boolean {
  return !gpu && gpuSigns.length > 0 && requested !== "cpu";
}

function verdictOf(device: DeviceFindings): Verdict {
  const { gpu, utilisation, speedup } = device;
  if (isPassedOver(device)) return "supported";
  if (utilisation && utilisation.high < (gpu ? GPU_IDLE : CPU_AT_WORK)) return "supported";
  if (gpu && speedup && speedup.high < SPEEDUP_NONE) return "supported";
  if (utilisation && utilisation.low >= (gpu ? GPU_AT_WORK : CPU_AT_WORK)) return "refuted";
  if (gpu && speedup && speedup.low >= SPEEDUP_CLEAR) return "refuted";
  return "undetermined";
}

function effectOf({ utilisation, speedup, gpu }: DeviceFindings): Effect | undefined {
  if (utilisation) {
    const of = gpu ? "utilisation of the GPU" : "share of the time in which the threads compute";
    return { ...utilisation, unit: "share", of };
  }
  return speedup && { ...speedup, unit: "factor", of: "speed against this machine's CPU" };
}

function range(interval: Interval, words: (value: number) => string): string {
  const { estimate, low, high } = interval;
  return `${words(estimate)} (${words(low)} to ${words(high)})`;
}

function saysOf(device: DeviceFindings, verdict: Verdict): string[] {
  const { backend, name, requested, gpuSigns, utilisation, speedup, realTimeFactor } = device;
  const signs = `the machine has a GPU by its signs (${gpuSigns.join(", ")})`;
  const unused =
    device.gpu || gpuSigns.length === 0
      ? ""
      : requested === "cpu"
        ? `; ${signs}, which was not asked for`
        : `, though ${signs}`;
  const says = [`${backend} (${name}) did the work; asked for: ${requested}${unused}.`];
  if (utilisation) {
    says.push(`It computed ${range(utilisation, (share) => percent(share, 0))} of the time.`);
  }
  if (speedup) says.push(`It is ${range(speedup, times)} as fast as this machine's CPU.`);
  if (realTimeFactor) {
    says.push(`Speech takes ${range(realTimeFactor, times)} of its own length.`);
  }
  if (verdict === "supported") {
    says.push("That makes every job slow from the first one on; it doesn't make jobs get slower.");
  }
  return says;
}

function settles(device: DeviceFindings | undefined): string {
  if (!device) return "A run that looks at the device.";
  return device.gpu
    ? "A measurement of the GPU's utilisation, or of the same clip on the CPU."
    : "A measurement of the threads' CPU time.";
}
