// Sends a webhook as a product does and tells what came back.
import http from 'node:http';
import https from 'node:https';
import crypto from 'node:crypto';

export function hmac(secret, body, hash = 'sha256') {
  return `${hash}=${crypto.createHmac(hash, secret).update(body).digest('hex')}`;
}

// `override.headers`: name → value, or null to leave a header out; for deliveries that must be refused.
export async function post(url, headers, body, { timeout = 10_000, override = {} } = {}) {
  const sent = { ...headers };
  for (const [name, value] of Object.entries(override.headers ?? {})) {
    const known = Object.keys(sent).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
    if (value === null) delete sent[known];
    else sent[known] = value;
  }
  const bytes = Buffer.from(override.body ?? body);
  const started = Date.now();
  const record = { url, request: { headers: sent, body: bytes.toString() } };
  try {
    record.response = await request(url, { ...sent, 'Content-Length': bytes.length }, bytes, timeout);
  } catch (error) {
    record.error = error.code ?? error.message;
  }
  record.duration = Date.now() - started;
  return record;
}

function request(url, headers, bytes, timeout) {
  return new Promise((resolve, reject) => {
    const library = url.startsWith('https:') ? https : http;
    const call = library.request(url, { method: 'POST', headers, timeout, agent: false, rejectUnauthorized: false });
    call.on('timeout', () => call.destroy(new Error('timed out')));
    call.on('error', reject);
    call.on('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
    call.end(bytes);
  });
}
