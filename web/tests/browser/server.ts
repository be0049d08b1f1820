import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ASKWIRE =
  process.env.SERVER ?? fileURLToPath(new URL('../../../.venv/bin/askwire', import.meta.url));
const PATIENCE = 90_000;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A real server with data of its own, that can be killed and started again where it was. */
export class Server {
  readonly url: string;
  readonly #port: number;
  readonly #data = mkdtempSync(join(tmpdir(), 'askwire-browser-'));
  #process: ChildProcess | undefined;
  #said = '';

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Server> {
    const server = new Server(await freePort());
    await server.again();
    return server;
  }

  /** Start it, or start it again on the same data and port. */
  async again(): Promise<void> {
    const child = spawn(ASKWIRE, ['serve', '--port', String(this.#port)], {
      env: { ...process.env, ASKWIRE_DATA: this.#data },
      // A group of its own, so that nothing it started outlives it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on(
        'data',
        (data: Buffer) => (this.#said = (this.#said + data.toString()).slice(-4000)),
      );
    }
    const until = Date.now() + PATIENCE;
    while (Date.now() < until) {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${this.#said}`);
      if (await this.#alive()) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`the server did not answer in ${PATIENCE / 1000} s:\n${this.#said}`);
  }

  /** End it without a word, with everything that it started. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #alive(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/live`)).ok;
    } catch {
      return false;
    }
  }
}
