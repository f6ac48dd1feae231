// A real provider of OpenID Connect (the package oidc-provider) for the tests: one client, one person, and a mood that
// spoils the ID token on its way out. The first line of standard input is JSON: {"redirect", "secret"}; the lines after
// it are moods. Says {"issuer"} when it listens, and {"mood"} when one is taken.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { CompactSign, SignJWT, UnsecuredJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import Provider, { interactionPolicy } from "oidc-provider";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;
say({ issuer });

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { redirect, secret } = JSON.parse((await lines.next()).value);
const signing = await generateKeyPair("RS256", { extractable: true });
const other = await generateKeyPair("RS256", { extractable: true });
let mood = "honest";

const sign = (claims, key = signing.privateKey, kid = "published") =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid }).sign(key);
const MOODS = {
  wrong_nonce: (claims) => sign({ ...claims, nonce: "another" }),
  no_nonce: ({ nonce, ...claims }) => sign(claims),
  wrong_audience: (claims) => sign({ ...claims, aud: "another-client" }),
  wrong_party: (claims) => sign({ ...claims, aud: [claims.aud, "another-client"], azp: "another-client" }),
  wrong_issuer: (claims) => sign({ ...claims, iss: "https://evil.test" }),
  expired: (claims) => sign({ ...claims, exp: claims.iat - 3600 }),
  unknown_key: (claims) => sign(claims, other.privateKey, "unpublished"),
  forged: (claims) => sign(claims, other.privateKey),
  unsigned: (claims) => new UnsecuredJWT(claims).encode(),
  signed_with_the_secret: (claims) =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret)),
};

const provider = new Provider(issuer, {
  clients: [{ client_id: "runbridge", client_secret: secret, redirect_uris: [redirect], response_types: ["code"], grant_types: ["authorization_code"] }],
  jwks: { keys: [{ ...(await exportJWK(signing.privateKey)), kid: "published", alg: "RS256", use: "sig" }] },
  cookies: { keys: ["for the test alone"] },
  pkce: { required: () => true, methods: ["S256"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username"] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: id !== "mallory", preferred_username: id }),
  }),
  interactions: { policy: interactionPolicy.base(), url: (_context, { uid }) => `/interaction/${uid}` },
  renderError: (context, out) => {
    context.body = JSON.stringify(out);
  },
});

provider.use(async (context, next) => {
  await next();
  if (context.oidc?.route === "token" && context.body?.id_token && MOODS[mood]) {
    context.body.id_token = await MOODS[mood](decodeJwt(context.body.id_token));
  }
});

const form = (uid) => `<!doctype html><html lang="en"><title>Example ID</title><h1>Example ID</h1>
<form method="post" action="/interaction/${uid}"><label>User <input name="login" autofocus></label><button>Sign in</button>
<button formaction="/interaction/${uid}/abort">Not now</button></form></html>`;

async function interact(request, response) {
  const { uid, prompt, params, session } = await provider.interactionDetails(request, response);
  if (request.url.endsWith("/abort")) {
    return provider.interactionFinished(request, response, { error: "access_denied" });
  }
  if (prompt.name === "login" && request.method === "GET") {
    response.setHeader("content-type", "text/html");
    return response.end(form(uid));
  }
  if (prompt.name === "login") {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const accountId = new URLSearchParams(Buffer.concat(chunks).toString()).get("login");
    return provider.interactionFinished(request, response, { login: { accountId } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid email profile");
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const callback = provider.callback();
server.on("request", (request, response) => {
  if (!request.url.startsWith("/interaction/")) return callback(request, response);
  interact(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});

say({ ready: true });
for await (const line of lines) {
  mood = line.trim();
  say({ mood });
}
process.exit(0);
