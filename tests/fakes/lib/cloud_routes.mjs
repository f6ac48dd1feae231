// The routes of Bitbucket Cloud.
import crypto from 'node:crypto';
import { empty, json } from './fake.mjs';
import * as git from './git.mjs';
import {
  cloudTime,
  commitShape,
  diffstatShape,
  fullName,
  pullShape,
  refShape,
  repoShape,
  shortRepoShape,
  userShape,
  uuidFor,
  workspaceShape,
} from './cloud_shapes.mjs';

const BUILD_STATES = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', 'STOPPED'];

export function addRoutes(cloud) {
  const { fake } = cloud;
  const on = (method, pattern, handler) => fake.route(method, pattern, handler);
  const onRepo = (method, pattern, need, handler) =>
    on(method, `/repositories/:workspace/:slug${pattern}`, (call) => {
      const { repo, refusal } = cloud.find(call, need);
      return refusal ?? handler(call, repo);
    });
  const visible = (call) =>
    cloud.repos.filter((repo) => !call.token.repos || call.token.repos.includes(fullName(repo)));
  const gone = (what) => cloud.error(410, `This endpoint has been removed. ${what}`);
  on(
    'GET',
    '/user',
    (call) =>
      cloud.lacks(call, 'account') ??
      (call.token.kind === 'access'
        ? cloud.error(403, 'This endpoint does not support repository, project or workspace access tokens.')
        : json(200, {
            ...userShape(cloud),
            created_on: '2024-02-01T12:08:46.355300+00:00',
            username: cloud.user.username,
            is_staff: false,
            account_status: 'active',
            location: null,
            has_2fa_enabled: null,
          })),
  );
  on('GET', '/user/workspaces', (call) => {
    if (call.token?.kind === 'access')
      return cloud.error(403, 'This endpoint does not support repository, project or workspace access tokens.');
    return (
      cloud.lacks(call, 'workspace') ??
      cloud.list(call, [...new Set(cloud.repos.map(({ owner }) => owner))], (slug) => ({
        type: 'workspace_access',
        administrator: true,
        permission: 'owner',
        workspace: workspaceShape(cloud, slug),
      }))
    );
  });
  on('GET', '/repositories', () => gone('Use /2.0/repositories/{workspace}.'));
  on('GET', '/user/permissions/repositories', () =>
    gone('Use /2.0/user/workspaces/{workspace}/permissions/repositories.'),
  );
  on('GET', '/user/permissions/workspaces', () => gone('Use /2.0/user/workspaces.'));
  on(
    'GET',
    '/user/workspaces/:workspace/permissions/repositories',
    (call) =>
      cloud.lacks(call, 'repository') ??
      cloud.list(
        call,
        visible(call).filter(({ owner }) => owner === call.params.workspace),
        (repo) => ({
          type: 'repository_permission',
          permission: repo.admin ? 'admin' : 'write',
          repository: shortRepoShape(cloud, repo),
        }),
      ),
  );
  on('GET', '/repositories/:workspace', (call) => {
    const lacking = cloud.lacks(call, 'repository');
    if (lacking) return lacking;
    const { workspace } = call.params;
    const found = visible(call)
      .filter(({ owner }) => owner === workspace || uuidFor(`workspace/${owner}`) === workspace)
      .filter(({ admin }) => admin || call.query.get('role') !== 'admin');
    if (!cloud.repos.some(({ owner }) => owner === workspace || uuidFor(`workspace/${owner}`) === workspace))
      return cloud.error(404, `No workspace with identifier '${workspace}'.`);
    return cloud.list(
      call,
      found.sort((a, b) => (fullName(a) < fullName(b) ? -1 : 1)),
      (repo) => repoShape(cloud, repo),
    );
  });
  onRepo('GET', '', 'repository', async (call, repo) => json(200, await repoShape(cloud, repo)));
  addGitRoutes(cloud, onRepo);
  addHookRoutes(cloud, onRepo);
  addStatusRoutes(cloud, onRepo);
  addPullRoutes(cloud, onRepo);
  onRepo('POST', '/deploy-keys', 'repository:write', (call, repo) => {
    const { key = '', label = '' } = call.json;
    if (!/^(ssh-|ecdsa-)/.test(key)) return cloud.invalid('key', 'Invalid SSH key.');
    if (cloud.keys.some((each) => each.key.split(' ')[1] === key.split(' ')[1]))
      return cloud.invalid('key', 'Someone has already registered that SSH key.');
    const added = { repo, id: cloud.nextId++, key, label };
    cloud.keys.push(added);
    return json(200, {
      type: 'deploy_key',
      id: added.id,
      key,
      label,
      created_on: cloudTime(),
      repository: shortRepoShape(cloud, repo),
    });
  });
}

function addGitRoutes(cloud, onRepo) {
  const noCommit = (name) => cloud.error(404, `Commit not found`, `No commit ${name}`);
  const refs = (kind) => async (call, repo) =>
    cloud.list(call, await git.refs(repo.path, kind), ({ ref, peeled }) => refShape(cloud, repo, ref, peeled));
  onRepo('GET', '/refs/branches', 'repository', refs('refs/heads/'));
  onRepo('GET', '/refs/tags', 'repository', refs('refs/tags/'));
  const one = (kind, what) => async (call, repo) => {
    const ref = `refs/${kind}/${call.params.name}`;
    const sha = await git.resolve(repo.path, ref);
    return sha
      ? json(200, await refShape(cloud, repo, ref, sha))
      : cloud.error(404, `${what} "${call.params.name}" does not exist.`);
  };
  onRepo('GET', '/refs/branches/*name', 'repository', one('heads', 'Branch'));
  onRepo('GET', '/refs/tags/*name', 'repository', one('tags', 'Tag'));
  onRepo('GET', '/commit/:sha', 'repository', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.sha);
    return sha
      ? json(200, {
          ...commitShape(cloud, repo, await git.commit(repo.path, sha)),
          repository: shortRepoShape(cloud, repo),
        })
      : noCommit(call.params.sha);
  });
  const commits = async (call, repo) => {
    const include = call.params.name ?? call.query.get('include') ?? 'HEAD';
    const sha = await git.resolve(repo.path, include);
    const exclude = call.query.getAll('exclude').map((name) => `^${name}`);
    return sha
      ? cloud.list(
          call,
          await git.log(repo.path, [sha, ...exclude], 10_000),
          (commit) => commitShape(cloud, repo, commit),
          { usual: 30 },
        )
      : noCommit(include);
  };
  onRepo('GET', '/commits', 'repository', commits);
  onRepo('GET', '/commits/*name', 'repository', commits);
  // "new..old": the first has the changes, the second is what they are compared with.
  onRepo('GET', '/diffstat/*spec', 'repository', async (call, repo) => {
    const [newer, older] = call.params.spec.split('..');
    const to = await git.resolve(repo.path, newer);
    const from = older
      ? await git.resolve(repo.path, older)
      : to && ((await git.commit(repo.path, to)).parents[0] ?? null);
    if (!to || from === undefined || (older && !from)) return noCommit(newer);
    const start = from && call.query.get('topic') === 'true' ? await git.mergeBase(repo.path, from, to) : from;
    return cloud.list(
      call,
      await git.diff(repo.path, start, to),
      (change) => diffstatShape(cloud, repo, change, start, to),
      { largest: 5000, usual: 500 },
    );
  });
}

function addHookRoutes(cloud, onRepo) {
  const withHook = (handler) => (call, repo) => {
    const hook = cloud.hooks.find(
      (each) => each.repo === repo && (each.uuid === call.params.uuid || each.uuid === `{${call.params.uuid}}`),
    );
    return hook ? handler(call, repo, hook) : cloud.error(404, 'Webhook not found');
  };
  onRepo('GET', '/hooks', 'webhook:read', (call, repo) =>
    cloud.list(
      call,
      cloud.hooks.filter((hook) => hook.repo === repo),
      (hook) => cloud.hookShape(hook),
    ),
  );
  onRepo('POST', '/hooks', 'webhook:write', (call, repo) => {
    const problem = cloud.hookProblem(call, call.json);
    if (problem) return problem;
    const { description = '', url, active = true, secret, events, skip_cert_verification: skip = false } = call.json;
    const hook = {
      repo,
      uuid: `{${crypto.randomUUID()}}`,
      description,
      url,
      active,
      secret,
      events,
      skip,
      created: cloudTime(),
    };
    cloud.hooks.push(hook);
    return json(201, cloud.hookShape(hook));
  });
  onRepo(
    'GET',
    '/hooks/:uuid',
    'webhook:read',
    withHook((call, repo, hook) => json(200, cloud.hookShape(hook))),
  );
  onRepo(
    'PUT',
    '/hooks/:uuid',
    'webhook:write',
    withHook((call, repo, hook) => {
      const problem = cloud.hookProblem(call, { url: hook.url, events: hook.events, ...call.json });
      if (problem) return problem;
      const {
        description,
        url,
        active,
        events,
        skip_cert_verification: skip,
      } = { ...hook, skip_cert_verification: hook.skip, ...call.json };
      // Left out the secret stays, null takes it away.
      Object.assign(
        hook,
        { description, url, active, events, skip },
        'secret' in call.json && { secret: call.json.secret ?? undefined },
      );
      return json(200, cloud.hookShape(hook));
    }),
  );
  onRepo(
    'DELETE',
    '/hooks/:uuid',
    'webhook:delete',
    withHook((call, repo, hook) => {
      cloud.hooks.splice(cloud.hooks.indexOf(hook), 1);
      return empty();
    }),
  );
}

function addStatusRoutes(cloud, onRepo) {
  const shape = (build) => {
    const commit = `${cloud.api}/repositories/${fullName(build.repo)}/commit/${build.sha}`;
    const { key, state, name = key, url, description = '', refname = null, created, updated } = build;
    return {
      type: 'build',
      key,
      state,
      name,
      url,
      description,
      refname,
      created_on: created,
      updated_on: updated,
      repository: shortRepoShape(cloud, build.repo),
      commit: { type: 'commit', hash: build.sha, links: { self: { href: commit } } },
      links: { commit: { href: commit }, self: { href: `${commit}/statuses/build/${encodeURIComponent(key)}` } },
    };
  };
  const problem = ({ key, state, url, name, description }) => {
    if (!key) return cloud.invalid('key', 'This field is required.');
    if (key.length > 40) return cloud.invalid('key', 'Ensure this value has at most 40 characters');
    if (!BUILD_STATES.includes(state))
      return cloud.invalid('state', `Select a valid choice. ${state} is not one of the available choices.`);
    if (!url) return cloud.invalid('url', 'This field is required.');
    if (!/^https?:\/\//.test(url)) return cloud.invalid('url', 'Enter a valid URL.');
    if (url.length > 450) return cloud.invalid('url', 'Ensure this value has at most 450 characters');
    if ((name ?? '').length > 255) return cloud.invalid('name', 'Ensure this value has at most 255 characters');
    return (description ?? '').length > 255
      ? cloud.invalid('description', 'Ensure this value has at most 255 characters')
      : null;
  };
  const find = (repo, { sha, key }) =>
    cloud.builds.find((each) => each.repo === repo && each.sha === sha && each.key === key);
  onRepo('POST', '/commit/:sha/statuses/build', 'repository:write', async (call, repo) => {
    const sha = await git.resolve(repo.path, call.params.sha);
    if (!sha) return cloud.error(404, 'Commit not found');
    const refusal = problem(call.json);
    if (refusal) return refusal;
    let build = find(repo, { sha, key: call.json.key });
    if (!build) cloud.builds.push((build = { repo, sha, created: cloudTime() }));
    Object.assign(build, call.json, { updated: cloudTime() });
    return json(201, shape(build));
  });
  const withBuild = (handler) => (call, repo) => {
    const build = find(repo, call.params);
    return build ? handler(call, build) : cloud.error(404, 'Build status not found');
  };
  onRepo('GET', '/commit/:sha/statuses', 'repository', (call, repo) =>
    cloud.list(
      call,
      cloud.builds.filter((each) => each.repo === repo && each.sha === call.params.sha),
      shape,
    ),
  );
  onRepo(
    'GET',
    '/commit/:sha/statuses/build/:key',
    'repository',
    withBuild((call, build) => json(200, shape(build))),
  );
  onRepo(
    'PUT',
    '/commit/:sha/statuses/build/:key',
    'repository:write',
    withBuild((call, build) => {
      const refusal = problem({ ...build, ...call.json });
      if (refusal) return refusal;
      Object.assign(build, call.json, { key: build.key, updated: cloudTime() });
      return json(200, shape(build));
    }),
  );
}

function addPullRoutes(cloud, onRepo) {
  const withPull = (handler) => (call, repo) => {
    const pull = cloud.pulls.find((each) => each.repo === repo && each.id === Number(call.params.id));
    return pull ? handler(call, repo, pull) : cloud.error(404, `Pull request ${call.params.id} not found`);
  };
  const commentShape = (pull, { id, raw, created, updated }) => ({
    type: 'pullrequest_comment',
    id,
    created_on: created,
    updated_on: updated,
    deleted: false,
    user: userShape(cloud),
    content: { type: 'rendered', raw, markup: 'markdown', html: `<p>${raw}</p>` },
    pullrequest: { type: 'pullrequest', id: pull.id, title: pull.title },
    links: {
      self: { href: `${cloud.api}/repositories/${fullName(pull.repo)}/pullrequests/${pull.id}/comments/${id}` },
    },
  });
  const rawProblem = (raw) =>
    !raw
      ? cloud.invalid('content.raw', 'This field is required.')
      : raw.length > 32768
        ? cloud.invalid('content.raw', 'Ensure this value has at most 32768 characters')
        : null;
  onRepo('GET', '/pullrequests', 'pullrequest', (call, repo) => {
    const states = call.query.getAll('state');
    return cloud.list(
      call,
      cloud.pulls
        .filter((pull) => pull.repo === repo && (states.length ? states : ['OPEN']).includes(pull.state))
        .reverse(),
      (pull) => pullShape(cloud, pull),
      { largest: 50 },
    );
  });
  onRepo('POST', '/pullrequests', 'pullrequest:write', async (call, repo) => {
    const pull = await cloud.openPull(repo, {
      ...call.json,
      source: call.json.source?.branch?.name,
      target: call.json.destination?.branch?.name ?? (await git.defaultBranch(repo.path)),
      fork: undefined,
    });
    return pull ? json(201, pullShape(cloud, pull)) : cloud.invalid('source', 'branch not found');
  });
  onRepo(
    'GET',
    '/pullrequests/:id',
    'pullrequest',
    withPull((call, repo, pull) => json(200, pullShape(cloud, pull))),
  );
  onRepo(
    'GET',
    '/pullrequests/:id/diffstat',
    'pullrequest',
    withPull((call, repo, pull) =>
      empty(302, {
        Location: `${cloud.api}/repositories/${fullName(repo)}/diffstat/${pull.head_sha}..${pull.base_sha}?from_pullrequest_id=${pull.id}&topic=true`,
      }),
    ),
  );
  onRepo(
    'GET',
    '/pullrequests/:id/comments',
    'pullrequest',
    withPull((call, repo, pull) => cloud.list(call, pull.comments, (each) => commentShape(pull, each))),
  );
  onRepo(
    'POST',
    '/pullrequests/:id/comments',
    'pullrequest',
    withPull((call, repo, pull) => {
      const refusal = rawProblem(call.json.content?.raw);
      if (refusal) return refusal;
      const comment = { id: cloud.nextId++, raw: call.json.content.raw, created: cloudTime(), updated: cloudTime() };
      pull.comments.push(comment);
      return json(201, commentShape(pull, comment));
    }),
  );
  onRepo(
    'PUT',
    '/pullrequests/:id/comments/:comment',
    'pullrequest',
    withPull((call, repo, pull) => {
      const comment = pull.comments.find(({ id }) => id === Number(call.params.comment));
      if (!comment) return cloud.error(404, 'Comment not found');
      const refusal = rawProblem(call.json.content?.raw);
      if (refusal) return refusal;
      Object.assign(comment, { raw: call.json.content.raw, updated: cloudTime() });
      return json(200, commentShape(pull, comment));
    }),
  );
}
