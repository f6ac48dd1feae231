// Bitbucket Cloud: the API under /2.0. See README.md.
import crypto from 'node:crypto';
import { Fake, credentials, empty, json } from './lib/fake.mjs';
import { hmac, post } from './lib/deliver.mjs';
import { parseOptions } from './lib/options.mjs';
import { serveGit } from './lib/smart_http.mjs';
import * as git from './lib/git.mjs';
import {
  changeShape, cloudTime, commitShape, diffstatShape, fullName, hookRepoShape, pullShape, refShape, repoShape, shortRepoShape, userShape, uuidFor, workspaceShape,
} from './lib/cloud_shapes.mjs';

const EVENT_SCOPES = { 'repo:push': 'repository', 'repo:updated': 'repository', 'repo:fork': 'repository', 'repo:transfer': 'repository', 'repo:commit_comment_created': 'repository',
  'repo:commit_status_created': 'repository', 'repo:commit_status_updated': 'repository', 'pullrequest:created': 'pullrequest', 'pullrequest:updated': 'pullrequest',
  'pullrequest:approved': 'pullrequest', 'pullrequest:unapproved': 'pullrequest', 'pullrequest:fulfilled': 'pullrequest', 'pullrequest:rejected': 'pullrequest',
  'pullrequest:comment_created': 'pullrequest', 'pullrequest:comment_updated': 'pullrequest', 'pullrequest:comment_deleted': 'pullrequest' };
const API_SCOPES = ['read:repository:bitbucket', 'write:repository:bitbucket', 'read:pullrequest:bitbucket', 'write:pullrequest:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket',
  'delete:webhook:bitbucket', 'read:user:bitbucket', 'read:workspace:bitbucket'];
const ACCESS_SCOPES = ['repository', 'repository:write', 'repository:admin', 'pullrequest', 'pullrequest:write', 'webhook'];
// What a call needs, by kind of token.
const NEEDS = { repository: 'read:repository:bitbucket', 'repository:write': 'write:repository:bitbucket', pullrequest: 'read:pullrequest:bitbucket', 'pullrequest:write': 'write:pullrequest:bitbucket',
  'webhook:read': 'read:webhook:bitbucket', 'webhook:write': 'write:webhook:bitbucket', 'webhook:delete': 'delete:webhook:bitbucket', account: 'read:user:bitbucket', workspace: 'read:workspace:bitbucket' };
const BUILD_STATES = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', 'STOPPED'];

class BitbucketCloud {
  constructor(options) {
    this.options = options;
    this.user = { username: 'emmap', display: 'Emma', uuid: uuidFor('user/emma'), account: '557058:emma', email: options.email ?? 'emma@example.com' };
    this.fake = new Fake(this, options);
    this.tokens = new Map();
    this.requirePublicUrls = false;
    this.limited = 0;
    this.hooks = [];
    this.builds = [];
    this.pulls = [];
    this.keys = [];
    this.nextId = 1;
    this.repos = options.repos.map((repo) => this.#newRepo(repo));
    for (const token of options.tokens.length ? options.tokens : ['ATATT-fake', 'ATCTT-fake']) this.#addToken(token, {});
    addRoutes(this);
  }

  ready() {
    this.base = this.fake.base;
    this.api = `${this.base}/2.0`;
  }

  #newRepo(repo) {
    return { uuid: uuidFor(`repo/${repo.owner}/${repo.name}`), admin: true, ...repo };
  }

  #addToken(token, spec) {
    const access = token.startsWith('ATCTT');
    this.tokens.set(token, { kind: access ? 'access' : 'api', scopes: access ? ACCESS_SCOPES : API_SCOPES, ...spec });
  }

  // ---- who asks

  strip(path) {
    return path.startsWith('/2.0') ? path.slice(4) || '/' : null;
  }

  authenticate(call) {
    const given = credentials(call);
    const token = this.tokens.get(given.token);
    const expired = token?.expires && Date.parse(token.expires) <= Date.now();
    // An API token goes with the account's e-mail, an access token alone.
    const fits = token && (token.kind === 'access' ? given.scheme === 'bearer' || given.user === 'x-token-auth' : given.scheme === 'basic' && given.user === this.user.email);
    if (!fits || expired || token.revoked) {
      return given.scheme === 'none' ? null : { ...this.#error(401, 'Token is invalid, expired, or not supported for this endpoint.'), headers: { 'WWW-Authenticate': 'Basic realm="Bitbucket.org HTTP"' } };
    }
    call.token = token;
    if (this.limited > 0) {
      --this.limited;
      return this.#error(429, 'Rate limit for this resource has been exceeded');
    }
    return null;
  }

  decorate(call, reply) {
    const headers = reply.headers ??= {};
    headers['X-Request-Id'] = crypto.randomBytes(8).toString('hex');
    if (reply.status === 204) headers['Content-Type'] = 'text/html; charset=utf-8';
    if (call.token) headers['X-OAuth-Scopes'] = call.token.scopes.join(', ');
    if (call.token?.kind === 'access') Object.assign(headers, { 'X-RateLimit-Limit': '1000', 'X-RateLimit-Resource': 'api-repositories', 'X-RateLimit-NearLimit': 'false' });
  }

  #error(status, message, detail = undefined, fields = undefined) {
    return json(status, { type: 'error', error: { message, ...(detail && { detail }), ...(fields && { fields }) } });
  }
  error(...args) { return this.#error(...args); }
  invalid(field, message) { return this.#error(400, `${field}: ${message}`, undefined, { [field]: [message] }); }
  notFound() { return this.#error(404, 'Resource not found', 'There is no API hosted at this URL.'); }
  badJson() { return this.#error(400, 'Bad request', 'The request body is not valid JSON.'); }

  lacks(call, need) {
    if (!call.token) return this.#error(401, 'Access denied. You must have a valid token to access this resource.');
    const wanted = call.token.kind === 'api' ? NEEDS[need] ?? need : need.replace(/^webhook:.*/, 'webhook');
    if (call.token.scopes.includes(wanted)) return null;
    if (call.token.kind === 'access' && call.token.scopes.includes(`${wanted}:write`)) return null;
    return this.#error(403, 'Your credentials lack one or more required privilege scopes.', { granted: call.token.scopes, required: [wanted] });
  }

  find(call, need) {
    const lacking = this.lacks(call, need);
    if (lacking) return { refusal: lacking };
    const { workspace, slug } = call.params;
    const repo = this.repos.find((each) => (each.owner === workspace || uuidFor(`workspace/${each.owner}`) === workspace) && (each.name === slug.toLowerCase() || each.uuid === slug));
    if (!repo || (call.token.repos && !call.token.repos.includes(fullName(repo)))) {
      return { refusal: this.#error(404, `Repository ${workspace}/${slug} not found`) };
    }
    if (need.startsWith('webhook') && !repo.admin) return { refusal: this.#error(403, 'You do not have administrator access to this repository.') };
    return { repo, refusal: null };
  }

  // page/pagelen; `next` is a whole URL and is absent on the last page.
  page(call, items, { largest = 100, usual = 10 } = {}) {
    const pagelen = Number(call.query.get('pagelen') ?? usual);
    if (!(pagelen >= 1 && pagelen <= largest)) return { refusal: this.#error(400, 'Invalid pagelen') };
    const page = Number(call.query.get('page') ?? 1);
    const values = items.slice((page - 1) * pagelen, page * pagelen);
    const url = new URL(this.base + call.target);
    url.searchParams.set('page', page + 1);
    return { values, envelope: { size: items.length, pagelen, page, ...(page * pagelen < items.length && { next: url.toString() }) } };
  }

  async list(call, items, shape, limits) {
    const { values, envelope, refusal } = this.page(call, items, limits);
    return refusal ?? json(200, { values: await Promise.all(values.map(shape)), ...envelope });
  }

  // ---- webhooks

  hookShape(hook) {
    const self = `${this.api}/repositories/${fullName(hook.repo)}/hooks/${encodeURIComponent(hook.uuid)}`;
    return { read_only: false, uuid: hook.uuid, type: 'webhook_subscription', description: hook.description, url: hook.url, active: hook.active, skip_cert_verification: Boolean(hook.skip), events: hook.events,
      created_at: hook.created, subject_type: 'repository', subject: shortRepoShape(this, hook.repo), source: null, history_enabled: false, secret_set: Boolean(hook.secret), links: { self: { href: self } } };
  }

  hookProblem(call, { url, events }) {
    if (!url || !/^https?:\/\/[^\s/]+/.test(url)) return this.invalid('url', 'Enter a valid URL.');
    if (this.requirePublicUrls && /^https?:\/\/(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)/.test(url)) return this.invalid('url', 'url must resolve and cannot be internal');
    if (!Array.isArray(events) || events.length === 0) return this.invalid('events', 'This field is required.');
    const unknown = events.find((event) => !(event in EVENT_SCOPES));
    if (unknown) return this.invalid('events', `"${unknown}" is not a valid choice.`);
    for (const event of events) {
      const lacking = this.lacks(call, EVENT_SCOPES[event]);
      if (lacking) return lacking;
    }
    return null;
  }

  async send(hook, event, payload, options) {
    const body = JSON.stringify(payload);
    const id = options.delivery_id ?? crypto.randomUUID();
    // Too large a payload is not sent, and nobody is told.
    if (body.length > 256 * 1024) return [{ hook: hook.uuid, event, skipped: 'payload over 256 KB' }];
    const signing = options.secret ?? hook.secret;
    const tries = [];
    for (let attempt = 1; attempt <= 3; ++attempt) {
      const headers = { 'Content-Type': 'application/json', 'User-Agent': 'Bitbucket-Webhooks/2.0', 'X-Event-Key': event, 'X-Hook-UUID': hook.uuid.slice(1, -1), 'X-Request-UUID': id, 'X-Attempt-Number': String(attempt),
        ...(signing && { 'X-Hub-Signature': hmac(signing, body) }) };
      const record = await post(hook.url, headers, body, { override: options });
      tries.push({ hook: hook.uuid, event, id, ...record });
      if (!(record.response?.status >= 500)) break;
    }
    return tries;
  }

  async broadcast(repo, event, payload, options) {
    const sent = [];
    for (const hook of this.hooks.filter((each) => each.repo === repo && each.active && each.events.includes(event))) sent.push(...await this.send(hook, event, payload, options));
    return sent;
  }

  async pullEvent(pull, event, options) {
    return this.broadcast(pull.repo, event, { actor: userShape(this), pullrequest: pullShape(this, pull), repository: hookRepoShape(this, pull.repo) }, options);
  }

  async openPull(repo, { source, target, title, description, draft, fork }) {
    const head = await git.resolve((fork ?? repo).path, `refs/heads/${source}`);
    const base = await git.resolve(repo.path, `refs/heads/${target}`);
    if (!head || !base) return null;
    const pull = { repo, fork, id: this.pulls.filter((each) => each.repo === repo).length + 1, title: title ?? source, description, draft, source, target, state: 'OPEN', head_sha: head, base_sha: base,
      created: cloudTime(), updated: cloudTime(), comments: [] };
    this.pulls.push(pull);
    return pull;
  }

  // ---- control plane

  set(spec) {
    for (const [token, value] of Object.entries(spec.tokens ?? {})) {
      if (value === null) this.tokens.delete(token);
      else this.#addToken(token, { ...this.tokens.get(token), ...value });
    }
    if ('require_public_urls' in spec) this.requirePublicUrls = spec.require_public_urls;
    if ('rate_limited' in spec) this.limited = spec.rate_limited;
    for (const { repo: wanted, rename, ...changes } of spec.repos ?? []) {
      const slash = wanted.indexOf('/');
      const repo = this.repos.find((each) => fullName(each) === wanted);
      if (repo) Object.assign(repo, changes, rename && { formerly: fullName(repo), name: rename });
      else this.repos.push(this.#newRepo({ owner: wanted.slice(0, slash), name: wanted.slice(slash + 1), ...changes }));
    }
    if (spec.delete_hooks) this.hooks.length = 0;
    return {};
  }

  state() {
    const named = ({ repo, fork: _, ...rest }) => ({ repo: fullName(repo), ...rest });
    return { hooks: this.hooks.map(named), statuses: this.builds.map(named), pulls: this.pulls.map(named), keys: this.keys.map(named) };
  }

  async deliver(spec) {
    const repo = this.repos.find((each) => fullName(each) === spec.repo);
    if (!repo) throw new Error(`no repository ${spec.repo}`);
    const options = { headers: spec.headers, body: spec.body, secret: spec.secret, delivery_id: spec.delivery_id };
    if (spec.event === 'push') return this.#deliverPush(repo, spec, options);
    if (spec.event === 'pull_request') return this.#deliverPull(repo, spec, options);
    if (spec.event === 'repository') {
      const [oldName, newName] = [(repo.formerly ?? fullName(repo)).split('/')[1], repo.name];
      return this.broadcast(repo, 'repo:updated', { actor: userShape(this), repository: hookRepoShape(this, repo), changes: { name: { old: oldName, new: newName }, full_name: { old: repo.formerly ?? fullName(repo), new: fullName(repo) } } }, options);
    }
    throw new Error(`event ${spec.event} is none of push, pull_request, repository`);
  }

  // All refs of a push in one delivery; then the open pull requests of the branches that moved.
  async #deliverPush(repo, spec, options) {
    const changes = await this.fake.changes(repo, spec.changes);
    if (changes.length === 0) return [];
    const shaped = await Promise.all(changes.map((change) => changeShape(this, repo, change)));
    const sent = await this.broadcast(repo, 'repo:push', { push: { changes: shaped }, repository: hookRepoShape(this, repo), actor: userShape(this) }, options);
    for (const pull of this.pulls.filter((each) => each.repo === repo && each.state === 'OPEN')) {
      const moved = changes.find(({ ref, after }) => ref === `refs/heads/${pull.source}` && after !== git.ZERO);
      if (!moved) continue;
      Object.assign(pull, { head_sha: moved.after, updated: cloudTime() });
      sent.push(...await this.pullEvent(pull, 'pullrequest:updated', options));
    }
    return sent;
  }

  async #deliverPull(repo, spec, options) {
    const { action = 'opened', number } = spec;
    let pull = this.pulls.find((each) => each.repo === repo && each.id === number);
    if (!pull) {
      const fork = spec.fork ? this.repos.find((each) => fullName(each) === spec.fork) ?? null : undefined;
      pull = await this.openPull(repo, { source: spec.source, target: spec.target ?? 'main', title: spec.title, draft: spec.draft, fork });
      if (!pull) throw new Error(`no branch ${spec.source} or ${spec.target ?? 'main'}`);
      return this.pullEvent(pull, 'pullrequest:created', options);
    }
    pull.updated = cloudTime();
    if (action === 'closed') {
      Object.assign(pull, { state: spec.merged ? 'MERGED' : 'DECLINED', ...(spec.merged && { merge_sha: await git.resolve(repo.path, `refs/heads/${pull.target}`) }) });
      return this.pullEvent(pull, spec.merged ? 'pullrequest:fulfilled' : 'pullrequest:rejected', options);
    }
    pull.head_sha = await git.resolve((pull.fork ?? repo).path, `refs/heads/${pull.source}`) ?? pull.head_sha;
    if (spec.target) Object.assign(pull, { target: spec.target, base_sha: await git.resolve(repo.path, `refs/heads/${spec.target}`) });
    if (spec.title) pull.title = spec.title;
    return this.pullEvent(pull, 'pullrequest:updated', options);
  }

  // ---- git over HTTP

  async serve(call, response, entry) {
    const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(call.path);
    const repo = match && this.repos.find((each) => fullName(each) === `${match[1]}/${match[2]}`);
    if (!repo) return false;
    const given = credentials(call);
    const token = this.tokens.get(given.token);
    // The e-mail is for the API only; git wants the user name or the fixed one of the token's kind.
    const users = token?.kind === 'access' ? ['x-token-auth'] : [this.user.username, 'x-bitbucket-api-token-auth'];
    if (!token || token.revoked || !users.includes(given.user)) {
      entry.status = 401;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="Bitbucket.org HTTP"' }).end();
      return true;
    }
    entry.status = 200;
    await serveGit(call, response, repo.path, match[3], this.user.username);
    return true;
  }
}

// ---- the API

function addRoutes(cloud) {
  const { fake } = cloud;
  const on = (method, pattern, handler) => fake.route(method, pattern, handler);
  const onRepo = (method, pattern, need, handler) => on(method, `/repositories/:workspace/:slug${pattern}`, (call) => {
    const { repo, refusal } = cloud.find(call, need);
    return refusal ?? handler(call, repo);
  });
  const visible = (call) => cloud.repos.filter((repo) => !call.token.repos || call.token.repos.includes(fullName(repo)));
  const gone = (what) => cloud.error(410, `This endpoint has been removed. ${what}`);
  on('GET', '/user', (call) => cloud.lacks(call, 'account') ?? (call.token.kind === 'access' ? cloud.error(403, 'This endpoint does not support repository, project or workspace access tokens.')
    : json(200, { ...userShape(cloud), created_on: '2024-02-01T12:08:46.355300+00:00', username: cloud.user.username, is_staff: false, account_status: 'active', location: null, has_2fa_enabled: null })));
  on('GET', '/user/workspaces', (call) => {
    if (call.token?.kind === 'access') return cloud.error(403, 'This endpoint does not support repository, project or workspace access tokens.');
    return cloud.lacks(call, 'workspace') ?? cloud.list(call, [...new Set(cloud.repos.map(({ owner }) => owner))], (slug) => ({ type: 'workspace_access', administrator: true, permission: 'owner', workspace: workspaceShape(cloud, slug) }));
  });
  on('GET', '/repositories', () => gone('Use /2.0/repositories/{workspace}.'));
  on('GET', '/user/permissions/repositories', () => gone('Use /2.0/user/workspaces/{workspace}/permissions/repositories.'));
  on('GET', '/user/permissions/workspaces', () => gone('Use /2.0/user/workspaces.'));
  on('GET', '/user/workspaces/:workspace/permissions/repositories', (call) => cloud.lacks(call, 'repository') ?? cloud.list(call, visible(call).filter(({ owner }) => owner === call.params.workspace),
    (repo) => ({ type: 'repository_permission', permission: repo.admin ? 'admin' : 'write', repository: shortRepoShape(cloud, repo) })));
  on('GET', '/repositories/:workspace', (call) => {
    const lacking = cloud.lacks(call, 'repository');
    if (lacking) return lacking;
    const { workspace } = call.params;
    const found = visible(call).filter(({ owner }) => owner === workspace || uuidFor(`workspace/${owner}`) === workspace).filter(({ admin }) => admin || call.query.get('role') !== 'admin');
    if (!cloud.repos.some(({ owner }) => owner === workspace || uuidFor(`workspace/${owner}`) === workspace)) return cloud.error(404, `No workspace with identifier '${workspace}'.`);
    return cloud.list(call, found.sort((a, b) => (fullName(a) < fullName(b) ? -1 : 1)), (repo) => repoShape(cloud, repo));
  });
  onRepo('GET', '', 'repository', async (call, repo) => json(200, await repoShape(cloud, repo)));
  addGitRoutes(cloud, onRepo);
  addHookRoutes(cloud, onRepo);
  addStatusRoutes(cloud, onRepo);
  addPullRoutes(cloud, onRepo);
  onRepo('POST', '/deploy-keys', 'repository:write', (call, repo) => {
    const { key = '', label = '' } = call.json;
    if (!/^(ssh-|ecdsa-)/.test(key)) return cloud.invalid('key', 'Invalid SSH key.');
    if (cloud.keys.some((each) => each.key.split(' ')[1] === key.split(' ')[1])) return cloud.invalid('key', 'Someone has already registered that SSH key.');
    const added = { repo, id: cloud.nextId++, key, label };
    cloud.keys.push(added);
    return json(200, { type: 'deploy_key', id: added.id, key, label, created_on: cloudTime(), repository: shortRepoShape(cloud, repo) });
  });
}

function addGitRoutes(cloud, onRepo) {
  const noCommit = (name) => cloud.error(404, `Commit not found`, `No commit ${name}`);
  const refs = (kind) => async (call, repo) => cloud.list(call, (await git.refs(repo.path, kind)), ({ ref, peeled }) => refShape(cloud, repo, ref, peeled));
  onRepo('GET', '/refs/branches', 'repository', refs('refs/heads/'));
  onRepo('GET', '/refs/tags', 'repository', refs('refs/tags/'));
  const one = (kind, what) => async (call, repo) => {
    const ref = `refs/${kind}/${call.params.name}`;
    const sha = await git.resolve(repo.path, ref);
    return sha ? json(200, await refShape(cloud, repo, ref, sha)) : cloud.error(404, `${what} "${call.params.name}" does not exist.`);
  };
  onRepo('GET', '/refs/branches/*name', 'repository', one('heads', 'Branch'));
  onRepo('GET', '/refs/tags/*name', 'repository', one('tags', 'Tag'));
  onRepo('GET', '/commit/:sha', 'repository', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.sha);
    return sha ? json(200, { ...commitShape(cloud, repo, await git.commit(repo.path, sha)), repository: shortRepoShape(cloud, repo) }) : noCommit(call.params.sha);
  });
  const commits = async (call, repo) => {
    const include = call.params.name ?? call.query.get('include') ?? 'HEAD';
    const sha = await git.resolve(repo.path, include);
    const exclude = call.query.getAll('exclude').map((name) => `^${name}`);
    return sha ? cloud.list(call, await git.log(repo.path, [sha, ...exclude], 10_000), (commit) => commitShape(cloud, repo, commit), { usual: 30 }) : noCommit(include);
  };
  onRepo('GET', '/commits', 'repository', commits);
  onRepo('GET', '/commits/*name', 'repository', commits);
  // "new..old": the first has the changes, the second is what they are compared with.
  onRepo('GET', '/diffstat/*spec', 'repository', async (call, repo) => {
    const [newer, older] = call.params.spec.split('..');
    const to = await git.resolve(repo.path, newer);
    const from = older ? await git.resolve(repo.path, older) : to && ((await git.commit(repo.path, to)).parents[0] ?? null);
    if (!to || from === undefined || (older && !from)) return noCommit(newer);
    const start = from && call.query.get('topic') === 'true' ? await git.mergeBase(repo.path, from, to) : from;
    return cloud.list(call, await git.diff(repo.path, start, to), (change) => diffstatShape(cloud, repo, change, start, to), { largest: 5000, usual: 500 });
  });
}

function addHookRoutes(cloud, onRepo) {
  const withHook = (handler) => (call, repo) => {
    const hook = cloud.hooks.find((each) => each.repo === repo && (each.uuid === call.params.uuid || each.uuid === `{${call.params.uuid}}`));
    return hook ? handler(call, repo, hook) : cloud.error(404, 'Webhook not found');
  };
  onRepo('GET', '/hooks', 'webhook:read', (call, repo) => cloud.list(call, cloud.hooks.filter((hook) => hook.repo === repo), (hook) => cloud.hookShape(hook)));
  onRepo('POST', '/hooks', 'webhook:write', (call, repo) => {
    const problem = cloud.hookProblem(call, call.json);
    if (problem) return problem;
    const { description = '', url, active = true, secret, events, skip_cert_verification: skip = false } = call.json;
    const hook = { repo, uuid: `{${crypto.randomUUID()}}`, description, url, active, secret, events, skip, created: cloudTime() };
    cloud.hooks.push(hook);
    return json(201, cloud.hookShape(hook));
  });
  onRepo('GET', '/hooks/:uuid', 'webhook:read', withHook((call, repo, hook) => json(200, cloud.hookShape(hook))));
  onRepo('PUT', '/hooks/:uuid', 'webhook:write', withHook((call, repo, hook) => {
    const problem = cloud.hookProblem(call, { url: hook.url, events: hook.events, ...call.json });
    if (problem) return problem;
    const { description, url, active, events, skip_cert_verification: skip } = { ...hook, skip_cert_verification: hook.skip, ...call.json };
    // Left out the secret stays, null takes it away.
    Object.assign(hook, { description, url, active, events, skip }, 'secret' in call.json && { secret: call.json.secret ?? undefined });
    return json(200, cloud.hookShape(hook));
  }));
  onRepo('DELETE', '/hooks/:uuid', 'webhook:delete', withHook((call, repo, hook) => {
    cloud.hooks.splice(cloud.hooks.indexOf(hook), 1);
    return empty();
  }));
}

function addStatusRoutes(cloud, onRepo) {
  const shape = (build) => {
    const commit = `${cloud.api}/repositories/${fullName(build.repo)}/commit/${build.sha}`;
    const { key, state, name = key, url, description = '', refname = null, created, updated } = build;
    return { type: 'build', key, state, name, url, description, refname, created_on: created, updated_on: updated, repository: shortRepoShape(cloud, build.repo), commit: { type: 'commit', hash: build.sha, links: { self: { href: commit } } },
      links: { commit: { href: commit }, self: { href: `${commit}/statuses/build/${encodeURIComponent(key)}` } } };
  };
  const problem = ({ key, state, url, name, description }) => {
    if (!key) return cloud.invalid('key', 'This field is required.');
    if (key.length > 40) return cloud.invalid('key', 'Ensure this value has at most 40 characters');
    if (!BUILD_STATES.includes(state)) return cloud.invalid('state', `Select a valid choice. ${state} is not one of the available choices.`);
    if (!url) return cloud.invalid('url', 'This field is required.');
    if (!/^https?:\/\//.test(url)) return cloud.invalid('url', 'Enter a valid URL.');
    if (url.length > 450) return cloud.invalid('url', 'Ensure this value has at most 450 characters');
    if ((name ?? '').length > 255) return cloud.invalid('name', 'Ensure this value has at most 255 characters');
    return (description ?? '').length > 255 ? cloud.invalid('description', 'Ensure this value has at most 255 characters') : null;
  };
  const find = (repo, { sha, key }) => cloud.builds.find((each) => each.repo === repo && each.sha === sha && each.key === key);
  onRepo('POST', '/commit/:sha/statuses/build', 'repository:write', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.sha);
    if (!sha) return cloud.error(404, 'Commit not found');
    const refusal = problem(call.json);
    if (refusal) return refusal;
    let build = find(repo, { sha, key: call.json.key });
    if (!build) cloud.builds.push(build = { repo, sha, created: cloudTime() });
    Object.assign(build, call.json, { updated: cloudTime() });
    return json(201, shape(build));
  });
  const withBuild = (handler) => (call, repo) => {
    const build = find(repo, call.params);
    return build ? handler(call, build) : cloud.error(404, 'Build status not found');
  };
  onRepo('GET', '/commit/:sha/statuses', 'repository', (call, repo) => cloud.list(call, cloud.builds.filter((each) => each.repo === repo && each.sha === call.params.sha), shape));
  onRepo('GET', '/commit/:sha/statuses/build/:key', 'repository', withBuild((call, build) => json(200, shape(build))));
  onRepo('PUT', '/commit/:sha/statuses/build/:key', 'repository:write', withBuild((call, build) => {
    const refusal = problem({ ...build, ...call.json });
    if (refusal) return refusal;
    Object.assign(build, call.json, { key: build.key, updated: cloudTime() });
    return json(200, shape(build));
  }));
}

function addPullRoutes(cloud, onRepo) {
  const withPull = (handler) => (call, repo) => {
    const pull = cloud.pulls.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return pull ? handler(call, repo, pull) : cloud.error(404, `Pull request ${call.params.id} not found`);
  };
  const commentShape = (pull, { id, raw, created, updated }) => ({ type: 'pullrequest_comment', id, created_on: created, updated_on: updated, deleted: false, user: userShape(cloud), content: { type: 'rendered', raw, markup: 'markdown', html: `<p>${raw}</p>` },
    pullrequest: { type: 'pullrequest', id: pull.id, title: pull.title }, links: { self: { href: `${cloud.api}/repositories/${fullName(pull.repo)}/pullrequests/${pull.id}/comments/${id}` } } });
  const rawProblem = (raw) => (!raw ? cloud.invalid('content.raw', 'This field is required.') : raw.length > 32768 ? cloud.invalid('content.raw', 'Ensure this value has at most 32768 characters') : null);
  onRepo('GET', '/pullrequests', 'pullrequest', (call, repo) => {
    const states = call.query.getAll('state');
    return cloud.list(call, cloud.pulls.filter((pull) => pull.repo === repo && (states.length ? states : ['OPEN']).includes(pull.state)).reverse(), (pull) => pullShape(cloud, pull), { largest: 50 });
  });
  onRepo('POST', '/pullrequests', 'pullrequest:write', async (call, repo) => {
    const pull = await cloud.openPull(repo, { ...call.json, source: call.json.source?.branch?.name, target: call.json.destination?.branch?.name ?? await git.defaultBranch(repo.path), fork: undefined });
    return pull ? json(201, pullShape(cloud, pull)) : cloud.invalid('source', 'branch not found');
  });
  onRepo('GET', '/pullrequests/:id', 'pullrequest', withPull((call, repo, pull) => json(200, pullShape(cloud, pull))));
  onRepo('GET', '/pullrequests/:id/diffstat', 'pullrequest', withPull((call, repo, pull) => empty(302, { Location: `${cloud.api}/repositories/${fullName(repo)}/diffstat/${pull.head_sha}..${pull.base_sha}?from_pullrequest_id=${pull.id}&topic=true` })));
  onRepo('GET', '/pullrequests/:id/comments', 'pullrequest', withPull((call, repo, pull) => cloud.list(call, pull.comments, (each) => commentShape(pull, each))));
  onRepo('POST', '/pullrequests/:id/comments', 'pullrequest', withPull((call, repo, pull) => {
    const refusal = rawProblem(call.json.content?.raw);
    if (refusal) return refusal;
    const comment = { id: cloud.nextId++, raw: call.json.content.raw, created: cloudTime(), updated: cloudTime() };
    pull.comments.push(comment);
    return json(201, commentShape(pull, comment));
  }));
  onRepo('PUT', '/pullrequests/:id/comments/:comment', 'pullrequest', withPull((call, repo, pull) => {
    const comment = pull.comments.find(({ id }) => id === Number(call.params.comment));
    if (!comment) return cloud.error(404, 'Comment not found');
    const refusal = rawProblem(call.json.content?.raw);
    if (refusal) return refusal;
    Object.assign(comment, { raw: call.json.content.raw, updated: cloudTime() });
    return json(200, commentShape(pull, comment));
  }));
}

await new BitbucketCloud(parseOptions(process.argv.slice(2), { '--email': false })).fake.start();
