import { collectPlatform } from "./collect/platform.js";
import { toText } from "./report-text.js";
import { judgePlatform } from "./rules/platform.js";

/**
 * What doctor prints on a Node that is too old for the package: the platform alone. Nothing that is imported here needs a newer
 * one, and nothing of it comes from other packages.
 */
export async function printPlatform(json: boolean): Promise<void> {
  const platform = collectPlatform();
  const findings = judgePlatform(platform);
  process.stdout.write(
    json
      ? `${JSON.stringify({ healthy: false, findings, facts: { platform } }, null, 2)}\n`
      : toText(findings),
  );
}
