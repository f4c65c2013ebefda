// The addon itself, below the library: its functions and methods with any arguments, on any receiver. JavaScript errors
// are fine here, of whatever kind; what can't be told from the outside is whether memory has been hurt, which the
// sanitizers tell.

import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import fc from "fast-check";
import { fileBytes, samples, spoken } from "./audio.mjs";
import { countCall, Failure, inTime } from "./calls.mjs";
import { contextOptions, transcribeOptions } from "./options.mjs";
import { anything, number, text } from "./values.mjs";

const file =
  process.env.STEADY_WHISPER_ADDON ??
  fileURLToPath(new URL("../../build/Release/steady_whisper.node", import.meta.url));
const model = fileURLToPath(new URL("../../models/micro/micro-q5_0.bin", import.meta.url));

const addon = createRequire(import.meta.url)(path.resolve(file));
addon.loadBackends(path.dirname(file));

const cpu = { backend: "cpu", device: 0, flashAttention: true };
const context = await addon.loadContext(model, cpu, undefined, undefined);
const state = await context.createState();
const token = addon.createCancelToken();
const external = await foreignExternal();
const handles = { addon, context, state, token };

/** A pointer of Node's own, as JavaScript can get hold of one. */
async function foreignExternal() {
  const server = createServer((accepted) => accepted.unref());
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect(server.address().port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const found = socket._handle._externalStream;
  if (!types.isExternal(found)) throw new Error("Node has no _externalStream any more");
  server.unref();
  socket.unref();
  return found;
}

const own = fc.constantFrom(context, state, token, addon, external, cpu, model, spoken, () => {});
const argument = fc.oneof(
  { weight: 3, arbitrary: own },
  { weight: 3, arbitrary: anything },
  { weight: 1, arbitrary: samples },
  { weight: 1, arbitrary: fileBytes },
  { weight: 1, arbitrary: number },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: transcribeOptions },
  { weight: 1, arbitrary: contextOptions },
);

/** Arguments that a function wants; some of them are replaced. */
const wanted = {
  "addon.loadBackends": [path.dirname(file)],
  "addon.loadContext": [model, cpu, token, () => {}],
  "addon.checkModelFile": [model],
  "addon.decodeAudioFile": ["/nonexistent", 5, token],
  "addon.decodeAudioBytes": [new Uint8Array(100), 5, token],
  "addon.resampleF32": [spoken, 1, 44_100, token],
  "addon.resampleS16": [new Int16Array(800), 2, 8000, token],
  "state.run": [
    "transcribe",
    spoken.slice(0, 1700),
    { threads: 1, audioContext: 8, maxTokens: 1, language: "en" },
    () => {},
    () => {},
  ],
  "state.cancel": [1],
};

// Freed handles are another target's; here they have to last.
const lasting = new Set(["context.free", "state.free"]);

const functions = Object.entries(handles)
  .flatMap(([name, handle]) => {
    const holder = name === "addon" ? handle : Object.getPrototypeOf(handle);
    return Object.getOwnPropertyNames(holder).map((key) => `${name}.${key}`);
  })
  .filter((name) => !lasting.has(name));

const changes = fc.array(fc.tuple(fc.nat(6), argument), { maxLength: 3 });

export const input = fc.record({
  name: fc.constantFrom(...functions, ...Object.keys(wanted)),
  changes,
  count: fc.constantFrom(-1, -1, -1, 0, 1, 3, 8),
  receiver: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.tuple(argument) },
  ),
  construct: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
});

export async function run({ name, changes: replaced, count, receiver, construct }) {
  const [owner, key] = name.split(".");
  const self = receiver === undefined ? handles[owner] : receiver[0];
  const args = [...(wanted[name] ?? [])];
  for (const [index, value] of replaced) args[index] = value;
  if (count >= 0) args.length = count;
  let refused = false;
  try {
    const method = handles[owner][key];
    const result =
      construct || key === "constructor"
        ? Reflect.construct(method, args)
        : Reflect.apply(method, self, args);
    await settled(name, result);
  } catch (error) {
    if (error instanceof Failure) throw error;
    refused = true;
  }
  countCall(refused);
}

/** Waits for what a call has started, and frees it. */
async function settled(name, result) {
  if (types.isPromise(result)) {
    const made = await inTime(name, result);
    if (made === context || made === state) return;
    if (typeof made?.free === "function") await inTime("free()", made.free());
  } else if (types.isPromise(result?.promise)) {
    await inTime(name, result.promise);
  }
}

export async function end() {
  await context.free();
}
