// The validator finds what it is there for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noShared } from './helper.mjs';
import { validate } from './validate_diary.mjs';

const problems = (api, method, path, body) =>
  validate(api, [{ method, path, headers: { 'user-agent': 'x' }, body: body ? JSON.stringify(body) : '', status: 200 }])
    .map(({ problem }) => problem);

test('a request that matches nothing is a problem', () => {
  assert.match(problems('github', 'GET', '/repos/o/n/hookz')[0], /does not have this path/);
  assert.match(problems('github', 'PUT', '/repos/o/n/hooks')[0], /has no PUT for/);
  assert.match(problems('bitbucket_data_center', 'GET', '/api/1.0/projects/P/repos/r/hookz')[0], /this path/);
});

test('an unknown parameter, a wrong value and an unknown member are problems', () => {
  assert.match(problems('github', 'GET', '/repos/o/n/hooks?pagelen=2')[0], /pagelen/);
  const builds = '/api/latest/projects/P/repos/r/commits/c/builds';
  const status = { key: 'k', state: 'SUCCESSFUL', url: 'https://runs.example/1' };
  assert.deepEqual(problems('bitbucket_data_center', 'POST', builds, status), []);
  assert.match(problems('bitbucket_data_center', 'POST', builds, { ...status, state: 'DONE' })[0], /body\/state/);
  assert.match(problems('bitbucket_data_center', 'POST', builds, { key: 'k', state: 'FAILED' })[0], /'url'/);
  assert.match(problems('bitbucket_data_center', 'POST', builds, { ...status, colour: 'red' })[0], /colour/);
  const branches = '/api/1.0/projects/P/repos/r/branches';
  assert.deepEqual(problems('bitbucket_data_center', 'GET', `${branches}?orderBy=MODIFICATION&start=0`), []);
  assert.match(problems('bitbucket_data_center', 'GET', `${branches}?orderBy=AGE`)[0], /orderBy=AGE is none of/);
  assert.match(problems('bitbucket_data_center', 'GET', `${branches}?start=one`)[0], /start=one is not a/);
});

test('the same for descriptions from shared', { skip: noShared }, () => {
  assert.match(problems('ado_server', 'GET', '/_apis/git/repozitories?api-version=7.0')[0], /this path/);
  assert.match(problems('bitbucket_cloud', 'GET', '/repositories/a/b/hookz')[0], /this path/);
});
