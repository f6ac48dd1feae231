// The routes of Bitbucket Data Center.
import { empty, json, text } from './fake.mjs';
import * as git from './git.mjs';
import {
  branchShape,
  changeShape,
  commitShape,
  projectShape,
  pullShape,
  repoShape,
  userShape,
} from './data_center_shapes.mjs';

const LONGEST_COMMENT = 32768;

export function addRoutes(server) {
  const { fake } = server;
  const api = (method, pattern, handler) => fake.route(method, `/rest/api/1.0${pattern}`, handler);
  const onRepo = (method, pattern, level, handler) =>
    api(method, `/projects/:project/repos/:slug${pattern}`, (call) => {
      const { repo, refusal } = server.find(call, level);
      return refusal ?? handler(call, repo);
    });
  api('GET', '/application-properties', () =>
    json(200, {
      version: server.version,
      buildNumber: '8019001',
      buildDate: '1712000000000',
      displayName: 'Bitbucket',
    }),
  );
  fake.route('GET', '/plugins/servlet/applinks/whoami', (call) => text(200, call.token?.user ? server.user.name : ''));
  api('GET', '/projects', (call) =>
    json(200, server.page(call, call.token ? server.projects.map((project) => projectShape(server, project)) : [])),
  );
  api('GET', '/projects/:project/repos', (call) =>
    json(
      200,
      server.page(
        call,
        server
          .visible(call)
          .filter(({ owner }) => owner.toLowerCase() === call.params.project.toLowerCase())
          .map((repo) => repoShape(server, repo)),
      ),
    ),
  );
  api('GET', '/repos', (call) =>
    json(
      200,
      server.page(
        call,
        server
          .visible(call)
          .filter(({ name }) => name.includes(call.query.get('name') ?? ''))
          .map((repo) => repoShape(server, repo)),
      ),
    ),
  );
  api('GET', '/users/:slug', (call) =>
    call.params.slug === server.user.name
      ? json(200, userShape(server))
      : server.error(404, 'com.atlassian.bitbucket.user.NoSuchUserException', 'There is no such user'),
  );
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
    if (server.keys.some((each) => each.repo === repo && each.text === text))
      return server.error(
        409,
        'com.atlassian.bitbucket.ssh.DuplicateSshAccessKeyException',
        'This access key is already registered.',
      );
    const key = { repo, id: server.nextId++, text, label: text.split(' ')[2] ?? '' };
    server.keys.push(key);
    return json(201, {
      key: { id: key.id, text, label: key.label },
      permission: call.json.permission,
      repository: repoShape(server, repo),
    });
  });
}

function addGitRoutes(server, onRepo) {
  const noCommit = (sha) =>
    server.error(
      404,
      'com.atlassian.bitbucket.commit.NoSuchCommitException',
      `Commit '${sha}' does not exist in this repository.`,
    );
  onRepo('GET', '/branches', 'REPO_READ', async (call, repo) => {
    const usual = await git.defaultBranch(repo.path);
    const wanted = (await git.branches(repo.path)).filter(({ name }) =>
      name.toLowerCase().includes((call.query.get('filterText') ?? '').toLowerCase()),
    );
    return json(
      200,
      server.page(
        call,
        wanted.map(({ name, sha }) => branchShape(name, sha, name === usual)),
      ),
    );
  });
  const usualBranch = async (call, repo) => {
    const name = await git.defaultBranch(repo.path);
    return name ? json(200, branchShape(name, await git.resolve(repo.path, `refs/heads/${name}`), true)) : empty();
  };
  onRepo('GET', '/branches/default', 'REPO_READ', usualBranch);
  onRepo('GET', '/default-branch', 'REPO_READ', usualBranch);
  onRepo('GET', '/tags', 'REPO_READ', async (call, repo) =>
    json(
      200,
      server.page(
        call,
        (await git.tags(repo.path)).map(({ name, sha }) => ({
          id: `refs/tags/${name}`,
          displayId: name,
          type: 'TAG',
          latestCommit: sha,
          latestChangeset: sha,
          hash: null,
        })),
      ),
    ),
  );
  onRepo('GET', '/commits', 'REPO_READ', async (call, repo) => {
    const until = await git.resolve(repo.path, call.query.get('until') ?? 'HEAD');
    const since = call.query.get('since');
    if (!until) return noCommit(call.query.get('until'));
    if (since && !(await git.resolve(repo.path, since))) return noCommit(since);
    return json(
      200,
      server.page(call, (await git.log(repo.path, [until, ...(since ? [`^${since}`] : [])], 10_000)).map(commitShape)),
    );
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
    return json(200, {
      fromHash: since,
      toHash: until,
      ...server.page(call, (await git.diff(repo.path, since, until)).slice(0, 1000).map(changeShape)),
    });
  });
  onRepo('GET', '/compare/changes', 'REPO_READ', async (call, repo) => {
    const [from, to] = await Promise.all([
      git.resolve(repo.path, call.query.get('from')),
      git.resolve(repo.path, call.query.get('to') ?? 'HEAD'),
    ]);
    if (!from || !to) return noCommit(call.query.get(from ? 'to' : 'from'));
    return json(
      200,
      server.page(
        call,
        (await git.diff(repo.path, await git.mergeBase(repo.path, to, from), from)).slice(0, 1000).map(changeShape),
      ),
    );
  });
  onRepo('GET', '/archive', 'REPO_READ', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.query.get('at') ?? 'HEAD');
    if (!sha) return noCommit(call.query.get('at'));
    return {
      status: 200,
      headers: { 'Content-Type': 'application/octet-stream' },
      body: await git.archive(repo.path, sha, call.query.get('format') ?? 'zip', call.query.get('prefix') ?? ''),
    };
  });
}

function addHookRoutes(server, onRepo) {
  const withHook = (handler) => (call, repo) => {
    const hook = server.hooks.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return hook
      ? handler(call, repo, hook)
      : server.error(
          404,
          'com.atlassian.bitbucket.webhook.NoSuchWebhookException',
          `There is no webhook with ID ${call.params.id}.`,
        );
  };
  const fields = ({
    name,
    url,
    events,
    active = true,
    configuration = {},
    credentials: own,
    sslVerificationRequired: ssl = true,
  }) => ({ name, url, events, active, configuration, credentials: own, ssl });
  onRepo('GET', '/webhooks', 'REPO_ADMIN', (call, repo) =>
    json(
      200,
      server.page(
        call,
        server.hooks
          .filter(
            (hook) => hook.repo === repo && (!call.query.get('event') || hook.events.includes(call.query.get('event'))),
          )
          .map((hook) => server.hookShape(hook)),
      ),
    ),
  );
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
    const { request, response, error, duration } = await server.send(
      { url, configuration: {}, events: [] },
      'diagnostics:ping',
      { test: true },
    );
    return json(200, {
      event: 'diagnostics:ping',
      start: Date.now() - duration,
      finish: Date.now(),
      request: { url, method: 'POST', body: request.body },
      result: response
        ? {
            outcome: response.status < 400 ? 'SUCCESS' : 'FAILURE',
            description: String(response.status),
            code: response.status,
          }
        : { outcome: 'ERROR', description: error },
    });
  });
  onRepo(
    'GET',
    '/webhooks/:id',
    'REPO_ADMIN',
    withHook((call, repo, hook) => json(200, server.hookShape(hook))),
  );
  onRepo(
    'GET',
    '/webhooks/:id/latest',
    'REPO_ADMIN',
    withHook((call, repo, hook) =>
      hook.latest
        ? json(200, {
            id: hook.id,
            event: hook.latest.event,
            start: hook.latest.at,
            finish: hook.latest.at,
            request: { url: hook.url, method: 'POST' },
            result: {
              outcome: hook.latest.status < 400 && hook.latest.status ? 'SUCCESS' : 'FAILURE',
              description: String(hook.latest.status),
            },
          })
        : empty(),
    ),
  );
  onRepo(
    'PUT',
    '/webhooks/:id',
    'REPO_ADMIN',
    withHook((call, repo, hook) => {
      const problem = server.hookProblem(call.json);
      if (problem) return problem;
      Object.assign(hook, fields(call.json), { updated: Date.now(), failures: 0 });
      return json(200, server.hookShape(hook));
    }),
  );
  onRepo(
    'DELETE',
    '/webhooks/:id',
    'REPO_ADMIN',
    withHook((call, repo, hook) => {
      server.hooks.splice(server.hooks.indexOf(hook), 1);
      return empty();
    }),
  );
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
    if (!(await git.resolve(repo.path, call.params.sha)))
      return server.error(
        404,
        'com.atlassian.bitbucket.commit.NoSuchCommitException',
        `Commit '${call.params.sha}' does not exist in this repository.`,
      );
    return buildProblem(server, call.json) ?? store(call.params.sha, `${repo.owner}/${repo.name}`, call.json);
  });
  onRepo('GET', '/commits/:sha/builds', 'REPO_READ', (call) => {
    const build = server.builds.find((each) => each.sha === call.params.sha && each.key === call.query.get('key'));
    return build
      ? json(200, build)
      : server.error(404, 'com.atlassian.bitbucket.build.NoSuchBuildStatusException', 'There is no such build status.');
  });
  server.fake.route('POST', '/rest/build-status/1.0/commits/:sha', (call) =>
    call.token
      ? (buildProblem(server, call.json, { old: Number.parseInt(server.version, 10) < 8 }) ??
        store(call.params.sha, null, call.json))
      : server.error(
          401,
          'com.atlassian.bitbucket.AuthorisationException',
          'You are not permitted to access this resource',
        ),
  );
  server.fake.route('GET', '/rest/build-status/1.0/commits/:sha', (call) =>
    json(
      200,
      server.page(
        call,
        server.builds
          .filter(({ sha }) => sha === call.params.sha)
          .map(({ state, key, name, url, description, dateAdded }) => ({
            state,
            key,
            name,
            url,
            description,
            dateAdded,
          })),
      ),
    ),
  );
}

function addPullRoutes(server, onRepo) {
  const withPull = (handler) => (call, repo) => {
    const pull = server.pulls.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return pull
      ? handler(call, repo, pull)
      : server.error(
          404,
          'com.atlassian.bitbucket.pull.NoSuchPullRequestException',
          `Pull request ${call.params.id} does not exist in ${repo.owner}/${repo.name}.`,
        );
  };
  const commentShape = ({ id, version, text: body, at }) => ({
    properties: {},
    id,
    version,
    text: body,
    author: userShape(server),
    createdDate: at,
    updatedDate: at,
    comments: [],
    tasks: [],
    permittedOperations: { editable: true, deletable: true },
  });
  const textProblem = (body) =>
    !body || body.length >= LONGEST_COMMENT
      ? server.invalid('text', 'Please enter a non-empty value less than 32768 characters')
      : null;
  onRepo('GET', '/pull-requests', 'REPO_READ', (call, repo) => {
    const state = call.query.get('state') ?? 'OPEN';
    const at = call.query.get('at');
    const outgoing = call.query.get('direction') === 'OUTGOING';
    const found = server.pulls
      .filter(
        (pull) =>
          pull.repo === repo &&
          (state === 'ALL' || pull.state === state) &&
          (!at || at === `refs/heads/${outgoing ? pull.source : pull.target}`),
      )
      .reverse();
    return json(
      200,
      server.page(
        call,
        found.map((pull) => pullShape(server, pull)),
      ),
    );
  });
  onRepo('POST', '/pull-requests', 'REPO_READ', async (call, repo) => {
    const short = (ref) => (ref?.id ?? '').replace('refs/heads/', '');
    const pull = await server.openPull(repo, {
      ...call.json,
      source: short(call.json.fromRef),
      target: short(call.json.toRef),
    });
    return pull
      ? json(201, pullShape(server, pull))
      : server.error(404, 'com.atlassian.bitbucket.repository.NoSuchBranchException', 'Branch does not exist.');
  });
  onRepo(
    'GET',
    '/pull-requests/:id',
    'REPO_READ',
    withPull((call, repo, pull) => json(200, pullShape(server, pull))),
  );
  onRepo(
    'GET',
    '/pull-requests/:id/changes',
    'REPO_READ',
    withPull(async (call, repo, pull) => {
      const from = await git.mergeBase(repo.path, pull.base_sha, pull.head_sha);
      return json(200, {
        fromHash: from,
        toHash: pull.head_sha,
        properties: { changeScope: 'ALL' },
        ...server.page(call, (await git.diff(repo.path, from, pull.head_sha)).slice(0, 1000).map(changeShape)),
      });
    }),
  );
  onRepo(
    'POST',
    '/pull-requests/:id/comments',
    'REPO_READ',
    withPull((call, repo, pull) => {
      const problem = textProblem(call.json.text);
      if (problem) return problem;
      const comment = { id: server.nextId++, version: 0, text: call.json.text, at: Date.now() };
      pull.comments.push(comment);
      return json(201, commentShape(comment));
    }),
  );
  const withComment = (handler) =>
    withPull((call, repo, pull) => {
      const comment = pull.comments.find(({ id }) => id === Number(call.params.comment));
      return comment
        ? handler(call, comment)
        : server.error(404, 'com.atlassian.bitbucket.comment.NoSuchCommentException', 'The comment does not exist.');
    });
  onRepo(
    'GET',
    '/pull-requests/:id/comments/:comment',
    'REPO_READ',
    withComment((call, comment) => json(200, commentShape(comment))),
  );
  onRepo(
    'PUT',
    '/pull-requests/:id/comments/:comment',
    'REPO_READ',
    withComment((call, comment) => {
      const problem = textProblem(call.json.text);
      if (problem) return problem;
      if (call.json.version !== comment.version) {
        return server.error(
          409,
          'com.atlassian.bitbucket.comment.CommentOutOfDateException',
          'You are attempting to modify a comment based on out-of-date information.',
        );
      }
      Object.assign(comment, { text: call.json.text, version: comment.version + 1 });
      return json(200, commentShape(comment));
    }),
  );
}
