// Azure DevOps Server: one collection with projects, git repositories and service hooks. See README.md.
import crypto from 'node:crypto';
import { Fake, credentials, empty, guidFor, json, text } from './lib/fake.mjs';
import { parseOptions } from './lib/options.mjs';
import { serveGit } from './lib/smart_http.mjs';
import { addHookRoutes, deliverAll } from './lib/ado_hooks.mjs';
import { addGitRoutes } from './lib/ado_git.mjs';
import { addPullRoutes, openPull } from './lib/ado_pulls.mjs';
import { pullEvent, pushEvent, projectShape } from './lib/ado_shapes.mjs';
import * as git from './lib/git.mjs';

const ANONYMOUS = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
const SCOPES = ['vso.code', 'vso.code_write', 'vso.code_status', 'vso.threads_full', 'vso.project'];
const IIS_PAGE =
  '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html><head><title>401 - Unauthorized: Access is denied due to ' +
  'invalid credentials.</title></head><body><h1>Server Error</h1></body></html>';
const SIGN_IN_PAGE =
  '<!DOCTYPE html><html lang="en-US"><head><title>Azure DevOps Server | Sign In</title></head><body>Sign In</body></html>';

class AdoServer {
  constructor(options) {
    this.options = options;
    this.context = (options.context ?? '').replace(/\/$/, '');
    this.collection = options.collection ?? 'DefaultCollection';
    this.maxVersion = Number(options.apiVersion ?? '7.0');
    this.collectionId = guidFor(`collection/${this.collection}`);
    this.instanceId = guidFor('instance');
    this.user = {
      id: guidFor('jamal'),
      name: 'Jamal Hartnett',
      unique: 'FABRIKAM\\jamal',
      descriptor: 'win.Uy0xLTUtMjEtMTAwMQ',
    };
    this.fake = new Fake(this, options);
    this.tokens = new Map();
    this.mood = { bad_token: '401', iis: false };
    this.subscriptions = [];
    this.statuses = [];
    this.pulls = [];
    this.pushes = [];
    this.nextId = 1;
    this.projects = [];
    this.repos = options.repos.map((repo) => this.#newRepo(repo));
    for (const token of options.tokens.length ? options.tokens : ['fake-pat']) this.#addToken(token, {});
    this.#addCommonRoutes();
    addGitRoutes(this);
    addHookRoutes(this);
    addPullRoutes(this);
  }

  ready() {
    this.base = this.fake.base;
    this.collectionUrl = `${this.base}${this.context}/${this.collection}`;
  }

  #newRepo(repo) {
    let project = this.projects.find(({ name }) => name === repo.owner);
    if (!project) this.projects.push((project = { id: guidFor(`project/${repo.owner}`), name: repo.owner }));
    return { id: guidFor(`repo/${repo.owner}/${repo.name}`), project, ...repo };
  }

  #addToken(token, spec) {
    this.tokens.set(token, {
      scopes: SCOPES,
      expires: null,
      edit_subscriptions: true,
      view_subscriptions: true,
      ...spec,
    });
  }

  // ---- who asks

  strip(path) {
    const prefix = `${this.context}/${this.collection}`.toLowerCase();
    const lower = decodeURI(path).toLowerCase();
    if (lower !== prefix && !lower.startsWith(`${prefix}/`)) return null;
    return path.slice(encodeURI(prefix).length) || '/';
  }

  authenticate(call) {
    const given = credentials(call);
    if (this.mood.iis) {
      call.byIis = true;
      return text(401, IIS_PAGE, 'text/html', { 'WWW-Authenticate': 'Basic realm="fabrikam"' });
    }
    call.token = this.tokens.get(given.token) ?? null;
    const expired = call.token?.expires && Date.parse(call.token.expires) <= Date.now();
    if (call.token && !expired && !call.token.revoked) return this.#checkVersion(call);
    if (call.method === 'OPTIONS') return null;
    return this.#refuse(
      call,
      given.scheme === 'none'
        ? 'TF400813: The user is not authorized to access this resource.'
        : expired
          ? 'The Personal Access Token used has expired'
          : "TF400813: The user '' is not authorized to access this resource.",
    );
  }

  // The ways in which a missing or bad token shows, and none of them is plainly 401 with JSON.
  #refuse(call, reason) {
    const suppressed = (call.headers['x-tfs-fedauthredirect'] ?? '').toLowerCase() === 'suppress';
    const mood = this.mood.bad_token;
    if (mood === 'anonymous') {
      call.token = { scopes: [], anonymous: true };
      return null;
    }
    if (mood === '203' && call.method === 'GET') return text(203, SIGN_IN_PAGE, 'text/html; charset=utf-8');
    if (mood === '302' && !suppressed)
      return empty(302, {
        Location: `${this.base}${this.context}/_signin?realm=fabrikam&reply_to=${encodeURIComponent(call.target)}`,
      });
    return text(401, '<html><head><title>Access Denied</title></head></html>', 'text/html; charset=utf-8', {
      'WWW-Authenticate': ['Bearer', `Basic realm="${this.base}/"`, 'Negotiate', 'NTLM'],
      'X-TFS-ServiceError': encodeURIComponent(reason).replace(/%20/g, '+'),
    });
  }

  #checkVersion(call) {
    const accept = /api-version=([^;,\s]+)/.exec(call.headers.accept ?? '');
    const asked = call.query.get('api-version') ?? accept?.[1] ?? null;
    if (asked === null) {
      return call.method === 'GET' || call.method === 'OPTIONS' || !call.path.includes('/_apis/')
        ? null
        : this.error(
            400,
            `No api-version was supplied for the "${call.method}" request. The version must be supplied either as part of the Accept header ` +
              '(e.g. "application/json; api-version=1.0") or as a query parameter (e.g. "?api-version=1.0").',
            'VssVersionNotSpecifiedException',
          );
    }
    const match = /^(\d+\.\d+)(-preview(\.\d+)?)?$/.exec(asked);
    if (!match)
      return this.error(400, `The requested REST API version of ${asked} is invalid.`, 'VssInvalidApiVersionException');
    if (Number(match[1]) > this.maxVersion) {
      return this.error(
        400,
        `The requested REST API version of ${match[1]} is out of range for this server. The latest REST API version this server supports is ${this.maxVersion.toFixed(1)}.`,
        'VssVersionOutOfRangeException',
      );
    }
    call.preview = Boolean(match[2]);
    call.version = match[1];
    if (/\/_apis\/connectionData/i.test(call.path) && !call.preview) {
      return this.error(
        400,
        `The requested version "${asked}" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests. For example: "${asked}-preview"`,
        'VssInvalidPreviewVersionException',
      );
    }
    return null;
  }

  decorate(call, reply) {
    if (call.byIis) return;
    Object.assign((reply.headers ??= {}), {
      'X-TFS-ProcessId': this.instanceId,
      'X-TFS-Session': crypto.randomUUID(),
      'X-VSS-E2EID': crypto.randomUUID(),
      'X-VSS-SenderDeploymentId': this.instanceId,
      ActivityId: crypto.randomUUID(),
      'Cache-Control': 'no-cache',
    });
    if (reply.body && !Buffer.isBuffer(reply.body) && call.version) {
      reply.headers['Content-Type'] =
        `application/json; charset=utf-8; api-version=${call.version}${call.preview ? '-preview.1' : ''}`;
    }
  }

  error(status, message, typeKey) {
    return json(status, {
      $id: '1',
      innerException: null,
      message,
      typeName: `Microsoft.TeamFoundation.${typeKey}, Microsoft.TeamFoundation`,
      typeKey,
      errorCode: 0,
      eventId: 3000,
    });
  }
  notFound(call) {
    return this.error(
      404,
      `The controller for path '${call.path}' was not found or does not implement IController.`,
      'HttpException',
    );
  }
  wrongMethod(call) {
    return this.error(
      405,
      `The requested resource does not support http method '${call.method}'.`,
      'VssRequestMethodNotSupportedException',
    );
  }
  badJson() {
    return this.error(400, 'The body of the request is not valid JSON.', 'VssPropertyValidationException');
  }
  list(values, headers = {}) {
    return json(200, { count: values.length, value: values }, headers);
  }

  // A missing scope looks like a missing token.
  lacks(call, scope) {
    if (call.token.anonymous)
      return this.error(404, 'TF200016: The following project does not exist.', 'ProjectDoesNotExistWithNameException');
    const implied = {
      'vso.code': ['vso.code', 'vso.code_write', 'vso.code_full', 'vso.code_manage'],
      'vso.code_write': ['vso.code_write', 'vso.code_full', 'vso.code_manage'],
      'vso.code_status': ['vso.code_status', 'vso.code_write', 'vso.code_full', 'vso.code_manage'],
      'vso.threads_full': ['vso.threads_full', 'vso.code_write', 'vso.code_full'],
    };
    if ((implied[scope] ?? [scope]).some((each) => call.token.scopes.includes(each))) return null;
    return this.#refuse(
      { ...call, method: 'POST', headers: { 'x-tfs-fedauthredirect': 'Suppress' } },
      `TF400813: The user '${this.user.id}' is not authorized to access this resource.`,
    );
  }

  find(call) {
    const { project, repo } = call.params;
    if (
      project &&
      !this.projects.some(({ id, name }) => id === project || name.toLowerCase() === project.toLowerCase())
    ) {
      return {
        refusal: this.error(
          404,
          `TF200016: The following project does not exist: ${project}. Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.`,
          'ProjectDoesNotExistWithNameException',
        ),
      };
    }
    const found = this.repos.find(
      (each) =>
        (each.id === repo.toLowerCase() || each.name.toLowerCase() === repo.toLowerCase()) &&
        (project
          ? each.project.id === project || each.owner.toLowerCase() === project.toLowerCase()
          : each.id === repo.toLowerCase()),
    );
    if (found && !(call.token.repos && !call.token.repos.includes(`${found.owner}/${found.name}`)))
      return { repo: found, refusal: null };
    return {
      refusal: this.error(
        404,
        `TF401019: The Git repository with name or identifier ${repo} does not exist or you do not have permissions for the operation you are attempting.`,
        'GitRepositoryNotFoundException',
      ),
    };
  }

  // A route of a repository, with and without the project before _apis.
  onRepo(method, pattern, scope, handler) {
    const wrapped = async (call) => {
      const lacking = this.lacks(call, scope);
      if (lacking) return lacking;
      const { repo, refusal } = this.find(call);
      return refusal ?? handler(call, repo);
    };
    for (const prefix of ['', '/:project'])
      this.fake.route(method, `${prefix}/_apis/git/repositories/:repo${pattern}`, wrapped);
  }

  #addCommonRoutes() {
    const { fake } = this;
    fake.route('GET', '/_apis/connectionData', (call) => {
      const anonymous = call.token.anonymous;
      const user = anonymous
        ? {
            id: ANONYMOUS,
            descriptor: `System:PublicAccess;${ANONYMOUS}`,
            subjectDescriptor: 'sys.UHVibGljQWNjZXNz',
            providerDisplayName: 'Anonymous',
            isActive: true,
          }
        : {
            id: this.user.id,
            descriptor: `System.Security.Principal.WindowsIdentity;S-1-5-21-1001`,
            subjectDescriptor: this.user.descriptor,
            providerDisplayName: this.user.name,
            isActive: true,
            properties: { Account: { $type: 'System.String', $value: this.user.unique.split('\\')[1] } },
          };
      return json(200, {
        authenticatedUser: user,
        authorizedUser: user,
        instanceId: this.collectionId,
        deploymentId: this.instanceId,
        deploymentType: 'onPremises',
        locationServiceData: {
          serviceOwner: '00025394-6065-48ca-87d9-7f5672854ef7',
          defaultAccessMappingMoniker: 'PublicAccessMapping',
          lastChangeId: 1,
          lastChangeId64: 1,
        },
      });
    });
    // Locations of on-premises servers are found by OPTIONS; there are no resource areas.
    fake.route('GET', '/_apis/ResourceAreas', () => json(200, { count: 0, value: null }));
    fake.route('OPTIONS', '/_apis', () => this.list(this.#locations()));
    fake.route('OPTIONS', '/_apis/:area', (call) =>
      this.list(this.#locations().filter(({ area }) => area.toLowerCase() === call.params.area.toLowerCase())),
    );
    fake.route('GET', '/_apis/projects', (call) => {
      if (call.token.anonymous) return this.list([]);
      const top = Math.min(Number(call.query.get('$top') ?? 100), 1000);
      const skip = Number(call.query.get('continuationToken') ?? call.query.get('$skip') ?? 0);
      const more = skip + top < this.projects.length;
      return this.list(
        this.projects.slice(skip, skip + top).map((project) => projectShape(this, project)),
        more ? { 'x-ms-continuationtoken': String(skip + top) } : {},
      );
    });
    fake.route('GET', '/_apis/projects/:project', (call) => {
      const project = this.projects.find(
        ({ id, name }) => id === call.params.project || name.toLowerCase() === call.params.project.toLowerCase(),
      );
      return project
        ? json(200, projectShape(this, project))
        : this.error(
            404,
            `TF200016: The following project does not exist: ${call.params.project}.`,
            'ProjectDoesNotExistWithNameException',
          );
    });
  }

  #locations() {
    const version = this.maxVersion.toFixed(1);
    const preview = Number(version) >= 7.1 ? '7.0' : version;
    const at = (id, area, resourceName, routeTemplate, released = preview) => ({
      id,
      area,
      resourceName,
      routeTemplate,
      resourceVersion: 1,
      minVersion: '1.0',
      maxVersion: version,
      releasedVersion: released,
    });
    const repo = '{project}/_apis/{area}/repositories/{repositoryId}';
    const pull = `${repo}/pullRequests/{pullRequestId}`;
    return [
      at('00d9565f-ed9c-4a06-9a50-00e7896ccab4', 'Location', 'ConnectionData', '_apis/{resource}', '0.0'),
      at('e81700f7-3be2-46de-8624-2eb35882fcaa', 'Location', 'ResourceAreas', '_apis/{resource}/{areaId}'),
      at('603fe2ac-9723-48b9-88ad-09305aa6c6e1', 'core', 'projects', '_apis/{resource}/{*projectId}'),
      at(
        '225f7195-f9c7-4d14-ab28-a83f7ff77e1f',
        'git',
        'repositories',
        '{project}/_apis/{area}/{resource}/{repositoryId}',
      ),
      at('2d874a60-a811-4f62-9c9f-963a6ea0a55b', 'git', 'refs', `${repo}/{resource}/{*filter}`),
      at('428dd4fb-fda5-4722-af02-9313b80305da', 'git', 'statuses', `${repo}/commits/{commitId}/{resource}`),
      at('c2570c3b-5b3f-41b8-98bf-5407bfde8d58', 'git', 'commits', `${repo}/{resource}/{commitId}`),
      at('5bf884f5-3e07-42e9-afb8-1b872267bf16', 'git', 'changes', `${repo}/commits/{commitId}/{resource}`),
      at('615588d5-c0c7-4b88-88f8-e625306446e8', 'git', 'commitDiffs', `${repo}/diffs/commits`),
      at('ea98d07b-3c87-4971-8ede-a613694ffb55', 'git', 'pushes', `${repo}/{resource}/{pushId}`),
      at('9946fd70-0d40-406e-b686-b4744cbbcc37', 'git', 'pullRequests', `${repo}/{resource}/{pullRequestId}`),
      at('b5f6bb4f-8d1e-4d79-8d11-4c9172c99c35', 'git', 'pullRequestStatuses', `${pull}/statuses/{statusId}`),
      at('ab6e2e5d-a0b7-4153-b64a-a4efe0d49449', 'git', 'pullRequestThreads', `${pull}/threads/{threadId}`),
      at(
        '965a3ec7-5ed8-455a-bdcb-835a5ea7fe7b',
        'git',
        'pullRequestThreadComments',
        `${pull}/threads/{threadId}/comments/{commentId}`,
      ),
      at('d43911ee-6958-46b0-a42b-8445b8a0d004', 'git', 'pullRequestIterations', `${pull}/iterations/{iterationId}`),
      at(
        '4216bdcf-b6b1-4d59-8b82-c34cc183fc8b',
        'git',
        'pullRequestIterationChanges',
        `${pull}/iterations/{iterationId}/changes`,
      ),
      at('fc50d02a-849f-41fb-8af1-0a5216103269', 'hooks', 'subscriptions', '_apis/{area}/{resource}/{subscriptionId}'),
    ];
  }

  // ---- control plane

  set(spec) {
    for (const [token, value] of Object.entries(spec.tokens ?? {})) {
      if (value === null) this.tokens.delete(token);
      else this.#addToken(token, { ...this.tokens.get(token), ...value });
    }
    for (const name of ['bad_token', 'iis']) if (name in spec) this.mood[name] = spec[name];
    if (spec.api_version) this.maxVersion = Number(spec.api_version);
    for (const { repo: wanted, rename, ...changes } of spec.repos ?? []) {
      const slash = wanted.lastIndexOf('/');
      const [owner, name] = [wanted.slice(0, slash), wanted.slice(slash + 1)];
      const repo = this.repos.find((each) => each.owner === owner && each.name === name);
      if (repo) Object.assign(repo, changes, rename && { name: rename });
      else this.repos.push(this.#newRepo({ owner, name, ...changes }));
    }
    for (const { id, ...changes } of spec.subscriptions ?? [])
      Object.assign(this.subscriptions.find((each) => each.id === id) ?? {}, changes);
    if (spec.delete_hooks) this.subscriptions.length = 0;
    return {};
  }

  state() {
    const named = ({ repo, ...rest }) => ({ repo: `${repo.owner}/${repo.name}`, ...rest });
    return {
      hooks: this.subscriptions,
      statuses: this.statuses.map(named),
      pulls: this.pulls.map(({ fork: _, ...pull }) => named(pull)),
      pushes: this.pushes.map(named),
    };
  }

  async deliver(spec) {
    const repo = this.repos.find((each) => `${each.owner}/${each.name}` === spec.repo);
    if (!repo) throw new Error(`no repository ${spec.repo}`);
    if (spec.event === 'push') return this.#deliverPush(repo, spec);
    if (spec.event === 'pull_request') return this.#deliverPull(repo, spec);
    throw new Error(`event ${spec.event} is none of push, pull_request`);
  }

  // One event for the whole push; then the open pull requests of the branches that moved.
  async #deliverPush(repo, spec) {
    const updates = await this.fake.changes(repo, spec.changes);
    if (updates.length === 0) return [];
    const push = { repo, id: this.nextId++, date: new Date().toISOString(), updates };
    this.pushes.push(push);
    const sent = await deliverAll(
      this,
      repo,
      await pushEvent(this, repo, push),
      updates.map(({ ref }) => ref),
      spec,
    );
    for (const pull of this.pulls.filter((each) => each.repo === repo && each.status === 'active')) {
      const moved = updates.find(({ ref, after }) => ref === pull.source && after !== git.ZERO);
      if (!moved) continue;
      pull.head_sha = moved.after;
      pull.iterations.push({ head: pull.head_sha, base: pull.base_sha });
      sent.push(
        ...(await this.#send(pull, 'git.pullrequest.updated', 'pushed', spec)),
        ...(await this.#send(pull, 'git.pullrequest.merged', 'merged', spec)),
      );
    }
    return sent;
  }

  async #deliverPull(repo, spec) {
    const { action = 'opened', number } = spec;
    let pull = this.pulls.find((each) => each.repo === repo && each.id === number);
    if (!pull) {
      const fork = spec.fork ? this.repos.find((each) => `${each.owner}/${each.name}` === spec.fork) : undefined;
      pull = await openPull(this, repo, {
        sourceRefName: `refs/heads/${spec.source}`,
        targetRefName: `refs/heads/${spec.target ?? 'main'}`,
        title: spec.title,
        isDraft: spec.draft,
        fork,
      });
      if (!pull) throw new Error(`no branch ${spec.source} or ${spec.target ?? 'main'}`);
      return [
        ...(await this.#send(pull, 'git.pullrequest.created', 'created', spec)),
        ...(await this.#send(pull, 'git.pullrequest.merged', 'merged', spec)),
      ];
    }
    pull.head_sha = (await git.resolve((pull.fork ?? repo).path, pull.source)) ?? pull.head_sha;
    const what =
      {
        synchronize: 'pushed',
        closed: spec.merged ? 'completed' : 'abandoned',
        reopened: 'reactivated',
        edited: spec.target ? 'retargeted' : 'title',
        ready_for_review: 'published',
        converted_to_draft: 'drafted',
      }[action] ?? action;
    if (action === 'closed') Object.assign(pull, { status: what, closed: new Date().toISOString() });
    if (action === 'reopened') Object.assign(pull, { status: 'active', closed: undefined });
    if (spec.target)
      Object.assign(pull, {
        target: `refs/heads/${spec.target}`,
        base_sha: await git.resolve(repo.path, `refs/heads/${spec.target}`),
      });
    if (action === 'ready_for_review' || action === 'converted_to_draft') pull.draft = action === 'converted_to_draft';
    const sent = await this.#send(pull, 'git.pullrequest.updated', what, spec);
    if (action === 'synchronize' || spec.merged)
      sent.push(...(await this.#send(pull, 'git.pullrequest.merged', 'merged', spec)));
    return sent;
  }

  async #send(pull, eventType, what, spec) {
    return deliverAll(this, pull.repo, await pullEvent(this, pull, eventType, what), [pull.target], spec);
  }

  // ---- git over HTTP

  async serve(call, response, entry) {
    const path = this.strip(call.path);
    const match =
      path && /^(?:\/([^/]+))?\/_git\/([^/]+)(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/i.exec(path);
    if (!match) return false;
    const [project, name] = [match[1], match[2]].map((part) => part && decodeURIComponent(part).toLowerCase());
    const repo = this.repos.find(
      (each) => each.name.toLowerCase() === name && each.owner.toLowerCase() === (project ?? name),
    );
    const token = this.tokens.get(credentials(call).token);
    if (!repo || !token || (token.expires && Date.parse(token.expires) <= Date.now())) {
      entry.status = token ? 404 : 401;
      response
        .writeHead(
          entry.status,
          token ? {} : { 'WWW-Authenticate': ['Negotiate', 'NTLM', `Basic realm="${this.base}/"`] },
        )
        .end();
      return true;
    }
    entry.status = 200;
    await serveGit(call, response, repo.path, match[3], this.user.unique);
    return true;
  }
}

await new AdoServer(
  parseOptions(process.argv.slice(2), { '--context': false, '--collection': false, '--api-version': false }),
).fake.start();
