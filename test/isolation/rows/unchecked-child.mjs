// The program of an engine's process, as the library has it, but for one thing: a job whose prompt names an order of the
// file in STEADY_TEST_ORDERS is run with that order's samples and parameters instead, unseen by any check. It needs the
// addon that checks nothing either. What reaches that is noted in STEADY_TEST_REACHED: names of orders, and "load".

import { appendFileSync, readFileSync } from "node:fs";
import { deserialize } from "node:v8";
import { native } from "../../../dist/native/load.js";

const { STEADY_TEST_ORDERS: ordersFile, STEADY_TEST_REACHED: reachedFile } = process.env;

const addon = native();
if (addon.systemInfo().unchecked !== true) {
  console.error("this addon checks what it is given: nothing here would be a test");
  process.exit(77);
}

const { marker, orders } = deserialize(readFileSync(ordersFile));

const { loadContext } = addon;
addon.loadContext = async (...args) => {
  reached("load");
  const context = await loadContext(...args);
  const createState = context.createState.bind(context);
  return shadow(context, "createState", async () => {
    const state = await createState();
    return shadow(state, "run", obeying(state.run.bind(state)));
  });
};

/** Before native code gets it: it may not come back. */
function reached(what) {
  appendFileSync(reachedFile, `${what}\n`);
}

/** A method of this object alone: those of native classes can't be replaced. */
function shadow(object, name, value) {
  return Object.defineProperty(object, name, { value });
}

function obeying(run) {
  return (kind, samples, params, ...listeners) => {
    const { prompt, ...rest } = params;
    const name = prompt?.startsWith(marker) ? prompt.slice(marker.length) : undefined;
    const order = orders.get(name);
    if (order === undefined) return run(kind, samples, params, ...listeners);
    reached(name);
    return run(kind, order.samples ?? samples, { ...rest, ...order.params }, ...listeners);
  };
}

await import("../../../dist/engine/process/child.js");
