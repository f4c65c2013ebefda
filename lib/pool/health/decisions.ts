import type { Decision } from "../../health/decision.js";
import { healthLine } from "../../telemetry/health-line.js";
import { type Logger, type LogLevel, log } from "../../telemetry/logger.js";
import type { PoolEvents } from "../events.js";

export type Emit = <Name extends keyof PoolEvents>(name: Name, ...args: PoolEvents[Name]) => void;

/** Says what has been decided, before it is done: a log line, and an event where it concerns somebody. */
export function tellDecision(decision: Decision, logger: Logger | undefined, emit: Emit): void {
  log(logger, levelOf(decision), () => healthLine(decision), decision.text);
  switch (decision.type) {
    case "reset": {
      const { type: _, unit: slot, cause, ...report } = decision;
      if (cause !== "preventive") emit("regression", { slot, cause, ...report });
      break;
    }
    case "verified": {
      const { type: _, unit: slot, ...report } = decision;
      emit("verified", { slot, ...report });
      break;
    }
    case "gave-up": {
      const { type: _, unit: slot, ...report } = decision;
      emit("gave-up", { slot, ...report });
      break;
    }
    case "budget": {
      const { type: _, unit: slot, ...report } = decision;
      emit("budget", { slot, ...report });
      break;
    }
  }
}

function levelOf(decision: Decision): LogLevel {
  if (decision.type === "gave-up" || decision.type === "budget") return "warn";
  return decision.type === "reset" && decision.cause !== "preventive" ? "warn" : "info";
}
