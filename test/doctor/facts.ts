import type { CandidateFacts, DoctorFacts, UseFacts } from "../../lib/doctor/facts.js";
import { SAMPLE } from "../../lib/doctor/sample.js";

export const built: CandidateFacts = {
  kind: "built",
  path: "/app/steady-whisper/build/Release/steady_whisper.node",
  exists: true,
  loads: true,
};

export const working: UseFacts = {
  layout: "dynamic",
  availableBytes: 8e9,
  text: SAMPLE.words,
  system: {
    whisperVersion: "1.9.1",
    addonPath: built.path,
    cpuVariant: "haswell",
    cpuVariants: [
      { name: "zen4", supported: false },
      { name: "haswell", supported: true },
      { name: "x64", supported: true },
    ],
    cpuFeatures: ["AVX2", "FMA"],
    gpuBackends: [],
    devices: [{ backend: "cpu", device: 0, name: "CPU", description: "a CPU", gpu: false }],
  },
};

/** A machine on which everything is as it should be. */
export const healthy: DoctorFacts = {
  platform: {
    version: "0.1.0",
    folder: "/app/steady-whisper",
    node: { version: "22.14.0", supported: true, napi: "10", path: "/usr/bin/node" },
    platform: "linux",
    arch: "x64",
    system: "Debian GNU/Linux 12 (bookworm)",
    libc: { name: "glibc", version: "2.36" },
    cpu: { model: "a CPU", usableCores: 4, cpus: 8 },
    memory: { totalBytes: 16e9, availableBytes: 8e9 },
  },
  addon: { candidates: [built], prebuilds: [], use: working },
  gpu: { devices: [], present: [], nvidiaGpus: [] },
  models: {
    folder: "/home/me/.cache/steady-whisper/models",
    embedded: { path: "/app/steady-whisper/models/micro/micro-q5_0.bin", state: "whole" },
    downloaded: [],
  },
  audio: { ffmpeg: { path: "/usr/bin/ffmpeg", version: "7.1" } },
  build: { sources: true, writable: true, missing: {} },
};
