// Prints the path of a model with random weights, made by the tests' generator. A program of its own: Vite, which
// compiles the generator, leaves threads and a heap behind that a process that measures itself must not have.

import path from "node:path";
import { runnerImport } from "vite";
import { root } from "./environment.mjs";

const generator = path.join(root, "test/support/random-model.ts");
const { module } = await runnerImport(generator);
process.stdout.write(module.randomModel(process.argv[2]));
process.exit();
