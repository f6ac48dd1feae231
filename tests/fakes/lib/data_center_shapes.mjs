// The JSON objects of Bitbucket Data Center, as its answers and its webhooks hold them.
import { fill } from './options.mjs';
import { sha256 } from './fake.mjs';
import * as git from './git.mjs';

export const millis = (date) => Date.parse(date);
// "2024-11-27T01:34:45+0000": an offset without a colon.
export const hookDate = () => new Date().toISOString().replace(/\.\d+Z$/, '+0000');
const self = (href) => ({ self: [{ href }] });

export const userShape = (server, user = server.user) => ({
  name: user.name,
  emailAddress: `${user.name}@example.com`,
  active: true,
  displayName: user.display,
  id: user.id,
  slug: user.name,
  type: 'NORMAL',
  links: self(`${server.home}/users/${user.name}`),
});

export const projectShape = (server, project) => ({
  key: project.key,
  id: project.id,
  name: project.name,
  public: false,
  type: project.key.startsWith('~') ? 'PERSONAL' : 'NORMAL',
  ...(project.key.startsWith('~') && { owner: userShape(server) }),
  links: self(`${server.home}/projects/${project.key}`),
});

export function repoShape(server, repo) {
  const { hostname } = new URL(server.home);
  const http = server.options.httpUrl
    ? fill(server.options.httpUrl, repo)
    : `${server.home}/scm/${repo.owner.toLowerCase()}/${repo.name}.git`;
  const ssh = server.options.sshUrl
    ? fill(server.options.sshUrl, repo)
    : `ssh://git@${hostname}:7999/${repo.owner.toLowerCase()}/${repo.name}.git`;
  return {
    slug: repo.name,
    id: repo.id,
    name: repo.name,
    hierarchyId: sha256(repo.name).slice(0, 20),
    scmId: 'git',
    state: 'AVAILABLE',
    statusMessage: 'Available',
    forkable: true,
    project: projectShape(server, repo.project),
    public: false,
    archived: Boolean(repo.archived),
    links: {
      clone: [{ href: http, name: 'http' }, ...(server.sshOff ? [] : [{ href: ssh, name: 'ssh' }])],
      self: [{ href: `${server.home}/projects/${repo.owner}/repos/${repo.name}/browse` }],
    },
  };
}

const person = ({ name, email }) => ({ name, emailAddress: email });
const parent = (id) => ({ id, displayId: id.slice(0, 11) });

export const commitShape = (commit) => ({
  id: commit.id,
  displayId: commit.id.slice(0, 11),
  author: person(commit.author),
  authorTimestamp: millis(commit.author.date),
  committer: person(commit.committer),
  committerTimestamp: millis(commit.committer.date),
  message: commit.message,
  parents: commit.parents.map(parent),
});

export const branchShape = (name, sha, isDefault) => ({
  id: `refs/heads/${name}`,
  displayId: name,
  type: 'BRANCH',
  latestCommit: sha,
  latestChangeset: sha,
  isDefault,
});

const TYPES = { A: 'ADD', M: 'MODIFY', D: 'DELETE', R: 'MOVE', C: 'COPY', T: 'MODIFY' };

function pathShape(path) {
  const components = path.split('/');
  const name = components.at(-1);
  const extension = name.includes('.') ? { extension: name.split('.').at(-1) } : {};
  return { components, parent: components.slice(0, -1).join('/'), name, ...extension, toString: path };
}

export const changeShape = (change) => ({
  contentId: change.blob,
  fromContentId: change.fromBlob,
  path: pathShape(change.path),
  executable: false,
  percentUnchanged: change.status === 'R' ? 100 : -1,
  type: TYPES[change.status] ?? 'UNKNOWN',
  nodeType: 'FILE',
  ...(change.from && { srcPath: pathShape(change.from) }),
  srcExecutable: false,
  links: { self: [null] },
  properties: { gitChangeType: change.status === 'R' ? 'RENAME' : TYPES[change.status] },
});

export function pullShape(server, pull) {
  const side = (repo, branch, sha) => ({
    id: `refs/heads/${branch}`,
    displayId: branch,
    latestCommit: sha,
    type: 'BRANCH',
    repository: repoShape(server, repo),
  });
  const author = { user: userShape(server), role: 'AUTHOR', approved: false, status: 'UNAPPROVED' };
  return {
    id: pull.id,
    version: pull.version,
    title: pull.title,
    ...(pull.description && { description: pull.description }),
    state: pull.state,
    open: pull.state === 'OPEN',
    closed: pull.state !== 'OPEN',
    draft: Boolean(pull.draft),
    createdDate: pull.created,
    updatedDate: pull.updated,
    ...(pull.closed && { closedDate: pull.closed }),
    fromRef: side(pull.fork ?? pull.repo, pull.source, pull.head_sha),
    toRef: side(pull.repo, pull.target, pull.base_sha),
    locked: false,
    author,
    reviewers: [],
    participants: [],
    ...(pull.merge_sha && { properties: { mergeCommit: parent(pull.merge_sha) } }),
    links: self(`${server.home}/projects/${pull.repo.owner}/repos/${pull.repo.name}/pull-requests/${pull.id}`),
  };
}

export async function refsChanged(server, repo, changes) {
  const head = changes.find(({ after }) => after !== git.ZERO);
  const newest = head && (await git.resolve(repo.path, head.after));
  const listed = newest
    ? await git.log(repo.path, [newest, ...(head.before === git.ZERO ? [] : [`^${head.before}`])], 5)
    : [];
  const type = ({ before, after }) => (before === git.ZERO ? 'ADD' : after === git.ZERO ? 'DELETE' : 'UPDATE');
  return {
    eventKey: 'repo:refs_changed',
    date: hookDate(),
    actor: userShape(server),
    repository: repoShape(server, repo),
    changes: changes.map((change) => ({
      ref: {
        id: change.ref,
        displayId: change.ref.replace(/^refs\/(heads|tags)\//, ''),
        type: change.ref.startsWith('refs/tags/') ? 'TAG' : 'BRANCH',
      },
      refId: change.ref,
      fromHash: change.before,
      toHash: change.after,
      type: type(change),
    })),
    ...(listed.length && server.listsCommits && { commits: listed.map(commitShape), toCommit: commitShape(listed[0]) }),
  };
}
