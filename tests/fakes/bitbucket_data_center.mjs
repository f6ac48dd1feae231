// Bitbucket Data Center: /rest/api/1.0 (and /latest), build status, keys. See README.md.
import crypto from 'node:crypto';
import { Fake, credentials, json, numberFor, text } from './lib/fake.mjs';
import { hmac, post } from './lib/deliver.mjs';
import { parseOptions } from './lib/options.mjs';
import { serveGit } from './lib/smart_http.mjs';
import * as git from './lib/git.mjs';
import { hookDate, pullShape, refsChanged, repoShape, userShape } from './lib/data_center_shapes.mjs';
import { addRoutes } from './lib/data_center_routes.mjs';

const EVENTS = [
  'repo:refs_changed',
  'repo:modified',
  'repo:forked',
  'repo:comment:added',
  'repo:comment:edited',
  'repo:comment:deleted',
  'mirror:repo_synchronized',
  'project:modified',
  'pr:opened',
  'pr:modified',
  'pr:from_ref_updated',
  'pr:reviewer:updated',
  'pr:reviewer:approved',
  'pr:reviewer:unapproved',
  'pr:reviewer:needs_work',
  'pr:merged',
  'pr:declined',
  'pr:deleted',
  'pr:comment:added',
  'pr:comment:edited',
  'pr:comment:deleted',
];
const LARGEST_PAGE = 1000;
const LEVELS = { REPO_READ: 1, REPO_WRITE: 2, REPO_ADMIN: 3 };

class DataCenter {
  constructor(options) {
    this.options = options;
    this.context = (options.context ?? '').replace(/\/$/, '');
    this.version = options.version ?? '8.19.1';
    this.listsCommits = Number.parseInt(this.version, 10) >= 8;
    this.user = { name: 'admin', display: 'Administrator', id: 2 };
    this.fake = new Fake(this, options);
    this.tokens = new Map();
    this.mood = { anonymous: false };
    this.rateLimit = null;
    this.hooks = [];
    this.builds = [];
    this.pulls = [];
    this.keys = [];
    this.nextId = 1;
    this.projects = [];
    this.repos = options.repos.map((repo) => this.#newRepo(repo));
    for (const token of options.tokens.length ? options.tokens : ['fake-http-token']) this.#addToken(token, {});
    addRoutes(this);
  }

  ready() {
    this.base = this.fake.base;
    this.home = `${this.base}${this.context}`;
  }

  #newRepo(repo) {
    let project = this.projects.find(({ key }) => key === repo.owner);
    if (!project) this.projects.push((project = { key: repo.owner, id: this.projects.length + 1, name: repo.owner }));
    return { id: numberFor(`dc/${repo.owner}/${repo.name}`) % 100_000, project, ...repo };
  }

  #addToken(token, spec) {
    this.tokens.set(token, { level: 'REPO_ADMIN', user: true, ...spec });
  }

  // ---- who asks

  strip(path) {
    if (!path.startsWith(`${this.context}/`)) return null;
    return path
      .slice(this.context.length)
      .replace('/rest/api/latest/', '/rest/api/1.0/')
      .replace('/rest/build-status/latest/', '/rest/build-status/1.0/');
  }

  authenticate(call) {
    const given = credentials(call);
    const token = this.tokens.get(given.token);
    const good = token && !token.revoked && !(token.expires && Date.parse(token.expires) <= Date.now());
    call.token = good ? token : null;
    // Says nothing about the token: works without one and with a bad one.
    if (/\/application-properties\/?$/.test(call.path)) return null;
    if (!good && this.mood.anonymous) return null;
    if (!good && given.scheme === 'none')
      return this.#error(
        401,
        'com.atlassian.bitbucket.AuthorisationException',
        'You are not permitted to access this resource',
      );
    if (!good)
      return this.#error(
        401,
        'com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException',
        'Authentication failed. Please check your credentials and try again.',
      );
    if (this.rateLimit && this.rateLimit.remaining-- <= 0) {
      return {
        ...this.#error(
          429,
          'com.atlassian.bitbucket.ratelimit.RateLimitExceededException',
          'You have exceeded your rate limit. Please try again later.',
        ),
        headers: { 'Retry-After': String(this.rateLimit.retry_after ?? 1) },
      };
    }
    return null;
  }

  decorate(call, reply) {
    const headers = (reply.headers ??= {});
    headers['X-AREQUESTID'] = `@${crypto.randomBytes(4).toString('hex').toUpperCase()}x${this.nextId}x0`;
    if (call.token?.user) Object.assign(headers, { 'X-AUSERNAME': this.user.name, 'X-AUSERID': String(this.user.id) });
    else if (this.mood.anonymous && !call.token) headers['X-AUSERNAME'] = 'anonymous';
  }

  #error(status, exceptionName, message, context = null) {
    return json(status, { errors: [{ context, message, exceptionName }] });
  }
  error(...args) {
    return this.#error(...args);
  }
  invalid(context, message) {
    return this.#error(400, null, message, context);
  }
  notFound(call) {
    return text(
      404,
      `<?xml version="1.0" encoding="UTF-8"?><status><status-code>404</status-code><message>null for uri: ${call.path}</message></status>`,
      'application/xml;charset=UTF-8',
    );
  }
  wrongMethod() {
    return text(405, '', 'text/html');
  }
  badJson() {
    return this.#error(400, 'com.fasterxml.jackson.core.JsonParseException', 'Unexpected character');
  }

  visible(call) {
    if (!call.token) return [];
    return this.repos.filter((repo) => !call.token.repos || call.token.repos.includes(`${repo.owner}/${repo.name}`));
  }

  find(call, level) {
    const { project, slug } = call.params;
    const key = project.toLowerCase();
    if (!this.projects.some((each) => each.key.toLowerCase() === key)) {
      return {
        refusal: this.#error(
          404,
          'com.atlassian.bitbucket.project.NoSuchProjectException',
          `Project ${project} does not exist.`,
        ),
      };
    }
    const repo = this.visible(call).find(
      (each) => each.owner.toLowerCase() === key && each.name.toLowerCase() === slug.toLowerCase(),
    );
    if (!repo)
      return {
        refusal: this.#error(
          404,
          'com.atlassian.bitbucket.repository.NoSuchRepositoryException',
          `Repository ${project}/${slug} does not exist.`,
        ),
      };
    if (LEVELS[call.token.level] < LEVELS[level]) {
      return {
        refusal: this.#error(
          401,
          'com.atlassian.bitbucket.AuthorisationException',
          'You are not permitted to access this resource',
        ),
      };
    }
    return { repo, refusal: null };
  }

  // start/limit, and nextPageStart that is null at the end. The server lowers a limit that is too high.
  page(call, items, usual = 25) {
    const start = Math.max(Number(call.query.get('start') ?? 0), 0);
    const limit = Math.min(
      Number(call.query.get('limit') ?? usual),
      this.options.pageLimit ? Number(this.options.pageLimit) : LARGEST_PAGE,
    );
    const values = items.slice(start, start + limit);
    const isLastPage = start + limit >= items.length;
    return { size: values.length, limit, isLastPage, values, start, nextPageStart: isLastPage ? null : start + limit };
  }

  // ---- webhooks

  hookShape(hook) {
    const { id, name, created, updated, events, configuration, url, active, ssl } = hook;
    return {
      id,
      name,
      createdDate: created,
      updatedDate: updated,
      events,
      configuration,
      url,
      active,
      scopeType: 'repository',
      sslVerificationRequired: ssl,
    };
  }

  hookProblem({ name, url, events }) {
    if (!name) return this.invalid('name', 'A name is required.');
    if (!url || !/^https?:\/\/\S+$/.test(url)) return this.invalid('url', 'The URL must be a valid http or https URL.');
    const known =
      Number.parseInt(this.version, 10) >= 7 ? EVENTS : EVENTS.filter((event) => event !== 'pr:from_ref_updated');
    const unknown = (events ?? []).find((event) => !known.includes(event));
    if (unknown) return this.invalid('events', `The event ${unknown} is not a known event.`);
    return events?.length ? null : this.invalid('events', 'At least one event is required.');
  }

  async send(hook, event, payload, options = {}) {
    const body = JSON.stringify(payload);
    const { secret } = hook.configuration;
    const id = options.delivery_id ?? crypto.randomUUID();
    const signing = options.secret ?? secret;
    const { username, password } = hook.credentials ?? {};
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': `Atlassian HttpClient 4.2.0 / Bitbucket-${this.version} (8019001) / Default`,
      'X-Event-Key': event,
      'X-Request-Id': id,
      ...(signing && event !== 'diagnostics:ping' && { 'X-Hub-Signature': hmac(signing, body) }),
      ...(username && { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
    };
    const record = await post(hook.url, headers, body, { override: options });
    hook.latest = { event, status: record.response?.status ?? 0, at: Date.now() };
    // The breaker: five failures in a row, and the hook is left out for a time.
    hook.failures = record.response?.status < 400 ? 0 : (hook.failures ?? 0) + 1;
    return { hook: hook.id, event, id, ...record };
  }

  async broadcast(repo, event, payload, options) {
    const sent = [];
    for (const hook of this.hooks.filter((each) => each.repo === repo && each.active && each.events.includes(event))) {
      if ((hook.failures ?? 0) >= 5) sent.push({ hook: hook.id, event, skipped: 'circuit breaker' });
      else sent.push(await this.send(hook, event, payload, options));
    }
    return sent;
  }

  async pullEvent(pull, event, extra, options) {
    return this.broadcast(
      pull.repo,
      event,
      { eventKey: event, date: hookDate(), actor: userShape(this), pullRequest: pullShape(this, pull), ...extra },
      options,
    );
  }

  async openPull(repo, { source, target, title, description, draft, fork }) {
    const head = await git.resolve((fork ?? repo).path, `refs/heads/${source}`);
    const base = await git.resolve(repo.path, `refs/heads/${target}`);
    if (!head || !base) return null;
    const id = this.pulls.filter((each) => each.repo === repo).length + 1;
    const pull = {
      repo,
      fork,
      id,
      version: 0,
      source,
      target,
      title: title ?? source,
      description,
      draft,
      state: 'OPEN',
      head_sha: head,
      base_sha: base,
      created: Date.now(),
      updated: Date.now(),
      comments: [],
    };
    this.pulls.push(pull);
    return pull;
  }

  // ---- control plane

  set(spec) {
    for (const [token, value] of Object.entries(spec.tokens ?? {})) {
      if (value === null) this.tokens.delete(token);
      else this.#addToken(token, { ...this.tokens.get(token), ...value });
    }
    if ('anonymous' in spec) this.mood.anonymous = spec.anonymous;
    if ('ssh_off' in spec) this.sshOff = spec.ssh_off;
    if ('rate_limit' in spec) this.rateLimit = spec.rate_limit;
    for (const { repo: wanted, rename, ...changes } of spec.repos ?? []) {
      const slash = wanted.lastIndexOf('/');
      const [owner, name] = [wanted.slice(0, slash), wanted.slice(slash + 1)];
      const repo = this.repos.find((each) => each.owner === owner && each.name === name);
      if (repo) Object.assign(repo, changes, rename && { formerly: name, name: rename });
      else this.repos.push(this.#newRepo({ owner, name, ...changes }));
    }
    if (spec.delete_hooks) this.hooks.length = 0;
    return {};
  }

  state() {
    const named = ({ repo, fork: _, ...rest }) => ({ repo: `${repo.owner}/${repo.name}`, ...rest });
    return {
      hooks: this.hooks.map(named),
      statuses: this.builds,
      pulls: this.pulls.map(named),
      keys: this.keys.map(named),
    };
  }

  async deliver(spec) {
    const repo = this.repos.find((each) => `${each.owner}/${each.name}` === spec.repo);
    if (!repo) throw new Error(`no repository ${spec.repo}`);
    const options = { headers: spec.headers, body: spec.body, secret: spec.secret, delivery_id: spec.delivery_id };
    if (spec.event === 'push') return this.#deliverPush(repo, spec, options);
    if (spec.event === 'pull_request') return this.#deliverPull(repo, spec, options);
    if (spec.event === 'ping')
      return Promise.all(
        this.hooks
          .filter((hook) => hook.repo === repo)
          .map((hook) => this.send(hook, 'diagnostics:ping', { test: true }, options)),
      );
    if (spec.event === 'repository') {
      const now = repoShape(this, repo);
      return this.broadcast(
        repo,
        'repo:modified',
        {
          eventKey: 'repo:modified',
          date: hookDate(),
          actor: userShape(this),
          old: { ...now, slug: repo.formerly ?? repo.name, name: repo.formerly ?? repo.name },
          new: now,
        },
        options,
      );
    }
    throw new Error(`event ${spec.event} is none of push, pull_request, ping, repository`);
  }

  // All refs of a push in one delivery; then the open pull requests of the branches that moved.
  async #deliverPush(repo, spec, options) {
    const changes = await this.fake.changes(repo, spec.changes);
    if (changes.length === 0) return [];
    const sent = await this.broadcast(repo, 'repo:refs_changed', await refsChanged(this, repo, changes), options);
    for (const pull of this.pulls.filter((each) => each.repo === repo && each.state === 'OPEN')) {
      const moved = changes.find(({ ref, after }) => ref === `refs/heads/${pull.source}` && after !== git.ZERO);
      if (moved) sent.push(...(await this.#moved(pull, moved.after, options)));
    }
    return sent;
  }

  #moved(pull, sha, options) {
    const previousFromHash = pull.head_sha;
    Object.assign(pull, { head_sha: sha, updated: Date.now(), version: pull.version + 1 });
    return this.pullEvent(pull, 'pr:from_ref_updated', { previousFromHash }, options);
  }

  async #deliverPull(repo, spec, options) {
    const { action = 'opened', number } = spec;
    let pull = this.pulls.find((each) => each.repo === repo && each.id === number);
    if (!pull) {
      const fork = spec.fork ? this.repos.find((each) => `${each.owner}/${each.name}` === spec.fork) : undefined;
      pull = await this.openPull(repo, {
        source: spec.source,
        target: spec.target ?? 'main',
        title: spec.title,
        draft: spec.draft,
        fork,
      });
      if (!pull) throw new Error(`no branch ${spec.source} or ${spec.target ?? 'main'}`);
      return this.pullEvent(pull, 'pr:opened', {}, options);
    }
    if (action === 'synchronize')
      return this.#moved(pull, await git.resolve((pull.fork ?? repo).path, `refs/heads/${pull.source}`), options);
    if (action === 'closed') {
      Object.assign(pull, {
        state: spec.merged ? 'MERGED' : 'DECLINED',
        closed: Date.now(),
        version: pull.version + 1,
        ...(spec.merged && { merge_sha: await git.resolve(repo.path, `refs/heads/${pull.target}`) }),
      });
      return this.pullEvent(pull, spec.merged ? 'pr:merged' : 'pr:declined', {}, options);
    }
    if (action === 'edited') {
      const { toRef } = pullShape(this, pull);
      const extra = {
        previousTitle: pull.title,
        previousDescription: pull.description ?? null,
        previousTarget: {
          id: toRef.id,
          displayId: toRef.displayId,
          type: 'BRANCH',
          latestCommit: toRef.latestCommit,
          latestChangeset: toRef.latestCommit,
        },
      };
      if (spec.target)
        Object.assign(pull, {
          target: spec.target,
          base_sha: await git.resolve(repo.path, `refs/heads/${spec.target}`),
        });
      if (spec.title) pull.title = spec.title;
      return this.pullEvent(pull, 'pr:modified', extra, options);
    }
    throw new Error(`action ${action} is none of opened, synchronize, edited, closed`);
  }

  // ---- git over HTTP

  async serve(call, response, entry) {
    const path = this.strip(call.path);
    const match =
      path && /^\/scm\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(path);
    const repo =
      match && this.repos.find((each) => each.owner.toLowerCase() === match[1].toLowerCase() && each.name === match[2]);
    if (!repo) return false;
    const token = this.tokens.get(credentials(call).token);
    if (!token || token.revoked) {
      entry.status = 401;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="Atlassian Bitbucket"' }).end();
      return true;
    }
    entry.status = 200;
    await serveGit(call, response, repo.path, match[3], this.user.name);
    return true;
  }
}

await new DataCenter(
  parseOptions(process.argv.slice(2), { '--context': false, '--version': false, '--page-limit': false }),
).fake.start();
