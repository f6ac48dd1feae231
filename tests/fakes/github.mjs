// GitHub, and with --enterprise VERSION GitHub Enterprise Server under /api/v3. See README.md.
import crypto from 'node:crypto';
import { Fake, credentials, empty, json, numberFor, text } from './lib/fake.mjs';
import { hmac, post } from './lib/deliver.mjs';
import { parseOptions } from './lib/options.mjs';
import { serveGit } from './lib/smart_http.mjs';
import * as git from './lib/git.mjs';
import {
  commitShape, fileShape, fullName, hookRepoShape, pullShape, pushPayload, repoShape, userShape,
} from './lib/github_shapes.mjs';

const HOOK_EVENTS = new Set(['*', 'push', 'pull_request', 'repository', 'create', 'delete', 'ping', 'status', 'meta',
  'issue_comment', 'issues', 'release', 'check_run', 'check_suite', 'pull_request_review', 'commit_comment', 'fork',
  'pull_request_review_comment', 'member', 'public', 'watch', 'workflow_run', 'deployment', 'deployment_status']);
const CLASSIC_SCOPES = ['repo', 'admin:repo_hook', 'read:user'];
const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

class GitHub {
  constructor(options) {
    this.options = options;
    this.fake = new Fake(this, options);
    this.user = { login: 'octocat', id: 583231 };
    this.tokens = new Map();
    this.rate = options.enterprise ? null : { limit: 5000, remaining: 4999, reset: Math.floor(Date.now() / 1000) + 3600 };
    this.hooks = [];
    this.hookDeliveries = [];
    this.statuses = [];
    this.comments = [];
    this.pulls = [];
    this.keys = [];
    this.nextId = 1;
    this.repos = options.repos.map((repo) => this.#newRepo(repo));
    for (const token of options.tokens.length ? options.tokens : ['ghp_fake']) this.#addToken(token, {});
    addRoutes(this);
  }

  ready() {
    this.base = this.fake.base;
    this.api = this.options.enterprise ? `${this.base}/api/v3` : this.base;
  }

  #newRepo(repo) {
    return { private: true, created: '2026-01-05T09:00:00Z', id: numberFor(`github/${repo.owner}/${repo.name}`), ...repo,
      permissions: { admin: true, maintain: true, push: true, triage: true, pull: true, ...repo.permissions } };
  }

  #addToken(token, spec) {
    this.tokens.set(token, { scopes: CLASSIC_SCOPES, expires: null, fine_grained: token.startsWith('github_pat_'), ...spec });
  }

  owner(repo) {
    return repo.owner === this.user.login ? this.user : { login: repo.owner, id: numberFor(repo.owner), type: 'Organization' };
  }

  // ---- who asks

  strip(path) {
    if (!this.options.enterprise) return path;
    return path.startsWith('/api/v3') ? path.slice('/api/v3'.length) || '/' : null;
  }

  authenticate(call) {
    if (!call.headers['user-agent']) {
      return text(403, 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header '
        + '(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). '
        + 'Check https://developer.github.com for other possible causes.\n');
    }
    const given = credentials(call);
    call.token = null;
    if (given.scheme !== 'none') {
      const known = this.tokens.get(given.token);
      if (!known || known.revoked || (known.expires && Date.parse(known.expires) <= Date.now())) return this.#error(401, 'Bad credentials');
      call.token = known;
      if (known.blocked) return this.#error(403, 'Sorry. Your account was suspended.');
      if (known.sso) {
        return this.#error(403, 'Resource protected by organization SAML enforcement. You must grant your Personal Access '
          + 'token access to this organization.', { 'X-GitHub-SSO': `required; url=${this.base}/orgs/acme/sso?authorization_request=A1` });
      }
    } else if (this.options.enterprise) {
      return this.#error(401, 'Must authenticate to access this API.');
    }
    return this.#spendRate();
  }

  #spendRate() {
    if (!this.rate) return null;
    if (Date.now() / 1000 >= this.rate.reset) Object.assign(this.rate, { remaining: this.rate.limit, reset: Math.floor(Date.now() / 1000) + 3600 });
    if (this.rate.remaining === 0) {
      return this.#error(403, `API rate limit exceeded for user ID ${this.user.id}. If you reach out to GitHub Support for help, please include the request ID.`);
    }
    --this.rate.remaining;
    return null;
  }

  decorate(call, reply) {
    const headers = reply.headers ??= {};
    headers['X-GitHub-Request-Id'] = crypto.randomBytes(10).toString('hex').toUpperCase();
    headers['X-GitHub-Media-Type'] = 'github.v3; format=json';
    if (this.options.enterprise) headers['X-GitHub-Enterprise-Version'] = this.options.enterprise;
    else headers['X-GitHub-Api-Version-Selected'] = call.headers['x-github-api-version'] ?? '2022-11-28';
    if (call.token && !call.token.fine_grained) {
      headers['X-OAuth-Scopes'] = call.token.scopes.join(', ');
      headers['X-Accepted-OAuth-Scopes'] = call.accepted ?? '';
    }
    if (call.token?.expires) {
      headers['github-authentication-token-expiration'] = `${call.token.expires.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC`;
    }
    if (this.rate) {
      headers['X-RateLimit-Limit'] = this.rate.limit;
      headers['X-RateLimit-Remaining'] = this.rate.remaining;
      headers['X-RateLimit-Used'] = this.rate.limit - this.rate.remaining;
      headers['X-RateLimit-Reset'] = this.rate.reset;
      headers['X-RateLimit-Resource'] = 'core';
    }
  }

  #error(status, message, headers = {}, errors = undefined) {
    return json(status, { message, ...(errors && { errors }), documentation_url: 'https://docs.github.com/rest', status: String(status) }, headers);
  }
  error(...args) { return this.#error(...args); }
  invalid(errors) { return this.#error(422, 'Validation Failed', {}, errors); }
  notFound() { return this.#error(404, 'Not Found'); }
  badJson() { return this.#error(400, 'Problems parsing JSON'); }

  // ---- what the token may do: the repository, or the refusal. GitHub hides what one may not see.

  find(call, need = 'read') {
    const { owner, name, repository } = call.params;
    const repo = this.repos.find((each) => (repository ? each.id === Number(repository) : fullName(each).toLowerCase() === `${owner}/${name}`.toLowerCase()));
    if (!repo) {
      const old = this.repos.find((each) => each.formerly?.toLowerCase() === `${owner}/${name}`.toLowerCase());
      if (!old) return { refusal: this.notFound() };
      const location = `${this.api}/repositories/${old.id}`;
      return { refusal: json(call.method === 'GET' ? 301 : 307, { message: 'Moved Permanently', url: location }, { Location: location }) };
    }
    const { token } = call;
    if (!token) return { refusal: repo.private ? this.notFound() : need === 'read' ? null : this.#error(401, 'Requires authentication'), repo };
    if (token.repos && !token.repos.includes(fullName(repo))) return { refusal: this.notFound() };
    if (token.fine_grained) return this.#findFineGrained(token, repo, need);
    call.accepted = need === 'hooks' ? 'admin:repo_hook, repo, write:repo_hook' : 'repo';
    const sees = token.scopes.includes('repo') || (!repo.private && token.scopes.includes('public_repo'))
      || (need === 'hooks' && token.scopes.some((scope) => scope.endsWith(':repo_hook')))
      || (need === 'read' && !repo.private) || (need === 'status' && token.scopes.includes('repo:status'));
    if (!sees) return { refusal: this.notFound() };
    return { repo, refusal: this.#lacksRight(repo, need) };
  }

  #findFineGrained(token, repo, need) {
    const wanted = { read: 'metadata', hooks: 'repository_hooks', status: 'statuses', write: 'issues' }[need];
    const has = !token.permissions || token.permissions[wanted] === 'write' || (need === 'read' && token.permissions[wanted] === 'read');
    if (!has) {
      return { refusal: this.#error(403, 'Resource not accessible by personal access token',
        { 'X-Accepted-GitHub-Permissions': `${wanted}=${need === 'read' ? 'read' : 'write'}` }) };
    }
    return { repo, refusal: this.#lacksRight(repo, need) };
  }

  #lacksRight(repo, need) {
    if (need === 'hooks' && !repo.permissions.admin) return this.notFound();
    if ((need === 'status' || need === 'write') && !repo.permissions.push) return this.#error(403, 'Must have push access to the repository.');
    return null;
  }

  // ---- pages by Link header; only full pages have a next

  page(call, items) {
    const size = Math.min(Math.max(Number(call.query.get('per_page') ?? 30) || 30, 1), 100);
    const page = Math.max(Number(call.query.get('page') ?? 1) || 1, 1);
    const last = Math.max(Math.ceil(items.length / size), 1);
    const link = (number, rel) => {
      const url = new URL(this.base + call.target);
      url.searchParams.set('page', number);
      return `<${url}>; rel="${rel}"`;
    };
    const links = [];
    if (page > 1) links.push(link(page - 1, 'prev'));
    if (page < last) links.push(link(page + 1, 'next'), link(last, 'last'));
    if (page > 1) links.push(link(1, 'first'));
    return { items: items.slice((page - 1) * size, page * size), headers: links.length ? { Link: links.join(', ') } : {} };
  }

  // ---- hooks

  hookShape(repo, hook) {
    const url = `${this.api}/repos/${fullName(repo)}/hooks/${hook.id}`;
    return {
      type: 'Repository', id: hook.id, name: 'web', active: hook.active, events: hook.events,
      config: { ...hook.config, ...(hook.config.secret && { secret: '********' }) }, updated_at: hook.updated,
      created_at: hook.created, url, test_url: `${url}/test`, ping_url: `${url}/pings`, deliveries_url: `${url}/deliveries`,
      last_response: hook.last_response ?? { code: null, status: 'unused', message: null },
    };
  }

  hookProblem(repo, hook, { id = null } = {}) {
    const problem = (message) => [{ resource: 'Hook', code: 'custom', message }];
    if (!hook.config?.url) return problem('Config must contain URL for webhooks');
    if (!/^https?:\/\/[^/\s]+/.test(hook.config.url)) return [{ resource: 'Hook', code: 'custom', field: 'url', message: 'url is missing a scheme' }];
    const unknown = hook.events.find((event) => !HOOK_EVENTS.has(event));
    if (unknown) return [{ resource: 'Hook', code: 'custom', field: 'events', message: `"${unknown}" is not a supported event` }];
    const others = this.hooks.filter((other) => other.repo === repo && other.id !== id);
    const key = (each) => `${each.config.url} ${[...each.events].sort()}`;
    if (others.some((other) => key(other) === key(hook))) return problem('Hook already exists on this repository');
    const full = hook.events.find((event) => others.filter((other) => other.events.includes(event)).length >= 20);
    if (full) return problem(`The "${full}" event cannot have more than 20 hooks`);
    return null;
  }

  async send(hook, event, payload, options = {}) {
    const body = JSON.stringify(payload);
    const { secret } = hook.config;
    const signing = options.secret ?? secret;
    const form = hook.config.content_type !== 'json';
    const bytes = form ? `payload=${encodeURIComponent(body)}` : body;
    const id = options.delivery_id ?? crypto.randomUUID();
    const headers = {
      Accept: '*/*', 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      'User-Agent': 'GitHub-Hookshot/044aadd', 'X-GitHub-Delivery': id, 'X-GitHub-Event': event,
      'X-GitHub-Hook-ID': String(hook.id), 'X-GitHub-Hook-Installation-Target-ID': String(hook.repo.id),
      'X-GitHub-Hook-Installation-Target-Type': 'repository',
      ...(this.options.enterprise && { 'X-GitHub-Enterprise-Version': this.options.enterprise, 'X-GitHub-Enterprise-Host': new URL(this.base).hostname }),
      ...(signing && { 'X-Hub-Signature': hmac(signing, bytes, 'sha1'), 'X-Hub-Signature-256': hmac(signing, bytes) }),
    };
    const record = await post(hook.config.url, headers, bytes, { timeout: this.options.enterprise ? 30_000 : 10_000, override: options });
    const code = record.response?.status ?? 0;
    hook.last_response = { code: code || null, status: code >= 200 && code < 300 ? 'active' : 'timeout', message: null };
    this.hookDeliveries.unshift({ id: this.nextId++, guid: id, hook, event, action: payload.action ?? null, payload, code, redelivery: Boolean(options.redelivery), at: now() });
    return { hook: hook.id, event, id, ...record };
  }

  async ping(hook) {
    return this.send(hook, 'ping', {
      zen: 'Practicality beats purity.', hook_id: hook.id, hook: this.hookShape(hook.repo, hook),
      repository: await hookRepoShape(this, hook.repo, 'ping'), sender: userShape(this, this.user),
    });
  }

  // ---- pull requests

  async openPull(repo, { head, base, title, body, draft, head_repo: source }) {
    const from = source === undefined ? repo : source;
    const headSha = await git.resolve((from ?? repo).path, `refs/heads/${head}`);
    const baseSha = await git.resolve(repo.path, `refs/heads/${base}`);
    if (!headSha || !baseSha) return null;
    const pull = { repo, id: this.nextId++ + 1_000_000, number: this.pulls.filter((each) => each.repo === repo).length + 1, state: 'open',
      title: title ?? `Merge ${head}`, body, draft, head, base, head_repo: source, head_sha: headSha, base_sha: baseSha, created: now(), updated: now() };
    this.pulls.push(pull);
    return pull;
  }

  async pullEvent(pull, action, extra = {}, options = {}) {
    const payload = {
      action, number: pull.number, pull_request: await pullShape(this, pull.repo, pull), ...extra,
      repository: await hookRepoShape(this, pull.repo, 'pull_request'), sender: userShape(this, this.user),
    };
    return this.broadcast(pull.repo, 'pull_request', payload, options);
  }

  async broadcast(repo, event, payload, options = {}) {
    const wanting = this.hooks.filter((hook) => hook.repo === repo && hook.active && (hook.events.includes(event) || hook.events.includes('*')));
    return Promise.all(wanting.map((hook) => this.send(hook, event, payload, options)));
  }

  // ---- control plane

  set(spec) {
    for (const [token, value] of Object.entries(spec.tokens ?? {})) {
      if (value === null) this.tokens.delete(token);
      else this.#addToken(token, { ...this.tokens.get(token), ...value });
    }
    if (spec.rate !== undefined) this.rate = spec.rate === null ? null : { limit: 5000, remaining: 5000, reset: Math.floor(Date.now() / 1000) + 3600, ...spec.rate };
    for (const { repo: wanted, rename, ...changes } of spec.repos ?? []) {
      const repo = this.repos.find((each) => fullName(each) === wanted);
      if (!repo) {
        const slash = wanted.lastIndexOf('/');
        this.repos.push(this.#newRepo({ owner: wanted.slice(0, slash), name: wanted.slice(slash + 1), ...changes }));
      } else {
        if (rename) Object.assign(repo, { formerly: fullName(repo), name: rename });
        Object.assign(repo, changes, { permissions: { ...repo.permissions, ...changes.permissions } });
      }
    }
    if (spec.delete_hooks) this.hooks.length = 0;
    return {};
  }

  state() {
    const named = ({ repo, ...rest }) => ({ repo: fullName(repo), ...rest });
    return { hooks: this.hooks.map(named), statuses: this.statuses.map(named), comments: this.comments.map(named),
      pulls: this.pulls.map(({ head_repo: _, ...pull }) => named(pull)), keys: this.keys.map(named) };
  }

  async deliver(spec) {
    const repo = this.repos.find((each) => fullName(each) === spec.repo);
    if (!repo) throw new Error(`no repository ${spec.repo}`);
    const options = { headers: spec.headers, body: spec.body, secret: spec.secret, delivery_id: spec.delivery_id };
    if (spec.event === 'push') return this.#deliverPush(repo, spec, options);
    if (spec.event === 'pull_request') return this.#deliverPull(repo, spec, options);
    if (spec.event === 'ping') return Promise.all(this.hooks.filter((hook) => hook.repo === repo).map((hook) => this.ping(hook)));
    if (spec.event === 'repository') {
      const extra = spec.action === 'renamed' ? { changes: { repository: { name: { from: (repo.formerly ?? fullName(repo)).split('/')[1] } } } } : {};
      return this.broadcast(repo, 'repository', { action: spec.action, ...extra, repository: await hookRepoShape(this, repo, 'repository'), sender: userShape(this, this.user) }, options);
    }
    throw new Error(`event ${spec.event} is none of push, pull_request, ping, repository`);
  }

  // One push event for each ref, a create or delete event for a new or gone one, and for a branch with an open pull
  // request its synchronize. No push event when more than three tags came at once.
  async #deliverPush(repo, spec, options) {
    const changes = await this.fake.changes(repo, spec.changes);
    const tags = changes.filter(({ ref }) => ref.startsWith('refs/tags/')).length;
    const sent = [];
    for (const change of changes) {
      if (!(change.ref.startsWith('refs/tags/') && tags > 3)) {
        sent.push(...await this.broadcast(repo, 'push', await pushPayload(this, repo, change), options));
      }
      if (change.before === git.ZERO || change.after === git.ZERO) sent.push(...await this.#deliverRef(repo, change, options));
      for (const pull of this.pulls.filter((each) => each.repo === repo && each.state === 'open' && `refs/heads/${each.head}` === change.ref)) {
        if (change.after === git.ZERO) continue;
        Object.assign(pull, { head_sha: change.after, updated: now() });
        sent.push(...await this.pullEvent(pull, 'synchronize', { before: change.before, after: change.after }, options));
      }
    }
    return sent;
  }

  async #deliverRef(repo, change, options) {
    const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/.exec(change.ref);
    const repository = await hookRepoShape(this, repo, 'create');
    const common = { ref: name, ref_type: kind === 'tags' ? 'tag' : 'branch', pusher_type: 'user', repository, sender: userShape(this, this.user) };
    return change.after === git.ZERO
      ? this.broadcast(repo, 'delete', common, options)
      : this.broadcast(repo, 'create', { ...common, master_branch: repository.default_branch, description: null }, options);
  }

  async #deliverPull(repo, spec, options) {
    const { action = 'opened', number } = spec;
    let pull = this.pulls.find((each) => each.repo === repo && each.number === number);
    if (!pull) {
      const source = spec.fork ? this.repos.find((each) => fullName(each) === spec.fork) ?? null : undefined;
      pull = await this.openPull(repo, { head: spec.source, base: spec.target ?? 'main', title: spec.title, draft: spec.draft, head_repo: source });
    }
    if (!pull) throw new Error(`no branch ${spec.source} or ${spec.target ?? 'main'}`);
    const before = pull.head_sha;
    const after = await git.resolve((pull.head_repo ?? repo).path, `refs/heads/${pull.head}`) ?? before;
    pull.head_sha = after;
    if (action === 'closed') Object.assign(pull, { state: 'closed', closed: now() }, spec.merged && { merged: now(), merge_sha: await git.resolve(repo.path, `refs/heads/${pull.base}`) });
    if (action === 'reopened') Object.assign(pull, { state: 'open', closed: null });
    if (action === 'converted_to_draft' || action === 'ready_for_review') pull.draft = action === 'converted_to_draft';
    const extra = action === 'synchronize' ? { before, after } : {};
    if (action === 'edited' && spec.target && spec.target !== pull.base) {
      extra.changes = { base: { ref: { from: pull.base }, sha: { from: pull.base_sha } } };
      Object.assign(pull, { base: spec.target, base_sha: await git.resolve(repo.path, `refs/heads/${spec.target}`) });
    } else if (action === 'edited') {
      extra.changes = { title: { from: pull.title } };
    }
    return this.pullEvent(pull, action, extra, options);
  }

  // ---- git over HTTP

  async serve(call, response, entry) {
    const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(call.path);
    const repo = match && this.repos.find((each) => fullName(each) === `${match[1]}/${match[2]}`);
    if (!repo) return false;
    const token = this.tokens.get(credentials(call).token);
    if (!token || (token.expires && Date.parse(token.expires) <= Date.now())) {
      entry.status = 401;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="GitHub"' }).end('Repository not found.');
      return true;
    }
    entry.status = 200;
    await serveGit(call, response, repo.path, match[3], this.user.login);
    return true;
  }
}

// ---- the API

function addRoutes(hub) {
  const { fake } = hub;
  const on = (method, pattern, handler) => fake.route(method, pattern, handler);
  // A route of a repository: `need` as in find(), the handler gets the repository.
  const onRepo = (method, pattern, need, handler) => on(method, `/repos/:owner/:name${pattern}`, async (call) => {
    const { repo, refusal } = hub.find(call, need);
    return refusal ?? handler(call, repo);
  });

  on('GET', '/', () => json(200, { current_user_url: `${hub.api}/user`, repository_url: `${hub.api}/repos/{owner}/{repo}` }));
  on('GET', '/meta', () => json(200, { verifiable_password_authentication: false, hooks: ['127.0.0.0/8'], ...(hub.options.enterprise && { installed_version: hub.options.enterprise }) }));
  on('GET', '/rate_limit', () => (hub.rate
    ? json(200, { resources: { core: { ...hub.rate, used: hub.rate.limit - hub.rate.remaining } }, rate: { ...hub.rate, used: hub.rate.limit - hub.rate.remaining } })
    : hub.error(404, 'Rate limiting is not enabled.')));
  on('GET', '/user', (call) => (call.token
    ? json(200, { ...userShape(hub, hub.user), name: 'The Octocat', company: null, blog: '', location: null, email: null, hireable: null, bio: null,
      public_repos: 0, public_gists: 0, followers: 0, following: 0, created_at: '2011-01-25T18:44:36Z', updated_at: '2026-01-05T09:00:00Z' })
    : hub.error(401, 'Requires authentication')));
  on('GET', '/user/repos', async (call) => {
    if (!call.token) return hub.error(401, 'Requires authentication');
    const seen = hub.repos.filter((repo) => !call.token.repos || call.token.repos.includes(fullName(repo)))
      .filter((repo) => call.token.fine_grained || call.token.scopes.includes('repo') || !repo.private);
    if (call.query.get('sort') === 'full_name') seen.sort((a, b) => (fullName(a) < fullName(b) ? -1 : 1));
    const { items, headers } = hub.page(call, seen);
    return json(200, await Promise.all(items.map((repo) => repoShape(hub, repo))), headers);
  });
  on('GET', '/repositories/:repository', async (call) => {
    const { repo, refusal } = hub.find(call);
    return refusal ?? json(200, await repoShape(hub, repo));
  });

  onRepo('GET', '', 'read', async (call, repo) => json(200, await repoShape(hub, repo)));
  addGitRoutes(hub, onRepo);
  addHookRoutes(hub, onRepo);
  addReportRoutes(hub, onRepo);
}

function addGitRoutes(hub, onRepo) {
  const short = (repo, { name, sha }) => ({ name, commit: { sha, url: `${hub.api}/repos/${fullName(repo)}/commits/${sha}` }, protected: false });
  onRepo('GET', '/branches', 'read', async (call, repo) => {
    const { items, headers } = hub.page(call, await git.branches(repo.path));
    return json(200, items.map((branch) => short(repo, branch)), headers);
  });
  onRepo('GET', '/branches/*branch', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, `refs/heads/${call.params.branch}`);
    if (!sha) return hub.error(404, 'Branch not found');
    return json(200, { name: call.params.branch, commit: commitShape(hub, repo, await git.commit(repo.path, sha)), protected: false });
  });
  onRepo('GET', '/tags', 'read', async (call, repo) => {
    const { items, headers } = hub.page(call, await git.tags(repo.path));
    return json(200, items.map((tag) => short(repo, tag)), headers);
  });
  onRepo('GET', '/git/ref/*ref', 'read', async (call, repo) => {
    const ref = `refs/${call.params.ref}`;
    const found = (await git.refs(repo.path)).find((each) => each.ref === ref);
    if (!found) return hub.notFound();
    const type = found.annotated ? 'tag' : 'commit';
    return json(200, { ref, node_id: Buffer.from(ref).toString('base64'), url: `${hub.api}/repos/${fullName(repo)}/git/${ref}`,
      object: { sha: found.sha, type, url: `${hub.api}/repos/${fullName(repo)}/git/${type}s/${found.sha}` } });
  });
  onRepo('GET', '/commits', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.query.get('sha') ?? 'HEAD');
    if (!sha) return (await git.branches(repo.path)).length ? hub.notFound() : hub.error(409, 'Git Repository is empty.');
    const { items, headers } = hub.page(call, await git.log(repo.path, [sha], 1000));
    return json(200, items.map((commit) => commitShape(hub, repo, commit)), headers);
  });
  onRepo('GET', '/commits/:ref/statuses', 'read', (call, repo) => {
    const { items, headers } = hub.page(call, hub.statuses.filter((status) => status.repo === repo && status.sha === call.params.ref).reverse());
    return json(200, items.map((status) => statusShape(hub, repo, status)), headers);
  });
  onRepo('GET', '/commits/*ref', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.ref);
    if (!sha) return hub.error(422, `No commit found for SHA: ${call.params.ref}`);
    const commit = await git.commit(repo.path, sha);
    const files = await git.diff(repo.path, commit.parents[0] ?? null, sha);
    return json(200, { ...commitShape(hub, repo, commit), stats: { total: 2 * files.length, additions: files.length, deletions: files.length }, files: files.slice(0, 300).map((change) => fileShape(hub, repo, change, sha)) });
  });
  onRepo('GET', '/compare/*range', 'read', (call, repo) => compare(hub, call, repo));
  onRepo('GET', '/tarball/*ref', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.ref);
    return sha ? empty(302, { Location: `${hub.api}/repos/${fullName(repo)}/_codeload/${sha}` }) : hub.notFound();
  });
  onRepo('GET', '/_codeload/:sha', 'read', async (call, repo) => ({ status: 200, headers: { 'Content-Type': 'application/x-gzip' },
    body: await git.archive(repo.path, call.params.sha, 'tar.gz', `${repo.owner}-${repo.name}-${call.params.sha.slice(0, 7)}/`) }));
}

async function compare(hub, call, repo) {
  const [from, to] = call.params.range.split('...');
  const base = await git.resolve(repo.path, from);
  const head = await git.resolve(repo.path, to);
  const merge = base && head && await git.mergeBase(repo.path, base, head);
  if (!merge) return hub.notFound();
  const ahead = (await git.log(repo.path, [head, `^${base}`], 10_000)).reverse();
  const behind = await git.log(repo.path, [base, `^${head}`], 10_000);
  const status = ahead.length && behind.length ? 'diverged' : ahead.length ? 'ahead' : behind.length ? 'behind' : 'identical';
  const html = `${hub.base}/${fullName(repo)}/compare/${from}...${to}`;
  const { items, headers } = hub.page(call, ahead);
  const files = Number(call.query.get('page') ?? 1) > 1 ? [] : (await git.diff(repo.path, merge, head)).slice(0, 300);
  const shape = async (sha) => commitShape(hub, repo, await git.commit(repo.path, sha));
  return json(200, { url: `${hub.api}/repos/${fullName(repo)}/compare/${from}...${to}`, html_url: html, permalink_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`,
    base_commit: await shape(base), merge_base_commit: await shape(merge), status, ahead_by: ahead.length, behind_by: behind.length, total_commits: ahead.length,
    commits: items.map((commit) => commitShape(hub, repo, commit)), files: files.map((change) => fileShape(hub, repo, change, head)) }, headers);
}

function addHookRoutes(hub, onRepo) {
  const withHook = (handler) => (call, repo) => {
    const hook = hub.hooks.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return hook ? handler(call, repo, hook) : hub.notFound();
  };
  onRepo('GET', '/hooks', 'hooks', (call, repo) => {
    const { items, headers } = hub.page(call, hub.hooks.filter((hook) => hook.repo === repo));
    return json(200, items.map((hook) => hub.hookShape(repo, hook)), headers);
  });
  onRepo('POST', '/hooks', 'hooks', (call, repo) => {
    const { name = 'web', active = true, events = ['push'], config = {} } = call.json;
    if (name !== 'web') return hub.invalid([{ resource: 'Hook', code: 'invalid', field: 'name' }]);
    const hook = { repo, id: 0, active, events, config: { content_type: 'form', insecure_ssl: '0', ...config }, created: now(), updated: now() };
    const problem = hub.hookProblem(repo, hook);
    if (problem) return hub.invalid(problem);
    hook.id = 400_000_000 + hub.nextId++;
    hub.hooks.push(hook);
    if (!hub.options.noPing) setImmediate(() => void hub.ping(hook));
    return json(201, hub.hookShape(repo, hook));
  });
  onRepo('GET', '/hooks/:id', 'hooks', withHook((call, repo, hook) => json(200, hub.hookShape(repo, hook))));
  onRepo('PATCH', '/hooks/:id', 'hooks', withHook((call, repo, hook) => {
    const { active, events, config, add_events: add = [], remove_events: remove = [] } = call.json;
    // A config without a secret takes the secret away.
    const next = { ...hook, active: active ?? hook.active, config: config ? { content_type: 'form', insecure_ssl: '0', ...config } : hook.config,
      events: [...new Set([...(events ?? hook.events), ...add])].filter((event) => !remove.includes(event)) };
    const problem = hub.hookProblem(repo, next, { id: hook.id });
    if (problem) return hub.invalid(problem);
    Object.assign(hook, next, { updated: now() });
    return json(200, hub.hookShape(repo, hook));
  }));
  onRepo('DELETE', '/hooks/:id', 'hooks', withHook((call, repo, hook) => {
    hub.hooks.splice(hub.hooks.indexOf(hook), 1);
    return empty();
  }));
  onRepo('GET', '/hooks/:id/config', 'hooks', withHook((call, repo, hook) => json(200, hub.hookShape(repo, hook).config)));
  onRepo('PATCH', '/hooks/:id/config', 'hooks', withHook((call, repo, hook) => {
    Object.assign(hook.config, call.json);
    return json(200, hub.hookShape(repo, hook).config);
  }));
  onRepo('POST', '/hooks/:id/pings', 'hooks', withHook(async (call, repo, hook) => {
    await hub.ping(hook);
    return empty();
  }));
  onRepo('POST', '/hooks/:id/tests', 'hooks', withHook(async (call, repo, hook) => {
    const ref = `refs/heads/${await git.defaultBranch(repo.path)}`;
    const after = await git.resolve(repo.path, ref);
    const before = (await git.commit(repo.path, after)).parents[0] ?? git.ZERO;
    await hub.send(hook, 'push', await pushPayload(hub, repo, { ref, before, after, forced: false }));
    return empty();
  }));
  const summary = ({ id, guid, at, redelivery, code, event, action, hook }) => ({ id, guid, delivered_at: at, redelivery, duration: 0.03,
    status: code >= 200 && code < 300 ? 'OK' : 'failed', status_code: code, event, action, installation_id: null, repository_id: hook.repo.id, throttled_at: null });
  onRepo('GET', '/hooks/:id/deliveries', 'hooks', withHook((call, repo, hook) => {
    const { items, headers } = hub.page(call, hub.hookDeliveries.filter((each) => each.hook === hook));
    return json(200, items.map(summary), headers);
  }));
  onRepo('POST', '/hooks/:id/deliveries/:delivery/attempts', 'hooks', withHook(async (call, repo, hook) => {
    const old = hub.hookDeliveries.find((each) => each.hook === hook && each.id === Number(call.params.delivery));
    if (!old) return hub.notFound();
    await hub.send(hook, old.event, old.payload, { delivery_id: old.guid, redelivery: true });
    return json(202, {});
  }));
}

function statusShape(hub, repo, status) {
  const { state, description = null, target_url: target = null, context } = status;
  return { url: `${hub.api}/repos/${fullName(repo)}/statuses/${status.sha}`, avatar_url: `${hub.base}/avatars/u/${hub.user.id}`, id: status.id,
    node_id: Buffer.from(`13:StatusContext${status.id}`).toString('base64'), state, description, target_url: target, context, created_at: status.at, updated_at: status.at,
    creator: userShape(hub, hub.user) };
}

function addReportRoutes(hub, onRepo) {
  onRepo('POST', '/statuses/:sha', 'status', async (call, repo) => {
    const { state, description, target_url: target, context = 'default' } = call.json;
    const wrong = (code, field, message) => hub.invalid([{ resource: 'Status', code, field, ...(message && { message }) }]);
    if (!['error', 'failure', 'pending', 'success'].includes(state)) return wrong('custom', 'state', 'state is not included in the list');
    if (description && [...description].length > 140) return wrong('custom', 'description', 'description is too long (maximum is 140 characters)');
    if (target && !/^https?:\/\//.test(target)) return wrong('custom', 'target_url', 'target_url must use http(s) scheme');
    if (await git.resolve(repo.path, call.params.sha) !== call.params.sha) return hub.error(422, `No commit found for SHA: ${call.params.sha}`);
    const same = hub.statuses.filter((each) => each.repo === repo && each.sha === call.params.sha && each.context.toLowerCase() === context.toLowerCase());
    if (same.length >= 1000) return hub.invalid([{ resource: 'Status', code: 'custom', message: 'This SHA and context has reached the maximum number of statuses.' }]);
    const status = { repo, id: hub.nextId++, sha: call.params.sha, state, description, target_url: target, context, at: now() };
    hub.statuses.push(status);
    return json(201, statusShape(hub, repo, status));
  });
  addPullRoutes(hub, onRepo);
  onRepo('POST', '/keys', 'hooks', (call, repo) => {
    const { title, key = '', read_only: readOnly = true } = call.json;
    if (!/^(ssh-|ecdsa-)/.test(key)) return hub.invalid([{ resource: 'PublicKey', code: 'custom', field: 'key', message: 'key is invalid. You must supply a key in OpenSSH public key format' }]);
    const material = key.split(' ')[1];
    if (hub.keys.some((each) => each.key.split(' ')[1] === material)) return hub.invalid([{ resource: 'PublicKey', code: 'custom', field: 'key', message: 'key is already in use' }]);
    const added = { repo, id: hub.nextId++, title, key, read_only: readOnly };
    hub.keys.push(added);
    return json(201, { id: added.id, key, url: `${hub.api}/repos/${fullName(repo)}/keys/${added.id}`, title, verified: true, created_at: now(), read_only: readOnly });
  });
}

function addPullRoutes(hub, onRepo) {
  const withPull = (handler) => (call, repo) => {
    const pull = hub.pulls.find((each) => each.repo === repo && each.number === Number(call.params.number));
    return pull ? handler(call, repo, pull) : hub.notFound();
  };
  const comment = (repo, { id, number, body, at }) => ({ url: `${hub.api}/repos/${fullName(repo)}/issues/comments/${id}`, id, node_id: `IC_${id}`,
    html_url: `${hub.base}/${fullName(repo)}/pull/${number}#issuecomment-${id}`, issue_url: `${hub.api}/repos/${fullName(repo)}/issues/${number}`,
    user: userShape(hub, hub.user), created_at: at, updated_at: at, author_association: 'OWNER', body });
  const bodyProblem = (body) => {
    const wrong = (message) => hub.invalid([{ resource: 'IssueComment', code: 'custom', field: 'body', message }]);
    if (!body) return hub.invalid([{ resource: 'IssueComment', code: 'missing_field', field: 'body' }]);
    return [...body].length > 65536 ? wrong('Body is too long (maximum is 65536 characters)') : null;
  };
  onRepo('GET', '/pulls', 'read', async (call, repo) => {
    const state = call.query.get('state') ?? 'open';
    const head = call.query.get('head')?.split(':').pop();
    const found = hub.pulls.filter((pull) => pull.repo === repo && (state === 'all' || pull.state === state) && (!head || pull.head === head)).reverse();
    const { items, headers } = hub.page(call, found);
    return json(200, await Promise.all(items.map((pull) => pullShape(hub, repo, pull))), headers);
  });
  onRepo('POST', '/pulls', 'write', async (call, repo) => {
    const pull = await hub.openPull(repo, { ...call.json, head_repo: undefined });
    return pull ? json(201, await pullShape(hub, repo, pull)) : hub.invalid([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  });
  onRepo('GET', '/pulls/:number', 'read', withPull(async (call, repo, pull) => json(200, await pullShape(hub, repo, pull))));
  onRepo('GET', '/pulls/:number/files', 'read', withPull(async (call, repo, pull) => {
    const merge = await git.mergeBase(repo.path, pull.base_sha, pull.head_sha);
    const { items, headers } = hub.page(call, (await git.diff(repo.path, merge, pull.head_sha)).slice(0, 3000));
    return json(200, items.map((change) => fileShape(hub, repo, change, pull.head_sha)), headers);
  }));
  onRepo('GET', '/issues/:number/comments', 'read', withPull((call, repo, pull) => {
    const { items, headers } = hub.page(call, hub.comments.filter((each) => each.repo === repo && each.number === pull.number));
    return json(200, items.map((each) => comment(repo, each)), headers);
  }));
  onRepo('POST', '/issues/:number/comments', 'write', withPull((call, repo, pull) => {
    const problem = bodyProblem(call.json.body);
    if (problem) return problem;
    const added = { repo, id: hub.nextId++, number: pull.number, body: call.json.body, at: now() };
    hub.comments.push(added);
    return json(201, comment(repo, added));
  }));
  onRepo('PATCH', '/issues/comments/:id', 'write', (call, repo) => {
    const found = hub.comments.find((each) => each.repo === repo && each.id === Number(call.params.id));
    if (!found) return hub.notFound();
    const problem = bodyProblem(call.json.body);
    if (problem) return problem;
    found.body = call.json.body;
    return json(200, comment(repo, found));
  });
}

await new GitHub(parseOptions(process.argv.slice(2), { '--enterprise': false, '--no-ping': true })).fake.start();
