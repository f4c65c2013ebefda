// The addon can be called without the library, by anybody with a path: then it may refuse, but never touch memory that
// isn't its own. What it takes from the library is test/fuzz/target-binding.mjs's.

import { expect, it } from "vitest";
import { runInChild } from "../support/child.js";

it("handles can't be made of other pointers than the addon's own", async () => {
  const end = await runInChild(
    async ({ outcome, report }) => {
      const { createRequire } = process.getBuiltinModule("node:module");
      const { connect, createServer } = process.getBuiltinModule("node:net");
      const server = createServer((accepted) => accepted.destroy());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as { port: number };
      const socket = connect(port, "127.0.0.1");
      await new Promise((resolve) => socket.once("connect", resolve));
      const { _externalStream: external } = (
        socket as unknown as { _handle: { _externalStream: unknown } }
      )._handle;
      report(process.getBuiltinModule("node:util").types.isExternal(external));

      const require = createRequire(`${process.cwd()}/package.json`);
      const file = process.env.STEADY_WHISPER_ADDON ?? "./build/Release/steady_whisper.node";
      const addon = require(file);
      addon.loadBackends(file.replace(/[^/\\]+$/, "")); // takes the log lines too
      const context = await addon.loadContext("models/micro/micro-q5_0.bin", {}, undefined);
      const state = await context.createState();
      for (const { constructor: Handle } of [context, state]) {
        const made = (async () => new Handle(external))();
        report(await outcome(made));
      }
      report(await outcome((async () => state.cancel(Number.NaN))()));
      await context.free();
      server.close();
    },
    { flags: ["--no-warnings"] },
  );
  expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
  expect(end.reports).toMatchObject([
    true,
    { ok: false, code: "ERR_WHISPER_INVALID_ARG", message: "a context is made by loadContext()" },
    { ok: false, code: "ERR_WHISPER_INVALID_ARG", message: "a state is made by createState()" },
    { ok: true },
  ]);
});
