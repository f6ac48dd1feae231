// Bitbucket Cloud: the API under /2.0. See README.md.
import crypto from 'node:crypto';
import { Fake, credentials, json } from './lib/fake.mjs';
import { hmac, post } from './lib/deliver.mjs';
import { parseOptions } from './lib/options.mjs';
import { serveGit } from './lib/smart_http.mjs';
import * as git from './lib/git.mjs';
import {
  changeShape,
  cloudTime,
  fullName,
  hookRepoShape,
  pullShape,
  shortRepoShape,
  userShape,
  uuidFor,
} from './lib/cloud_shapes.mjs';
import { addRoutes } from './lib/cloud_routes.mjs';

const EVENT_SCOPES = {
  'repo:push': 'repository',
  'repo:updated': 'repository',
  'repo:fork': 'repository',
  'repo:transfer': 'repository',
  'repo:commit_comment_created': 'repository',
  'repo:commit_status_created': 'repository',
  'repo:commit_status_updated': 'repository',
  'pullrequest:created': 'pullrequest',
  'pullrequest:updated': 'pullrequest',
  'pullrequest:approved': 'pullrequest',
  'pullrequest:unapproved': 'pullrequest',
  'pullrequest:fulfilled': 'pullrequest',
  'pullrequest:rejected': 'pullrequest',
  'pullrequest:comment_created': 'pullrequest',
  'pullrequest:comment_updated': 'pullrequest',
  'pullrequest:comment_deleted': 'pullrequest',
};
const API_SCOPES = [
  'read:repository:bitbucket',
  'write:repository:bitbucket',
  'read:pullrequest:bitbucket',
  'write:pullrequest:bitbucket',
  'read:webhook:bitbucket',
  'write:webhook:bitbucket',
  'delete:webhook:bitbucket',
  'read:user:bitbucket',
  'read:workspace:bitbucket',
];
const ACCESS_SCOPES = [
  'repository',
  'repository:write',
  'repository:admin',
  'pullrequest',
  'pullrequest:write',
  'webhook',
];
// What a call needs, by kind of token.
const NEEDS = {
  repository: 'read:repository:bitbucket',
  'repository:write': 'write:repository:bitbucket',
  pullrequest: 'read:pullrequest:bitbucket',
  'pullrequest:write': 'write:pullrequest:bitbucket',
  'webhook:read': 'read:webhook:bitbucket',
  'webhook:write': 'write:webhook:bitbucket',
  'webhook:delete': 'delete:webhook:bitbucket',
  account: 'read:user:bitbucket',
  workspace: 'read:workspace:bitbucket',
};

class BitbucketCloud {
  constructor(options) {
    this.options = options;
    this.user = {
      username: 'emmap',
      display: 'Emma',
      uuid: uuidFor('user/emma'),
      account: '557058:emma',
      email: options.email ?? 'emma@example.com',
    };
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
    for (const token of options.tokens.length ? options.tokens : ['ATATT-fake', 'ATCTT-fake'])
      this.#addToken(token, {});
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
    const fits =
      token &&
      (token.kind === 'access'
        ? given.scheme === 'bearer' || given.user === 'x-token-auth'
        : given.scheme === 'basic' && given.user === this.user.email);
    if (!fits || expired || token.revoked) {
      return given.scheme === 'none'
        ? null
        : {
            ...this.#error(401, 'Token is invalid, expired, or not supported for this endpoint.'),
            headers: { 'WWW-Authenticate': 'Basic realm="Bitbucket.org HTTP"' },
          };
    }
    call.token = token;
    if (this.limited > 0) {
      --this.limited;
      return this.#error(429, 'Rate limit for this resource has been exceeded');
    }
    return null;
  }

  decorate(call, reply) {
    const headers = (reply.headers ??= {});
    headers['X-Request-Id'] = crypto.randomBytes(8).toString('hex');
    if (reply.status === 204) headers['Content-Type'] = 'text/html; charset=utf-8';
    if (call.token) headers['X-OAuth-Scopes'] = call.token.scopes.join(', ');
    if (call.token?.kind === 'access')
      Object.assign(headers, {
        'X-RateLimit-Limit': '1000',
        'X-RateLimit-Resource': 'api-repositories',
        'X-RateLimit-NearLimit': 'false',
      });
  }

  #error(status, message, detail = undefined, fields = undefined) {
    return json(status, { type: 'error', error: { message, ...(detail && { detail }), ...(fields && { fields }) } });
  }
  error(...args) {
    return this.#error(...args);
  }
  invalid(field, message) {
    return this.#error(400, `${field}: ${message}`, undefined, { [field]: [message] });
  }
  notFound() {
    return this.#error(404, 'Resource not found', 'There is no API hosted at this URL.');
  }
  badJson() {
    return this.#error(400, 'Bad request', 'The request body is not valid JSON.');
  }

  lacks(call, need) {
    if (!call.token) return this.#error(401, 'Access denied. You must have a valid token to access this resource.');
    const wanted = call.token.kind === 'api' ? (NEEDS[need] ?? need) : need.replace(/^webhook:.*/, 'webhook');
    if (call.token.scopes.includes(wanted)) return null;
    if (call.token.kind === 'access' && call.token.scopes.includes(`${wanted}:write`)) return null;
    return this.#error(403, 'Your credentials lack one or more required privilege scopes.', {
      granted: call.token.scopes,
      required: [wanted],
    });
  }

  find(call, need) {
    const lacking = this.lacks(call, need);
    if (lacking) return { refusal: lacking };
    const { workspace, slug } = call.params;
    const repo = this.repos.find(
      (each) =>
        (each.owner === workspace || uuidFor(`workspace/${each.owner}`) === workspace) &&
        (each.name === slug.toLowerCase() || each.uuid === slug),
    );
    if (!repo || (call.token.repos && !call.token.repos.includes(fullName(repo)))) {
      return { refusal: this.#error(404, `Repository ${workspace}/${slug} not found`) };
    }
    if (need.startsWith('webhook') && !repo.admin)
      return { refusal: this.#error(403, 'You do not have administrator access to this repository.') };
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
    return {
      values,
      envelope: { size: items.length, pagelen, page, ...(page * pagelen < items.length && { next: url.toString() }) },
    };
  }

  async list(call, items, shape, limits) {
    const { values, envelope, refusal } = this.page(call, items, limits);
    return refusal ?? json(200, { values: await Promise.all(values.map(shape)), ...envelope });
  }

  // ---- webhooks

  hookShape(hook) {
    const self = `${this.api}/repositories/${fullName(hook.repo)}/hooks/${encodeURIComponent(hook.uuid)}`;
    return {
      read_only: false,
      uuid: hook.uuid,
      type: 'webhook_subscription',
      description: hook.description,
      url: hook.url,
      active: hook.active,
      skip_cert_verification: Boolean(hook.skip),
      events: hook.events,
      created_at: hook.created,
      subject_type: 'repository',
      subject: shortRepoShape(this, hook.repo),
      source: null,
      history_enabled: false,
      secret_set: Boolean(hook.secret),
      links: { self: { href: self } },
    };
  }

  hookProblem(call, { url, events }) {
    if (!url || !/^https?:\/\/[^\s/]+/.test(url)) return this.invalid('url', 'Enter a valid URL.');
    if (
      this.requirePublicUrls &&
      /^https?:\/\/(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)/.test(url)
    )
      return this.invalid('url', 'url must resolve and cannot be internal');
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
      const headers = {
        'Content-Type': 'application/json',
        'User-Agent': 'Bitbucket-Webhooks/2.0',
        'X-Event-Key': event,
        'X-Hook-UUID': hook.uuid.slice(1, -1),
        'X-Request-UUID': id,
        'X-Attempt-Number': String(attempt),
        ...(signing && { 'X-Hub-Signature': hmac(signing, body) }),
      };
      const record = await post(hook.url, headers, body, { override: options });
      tries.push({ hook: hook.uuid, event, id, ...record });
      if (!(record.response?.status >= 500)) break;
    }
    return tries;
  }

  async broadcast(repo, event, payload, options) {
    const sent = [];
    for (const hook of this.hooks.filter((each) => each.repo === repo && each.active && each.events.includes(event)))
      sent.push(...(await this.send(hook, event, payload, options)));
    return sent;
  }

  async pullEvent(pull, event, options) {
    return this.broadcast(
      pull.repo,
      event,
      { actor: userShape(this), pullrequest: pullShape(this, pull), repository: hookRepoShape(this, pull.repo) },
      options,
    );
  }

  async openPull(repo, { source, target, title, description, draft, fork }) {
    const head = await git.resolve((fork ?? repo).path, `refs/heads/${source}`);
    const base = await git.resolve(repo.path, `refs/heads/${target}`);
    if (!head || !base) return null;
    const pull = {
      repo,
      fork,
      id: this.pulls.filter((each) => each.repo === repo).length + 1,
      title: title ?? source,
      description,
      draft,
      source,
      target,
      state: 'OPEN',
      head_sha: head,
      base_sha: base,
      created: cloudTime(),
      updated: cloudTime(),
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
    return {
      hooks: this.hooks.map(named),
      statuses: this.builds.map(named),
      pulls: this.pulls.map(named),
      keys: this.keys.map(named),
    };
  }

  async deliver(spec) {
    const repo = this.repos.find((each) => fullName(each) === spec.repo);
    if (!repo) throw new Error(`no repository ${spec.repo}`);
    const options = { headers: spec.headers, body: spec.body, secret: spec.secret, delivery_id: spec.delivery_id };
    if (spec.event === 'push') return this.#deliverPush(repo, spec, options);
    if (spec.event === 'pull_request') return this.#deliverPull(repo, spec, options);
    if (spec.event === 'repository') {
      const [oldName, newName] = [(repo.formerly ?? fullName(repo)).split('/')[1], repo.name];
      return this.broadcast(
        repo,
        'repo:updated',
        {
          actor: userShape(this),
          repository: hookRepoShape(this, repo),
          changes: {
            name: { old: oldName, new: newName },
            full_name: { old: repo.formerly ?? fullName(repo), new: fullName(repo) },
          },
        },
        options,
      );
    }
    throw new Error(`event ${spec.event} is none of push, pull_request, repository`);
  }

  // All refs of a push in one delivery; then the open pull requests of the branches that moved.
  async #deliverPush(repo, spec, options) {
    const changes = await this.fake.changes(repo, spec.changes);
    if (changes.length === 0) return [];
    const shaped = await Promise.all(changes.map((change) => changeShape(this, repo, change)));
    const sent = await this.broadcast(
      repo,
      'repo:push',
      { push: { changes: shaped }, repository: hookRepoShape(this, repo), actor: userShape(this) },
      options,
    );
    for (const pull of this.pulls.filter((each) => each.repo === repo && each.state === 'OPEN')) {
      const moved = changes.find(({ ref, after }) => ref === `refs/heads/${pull.source}` && after !== git.ZERO);
      if (!moved) continue;
      Object.assign(pull, { head_sha: moved.after, updated: cloudTime() });
      sent.push(...(await this.pullEvent(pull, 'pullrequest:updated', options)));
    }
    return sent;
  }

  async #deliverPull(repo, spec, options) {
    const { action = 'opened', number } = spec;
    let pull = this.pulls.find((each) => each.repo === repo && each.id === number);
    if (!pull) {
      const fork = spec.fork ? (this.repos.find((each) => fullName(each) === spec.fork) ?? null) : undefined;
      pull = await this.openPull(repo, {
        source: spec.source,
        target: spec.target ?? 'main',
        title: spec.title,
        draft: spec.draft,
        fork,
      });
      if (!pull) throw new Error(`no branch ${spec.source} or ${spec.target ?? 'main'}`);
      return this.pullEvent(pull, 'pullrequest:created', options);
    }
    pull.updated = cloudTime();
    if (action === 'closed') {
      Object.assign(pull, {
        state: spec.merged ? 'MERGED' : 'DECLINED',
        ...(spec.merged && { merge_sha: await git.resolve(repo.path, `refs/heads/${pull.target}`) }),
      });
      return this.pullEvent(pull, spec.merged ? 'pullrequest:fulfilled' : 'pullrequest:rejected', options);
    }
    pull.head_sha = (await git.resolve((pull.fork ?? repo).path, `refs/heads/${pull.source}`)) ?? pull.head_sha;
    if (spec.target)
      Object.assign(pull, { target: spec.target, base_sha: await git.resolve(repo.path, `refs/heads/${spec.target}`) });
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

await new BitbucketCloud(parseOptions(process.argv.slice(2), { '--email': false })).fake.start();
