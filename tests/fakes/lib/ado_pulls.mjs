// Pull requests of Azure DevOps Server with their statuses, threads and iterations.
import { json } from './fake.mjs';
import { statusProblem, statusShape } from './ado_git.mjs';
import { changeShape, identityShape, pullShape, repoUrls } from './ado_shapes.mjs';
import * as git from './git.mjs';

const LONGEST_COMMENT = 150_000;
const THREAD_STATUSES = ['unknown', 'active', 'fixed', 'wontFix', 'closed', 'byDesign', 'pending'];
const COMMENT_TYPES = ['unknown', 'text', 'codeChange', 'system'];
const now = () => new Date().toISOString();

// null if a branch is not there.
export async function openPull(
  server,
  repo,
  { sourceRefName: source, targetRefName: target, title, description, isDraft, fork },
) {
  const head = await git.resolve((fork ?? repo).path, source);
  const base = await git.resolve(repo.path, target);
  if (!head || !base) return null;
  const pull = {
    repo,
    id: server.nextId++,
    status: 'active',
    source,
    target,
    title: title ?? `Merge ${source}`,
    description,
    draft: isDraft,
    fork,
    head_sha: head,
    base_sha: base,
    created: now(),
    threads: [],
    statuses: [],
    iterations: [{ head, base }],
  };
  server.pulls.push(pull);
  return pull;
}

const named = (value, names) => (typeof value === 'number' ? names[value] : value);

export function addPullRoutes(server) {
  const onPull = (method, pattern, scope, handler) =>
    server.onRepo(method, `/pullRequests/:pull${pattern}`, scope, (call, repo) => {
      const pull = server.pulls.find((each) => each.repo === repo && each.id === Number(call.params.pull));
      return pull
        ? handler(call, repo, pull)
        : server.error(404, `TF401180: The requested pull request was not found.`, 'GitPullRequestNotFoundException');
    });
  server.onRepo('GET', '/pullRequests', 'vso.code', async (call, repo) => {
    const status = named(call.query.get('searchCriteria.status') ?? 'active', []);
    const [source, target] = [
      call.query.get('searchCriteria.sourceRefName'),
      call.query.get('searchCriteria.targetRefName'),
    ];
    const found = server.pulls
      .filter(
        (pull) =>
          pull.repo === repo &&
          (['all', '4'].includes(status) || pull.status === status || (status === '1' && pull.status === 'active')) &&
          (!source || pull.source === source) &&
          (!target || pull.target === target),
      )
      .reverse();
    const [top, skip] = [Number(call.query.get('$top') ?? 101), Number(call.query.get('$skip') ?? 0)];
    return server.list(await Promise.all(found.slice(skip, skip + top).map((pull) => pullShape(server, pull))));
  });
  server.onRepo('POST', '/pullRequests', 'vso.code_write', async (call, repo) => {
    const pull = await openPull(server, repo, call.json);
    return pull
      ? json(201, await pullShape(server, pull))
      : server.error(
          400,
          `TF401398: The pull request cannot be activated because the source and/or the target branch no longer exists, or the requested refs are not branches`,
          'GitPullRequestCannotBeActivated',
        );
  });
  onPull('GET', '', 'vso.code', async (call, repo, pull) => json(200, await pullShape(server, pull)));
  onPull('POST', '/statuses', 'vso.code_status', (call, repo, pull) => {
    const refusal = statusProblem(server, call.json);
    if (refusal) return refusal;
    const status = { ...call.json, id: pull.statuses.length + 1, at: now() };
    pull.statuses.push(status);
    const self = `${repoUrls(server, repo).api}/pullRequests/${pull.id}/statuses/${status.id}`;
    return json(200, {
      ...statusShape(server, status),
      ...(status.iterationId && { iterationId: status.iterationId }),
      _links: { self: { href: self }, repository: { href: repoUrls(server, repo).api } },
    });
  });
  onPull('GET', '/statuses', 'vso.code', (call, repo, pull) =>
    server.list(pull.statuses.map((status) => statusShape(server, status))),
  );
  onPull('GET', '/iterations', 'vso.code', (call, repo, pull) =>
    server.list(
      pull.iterations.map(({ head, base }, i) => ({
        id: i + 1,
        author: identityShape(server),
        createdDate: pull.created,
        updatedDate: pull.created,
        sourceRefCommit: { commitId: head },
        targetRefCommit: { commitId: base },
        commonRefCommit: { commitId: base },
        hasMoreCommits: false,
        reason: i ? 'push' : 'create',
      })),
    ),
  );
  onPull('GET', '/iterations/:iteration/changes', 'vso.code', async (call, repo, pull) => {
    const iteration = pull.iterations[Number(call.params.iteration) - 1];
    if (!iteration)
      return server.error(
        404,
        'TF401180: The requested iteration was not found.',
        'GitPullRequestIterationNotFoundException',
      );
    const changes = await git.diff(
      repo.path,
      await git.mergeBase(repo.path, iteration.base, iteration.head),
      iteration.head,
    );
    const [top, skip] = [Math.min(Number(call.query.get('$top') ?? 100), 2000), Number(call.query.get('$skip') ?? 0)];
    const more = skip + top < changes.length;
    return json(200, {
      changeEntries: changes.slice(skip, skip + top).map((change, i) => {
        const { item, ...rest } = changeShape(server, repo, change, iteration.head);
        return {
          changeTrackingId: skip + i + 1,
          changeId: skip + i + 1,
          item: { objectId: item.objectId, originalObjectId: item.originalObjectId, path: item.path },
          ...rest,
        };
      }),
      ...(more && { nextSkip: skip + top, nextTop: top }),
    });
  });
  addThreadRoutes(server, onPull);
}

function commentProblem(server, content) {
  if (!content)
    return server.error(
      400,
      'The comment content must not be empty.\r\nParameter name: comment.Content',
      'ArgumentException',
    );
  return content.length > LONGEST_COMMENT
    ? server.error(
        400,
        `The comment content is longer than ${LONGEST_COMMENT} characters.\r\nParameter name: comment.Content`,
        'ArgumentException',
      )
    : null;
}

function threadShape(server, repo, pull, thread) {
  const self = `${repoUrls(server, repo).api}/pullRequests/${pull.id}/threads/${thread.id}`;
  return {
    pullRequestThreadContext: null,
    id: thread.id,
    publishedDate: thread.at,
    lastUpdatedDate: thread.at,
    comments: thread.comments.map((each) => commentShape(server, each)),
    status: thread.status,
    threadContext: null,
    properties: {},
    identities: null,
    isDeleted: false,
    _links: { self: { href: self }, repository: { href: repoUrls(server, repo).api } },
  };
}

const commentShape = (server, { id, parentCommentId = 0, content, commentType, at }) => ({
  id,
  parentCommentId,
  author: identityShape(server),
  content,
  publishedDate: at,
  lastUpdatedDate: at,
  lastContentUpdatedDate: at,
  commentType: named(commentType ?? 1, COMMENT_TYPES),
  usersLiked: [],
});

function addThreadRoutes(server, onPull) {
  // Comments need the right to write code up to 6.x; later the one for threads is enough.
  const scope = () => (server.maxVersion >= 7 ? 'vso.threads_full' : 'vso.code_write');
  const withThread = (handler) => (call, repo, pull) => {
    const thread = pull.threads.find(({ id }) => id === Number(call.params.thread));
    return thread
      ? (server.lacks(call, scope()) ?? handler(call, repo, pull, thread))
      : server.error(404, 'TF401180: The requested thread was not found.', 'CommentThreadNotFoundException');
  };
  onPull('GET', '/threads', 'vso.code', (call, repo, pull) =>
    server.list(pull.threads.map((thread) => threadShape(server, repo, pull, thread))),
  );
  onPull('POST', '/threads', 'vso.code', (call, repo, pull) => {
    const refusal = server.lacks(call, scope()) ?? commentProblem(server, call.json.comments?.[0]?.content);
    if (refusal) return refusal;
    const thread = {
      id: server.nextId++,
      at: now(),
      status: named(call.json.status ?? 'active', THREAD_STATUSES),
      comments: call.json.comments.map((comment, i) => ({ ...comment, id: i + 1, at: now() })),
    };
    pull.threads.push(thread);
    return json(200, threadShape(server, repo, pull, thread));
  });
  onPull(
    'GET',
    '/threads/:thread',
    'vso.code',
    withThread((call, repo, pull, thread) => json(200, threadShape(server, repo, pull, thread))),
  );
  onPull(
    'PATCH',
    '/threads/:thread',
    'vso.code',
    withThread((call, repo, pull, thread) => {
      if (call.json.status !== undefined) thread.status = named(call.json.status, THREAD_STATUSES);
      return json(200, threadShape(server, repo, pull, thread));
    }),
  );
  onPull(
    'PATCH',
    '/threads/:thread/comments/:comment',
    'vso.code',
    withThread((call, repo, pull, thread) => {
      const comment = thread.comments.find(({ id }) => id === Number(call.params.comment));
      if (!comment)
        return server.error(404, 'TF401180: The requested comment was not found.', 'CommentNotFoundException');
      const refusal = commentProblem(server, call.json.content);
      if (refusal) return refusal;
      comment.content = call.json.content;
      return json(200, commentShape(server, comment));
    }),
  );
}
