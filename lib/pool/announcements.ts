import type { NativeLog } from "../engine/thread-engine.js";
import { type Logger, log } from "../telemetry/logger.js";
import type { ContextInfo } from "../types.js";
import type { PoolSettings } from "./settings.js";
import type { Sizing } from "./sizing.js";
import type { ResetMethod } from "./warm-up.js";

// What a pool has to say about itself.

/** That it is ready, and what it is. */
export function announce(
  settings: PoolSettings,
  { model, device, weightsBytes }: ContextInfo,
  sizing: Sizing,
  method: ResetMethod | undefined,
): void {
  const fields = () => ({
    slots: sizing.slots,
    threads_per_slot: sizing.threadsPerSlot,
    isolation: settings.isolation,
    model: model.type,
    quantization: model.quantization,
    device: device.name,
    weights_bytes: weightsBytes,
    reset: settings.reset,
    reset_method: method,
  });
  log(settings.logger, "info", fields, "pool is ready");
}

/** Of sizes that are allowed, and unwise. */
export function warnOfSize(
  { logger, queue }: PoolSettings,
  { device }: Pick<ContextInfo, "device">,
  { slots, threadsPerSlot }: Sizing,
  cores: number,
): void {
  if (slots * threadsPerSlot > cores && !device.gpu) {
    const fields = () => ({ slots, threads_per_slot: threadsPerSlot, cores });
    log(logger, "warn", fields, "more threads than cores: jobs will slow each other");
  }
  const { reservedSlots } = queue;
  if (reservedSlots >= slots) {
    const fields = () => ({ slots, reserved_slots: reservedSlots });
    log(logger, "warn", fields, "one slot isn't reserved all the same: it is left to every job");
  }
}

/**
 * whisper.cpp's own warnings and errors. In jobs they are details: it calls every cancelled one a failure, and what makes a
 * job fail is in that job's error.
 */
export function nativeLog(logger: Logger): NativeLog {
  return ({ level, text }, loading) => {
    if (level !== "warn" && level !== "error") return;
    log(logger, loading ? level : "debug", () => ({}), `whisper.cpp: ${text.trim()}`);
  };
}
