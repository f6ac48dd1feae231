// GitHub, and with --enterprise VERSION GitHub Enterprise Server under /api/v3. See README.md.
import crypto from 'node:crypto';
import { Fake, credentials, json, numberFor, text } from './lib/fake.mjs';
import { hmac, post } from './lib/deliver.mjs';
import { parseOptions } from './lib/options.mjs';
import { serveGit } from './lib/smart_http.mjs';
import * as git from './lib/git.mjs';
import { fullName, hookRepoShape, pullShape, pushPayload, userShape } from './lib/github_shapes.mjs';
import { addRoutes } from './lib/github_routes.mjs';

const HOOK_EVENTS = new Set([
  '*',
  'push',
  'pull_request',
  'repository',
  'create',
  'delete',
  'ping',
  'status',
  'meta',
  'issue_comment',
  'issues',
  'release',
  'check_run',
  'check_suite',
  'pull_request_review',
  'commit_comment',
  'fork',
  'pull_request_review_comment',
  'member',
  'public',
  'watch',
  'workflow_run',
  'deployment',
  'deployment_status',
]);
const CLASSIC_SCOPES = ['repo', 'admin:repo_hook', 'read:user'];
const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

class GitHub {
  constructor(options) {
    this.options = options;
    this.fake = new Fake(this, options);
    this.user = { login: options.login ?? 'octocat', id: 583231 };
    this.tokens = new Map();
    this.rate = options.enterprise
      ? null
      : { limit: 5000, remaining: 4999, reset: Math.floor(Date.now() / 1000) + 3600 };
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
    return {
      private: true,
      created: '2026-01-05T09:00:00Z',
      id: numberFor(`github/${repo.owner}/${repo.name}`),
      ...repo,
      permissions: { admin: true, maintain: true, push: true, triage: true, pull: true, ...repo.permissions },
    };
  }

  #addToken(token, spec) {
    this.tokens.set(token, {
      scopes: CLASSIC_SCOPES,
      expires: null,
      fine_grained: token.startsWith('github_pat_'),
      ...spec,
    });
  }

  owner(repo) {
    return repo.owner === this.user.login
      ? this.user
      : { login: repo.owner, id: numberFor(repo.owner), type: 'Organization' };
  }

  // ---- who asks

  strip(path) {
    if (!this.options.enterprise) return path;
    return path.startsWith('/api/v3') ? path.slice('/api/v3'.length) || '/' : null;
  }

  authenticate(call) {
    if (!call.headers['user-agent']) {
      return text(
        403,
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header ' +
          '(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). ' +
          'Check https://developer.github.com for other possible causes.\n',
      );
    }
    const given = credentials(call);
    call.token = null;
    if (given.scheme !== 'none') {
      const known = this.tokens.get(given.token);
      if (!known || known.revoked || (known.expires && Date.parse(known.expires) <= Date.now()))
        return this.#error(401, 'Bad credentials');
      call.token = known;
      if (known.blocked) return this.#error(403, 'Sorry. Your account was suspended.');
      if (known.sso) {
        return this.#error(
          403,
          'Resource protected by organization SAML enforcement. You must grant your Personal Access ' +
            'token access to this organization.',
          { 'X-GitHub-SSO': `required; url=${this.base}/orgs/acme/sso?authorization_request=A1` },
        );
      }
    } else if (this.options.enterprise) {
      return this.#error(401, 'Must authenticate to access this API.');
    }
    return this.#spendRate();
  }

  #spendRate() {
    if (!this.rate) return null;
    if (Date.now() / 1000 >= this.rate.reset)
      Object.assign(this.rate, { remaining: this.rate.limit, reset: Math.floor(Date.now() / 1000) + 3600 });
    if (this.rate.remaining === 0) {
      return this.#error(
        403,
        `API rate limit exceeded for user ID ${this.user.id}. If you reach out to GitHub Support for help, please include the request ID.`,
      );
    }
    --this.rate.remaining;
    return null;
  }

  decorate(call, reply) {
    const headers = (reply.headers ??= {});
    headers['X-GitHub-Request-Id'] = crypto.randomBytes(10).toString('hex').toUpperCase();
    headers['X-GitHub-Media-Type'] = 'github.v3; format=json';
    if (this.options.enterprise) headers['X-GitHub-Enterprise-Version'] = this.options.enterprise;
    else headers['X-GitHub-Api-Version-Selected'] = call.headers['x-github-api-version'] ?? '2022-11-28';
    if (call.token && !call.token.fine_grained) {
      headers['X-OAuth-Scopes'] = call.token.scopes.join(', ');
      headers['X-Accepted-OAuth-Scopes'] = call.accepted ?? '';
    }
    if (call.token?.expires) {
      headers['github-authentication-token-expiration'] =
        `${call.token.expires.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC`;
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
    return json(
      status,
      { message, ...(errors && { errors }), documentation_url: 'https://docs.github.com/rest', status: String(status) },
      headers,
    );
  }
  error(...args) {
    return this.#error(...args);
  }
  invalid(errors) {
    return this.#error(422, 'Validation Failed', {}, errors);
  }
  notFound() {
    return this.#error(404, 'Not Found');
  }
  badJson() {
    return this.#error(400, 'Problems parsing JSON');
  }

  // ---- what the token may do: the repository, or the refusal. GitHub hides what one may not see.

  find(call, need = 'read') {
    const { owner, name, repository } = call.params;
    const repo = this.repos.find((each) =>
      repository ? each.id === Number(repository) : fullName(each).toLowerCase() === `${owner}/${name}`.toLowerCase(),
    );
    if (!repo) {
      const old = this.repos.find((each) => each.formerly?.toLowerCase() === `${owner}/${name}`.toLowerCase());
      if (!old) return { refusal: this.notFound() };
      const location = `${this.api}/repositories/${old.id}`;
      return {
        refusal: json(
          call.method === 'GET' ? 301 : 307,
          { message: 'Moved Permanently', url: location },
          { Location: location },
        ),
      };
    }
    const { token } = call;
    if (!token)
      return {
        refusal: repo.private ? this.notFound() : need === 'read' ? null : this.#error(401, 'Requires authentication'),
        repo,
      };
    if (token.repos && !token.repos.includes(fullName(repo))) return { refusal: this.notFound() };
    if (token.fine_grained) return this.#findFineGrained(token, repo, need);
    call.accepted = need === 'hooks' ? 'admin:repo_hook, repo, write:repo_hook' : 'repo';
    const sees =
      token.scopes.includes('repo') ||
      (!repo.private && token.scopes.includes('public_repo')) ||
      (need === 'hooks' && token.scopes.some((scope) => scope.endsWith(':repo_hook'))) ||
      (need === 'read' && !repo.private) ||
      (need === 'status' && token.scopes.includes('repo:status'));
    if (!sees) return { refusal: this.notFound() };
    return { repo, refusal: this.#lacksRight(repo, need) };
  }

  #findFineGrained(token, repo, need) {
    const wanted = { read: 'metadata', hooks: 'repository_hooks', status: 'statuses', write: 'issues' }[need];
    const has =
      !token.permissions ||
      token.permissions[wanted] === 'write' ||
      (need === 'read' && token.permissions[wanted] === 'read');
    if (!has) {
      return {
        refusal: this.#error(403, 'Resource not accessible by personal access token', {
          'X-Accepted-GitHub-Permissions': `${wanted}=${need === 'read' ? 'read' : 'write'}`,
        }),
      };
    }
    return { repo, refusal: this.#lacksRight(repo, need) };
  }

  #lacksRight(repo, need) {
    if (need === 'hooks' && !repo.permissions.admin) return this.notFound();
    if ((need === 'status' || need === 'write') && !repo.permissions.push)
      return this.#error(403, 'Must have push access to the repository.');
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
    return {
      items: items.slice((page - 1) * size, page * size),
      headers: links.length ? { Link: links.join(', ') } : {},
    };
  }

  // ---- hooks

  hookShape(repo, hook) {
    const url = `${this.api}/repos/${fullName(repo)}/hooks/${hook.id}`;
    return {
      type: 'Repository',
      id: hook.id,
      name: 'web',
      active: hook.active,
      events: hook.events,
      config: { ...hook.config, ...(hook.config.secret && { secret: '********' }) },
      updated_at: hook.updated,
      created_at: hook.created,
      url,
      test_url: `${url}/test`,
      ping_url: `${url}/pings`,
      deliveries_url: `${url}/deliveries`,
      last_response: hook.last_response ?? { code: null, status: 'unused', message: null },
    };
  }

  hookProblem(repo, hook, { id = null } = {}) {
    const problem = (message) => [{ resource: 'Hook', code: 'custom', message }];
    if (!hook.config?.url) return problem('Config must contain URL for webhooks');
    if (!/^https?:\/\/[^/\s]+/.test(hook.config.url))
      return [{ resource: 'Hook', code: 'custom', field: 'url', message: 'url is missing a scheme' }];
    const unknown = hook.events.find((event) => !HOOK_EVENTS.has(event));
    if (unknown)
      return [{ resource: 'Hook', code: 'custom', field: 'events', message: `"${unknown}" is not a supported event` }];
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
      Accept: '*/*',
      'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      'User-Agent': 'GitHub-Hookshot/044aadd',
      'X-GitHub-Delivery': id,
      'X-GitHub-Event': event,
      'X-GitHub-Hook-ID': String(hook.id),
      'X-GitHub-Hook-Installation-Target-ID': String(hook.repo.id),
      'X-GitHub-Hook-Installation-Target-Type': 'repository',
      ...(this.options.enterprise && {
        'X-GitHub-Enterprise-Version': this.options.enterprise,
        'X-GitHub-Enterprise-Host': new URL(this.base).hostname,
      }),
      ...(signing && { 'X-Hub-Signature': hmac(signing, bytes, 'sha1'), 'X-Hub-Signature-256': hmac(signing, bytes) }),
    };
    const record = await post(hook.config.url, headers, bytes, {
      timeout: this.options.enterprise ? 30_000 : 10_000,
      override: options,
    });
    const code = record.response?.status ?? 0;
    hook.last_response = {
      code: code || null,
      status: code >= 200 && code < 300 ? 'active' : 'timeout',
      message: null,
    };
    this.hookDeliveries.unshift({
      id: this.nextId++,
      guid: id,
      hook,
      event,
      action: payload.action ?? null,
      payload,
      code,
      redelivery: Boolean(options.redelivery),
      at: now(),
    });
    return { hook: hook.id, event, id, ...record };
  }

  async ping(hook) {
    return this.send(hook, 'ping', {
      zen: 'Practicality beats purity.',
      hook_id: hook.id,
      hook: this.hookShape(hook.repo, hook),
      repository: await hookRepoShape(this, hook.repo, 'ping'),
      sender: userShape(this, this.user),
    });
  }

  // ---- pull requests

  async openPull(repo, { head, base, title, body, draft, head_repo: source }) {
    const from = source === undefined ? repo : source;
    const headSha = await git.resolve((from ?? repo).path, `refs/heads/${head}`);
    const baseSha = await git.resolve(repo.path, `refs/heads/${base}`);
    if (!headSha || !baseSha) return null;
    const pull = {
      repo,
      id: this.nextId++ + 1_000_000,
      number: this.pulls.filter((each) => each.repo === repo).length + 1,
      state: 'open',
      title: title ?? `Merge ${head}`,
      body,
      draft,
      head,
      base,
      head_repo: source,
      head_sha: headSha,
      base_sha: baseSha,
      created: now(),
      updated: now(),
    };
    this.pulls.push(pull);
    return pull;
  }

  async pullEvent(pull, action, extra = {}, options = {}) {
    const payload = {
      action,
      number: pull.number,
      pull_request: await pullShape(this, pull.repo, pull),
      ...extra,
      repository: await hookRepoShape(this, pull.repo, 'pull_request'),
      sender: userShape(this, this.user),
    };
    return this.broadcast(pull.repo, 'pull_request', payload, options);
  }

  async broadcast(repo, event, payload, options = {}) {
    const wanting = this.hooks.filter(
      (hook) => hook.repo === repo && hook.active && (hook.events.includes(event) || hook.events.includes('*')),
    );
    return Promise.all(wanting.map((hook) => this.send(hook, event, payload, options)));
  }

  // ---- control plane

  set(spec) {
    for (const [token, value] of Object.entries(spec.tokens ?? {})) {
      if (value === null) this.tokens.delete(token);
      else this.#addToken(token, { ...this.tokens.get(token), ...value });
    }
    if (spec.rate !== undefined)
      this.rate =
        spec.rate === null
          ? null
          : { limit: 5000, remaining: 5000, reset: Math.floor(Date.now() / 1000) + 3600, ...spec.rate };
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
    return {
      hooks: this.hooks.map(named),
      statuses: this.statuses.map(named),
      comments: this.comments.map(named),
      pulls: this.pulls.map(({ head_repo: _, ...pull }) => named(pull)),
      keys: this.keys.map(named),
    };
  }

  async deliver(spec) {
    const repo = this.repos.find((each) => fullName(each) === spec.repo);
    if (!repo) throw new Error(`no repository ${spec.repo}`);
    const options = { headers: spec.headers, body: spec.body, secret: spec.secret, delivery_id: spec.delivery_id };
    if (spec.event === 'push') return this.#deliverPush(repo, spec, options);
    if (spec.event === 'pull_request') return this.#deliverPull(repo, spec, options);
    if (spec.event === 'ping')
      return Promise.all(this.hooks.filter((hook) => hook.repo === repo).map((hook) => this.ping(hook)));
    if (spec.event === 'repository') {
      const extra =
        spec.action === 'renamed'
          ? { changes: { repository: { name: { from: (repo.formerly ?? fullName(repo)).split('/')[1] } } } }
          : {};
      return this.broadcast(
        repo,
        'repository',
        {
          action: spec.action,
          ...extra,
          repository: await hookRepoShape(this, repo, 'repository'),
          sender: userShape(this, this.user),
        },
        options,
      );
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
        sent.push(...(await this.broadcast(repo, 'push', await pushPayload(this, repo, change), options)));
      }
      if (change.before === git.ZERO || change.after === git.ZERO)
        sent.push(...(await this.#deliverRef(repo, change, options)));
      for (const pull of this.pulls.filter(
        (each) => each.repo === repo && each.state === 'open' && `refs/heads/${each.head}` === change.ref,
      )) {
        if (change.after === git.ZERO) continue;
        Object.assign(pull, { head_sha: change.after, updated: now() });
        sent.push(
          ...(await this.pullEvent(pull, 'synchronize', { before: change.before, after: change.after }, options)),
        );
      }
    }
    return sent;
  }

  async #deliverRef(repo, change, options) {
    const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/.exec(change.ref);
    const repository = await hookRepoShape(this, repo, 'create');
    const common = {
      ref: name,
      ref_type: kind === 'tags' ? 'tag' : 'branch',
      pusher_type: 'user',
      repository,
      sender: userShape(this, this.user),
    };
    return change.after === git.ZERO
      ? this.broadcast(repo, 'delete', common, options)
      : this.broadcast(
          repo,
          'create',
          { ...common, master_branch: repository.default_branch, description: null },
          options,
        );
  }

  async #deliverPull(repo, spec, options) {
    const { action = 'opened', number } = spec;
    let pull = this.pulls.find((each) => each.repo === repo && each.number === number);
    if (!pull) {
      const source = spec.fork ? (this.repos.find((each) => fullName(each) === spec.fork) ?? null) : undefined;
      pull = await this.openPull(repo, {
        head: spec.source,
        base: spec.target ?? 'main',
        title: spec.title,
        draft: spec.draft,
        head_repo: source,
      });
    }
    if (!pull) throw new Error(`no branch ${spec.source} or ${spec.target ?? 'main'}`);
    const before = pull.head_sha;
    const after = (await git.resolve((pull.head_repo ?? repo).path, `refs/heads/${pull.head}`)) ?? before;
    pull.head_sha = after;
    if (action === 'closed')
      Object.assign(
        pull,
        { state: 'closed', closed: now() },
        spec.merged && { merged: now(), merge_sha: await git.resolve(repo.path, `refs/heads/${pull.base}`) },
      );
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

await new GitHub(parseOptions(process.argv.slice(2), { '--enterprise': false, '--login': false, '--no-ping': true })).fake.start();
