// The JSON objects of GitHub, as its answers and its webhooks hold them.
import * as git from './git.mjs';
import { fill } from './options.mjs';

export function userShape(hub, user) {
  const api = `${hub.api}/users/${user.login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: Buffer.from(`04:User${user.id}`).toString('base64'),
    avatar_url: `${hub.base}/avatars/u/${user.id}`,
    gravatar_id: '',
    url: api,
    html_url: `${hub.base}/${user.login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type ?? 'User',
    site_admin: false,
  };
}

const LINKS = {
  forks: 'forks',
  keys: 'keys{/key_id}',
  collaborators: 'collaborators{/collaborator}',
  teams: 'teams',
  hooks: 'hooks',
  issue_events: 'issues/events{/number}',
  events: 'events',
  assignees: 'assignees{/user}',
  branches: 'branches{/branch}',
  tags: 'tags',
  blobs: 'git/blobs{/sha}',
  git_tags: 'git/tags{/sha}',
  git_refs: 'git/refs{/sha}',
  trees: 'git/trees{/sha}',
  statuses: 'statuses/{sha}',
  languages: 'languages',
  stargazers: 'stargazers',
  contributors: 'contributors',
  subscribers: 'subscribers',
  subscription: 'subscription',
  commits: 'commits{/sha}',
  git_commits: 'git/commits{/sha}',
  comments: 'comments{/number}',
  issue_comment: 'issues/comments{/number}',
  contents: 'contents/{+path}',
  compare: 'compare/{base}...{head}',
  merges: 'merges',
  archive: '{archive_format}{/ref}',
  downloads: 'downloads',
  issues: 'issues{/number}',
  pulls: 'pulls{/number}',
  milestones: 'milestones{/number}',
  notifications: 'notifications{?since,all,participating}',
  labels: 'labels{/name}',
  releases: 'releases{/id}',
  deployments: 'deployments',
};

export function cloneUrls(hub, repo) {
  return {
    ssh_url: hub.options.sshUrl
      ? fill(hub.options.sshUrl, repo)
      : `git@${new URL(hub.base).hostname}:${fullName(repo)}.git`,
    clone_url: hub.options.httpUrl ? fill(hub.options.httpUrl, repo) : `${hub.base}/${fullName(repo)}.git`,
  };
}

export const fullName = (repo) => `${repo.owner}/${repo.name}`;

export async function repoShape(hub, repo) {
  const api = `${hub.api}/repos/${fullName(repo)}`;
  const html = `${hub.base}/${fullName(repo)}`;
  const links = Object.fromEntries(Object.entries(LINKS).map(([key, path]) => [`${key}_url`, `${api}/${path}`]));
  return {
    id: repo.id,
    node_id: Buffer.from(`010:Repository${repo.id}`).toString('base64'),
    name: repo.name,
    full_name: fullName(repo),
    private: repo.private,
    owner: userShape(hub, hub.owner(repo)),
    html_url: html,
    description: null,
    fork: false,
    url: api,
    ...links,
    created_at: repo.created,
    updated_at: repo.created,
    pushed_at: repo.created,
    git_url: `git://${new URL(hub.base).host}/${fullName(repo)}.git`,
    ...cloneUrls(hub, repo),
    svn_url: html,
    homepage: null,
    size: 108,
    stargazers_count: 0,
    watchers_count: 0,
    language: 'HCL',
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: Boolean(repo.archived),
    disabled: Boolean(repo.disabled),
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repo.private ? 'private' : 'public',
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: (await git.defaultBranch(repo.path)) ?? 'main',
    permissions: { ...repo.permissions },
  };
}

// Webhooks give a repository without `permissions`, and times of a push as epoch seconds.
export async function hookRepoShape(hub, repo, event) {
  const shape = await repoShape(hub, repo);
  delete shape.permissions;
  if (event !== 'push') return shape;
  const seconds = (time) => Math.floor(Date.parse(time) / 1000);
  const { default_branch: branch } = shape;
  const owner = { name: repo.owner, email: `${repo.owner}@users.noreply.example`, ...shape.owner };
  return {
    ...shape,
    owner,
    created_at: seconds(shape.created_at),
    pushed_at: Math.floor(Date.now() / 1000),
    stargazers: 0,
    master_branch: branch,
  };
}

export function commitShape(hub, repo, commit) {
  const api = `${hub.api}/repos/${fullName(repo)}`;
  const html = `${hub.base}/${fullName(repo)}/commit/${commit.id}`;
  return {
    sha: commit.id,
    node_id: Buffer.from(`06:Commit${commit.id}`).toString('base64'),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.id}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: `${api}/commits/${commit.id}`,
    html_url: html,
    comments_url: `${api}/commits/${commit.id}/comments`,
    author: userShape(hub, hub.user),
    committer: userShape(hub, hub.user),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: html.replace(commit.id, sha),
    })),
  };
}

const STATUS = { A: 'added', M: 'modified', D: 'removed', R: 'renamed', C: 'copied', T: 'changed' };

export function fileShape(hub, repo, change, sha) {
  const shape = {
    sha: change.blob,
    filename: change.path,
    status: STATUS[change.status] ?? 'modified',
    additions: 1,
    deletions: 1,
    changes: 2,
    blob_url: `${hub.base}/${fullName(repo)}/blob/${sha}/${encodeURI(change.path)}`,
    raw_url: `${hub.base}/${fullName(repo)}/raw/${sha}/${encodeURI(change.path)}`,
    contents_url: `${hub.api}/repos/${fullName(repo)}/contents/${encodeURI(change.path)}?ref=${sha}`,
  };
  if (change.from) shape.previous_filename = change.from;
  return shape;
}

export async function pullShape(hub, repo, pull) {
  const api = `${hub.api}/repos/${fullName(repo)}`;
  const html = `${hub.base}/${fullName(repo)}/pull/${pull.number}`;
  const user = userShape(hub, hub.user);
  const side = async (ref, sha, source) => ({
    label: `${source?.owner ?? 'unknown'}:${ref}`,
    ref,
    sha,
    user: source ? userShape(hub, hub.owner(source)) : null,
    repo: source ? await hookRepoShape(hub, source, 'pull_request') : null,
  });
  const link = (href) => ({ href });
  return {
    url: `${api}/pulls/${pull.number}`,
    id: pull.id,
    node_id: Buffer.from(`011:PullRequest${pull.id}`).toString('base64'),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: `${api}/issues/${pull.number}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user,
    body: pull.body ?? null,
    created_at: pull.created,
    updated_at: pull.updated,
    closed_at: pull.closed ?? null,
    merged_at: pull.merged ?? null,
    merge_commit_sha: pull.merge_sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: Boolean(pull.draft),
    commits_url: `${api}/pulls/${pull.number}/commits`,
    review_comments_url: `${api}/pulls/${pull.number}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${pull.number}/comments`,
    statuses_url: `${api}/statuses/${pull.head_sha}`,
    head: await side(pull.head, pull.head_sha, pull.head_repo === undefined ? repo : pull.head_repo),
    base: await side(pull.base, pull.base_sha, repo),
    _links: {
      self: link(`${api}/pulls/${pull.number}`),
      html: link(html),
      issue: link(`${api}/issues/${pull.number}`),
      comments: link(`${api}/issues/${pull.number}/comments`),
      review_comments: link(`${api}/pulls/${pull.number}/comments`),
      review_comment: link(`${api}/pulls/comments{/number}`),
      commits: link(`${api}/pulls/${pull.number}/commits`),
      statuses: link(`${api}/statuses/${pull.head_sha}`),
    },
    author_association: 'OWNER',
    auto_merge: null,
    active_lock_reason: null,
    merged: Boolean(pull.merged),
    mergeable: pull.merged ? null : true,
    rebaseable: null,
    mergeable_state: pull.merged ? 'unknown' : 'clean',
    merged_by: pull.merged ? user : null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 1,
    deletions: 1,
    changed_files: 1,
  };
}

async function pushedCommit(hub, repo, commit) {
  const changes = await git.diff(repo.path, commit.parents[0] ?? null, commit.id, { renames: false });
  const paths = (wanted) => changes.filter(({ status }) => wanted.includes(status)).map(({ path }) => path);
  const person = ({ name, email }) => ({ name, email, username: hub.user.login });
  return {
    id: commit.id,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${hub.base}/${fullName(repo)}/commit/${commit.id}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: paths('A'),
    removed: paths('D'),
    modified: paths('MT'),
  };
}

export async function pushPayload(hub, repo, change) {
  const created = change.before === git.ZERO;
  const deleted = change.after === git.ZERO;
  const head = deleted ? null : await git.resolve(repo.path, change.after);
  // A new branch lists what no other branch had; a new tag lists nothing.
  const others = [...(hub.fake.seen.get(repo) ?? new Map())].filter(
    ([ref]) => ref.startsWith('refs/heads/') && ref !== change.ref,
  );
  const exclude = created ? others.map(([, sha]) => `^${sha}`) : [`^${change.before}`];
  const isTag = change.ref.startsWith('refs/tags/');
  const listed = deleted || isTag ? [] : await git.log(repo.path, [head, ...exclude], 2048);
  const commits = await Promise.all(listed.reverse().map((commit) => pushedCommit(hub, repo, commit)));
  const html = `${hub.base}/${fullName(repo)}`;
  const short = change.ref.replace(/^refs\/(heads|tags)\//, '');
  const same = created && others.find(([, sha]) => sha === change.after);
  return {
    ref: change.ref,
    before: change.before,
    after: change.after,
    repository: await hookRepoShape(hub, repo, 'push'),
    pusher: { name: hub.user.login, email: `${hub.user.login}@users.noreply.example` },
    sender: userShape(hub, hub.user),
    created,
    deleted,
    forced: change.forced,
    base_ref: same ? same[0] : null,
    compare: created
      ? `${html}/compare/${short}`
      : `${html}/compare/${change.before.slice(0, 12)}...${change.after.slice(0, 12)}`,
    commits,
    head_commit: head ? await pushedCommit(hub, repo, await git.commit(repo.path, head)) : null,
  };
}
