// An Ed25519 key that lives in this browser: sealed under a PIN, and unsealed as a key that no script can read out.
// A PIN is short. Whoever copies this browser's data can try all PINs at leisure; the page says so, and so does the log.

import { base64url, hexOf, sha256 } from "./wire.js";

const ROUNDS = 600_000;
const KEYS = "keys";

export async function make(person, pin) {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
  const credential = hexOf(await sha256(spki));
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealing = await sealingKey(pin, salt, "wrapKey");
  const sealed = await crypto.subtle.wrapKey("pkcs8", pair.privateKey, sealing, sealedUnder(iv, credential));
  const kept = { credential, person, public_key: base64url(spki), salt, iv, sealed };
  // Kept before anybody vouches for it: a key that was enrolled and then lost would have to be revoked.
  await inStore("readwrite", (store) => store.add(kept));
  return kept;
}

export async function all() {
  return inStore("readonly", (store) => store.getAll());
}

// Raises an OperationError where the PIN is another one.
export async function sign(credential, pin, message) {
  const kept = await inStore("readonly", (store) => store.get(credential));
  const sealing = await sealingKey(pin, kept.salt, "unwrapKey");
  const under = sealedUnder(kept.iv, credential);
  const key = await crypto.subtle.unwrapKey("pkcs8", kept.sealed, sealing, under, { name: "Ed25519" }, false, ["sign"]);
  return base64url(await crypto.subtle.sign({ name: "Ed25519" }, key, message));
}

async function sealingKey(pin, salt, use) {
  const typed = new TextEncoder().encode(pin.normalize("NFC"));
  const secret = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const derived = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(derived, secret, { name: "AES-GCM", length: 256 }, false, [use]);
}

function sealedUnder(iv, credential) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(credential) };
}

function inStore(mode, ask) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("wenze", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(KEYS, { keyPath: "credential" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(KEYS, mode);
      const asked = ask(transaction.objectStore(KEYS));
      // Done when it is on disk, not when it was asked for.
      transaction.oncomplete = () => {
        database.close();
        resolve(asked.result);
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}
