// The JSON objects of Bitbucket Cloud, as its answers and its webhooks hold them.
import { fill } from './options.mjs';
import { guidFor } from './fake.mjs';
import * as git from './git.mjs';

export const uuidFor = (name) => `{${guidFor(name)}}`;
export const cloudTime = (date = new Date()) => new Date(date).toISOString().replace('Z', '000+00:00');
const seconds = (date) => new Date(date).toISOString().replace(/\.\d+Z$/, '+00:00');
const link = (href) => ({ href });

export const fullName = (repo) => `${repo.owner}/${repo.name}`;
const apiOf = (cloud, repo) => `${cloud.api}/repositories/${fullName(repo)}`;

export const userShape = (cloud, user = cloud.user) => ({
  display_name: user.display,
  links: {
    self: link(`${cloud.api}/users/${encodeURIComponent(user.uuid)}`),
    avatar: link(`${cloud.base}/avatar`),
    html: link(`${cloud.base}/${encodeURIComponent(user.uuid)}/`),
  },
  type: 'user',
  uuid: user.uuid,
  account_id: user.account,
  nickname: user.display,
});

export const workspaceShape = (cloud, slug) => ({
  type: 'workspace',
  uuid: uuidFor(`workspace/${slug}`),
  name: slug,
  slug,
  links: {
    avatar: link(`${cloud.base}/workspaces/${slug}/avatar/`),
    html: link(`${cloud.base}/${slug}/`),
    self: link(`${cloud.api}/workspaces/${slug}`),
  },
});

// Inside of other objects.
export const shortRepoShape = (cloud, repo) => ({
  type: 'repository',
  full_name: fullName(repo),
  name: repo.name,
  uuid: repo.uuid,
  links: {
    self: link(apiOf(cloud, repo)),
    html: link(`${cloud.base}/${fullName(repo)}`),
    avatar: link(`${cloud.base}/ravatar`),
  },
});

export function hookRepoShape(cloud, repo) {
  const { owner } = repo;
  return {
    ...shortRepoShape(cloud, repo),
    scm: 'git',
    website: null,
    is_private: true,
    parent: null,
    workspace: workspaceShape(cloud, owner),
    owner: {
      display_name: owner,
      type: 'team',
      username: owner,
      uuid: uuidFor(`workspace/${owner}`),
      links: { self: link(`${cloud.api}/workspaces/${owner}`), html: link(`${cloud.base}/${owner}/`) },
    },
    project: {
      type: 'project',
      key: 'PROJ',
      uuid: uuidFor(`project/${owner}`),
      name: 'Project',
      links: {
        self: link(`${cloud.api}/workspaces/${owner}/projects/PROJ`),
        html: link(`${cloud.base}/${owner}/workspace/projects/PROJ`),
      },
    },
  };
}

export async function repoShape(cloud, repo) {
  const api = apiOf(cloud, repo);
  const branch = await git.defaultBranch(repo.path);
  const { host, protocol, hostname } = new URL(cloud.base);
  const https = cloud.options.httpUrl
    ? fill(cloud.options.httpUrl, repo)
    : `${protocol}//${cloud.user.username}@${host}/${fullName(repo)}.git`;
  const ssh = cloud.options.sshUrl ? fill(cloud.options.sshUrl, repo) : `git@${hostname}:${fullName(repo)}.git`;
  const links = Object.fromEntries(
    ['watchers', 'commits', 'source', 'hooks', 'forks', 'downloads', 'pullrequests'].map((name) => [
      name,
      link(`${api}/${name === 'source' ? 'src' : name}`),
    ]),
  );
  return {
    ...hookRepoShape(cloud, repo),
    slug: repo.name,
    description: '',
    language: 'hcl',
    has_wiki: false,
    has_issues: false,
    fork_policy: 'allow_forks',
    size: 4425,
    created_on: '2026-01-05T09:00:00.000000+00:00',
    updated_on: '2026-01-05T09:00:00.000000+00:00',
    mainbranch: branch ? { type: 'branch', name: branch } : null,
    links: {
      ...links,
      branches: link(`${api}/refs/branches`),
      tags: link(`${api}/refs/tags`),
      clone: [
        { name: 'https', href: https },
        { name: 'ssh', href: ssh },
      ],
      self: link(api),
      html: link(`${cloud.base}/${fullName(repo)}`),
      avatar: link(`${cloud.base}/ravatar`),
    },
  };
}

export function commitShape(cloud, repo, commit) {
  const api = apiOf(cloud, repo);
  const html = `${cloud.base}/${fullName(repo)}/commits`;
  return {
    type: 'commit',
    hash: commit.id,
    date: seconds(commit.committer.date),
    author: { type: 'author', raw: `${commit.author.name} <${commit.author.email}>`, user: userShape(cloud) },
    message: commit.message,
    summary: { type: 'rendered', raw: commit.message, markup: 'markdown', html: `<p>${commit.message}</p>` },
    links: {
      self: link(`${api}/commit/${commit.id}`),
      html: link(`${html}/${commit.id}`),
      diff: link(`${api}/diff/${commit.id}`),
      statuses: link(`${api}/commit/${commit.id}/statuses`),
    },
    parents: commit.parents.map((hash) => ({
      hash,
      type: 'commit',
      links: { self: link(`${api}/commit/${hash}`), html: link(`${html}/${hash}`) },
    })),
  };
}

export async function refShape(cloud, repo, ref, sha) {
  const isTag = ref.startsWith('refs/tags/');
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  const api = apiOf(cloud, repo);
  const kind = isTag ? 'tags' : 'branches';
  const commit = commitShape(cloud, repo, await git.commit(repo.path, await git.resolve(repo.path, sha)));
  const target = { ...commit, repository: shortRepoShape(cloud, repo) };
  return {
    type: isTag ? 'tag' : 'branch',
    name,
    target,
    ...(isTag
      ? { message: null, date: null, tagger: null }
      : { merge_strategies: ['merge_commit', 'squash', 'fast_forward'], default_merge_strategy: 'merge_commit' }),
    links: {
      self: link(`${api}/refs/${kind}/${name}`),
      commits: link(`${api}/commits/${name}`),
      html: link(`${cloud.base}/${fullName(repo)}/branch/${name}`),
    },
  };
}

// One entry of push.changes: at most five commits, none for tags and deletions.
export async function changeShape(cloud, repo, { ref, before, after, forced }) {
  const [created, closed] = [before === git.ZERO, after === git.ZERO];
  const known = [...(cloud.fake.seen.get(repo) ?? new Map())].filter(
    ([name]) => name.startsWith('refs/heads/') && name !== ref,
  );
  const range = created ? [after, ...known.map(([, sha]) => `^${sha}`)] : [after, `^${before}`];
  const commits = closed || ref.startsWith('refs/tags/') ? null : await git.log(repo.path, range, 6);
  const api = apiOf(cloud, repo);
  const links = closed
    ? null
    : {
        commits: link(`${api}/commits?include=${after}${created ? '' : `&exclude=${before}`}`),
        ...(!created && {
          diff: link(`${api}/diff/${after}..${before}`),
          html: link(`${cloud.base}/${fullName(repo)}/branches/compare/${after}..${before}`),
        }),
      };
  return {
    old: created ? null : await refShape(cloud, repo, ref, before),
    new: closed ? null : await refShape(cloud, repo, ref, after),
    truncated: (commits?.length ?? 0) > 5,
    created,
    forced,
    closed,
    ...(links && { links }),
    ...(commits && { commits: commits.slice(0, 5).map((commit) => commitShape(cloud, repo, commit)) }),
  };
}

const STATUS = { A: 'added', M: 'modified', D: 'removed', R: 'renamed', C: 'added', T: 'modified' };

export function diffstatShape(cloud, repo, change, from, to) {
  const file = (path, sha) => ({
    path,
    type: 'commit_file',
    escaped_path: encodeURI(path),
    links: { self: link(`${apiOf(cloud, repo)}/src/${sha}/${encodeURI(path)}`) },
  });
  return {
    type: 'diffstat',
    lines_added: 1,
    lines_removed: 1,
    status: STATUS[change.status],
    old: change.status === 'A' ? null : file(change.from ?? change.path, from),
    new: change.status === 'D' ? null : file(change.path, to),
  };
}

export function pullShape(cloud, pull) {
  const { repo } = pull;
  const api = `${apiOf(cloud, repo)}/pullrequests/${pull.id}`;
  // Twelve characters of the commit, never more.
  const commit = (owner, sha) => ({
    hash: sha.slice(0, 12),
    type: 'commit',
    links: {
      self: link(`${apiOf(cloud, owner)}/commit/${sha.slice(0, 12)}`),
      html: link(`${cloud.base}/${fullName(owner)}/commits/${sha.slice(0, 12)}`),
    },
  });
  const links = Object.fromEntries(
    ['activity', 'approve', 'comments', 'commits', 'decline', 'merge', 'request-changes', 'statuses'].map((name) => [
      name,
      link(`${api}/${name}`),
    ]),
  );
  const source = pull.fork === undefined ? repo : pull.fork;
  return {
    type: 'pullrequest',
    id: pull.id,
    title: pull.title,
    description: pull.description ?? '',
    state: pull.state,
    draft: Boolean(pull.draft),
    author: userShape(cloud),
    comment_count: pull.comments.length,
    task_count: 0,
    close_source_branch: false,
    closed_by: pull.state === 'OPEN' ? null : userShape(cloud),
    merge_commit: pull.merge_sha ? commit(repo, pull.merge_sha) : null,
    reason: '',
    created_on: pull.created,
    updated_on: pull.updated,
    participants: [],
    reviewers: [],
    summary: { type: 'rendered', raw: pull.description ?? '', markup: 'markdown', html: '' },
    rendered: { title: { type: 'rendered', raw: pull.title, markup: 'markdown', html: `<p>${pull.title}</p>` } },
    source: {
      branch: { name: pull.source },
      commit: commit(source ?? repo, pull.head_sha),
      repository: source ? shortRepoShape(cloud, source) : null,
    },
    destination: {
      branch: { name: pull.target },
      commit: commit(repo, pull.base_sha),
      repository: shortRepoShape(cloud, repo),
    },
    links: {
      ...links,
      self: link(api),
      html: link(`${cloud.base}/${fullName(repo)}/pull-requests/${pull.id}`),
      diffstat: link(
        `${apiOf(cloud, repo)}/diffstat/${fullName(repo)}:${pull.head_sha.slice(0, 12)}%0D${pull.base_sha.slice(0, 12)}?from_pullrequest_id=${pull.id}&topic=true`,
      ),
    },
  };
}
