// SPDX-License-Identifier: Apache-2.0
//
// HPKE as others have it, on the files of this project: what one of the npm packages @hpke/core, hpke (DHKEM, RFC 9180) and
// @hpke/hybridkem-x-wing seals, `escrowbench open` has to open, and the reverse; @noble/post-quantum has to derive the same
// X-Wing public key from the seed, and the same shared secret from a message's encapsulation.
//
//   node hpke.mjs PACKAGES seal PEER PUBLIC-KEY SENDER-KEY|- PLAINTEXT MESSAGE
//   node hpke.mjs PACKAGES open PEER PRIVATE-KEY SENDER-PUBLIC-KEY|- MESSAGE PLAINTEXT
//   node hpke.mjs PACKAGES x-wing PRIVATE-KEY PUBLIC-KEY MESSAGE
//
// PACKAGES is the node_modules folder. Exits 1 if anything is not as it has to be.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const [packages, action, ...args] = process.argv.slice(2);
const require = createRequire(resolve(packages, "x.js"));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

const label = new TextEncoder().encode("escrowbench file v1");
const join = (...parts) => new Uint8Array(Buffer.concat(parts));
const fail = (why) => {
  console.error(why);
  process.exit(1);
};

// A file of bench/files/container.h: header (with its empty line), fields, payload.
function container(path) {
  const bytes = new Uint8Array(readFileSync(path));
  const end = Buffer.from(bytes).indexOf("\n\n") + 2;
  const header = bytes.slice(0, end);
  const fields = Object.fromEntries(
    Buffer.from(header).toString("latin1").trimEnd().split("\n").slice(1).map((l) => l.split(": ", 2)),
  );
  return { header, fields, payload: bytes.slice(end) };
}

const sizes = { x25519: [32, 32], p256: [65, 32], xwing: [1120, 32] };

async function hpkeJs(suite) {
  const core = await load("@hpke/core");
  const kems = {
    x25519: () => new core.DhkemX25519HkdfSha256(),
    p256: () => new core.DhkemP256HkdfSha256(),
    xwing: async () => new (await load("@hpke/hybridkem-x-wing")).XWing(),
  };
  const aead = suite === "p256" ? new core.Aes256Gcm() : new (await load("@hpke/chacha20poly1305")).Chacha20Poly1305();
  const s = new core.CipherSuite({ kem: await kems[suite](), kdf: new core.HkdfSha256(), aead });
  const exact = (b) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);
  const secret = (b) => s.kem.deserializePrivateKey(exact(b));
  const pub = (b) => s.kem.deserializePublicKey(exact(b));
  // This package wants both halves of a sender's key.
  const pair = async (b, pk) => ({ privateKey: await secret(b), publicKey: await pub(pk) });
  return {
    async seal(pk, pt, aad, sender) {
      const c = await s.createSenderContext({
        recipientPublicKey: await pub(pk),
        info: label,
        ...(sender ? { senderKey: await pair(sender.sk, sender.pk) } : {}),
      });
      return join(new Uint8Array(c.enc), new Uint8Array(await c.seal(pt, aad)));
    },
    async open(sk, wire, aad, senderPk) {
      const n = sizes[suite][0];
      const c = await s.createRecipientContext({
        recipientKey: await secret(sk),
        enc: exact(wire.slice(0, n)),
        info: label,
        ...(senderPk ? { senderPublicKey: await pub(senderPk) } : {}),
      });
      return new Uint8Array(await c.open(exact(wire.slice(n)), aad));
    },
  };
}

async function panva(suite) {
  const h = await load("hpke");
  if (suite !== "p256") fail(`no suite ${suite} of this package`);
  const s = new h.CipherSuite(h.KEM_DHKEM_P256_HKDF_SHA256, h.KDF_HKDF_SHA256, h.AEAD_AES_256_GCM);
  return {
    async seal(pk, pt, aad) {
      const r = await s.Seal(await s.DeserializePublicKey(pk), pt, { aad, info: label });
      return join(r.encapsulatedSecret, r.ciphertext);
    },
    async open(sk, wire, aad) {
      const n = sizes[suite][0];
      return s.Open(await s.DeserializePrivateKey(sk, true), wire.slice(0, n), wire.slice(n), { aad, info: label });
    },
  };
}

const peers = { "@hpke/core": hpkeJs, hpke: panva };

if (action === "seal") {
  const [peer, publicKey, senderKey, plaintext, out] = args;
  const to = container(publicKey);
  const { transport, suite } = to.fields;
  const header = new TextEncoder().encode(
    `escrowbench message 1\ntransport: ${transport}\nsuite: ${suite}\nescrow: none\n\n`,
  );
  const sender =
    senderKey === "-" ? null : { sk: container(`${senderKey}.key`).payload, pk: container(`${senderKey}.pub`).payload };
  const p = await peers[peer](suite);
  const wire = await p.seal(to.payload, new Uint8Array(readFileSync(plaintext)), join(label, header), sender);
  writeFileSync(out, join(header, wire));
} else if (action === "open") {
  const [peer, privateKey, senderPublic, message, out] = args;
  const m = container(message);
  const p = await peers[peer](m.fields.suite);
  const sender = senderPublic === "-" ? null : container(senderPublic).payload;
  writeFileSync(out, await p.open(container(privateKey).payload, m.payload, join(label, m.header), sender));
} else if (action === "x-wing") {
  const { ml_kem768_x25519: XWing } = await load("@noble/post-quantum/hybrid.js");
  const [privateKey, publicKey, message] = args;
  const seed = container(privateKey).payload;
  const theirs = XWing.keygen(seed);
  if (Buffer.compare(theirs.publicKey, container(publicKey).payload) !== 0) fail("another public key from the same seed");
  const enc = container(message).payload.slice(0, 1120);
  const ss = XWing.decapsulate(enc, theirs.secretKey);
  const again = await load("@hpke/hybridkem-x-wing");
  const kem = new again.XWing();
  const key = await kem.deserializePrivateKey(seed.buffer.slice(seed.byteOffset, seed.byteOffset + seed.byteLength));
  const other = new Uint8Array(await kem.decap({ recipientKey: key, enc: enc.buffer }));
  if (Buffer.compare(ss, other) !== 0) fail("two packages find different shared secrets");
} else {
  fail("seal, open or x-wing?");
}
