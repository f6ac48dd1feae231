// What a hosting product knows about a repository, read from a real bare repository with the git program.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ZERO = '0'.repeat(40);

async function git(path, args) {
  const environment = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
  const { stdout } = await run('git', ['-c', 'safe.directory=*', '--git-dir', path, ...args], {
    maxBuffer: 256 << 20,
    env: environment,
    encoding: 'buffer',
  });
  return stdout.toString('utf8');
}

async function gitOrNull(path, args) {
  try {
    return await git(path, args);
  } catch {
    return null;
  }
}

// [{ ref, sha, peeled, annotated }] in the order of names; `peeled` is the commit.
export async function refs(path, prefix = 'refs/') {
  const text = await git(path, ['for-each-ref', '--format=%(refname)%00%(objectname)%00%(*objectname)', prefix]);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [ref, sha, peeled] = line.split('\0');
      return { ref, sha, peeled: peeled || sha, annotated: Boolean(peeled) };
    })
    .filter(({ ref }) => ref.startsWith('refs/heads/') || ref.startsWith('refs/tags/'));
}

export async function branches(path) {
  return (await refs(path, 'refs/heads/')).map(({ ref, sha }) => ({ name: ref.slice(11), sha }));
}

export async function tags(path) {
  return (await refs(path, 'refs/tags/')).map(({ ref, peeled }) => ({ name: ref.slice(10), sha: peeled }));
}

// Name of the branch HEAD points at; null for a repository without that branch.
export async function defaultBranch(path) {
  const name = (await gitOrNull(path, ['symbolic-ref', '--short', 'HEAD']))?.trim();
  return name && (await resolve(path, `refs/heads/${name}`)) ? name : null;
}

// Full id of a commit by any name or abbreviation; null if there is none.
export async function resolve(path, name) {
  if (!name || name.startsWith('-')) return null;
  const text = await gitOrNull(path, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  return text?.trim() || null;
}

const FORMAT = '%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x01';

function parseCommit(record) {
  const [id, tree, parents, authorName, authorEmail, authorDate, name, email, date, message] = record.split('\0');
  return {
    id,
    tree,
    parents: parents.split(' ').filter(Boolean),
    message: message.replace(/\n$/, ''),
    author: { name: authorName, email: authorEmail, date: authorDate },
    committer: { name, email, date },
  };
}

// Newest first; `range` as `git log` takes it.
export async function log(path, range, limit = 100, skip = 0) {
  const text = await gitOrNull(path, [
    'log',
    `--format=${FORMAT}`,
    `--max-count=${limit}`,
    `--skip=${skip}`,
    ...range,
    '--',
  ]);
  if (text === null) return [];
  return text
    .split('\x01')
    .map((part) => part.replace(/^\n/, ''))
    .filter(Boolean)
    .map(parseCommit);
}

export async function commit(path, sha) {
  return (await log(path, [sha], 1))[0] ?? null;
}

// [{ status: 'A'|'M'|'D'|'R', path, from, blob, fromBlob }]; a rename has `from`.
export async function diff(path, from, to, { renames = true } = {}) {
  const args =
    from === null
      ? ['diff-tree', '-r', '-z', '--root', '--no-commit-id', renames ? '-M' : '--no-renames', to]
      : ['diff', '--raw', '--no-abbrev', '-z', renames ? '-M' : '--no-renames', from, to];
  const fields = (await git(path, args)).split('\0');
  const changes = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [, , fromBlob, blob, status] = fields[i].split(' ');
    const change = { status: status[0], path: fields[i + 1], fromBlob, blob };
    if (change.status === 'R' || change.status === 'C') {
      change.from = change.path;
      change.path = fields[i + 2];
      ++i;
    }
    changes.push(change);
  }
  return changes;
}

export async function mergeBase(path, a, b) {
  return (await gitOrNull(path, ['merge-base', a, b]))?.trim() || null;
}

export async function isAncestor(path, older, newer) {
  return (await gitOrNull(path, ['merge-base', '--is-ancestor', older, newer])) !== null;
}

export async function archive(path, sha, format, prefix) {
  const { stdout } = await run('git', ['--git-dir', path, 'archive', `--format=${format}`, `--prefix=${prefix}`, sha], {
    maxBuffer: 256 << 20,
    encoding: 'buffer',
  });
  return stdout;
}
