// What the package is tested on and built for. Workflows name the same: `npm run lint:workflows` compares them.

/** Node's majors that the tests run on, from the oldest that `engines` allows to the newest; the exact version of each. */
export const nodes = {
  20: "20.20.2",
  22: "22.23.3",
  24: "24.21.0",
  26: "26.12.1",
};

export const majors = Object.keys(nodes).map(Number);
export const oldestMajor = Math.min(...majors);
export const newestMajor = Math.max(...majors);

/** What builds and publishes: npm publishes without a token from 11.5.1, which comes with Node 24. */
export const buildMajor = 24;

/** The newest glibc that a prebuild may need: what Node itself needs. */
export const glibcMax = "2.28";

/**
 * Where a prebuild is made. `image`: of the container whose libraries it is linked with; a prebuild needs the versions
 * of libc and libstdc++ that it found there, or newer ones.
 */
export const prebuilt = [
  {
    name: "linux-x64-glibc",
    runner: "ubuntu-24.04",
    image: "quay.io/pypa/manylinux_2_28_x86_64:2026.06.04-1",
  },
  {
    name: "linux-arm64-glibc",
    runner: "ubuntu-24.04-arm",
    image: "quay.io/pypa/manylinux_2_28_aarch64:2026.06.04-1",
  },
  { name: "linux-x64-musl", runner: "ubuntu-24.04", image: "alpine:3.21" },
  { name: "linux-arm64-musl", runner: "ubuntu-24.04-arm", image: "alpine:3.21" },
  { name: "darwin-arm64", runner: "macos-15" },
  { name: "darwin-x64", runner: "macos-15-intel" },
  { name: "win32-x64", runner: "windows-2025" },
].map((target) => {
  const [platform, arch, libc] = target.name.split("-");
  return { ...target, platform, arch, libc };
});
