import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makersOnBus } from "../../lib/doctor/collect/gpu.js";
import { AddonCopy, portableBuild } from "../backends/support.js";
import { temporaryFolder } from "../cli/cli.js";
import { PackageCopy, section } from "./package-copy.js";

const flat = (text: string) => text.replaceAll(/\s+/g, " ");

describe.runIf(process.platform === "linux")("the portable addon", () => {
  let build: string;
  beforeAll(() => {
    build = portableBuild();
  }, 900_000);

  let addon: AddonCopy;
  beforeEach(() => {
    addon = new AddonCopy(build);
  });
  afterEach(() => addon.remove());

  /** The addon in build/Release of a package, where `npx steady-whisper build` puts it. */
  function installed(): PackageCopy {
    const copy = new PackageCopy();
    mkdirSync(copy.path("build"));
    cpSync(addon.folder, copy.path("build", "Release"), { recursive: true });
    return copy;
  }

  it("works: its layout, and its variants", async () => {
    const { code, text } = await installed().doctor();
    expect(code).toBe(0);
    expect(flat(section(text, "Addon"))).toContain("layout dynamic: with CPU and GPU backends");
    expect(flat(section(text, "CPU"))).toMatch(/ok variant \w/);
    expect(flat(section(text, "CPU"))).toMatch(/ok variants .*x64|armv8/);
  });

  it("works as a prebuild, too, whose needs are told", async () => {
    const copy = new PackageCopy();
    const folder = copy.path("prebuilds", `${process.platform}-${process.arch}`);
    cpSync(addon.libraries, join(folder, "glibc"), { recursive: true });
    cpSync(addon.addon, join(folder, "steady-whisper.glibc.node"));
    copy.write(
      join(folder, "glibc", "requirements.json").slice(copy.folder.length),
      '{"glibc":"2.31"}',
    );
    const { code, text } = await copy.doctor();
    expect(code).toBe(0);
    expect(flat(section(text, "Addon"))).toMatch(
      /ok prebuild .*steady-whisper\.glibc\.node: loads, in use; needs glibc 2\.31 ok layout dynamic/,
    );
  });

  it("with a forced variant: a note says so", async () => {
    const copy = installed();
    const { facts } = await copy.doctorJson();
    const least = facts.addon.use?.system?.cpuVariants.filter(({ supported }) => supported).at(-1);
    const name = least?.name as string;
    const env = { STEADY_WHISPER_CPU_VARIANT: name };
    const { code, text } = await copy.doctor([], { env });
    expect(code).toBe(0);
    expect(flat(section(text, "CPU"))).toContain(
      `note variant ${name}, as STEADY_WHISPER_CPU_VARIANT`,
    );
    expect(section(text, "What to do")).toContain("variant: Unset STEADY_WHISPER_CPU_VARIANT.");
  });

  it("with no CPU variant that this CPU can run: a problem, with the command that helps", async () => {
    addon.keepCpuVariants();
    const { code, text } = await installed().doctor();
    expect(code).toBe(1);
    expect(flat(section(text, "Addon"))).toMatch(
      /problem test run No CPU backend could be loaded from .* So nothing can be transcribed here\./,
    );
    expect(section(text, "What to do")).toContain("`npx steady-whisper build --force`");
  });

  it("with CUDA and without NVIDIA's driver: the driver is what is missing, and the rest works", async () => {
    addon.addDriverless();
    const { code, text } = await installed().doctor();
    expect(code).toBe(1);
    expect(flat(section(text, "GPU"))).toContain(
      "problem cuda libggml-cuda.so can't be used. It needs libcuda.so.1, part of NVIDIA's driver, which isn't found. " +
        'Contexts with backend "auto" do without it, those with "cuda" fail.',
    );
    expect(flat(section(text, "What to do"))).toContain(
      "1. cuda: Install the driver of the GPU (https://www.nvidia.com/drivers); in a container, give it the GPU: " +
        "`docker run --gpus all`",
    );
    expect(flat(section(text, "Addon"))).toContain("ok test run the sample gives its words");
  });

  it("with a GPU backend whose driver ends the process: doctor lives, and says how it ended", async () => {
    addon.addFake("ABORTS");
    const { code, text } = await installed().doctor();
    expect(code).toBe(1);
    expect(flat(section(text, "GPU"))).toMatch(
      /problem cuda libggml-cuda\.so can't be used\. .*SIGABRT/,
    );
    expect(section(text, "What to do")).toContain("nvidia-smi");
  });

  it("with a GPU that works: it gives the words of the sample", async () => {
    addon.addFake("NONE");
    const { code, text } = await installed().doctor();
    expect(code).toBe(0);
    expect(flat(section(text, "GPU"))).toMatch(
      /ok cuda libggml-cuda\.so: works ok CUDA0 a GPU that isn't one.*: the sample gives its words/,
    );
  });
});

describe("GPUs on the PCI bus", () => {
  it("are display controllers, by their makers", () => {
    const root = temporaryFolder();
    const device = (name: string, vendor: string, kind: string) => {
      const folder = join(root, "sys/bus/pci/devices", name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "vendor"), `${vendor}\n`);
      writeFileSync(join(folder, "class"), `${kind}\n`);
    };
    expect(makersOnBus(root)).toEqual([]);
    device("0000:00:01.0", "0x10de", "0x030200"); // 3D controller
    device("0000:00:02.0", "0x10de", "0x030200");
    device("0000:00:03.0", "0x8086", "0x020000"); // network
    device("0000:00:04.0", "0x1af4", "0x030000"); // a virtual machine's screen
    expect(makersOnBus(root)).toEqual(["nvidia"]);
    device("0000:00:05.0", "0x1002", "0x030000");
    expect(makersOnBus(root)).toEqual(["nvidia", "amd"]);
  });
});
