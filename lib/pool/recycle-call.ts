import { RUNGS, type Rung } from "../engine/rungs.js";
import { WhisperArgumentError } from "../errors.js";
import { oneOf } from "../option-checks.js";
import type { RecycleRequest } from "./recycler.js";
import type { Slot } from "./slot.js";

/** Options of `pool.recycle()`. */
export interface RecycleCall {
  /**
   * What is replaced: the states, the context (weights are loaded anew), or the whole engine process, which needs isolation
   * "process". Default: "context".
   */
  rung?: Rung | undefined;
  /**
   * Indexes of the slots that move; the others stay on what they have, so that the two generations can be compared.
   * Default: all.
   */
  slots?: readonly number[] | undefined;
  /**
   * "newest": onto the newest generation that slots are on already, rather than onto a new one; slots that are on it stay. Not
   * with rung "state". Default: "new".
   */
  onto?: "new" | "newest" | undefined;
  /** What logs and events say. "regression" is for code that judges latencies. Default: "manual". */
  reason?: "manual" | "regression" | undefined;
}

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` @internal */
export function recycleRequest(
  call: RecycleCall,
  topRung: Rung,
  slots: readonly Slot[],
): RecycleRequest {
  if (typeof call !== "object" || call === null) {
    throw new WhisperArgumentError("options", call, "an object");
  }
  const { rung = "context", slots: indexes, onto = "new", reason = "manual", ...others } = call;
  const [unknown] = Object.keys(others);
  if (unknown) throw new WhisperArgumentError("options", `{ ${unknown} }`, "free of unknown names");
  oneOf(...RUNGS.slice(0, RUNGS.indexOf(topRung) + 1))("rung", rung);
  oneOf(...(rung === "state" ? ["new"] : ["new", "newest"]))("onto", onto);
  oneOf("manual", "regression")("reason", reason);
  return { rung, onto, reason, slots: indexes === undefined ? undefined : chosen(indexes, slots) };
}

function chosen(indexes: unknown, slots: readonly Slot[]): Slot[] {
  const found = Array.isArray(indexes)
    ? slots.filter(({ index }) => indexes.includes(index))
    : undefined;
  if (!found || found.length === 0 || found.length !== new Set(indexes as number[]).size) {
    const known = slots.map(({ index }) => index).join(", ");
    throw new WhisperArgumentError("slots", indexes, `an array of the pool's slots (${known})`);
  }
  return found;
}
