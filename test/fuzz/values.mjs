// Values that no option expects: what a service may be handed by its own users, and what only malice thinks of.

import fc from "fast-check";

/** Thrown by getters, proxies and callbacks below: known as nobody else's. */
export class Planted extends Error {}

/** No function that can be called: as a callback, it throws what {@link isPlanted} knows as well. */
class NoCallback {}

export function isPlanted(error) {
  return (
    error instanceof Planted ||
    (error instanceof TypeError && error.message.startsWith(`Class constructor ${NoCallback.name}`))
  );
}

// fast-check itself looks at the values that it makes: they bite only while a call is under way.
let armed = false;

/** Runs `use` with everything below that throws in force. */
export async function whileArmed(use) {
  armed = true;
  try {
    return await use();
  } finally {
    armed = false;
  }
}

/** Throws, as a getter or a callback of the caller's may. */
export function boom() {
  if (armed) throw new Planted("planted");
}

/** A proxy whose traps throw: all, or those of these names. */
function trapped(target, names = Object.getOwnPropertyNames(Reflect)) {
  const trap = (name) => [
    name,
    (...args) => {
      boom();
      return Reflect[name](...args);
    },
  ];
  return new Proxy(target, Object.fromEntries(names.map(trap)));
}

/** Numbers at and beyond every bound. */
export const number = fc.oneof(
  fc.constantFrom(
    ...[Number.NaN, Infinity, -Infinity, -0, 0, -1, 1, 0.5, 1e-9, 1e300, -1e300, 5e-324],
    ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 63],
    ...[448, 449, 1500, 1501, 16_384, 16_385, 51_864, 51_865, 86_400_000, 86_400_001],
  ),
  fc.integer(),
  fc.double(),
);

/** Text: any code units, so lone surrogates too, NULs, long, or nearly right. */
export const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom("", "\0", "a\0b", "\ud800", "\udfff\ud800", "auto", "en", "EN", "yue", "root"),
  fc.constantFrom("a".repeat(257), "ä".repeat(3000), " ".repeat(5000), "x y ".repeat(20_000)),
);

const exotic = fc.constantFrom(
  ...[null, true, false, 0n, 2n ** 70n, Symbol("s"), () => 1, NoCallback, [], {}],
  ...[new Date(0), /x/, new Map(), new Set(), new WeakMap(), Promise.resolve(1), new Error("e")],
  ...[new Number(1), new String("en"), new Boolean(true), Object.create(null), globalThis],
  ...[trapped({}), trapped([], ["get"]), trapped(() => {}, ["apply"]), trapped({}, ["ownKeys"])],
  ...[{ valueOf: boom }, { toString: boom }, { [Symbol.toPrimitive]: boom }, { length: 2 ** 53 }],
);

const arrays = fc.oneof(
  fc.array(number, { maxLength: 5 }),
  fc.array(fc.integer({ min: 0, max: 51_864 }), { maxLength: 5 }),
  fc.constant(null).map(() => new Array(2 ** 32 - 1)),
  fc.constant(null).map(endless),
  fc.constant(null).map(() => Object.defineProperty([1], 0, { get: boom })),
  fc.constant(null).map(growing),
);

/** An array whose iterator never ends. */
function endless() {
  const next = () => ({ done: false, value: 1 });
  return Object.assign([1], { [Symbol.iterator]: () => ({ next }) });
}

/** An array whose element makes it longer whenever it is read. */
function growing() {
  const array = [];
  const get = () => {
    if (array.length < 5000) Object.defineProperty(array, array.length, { get });
    return 1;
  };
  Object.defineProperty(array, 0, { get });
  return array;
}

const buffers = fc.constantFrom(0, 1, 7, 64).chain((size) =>
  fc
    .constantFrom(
      ...[Float32Array, Float64Array, Int8Array, Uint8Array, Int16Array, Uint8ClampedArray],
      ...[BigInt64Array, DataView, ArrayBuffer, SharedArrayBuffer],
    )
    .map((Type) => {
      if (Type === DataView) return new DataView(new ArrayBuffer(size));
      return new Type(size);
    }),
);

/** Anything at all. */
export const anything = fc.oneof(
  { weight: 3, arbitrary: number },
  { weight: 3, arbitrary: text },
  { weight: 2, arbitrary: exotic },
  { weight: 1, arbitrary: arrays },
  { weight: 1, arbitrary: buffers },
  { weight: 1, arbitrary: fc.object({ maxDepth: 2, maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
