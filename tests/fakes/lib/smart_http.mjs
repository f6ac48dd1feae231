// Clones and pushes over HTTP: git's own CGI program behind the fake's authentication.
import { spawn } from 'node:child_process';

export function serveGit(call, response, barePath, pathInfo, user) {
  const child = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: barePath,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathInfo,
      REQUEST_METHOD: call.method,
      REMOTE_USER: user,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'http.receivepack',
      GIT_CONFIG_VALUE_0: 'true',
      GIT_CONFIG_KEY_1: 'safe.directory',
      GIT_CONFIG_VALUE_1: '*',
      QUERY_STRING: call.url.search.slice(1),
      CONTENT_TYPE: call.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(call.raw.length),
      HTTP_CONTENT_ENCODING: call.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: call.headers['git-protocol'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  let head = Buffer.alloc(0);
  let headDone = false;
  child.stdout.on('data', (chunk) => {
    if (headDone) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    headDone = true;
    let status = 200;
    const headers = {};
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name, ...value] = line.split(': ');
      if (name === 'Status') status = Number(value[0].split(' ')[0]);
      else headers[name] = value.join(': ');
    }
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
  });
  child.on('error', () => response.destroy());
  child.on('close', () => response.end());
  child.stdin.on('error', () => {});
  child.stdin.end(call.raw);
  return new Promise((resolve) => {
    response.on('close', resolve);
  });
}
