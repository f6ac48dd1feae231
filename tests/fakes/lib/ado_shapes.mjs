// The JSON objects of Azure DevOps Server, as its answers and its service hooks hold them.
import { guidFor } from './fake.mjs';
import { fill } from './options.mjs';
import * as git from './git.mjs';

export const shortRef = (ref) => ref.replace(/^refs\/(heads|tags)\//, '');
export const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';

export function identityShape(server, user = server.user) {
  return {
    displayName: user.name,
    url: `${server.collectionUrl}/_apis/Identities/${user.id}`,
    _links: { avatar: { href: `${server.collectionUrl}/_apis/GraphProfile/MemberAvatars/${user.descriptor}` } },
    id: user.id,
    uniqueName: user.unique,
    imageUrl: `${server.collectionUrl}/_api/_common/identityImage?id=${user.id}`,
    descriptor: user.descriptor,
  };
}

export const projectShape = (server, project) => ({
  id: project.id,
  name: project.name,
  url: `${server.collectionUrl}/_apis/projects/${project.id}`,
  state: 'wellFormed',
  revision: 11,
  visibility: 'private',
  lastUpdateTime: '2026-01-05T09:00:00Z',
});

export function repoUrls(server, repo) {
  const where = repo.name === repo.owner ? `_git/${repo.name}` : `${repo.owner}/_git/${repo.name}`;
  const web = `${server.collectionUrl}/${where}`;
  const { hostname } = new URL(server.collectionUrl);
  const path = new URL(server.collectionUrl).pathname;
  return {
    api: `${server.collectionUrl}/${repo.project.id}/_apis/git/repositories/${repo.id}`,
    web,
    remote: server.options.httpUrl ? fill(server.options.httpUrl, repo) : web,
    ssh: server.options.sshUrl ? fill(server.options.sshUrl, repo) : `ssh://${hostname}:22${path}/${encodeURI(where)}`,
  };
}

export async function repoShape(server, repo, { links = false } = {}) {
  const urls = repoUrls(server, repo);
  const branch = await git.defaultBranch(repo.path);
  const href = (path) => ({ href: `${urls.api}${path}` });
  return {
    id: repo.id,
    name: repo.name,
    url: urls.api,
    project: projectShape(server, repo.project),
    ...(branch && { defaultBranch: `refs/heads/${branch}` }),
    size: 4425,
    remoteUrl: urls.remote,
    sshUrl: urls.ssh,
    webUrl: urls.web,
    isDisabled: Boolean(repo.disabled),
    isInMaintenance: false,
    ...(links && {
      _links: {
        self: href(''),
        project: { href: `vstfs:///Classification/TeamProject/${repo.project.id}` },
        web: { href: urls.web },
        ssh: { href: urls.ssh },
        commits: href('/commits'),
        refs: href('/refs'),
        pullRequests: href('/pullRequests'),
        items: href('/items'),
        pushes: href('/pushes'),
      },
    }),
  };
}

// Service hooks carry a shorter one, without sshUrl and webUrl.
async function hookRepoShape(server, repo) {
  const shape = await repoShape(server, repo);
  const { id, name, project, defaultBranch, remoteUrl } = shape;
  return {
    id,
    name,
    url: `${server.collectionUrl}/_apis/git/repositories/${id}`,
    project: { ...project, visibility: 'unchanged', lastUpdateTime: '0001-01-01T00:00:00' },
    ...(defaultBranch && { defaultBranch }),
    remoteUrl,
  };
}

const utc = (date) => new Date(date).toISOString().replace('.000Z', 'Z');
const person = ({ name, email, date }) => ({ name, email, date: utc(date) });

export const commitShape = (server, repo, commit) => ({
  commitId: commit.id,
  author: person(commit.author),
  committer: person(commit.committer),
  comment: commit.message,
  url: `${repoUrls(server, repo).api}/commits/${commit.id}`,
});

const CHANGE = { A: 'add', M: 'edit', D: 'delete', R: 'rename', C: 'add', T: 'edit' };

export function changeShape(server, repo, change, sha) {
  const path = `/${change.path}`;
  const renamed = change.status === 'R';
  const type = renamed && change.blob !== change.fromBlob ? 'edit, rename' : CHANGE[change.status];
  return {
    item: {
      objectId: change.blob,
      originalObjectId: change.fromBlob,
      gitObjectType: 'blob',
      commitId: sha,
      path,
      url: `${repoUrls(server, repo).api}/items${encodeURI(path)}?versionType=Commit&version=${sha}`,
    },
    changeType: type,
    ...(renamed && { sourceServerItem: `/${change.from}` }),
  };
}

// Azure lists the folders too that came or changed.
export function withFolders(server, repo, changes, sha) {
  const folders = new Set();
  for (const { path } of changes) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
      folders.add(path.slice(0, slash));
  }
  const entries = [...folders].map((path) => ({
    item: {
      gitObjectType: 'tree',
      commitId: sha,
      path: `/${path}`,
      isFolder: true,
      url: `${repoUrls(server, repo).api}/items/${encodeURI(path)}?versionType=Commit&version=${sha}`,
    },
    changeType: 'edit',
  }));
  return [...entries, ...changes.map((change) => changeShape(server, repo, change, sha))].sort((a, b) =>
    a.item.path < b.item.path ? -1 : 1,
  );
}

const commitRef = (server, repo, sha) => ({ commitId: sha, url: `${repoUrls(server, repo).api}/commits/${sha}` });

export async function pullShape(server, pull, { inHook = false } = {}) {
  const { repo } = pull;
  const shape = {
    repository: await repoShape(server, repo),
    pullRequestId: pull.id,
    codeReviewId: pull.id,
    status: pull.status,
    createdBy: identityShape(server),
    creationDate: pull.created,
    ...(pull.closed && { closedDate: pull.closed }),
    title: pull.title,
    description: pull.description ?? pull.title,
    sourceRefName: pull.source,
    targetRefName: pull.target,
    mergeStatus: pull.merge_status ?? 'succeeded',
    isDraft: Boolean(pull.draft),
    mergeId: guidFor(`merge/${pull.id}/${pull.head_sha}`),
    lastMergeSourceCommit: commitRef(server, repo, pull.head_sha),
    lastMergeTargetCommit: commitRef(server, repo, pull.base_sha),
    ...(pull.merge_sha && { lastMergeCommit: commitRef(server, repo, pull.merge_sha) }),
    reviewers: [],
    ...(inHook && { commits: [commitRef(server, repo, pull.head_sha)] }),
    ...(pull.fork && { forkSource: { name: pull.source, repository: await repoShape(server, pull.fork) } }),
    url: `${repoUrls(server, repo).api}/pullRequests/${pull.id}`,
    supportsIterations: true,
    artifactId: `vstfs:///Git/PullRequestId/${repo.project.id}%2f${repo.id}%2f${pull.id}`,
  };
  return shape;
}

// One sentence in the three forms that hooks carry.
const message = (sentence) => ({ text: sentence, html: sentence, markdown: sentence });

function envelope(server, repo, eventType, sentence, resource) {
  const base = { baseUrl: `${server.collectionUrl}/` };
  return {
    eventType,
    publisherId: 'tfs',
    message: message(sentence),
    detailedMessage: message(sentence),
    resource,
    resourceVersion: '1.0',
    resourceContainers: {
      collection: { id: server.collectionId, ...base },
      server: { id: server.instanceId, baseUrl: `${server.base}${server.context}/` },
      project: { id: repo.project.id, ...base },
    },
    createdDate: new Date().toISOString(),
  };
}

export async function pushEvent(server, repo, push) {
  const moved = push.updates.filter(({ after }) => after !== git.ZERO);
  const listed = [];
  for (const { ref, before, after } of moved) {
    if (ref.startsWith('refs/tags/')) continue;
    const known = [...(server.fake.seen.get(repo) ?? new Map())].filter(
      ([name]) => name.startsWith('refs/heads/') && name !== ref,
    );
    const range = before === git.ZERO ? [after, ...known.map(([, sha]) => `^${sha}`)] : [after, `^${before}`];
    listed.push(...(await git.log(repo.path, range, 10)));
  }
  const first = push.updates[0];
  const web = repoUrls(server, repo).web;
  const url = `${server.collectionUrl}/_apis/git/repositories/${repo.id}/pushes/${push.id}`;
  const resource = {
    ...(listed.length && { commits: listed.map((commit) => commitShape(server, repo, commit)) }),
    refUpdates: push.updates.map(({ ref, before, after, forced }) => ({
      name: ref,
      oldObjectId: before,
      newObjectId: after,
      ...(forced && { forced: true }),
    })),
    repository: await hookRepoShape(server, repo),
    pushedBy: identityShape(server),
    pushId: push.id,
    date: push.date,
    url,
    _links: {
      self: { href: url },
      repository: { href: repoUrls(server, repo).api },
      commits: { href: `${url}/commits` },
      pusher: { href: identityShape(server).url },
      refs: { href: `${repoUrls(server, repo).api}/${first.ref}` },
    },
  };
  const sentence = `${server.user.name} pushed updates to ${repo.name}:${shortRef(first.ref)}\r\n(${web}/#version=GB${shortRef(first.ref)})`;
  return envelope(server, repo, 'git.push', sentence, resource);
}

const PULL_SENTENCES = {
  created: 'created',
  pushed: 'updated the source branch of',
  completed: 'completed',
  abandoned: 'abandoned',
  merged: 'created a merge commit for',
  reactivated: 'reactivated',
  retargeted: 'changed the target branch of',
  published: 'published',
  drafted: 'marked as draft',
  title: 'updated',
};

export async function pullEvent(server, pull, eventType, what) {
  const sentence = `${server.user.name} ${PULL_SENTENCES[what] ?? what} pull request ${pull.id} (${pull.title}) in ${pull.repo.name}\r\n${repoUrls(server, pull.repo).web}/`;
  return envelope(server, pull.repo, eventType, sentence, await pullShape(server, pull, { inHook: true }));
}

// What the Test button sends: canned data about a company that does not exist.
export function testEvent(eventType) {
  const ids = {
    'git.push': '03c164c2-8912-4d5e-8009-3707d5f83734',
    'git.pullrequest.created': '2ab4e3d3-b7a6-425e-92b1-5a9982c1269e',
    'git.pullrequest.updated': 'af07be1b-f3ad-44c8-a7f1-c4835f2df06b',
    'git.pullrequest.merged': '6872ee8c-b333-4eff-bfb9-0d5274943566',
  };
  const fabrikam = 'https://fabrikam-fiber-inc.visualstudio.com';
  const repository = {
    id: '278d5cd2-584d-4b63-824a-2ba458937249',
    name: 'Fabrikam-Fiber-Git',
    url: `${fabrikam}/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249`,
    project: {
      id: '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c',
      name: 'Fabrikam-Fiber-Git',
      url: `${fabrikam}/_apis/projects/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c`,
      state: 'wellFormed',
    },
    defaultBranch: 'refs/heads/master',
    remoteUrl: `${fabrikam}/_git/Fabrikam-Fiber-Git`,
  };
  const resource =
    eventType === 'git.push'
      ? {
          commits: [
            {
              commitId: '33b55f7cb7e7e245323987634f960cf4a6e6bc74',
              comment: 'Fixed bug in web.config file',
              url: `${fabrikam}/_git/Fabrikam-Fiber-Git/commit/33b55f7cb7e7e245323987634f960cf4a6e6bc74`,
            },
          ],
          refUpdates: [
            {
              name: 'refs/heads/master',
              oldObjectId: 'aad331d8d3b131fa9ae03cf5e53965b51942618a',
              newObjectId: '33b55f7cb7e7e245323987634f960cf4a6e6bc74',
            },
          ],
          repository,
          pushId: 14,
          date: '2014-05-02T19:17:13.3309587Z',
        }
      : {
          repository,
          pullRequestId: 1,
          status: eventType === 'git.pullrequest.merged' ? 'completed' : 'active',
          title: 'my first pull request',
          sourceRefName: 'refs/heads/mytopic',
          targetRefName: 'refs/heads/master',
          mergeStatus: 'succeeded',
          lastMergeSourceCommit: { commitId: '53d54ac915144006c2c9e90d2c7d3880920db49c' },
          lastMergeTargetCommit: { commitId: 'a511f535b1ea495ee0c903badb68fbc83772c882' },
        };
  return {
    subscriptionId: EMPTY_GUID,
    notificationId: 1,
    id: ids[eventType],
    eventType,
    publisherId: 'tfs',
    message: message('Jamal Hartnett pushed updates.'),
    detailedMessage: message('Jamal Hartnett pushed updates.'),
    resource,
    resourceVersion: '1.0',
    resourceContainers: {
      collection: { id: 'c12d0eb8-e382-443b-9f9c-c52cba5014c2' },
      account: { id: 'f844ec47-a9db-4511-8281-8b63f4eaf94e' },
      project: { id: 'be9b3917-87e6-42a4-a549-2bc06a7a878f' },
    },
    createdDate: new Date().toISOString(),
  };
}
