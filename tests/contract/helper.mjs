// What the contract tests share: a fake as a child process, a real repository behind it, a receiver of webhooks.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const SOURCE =
  process.env.RUNBRIDGE_SOURCE_DIR ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const SHARED = path.resolve(SOURCE, '../shared');
export const noShared = existsSync(path.join(SHARED, 'openapi'))
  ? false
  : "the vendors' API descriptions (../shared/openapi) are not here";

// A bare repository with one commit on main, and a clone to push from.
export class Repository {
  constructor() {
    this.directory = mkdtempSync(path.join(os.tmpdir(), 'contract-'));
    this.bare = path.join(this.directory, 'bare.git');
    this.work = path.join(this.directory, 'work');
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', this.bare]);
    execFileSync('git', ['init', '-q', '-b', 'main', this.work]);
    this.git('config', 'user.name', 'Ann');
    this.git('config', 'user.email', 'ann@example.com');
    this.git('remote', 'add', 'origin', this.bare);
    this.commit('main', 'README.md', 'hello');
  }
  git(...args) {
    return execFileSync('git', ['-C', this.work, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  }
  // Commits one file on a branch (made from where we are) and pushes it; gives back the commit.
  commit(branch, file, content) {
    this.git('checkout', '-q', '-B', branch);
    writeFileSync(path.join(this.work, file), content);
    this.git('add', '.');
    this.git('commit', '-q', '-m', `change ${file}`);
    this.git('push', '-q', '-f', 'origin', branch);
    return this.git('rev-parse', 'HEAD');
  }
  remove() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function startFake(program, args) {
  const child = spawn(process.execPath, [path.join(SOURCE, 'tests/fakes', program), '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      if (text.includes('\n')) resolve(text);
    });
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  const { port } = JSON.parse(line);
  const url = `http://127.0.0.1:${port}`;
  const control = async (method, action, body) => {
    const response = await fetch(`${url}/_fake/${action}`, { method, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${action}: ${text}`);
    return text ? JSON.parse(text) : null;
  };
  return {
    port,
    url,
    diary: () => control('GET', 'diary'),
    set: (body) => control('POST', 'set', body),
    state: () => control('GET', 'state'),
    fail: (body) => control('POST', 'fail', body),
    deliver: async (body) => (await control('POST', 'deliver', body)).deliveries,
    stop: () => child.kill('SIGTERM'),
  };
}

// Keeps what it gets; answers `status`.
export async function startReceiver() {
  const receiver = { got: [], status: 202 };
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      receiver.got.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(receiver.status).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${server.address().port}/hook`;
  receiver.stop = () => server.close();
  return receiver;
}
