import { times } from "../../health/words.js";
import type { Arm } from "../arms.js";
import type { Channel, Interval } from "../diagnosis.js";
import type { JudgedContrast } from "./contrasts.js";

const ARM_WORDS: Readonly<Record<Arm, string>> = {
  kept: "state kept, read late",
  "at-once": "state kept, read at once",
  slowly: "state kept, read slowly",
  "fresh-state": "fresh state",
  "fresh-context": "fresh context",
  "fresh-process": "fresh process",
  "no-previous-text": "without previous text",
  other: "the other one",
};

export function armWords(arm: Arm): string {
  return ARM_WORDS[arm];
}

export function channelWords(channel: Channel): string {
  return channel === "decode" ? "decoder" : "whole job";
}

/** x1.21 (x1.14 to x1.29) */
export function factorWords({ estimate, low, high }: Interval): string {
  return `${times(estimate)} (${times(low)} to ${times(high)})`;
}

/** 12.3 % */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

const UNITS = ["bytes", "KiB", "MiB", "GiB"] as const;

/** 3.21 MiB */
export function bytesWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 0)} ${UNITS[unit]}`;
}

/** The effect of a contrast, in the words of its verdict. */
export function contrastWords(contrast: JudgedContrast): string {
  const { slow, fast, channel, effect, verdict, pairs, estimate } = contrast;
  const when = estimate.of.ageing ? " late in the run" : "";
  const where = `${channelWords(channel)}, ${pairs} pairs`;
  const found = {
    supported: estimate.of.twoSided ? "differs" : "is slower",
    refuted: "is no slower by anything that matters",
    undetermined: "can't be told yet",
  }[verdict];
  return `${capital(armWords(slow))} against ${armWords(fast)}${when}: ${factorWords(effect)}, which ${found} (${where}).`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
