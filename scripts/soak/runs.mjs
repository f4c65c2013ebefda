// The lines of a journal, sorted: each run of the script is a life of its own, for memory as for latencies.

/**
 * @returns {{ jobs: any[], disturbances: any[], controls: any[], wrong: string[] }[]} one for each run; jobs in the order in
 *   which they ended
 */
export function runsOf(lines) {
  const runs = [];
  for (const line of lines) {
    if (line.kind === "run") runs.push({ jobs: [], disturbances: [], controls: [], wrong: [] });
    const run = runs.at(-1);
    if (line.kind === "job") run.jobs.push(line);
    if (line.kind === "disturbance") run.disturbances.push(line);
    if (line.kind === "control") run.controls.push(line);
    if (line.kind === "end") run.wrong.push(...line.wrong);
  }
  return runs;
}
