// The routes of GitHub.
import { empty, json } from './fake.mjs';
import * as git from './git.mjs';
import { commitShape, fileShape, fullName, pullShape, pushPayload, repoShape, userShape } from './github_shapes.mjs';

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

export function addRoutes(hub) {
  const { fake } = hub;
  const on = (method, pattern, handler) => fake.route(method, pattern, handler);
  // A route of a repository: `need` as in find(), the handler gets the repository.
  const onRepo = (method, pattern, need, handler) =>
    on(method, `/repos/:owner/:name${pattern}`, async (call) => {
      const { repo, refusal } = hub.find(call, need);
      return refusal ?? handler(call, repo);
    });

  on('GET', '/', () =>
    json(200, { current_user_url: `${hub.api}/user`, repository_url: `${hub.api}/repos/{owner}/{repo}` }),
  );
  on('GET', '/meta', () =>
    json(200, {
      verifiable_password_authentication: false,
      hooks: ['127.0.0.0/8'],
      ...(hub.options.enterprise && { installed_version: hub.options.enterprise }),
    }),
  );
  on('GET', '/rate_limit', () =>
    hub.rate
      ? json(200, {
          resources: { core: { ...hub.rate, used: hub.rate.limit - hub.rate.remaining } },
          rate: { ...hub.rate, used: hub.rate.limit - hub.rate.remaining },
        })
      : hub.error(404, 'Rate limiting is not enabled.'),
  );
  on('GET', '/user', (call) =>
    call.token
      ? json(200, {
          ...userShape(hub, hub.user),
          name: 'The Octocat',
          company: null,
          blog: '',
          location: null,
          email: null,
          hireable: null,
          bio: null,
          public_repos: 0,
          public_gists: 0,
          followers: 0,
          following: 0,
          created_at: '2011-01-25T18:44:36Z',
          updated_at: '2026-01-05T09:00:00Z',
        })
      : hub.error(401, 'Requires authentication'),
  );
  on('GET', '/user/repos', async (call) => {
    if (!call.token) return hub.error(401, 'Requires authentication');
    const seen = hub.repos
      .filter((repo) => !call.token.repos || call.token.repos.includes(fullName(repo)))
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
  const short = (repo, { name, sha }) => ({
    name,
    commit: { sha, url: `${hub.api}/repos/${fullName(repo)}/commits/${sha}` },
    protected: false,
  });
  onRepo('GET', '/branches', 'read', async (call, repo) => {
    const { items, headers } = hub.page(call, await git.branches(repo.path));
    return json(
      200,
      items.map((branch) => short(repo, branch)),
      headers,
    );
  });
  onRepo('GET', '/branches/*branch', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, `refs/heads/${call.params.branch}`);
    if (!sha) return hub.error(404, 'Branch not found');
    return json(200, {
      name: call.params.branch,
      commit: commitShape(hub, repo, await git.commit(repo.path, sha)),
      protected: false,
    });
  });
  onRepo('GET', '/tags', 'read', async (call, repo) => {
    const { items, headers } = hub.page(call, await git.tags(repo.path));
    return json(
      200,
      items.map((tag) => short(repo, tag)),
      headers,
    );
  });
  onRepo('GET', '/git/ref/*ref', 'read', async (call, repo) => {
    const ref = `refs/${call.params.ref}`;
    const found = (await git.refs(repo.path)).find((each) => each.ref === ref);
    if (!found) return hub.notFound();
    const type = found.annotated ? 'tag' : 'commit';
    return json(200, {
      ref,
      node_id: Buffer.from(ref).toString('base64'),
      url: `${hub.api}/repos/${fullName(repo)}/git/${ref}`,
      object: { sha: found.sha, type, url: `${hub.api}/repos/${fullName(repo)}/git/${type}s/${found.sha}` },
    });
  });
  onRepo('GET', '/commits', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.query.get('sha') ?? 'HEAD');
    if (!sha)
      return (await git.branches(repo.path)).length ? hub.notFound() : hub.error(409, 'Git Repository is empty.');
    const { items, headers } = hub.page(call, await git.log(repo.path, [sha], 1000));
    return json(
      200,
      items.map((commit) => commitShape(hub, repo, commit)),
      headers,
    );
  });
  onRepo('GET', '/commits/:ref/statuses', 'read', (call, repo) => {
    const { items, headers } = hub.page(
      call,
      hub.statuses.filter((status) => status.repo === repo && status.sha === call.params.ref).reverse(),
    );
    return json(
      200,
      items.map((status) => statusShape(hub, repo, status)),
      headers,
    );
  });
  onRepo('GET', '/commits/*ref', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.ref);
    if (!sha) return hub.error(422, `No commit found for SHA: ${call.params.ref}`);
    const commit = await git.commit(repo.path, sha);
    const files = await git.diff(repo.path, commit.parents[0] ?? null, sha);
    return json(200, {
      ...commitShape(hub, repo, commit),
      stats: { total: 2 * files.length, additions: files.length, deletions: files.length },
      files: files.slice(0, 300).map((change) => fileShape(hub, repo, change, sha)),
    });
  });
  onRepo('GET', '/compare/*range', 'read', (call, repo) => compare(hub, call, repo));
  onRepo('GET', '/tarball/*ref', 'read', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.ref);
    return sha ? empty(302, { Location: `${hub.api}/repos/${fullName(repo)}/_codeload/${sha}` }) : hub.notFound();
  });
  onRepo('GET', '/_codeload/:sha', 'read', async (call, repo) => ({
    status: 200,
    headers: { 'Content-Type': 'application/x-gzip' },
    body: await git.archive(
      repo.path,
      call.params.sha,
      'tar.gz',
      `${repo.owner}-${repo.name}-${call.params.sha.slice(0, 7)}/`,
    ),
  }));
}

async function compare(hub, call, repo) {
  const [from, to] = call.params.range.split('...');
  const base = await git.resolve(repo.path, from);
  const head = await git.resolve(repo.path, to);
  const merge = base && head && (await git.mergeBase(repo.path, base, head));
  if (!merge) return hub.notFound();
  const ahead = (await git.log(repo.path, [head, `^${base}`], 10_000)).reverse();
  const behind = await git.log(repo.path, [base, `^${head}`], 10_000);
  const status =
    ahead.length && behind.length ? 'diverged' : ahead.length ? 'ahead' : behind.length ? 'behind' : 'identical';
  const html = `${hub.base}/${fullName(repo)}/compare/${from}...${to}`;
  const { items, headers } = hub.page(call, ahead);
  const files = Number(call.query.get('page') ?? 1) > 1 ? [] : (await git.diff(repo.path, merge, head)).slice(0, 300);
  const shape = async (sha) => commitShape(hub, repo, await git.commit(repo.path, sha));
  return json(
    200,
    {
      url: `${hub.api}/repos/${fullName(repo)}/compare/${from}...${to}`,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: await shape(base),
      merge_base_commit: await shape(merge),
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: items.map((commit) => commitShape(hub, repo, commit)),
      files: files.map((change) => fileShape(hub, repo, change, head)),
    },
    headers,
  );
}

function addHookRoutes(hub, onRepo) {
  const withHook = (handler) => (call, repo) => {
    const hook = hub.hooks.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return hook ? handler(call, repo, hook) : hub.notFound();
  };
  onRepo('GET', '/hooks', 'hooks', (call, repo) => {
    const { items, headers } = hub.page(
      call,
      hub.hooks.filter((hook) => hook.repo === repo),
    );
    return json(
      200,
      items.map((hook) => hub.hookShape(repo, hook)),
      headers,
    );
  });
  onRepo('POST', '/hooks', 'hooks', (call, repo) => {
    const { name = 'web', active = true, events = ['push'], config = {} } = call.json;
    if (name !== 'web') return hub.invalid([{ resource: 'Hook', code: 'invalid', field: 'name' }]);
    const hook = {
      repo,
      id: 0,
      active,
      events,
      config: { content_type: 'form', insecure_ssl: '0', ...config },
      created: now(),
      updated: now(),
    };
    const problem = hub.hookProblem(repo, hook);
    if (problem) return hub.invalid(problem);
    hook.id = 400_000_000 + hub.nextId++;
    hub.hooks.push(hook);
    if (!hub.options.noPing) setImmediate(() => void hub.ping(hook));
    return json(201, hub.hookShape(repo, hook));
  });
  onRepo(
    'GET',
    '/hooks/:id',
    'hooks',
    withHook((call, repo, hook) => json(200, hub.hookShape(repo, hook))),
  );
  onRepo(
    'PATCH',
    '/hooks/:id',
    'hooks',
    withHook((call, repo, hook) => {
      const { active, events, config, add_events: add = [], remove_events: remove = [] } = call.json;
      // A config without a secret takes the secret away.
      const next = {
        ...hook,
        active: active ?? hook.active,
        config: config ? { content_type: 'form', insecure_ssl: '0', ...config } : hook.config,
        events: [...new Set([...(events ?? hook.events), ...add])].filter((event) => !remove.includes(event)),
      };
      const problem = hub.hookProblem(repo, next, { id: hook.id });
      if (problem) return hub.invalid(problem);
      Object.assign(hook, next, { updated: now() });
      return json(200, hub.hookShape(repo, hook));
    }),
  );
  onRepo(
    'DELETE',
    '/hooks/:id',
    'hooks',
    withHook((call, repo, hook) => {
      hub.hooks.splice(hub.hooks.indexOf(hook), 1);
      return empty();
    }),
  );
  onRepo(
    'GET',
    '/hooks/:id/config',
    'hooks',
    withHook((call, repo, hook) => json(200, hub.hookShape(repo, hook).config)),
  );
  onRepo(
    'PATCH',
    '/hooks/:id/config',
    'hooks',
    withHook((call, repo, hook) => {
      Object.assign(hook.config, call.json);
      return json(200, hub.hookShape(repo, hook).config);
    }),
  );
  onRepo(
    'POST',
    '/hooks/:id/pings',
    'hooks',
    withHook(async (call, repo, hook) => {
      await hub.ping(hook);
      return empty();
    }),
  );
  onRepo(
    'POST',
    '/hooks/:id/tests',
    'hooks',
    withHook(async (call, repo, hook) => {
      const ref = `refs/heads/${await git.defaultBranch(repo.path)}`;
      const after = await git.resolve(repo.path, ref);
      const before = (await git.commit(repo.path, after)).parents[0] ?? git.ZERO;
      await hub.send(hook, 'push', await pushPayload(hub, repo, { ref, before, after, forced: false }));
      return empty();
    }),
  );
  const summary = ({ id, guid, at, redelivery, code, event, action, hook }) => ({
    id,
    guid,
    delivered_at: at,
    redelivery,
    duration: 0.03,
    status: code >= 200 && code < 300 ? 'OK' : 'failed',
    status_code: code,
    event,
    action,
    installation_id: null,
    repository_id: hook.repo.id,
    throttled_at: null,
  });
  onRepo(
    'GET',
    '/hooks/:id/deliveries',
    'hooks',
    withHook((call, repo, hook) => {
      const { items, headers } = hub.page(
        call,
        hub.hookDeliveries.filter((each) => each.hook === hook),
      );
      return json(200, items.map(summary), headers);
    }),
  );
  onRepo(
    'POST',
    '/hooks/:id/deliveries/:delivery/attempts',
    'hooks',
    withHook(async (call, repo, hook) => {
      const old = hub.hookDeliveries.find((each) => each.hook === hook && each.id === Number(call.params.delivery));
      if (!old) return hub.notFound();
      await hub.send(hook, old.event, old.payload, { delivery_id: old.guid, redelivery: true });
      return json(202, {});
    }),
  );
}

function statusShape(hub, repo, status) {
  const { state, description = null, target_url: target = null, context } = status;
  return {
    url: `${hub.api}/repos/${fullName(repo)}/statuses/${status.sha}`,
    avatar_url: `${hub.base}/avatars/u/${hub.user.id}`,
    id: status.id,
    node_id: Buffer.from(`13:StatusContext${status.id}`).toString('base64'),
    state,
    description,
    target_url: target,
    context,
    created_at: status.at,
    updated_at: status.at,
    creator: userShape(hub, hub.user),
  };
}

function addReportRoutes(hub, onRepo) {
  onRepo('POST', '/statuses/:sha', 'status', async (call, repo) => {
    const { state, description, target_url: target, context = 'default' } = call.json;
    const wrong = (code, field, message) =>
      hub.invalid([{ resource: 'Status', code, field, ...(message && { message }) }]);
    if (!['error', 'failure', 'pending', 'success'].includes(state))
      return wrong('custom', 'state', 'state is not included in the list');
    if (description && [...description].length > 140)
      return wrong('custom', 'description', 'description is too long (maximum is 140 characters)');
    if (target && !/^https?:\/\//.test(target))
      return wrong('custom', 'target_url', 'target_url must use http(s) scheme');
    if ((await git.resolve(repo.path, call.params.sha)) !== call.params.sha)
      return hub.error(422, `No commit found for SHA: ${call.params.sha}`);
    const same = hub.statuses.filter(
      (each) =>
        each.repo === repo && each.sha === call.params.sha && each.context.toLowerCase() === context.toLowerCase(),
    );
    if (same.length >= 1000)
      return hub.invalid([
        {
          resource: 'Status',
          code: 'custom',
          message: 'This SHA and context has reached the maximum number of statuses.',
        },
      ]);
    const status = {
      repo,
      id: hub.nextId++,
      sha: call.params.sha,
      state,
      description,
      target_url: target,
      context,
      at: now(),
    };
    hub.statuses.push(status);
    return json(201, statusShape(hub, repo, status));
  });
  addPullRoutes(hub, onRepo);
  onRepo('POST', '/keys', 'hooks', (call, repo) => {
    const { title, key = '', read_only: readOnly = true } = call.json;
    if (!/^(ssh-|ecdsa-)/.test(key))
      return hub.invalid([
        {
          resource: 'PublicKey',
          code: 'custom',
          field: 'key',
          message: 'key is invalid. You must supply a key in OpenSSH public key format',
        },
      ]);
    const material = key.split(' ')[1];
    if (hub.keys.some((each) => each.key.split(' ')[1] === material))
      return hub.invalid([{ resource: 'PublicKey', code: 'custom', field: 'key', message: 'key is already in use' }]);
    const added = { repo, id: hub.nextId++, title, key, read_only: readOnly };
    hub.keys.push(added);
    return json(201, {
      id: added.id,
      key,
      url: `${hub.api}/repos/${fullName(repo)}/keys/${added.id}`,
      title,
      verified: true,
      created_at: now(),
      read_only: readOnly,
    });
  });
}

function addPullRoutes(hub, onRepo) {
  const withPull = (handler) => (call, repo) => {
    const pull = hub.pulls.find((each) => each.repo === repo && each.number === Number(call.params.number));
    return pull ? handler(call, repo, pull) : hub.notFound();
  };
  const comment = (repo, { id, number, body, at }) => ({
    url: `${hub.api}/repos/${fullName(repo)}/issues/comments/${id}`,
    id,
    node_id: `IC_${id}`,
    html_url: `${hub.base}/${fullName(repo)}/pull/${number}#issuecomment-${id}`,
    issue_url: `${hub.api}/repos/${fullName(repo)}/issues/${number}`,
    user: userShape(hub, hub.user),
    created_at: at,
    updated_at: at,
    author_association: 'OWNER',
    body,
  });
  const bodyProblem = (body) => {
    const wrong = (message) => hub.invalid([{ resource: 'IssueComment', code: 'custom', field: 'body', message }]);
    if (!body) return hub.invalid([{ resource: 'IssueComment', code: 'missing_field', field: 'body' }]);
    return [...body].length > 65536 ? wrong('Body is too long (maximum is 65536 characters)') : null;
  };
  onRepo('GET', '/pulls', 'read', async (call, repo) => {
    const state = call.query.get('state') ?? 'open';
    const head = call.query.get('head')?.split(':').pop();
    const found = hub.pulls
      .filter(
        (pull) => pull.repo === repo && (state === 'all' || pull.state === state) && (!head || pull.head === head),
      )
      .reverse();
    const { items, headers } = hub.page(call, found);
    return json(200, await Promise.all(items.map((pull) => pullShape(hub, repo, pull))), headers);
  });
  onRepo('POST', '/pulls', 'write', async (call, repo) => {
    const pull = await hub.openPull(repo, { ...call.json, head_repo: undefined });
    return pull
      ? json(201, await pullShape(hub, repo, pull))
      : hub.invalid([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  });
  onRepo(
    'GET',
    '/pulls/:number',
    'read',
    withPull(async (call, repo, pull) => json(200, await pullShape(hub, repo, pull))),
  );
  onRepo(
    'GET',
    '/pulls/:number/files',
    'read',
    withPull(async (call, repo, pull) => {
      const merge = await git.mergeBase(repo.path, pull.base_sha, pull.head_sha);
      const { items, headers } = hub.page(call, (await git.diff(repo.path, merge, pull.head_sha)).slice(0, 3000));
      return json(
        200,
        items.map((change) => fileShape(hub, repo, change, pull.head_sha)),
        headers,
      );
    }),
  );
  onRepo(
    'GET',
    '/issues/:number/comments',
    'read',
    withPull((call, repo, pull) => {
      const { items, headers } = hub.page(
        call,
        hub.comments.filter((each) => each.repo === repo && each.number === pull.number),
      );
      return json(
        200,
        items.map((each) => comment(repo, each)),
        headers,
      );
    }),
  );
  onRepo(
    'POST',
    '/issues/:number/comments',
    'write',
    withPull((call, repo, pull) => {
      const problem = bodyProblem(call.json.body);
      if (problem) return problem;
      const added = { repo, id: hub.nextId++, number: pull.number, body: call.json.body, at: now() };
      hub.comments.push(added);
      return json(201, comment(repo, added));
    }),
  );
  onRepo('PATCH', '/issues/comments/:id', 'write', (call, repo) => {
    const found = hub.comments.find((each) => each.repo === repo && each.id === Number(call.params.id));
    if (!found) return hub.notFound();
    const problem = bodyProblem(call.json.body);
    if (problem) return problem;
    found.body = call.json.body;
    return json(200, comment(repo, found));
  });
}
