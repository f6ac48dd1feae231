// Repositories, refs, commits, pushes, differences and commit statuses of Azure DevOps Server.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { json } from './fake.mjs';
import { commitShape, identityShape, repoShape, repoUrls, withFolders } from './ado_shapes.mjs';
import * as git from './git.mjs';

export const STATES = ['notSet', 'pending', 'succeeded', 'failed', 'error', 'notApplicable', 'partiallySucceeded'];

export function statusProblem(server, status) {
  const wrong = (message) => server.error(400, message, 'ArgumentException');
  const state = typeof status.state === 'number' ? STATES[status.state] : status.state;
  if (!STATES.includes(state)) return wrong('TF401019: The state of a status is not valid.\r\nParameter name: state');
  if (!status.context?.name)
    return wrong('The name of the status context must not be empty.\r\nParameter name: status.Context.Name');
  if (status.targetUrl && !/^https?:\/\//.test(status.targetUrl))
    return wrong('The target URL is not a valid URL.\r\nParameter name: targetUrl');
  status.state = state;
  return null;
}

export function statusShape(server, status) {
  const { id, state, description = null, context, at, targetUrl = null } = status;
  return {
    id,
    state,
    description,
    context: { name: context.name, genre: context.genre ?? null },
    creationDate: at,
    updatedDate: at,
    createdBy: identityShape(server),
    targetUrl,
  };
}

function page(call, items, { top: usual = 100 } = {}) {
  const number = (...names) => names.map((name) => call.query.get(name)).find((value) => value !== null);
  const top = Number(number('$top', 'top', 'searchCriteria.$top') ?? usual);
  const skip = Number(number('$skip', 'skip', 'searchCriteria.$skip') ?? 0);
  return { items: items.slice(skip, skip + top), complete: skip + top >= items.length };
}

const noCommit = (server, repo, sha) =>
  server.error(
    404,
    `TF401175:The version descriptor <Commit: ${sha} > could not be resolved to a version in the repository ${repo.name}`,
    'GitUnresolvableToCommitException',
  );

export function addGitRoutes(server) {
  const all = (call) => server.lacks(call, 'vso.code');
  const visible = (call) =>
    server.repos.filter((repo) => !call.token.repos || call.token.repos.includes(`${repo.owner}/${repo.name}`));
  server.fake.route('GET', '/_apis/git/repositories', async (call) =>
    call.token.anonymous
      ? server.list([])
      : (all(call) ?? server.list(await Promise.all(visible(call).map((repo) => repoShape(server, repo))))),
  );
  server.fake.route('GET', '/:project/_apis/git/repositories', async (call) => {
    const found = server.projects.find(
      ({ id, name }) => id === call.params.project || name.toLowerCase() === call.params.project.toLowerCase(),
    );
    if (!found) return server.find({ ...call, params: { ...call.params, repo: '' } }).refusal;
    return (
      all(call) ??
      server.list(
        await Promise.all(
          visible(call)
            .filter(({ project }) => project === found)
            .map((repo) => repoShape(server, repo)),
        ),
      )
    );
  });
  const onRepo = (...args) => server.onRepo(...args);
  onRepo('GET', '', 'vso.code', async (call, repo) => json(200, await repoShape(server, repo, { links: true })));
  onRepo('GET', '/refs', 'vso.code', (call, repo) => listRefs(server, call, repo));
  onRepo('GET', '/refs/*filter', 'vso.code', (call, repo) => listRefs(server, call, repo, call.params.filter));
  onRepo('GET', '/commits', 'vso.code', (call, repo) => listCommits(server, call, repo));
  onRepo('GET', '/commits/:sha', 'vso.code', async (call, repo) => {
    const commit =
      /^[0-9a-f]{40}$/.test(call.params.sha) &&
      (await git.resolve(repo.path, call.params.sha)) &&
      (await git.commit(repo.path, call.params.sha));
    if (!commit) return noCommit(server, repo, call.params.sha);
    return json(200, {
      treeId: commit.tree,
      ...commitShape(server, repo, commit),
      parents: commit.parents,
      remoteUrl: `${repoUrls(server, repo).web}/commit/${commit.id}`,
    });
  });
  onRepo('GET', '/commits/:sha/changes', 'vso.code', async (call, repo) => {
    const commit = (await git.resolve(repo.path, call.params.sha)) && (await git.commit(repo.path, call.params.sha));
    if (!commit) return noCommit(server, repo, call.params.sha);
    const changes = withFolders(
      server,
      repo,
      await git.diff(repo.path, commit.parents[0] ?? null, commit.id),
      commit.id,
    );
    return json(200, { changeCounts: counts(changes), changes: page(call, changes).items });
  });
  onRepo('GET', '/diffs/commits', 'vso.code', (call, repo) => diffs(server, call, repo));
  onRepo('GET', '/pushes', 'vso.code', (call, repo) => listPushes(server, call, repo));
  onRepo('POST', '/commits/:sha/statuses', 'vso.code_status', async (call, repo) => {
    if ((await git.resolve(repo.path, call.params.sha)) !== call.params.sha)
      return noCommit(server, repo, call.params.sha);
    const refusal = statusProblem(server, call.json);
    if (refusal) return refusal;
    const same = call.json.id && server.statuses.find((each) => each.repo === repo && each.id === call.json.id);
    const status = Object.assign(same || { repo, id: server.nextId++, sha: call.params.sha }, call.json, {
      id: same ? same.id : server.nextId++,
      at: new Date().toISOString(),
    });
    if (!same) server.statuses.push(status);
    return json(201, { ...statusShape(server, status), _links: {} });
  });
  onRepo('GET', '/commits/:sha/statuses', 'vso.code', (call, repo) =>
    server.list(
      page(
        call,
        server.statuses.filter((each) => each.repo === repo && each.sha === call.params.sha),
        { top: 1000 },
      ).items.map((each) => statusShape(server, each)),
    ),
  );
  onRepo('GET', '/items', 'vso.code', (call, repo) => archive(server, call, repo));
}

const counts = (changes) =>
  changes.reduce((sum, { changeType }) => {
    const name = changeType[0].toUpperCase() + changeType.slice(1);
    return { ...sum, [name]: (sum[name] ?? 0) + 1 };
  }, {});

async function listRefs(server, call, repo, inPath = '') {
  const prefix = `refs/${inPath || call.query.get('filter') || ''}`;
  const found = (await git.refs(repo.path))
    .filter(({ ref }) => ref.startsWith(prefix))
    .filter(({ ref }) => ref.includes(call.query.get('filterContains') ?? ''));
  const top = Number(call.query.get('$top') ?? 1_000_000);
  const start = Number(call.query.get('continuationToken') ?? 0);
  const values = found.slice(start, start + top).map(({ ref, sha, peeled, annotated }) => ({
    name: ref,
    objectId: sha,
    ...(annotated && call.query.get('peelTags') === 'true' && { peeledObjectId: peeled }),
    creator: identityShape(server),
    url: `${repoUrls(server, repo).api}/refs?filter=${encodeURIComponent(ref.slice(5))}`,
  }));
  return server.list(values, start + top < found.length ? { 'x-ms-continuationtoken': String(start + top) } : {});
}

async function listCommits(server, call, repo) {
  const pushId = call.query.get('pushId') ?? call.query.get('searchCriteria.pushId');
  const name =
    call.query.get('searchCriteria.itemVersion.version') ?? call.query.get('searchCriteria.compareVersion.version');
  const push = pushId && server.pushes.find(({ id }) => id === Number(pushId));
  const range = push
    ? push.updates
        .filter(({ after }) => after !== git.ZERO)
        .flatMap(({ before, after }) => [after, ...(before === git.ZERO ? [] : [`^${before}`])])
    : [name ?? 'HEAD'];
  const { items } = page(call, await git.log(repo.path, range, 10_000));
  return server.list(items.map((commit) => commitShape(server, repo, commit)));
}

async function diffs(server, call, repo) {
  const version = (side) => {
    const name =
      call.query.get(`${side}Version`) ??
      call.query.get(`${side}VersionDescriptor.version`) ??
      call.query.get(`${side}VersionDescriptor.${side}Version`);
    const type =
      call.query.get(`${side}VersionType`) ?? call.query.get(`${side}VersionDescriptor.${side}VersionType`) ?? 'branch';
    return git.resolve(repo.path, type.toLowerCase() === 'branch' ? `refs/heads/${name}` : name);
  };
  const [base, target] = [await version('base'), await version('target')];
  if (!base || !target) return noCommit(server, repo, call.query.get(base ? 'targetVersion' : 'baseVersion'));
  const common = await git.mergeBase(repo.path, base, target);
  const from = call.query.get('diffCommonCommit') === 'true' ? common : base;
  const changes = withFolders(server, repo, await git.diff(repo.path, from, target), target);
  const { items, complete } = page(call, changes);
  return json(200, {
    ...(complete && { allChangesIncluded: true }),
    changeCounts: counts(changes),
    changes: items,
    commonCommit: common,
    baseCommit: base,
    targetCommit: target,
    aheadCount: (await git.log(repo.path, [target, `^${base}`], 10_000)).length,
    behindCount: (await git.log(repo.path, [base, `^${target}`], 10_000)).length,
  });
}

function listPushes(server, call, repo) {
  const from = call.query.get('searchCriteria.fromDate');
  const ref = call.query.get('searchCriteria.refName');
  const withUpdates = call.query.get('searchCriteria.includeRefUpdates') === 'true';
  const found = server.pushes
    .filter(
      (push) =>
        push.repo === repo &&
        (!from || Date.parse(push.date) >= Date.parse(from)) &&
        (!ref || push.updates.some((update) => update.ref === ref)),
    )
    .reverse();
  return server.list(
    page(call, found).items.map((push) => ({
      pushedBy: identityShape(server),
      pushId: push.id,
      date: push.date,
      url: `${repoUrls(server, repo).api}/pushes/${push.id}`,
      ...(withUpdates && {
        refUpdates: push.updates.map(({ ref: name, before, after }) => ({
          repositoryId: repo.id,
          name,
          oldObjectId: before,
          newObjectId: after,
        })),
      }),
    })),
  );
}

async function archive(server, call, repo) {
  const sha = await git.resolve(repo.path, call.query.get('versionDescriptor.version') ?? 'HEAD');
  if (!sha) return noCommit(server, repo, call.query.get('versionDescriptor.version'));
  if (call.query.get('$format') === 'zip')
    return {
      status: 200,
      body: await git.archive(repo.path, sha, 'zip', ''),
      headers: { 'Content-Type': 'application/zip' },
    };
  const path = (call.query.get('path') ?? call.query.get('scopePath') ?? '/').replace(/^\//, '');
  try {
    const { stdout } = await promisify(execFile)(
      'git',
      ['-c', 'safe.directory=*', '--git-dir', repo.path, 'show', `${sha}:${path}`],
      { encoding: 'buffer' },
    );
    return { status: 200, body: stdout, headers: { 'Content-Type': 'application/octet-stream' } };
  } catch {
    return server.error(
      404,
      `TF401174: The item '/${path}' could not be found in the repository '${repo.name}' at the version specified by '<Commit: ${sha} >'.`,
      'GitItemNotFoundException',
    );
  }
}
