// Uses steady-whisper and node-llama-cpp in turns, in one process; a test runs it and reads what it prints, as JSON.
//
//   node coexistence.mjs <order, such as "steady,llama,steady"> <model.gguf> <recording>

import { readFileSync } from "node:fs";

const [order, modelPath, recording] = process.argv.slice(2);
const results = { steady: [], llama: [], together: [], libraries: [] };

let state;
async function steady() {
  if (!state) {
    const { WhisperContext } = await import("steady-whisper");
    const context = await WhisperContext.create();
    state = await context.createState();
  }
  const { text } = await state.transcribe(recording, { threads: 1 });
  return text;
}

let sequence;
async function llama() {
  if (!sequence) {
    const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
    const instance = await getLlama({ build: "never", gpu: false, logLevel: LlamaLogLevel.error });
    const model = await instance.loadModel({ modelPath });
    const context = await model.createContext({ contextSize: 256, threads: 1 });
    sequence = context.getSequence();
  }
  await sequence.clearHistory();
  const tokens = [];
  for await (const token of sequence.evaluate([1, 50, 60, 70], { temperature: 0 })) {
    tokens.push(token);
    if (tokens.length === 16) break;
  }
  // To the last bit, so that another kernel of another ggml would show.
  await sequence.clearHistory();
  const evaluated = await sequence.controlledEvaluate([
    1,
    50,
    60,
    [70, { generateNext: { probabilities: true } }],
  ]);
  const probabilities = [...evaluated.at(-1).next.probabilities].sort(([a], [b]) => a - b);
  return { tokens, probabilities: probabilities.map(([, probability]) => probability) };
}

for (const name of order.split(",")) {
  if (name === "both") results.together.push(await Promise.all([steady(), llama()]));
  else results[name].push(await (name === "steady" ? steady() : llama()));
}

const mapped = readFileSync("/proc/self/maps", "utf8").match(/\/.*\.(?:node|so)\S*$/gm) ?? [];
results.libraries = [...new Set(mapped)].filter((file) => /ggml|llama|whisper|gomp/.test(file));
process.stdout.write(JSON.stringify(results));
process.exit(0);
