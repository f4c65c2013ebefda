// A registry with one package, which it only has after a while, or has in another version.

import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Registry extends AsyncDisposable {
  readonly url: string;
  /** How often it was asked for the package. */
  readonly asked: () => number;
}

/** Answers the first `absent` requests as if there were no such package, or, with `other`, only that version. */
export async function registry(
  tarball: Buffer,
  version: string,
  { absent, other }: { absent: number; other?: string },
): Promise<Registry> {
  let asked = 0;
  const server: Server = createServer((request, response) => {
    if (request.url?.endsWith(".tgz")) {
      response.end(tarball);
      return;
    }
    asked++;
    const has = asked > absent ? version : other;
    if (has === undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{ "error": "Not found" }');
      return;
    }
    const { port } = server.address() as AddressInfo;
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        name: "late",
        "dist-tags": { latest: has },
        versions: {
          [has]: {
            name: "late",
            version: has,
            dist: {
              tarball: `http://127.0.0.1:${port}/late.tgz`,
              integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
            },
          },
        },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
