import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { deviceFindings } from "../../../lib/diagnose/experiment/device/findings.js";
import { GpuLoad, nvidiaId } from "../../../lib/diagnose/experiment/device/gpu-load.js";
import { gpuSigns } from "../../../lib/diagnose/experiment/device/gpu-signs.js";
import type { Measurement } from "../../../lib/diagnose/measurement.js";
import type { DeviceInfo } from "../../../lib/types.js";
import { until } from "../../support/until.js";
import { FakeHost } from "./fake-engine.js";
import { leftOf, NOTHING, runOn, withFolder } from "./support.js";

const GPU: DeviceInfo = {
  ...{ backend: "cuda", device: 0, name: "CUDA0", description: "a fake", gpu: true },
};

async function rootWith(folder: string, files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

describe("signs of a GPU", () => {
  const linux = { platform: "linux", arch: "x64" } as const;
  const kfd = "sys/class/kfd/kfd/topology/nodes";

  it.each<[string, Record<string, string>, string[]]>([
    ["nothing", {}, []],
    [
      "NVIDIA's driver",
      { "dev/nvidia0": "", "dev/nvidiactl": "", "proc/driver/nvidia/version": "550" },
      ["/dev/nvidia0", "/proc/driver/nvidia"],
    ],
    ["a driver without a device", { "dev/nvidiactl": "", "dev/nvidia-uvm": "" }, []],
    ["AMD's", { "dev/kfd": "", [`${kfd}/1/properties`]: "cpu 0\nsimd_count 240\n" }, ["/dev/kfd"]],
    ["AMD's without a GPU", { "dev/kfd": "", [`${kfd}/0/properties`]: "simd_count 0\n" }, []],
    ["a processor's graphics", { "sys/class/drm/renderD128/device/vendor": "0x8086\n" }, []],
    [
      "a card without its own driver",
      { "sys/class/drm/renderD129/device/vendor": "0x10de\n" },
      ["/dev/dri/renderD129"],
    ],
    ["WSL", { "dev/dxg": "" }, ["/dev/dxg"]],
  ])("of %s", (_, files, signs) =>
    withFolder(async (folder) => {
      expect(gpuSigns({ root: await rootWith(folder, files), ...linux })).toEqual(signs);
    }),
  );

  it("of an Apple processor", () => {
    expect(gpuSigns({ root: "", platform: "darwin", arch: "arm64" })).toEqual(["Apple silicon"]);
    expect(gpuSigns({ root: "", platform: "darwin", arch: "x64" })).toEqual([]);
  });
});

describe("a GPU's load", () => {
  it("is sampled while jobs run, and its program ends with it", async () => {
    const program = 'setInterval(() => console.log(" 42\\n[N/A]\\n7"), 5)';
    const load = new GpuLoad("0", [process.execPath, "-e", program, "--"]);
    await sleep(100);
    expect(load.samples).toEqual([]);
    load.jobRuns = true;
    await until(() => load.samples.length >= 4);
    await load.close();
    expect(new Set(load.samples)).toEqual(new Set([0.42, 0.07]));
  });

  it("has no samples without that program, or if it fails", async () => {
    for (const command of [["no-such-program-anywhere"], [process.execPath, "--no-such-flag"]]) {
      const load = new GpuLoad("0", command);
      load.jobRuns = true;
      await load.close();
      expect(load.samples).toEqual([]);
    }
  });

  it("is that of the device that CUDA counts", () => {
    expect(nvidiaId(1, undefined)).toBe("1");
    expect(nvidiaId(1, "3,5")).toBe("5");
    expect(nvidiaId(0, "GPU-8932f937")).toBe("GPU-8932f937");
    expect(nvidiaId(0, "")).toBe("0");
  });
});

describe("the device as it was used", () => {
  const job = { error: undefined, arm: "kept", clipClass: "long", audioSeconds: 40, threads: 2 };
  const jobs = (more: Partial<Measurement>) =>
    Array.from({ length: 20 }, () => ({ ...job, wallMs: 4000, cpuMs: 8000, ...more }) as never);
  const facts = {
    ...{ requested: "auto", device: { ...GPU, backend: "cpu", name: "CPU", gpu: false } },
    ...{ gpuSigns: [], gpuLoad: [], speedup: undefined },
  };

  it("is a CPU whose threads compute, idle, or wait for others", () => {
    expect(deviceFindings(facts, jobs({})).utilisation).toMatchObject({ estimate: 1, low: 1 });
    expect(deviceFindings(facts, jobs({ cpuMs: 1600 })).utilisation?.estimate).toBeCloseTo(0.2);
    // Each of two threads waited for half of the time: a quarter of it without any waiting.
    const waited = deviceFindings(facts, jobs({ cpuMs: 4000, shareAtWork: 0.25 }));
    expect(waited.utilisation?.estimate).toBeCloseTo(1);
    expect(waited.realTimeFactor).toMatchObject({ estimate: 0.1 });
  });

  it("is unknown without jobs, and judged by none that failed or was another build's", () => {
    const none = deviceFindings({ ...facts, device: undefined }, []);
    expect(none).toMatchObject({ backend: "unknown", utilisation: undefined, jobs: 0 });
    const others = [...jobs({ arm: "other" }), ...jobs({ error: "ERR_WHISPER_INTERNAL" })];
    expect(deviceFindings(facts, others)).toMatchObject({ jobs: 0, realTimeFactor: undefined });
  });

  it("on a GPU is compared with the CPU", async () => {
    const [host, cpu] = [new FakeHost(GPU), new FakeHost()];
    cpu.course = () => 12;
    const { device, measurements, hypotheses } = await runOn(host, { blocks: 4 }, { cpu });
    expect(device).toMatchObject({ requested: "auto", backend: "cuda", name: "CUDA0", gpu: true });
    expect(device.speedup).toMatchObject({ low: 12, high: 12, confidence: 0.75 });
    expect(measurements[0]?.memory.after?.gpuUsedBytes).toBe(40 * 2 ** 20);
    expect(hypotheses.find(({ id }) => id === "H6")?.verdict).toBe("refuted");
    expect([leftOf(host), leftOf(cpu)]).toEqual([NOTHING, NOTHING]);
  });
});
