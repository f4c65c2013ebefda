// Keeps one core busy until its standard input ends, as that does with the process that started it, however it ends.

import { Worker } from "node:worker_threads";

new Worker("for (;;);", { eval: true });
process.stdin.resume().on("end", () => process.exit());
