#!/usr/bin/env node
// What the portable build costs next to one for this machine, what its CPU variants gain, and how other packages over
// whisper.cpp compare. docs/variants.md says how, and what came out.

import { parseArgs } from "node:util";
import { Run, round } from "./support/report.mjs";
import { median } from "./support/statistics.mjs";
import { ArmProcess } from "./variants/arm-process.mjs";
import { addonArm, builtAddon, peerArm, peersThatLoad, whisperCliArm } from "./variants/arms.mjs";
import { interleave, ratioOfArms } from "./variants/interleave.mjs";
import { installPeers } from "./variants/peers.mjs";
import { describeSpeakingModel, speakingModel } from "./variants/speaking-model.mjs";
import { speech } from "./variants/speech.mjs";

const HELP = `Usage: node bench/variants.mjs [options]

  --pairs <n>        pairs of jobs of the portable and the native build (default: 40); CPU variants get a quarter of them,
                     peers an eighth. With fewer than 24 everything is cut short, and the bounds are not checked: to
                     see that the benchmark runs
  --only <part>      portable, variants or peers (default: portable and variants; peers with --peers)
  --peers            install other packages into build/peers (once), and measure them
  --types <list>     of weights, for the variants (default: f16,q8_0,q5_0; cut short: f16)
  --threads <n>      of each job (default: 1)
  --portable <path>  addon (default: build-portable/Release/steady_whisper.node)
  --native <path>    addon (default: build/Release/steady_whisper.node)
  --seed <n>         of the bootstrap (default: 1)
  --help
`;

const BOUNDS = { native: 1.03, whisperCli: 1.02, peer: 10 };
const PARTS = ["portable", "variants", "peers"];
const TYPES = ["f16", "q8_0", "q5_0"];
/** A variant that takes so many times as long as the chosen one is measured less often. */
const SLOW = 3;

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "40" },
    only: { type: "string" },
    peers: { type: "boolean", default: false },
    types: { type: "string" },
    threads: { type: "string", default: "1" },
    portable: { type: "string", default: "build-portable/Release/steady_whisper.node" },
    native: { type: "string", default: "build/Release/steady_whisper.node" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const pairs = Number(values.pairs);
const threads = Number(values.threads);
const seed = Number(values.seed);
const complete = pairs >= 24;
const types = values.types?.split(",") ?? TYPES.slice(0, complete ? TYPES.length : 1);
const parts = values.only === undefined ? PARTS.slice(0, values.peers ? 3 : 2) : [values.only];
const valid =
  Number.isInteger(pairs) &&
  pairs >= 2 &&
  Number.isInteger(threads) &&
  threads >= 1 &&
  Number.isInteger(seed) &&
  PARTS.includes(parts[0]) &&
  types.every((type) => TYPES.includes(type));
if (values.help || !valid) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}

const portable = builtAddon(values.portable, "node scripts/build-native.mjs --portable");
const native = builtAddon(values.native, "node scripts/build-native.mjs");
const audio = speech();
const request = (type = "f16", preset = "equal") => ({
  ...{ model: speakingModel("tiny", type), audio, threads, preset },
});
const run = new Run("variants", complete);

/** So many rounds or a few more, in blocks of equal size. */
const plan = (what, rounds, ofBlock, warmUp = 1) => {
  const blocks = complete ? Math.ceil(rounds / ofBlock) : 1;
  return {
    blocks,
    rounds: Math.min(rounds, ofBlock),
    warmUp: complete ? warmUp : 0,
    onBlock: (block) => run.progress(`${what}: block ${block + 1} of ${blocks}`),
  };
};

/** Figures of all arms, next to those of one of them. */
function compared(arms, { text, infos, blocks }, base) {
  const jobs = blocks.flat();
  return {
    text,
    base: arms[base].name,
    arms: arms.map(({ name }, arm) => ({
      name,
      info: infos[arm],
      cpuMs: median(jobs.map((own) => own[arm].cpuMs)),
      wallMs: median(jobs.map((own) => own[arm].wallMs)),
      cpu: ratioOfArms(blocks, "cpuMs", arm, base, seed),
      wall: ratioOfArms(blocks, "wallMs", arm, base, seed),
    })),
  };
}

const interval = ({ ratio, low, high }) => `${round(ratio)} [${round(low)}, ${round(high)}]`;

function show(title, { arms, base }) {
  console.log(`${title} (ratios to ${base})`);
  console.table(
    arms.map(({ name, cpuMs, wallMs, cpu, wall }) => ({
      arm: name,
      "CPU ms": round(cpuMs, 0),
      "CPU ratio": interval(cpu),
      "wall ms": round(wallMs, 0),
      "wall ratio": interval(wall),
      jobs: cpu.pairs,
    })),
  );
}

async function measurePortable() {
  const arms = [
    addonArm("native", native, request()),
    addonArm("portable", portable, request()),
    addonArm("native again (control)", native, request()),
    whisperCliArm(request()),
  ];
  const measured = await interleave(arms, plan("portable", pairs, 4));
  const { blocks } = measured;
  const figures = {
    ...compared(arms, measured, 0),
    toWhisperCli: ratioOfArms(blocks, "cpuMs", 1, 3, seed),
    whisperCliWholeCpuMs: median(blocks.flat().map((jobs) => jobs[3].wholeCpuMs)),
  };
  show("portable build", figures);
  console.log(`portable / whisper-cli, CPU: ${interval(figures.toWhisperCli)}`);
  run.bounds.atMost("CPU, portable / native", figures.arms[1].cpu.ratio, BOUNDS.native);
  run.bounds.atMost("CPU, portable / whisper-cli", figures.toWhisperCli.ratio, BOUNDS.whisperCli);
  return figures;
}

async function supportedVariants() {
  const arm = await ArmProcess.start("steady-whisper", request(), {
    STEADY_WHISPER_ADDON: portable,
    STEADY_WHISPER_CPU_VARIANT: "",
  });
  await arm.stop();
  const { cpuVariant, cpuVariants } = arm.info;
  const others = cpuVariants
    .filter(({ name, supported }) => supported && name !== cpuVariant)
    .map(({ name }) => name);
  const names = [cpuVariant, ...others];
  return complete ? names : names.slice(0, 3);
}

async function measureVariants() {
  const names = await supportedVariants();
  const armOf = (type) => (name) => addonArm(name, portable, request(type), name);
  const figures = {};

  run.progress("CPU variants: one job of each");
  const once = await interleave(names.map(armOf("f16")), { blocks: 1, rounds: 1, warmUp: 0 });
  const [jobs] = once.blocks[0];
  const isSlow = (_, arm) => jobs[arm].cpuMs > SLOW * jobs[0].cpuMs;
  const slow = names.filter(isSlow);
  const fast = names.filter((name) => !slow.includes(name));
  for (const type of types) {
    const arms = [...fast.map(armOf(type)), addonArm("native", native, request(type))];
    const what = `CPU variants, ${type}`;
    const measured = await interleave(arms, plan(what, Math.ceil(pairs / 4), 2));
    figures[type] = compared(arms, measured, 0);
    show(what, figures[type]);
  }
  if (slow.length > 0) {
    const arms = [names[0], ...slow].map(armOf("f16"));
    const measured = await interleave(arms, plan("slow CPU variants", 3, 1, 0));
    figures.slow = compared(arms, measured, 0);
    show("slow CPU variants, f16", figures.slow);
  }
  return figures;
}

async function measurePeers() {
  const notInstalled = installPeers((text) => run.progress(text));
  const { loaded, failures } = await peersThatLoad(notInstalled, request());
  for (const [name, reason] of Object.entries(failures)) {
    run.progress(`${name} is not measured: ${reason}`);
  }
  if (loaded.length === 0) throw new Error("none of the other packages can be loaded here");
  const figures = { failures };
  // Like with like: what each does by itself, and all with the same settings.
  for (const preset of ["default", "equal"]) {
    const arms = [
      addonArm("portable", portable, request("f16", preset)),
      ...loaded.map((peer) => peerArm(peer, request("f16", preset))),
    ];
    const what = `peers, ${preset} settings`;
    // A peer's job is so long that its first one is as good as another.
    const measured = await interleave(arms, plan(what, Math.ceil(pairs / 8), 2, 0));
    figures[preset] = compared(arms, measured, 0);
    show(what, figures[preset]);
  }
  const fastest = Math.min(...figures.default.arms.slice(1).map(({ cpu }) => cpu.ratio));
  run.bounds.atLeast("CPU, fastest peer / portable, both at their defaults", fastest, BOUNDS.peer);
  return figures;
}

const measure = { portable: measurePortable, variants: measureVariants, peers: measurePeers };
const figures = {};
for (const part of parts) figures[part] = await measure[part]();

const one = await ArmProcess.start("steady-whisper", request(), { STEADY_WHISPER_ADDON: native });
await one.stop();
run.end({
  systemInfo: one.info,
  model: describeSpeakingModel("tiny", "f16"),
  ...{ threads, seed, pairs, portable, native },
  ...figures,
});
