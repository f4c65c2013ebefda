import { availableParallelism } from "node:os";

// Read when the addon, or the reference program, loads OpenMP: its threads don't spin while they wait, which would cost
// a busy machine most of its time. Results are the same.
process.env.OMP_WAIT_POLICY = "passive";

/** 2, or 1 on a machine with one CPU. */
export const mostThreads = Math.min(2, availableParallelism());
