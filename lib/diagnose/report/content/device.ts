import type { Diagnosis } from "../../diagnosis.js";
import { paragraph, type Section } from "../document.js";
import { factorInterval, percentInterval, secondsInterval, UNKNOWN, whole } from "../numbers.js";

/** The device as it was used. */
export function deviceSection({ device }: Diagnosis): Section {
  const { requested, backend, name, gpu, gpuSigns, utilisation, speedup, realTimeFactor } = device;
  const rows = [
    ["Asked for", requested],
    ["Used", `${backend} (${name})`],
    ["Signs of GPUs in this machine", gpuSigns.length === 0 ? "none" : gpuSigns.join(", ")],
    [
      gpu
        ? "Share of time in which the GPU computed"
        : "Share of time in which the threads computed",
      utilisation === undefined ? UNKNOWN : percentInterval(utilisation),
    ],
    ...(gpu
      ? [["Speed against this machine's CPU", speedup ? factorInterval(speedup) : UNKNOWN]]
      : []),
    [
      "Time per second of audio with speech",
      realTimeFactor === undefined ? UNKNOWN : secondsInterval(realTimeFactor),
    ],
    ["Jobs that these figures are of", whole(device.jobs)],
  ];
  return {
    id: "device",
    title: "Device",
    brief: false,
    blocks: [
      paragraph(
        "A device that doesn't do the work makes every job slow from the first one on. That is not a slowdown, and no reset helps.",
      ),
      {
        kind: "table",
        caption: "The device that did the work",
        columns: [{ title: "What" }, { title: "Found", data: true }],
        rows,
      },
    ],
  };
}
