// The part every fake shares: an HTTP server with a route table, a diary, planned failures and the control plane.
import http from 'node:http';
import https from 'node:https';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as git from './git.mjs';

const LARGEST_BODY = 32 << 20;

export const json = (status, body, headers = {}) => ({ status, body, headers });
export const empty = (status = 204, headers = {}) => ({ status, headers });
export const text = (status, body, type = 'text/plain; charset=utf-8', headers = {}) => ({
  status,
  body: Buffer.from(body),
  headers: { 'Content-Type': type, ...headers },
});

export class Fake {
  // `product` implements: authenticate(call), notFound(call), and may have decorate(call, reply), set(spec),
  // state(), deliver(spec), badJson(call), serve(call, response).
  constructor(product, options) {
    this.product = product;
    this.options = options;
    this.routes = [];
    this.diary = [];
    this.failures = [];
    this.deliveries = [];
    this.seen = new Map();
  }

  // ':name' takes one segment, '*name' the rest of the path. The first route that matches counts.
  route(method, pattern, handler) {
    const names = [];
    const source = pattern
      .split('/')
      .map((part) => {
        if (part.startsWith(':') || part.startsWith('*')) {
          names.push(part.slice(1));
          return part.startsWith(':') ? '([^/]+)' : '(.+)';
        }
        return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      })
      .join('/');
    this.routes.push({ method, pattern, regex: new RegExp(`^${source}/?$`, 'i'), names, handler });
  }

  async start() {
    const { options } = this;
    const listener = (request, response) => void this.#answer(request, response);
    this.server = options.tls
      ? https.createServer({ cert: readFileSync(options.tls.cert), key: readFileSync(options.tls.key) }, listener)
      : http.createServer(listener);
    this.server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => this.server.listen(options.port, options.host, resolve));
    this.port = this.server.address().port;
    this.base = options.publicUrl || `${options.tls ? 'https' : 'http'}://${options.host}:${this.port}`;
    await this.product.ready?.();
    for (const repo of this.product.repos) await this.remember(repo);
    process.stdout.write(`${JSON.stringify({ port: this.port })}\n`);
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
  }

  // ---- what happened to a repository since the last look

  async remember(repo) {
    const now = new Map((await git.refs(repo.path)).map(({ ref, sha }) => [ref, sha]));
    this.seen.set(repo, now);
    return now;
  }

  // [{ ref, before, after, forced }] since the last call; zeros where a ref did not exist. `wanted` overrides it.
  async changes(repo, wanted) {
    const before = this.seen.get(repo) ?? new Map();
    const after = await this.remember(repo);
    const found =
      wanted ??
      [...new Set([...before.keys(), ...after.keys()])]
        .filter((ref) => before.get(ref) !== after.get(ref))
        .map((ref) => ({ ref, before: before.get(ref), after: after.get(ref) }));
    for (const change of found) {
      change.before ??= before.get(change.ref) ?? git.ZERO;
      change.after ??= after.get(change.ref) ?? git.ZERO;
      change.forced ??=
        change.before !== git.ZERO &&
        change.after !== git.ZERO &&
        !(await git.isAncestor(repo.path, change.before, change.after));
    }
    return found;
  }

  // ---- one request

  async #answer(request, response) {
    try {
      const call = await this.#read(request);
      if (call.path.startsWith('/_fake/')) return this.#send(call, response, await this.#control(call));
      const entry = this.#record(call);
      const failure = this.#takeFailure(call);
      if (failure?.delay_ms) await new Promise((resolve) => setTimeout(resolve, failure.delay_ms));
      if (failure?.drop) {
        entry.status = 'dropped';
        return void request.socket.destroy();
      }
      if (failure?.hang) {
        entry.status = 'hanging';
        return;
      }
      if (!failure && this.product.serve && (await this.product.serve(call, response, entry))) return;
      const reply = failure ? failureReply(failure) : await this.#reply(call);
      entry.status = reply.status;
      this.#send(call, response, reply);
    } catch (error) {
      process.stderr.write(`${error.stack}\n`);
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(`the fake itself failed: ${error.message}\n`);
    }
  }

  async #read(request) {
    const parts = [];
    let size = 0;
    for await (const part of request) {
      size += part.length;
      if (size > LARGEST_BODY) throw new Error('body too large');
      parts.push(part);
    }
    const url = new URL(request.url, 'http://fake.invalid');
    return {
      method: request.method,
      url,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      raw: Buffer.concat(parts),
      target: request.url,
      socket: request.socket,
    };
  }

  async #reply(call) {
    const refused = await this.product.authenticate(call);
    const reply = refused ?? (await this.#dispatch(call));
    this.product.decorate?.(call, reply);
    return reply;
  }

  async #dispatch(call) {
    const path = this.product.strip ? this.product.strip(call.path) : call.path;
    if (path === null) return this.product.notFound(call);
    let allowed = false;
    for (const route of this.routes) {
      const match = route.regex.exec(path);
      if (!match) continue;
      allowed = true;
      if (route.method !== call.method && !(route.method === 'GET' && call.method === 'HEAD')) continue;
      call.params = Object.fromEntries(route.names.map((name, i) => [name, decodeURIComponent(match[i + 1])]));
      if (!parseBody(call)) return this.product.badJson?.(call) ?? text(400, 'not JSON');
      return route.handler(call);
    }
    return allowed && this.product.wrongMethod ? this.product.wrongMethod(call) : this.product.notFound(call);
  }

  #send(call, response, reply) {
    const headers = { ...reply.headers };
    let bytes = Buffer.alloc(0);
    if (Buffer.isBuffer(reply.body)) bytes = reply.body;
    else if (reply.body !== undefined) {
      bytes = Buffer.from(JSON.stringify(reply.body));
      headers['Content-Type'] ??= 'application/json; charset=utf-8';
    }
    if (reply.status !== 204) headers['Content-Length'] = bytes.length;
    response.writeHead(reply.status, headers);
    response.end(call.method === 'HEAD' ? undefined : bytes);
  }

  // ---- diary, failures, control plane

  #record(call) {
    const headers = { ...call.headers };
    for (const name of ['authorization', 'private-token']) {
      if (headers[name]) headers[name] = `sha256:${sha256(headers[name])}`;
    }
    const entry = {
      time: new Date().toISOString(),
      method: call.method,
      path: call.target,
      headers,
      body: call.raw.toString('utf8'),
    };
    this.diary.push(entry);
    return entry;
  }

  #takeFailure(call) {
    const line = `${call.method} ${call.target}`;
    const index = this.failures.findIndex(({ match }) => !match || new RegExp(match).test(line));
    if (index < 0) return null;
    const failure = this.failures[index];
    if (failure.count > 0 && --failure.count === 0) this.failures.splice(index, 1);
    return failure;
  }

  async #control(call) {
    const action = `${call.method} ${call.path}`;
    const body = call.raw.length > 0 ? JSON.parse(call.raw) : {};
    switch (action) {
      case 'GET /_fake/diary':
        return json(200, this.diary);
      case 'DELETE /_fake/diary':
        this.diary.length = 0;
        return empty();
      case 'POST /_fake/fail':
        this.failures.push({ count: 1, status: 503, ...body });
        return empty();
      case 'DELETE /_fake/fail':
        this.failures.length = 0;
        return empty();
      case 'POST /_fake/set':
        return json(200, (await this.product.set(body)) ?? {});
      case 'GET /_fake/state':
        return json(200, await this.product.state());
      case 'POST /_fake/deliver':
        return this.#deliver(body);
      case 'GET /_fake/deliveries':
        return json(200, this.deliveries);
      default:
        return json(404, { error: `no ${action}` });
    }
  }

  async #deliver(spec) {
    try {
      const deliveries = await this.product.deliver(spec);
      this.deliveries.push(...deliveries);
      return json(200, { deliveries });
    } catch (error) {
      return json(400, { error: error.message });
    }
  }
}

export const sha256 = (value) => crypto.createHash('sha256').update(value).digest('hex');

function failureReply(failure) {
  const body = typeof failure.body === 'string' ? Buffer.from(failure.body) : (failure.body ?? Buffer.alloc(0));
  return { status: failure.status, headers: failure.headers ?? {}, body };
}

function parseBody(call) {
  if (call.raw.length === 0) {
    call.json = {};
    return true;
  }
  try {
    call.json = JSON.parse(call.raw);
    return true;
  } catch {
    call.json = {};
    return (call.headers['content-type'] ?? '').includes('json') === false;
  }
}

// The token of a Bearer, token or Basic header, and the user name of the latter.
export function credentials(call) {
  const header = call.headers.authorization ?? '';
  const [scheme, value = ''] = header.split(/\s+/, 2);
  if (/^(bearer|token)$/i.test(scheme)) return { scheme: 'bearer', user: '', token: value };
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(value, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    return { scheme: 'basic', user: pair.slice(0, colon), token: pair.slice(colon + 1) };
  }
  return { scheme: header ? 'other' : 'none', user: '', token: '' };
}

// A stable number or GUID for a name, so that two starts of a fake agree.
export const numberFor = (name) => Number.parseInt(sha256(name).slice(0, 7), 16) + 1000;
export function guidFor(name) {
  const hex = sha256(name);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
