// SPDX-License-Identifier: Apache-2.0
//
// X3DH and the Double Ratchet once more, from the specifications and the byte layouts in impls/ratchet, on node's own cryptography:
// follows the conversations that ratchet_talk prints, as B, from B's private keys and the coins of B's messages. Bundles
// must be signed, every message of both sides must open, and none that was changed.
//
//   ratchet_talk | node ratchet.mjs [PACKAGES]
//
// PACKAGES: the node_modules folder, of @noble/post-quantum for PQXDH, which is left out without it. Exits 1 if anything is not as
// it has to be.
import * as crypto from "node:crypto";
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const packages = process.argv[2];
const cat = (...parts) => Buffer.concat(parts.map((p) => (typeof p === "string" ? Buffer.from(p) : p)));
const sha256 = (...parts) => crypto.createHash("sha256").update(cat(...parts)).digest();
const hmac = (key, ...parts) => crypto.createHmac("sha256", key).update(cat(...parts)).digest();
const fail = (why) => {
  console.error(why);
  process.exit(1);
};

// RFC 5869
const extract = (salt, ikm) => hmac(salt.length > 0 ? salt : Buffer.alloc(32), ikm);
function expand(prk, info, len) {
  let block = Buffer.alloc(0);
  const out = [];
  for (let i = 1; out.length * 32 < len; i++) out.push((block = hmac(prk, block, info, Buffer.from([i]))));
  return cat(...out).subarray(0, len);
}

// RFC 9180, s. 4 and 7.1.3: a key pair from coins
const labeledExtract = (id, label, ikm) => extract(Buffer.alloc(0), cat("HPKE-v1", id, label, ikm));
const labeledExpand = (id, prk, label, info, len) =>
  expand(prk, cat(Buffer.from([len >> 8, len & 255]), "HPKE-v1", id, label, info), len);

const der = (head, bytes) => cat(Buffer.from(head, "hex"), bytes);
const spki = (head, bytes) => crypto.createPublicKey({ key: der(head, bytes), format: "der", type: "spki" });

const x25519 = {
  n: 32,
  public: (pk) => spki("302a300506032b656e032100", pk),
  dh: (sk, pk) =>
    crypto.diffieHellman({
      privateKey: crypto.createPrivateKey({ key: der("302e020100300506032b656e04220420", sk), format: "der", type: "pkcs8" }),
      publicKey: x25519.public(pk),
    }),
  derive(coins) {
    const id = cat("KEM", Buffer.from([0, 0x20]));
    return labeledExpand(id, labeledExtract(id, "dkp_prk", coins), "sk", Buffer.alloc(0), 32);
  },
  signingKey: 32,
  verify: (pk, text, signature) => crypto.verify(null, text, spki("302a300506032b6570032100", pk), signature),
  aead: "chacha20-poly1305",
};

const p256 = {
  n: 65,
  dh(sk, pk) {
    const e = crypto.createECDH("prime256v1");
    e.setPrivateKey(sk);
    return e.computeSecret(pk);
  },
  derive(coins) {
    const id = cat("KEM", Buffer.from([0, 0x10]));
    const prk = labeledExtract(id, "dkp_prk", coins);
    const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    for (let i = 0; i < 256; i++) {
      const sk = labeledExpand(id, prk, "candidate", Buffer.from([i]), 32);
      if (sk.some((b) => b !== 0) && sk.toString("hex") < order) return sk;
    }
    return fail("no key from these coins");
  },
  signingKey: 65,
  verify: (pk, text, signature) =>
    crypto.verify(
      "sha256",
      text,
      { key: spki("3059301306072a8648ce3d020106082a8648ce3d030107034200", pk), dsaEncoding: "ieee-p1363" },
      signature,
    ),
  aead: "aes-256-gcm",
};

function open(suite, messageKey, ad, body) {
  const both = expand(messageKey, Buffer.from("body"), 44);
  const d = crypto.createDecipheriv(suite.aead, both.subarray(0, 32), both.subarray(32), { authTagLength: 16 });
  d.setAAD(ad, { plaintextLength: body.length - 16 });
  d.setAuthTag(body.subarray(body.length - 16));
  try {
    return cat(d.update(body.subarray(0, body.length - 16)), d.final());
  } catch {
    return null;
  }
}

// A bundle's keys: identity, signed prekey, one-time prekey; the signature covers the first two.
function bundle(suite, pk) {
  const { n, signingKey } = suite;
  const at = 3 * n + signingKey;
  const text = cat("escrowbench x3dh prekey v1", sha256(pk.subarray(0, 2 * n)));
  const signer = pk.subarray(3 * n, at);
  const signature = pk.subarray(at, at + 64);
  if (!suite.verify(signer, text, signature)) fail("a bundle's signature");
  if (suite.verify(signer, cat(text.subarray(0, -1), Buffer.from([text.at(-1) ^ 1])), signature))
    fail("a signature of another bundle");
  return { identity: pk.subarray(0, n), prekey: pk.subarray(n, 2 * n), oneTime: pk.subarray(2 * n, 3 * n), signer, more: pk.subarray(at + 64) };
}

// FF x 32, four DH results, what a KEM adds: X3DH s. 3.3, PQXDH s. 3.3, as the responder.
async function respond(suite, kind, mine, me, them, hello) {
  const { n } = suite;
  const sk = (i) => mine.subarray(32 * i, 32 * i + 32);
  const number = (pk) => pk.subarray(-4);
  if (Buffer.compare(hello.subarray(0, 8), cat(number(me.prekey), number(me.oneTime))) !== 0) fail("a hello to other prekeys");
  if (Buffer.compare(hello.subarray(8, 8 + n), them.identity) !== 0) fail("a hello of somebody else");
  const ephemeral = hello.subarray(8 + n, 8 + 2 * n);
  const ikm = [Buffer.alloc(32, 0xff), suite.dh(sk(1), them.identity), suite.dh(sk(0), ephemeral), suite.dh(sk(1), ephemeral), suite.dh(sk(2), ephemeral)];
  if (kind.kem) ikm.push(await kind.kem(mine, hello.subarray(8 + 2 * n + 4)));
  return expand(extract(Buffer.alloc(0), cat(...ikm)), cat(kind.root, sha256("talk"), them.identity, me.identity), 32);
}

// KDF_RK and KDF_CK: The Double Ratchet, s. 5.2.
function rootStep(root, dh, label) {
  const both = expand(extract(root, dh), Buffer.from(label), 64);
  return [both.subarray(0, 32), both.subarray(32)];
}
const chainStep = (chain) => [hmac(chain, Buffer.from([1])), hmac(chain, Buffer.from([2]))];

async function follow(talk, kind) {
  const suite = { x25519, p256 }[talk.suite.split("-")[0]];
  const { n } = suite;
  const bytes = (hex) => Buffer.from(hex, "hex");
  const me = bundle(suite, bytes(talk.pkB));
  const them = bundle(suite, bytes(talk.pkA));
  const mine = bytes(talk.skB);
  const helloLen = 8 + 2 * n + kind.more;
  if (kind.kem) {
    const prekey = me.more.subarray(0, kind.pkLen);
    if (Buffer.compare(prekey, kind.publicKey(mine)) !== 0) fail("another KEM prekey from the same seed");
    if (!suite.verify(me.signer, cat("escrowbench pqxdh prekey v1", sha256(prekey)), me.more.subarray(kind.pkLen))) fail("a KEM prekey's signature");
  }
  let root = null;
  let own = mine.subarray(32, 64); // the signed prekey is the first ratchet key
  let theirs = null;
  const chain = {};
  let last = "";
  for (const [i, m] of talk.messages.entries()) {
    const wire = bytes(m.wire);
    const at = 1 + (wire[0] & 1 ? helloLen : 0);
    const key = wire.subarray(at, at + n);
    const header = wire.subarray(0, at + n + 8);
    if (root === null) root = await respond(suite, kind, mine, me, them, wire.subarray(1, at));
    if (m.from !== last) {
      if (m.from === "A") theirs = key;
      else own = suite.derive(bytes(m.coins).subarray(0, 32));
      [root, chain[m.from]] = rootStep(root, suite.dh(own, theirs), kind.step);
      last = m.from;
    }
    let messageKey;
    [messageKey, chain[m.from]] = chainStep(chain[m.from]);
    const body = wire.subarray(header.length);
    const what = `message ${i} of ${talk.transport} on ${talk.suite} by ${talk.backend}`;
    const text = open(suite, messageKey, cat(header, "aad"), body);
    if (text === null || Buffer.compare(text, bytes(m.text)) !== 0) fail(`${what} does not open`);
    body[0] ^= 1;
    if (open(suite, messageKey, cat(header, "aad"), body) !== null) fail(`${what} opens, changed`);
    body[0] ^= 1;
    if (open(suite, messageKey, cat(header, "bad"), body) !== null) fail(`${what} opens with other associated data`);
  }
  return talk.messages.length;
}

const x3dh = { root: "escrowbench x3dh v1", step: "escrowbench ratchet v1", more: 0 };
const kinds = { "ratchet/x25519": x3dh, "ratchet/p256": x3dh };
if (packages && existsSync(resolve(packages, "@noble/post-quantum"))) {
  const require = createRequire(resolve(packages, "x.js"));
  const { ml_kem768, ml_kem1024 } = await import(pathToFileURL(require.resolve("@noble/post-quantum/ml-kem.js")).href);
  const pqxdh = (kem, pkLen, ctLen) => {
    const keys = (sk) => kem.keygen(sk.subarray(-64)); // its seed is the last of the private key
    return {
      root: "escrowbench pqxdh v1",
      step: "escrowbench pqxdh ratchet v1",
      more: 4 + ctLen,
      pkLen,
      publicKey: (sk) => Buffer.from(keys(sk).publicKey),
      kem: (sk, ct) => Buffer.from(kem.decapsulate(ct.subarray(0, ctLen), keys(sk).secretKey)),
    };
  };
  kinds["pqxdh/x25519-mlkem768"] = pqxdh(ml_kem768, 1184, 1088);
  kinds["pqxdh/x25519-mlkem1024"] = pqxdh(ml_kem1024, 1568, 1568);
}

let opened = 0;
const seen = [];
for (const line of readFileSync(0, "utf8").split("\n").filter((l) => l !== "")) {
  const talk = JSON.parse(line);
  const kind = kinds[`${talk.transport}/${talk.suite}`];
  if (!kind) {
    console.log(`SKIPPED: ${talk.transport} on ${talk.suite}, which needs @noble/post-quantum`);
    continue;
  }
  opened += await follow(talk, kind);
  seen.push(`${talk.transport}/${talk.suite}/${talk.backend}`);
}
if (!seen.some((s) => s.startsWith("ratchet/x25519/")) || !seen.some((s) => s.startsWith("ratchet/p256/"))) fail("a suite was not tried");
console.log(`${opened} messages opened: ${seen.join(" ")}`);
