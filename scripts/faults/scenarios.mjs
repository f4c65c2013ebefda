// What can be wrong, and with what.

const HEALTHY = 60;
const ILL = 200;

/**
 * `fault`: undefined for none. `reset`: the pool's policy; a fault in a state lives only where states are used again.
 * `healthy`: jobs before the fault. `jobs`: most jobs behind that. `contention`: other programs on all cores now and then.
 */
export const scenarios = [
  step("state", 1.5),
  step("state", 2),
  step("context", 1.5),
  step("context", 2),
  step("engine", 1.5),
  step("engine", 2),
  creep("state"),
  creep("context"),
  creep("engine"),
  // No reset cures it.
  step("everywhere", 1.5),
  step("everywhere", 2),
  { name: "healthy", reset: "every-job", healthy: HEALTHY + ILL, jobs: 0 },
  { name: "contention", reset: "every-job", healthy: HEALTHY + ILL, jobs: 0, contention: true },
];

/** Rungs of resets by what a fault lives in. */
export const RUNG_OF = { state: "state", context: "context", engine: "process" };

function step(lives, magnitude) {
  return scenario(`${lives}-${magnitude}`, { kind: "cpu", course: "step", magnitude, lives });
}

function creep(lives) {
  const fault = { kind: "cpu", course: "creep", magnitude: 0.02, lives };
  return scenario(`${lives}-creep`, fault);
}

function scenario(name, fault) {
  const reset = fault.lives === "state" ? "never" : "every-job";
  return { name, fault, reset, healthy: HEALTHY, jobs: ILL };
}
