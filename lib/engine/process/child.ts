import { Socket } from "node:net";
import { BLOB_FD } from "./blob-frames.js";
import { BlobReceiver } from "./blob-receiver.js";
import type { ChildMessage, HostMessage } from "./protocol.js";
import { EngineServer } from "./server.js";

// The program of an engine's process. It ends when its host wants it to, or is gone; nothing else ends it but a crash.

process.title = "steady-whisper engine";

// A terminal, or a service manager, sends these to the whole group: the host decides when its engines end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

// Of what is under way nothing is worth waiting for: states, threads and memory go with the process.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

const send = (message: ChildMessage) => {
  // A channel that breaks is followed by "disconnect".
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};

const blobs = new BlobReceiver();
const pipe = new Socket({ fd: BLOB_FD, readable: true, writable: false });
pipe.on("data", (chunk: Buffer) => blobs.push(chunk));
pipe.on("error", () => {}); // as above
pipe.unref();

const server = new EngineServer(send, blobs);
process.on("message", (message: HostMessage) => {
  if ("close" in message) server.close().then(() => process.exit(0));
  else server.receive(message);
});
send({ ready: true });
