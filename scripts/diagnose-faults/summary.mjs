// Runs of a truth counted, and told.

/** `runs`: `{ verdict, diagnosis, seconds }` each. */
export function summaryOf(name, runs) {
  const count = (outcome) => runs.filter(({ verdict }) => verdict.outcome === outcome).length;
  const mean = (value) => runs.reduce((sum, run) => sum + value(run), 0) / runs.length;
  return {
    truth: name,
    runs: runs.length,
    right: count("right"),
    undetermined: count("undetermined"),
    wrong: count("wrong"),
    why: reasons(runs),
    blocks: mean(({ diagnosis }) => diagnosis.blocks),
    seconds: mean(({ seconds }) => seconds),
  };
}

/** What was missing or wrong, with how often. */
function reasons(runs) {
  const counts = {};
  for (const { verdict } of runs) {
    for (const reason of verdict.why) counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

export function print(summaries) {
  console.table(
    summaries.map(({ truth, runs, right, undetermined, wrong, why, blocks, seconds }) => ({
      ...{ truth, runs, right, undetermined, wrong },
      why: Object.entries(why)
        .map(([reason, count]) => `${reason}: ${count}`)
        .join("; "),
      blocks: Number(blocks.toFixed(1)),
      "s per run": Number(seconds.toFixed(0)),
    })),
  );
}

/** A run in a line: its verdicts, with the sizes of their effects. */
export function told({ diagnosis, seconds, verdict }) {
  const { hypotheses, blocks, stopped } = diagnosis;
  const verdicts = hypotheses.map(({ id, verdict: found, effect, parts }) => {
    const places = parts
      .filter((part) => part.verdict === "supported")
      .map((part) => `${part.id}${sizeOf(part.effect)}`);
    return `${id} ${found}${places.length > 0 ? ` in ${places.join(", ")}` : sizeOf(effect)}`;
  });
  const end = [verdict.outcome, ...(verdict.why.length > 0 ? [`(${verdict.why.join(", ")})`] : [])];
  return `${end.join(" ")}; ${verdicts.join("; ")}; ${blocks} blocks (${stopped}), ${seconds.toFixed(0)} s`;
}

function sizeOf(effect) {
  if (!effect) return "";
  if (effect.unit === "factor") return ` x${effect.estimate.toFixed(2)}`;
  if (effect.unit === "share") return ` ${(effect.estimate * 100).toFixed(0)} %`;
  return ` ${(effect.estimate / 2 ** 20).toFixed(1)} MiB per job`;
}
