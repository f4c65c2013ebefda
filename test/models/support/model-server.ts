import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelInfo } from "../../../lib/models/index.js";

/** Answers one request in a way of its own. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** What a request asked for. */
export interface Asked {
  path: string;
  range: string | undefined;
  ifRange: string | undefined;
}

/** A file server on this machine that knows ranges and ETags, and misbehaves on demand. */
export class ModelServer {
  body: Buffer;
  etag = '"one"';
  /** Answers to the next requests, before the server behaves again. */
  readonly next: Behaviour[] = [];
  readonly asked: Asked[] = [];
  readonly #cuts: { at: number; response: ServerResponse }[] = [];
  readonly #server: Server;
  #received = 0;

  private constructor(body: Buffer) {
    this.body = body;
    this.#server = createServer((request, response) => {
      const { range, "if-range": ifRange } = request.headers;
      this.asked.push({ path: request.url ?? "", range, ifRange: ifRange as string | undefined });
      const behave = this.next.shift() ?? this.serve;
      behave(request, response);
    });
  }

  static async start(body: Buffer): Promise<ModelServer> {
    const server = new ModelServer(body);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** As a good server does. */
  readonly serve: Behaviour = (request, response) => {
    const start = this.#startOf(request);
    if (start === undefined) return this.whole(request, response);
    const total = this.body.length;
    if (start >= total) {
      response.writeHead(416, { "content-range": `bytes */${total}` }).end();
      return;
    }
    const rest = this.body.subarray(start);
    response.writeHead(206, {
      etag: this.etag,
      "content-length": rest.length,
      "content-range": `bytes ${start}-${total - 1}/${total}`,
    });
    response.end(rest);
  };

  /** The whole file, whatever was asked for. */
  readonly whole: Behaviour = (_request, response) => {
    response.writeHead(200, { etag: this.etag, "content-length": this.body.length });
    response.end(this.body);
  };

  /**
   * Sends the first `bytes` of what was asked for, and cuts the connection once `cutter` has heard that they
   * arrived: what fetch has not handed out when its connection ends, it throws away.
   */
  cut(bytes: number): Behaviour {
    return (request, response) => {
      const at = (this.#startOf(request) ?? 0) + bytes;
      const cut = (): void => {
        this.#cuts.push({ at, response });
        this.#cutNow();
      };
      this.#partly(bytes, cut)(request, response);
    };
  }

  /** To be used as `onProgress` wherever `cut` is used. */
  readonly cutter = ({ receivedBytes }: { receivedBytes: number }): void => {
    this.#received = receivedBytes;
    setImmediate(() => this.#cutNow());
  };

  #cutNow(): void {
    const due = this.#cuts.findIndex(({ at }) => at === this.#received);
    if (due >= 0) this.#cuts.splice(due, 1)[0]?.response.socket?.destroySoon();
  }

  /** Sends the first `bytes` of what was asked for, then `then` decides. */
  pause(bytes: number, then: (finish: () => void) => void): Behaviour {
    return this.#partly(bytes, (response, rest) => then(() => response.end(rest)));
  }

  #partly(bytes: number, then: (response: ServerResponse, rest: Buffer) => void): Behaviour {
    return (request, response) => {
      const start = this.#startOf(request) ?? 0;
      const wanted = this.body.subarray(start);
      const total = this.body.length;
      response.writeHead(start > 0 ? 206 : 200, {
        etag: this.etag,
        "content-length": wanted.length,
        ...(start > 0 ? { "content-range": `bytes ${start}-${total - 1}/${total}` } : {}),
      });
      response.write(wanted.subarray(0, bytes), () => then(response, wanted.subarray(bytes)));
    };
  }

  #startOf({ headers }: IncomingMessage): number | undefined {
    const found = /^bytes=(\d+)-$/.exec(headers.range ?? "");
    return found && headers["if-range"] === this.etag ? Number(found[1]) : undefined;
  }
}

/** Answers with a status and nothing else. */
export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(code, headers).end("no");
  };
}

/** Never answers. */
export const silence: Behaviour = () => {};

/** Bytes that look like a ggml model and are the same in every run. */
export function modelBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  bytes.writeUInt32LE(0x67676d6c, 0);
  return bytes;
}

/** The description of a model with these bytes. */
export function modelOf(bytes: Buffer, check: "sha256" | "sha1" | "none" = "sha256"): ModelInfo {
  return {
    name: "toy",
    kind: "whisper",
    repository: "some/repository",
    file: "ggml-toy.bin",
    sizeBytes: bytes.length,
    ...(check === "none" ? {} : { [check]: createHash(check).update(bytes).digest("hex") }),
  };
}
