// The detector behind a line protocol, for a scorer in any language: JSON values on stdin, one reply a job on stdout.
//
//   {"type":"start","id","k":units,"reset_ms":{"state","context","process"}}   no reply
//   {"i","c","t","a","w","n","f","fb","s","enc","dec","queue","since","p"}     reply: a list of decisions
//   {"type":"end"}                                                             no reply
//
// A job: number, unit, time in ms, seconds of audio, windows, tokens, fallback tokens, fallbacks, segments, ms of encoding,
// decoding and queueing, jobs since the unit's last reset, slowness of the machine. A decision: {"ctx","action","reason"}; the
// actions state, context and process are resets, which are taken to happen before the unit's next job.
import { createInterface } from "node:readline";
import { Detector } from "../dist/health/index.js";

let detector;

for await (const line of createInterface({
  input: process.stdin,
  crlfDelay: Number.POSITIVE_INFINITY,
})) {
  if (line.trim() === "") continue;
  const message = JSON.parse(line);
  if (message.type === "start")
    detector = new Detector(message.k, { parameters: { costMs: message.reset_ms } });
  else if (message.type !== "end") process.stdout.write(`${JSON.stringify(reply(message))}\n`);
}

function reply(job) {
  const decisions = detector.observe({
    seq: job.i,
    unit: job.c,
    atMs: job.t,
    sinceReset: job.since,
    audioSeconds: job.a,
    windows: job.w,
    tokens: job.n,
    fallbackTokens: job.f,
    fallbacks: job.fb,
    segments: job.s,
    encodeMs: job.enc,
    decodeMs: job.dec,
    queueMs: job.queue,
    machine: job.p,
  });
  return decisions.map((decision) => {
    if (decision.type === "reset") detector.wasReset(decision.unit, decision.rung);
    return { ctx: decision.unit ?? job.c, action: action(decision), reason: reason(decision) };
  });
}

function action(decision) {
  if (decision.type === "reset") return decision.rung;
  if (decision.type === "verified") return decision.helped ? "helped" : "not_helped";
  return { "gave-up": "giveup", budget: "budget", "re-anchored": "reanchor" }[decision.type];
}

function reason({ cause, text }) {
  return cause === undefined ? text : `${cause}: ${text}`;
}
