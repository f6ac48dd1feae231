// Bitbucket Data Center: /rest/api/1.0 (and /latest), build status, keys. See README.md.
import crypto from 'node:crypto';
import { Fake, credentials, empty, json, numberFor, text } from './lib/fake.mjs';
import { hmac, post } from './lib/deliver.mjs';
import { parseOptions } from './lib/options.mjs';
import { serveGit } from './lib/smart_http.mjs';
import * as git from './lib/git.mjs';
import {
  branchShape, changeShape, commitShape, hookDate, projectShape, pullShape, refsChanged, repoShape, userShape,
} from './lib/data_center_shapes.mjs';

const EVENTS = ['repo:refs_changed', 'repo:modified', 'repo:forked', 'repo:comment:added', 'repo:comment:edited', 'repo:comment:deleted', 'mirror:repo_synchronized', 'project:modified',
  'pr:opened', 'pr:modified', 'pr:from_ref_updated', 'pr:reviewer:updated', 'pr:reviewer:approved', 'pr:reviewer:unapproved', 'pr:reviewer:needs_work', 'pr:merged', 'pr:declined',
  'pr:deleted', 'pr:comment:added', 'pr:comment:edited', 'pr:comment:deleted'];
const LONGEST_COMMENT = 32768;
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
    if (!project) this.projects.push(project = { key: repo.owner, id: this.projects.length + 1, name: repo.owner });
    return { id: numberFor(`dc/${repo.owner}/${repo.name}`) % 100_000, project, ...repo };
  }

  #addToken(token, spec) {
    this.tokens.set(token, { level: 'REPO_ADMIN', user: true, ...spec });
  }

  // ---- who asks

  strip(path) {
    if (!path.startsWith(`${this.context}/`)) return null;
    return path.slice(this.context.length).replace('/rest/api/latest/', '/rest/api/1.0/').replace('/rest/build-status/latest/', '/rest/build-status/1.0/');
  }

  authenticate(call) {
    const given = credentials(call);
    const token = this.tokens.get(given.token);
    const good = token && !token.revoked && !(token.expires && Date.parse(token.expires) <= Date.now());
    call.token = good ? token : null;
    // Says nothing about the token: works without one and with a bad one.
    if (/\/application-properties\/?$/.test(call.path)) return null;
    if (!good && this.mood.anonymous) return null;
    if (!good && given.scheme === 'none') return this.#error(401, 'com.atlassian.bitbucket.AuthorisationException', 'You are not permitted to access this resource');
    if (!good) return this.#error(401, 'com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException', 'Authentication failed. Please check your credentials and try again.');
    if (this.rateLimit && this.rateLimit.remaining-- <= 0) {
      return { ...this.#error(429, 'com.atlassian.bitbucket.ratelimit.RateLimitExceededException', 'You have exceeded your rate limit. Please try again later.'), headers: { 'Retry-After': String(this.rateLimit.retry_after ?? 1) } };
    }
    return null;
  }

  decorate(call, reply) {
    const headers = reply.headers ??= {};
    headers['X-AREQUESTID'] = `@${crypto.randomBytes(4).toString('hex').toUpperCase()}x${this.nextId}x0`;
    if (call.token?.user) Object.assign(headers, { 'X-AUSERNAME': this.user.name, 'X-AUSERID': String(this.user.id) });
    else if (this.mood.anonymous && !call.token) headers['X-AUSERNAME'] = 'anonymous';
  }

  #error(status, exceptionName, message, context = null) {
    return json(status, { errors: [{ context, message, exceptionName }] });
  }
  error(...args) { return this.#error(...args); }
  invalid(context, message) { return this.#error(400, null, message, context); }
  notFound(call) { return text(404, `<?xml version="1.0" encoding="UTF-8"?><status><status-code>404</status-code><message>null for uri: ${call.path}</message></status>`, 'application/xml;charset=UTF-8'); }
  wrongMethod() { return text(405, '', 'text/html'); }
  badJson() { return this.#error(400, 'com.fasterxml.jackson.core.JsonParseException', 'Unexpected character'); }

  visible(call) {
    if (!call.token) return [];
    return this.repos.filter((repo) => !call.token.repos || call.token.repos.includes(`${repo.owner}/${repo.name}`));
  }

  find(call, level) {
    const { project, slug } = call.params;
    const key = project.toLowerCase();
    if (!this.projects.some((each) => each.key.toLowerCase() === key)) {
      return { refusal: this.#error(404, 'com.atlassian.bitbucket.project.NoSuchProjectException', `Project ${project} does not exist.`) };
    }
    const repo = this.visible(call).find((each) => each.owner.toLowerCase() === key && each.name.toLowerCase() === slug.toLowerCase());
    if (!repo) return { refusal: this.#error(404, 'com.atlassian.bitbucket.repository.NoSuchRepositoryException', `Repository ${project}/${slug} does not exist.`) };
    if (LEVELS[call.token.level] < LEVELS[level]) {
      return { refusal: this.#error(401, 'com.atlassian.bitbucket.AuthorisationException', 'You are not permitted to access this resource') };
    }
    return { repo, refusal: null };
  }

  // start/limit, and nextPageStart that is null at the end. The server lowers a limit that is too high.
  page(call, items, usual = 25) {
    const start = Math.max(Number(call.query.get('start') ?? 0), 0);
    const limit = Math.min(Number(call.query.get('limit') ?? usual), this.options.pageLimit ? Number(this.options.pageLimit) : LARGEST_PAGE);
    const values = items.slice(start, start + limit);
    const isLastPage = start + limit >= items.length;
    return { size: values.length, limit, isLastPage, values, start, nextPageStart: isLastPage ? null : start + limit };
  }

  // ---- webhooks

  hookShape(hook) {
    const { id, name, created, updated, events, configuration, url, active, ssl } = hook;
    return { id, name, createdDate: created, updatedDate: updated, events, configuration, url, active, scopeType: 'repository', sslVerificationRequired: ssl };
  }

  hookProblem({ name, url, events }) {
    if (!name) return this.invalid('name', 'A name is required.');
    if (!url || !/^https?:\/\/\S+$/.test(url)) return this.invalid('url', 'The URL must be a valid http or https URL.');
    const known = Number.parseInt(this.version, 10) >= 7 ? EVENTS : EVENTS.filter((event) => event !== 'pr:from_ref_updated');
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
      'Content-Type': 'application/json; charset=utf-8', 'User-Agent': `Atlassian HttpClient 4.2.0 / Bitbucket-${this.version} (8019001) / Default`, 'X-Event-Key': event, 'X-Request-Id': id,
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
    return this.broadcast(pull.repo, event, { eventKey: event, date: hookDate(), actor: userShape(this), pullRequest: pullShape(this, pull), ...extra }, options);
  }

  async openPull(repo, { source, target, title, description, draft, fork }) {
    const head = await git.resolve((fork ?? repo).path, `refs/heads/${source}`);
    const base = await git.resolve(repo.path, `refs/heads/${target}`);
    if (!head || !base) return null;
    const id = this.pulls.filter((each) => each.repo === repo).length + 1;
    const pull = { repo, fork, id, version: 0, source, target, title: title ?? source, description, draft, state: 'OPEN', head_sha: head, base_sha: base, created: Date.now(), updated: Date.now(), comments: [] };
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
    return { hooks: this.hooks.map(named), statuses: this.builds, pulls: this.pulls.map(named), keys: this.keys.map(named) };
  }

  async deliver(spec) {
    const repo = this.repos.find((each) => `${each.owner}/${each.name}` === spec.repo);
    if (!repo) throw new Error(`no repository ${spec.repo}`);
    const options = { headers: spec.headers, body: spec.body, secret: spec.secret, delivery_id: spec.delivery_id };
    if (spec.event === 'push') return this.#deliverPush(repo, spec, options);
    if (spec.event === 'pull_request') return this.#deliverPull(repo, spec, options);
    if (spec.event === 'ping') return Promise.all(this.hooks.filter((hook) => hook.repo === repo).map((hook) => this.send(hook, 'diagnostics:ping', { test: true }, options)));
    if (spec.event === 'repository') {
      const now = repoShape(this, repo);
      return this.broadcast(repo, 'repo:modified', { eventKey: 'repo:modified', date: hookDate(), actor: userShape(this), old: { ...now, slug: repo.formerly ?? repo.name, name: repo.formerly ?? repo.name }, new: now }, options);
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
      if (moved) sent.push(...await this.#moved(pull, moved.after, options));
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
      pull = await this.openPull(repo, { source: spec.source, target: spec.target ?? 'main', title: spec.title, draft: spec.draft, fork });
      if (!pull) throw new Error(`no branch ${spec.source} or ${spec.target ?? 'main'}`);
      return this.pullEvent(pull, 'pr:opened', {}, options);
    }
    if (action === 'synchronize') return this.#moved(pull, await git.resolve((pull.fork ?? repo).path, `refs/heads/${pull.source}`), options);
    if (action === 'closed') {
      Object.assign(pull, { state: spec.merged ? 'MERGED' : 'DECLINED', closed: Date.now(), version: pull.version + 1, ...(spec.merged && { merge_sha: await git.resolve(repo.path, `refs/heads/${pull.target}`) }) });
      return this.pullEvent(pull, spec.merged ? 'pr:merged' : 'pr:declined', {}, options);
    }
    if (action === 'edited') {
      const { toRef } = pullShape(this, pull);
      const extra = { previousTitle: pull.title, previousDescription: pull.description ?? null, previousTarget: { id: toRef.id, displayId: toRef.displayId, type: 'BRANCH', latestCommit: toRef.latestCommit, latestChangeset: toRef.latestCommit } };
      if (spec.target) Object.assign(pull, { target: spec.target, base_sha: await git.resolve(repo.path, `refs/heads/${spec.target}`) });
      if (spec.title) pull.title = spec.title;
      return this.pullEvent(pull, 'pr:modified', extra, options);
    }
    throw new Error(`action ${action} is none of opened, synchronize, edited, closed`);
  }

  // ---- git over HTTP

  async serve(call, response, entry) {
    const path = this.strip(call.path);
    const match = path && /^\/scm\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(path);
    const repo = match && this.repos.find((each) => each.owner.toLowerCase() === match[1].toLowerCase() && each.name === match[2]);
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

// ---- the API

function addRoutes(server) {
  const { fake } = server;
  const api = (method, pattern, handler) => fake.route(method, `/rest/api/1.0${pattern}`, handler);
  const onRepo = (method, pattern, level, handler) => api(method, `/projects/:project/repos/:slug${pattern}`, (call) => {
    const { repo, refusal } = server.find(call, level);
    return refusal ?? handler(call, repo);
  });
  api('GET', '/application-properties', () => json(200, { version: server.version, buildNumber: '8019001', buildDate: '1712000000000', displayName: 'Bitbucket' }));
  fake.route('GET', '/plugins/servlet/applinks/whoami', (call) => text(200, call.token?.user ? server.user.name : ''));
  api('GET', '/projects', (call) => json(200, server.page(call, call.token ? server.projects.map((project) => projectShape(server, project)) : [])));
  api('GET', '/projects/:project/repos', (call) => json(200, server.page(call, server.visible(call).filter(({ owner }) => owner.toLowerCase() === call.params.project.toLowerCase()).map((repo) => repoShape(server, repo)))));
  api('GET', '/repos', (call) => json(200, server.page(call, server.visible(call).filter(({ name }) => name.includes(call.query.get('name') ?? '')).map((repo) => repoShape(server, repo)))));
  api('GET', '/users/:slug', (call) => (call.params.slug === server.user.name ? json(200, userShape(server)) : server.error(404, 'com.atlassian.bitbucket.user.NoSuchUserException', 'There is no such user')));
  onRepo('GET', '', 'REPO_READ', (call, repo) => json(200, repoShape(server, repo)));
  addGitRoutes(server, onRepo);
  addHookRoutes(server, onRepo);
  addBuildRoutes(server, onRepo);
  addPullRoutes(server, onRepo);
  fake.route('POST', '/rest/keys/1.0/projects/:project/repos/:slug/ssh', (call) => {
    const { repo, refusal } = server.find(call, 'REPO_ADMIN');
    if (refusal) return refusal;
    const text = call.json.key?.text ?? '';
    if (!/^(ssh-|ecdsa-)/.test(text)) return server.invalid('key', 'The SSH key is not valid.');
    if (server.keys.some((each) => each.repo === repo && each.text === text)) return server.error(409, 'com.atlassian.bitbucket.ssh.DuplicateSshAccessKeyException', 'This access key is already registered.');
    const key = { repo, id: server.nextId++, text, label: text.split(' ')[2] ?? '' };
    server.keys.push(key);
    return json(201, { key: { id: key.id, text, label: key.label }, permission: call.json.permission, repository: repoShape(server, repo) });
  });
}

function addGitRoutes(server, onRepo) {
  const noCommit = (sha) => server.error(404, 'com.atlassian.bitbucket.commit.NoSuchCommitException', `Commit '${sha}' does not exist in this repository.`);
  onRepo('GET', '/branches', 'REPO_READ', async (call, repo) => {
    const usual = await git.defaultBranch(repo.path);
    const wanted = (await git.branches(repo.path)).filter(({ name }) => name.toLowerCase().includes((call.query.get('filterText') ?? '').toLowerCase()));
    return json(200, server.page(call, wanted.map(({ name, sha }) => branchShape(name, sha, name === usual))));
  });
  const usualBranch = async (call, repo) => {
    const name = await git.defaultBranch(repo.path);
    return name ? json(200, branchShape(name, await git.resolve(repo.path, `refs/heads/${name}`), true)) : empty();
  };
  onRepo('GET', '/branches/default', 'REPO_READ', usualBranch);
  onRepo('GET', '/default-branch', 'REPO_READ', usualBranch);
  onRepo('GET', '/tags', 'REPO_READ', async (call, repo) => json(200, server.page(call, (await git.tags(repo.path)).map(({ name, sha }) => ({ id: `refs/tags/${name}`, displayId: name, type: 'TAG', latestCommit: sha, latestChangeset: sha, hash: null })))));
  onRepo('GET', '/commits', 'REPO_READ', async (call, repo) => {
    const until = await git.resolve(repo.path, call.query.get('until') ?? 'HEAD');
    const since = call.query.get('since');
    if (!until) return noCommit(call.query.get('until'));
    if (since && !await git.resolve(repo.path, since)) return noCommit(since);
    return json(200, server.page(call, (await git.log(repo.path, [until, ...(since ? [`^${since}`] : [])], 10_000)).map(commitShape)));
  });
  onRepo('GET', '/commits/:sha', 'REPO_READ', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.sha);
    return sha ? json(200, commitShape(await git.commit(repo.path, sha))) : noCommit(call.params.sha);
  });
  // `since` to `until`, two dots; changes stop at 1000 whatever is asked.
  onRepo('GET', '/changes', 'REPO_READ', async (call, repo) => {
    const until = await git.resolve(repo.path, call.query.get('until') ?? 'HEAD');
    if (!until) return noCommit(call.query.get('until'));
    const since = call.query.get('since') ?? (await git.commit(repo.path, until)).parents[0] ?? null;
    return json(200, { fromHash: since, toHash: until, ...server.page(call, (await git.diff(repo.path, since, until)).slice(0, 1000).map(changeShape)) });
  });
  onRepo('GET', '/compare/changes', 'REPO_READ', async (call, repo) => {
    const [from, to] = await Promise.all([git.resolve(repo.path, call.query.get('from')), git.resolve(repo.path, call.query.get('to') ?? 'HEAD')]);
    if (!from || !to) return noCommit(call.query.get(from ? 'to' : 'from'));
    return json(200, server.page(call, (await git.diff(repo.path, await git.mergeBase(repo.path, to, from), from)).slice(0, 1000).map(changeShape)));
  });
  onRepo('GET', '/archive', 'REPO_READ', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.query.get('at') ?? 'HEAD');
    if (!sha) return noCommit(call.query.get('at'));
    return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: await git.archive(repo.path, sha, call.query.get('format') ?? 'zip', call.query.get('prefix') ?? '') };
  });
}

function addHookRoutes(server, onRepo) {
  const withHook = (handler) => (call, repo) => {
    const hook = server.hooks.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return hook ? handler(call, repo, hook) : server.error(404, 'com.atlassian.bitbucket.webhook.NoSuchWebhookException', `There is no webhook with ID ${call.params.id}.`);
  };
  const fields = ({ name, url, events, active = true, configuration = {}, credentials: own, sslVerificationRequired: ssl = true }) => ({ name, url, events, active, configuration, credentials: own, ssl });
  onRepo('GET', '/webhooks', 'REPO_ADMIN', (call, repo) => json(200, server.page(call, server.hooks.filter((hook) => hook.repo === repo && (!call.query.get('event') || hook.events.includes(call.query.get('event')))).map((hook) => server.hookShape(hook)))));
  onRepo('POST', '/webhooks', 'REPO_ADMIN', (call, repo) => {
    const problem = server.hookProblem(call.json);
    if (problem) return problem;
    const hook = { repo, id: server.nextId++, created: Date.now(), updated: Date.now(), ...fields(call.json) };
    server.hooks.push(hook);
    return json(201, server.hookShape(hook));
  });
  onRepo('POST', '/webhooks/test', 'REPO_ADMIN', async (call) => {
    const url = call.query.get('url');
    if (!url) return server.invalid('url', 'A URL is required.');
    const { request, response, error, duration } = await server.send({ url, configuration: {}, events: [] }, 'diagnostics:ping', { test: true });
    return json(200, { event: 'diagnostics:ping', start: Date.now() - duration, finish: Date.now(), request: { url, method: 'POST', body: request.body },
      result: response ? { outcome: response.status < 400 ? 'SUCCESS' : 'FAILURE', description: String(response.status), code: response.status } : { outcome: 'ERROR', description: error } });
  });
  onRepo('GET', '/webhooks/:id', 'REPO_ADMIN', withHook((call, repo, hook) => json(200, server.hookShape(hook))));
  onRepo('GET', '/webhooks/:id/latest', 'REPO_ADMIN', withHook((call, repo, hook) => (hook.latest
    ? json(200, { id: hook.id, event: hook.latest.event, start: hook.latest.at, finish: hook.latest.at, request: { url: hook.url, method: 'POST' }, result: { outcome: hook.latest.status < 400 && hook.latest.status ? 'SUCCESS' : 'FAILURE', description: String(hook.latest.status) } })
    : empty())));
  onRepo('PUT', '/webhooks/:id', 'REPO_ADMIN', withHook((call, repo, hook) => {
    const problem = server.hookProblem(call.json);
    if (problem) return problem;
    Object.assign(hook, fields(call.json), { updated: Date.now(), failures: 0 });
    return json(200, server.hookShape(hook));
  }));
  onRepo('DELETE', '/webhooks/:id', 'REPO_ADMIN', withHook((call, repo, hook) => {
    server.hooks.splice(server.hooks.indexOf(hook), 1);
    return empty();
  }));
}

function buildProblem(server, { key, state, url, name, description }, { old = false } = {}) {
  const states = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', ...(old ? [] : ['CANCELLED', 'UNKNOWN'])];
  if (!key) return server.invalid('key', 'The build status key must not be empty.');
  if (!states.includes(state)) return server.invalid('state', `The build state must be one of ${states.join(', ')}.`);
  if (!url || !/^https?:\/\//.test(url)) return server.invalid('url', 'A valid URL is required.');
  if (url.length > 450) return server.invalid('url', 'The URL must be at most 450 characters.');
  for (const [field, value] of Object.entries({ key, name, description })) {
    if ((value ?? '').length > 255) return server.invalid(field, `The ${field} must be at most 255 characters.`);
  }
  return null;
}

function addBuildRoutes(server, onRepo) {
  const store = (sha, repo, build) => {
    const same = server.builds.find((each) => each.sha === sha && each.key === build.key);
    if (same) Object.assign(same, build, { dateAdded: Date.now() });
    else server.builds.push({ sha, repo, ...build, dateAdded: Date.now() });
    return empty();
  };
  onRepo('POST', '/commits/:sha/builds', 'REPO_READ', async (call, repo) => {
    if (!await git.resolve(repo.path, call.params.sha)) return server.error(404, 'com.atlassian.bitbucket.commit.NoSuchCommitException', `Commit '${call.params.sha}' does not exist in this repository.`);
    return buildProblem(server, call.json) ?? store(call.params.sha, `${repo.owner}/${repo.name}`, call.json);
  });
  onRepo('GET', '/commits/:sha/builds', 'REPO_READ', (call) => {
    const build = server.builds.find((each) => each.sha === call.params.sha && each.key === call.query.get('key'));
    return build ? json(200, build) : server.error(404, 'com.atlassian.bitbucket.build.NoSuchBuildStatusException', 'There is no such build status.');
  });
  server.fake.route('POST', '/rest/build-status/1.0/commits/:sha', (call) => (call.token
    ? buildProblem(server, call.json, { old: Number.parseInt(server.version, 10) < 8 }) ?? store(call.params.sha, null, call.json)
    : server.error(401, 'com.atlassian.bitbucket.AuthorisationException', 'You are not permitted to access this resource')));
  server.fake.route('GET', '/rest/build-status/1.0/commits/:sha', (call) => json(200, server.page(call, server.builds.filter(({ sha }) => sha === call.params.sha)
    .map(({ state, key, name, url, description, dateAdded }) => ({ state, key, name, url, description, dateAdded })))));
}

function addPullRoutes(server, onRepo) {
  const withPull = (handler) => (call, repo) => {
    const pull = server.pulls.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return pull ? handler(call, repo, pull) : server.error(404, 'com.atlassian.bitbucket.pull.NoSuchPullRequestException', `Pull request ${call.params.id} does not exist in ${repo.owner}/${repo.name}.`);
  };
  const commentShape = ({ id, version, text: body, at }) => ({ properties: {}, id, version, text: body, author: userShape(server), createdDate: at, updatedDate: at, comments: [], tasks: [], permittedOperations: { editable: true, deletable: true } });
  const textProblem = (body) => (!body || body.length >= LONGEST_COMMENT ? server.invalid('text', 'Please enter a non-empty value less than 32768 characters') : null);
  onRepo('GET', '/pull-requests', 'REPO_READ', (call, repo) => {
    const state = call.query.get('state') ?? 'OPEN';
    const at = call.query.get('at');
    const outgoing = call.query.get('direction') === 'OUTGOING';
    const found = server.pulls.filter((pull) => pull.repo === repo && (state === 'ALL' || pull.state === state) && (!at || at === `refs/heads/${outgoing ? pull.source : pull.target}`)).reverse();
    return json(200, server.page(call, found.map((pull) => pullShape(server, pull))));
  });
  onRepo('POST', '/pull-requests', 'REPO_READ', async (call, repo) => {
    const short = (ref) => (ref?.id ?? '').replace('refs/heads/', '');
    const pull = await server.openPull(repo, { ...call.json, source: short(call.json.fromRef), target: short(call.json.toRef) });
    return pull ? json(201, pullShape(server, pull)) : server.error(404, 'com.atlassian.bitbucket.repository.NoSuchBranchException', 'Branch does not exist.');
  });
  onRepo('GET', '/pull-requests/:id', 'REPO_READ', withPull((call, repo, pull) => json(200, pullShape(server, pull))));
  onRepo('GET', '/pull-requests/:id/changes', 'REPO_READ', withPull(async (call, repo, pull) => {
    const from = await git.mergeBase(repo.path, pull.base_sha, pull.head_sha);
    return json(200, { fromHash: from, toHash: pull.head_sha, properties: { changeScope: 'ALL' }, ...server.page(call, (await git.diff(repo.path, from, pull.head_sha)).slice(0, 1000).map(changeShape)) });
  }));
  onRepo('POST', '/pull-requests/:id/comments', 'REPO_READ', withPull((call, repo, pull) => {
    const problem = textProblem(call.json.text);
    if (problem) return problem;
    const comment = { id: server.nextId++, version: 0, text: call.json.text, at: Date.now() };
    pull.comments.push(comment);
    return json(201, commentShape(comment));
  }));
  const withComment = (handler) => withPull((call, repo, pull) => {
    const comment = pull.comments.find(({ id }) => id === Number(call.params.comment));
    return comment ? handler(call, comment) : server.error(404, 'com.atlassian.bitbucket.comment.NoSuchCommentException', 'The comment does not exist.');
  });
  onRepo('GET', '/pull-requests/:id/comments/:comment', 'REPO_READ', withComment((call, comment) => json(200, commentShape(comment))));
  onRepo('PUT', '/pull-requests/:id/comments/:comment', 'REPO_READ', withComment((call, comment) => {
    const problem = textProblem(call.json.text);
    if (problem) return problem;
    if (call.json.version !== comment.version) {
      return server.error(409, 'com.atlassian.bitbucket.comment.CommentOutOfDateException', 'You are attempting to modify a comment based on out-of-date information.');
    }
    Object.assign(comment, { text: call.json.text, version: comment.version + 1 });
    return json(200, commentShape(comment));
  }));
}

await new DataCenter(parseOptions(process.argv.slice(2), { '--context': false, '--version': false, '--page-limit': false })).fake.start();
