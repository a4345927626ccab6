// The second provider: oidc-provider (panva), given what contracts/identity.md asks of a platform.
//
//   node server.mjs FOLDER < SETTINGS
//
// FOLDER holds node_modules. SETTINGS is one JSON object: {path, key, cert, client, bank, people, faces};
// key and cert are PEM files, client is {id, jwk}, bank {id, jwk}, people are {sub, name, id_number,
// business?}, faces {SHA-256 of the picture in hex: sub}. Prints one line of JSON, {issuer, control}, and
// runs until its standard input is closed.
//
// The library does the work and keeps to the standards. What it lacks is added as grants (a terminal's
// assertion, a bank's launch token); what others are known to do differently is put on by POST /shape of
// the control page, on its way out of here: the library's own code is not touched.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { createRequire } from 'node:module';
import * as querystring from 'node:querystring';
import { pathToFileURL } from 'node:url';
import * as path from 'node:path';

const root = path.resolve(process.argv[2], 'node_modules');
const jose = createRequire(path.join(root, 'here.js'))('jose');
const library = (file) => import(pathToFileURL(path.join(root, 'oidc-provider', 'lib', file)));

// The platform's clock: everything in the library asks Date.
const Machine = Date;
let offset = 0;
globalThis.Date = class extends Machine {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Machine.now() + offset);
  }

  static now() { return Machine.now() + offset; }
};

const { default: Provider } = await library('index.js');
const { default: validateDpop } = await library('helpers/validate_dpop.js');
const { normalize } = await library('helpers/user_codes.js');
const { InvalidGrant } = await library('helpers/errors.js');

const settings = JSON.parse(await new Promise((told) => {
  let text = '';
  process.stdin.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    if (text.includes('\n')) told(text);
  });
  // Whoever started this is gone, or wants it to be.
  process.stdin.on('end', () => process.exit(0));
}));

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const MOST = 2 * 1024 * 1024;
const PLAIN = {
  alg: 'ES256', // what ID tokens are signed with: RS256, PS256, ES256
  acr: true, // whether ID tokens say a level
  bound: true, // whether DPoP is offered
  nonce: true, // whether proofs need a nonce
  inToken: false, // whether the person is in the ID token, and not only in userinfo
  several: false, // ID tokens for several audiences, with azp
  without: [], // members that answers lack
  instead: {}, // members that answers have instead, or beside
  slower: 0, // how many polls are told to slow down
  plainErrors: false, // errors as text/plain
  statuses: {}, // one status in place of another
};
let shape = { ...PLAIN };
let keys = [];
let provider;

const now = () => Math.floor(Date.now() / 1000);
const byNumber = (number) => settings.people.find((one) => one.id_number === number);
const claimsOf = (one) => ({ sub: one.sub, name: one.name, id_number: one.id_number, favourite_colour: 'red', ...(one.acting && { business: one.acting }) });

async function newKeys() {
  // The keys of before stay published: what they signed is still good. The newest is signed with.
  const fresh = [];
  for (const [alg, options] of [['ES256', {}], ['RS256', { modulusLength: 2048 }]]) {
    const { privateKey } = await jose.generateKeyPair(alg, { extractable: true, ...options });
    const jwk = await jose.exportJWK(privateKey);
    // An RSA key without `alg` signs RS256 and PS256 alike.
    fresh.push({ ...jwk, use: 'sig', kid: randomBytes(8).toString('hex'), ...(jwk.kty === 'EC' && { alg }) });
  }
  keys = [...fresh, ...keys];
}

// The state of tokens and codes is the library's own memory adapter, which all providers here share.
function build() {
  provider = new Provider(settings.issuer, {
    clients: [{
      client_id: settings.client.id,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [settings.client.jwk] },
      grant_types: ['client_credentials', DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: shape.alg,
    }],
    jwks: { keys },
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256', 'RS256', 'PS256'],
      clientAuthSigningAlgValues: ['ES256'],
      dPoPSigningAlgValues: ['ES256'],
    },
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub'], profile: ['name', 'id_number', 'favourite_colour'], acr: null, auth_time: null, business: null },
    acrValues: ['card', 'card+face', 'phone'],
    conformIdTokenClaims: !shape.inToken,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: {
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: shape.bound, nonceSecret: settings.nonceSecret, requireNonce: () => shape.nonce },
      revocation: { enabled: true },
    },
    findAccount: (ctx, sub) => {
      const one = settings.people.find((person) => person.sub === sub);
      return one && { accountId: sub, claims: () => claimsOf(one) };
    },
    renderError: (ctx, out) => { ctx.type = 'json'; ctx.body = out; },
    ttl: { AccessToken: 900, ClientCredentials: 600, DeviceCode: 300, Grant: 900, IdToken: 900 },
  });
  provider.registerGrantType(JWT_BEARER, vouched, ['assertion', 'scope']);
  provider.registerGrantType(TOKEN_EXCHANGE, exchanged, ['subject_token', 'subject_token_type', 'requested_token_type', 'scope']);
}

async function verified(token, jwk, checks) {
  try {
    const { payload } = await jose.jwtVerify(token, await jose.importJWK(jwk, 'ES256'), {
      algorithms: ['ES256'], currentDate: new Date(), clockTolerance: 5, requiredClaims: ['exp', 'iat', 'jti', 'sub'], ...checks,
    });
    return payload;
  } catch (error) {
    throw new InvalidGrant(error.code);
  }
}

async function once(ctx, who, payload) {
  if (!await ctx.oidc.provider.ReplayDetection.unique(who, payload.jti, payload.exp)) throw new InvalidGrant('used before');
}

// RFC 7523: the terminal vouches for a card, or for number and face.
async function vouched(ctx, next) {
  const proof = await validateDpop(ctx);
  const { client } = ctx.oidc;
  const payload = await verified(ctx.oidc.params.assertion, settings.client.jwk, { issuer: client.clientId, audience: settings.issuer, maxTokenAge: 60 });
  if (payload.exp - payload.iat > 60) throw new InvalidGrant('lives too long');
  await once(ctx, `${client.clientId} vouches`, payload);
  const one = byNumber(payload.sub);
  if (!one || one.name !== payload.name) throw new InvalidGrant('not in the register');
  if (!payload.sam_id && !payload.face) throw new InvalidGrant('neither card nor face');
  if (payload.face) {
    if (!payload.face_consent_at) throw new InvalidGrant('no consent');
    const picture = createHash('sha256').update(Buffer.from(payload.face, 'base64')).digest('hex');
    if (settings.faces[picture] !== one.sub) throw new InvalidGrant('another face');
  }
  await answer(ctx, one, { acr: payload.face ? 'card+face' : 'card', nonce: payload.nonce, proof, withIdToken: true });
  await next();
}

// RFC 8693: the bank's launch token in, an access token out; its answer knows no ID token.
async function exchanged(ctx, next) {
  const proof = await validateDpop(ctx);
  const { client, params } = ctx.oidc;
  if (params.subject_token_type !== 'urn:ietf:params:oauth:token-type:jwt') throw new InvalidGrant('no JWT');
  const payload = await verified(params.subject_token, settings.bank.jwk, { issuer: settings.bank.id, audience: client.clientId, maxTokenAge: 120 });
  if (payload.terminal !== client.clientId) throw new InvalidGrant('another machine');
  await once(ctx, settings.bank.id, payload);
  const one = byNumber(payload.sub);
  if (!one) throw new InvalidGrant('no customer');
  await answer(ctx, one, { acr: 'card', proof, withIdToken: false });
  ctx.body.issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
  await next();
}

// As the library's own grants end, lib/actions/grants/device_code.js.
async function answer(ctx, one, { acr, nonce, proof, withIdToken }) {
  const { AccessToken, Grant, IdToken, ReplayDetection } = ctx.oidc.provider;
  const { client } = ctx.oidc;
  const scope = ctx.oidc.params.scope || 'openid profile';
  const grant = new Grant({ accountId: one.sub, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const token = new AccessToken({ accountId: one.sub, client, grantId: await grant.save(), gty: 'terminal', scope });
  if (proof) {
    if (!await ReplayDetection.unique(client.clientId, proof.jti, now() + 300)) throw new InvalidGrant('proof used before');
    token.setThumbprint('jkt', proof.thumbprint);
  }
  ctx.oidc.entity('Grant', grant);
  ctx.oidc.entity('AccessToken', token);
  const accessToken = await token.save();
  ctx.body = { access_token: accessToken, expires_in: token.expiration, scope, token_type: token.tokenType };
  if (withIdToken) {
    const idToken = new IdToken({ ...claimsOf(one), ...(shape.acr && { acr }), auth_time: now() }, { ctx });
    idToken.scope = shape.inToken ? scope : 'openid';
    idToken.mask = shape.acr ? { acr: null } : {};
    if (nonce) idToken.set('nonce', nonce);
    ctx.body.id_token = await idToken.issue({ use: 'idtoken' });
  }
}

// What the phone of somebody says; `business` is a code out of theirs, or nothing.
async function said({ user_code, person, approve, business }) {
  const code = await provider.DeviceCode.findByUserCode(normalize(user_code));
  const one = settings.people.find((someone) => someone.sub === person);
  if (!approve) {
    Object.assign(code, { error: 'access_denied', errorDescription: 'declined' });
  } else {
    one.acting = one.business?.find((some) => some.code === business);
    const grant = new provider.Grant({ accountId: one.sub, clientId: code.clientId });
    grant.addOIDCScope('openid profile');
    grant.addOIDCClaims(['business']);
    Object.assign(code, {
      accountId: one.sub, grantId: await grant.save(), scope: 'openid profile', authTime: now(),
      claims: { ...code.claims, ...JSON.parse(code.params.claims || '{}') }, ...(shape.acr && { acr: 'phone' }),
    });
    if (shape.acr) code.claims.id_token = { ...code.claims.id_token, acr: null };
  }
  await code.save();
}

// An answer of the library's as another product would have put it.
async function reshaped(body, status, headers, form) {
  let out = body;
  let outStatus = status;
  if (form.grant_type === DEVICE_CODE && out.error === 'authorization_pending' && shape.slower > 0) {
    shape.slower -= 1;
    out = { error: 'slow_down' };
  }
  if (out.id_token && shape.several) out = { ...out, id_token: await forSeveral(out.id_token) };
  if (!out.error) out = { ...out, ...shape.instead };
  for (const name of shape.without) delete out[name];
  outStatus = shape.statuses[status] || status;
  if (out.error && shape.plainErrors) return { status: outStatus, type: 'text/plain', text: 'no' };
  return { status: outStatus, type: 'application/json', text: JSON.stringify(out) };
}

async function forSeveral(token) {
  const { kid, alg } = jose.decodeProtectedHeader(token);
  const claims = jose.decodeJwt(token);
  const key = await jose.importJWK(keys.find((one) => one.kid === kid), alg);
  return new jose.SignJWT({ ...claims, aud: [claims.aud, 'gateway'], azp: claims.aud }).setProtectedHeader({ alg, kid }).sign(key);
}

async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function serve(request, response) {
  // The platform's time, in every answer (Node's own Date header asks the machine).
  response.setHeader('Date', new Date().toUTCString());
  if (!request.url.startsWith(settings.path)) {
    response.writeHead(404).end();
    return;
  }
  request.originalUrl = request.url;
  request.url = request.url.slice(settings.path.length) || '/';
  let form = {};
  if (request.method === 'POST') {
    // The library takes 56 KB at most; a picture in an assertion is more.
    form = querystring.parse(await read(request));
    request.body = form;
  }
  if (/^\/(token|device)/.test(request.url)) reshape(response, form);
  provider.callback()(request, response);
}

function reshape(response, form) {
  const end = response.end.bind(response);
  response.end = (text) => {
    let body;
    try { body = JSON.parse(text); } catch { return end(text); }
    reshaped(body, response.statusCode, response, form).then(({ status, type, text: out }) => {
      response.statusCode = status;
      response.setHeader('Content-Type', type);
      response.setHeader('Content-Length', Buffer.byteLength(out));
      end(out);
    });
    return response;
  };
}

const orders = {
  '/shape': async (wish) => { shape = { ...PLAIN, ...wish }; build(); },
  '/say': said,
  '/rotate': async () => { await newKeys(); build(); },
  '/clock': async (wish) => { offset = wish.seconds * 1000; },
};

async function control(request, response) {
  try {
    await orders[request.url](JSON.parse(await read(request) || '{}'));
    response.writeHead(200).end('{}');
  } catch (error) {
    response.writeHead(500).end(String(error.stack));
  }
}

const listening = (server) => new Promise((done) => { server.listen(0, '127.0.0.1', () => done(server.address().port)); });

settings.nonceSecret = randomBytes(32);
const secure = https.createServer({ key: readFileSync(settings.key), cert: readFileSync(settings.cert) }, serve);
const plain = http.createServer(control);
settings.issuer = `https://127.0.0.1:${await listening(secure)}${settings.path}`;
await newKeys();
build();
process.stdout.write(`${JSON.stringify({ issuer: settings.issuer, control: `http://127.0.0.1:${await listening(plain)}` })}\n`);
